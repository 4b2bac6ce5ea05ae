#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The part of tools/demo that plays: run that, not this."""

import argparse
import collections
import dataclasses
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/system"))

from demo_members import Members, Newcomer, body, written_by_us  # noqa: E402
from demo_signed import Signer  # noqa: E402
from harness import smtp  # noqa: E402
from harness.postward import build  # noqa: E402
from harness.stage import Stage, until  # noqa: E402
from harness.world import HONEST, LISTED, STRANGER, World  # noqa: E402


@dataclasses.dataclass
class Session:
    """One mail: why, by whom, and how it must end."""

    story: str
    peer: smtp.Peer = HONEST
    sender: str = "sam@example.org"
    recipient: str = "ann@remotes.club"
    # The deciding reply; "..." stands for anything.
    reply: str = "250 ... queued as ..."
    # Where the mail must arrive, if it is taken, and with what header field.
    arrives: str = ""
    header: str = ""
    # How its envelope sender begins then.
    under: str = "SRS0="
    # Which of the shop's messages it is, if it is one.
    message: str = ""

    @property
    def expected(self):
        return (self.reply
                + (f", and mail for {self.arrives}" if self.arrives else "")
                + (f" with {self.header}" if self.header else ""))


@dataclasses.dataclass
class Lost:
    """A mail that somebody misses: what the administrator is told."""

    story: str
    recipient: str
    ends: str

    @property
    def expected(self):
        return self.ends


SESSIONS = [
    Session("Sam writes to ann, who has an address and a forward.",
            arrives="ann@mailbox.example"),
    Session("Kim's mailbox is full: the notice finds its way back to Sam.",
            recipient="kim@remotes.club",
            arrives="sam@example.org", under=""),
    Lost("Kim misses that mail, and asks the administrator: `postward trace`.",
         recipient="kim@remotes.club",
         ends="returned to sam@example.org, not delivered to "
              "kim@mailbox.example"),
    Session("Sam writes to bob, who has an address but no forward.",
            recipient="bob@remotes.club",
            reply="550 5.1.1 ... No forwarding address"),
    Session("Sam writes to nobody@remotes.club, whom nobody knows.",
            recipient="nobody@remotes.club",
            reply="550 5.1.1 ... User unknown"),
    Session("A client that is on a blocklist writes to ann.",
            peer=LISTED,
            reply="554 5.7.1 ... blocked using bl.test..."),
    Session("A client calls itself by a name that is none.",
            peer=dataclasses.replace(HONEST, helo="not_a_name!"),
            reply="550 5.5.2 ..."),
    Session("A sender's domain does not exist.",
            sender="win@no-such-domain.example",
            # Postfix has 4.1.8 for senders only: at RCPT it says 4.1.2.
            reply="450 4.1.2 ... Domain not found..."),
    Session("A bank's own server writes: SPF pass, and its header.",
            sender="teller@bank.example",
            arrives="ann@mailbox.example", header="Received-SPF: pass"),
    Session("A stranger writes in the bank's name: SPF fail, in the bank's "
            "words.",
            peer=STRANGER, sender="teller@bank.example",
            reply="550 5.7.23 ... bank.example explains: 192.0.2.30 is not a "
                  "mail server of bank.example"),
    Session("A shop signs what it writes: DKIM holds, and so does DMARC.",
            sender="bounces@shop.example", message="signed",
            arrives="ann@mailbox.example",
            header="Authentication-Results: mx.remotes.club; spf=pass "
                   "smtp.mailfrom=bounces@shop.example; dkim=pass "
                   "header.d=shop.example"),
    Session("It does not sign: ann's mailbox would refuse that, so it is "
            "told at once.",
            sender="bounces@shop.example", message="unsigned",
            reply="550 5.7.26 DMARC of shop.example cannot pass when "
                  "forwarded: sign with DKIM"),
    Session("Somebody sends on what the shop has signed, at another price.",
            message="changed",
            reply="550 5.7.26 Neither SPF nor DKIM passes, and DMARC of "
                  "shop.example fails"),
    Session("A stranger writes in the shop's name, without a signature.",
            message="unsigned",
            reply="550 5.7.26 Neither SPF nor DKIM passes, and DMARC of "
                  "shop.example fails"),
    Session("A message says that it has two authors: nobody can tell which "
            "one a reader would see.",
            message="two authors",
            reply="550 5.7.1 The field From must name one author..."),
    Newcomer("Nora asks for an address on the web form, and an administrator "
             "agrees.",
             userid="nora", mailbox="nora@mailbox.example",
             note="I have a garden and a modem."),
    Session("Sam writes to nora, who is a member now.",
            recipient="nora@remotes.club", arrives="nora@mailbox.example"),
]


class Paper:
    """Writes on the terminal, in colour where that is welcome."""

    def __init__(self):
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def _in(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self._coloured else text

    def line(self, text="", indent=0):
        print(" " * indent + text, flush=True)

    def title(self, number, text):
        self.line()
        self.line(f"{self._in('1', f'{number}  {text}')}")

    def client(self, text):
        self.line(self._in("36", f"> {text}"), 5)

    def server(self, text):
        code = {"2": "32", "3": "32", "4": "33", "5": "31"}.get(text[:1], "0")
        self._wrapped(code, f"< {text}")

    def aside(self, text):
        self._wrapped("2", text)

    def _wrapped(self, code, text):
        for part in textwrap.wrap(text, 74, subsequent_indent="  ",
                                  break_on_hyphens=False):
            self.line(self._in(code, part), 5)

    def verdict(self, good, text):
        mark = self._in("32;1", "✓") if good else self._in("31;1", "✗")
        first, *more = textwrap.wrap(text, 74, break_on_hyphens=False)
        self.line(f"{mark}  {first}", 2)
        for part in more:
            self.line(part, 7)

    def heading(self, text):
        self.line()
        self.line(self._in("1", text))


class Transcript:
    """What swaks has said and heard, without what is only for XCLIENT."""

    MARKS = {" -> ": "client", "<-  ": "server", "<** ": "server"}

    def __init__(self, output):
        lines = [(self.MARKS[line[:4]], line[4:].strip())
                 for line in output.splitlines() if line[:4] in self.MARKS]
        hellos = [i for i, (who, line) in enumerate(lines)
                  if who == "client" and line.startswith("EHLO ")]
        self.lines = lines[hellos[-1]:] if hellos else lines

    def to_show(self):
        """Of a long reply its first line; no message and no farewell."""
        inside = False
        for who, line in self.lines:
            if line == "QUIT":
                return
            if line and not inside and not re.match(r"\d+ lines sent$", line):
                yield who, re.sub(r"^(\d{3})-", r"\1 ", line)
            inside = re.match(r"\d{3}-", line) is not None

    def last_reply(self):
        replies = [line for who, line in self.to_show() if who == "server"]
        return replies[-1] if replies else "no answer at all"


def swaks(port, session):
    return ["swaks", "--server", f"127.0.0.1:{port}",
            "--xclient-addr", session.peer.address,
            "--xclient-name", session.peer.name,
            "--helo", session.peer.helo or session.peer.name,
            "--from", session.sender, "--to", session.recipient]


def decision(line):
    """Of policyd's log line, what the session has not shown yet."""
    about = ("action=", "check=", "points=", "would=", "spf=", "why=")
    pairs = re.findall(r'([\w-]+=(?:"(?:[^"\\]|\\.)*"|\S*))', line)
    return "policyd: " + " ".join(
        pair for pair in pairs if pair.startswith(about))


def matches(pattern, reply):
    parts = map(re.escape, pattern.split("..."))
    return re.fullmatch(".*".join(parts), reply) is not None


class Demo:
    def __init__(self, stage, log):
        self.paper = Paper()
        secrets = stage.folder / "srs.secret"
        secrets.write_text("not much of a secret\n")
        secrets.chmod(0o600)
        self.signer = Signer(stage)
        self.world = World(stage, {"srs": {"domain": "remotes.club",
                                           "secrets-file": str(secrets)},
                                   "forwarding": {"mode": "enforce"}},
                           records=self.signer.records())
        self.world.sink.refused["kim@mailbox.example"] = (
            "552 5.2.2 Mailbox full")
        self.members = Members(self.world, self.paper)
        self._log = log

    def introduce(self):
        self.paper.line(f"{'started':10} Postfix on 127.0.0.1:"
                        f"{self.world.postfix.port}, policyd, forwarder, "
                        f"milter, DNS,", 2)
        self.paper.line(f"{'':10} mailer, a mail catcher; signup's form at "
                        f"{self.members.url}", 2)
        self.paper.line(f"{'accounts':10} ann@remotes.club -> "
                        f"ann@mailbox.example", 2)
        self.paper.line(f"{'':10} bob@remotes.club -> nowhere", 2)

    def play(self):
        """How many sessions ended otherwise than they must."""
        surprises = sum(not self._play(number, session)
                        for number, session in enumerate(SESSIONS, 1))
        self.paper.heading(
            f"{len(SESSIONS)} sessions, all as expected." if not surprises
            else f"{surprises} of {len(SESSIONS)} sessions went otherwise "
                 f"than expected.")
        return surprises

    def _play(self, number, session):
        self.paper.title(number, session.story)
        good = (self.members.join(session) if isinstance(session, Newcomer)
                else self._trace(session) if isinstance(session, Lost)
                else self._send(number, session))
        self.paper.verdict(good, f"expected: {session.expected}")
        return good

    def _send(self, number, session):
        paper = self.paper
        peer = session.peer
        paper.aside(f"from {peer.name} [{peer.address}]")
        before = len(self.world.sink.mails)
        logged = len(self.world.postward.policyd.log())
        text = (self.signer.message(session.message) if session.message
                else f"From: {session.sender}\nTo: {session.recipient}\n"
                     "Date: Fri, 27 Nov 2026 10:00:00 +0000\n"
                     "Message-ID: <1@example.org>\n"
                     "Subject: Hello\n\nHello!\n")
        done = subprocess.run(
            [*swaks(self.world.postfix.port, session), "--suppress-data",
             "--data", "-"], input=text, capture_output=True, text=True,
            timeout=60, check=False)
        self._note(f"session {number}: {shlex.join(done.args)}\n"
                   f"{done.stdout}{done.stderr}")
        transcript = Transcript(done.stdout)
        for who, line in transcript.to_show():
            getattr(paper, who)(line)
        for line in self.world.postward.policyd.log()[logged:].splitlines():
            paper.aside(decision(line))
        good = matches(session.reply, transcript.last_reply())
        if good and session.arrives:
            good = self._arrived(before, session)
        return good

    def _trace(self, lost):
        """Its story; its log is where Postfix says."""
        world = self.world
        argv = ["trace", "--to", lost.recipient, "-c", world.postward.file,
                "--postfix-config", world.postfix.configuration]
        self.paper.client(f"postward trace --to {lost.recipient}")
        # The last line of the log may come a little after the mail.
        until("its story", lambda: lost.ends in
              world.postward.run(*argv).stdout)
        lines = world.postward.run(*argv).stdout.splitlines()
        for line in lines:
            self.paper.aside(line.strip())
        return lost.ends in lines[-1]

    def _arrived(self, before, session):
        try:
            mail = self.world.sink.wait(before + 1)[before]
        except TimeoutError as late:
            self.paper.aside(str(late))
            return False
        self.paper.aside(f"arrives elsewhere: from <{mail.sender}> "
                         f"to <{', '.join(mail.recipients)}>")
        if session.header:
            field = mail.field(session.header.split(":")[0])
            self.paper.aside(field)
            if not field.startswith(session.header):
                return False
        return (mail.recipients == [session.arrives]
                and mail.sender.startswith(session.under))

    def _note(self, text):
        with open(self._log, "a", encoding="utf-8") as log:
            log.write(text)

    def invite(self):
        """What there is to try."""
        world = self.world
        file = world.postward.file
        postward = build() / "bin/postward"
        configured = f"{postward} -c {file}"
        table = f"socketmap:unix:{world.postward.forwarder_socket}:forward"
        to_try = {
            **self.members.to_try(configured, self._mail_to),
            "Send a mail of your own, as any client in the world":
                self._mail_to("ann@remotes.club"),
            "Be on the blocklist: the same, with another address":
                "--xclient-addr 192.0.2.66",
            "Give bob a forward, then write to bob@remotes.club":
                f"{configured} forward add --confirmed "
                f"bob@remotes.club bob@mailbox.example",
            "Ask why a mail would be refused":
                f"{configured} explain --client 192.0.2.66 "
                f"--client-name mail.example.org --helo mail.example.org "
                f"--from sam@example.org --to ann@remotes.club",
            "Ask what became of a mail":
                f"{configured} trace --to kim@remotes.club "
                f"--postfix-config {world.postfix.configuration}",
            "Ask what Postfix asks":
                f"postmap -c {world.postfix.configuration} "
                f"-q ann@remotes.club {table}",
            "See how it is wired":
                f"cat {world.postfix.configuration}/main.cf {file}",
            "Read what Postfix says":
                f"tail -f {world.postfix.log}",
        }
        self.paper.heading("It stays up until you press Ctrl-C.  Try, from "
                           "another terminal:")
        for what, command in to_try.items():
            self.paper.line()
            self.paper.line(f"{what}:", 2)
            self.paper.line(command, 4)
        self.paper.heading("What Postward decides meanwhile:")

    def _mail_to(self, recipient):
        return shlex.join(swaks(self.world.postfix.port,
                                Session("", recipient=recipient)))

    def stay(self):
        """Shows what the programs log and what arrives, until Ctrl-C."""
        programs = [self.world.postward.policyd, self.world.postward.forwarder,
                    self.world.postward.milter, *self.members.programs,
                    self.world.postfix.master]
        shown = collections.Counter({p: len(p.log()) for p in programs})
        mails = len(self.world.sink.mails)
        while all(program.status is None for program in programs):
            for program in programs:
                text = program.log()[shown[program]:]
                shown[program] += len(text)
                for line in text.splitlines():
                    self.paper.aside(line)
            for mail in self.world.sink.mails[mails:]:
                mails += 1
                self.paper.aside(f"arrived: from <{mail.sender}> to "
                                 f"<{', '.join(mail.recipients)}>")
                if written_by_us(mail):
                    self._letter(mail)
            time.sleep(0.2)
        dead = [p.name for p in programs if p.status is not None]
        raise OSError(f"ended by itself: {', '.join(dead)}")


    def _letter(self, mail):
        """Who plays has no mailbox in which it could be read."""
        for line in [mail.field("Subject"), "",
                     *body(mail).rstrip().splitlines()]:
            self.paper.line(f"| {line}".rstrip(), 2)


def keep_logs(stage, log):
    with open(log, "a", encoding="utf-8") as out:
        for name, text in stage.logs().items():
            out.write(f"\n==== {name}\n{text}")
    print(f"\nThe whole log: {log}")


def perform(stage, options):
    demo = Demo(stage, options.log)
    demo.introduce()
    surprises = demo.play()
    if surprises:
        keep_logs(stage, options.log)
    else:
        options.log.unlink()
    if not options.once:
        demo.invite()
        demo.stay()
    return 1 if surprises else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--log", type=pathlib.Path, required=True)
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with Stage() as stage:
        try:
            return perform(stage, options)
        except KeyboardInterrupt:
            print("\nStopped; nothing is left behind.")
            return 130 if options.once else 0
        except BrokenPipeError:
            # Nobody reads on (tools/demo | head): be quiet about it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except (AssertionError, OSError, subprocess.SubprocessError) as wrong:
            print(f"\n{wrong}")
            keep_logs(stage, options.log)
            return 1


if __name__ == "__main__":
    sys.exit(main())
