# SPDX-License-Identifier: MIT
"""installed - Postward as `cmake --install` puts it down, in a folder: with the
users of sysusers.d and the folders of tmpfiles.d.  Needs root, or
tools/rootly, and systemd."""

import os
import shutil
import subprocess

import pytest

from .postward import build

TOOLS = ("systemd-sysusers", "systemd-tmpfiles", "systemd-analyze")


def install(to, *more):
    done = subprocess.run(
        ["cmake", "--install", build(), *more], text=True, check=False,
        env={**os.environ, "DESTDIR": str(to)}, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def units(folder):
    return sorted(folder.glob("postward-*.service"))


class Installed:
    def __init__(self, stage):
        for tool in TOOLS:
            if shutil.which(tool) is None:
                pytest.skip(f"{tool} is not installed")
        self.root = stage.folder / "root"
        self.root.mkdir()
        install(self.root)
        (self.root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
        (self.root / "etc/group").write_text("root:x:0:\npostfix:x:115:\n")
        (self.root / "var/lib").mkdir(parents=True)
        (self.root / "var/spool/postfix").mkdir(parents=True)
        self.units = self.root / "usr/lib/systemd/system"
        self._run("systemd-sysusers")
        self.make_folders()

    def _run(self, tool, *argv):
        done = subprocess.run(
            [tool, f"--root={self.root}", *argv], text=True, check=False,
            capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def make_folders(self):
        """And what they say about the modes of what is there."""
        self._run("systemd-tmpfiles", "--create", "postward.conf")

    def _number(self, file, name):
        for line in (self.root / "etc" / file).read_text().splitlines():
            if line.startswith(f"{name}:"):
                return line.split(":")[2]
        raise KeyError(name)

    def as_user(self, user):
        """What a command is started with, to be that user of sysusers.d, with
        the groups that the user is a member of."""
        groups = [line.split(":")[2] for line in
                  (self.root / "etc/group").read_text().splitlines()
                  if user in line.split(":")[3].split(",")]
        own = self._number("group", user)
        return ["setpriv", "--reuid", self._number("passwd", user), "--regid",
                own, "--groups", ",".join([own, *groups]), "--no-new-privs",
                "--inh-caps=-all", "--bounding-set=-all"]

    def give(self, path, user, mode):
        """As chown USER: and chmod do."""
        os.chown(path, int(self._number("passwd", user)),
                 int(self._number("group", user)))
        path.chmod(mode)
