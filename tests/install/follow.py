#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""follow.py ROOT - boots the bare Debian in that folder, follows README.md in it
from the first line of its installation, and then sees a mail forwarded and a
newcomer become a member with a Unix account.  tools/debian13 runs it.

The source is in ROOT/root/postward.  Nothing of this machine is touched.
"""

import pathlib
import re
import signal
import smtplib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system"), str(ROOT / "tools")]

import readme  # noqa: E402
from demo_members import code_in, sent  # noqa: E402
from faultdns import FaultDNS  # noqa: E402
from harness.members import ssh_key  # noqa: E402
from harness.smtpsink import SmtpSink  # noqa: E402
from harness.stage import PATIENCE, Stage, until  # noqa: E402
from harness.web import Visitor  # noqa: E402
from machine import Machine  # noqa: E402

OURS, THEIRS = "192.0.2.25", "192.0.2.10"
DNS = {
    "remotes.club": [("MX", "10 mx.remotes.club."), ("TXT", '"v=spf1 mx -all"')],
    "mx.remotes.club": [("A", OURS)],
    "25.2.0.192.in-addr.arpa": [("PTR", "mx.remotes.club.")],
    "example.org": [("MX", "10 mail.example.org."),
                    ("TXT", '"v=spf1 mx -all"')],
    "mail.example.org": [("A", THEIRS)],
    "mx.example.org": [("A", "192.0.2.1")],
    "10.2.0.192.in-addr.arpa": [("PTR", "mail.example.org.")],
    "gmail.example": [("MX", "10 mail.example.org.")],
    "mailbox.example": [("MX", "10 mail.example.org.")],
}
# What ends with another status than 0 when there is something to tell: what is
# left to do, and what somebody would be answered.
TELLS = {"postward check": (0, 1, 75), "postward explain": (0, 1, 75)}


class Newcomer:
    """Follows README.md with somebody's eyes: does not know more than it."""

    def __init__(self, machine, sink):
        self.machine, self.sink = machine, sink
        self.code = None

    def follow(self, step):
        print(f"\n== {step.section}", flush=True)
        if step.file:
            self._add(step.file, step.text)
        for command in step.commands:
            self._type(command)

    def _type(self, command):
        command = re.sub(r"\bsudo ", "", command)
        if self.code is not None:
            command = re.sub(r"\bCODE\b", self.code, command)
        if command.startswith("apt-get install "):
            command = command.replace("install ", "install -y ", 1)
        output = self.machine.run(
            command, TELLS.get(" ".join(command.split()[:2]), (0,)))
        found = re.search(r"\b\w{5}-\w{5}\b", output)
        self.code = found[0] if found else self.code

    def _add(self, path, text):
        """At the end, or as a file of its own."""
        file = self.machine.file(path)
        old = file.read_text() if file.exists() else ""
        file.parent.mkdir(exist_ok=True)
        file.write_text(old + text)


class World:
    """All others in the Internet."""

    def __init__(self, machine, stage):
        self.machine = machine
        for address in (OURS, THEIRS):
            subprocess.run(["ip", "address", "add", f"{address}/32", "dev",
                            "lo"], check=True)
        self.dns = stage.keep(FaultDNS(DNS, port=53))
        machine.file("/etc/resolv.conf").unlink(missing_ok=True)
        machine.file("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.sink = SmtpSink(stage)

    def is_reached(self):
        """There is no other host: the world's mail goes to one place."""
        self.machine.run("postconf -e 'relayhost = "
                         f"[127.0.0.1]:{self.sink.port}' && "
                         "systemctl reload postfix")

    def writes_to(self, recipient, target):
        """A stranger does, and the mail arrives there."""
        before = len(self.sink.mails)
        until(f"{recipient} to be taken", lambda: self._send(recipient))
        mail = self.sink.wait(before + 1)[before]
        print(f"-- mail to {recipient} has arrived: from <{mail.sender}> to "
              f"{mail.recipients}", flush=True)
        assert mail.recipients == [target]
        assert mail.sender.startswith("SRS0=")

    @staticmethod
    def _send(recipient):
        """False: to be tried again, as mail servers do."""
        with smtplib.SMTP(OURS, 25, "mail.example.org", PATIENCE,
                          (THEIRS, 0)) as session:
            try:
                session.sendmail("sam@example.org", [recipient],
                                 "From: sam@example.org\r\n"
                                 "Subject: hello\r\n\r\nhello\r\n")
            except smtplib.SMTPRecipientsRefused as refused:
                (code, words), = refused.recipients.values()
                print(f"-- {code} {words.decode()}", flush=True)
                assert code < 500, words
                return False
        return True

    def asks_for(self, userid):
        """On the web form, with the code that is mailed."""
        mailbox = f"{userid}@mailbox.example"
        before = len(self.sink.mails)
        with Visitor(("127.0.0.1", 8080)) as visitor:
            page = sent(visitor, visitor.get("/"), userid=userid, email=mailbox,
                        pubkey=ssh_key(), note="hello")
            mail = self.sink.wait(before + 1)[before]
            assert mail.recipients == [mailbox]
            answer = sent(visitor, page, code=code_in(mail))
            assert answer.page.heading == "Your mailbox is confirmed"
        print(f"-- {userid} has shown that {mailbox} is theirs", flush=True)


def tells_what_is_held(machine, world):
    """The administrator, by mail, as the timer does it."""
    machine.file("/etc/postfix/hold").write_text("/^Subject: hold/ HOLD\n")
    machine.run("postconf -e header_checks=regexp:/etc/postfix/hold && "
                "systemctl reload postfix")
    until("a message is held", lambda: holds_one(machine))
    before = len(world.sink.mails)
    machine.run("systemctl start postward-held")
    mail = world.sink.wait(before + 1)[before]
    assert mail.recipients == ["you@gmail.example"], mail.recipients
    assert b"1 message is held at mx" in mail.text, mail.text
    machine.run("postward held list && postsuper -d ALL hold")


def holds_one(machine):
    """Postfix takes a moment to be told anew."""
    machine.run("printf 'Subject: hold\\n\\nit\\n' | "
                "sendmail sam@mailbox.example")
    return machine.ask("postward held list -q")


def perform(stage, root):
    machine = Machine(stage, root)
    machine.enter_network()
    world = World(machine, stage)
    newcomer = Newcomer(machine, world.sink)
    for step in readme.steps((ROOT / "README.md").read_text()):
        if any("request approve" in command for command in step.commands):
            world.asks_for("nora")
            world.asks_for("otto")
        newcomer.follow(step)
        if step.section == "The lines for main.cf":
            world.is_reached()
        if step.section == "A member, by hand":
            world.writes_to("ann@remotes.club", "ann@gmail.example")
    until("the welcome", lambda: [
        mail for mail in world.sink.mails
        if mail.recipients == ["nora@mailbox.example"]][1:])
    until("otto's answer", lambda: [
        mail for mail in world.sink.mails
        if mail.recipients == ["otto@mailbox.example"]][1:])
    world.writes_to("nora@remotes.club", "nora@mailbox.example")
    until("nora's account", lambda: machine.ask("id -u nora"))
    machine.run("getent passwd nora && cat ~nora/.ssh/authorized_keys")
    units = machine.ask("systemctl --failed --plain --no-legend")
    assert "postward" not in units and "postfix" not in units, units
    tells_what_is_held(machine, world)
    warned = machine.ask("postconf -n 2>&1 >/dev/null")
    assert warned == "", warned


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Stage() as stage:
        try:
            perform(stage, sys.argv[1])
        except (AssertionError, OSError, smtplib.SMTPException) as wrong:
            print(f"\n{type(wrong).__name__}: {wrong}")
            journal = pathlib.Path(sys.argv[1], "var/log/journal")
            print("\n".join(stage.logs().values())[-5000:])
            subprocess.run(["journalctl", "-n", "60", "--no-pager", "-D",
                            journal], check=False)
            return 1
    print("\nREADME.md holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
