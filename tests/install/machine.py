# SPDX-License-Identifier: MIT
"""machine - a Debian in a folder, booted by systemd-nspawn(1) with a network of
its own that leads nowhere."""

import ctypes
import os
import pathlib
import subprocess

from harness.stage import until

CLONE_NEWNET = 0x40000000
NSPAWN = ["systemd-nspawn", "--quiet", "--boot", "--private-network",
          "--register=no", "--keep-unit", "--console=pipe"]
UP = ("running", "degraded")


class Machine:
    def __init__(self, stage, root):
        self.root = pathlib.Path(root)
        self._nspawn = stage.start("machine", *NSPAWN, "-D", self.root)
        stage.keep(self)
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
                "sh", "-c", f"cd /root/postward\n{words}"]

    def ask(self, words):
        """What it prints, whatever its status."""
        return subprocess.run(
            self._argv(words), stdin=subprocess.DEVNULL, text=True,
            capture_output=True, check=False).stdout.strip()

    def run(self, words, statuses=(0,)):
        """The output, shown as well."""
        print(f"# {words}", flush=True)
        done = subprocess.run(
            self._argv(words), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        print("".join(f"  {line}\n"
                      for line in done.stdout.splitlines()[-30:]), flush=True)
        if done.returncode not in statuses:
            raise AssertionError(f"{words}: status {done.returncode}")
        return done.stdout

    def file(self, path):
        return self.root / path.lstrip("/")

    def enter_network(self):
        """Of this process and what it starts, for good."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{self._init}/ns/net", "rb") as network:
            if libc.setns(network.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        os.environ.pop("http_proxy", None)

    def close(self):
        if self._nspawn.status is None:
            self.ask("systemctl poweroff")
            self._nspawn.wait()
