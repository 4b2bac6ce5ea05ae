# SPDX-License-Identifier: MIT
"""provision_stage - a machine of its own for conf/provision/unix-account.

usage: tools/rootly unshare --mount --pid --fork --mount-proc \\
           provision_stage.py SCRIPT

In a mount namespace /etc, /home and what else the tools for accounts write
to are put on a tmpfs.  One JSON object a line comes in, one goes out:

	{"reset": true}         forget all; answers {}
	{"do": "shell words"}   as root of that machine; answers status and text
	{"run": {environment}, "key": text, "kill": n}
	                        the script; with n, killed with all it started
	                        after its n-th command
	{"look": true}          accounts and files, as they are
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

PASSWD = ("root:x:0:0:root:/root:/bin/bash\n"
          "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
          "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")
GROUP = "root:x:0:\ndaemon:x:1:\nusers:x:100:\nnogroup:x:65534:\n"
FILES = ["passwd", "group", "shadow", "gshadow", "subuid", "subgid"]
COPIED = ["adduser.conf", "deluser.conf", "default", "login.defs", "skel",
          "pam.d", "security", "ld.so.cache", "ld.so.conf", "alternatives",
          "nsswitch.conf", "localtime", "perl"]
WRITTEN = ["home", "var/lib", "var/log", "var/mail", "var/spool"]
COMMANDS = ["id", "head", "getent", "cut", "mkdir", "flock", "cat", "mv",
            "sync", "rm", "sed", "tail", "tr", "chmod", "env", "setpriv",
            "grep", "adduser", "groupadd", "useradd", "usermod", "userdel",
            "groupdel", "chfn", "chage", "passwd"]
WRAPPER = """#!{tools}/sh
# Runs the command, and stops for good if it was the last one.
"{tools}/real/${{0##*/}}" "$@"
status=$?
echo >>{tools}/count
n=0
while read -r line; do n=$((n + 1)); done <{tools}/count
read -r limit <{tools}/limit
[ $n -lt $limit ] || {{ echo >>{tools}/stopped; read -r line <{tools}/never; }}
exit $status
"""


class Machine:
    def __init__(self, script):
        self.script = script
        self.folder = pathlib.Path("/mnt")  # all may enter it
        self._mount("-t", "tmpfs", "tmpfs", self.folder)
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        self.etc.mkdir()
        self._copy_etc()
        self._mount("--bind", self.etc, "/etc")
        for place in WRITTEN:
            target = self.folder / place
            target.mkdir(parents=True)
            if pathlib.Path("/", place).is_dir():
                self._mount("--bind", target, pathlib.Path("/", place))
        self._wrap()
        self.reset()

    @staticmethod
    def _mount(*argv):
        subprocess.run(["mount", *argv], check=True)

    def _copy_etc(self):
        for name in COPIED:
            source = pathlib.Path("/etc", name)
            if source.is_dir():
                shutil.copytree(source, self.etc / name, symlinks=True,
                                ignore_dangling_symlinks=True)
            elif source.exists():
                shutil.copy(source, self.etc / name)

    def _wrap(self):
        self.tools = self.folder / "tools"
        real = self.tools / "real"
        real.mkdir(parents=True)
        wrapper = self.tools / "wrapper"
        wrapper.write_text(WRAPPER.format(tools=self.tools))
        wrapper.chmod(0o755)
        shutil.copy(os.path.realpath("/bin/sh"), self.tools / "sh")
        os.mkfifo(self.tools / "never")
        (self.tools / "never").chmod(0o666)
        for name in COMMANDS:
            place = os.path.realpath(shutil.which(
                name, path="/usr/sbin:/usr/bin:/sbin:/bin"))
            shutil.copy(place, real / name)
            self._mount("--bind", wrapper, place)

    def reset(self):
        for name in FILES:
            (self.etc / name).unlink(missing_ok=True)
        (self.etc / "passwd").write_text(PASSWD)
        (self.etc / "group").write_text(GROUP)
        for name, source in (("shadow", PASSWD), ("gshadow", GROUP)):
            lines = [line.split(":")[0] for line in source.splitlines()]
            rest = ":*:19000:0:99999:7:::" if name == "shadow" else ":*::"
            (self.etc / name).write_text("".join(
                f"{line}{rest}\n" for line in lines))
            (self.etc / name).chmod(0o640)
        for name in ("subuid", "subgid"):
            (self.etc / name).write_text("")
        for place in WRITTEN:
            for entry in (self.folder / place).iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        return {}

    def _limit(self, n):
        for name, text in (("limit", f"{n}\n"), ("count", "")):
            file = self.tools / name
            file.write_text(text)
            file.chmod(0o666)
        (self.tools / "stopped").write_text("")
        (self.tools / "stopped").chmod(0o666)

    def do(self, words):
        self._limit(1 << 30)
        done = subprocess.run(["/bin/sh", "-c", words], text=True,
                              capture_output=True, check=False)
        return {"status": done.returncode,
                "text": done.stdout + done.stderr}

    def run(self, environment, key, kill):
        self._limit(kill or 1 << 30)
        with subprocess.Popen(
                [self.script], env=environment, text=True, stderr=-1,
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                start_new_session=True) as process:
            # Who refuses a name has no need to read the key.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(key)
                process.stdin.flush()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            stopped = False
            while process.poll() is None and not stopped:
                stopped = (self.tools / "stopped").stat().st_size > 0
                time.sleep(0.005)
            if stopped:
                os.killpg(process.pid, signal.SIGKILL)
            text = process.stderr.read()
            process.wait()
        return {"status": process.returncode, "text": text,
                "killed": stopped}

    def look(self):
        seen = {name: (self.etc / name).read_text() for name in FILES}
        for place in ("home", "var/lib"):
            for file in sorted((self.folder / place).rglob("*")):
                st = file.lstat()
                text = os.readlink(file) if file.is_symlink() else (
                    file.read_text() if file.is_file() else None)
                seen[str(file.relative_to(self.folder))] = [
                    oct(st.st_mode), st.st_uid, st.st_gid, text]
        return seen


def main():
    machine = Machine(*sys.argv[1:])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "do" in asked:
            answer = machine.do(asked["do"])
        elif "run" in asked:
            answer = machine.run(asked["run"], asked["key"], asked["kill"])
        else:
            answer = machine.look() if "look" in asked else machine.reset()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
