# SPDX-License-Identifier: MIT
"""machine - a Debian in a folder, booted by systemd-nspawn(1).

Unless an option says otherwise, it shares the network of the process that boots
it: tools/debian gives that one of its own, which leads nowhere and outlives each
boot."""

import contextlib
import os
import pathlib
import pty
import re
import subprocess

from harness.stage import until

END_OF_FILE = "\x04"
NSPAWN = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit",
          "--console=pipe", "--resolv-conf=off"]
UP = ("running", "degraded")
HIERARCHIES = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd",
               "/sys/fs/cgroup/unified")


@contextlib.contextmanager
def terminal(typed):
    """Where that has been typed, and nothing more will be."""
    ours, its = pty.openpty()
    try:
        os.write(ours, f"{typed}{END_OF_FILE}".encode())
        yield its
    finally:
        os.close(its)
        os.close(ours)


class Network:
    """Of a machine alone, with a line to ours; and control groups of its own, as
    the systemd of another machine would wait for processes of this one."""

    def __init__(self, stage, name, address, ours):
        holder = stage.start(f"network-{name}", "unshare", "--net", "sleep",
                             "infinity")
        self.path = f"/proc/{holder.pid}/ns/net"
        until("a network", lambda: os.readlink(self.path) != os.readlink(
            "/proc/self/ns/net"))
        within = ["nsenter", f"--net={self.path}"]
        for words in (
                ["ip", "link", "add", f"to-{name}", "type", "veth", "peer",
                 "name", "eth0", "netns", str(holder.pid)],
                ["ip", "link", "set", f"to-{name}", "up"],
                [*within, "ip", "link", "set", "lo", "up"],
                [*within, "ip", "link", "set", "eth0", "up"],
                [*within, "ip", "address", "add", f"{address}/32", "dev",
                 "eth0"],
                [*within, "ip", "route", "add", ours, "dev", "eth0"],
                [*within, "ip", "route", "add", "default", "via", ours, "dev",
                 "eth0"],
                ["ip", "route", "add", address, "dev", f"to-{name}", "src",
                 ours]):
            subprocess.run(words, check=True)
        self._groups = [pathlib.Path(top, f"postward-{os.getpid()}-{name}")
                        for top in HIERARCHIES
                        if pathlib.Path(top, "cgroup.procs").exists()]
        stage.keep(self)

    def close(self):
        for top in self._groups:
            for folder, _, _ in os.walk(top, topdown=False):
                pathlib.Path(folder).rmdir()

    def around(self, argv):
        """That of systemd-nspawn, in this network and those groups."""
        for group in self._groups:
            group.mkdir(exist_ok=True)
        enter = "".join(f"echo $$ >{group}/cgroup.procs; "
                        for group in self._groups)
        return ["sh", "-c", f'{enter}exec "$@"', "sh", *argv,
                f"--network-namespace-path={self.path}"]


class Machine:
    def __init__(self, stage, root, options=(), folder="/root/postward",
                 network=None):
        """folder: where commands are typed."""
        self.root = pathlib.Path(root)
        self._stage, self._options, self._folder = stage, options, folder
        self._network = network
        stage.keep(self)
        self.boot()

    def boot(self):
        argv = [*NSPAWN, *self._options, "-D", self.root]
        if self._network is not None:
            argv = self._network.around(argv)
        self._nspawn = self._stage.start(f"machine-{self.root.name}", *argv)
        self._init = until("a first process", self._find_init)
        until("the end of its boot", lambda: self._ended() or
              self.ask("systemctl is-system-running") in UP)
        self._ended()

    def _ended(self):
        if self._nspawn.status is not None:
            raise OSError(f"it has not booted: {self._nspawn.log()}")

    def _find_init(self):
        self._ended()
        children = pathlib.Path(f"/proc/{self._nspawn.pid}/task",
                                str(self._nspawn.pid), "children").read_text()
        found = [pid for pid in children.split() if pathlib.Path(
            f"/proc/{pid}/comm").read_text().strip() == "systemd"]
        return found[0] if found else None

    def _argv(self, words):
        return ["nsenter", "--target", self._init, "--mount", "--uts", "--ipc",
                "--net", "--pid", "--cgroup", "--root",
                "env", "-i", "HOME=/root", "LC_ALL=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "sh", "-c", f"cd {self._folder}\n{words}"]

    def console(self):
        """What has been said there since the boot."""
        return self._nspawn.log()

    def ask(self, words):
        """What it prints, whatever its status."""
        return subprocess.run(
            self._argv(words), stdin=subprocess.DEVNULL, text=True,
            capture_output=True, check=False).stdout.strip()

    def run(self, words, statuses=(0,), typed=""):
        """The output, shown as well.  typed: what it is answered."""
        print(f"# {words}", flush=True)
        with terminal(typed) as stdin:
            done = subprocess.run(
                self._argv(words), stdin=stdin if typed else subprocess.DEVNULL,
                text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                check=False)
        # dpkg counts in hundreds of lines.
        lines = re.sub(r"(?m)^\(Reading .*%$\n?", "", done.stdout)
        print("".join(f"  {line}\n"
                      for line in lines.splitlines()[-30:]), flush=True)
        if done.returncode not in statuses:
            raise AssertionError(f"{words}: status {done.returncode}")
        return done.stdout

    def file(self, path):
        return self.root / path.lstrip("/")

    def reboot(self):
        print("\n== it boots again", flush=True)
        self.close()
        self.boot()

    def close(self):
        if self._nspawn.status is None:
            self.ask("systemctl poweroff")
            self._nspawn.wait()
