#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""image.py ROOT PACKAGE - boots the image in that folder on an empty data
folder, answers what setup wants to know, and sends mail through it; then a
newer image, which has the same package with a higher version, on the same data.
tools/image runs it in a network of its own.
"""

import json
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system"), str(ROOT / "tools")]

import package_life  # noqa: E402
from container import Container, World, lay_out  # noqa: E402
from harness.stage import PATIENCE, Stage, until  # noqa: E402
from world import OURS, THEIRS  # noqa: E402

ANN, TARGET = "ann@remotes.club", "ann@gmail.example"
ANSWERS = """domain = remotes.club
hostname = mx.remotes.club
srs-domain = srs.remotes.club
"""
MAILBOX = "mailbox = you@gmail.example\n"
# What else the doctor finds is the world's: it has no more records.
NOT_OURS = {"dns", "dkim"}
KEPT = ("etc/postward", "etc/ssl/site", "etc/postfix/main.cf",
        "etc/postfix/master.cf")


class Life:
    def __init__(self, stage, root, package):
        self.stage, self.root = stage, root
        self.package = package
        self.data = root.parent / "data"
        self.world = World(stage)
        self.machine = None
        self._kept = {}

    # ---- the first boot

    def boots(self, root):
        began = time.monotonic()
        self.machine = Container(self.stage, root, self.data)
        print(f"-- it has booted in {time.monotonic() - began:.0f} s",
              flush=True)

    def is_told(self, text, wanted):
        (self.data / "answers").write_text(text)
        until(wanted, lambda: wanted in self.machine.console())
        until("its end", lambda: self.machine.ask(
            "systemctl is-active image-setup") in ("active", "failed"))

    def waits_for_answers(self):
        """It says what it wants, and takes no mail, so that none is refused."""
        print("\n== An empty data folder", flush=True)
        self.data.mkdir()
        lay_out(self.data)
        # A first boot that was broken off has left half of it.
        half = self.data / "var/lib/postward.new/half"
        half.mkdir(parents=True)
        self.boots(self.root)
        assert not half.exists()
        assert "NOT SET UP" in self.machine.console(), self.machine.console()
        until("its address", lambda: self.listens() is not None)
        assert not self.listens()
        self.is_told(ANSWERS, "--mailbox is missing")
        assert not self.listens()

    def is_set_up(self):
        print("\n== Answers", flush=True)
        self.is_told(ANSWERS + MAILBOX, "set up; mail is taken")
        until("Postfix", self.listens)
        self.world.writes_to("postmaster@remotes.club", "you@gmail.example")
        self.keep()
        # As if it had been broken off at its end.
        (self.data / "set-up").unlink()
        self.machine.run("systemctl restart image-setup")
        self.has_kept()

    def has_members(self):
        self.machine.run(f"postward account add {ANN} && postward forward add "
                         f"--confirmed {ANN} {TARGET} && "
                         "postward account add bob@remotes.club")

    # ---- what is tried on each

    @staticmethod
    def listens():
        """None if the machine itself is not there."""
        try:
            socket.create_connection((OURS, 25), PATIENCE).close()
        except ConnectionRefusedError:
            return False
        except OSError:
            return None
        return True

    def takes_mail(self, subject):
        """The three answers."""
        until("Postfix", self.listens)
        self.world.writes_to(ANN, TARGET, subject)
        for recipient, words in (("bob", "No forwarding address"),
                                 ("nobody", "User unknown")):
            reply = self.answer(f"{recipient}@remotes.club")
            assert reply.startswith("550 ") and words in reply, reply

    @staticmethod
    def answer(recipient):
        with smtplib.SMTP(OURS, 25, "mail.example.org", PATIENCE,
                          (THEIRS, 0)) as session:
            session.ehlo()
            session.mail("sam@example.org")
            code, words = session.rcpt(recipient)
        print(f"-- {recipient}: {code} {words.decode()}", flush=True)
        return f"{code} {words.decode()}"

    def is_closed(self):
        """Nothing but data can be written."""
        out = self.machine.run("touch /usr/x", statuses=(1,))
        assert "Read-only file system" in out, out
        owners = self.machine.ask("find /data -xdev -printf '%U\\n%G\\n' | "
                                  "sort -un").split()
        # Debian's own numbers, and those of image.conf.
        strange = [owner for owner in map(int, owners)
                   if not (owner < 100 or 400 <= owner <= 406)]
        assert not strange, strange

    def is_well(self):
        failed = self.machine.ask("systemctl --failed --plain --no-legend")
        assert failed == "", failed
        for unit in ("unbound", "nginx", "postfix", "postward-policyd",
                     "postward-forwarder", "postward-milter",
                     "postward-mailer"):
            state = self.machine.ask(f"systemctl is-active {unit}")
            assert state == "active", f"{unit}: {state}"
        found = json.loads(self.machine.run("postward check --json",
                                            statuses=(0, 1, 2)))
        broken = [line for line in found if line["state"] == "broken"
                  and not NOT_OURS & {line["group"], line["name"]}]
        assert not broken, broken

    # ---- what a newer image must find

    def keep(self):
        """The bytes of what nobody changes meanwhile."""
        files = [path for name in KEPT
                 for path in (self.data / name, *(self.data / name).rglob("*"))
                 if path.is_file()]
        self._kept = {path: (path.read_bytes(), path.stat().st_uid)
                      for path in files}
        names = " ".join(map(str, files))
        for name in ("srs.secret", ".pem", "privkey.pem", "10-setup.conf"):
            assert name in names, names

    def has_kept(self):
        for path, (octets, owner) in self._kept.items():
            assert path.read_bytes() == octets, path
            assert path.stat().st_uid == owner, path

    def leaves_mail(self):
        self.world.sink.refused[TARGET] = "450 4.2.0 later"
        until("it to be taken", lambda: self.world.sends(ANN, "in the queue"))
        until("it to wait", lambda: "4.2.0 later" in self.machine.ask(
            "postqueue -p"))

    def newer(self):
        """The image of a later version."""
        root = self.root.parent / "second"
        subprocess.run(["cp", "-a", self.root, root], check=True)
        work = self.root.parent / "work"
        work.mkdir()
        package_life.newer(pathlib.Path(
            shutil.copy(self.package, work / "postward.deb")))
        shutil.copy(work / "newer.deb", root / "newer.deb")
        subprocess.run(["chroot", root, "dpkg", "-i", "/newer.deb"], check=True,
                       stdout=subprocess.DEVNULL)
        (root / "newer.deb").unlink()
        release = root / "usr/lib/os-release"
        release.write_text(re.sub(r"(?m)^IMAGE_VERSION=.*", "IMAGE_VERSION=99",
                                  release.read_text()))
        return root

    def is_replaced(self):
        print("\n== A newer image, and a store of an older version", flush=True)
        self.leaves_mail()
        self.keep()
        self.machine.close()
        package_life.make_old(self.data / "var/lib/postward/postward.db")
        self.boots(self.newer())
        self.machine.run("grep ^IMAGE_VERSION=99$ /etc/os-release")
        self.has_kept()
        self.machine.run("test -s /var/lib/postward/backup-6.db && "
                         "postward store migrate | grep 'nothing to do'")
        out = self.machine.run("postward forward list")
        assert TARGET in out, out
        self.world.sink.refused.clear()
        self.machine.run("postqueue -f")
        assert self.world.has("in the queue").recipients == [TARGET]


def perform(stage, root, package):
    life = Life(stage, pathlib.Path(root), package)
    life.waits_for_answers()
    life.is_set_up()
    life.has_members()
    life.takes_mail("first")
    life.is_closed()
    life.is_well()
    life.is_replaced()
    life.takes_mail("second")
    life.is_closed()
    life.is_well()


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Stage() as stage:
        try:
            perform(stage, *sys.argv[1:])
        except (AssertionError, OSError, smtplib.SMTPException) as wrong:
            print(f"\n{type(wrong).__name__}: {wrong}")
            print("\n".join(stage.logs().values())[-8000:])
            return 1
    print("\nThe image holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
