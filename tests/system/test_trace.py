# SPDX-License-Identifier: MIT
"""`postward trace`: what became of mail, as a real Postfix has logged it."""

import contextlib
import datetime
import gzip
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest

from harness import smtp
from harness.stage import Stage, until
from harness.world import HONEST, LISTED, World, srs

SAM = "sam@example.org"
RECORDS = ['strict.example. MX 10 mail.example.org.',
           'strict.example. TXT "v=spf1 ip4:192.0.2.10 -all"',
           '_dmarc.strict.example. TXT "v=DMARC1; p=reject"']


def letter(sender, recipient):
    return (f"From: {sender}\nTo: {recipient}\n"
            "Date: Fri, 27 Nov 2026 10:00:00 +0000\n"
            "Message-ID: <1@example.org>\nSubject: x\n\nHello!\n")


class Traced:
    """A Postfix that has delivered, refused, put off, returned and held."""

    def __init__(self, stage):
        self.world = world = World(stage, {
            "forwarding": {"mode": "enforce", "spf-only": "hold"},
            **srs(stage)}, ["enable_long_queue_ids = yes"], RECORDS)
        self.postward = world.postward
        self.log = world.postfix.log
        self.folder = stage.folder
        sink = world.sink
        sink.refused["kim@mailbox.example"] = "552 5.2.2 Mailbox full"
        sink.refused["gil@mailbox.example"] = "452 4.2.2 Come later"
        self.send("ann@remotes.club")
        self.new_sender = sink.wait(1)[0].sender
        self.send("ann@remotes.club", LISTED, "joe@example.org")
        self.send("kim@remotes.club")
        sink.wait(2)
        self.send("Kim+list@guild.club", sender="tom@example.org")
        self.send("nobody@remotes.club")
        self.send("ann@remotes.club", sender="sue@strict.example")
        self.send("ann@remotes.club", sender="max@example.org",
                  text=letter("sue@strict.example", "ann@remotes.club"))
        # What Postfix refuses before it asks anybody.
        self.send("ann@elsewhere.example")
        for word in ("status=deferred", "elsewhere.example",
                     "milter-hold", "status=bounced"):
            until(f"{word} in Postfix' log",
                  lambda word=word: word in self.log.read_text())
        until("all decisions", lambda: self.count() >= 11)

    def send(self, recipient, peer=HONEST, sender=SAM, text=None):
        smtp.send(self.world.postfix.port, peer, sender, [recipient],
                  text or letter(sender, recipient))

    def trace(self, *argv, log=None, **more):
        return self.postward.run(
            "trace", *argv, "-c", self.postward.file, "--log",
            self.log if log is None else log, **more)

    def told(self, *argv, **more):
        done = self.trace(*argv, "--json", **more)
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout)

    def ends(self, *argv, **more):
        return [(end["state"], end["recipient"])
                for mail in self.told(*argv, **more) for end in mail["ends"]]

    def count(self):
        with contextlib.closing(sqlite3.connect(
                self.postward.database)) as db:
            return db.execute("SELECT COUNT(*) FROM decision").fetchone()[0]

    def keep(self, **columns):
        """A row as postward-policyd and postward-milter keep it."""
        columns = {"at": int(time.time()), "host": "mx.remotes.club",
                   "sender": SAM, "queue_id": None, **columns}
        with contextlib.closing(sqlite3.connect(
                self.postward.database)) as db, db:
            db.execute(f"INSERT INTO decision ({', '.join(columns)}) VALUES "
                       f"({', '.join('?' * len(columns))})",
                       list(columns.values()))


@pytest.fixture(scope="module")
def traced():
    with Stage() as stage:
        yield Traced(stage)


def last_line(done):
    return done.stdout.splitlines()[-1]


def test_a_mail_that_was_delivered(traced):
    [mail] = traced.told("--to", "ann@remotes.club", "--from", SAM)
    assert mail["sender"] == SAM
    assert mail["recipient"] == "ann@remotes.club"
    assert mail["message_id"] == "1@example.org"
    [end] = mail["ends"]
    assert (end["state"], end["recipient"]) == ("delivered",
                                                "ann@mailbox.example")
    assert end["text"].startswith("250 ")
    events = [event["event"] for event in mail["log"]]
    assert events == ["came", "message-id", "queued", "sent", "removed"]
    assert mail["log"][2]["sender"] == traced.new_sender
    text = traced.trace("--queue-id", mail["queue_id"])
    assert "delivered to ann@mailbox.example: 250 " in last_line(text)
    # The same by the mailbox, in any case.
    assert traced.ends("--to", "Ann@MAILBOX.example", "--from", SAM) == [
        ("delivered", "ann@mailbox.example")]


def test_a_mail_that_was_refused(traced):
    for argv, sender, word in (
            (["--to", "ann@remotes.club"], "joe@example.org", "bl.test"),
            (["--to", "nobody@remotes.club"], SAM, "User unknown"),
            (["--to", "ann@elsewhere.example"], SAM, "Relay access")):
        [mail] = traced.told(*argv, "--from", sender)
        [end] = mail["ends"]
        assert (end["state"], end["step"]) == ("refused", "RCPT")
        assert word in end["text"]
        done = traced.trace(*argv, "--from", sender)
        assert "refused at RCPT, to ann@" in last_line(done) or (
            "nobody@" in last_line(done))


def test_a_mail_that_waits(traced):
    for address in ("Kim+list@guild.club", "kim@guild.club", "@guild.club",
                    "gil@mailbox.example"):
        [mail] = traced.told("--to", address)
        [end] = mail["ends"]
        assert (end["state"], end["recipient"]) == ("waits",
                                                    "gil@mailbox.example")
        assert "452 4.2.2 Come later" in end["text"]
    assert traced.trace("--to", "kim+other@guild.club").returncode == 1
    assert "waits in the queue, for gil@mailbox.example" in last_line(
        traced.trace("--to", "kim@guild.club"))


def test_a_mail_that_came_back(traced):
    [mail] = traced.told("--to", "kim@remotes.club")
    [end] = mail["ends"]
    assert (end["state"], end["returned_to"]) == ("returned", SAM)
    assert "552 5.2.2 Mailbox full" in end["text"]
    [notice] = mail["after"]
    assert notice["sender"] == ""
    assert [(end["state"], end["recipient"]) for end in notice["ends"]] == [
        ("delivered", SAM)]
    # Whoever asks for the notification is told why there is one.
    [same] = traced.told("--queue-id", notice["queue_id"])
    assert same["queue_id"] == mail["queue_id"]
    assert f"returned to {SAM}, not delivered to kim@" in last_line(
        traced.trace("--to", "kim@mailbox.example"))


def test_a_mail_that_is_held(traced):
    [mail] = traced.told("--from", "sue@strict.example")
    [end] = mail["ends"]
    assert end["state"] == "held"
    done = traced.trace("--from", "sue@strict.example")
    assert f"postward held release {mail['queue_id']}" in last_line(done)


def states(mail):
    return [d["record"]["facts"]["state"] for d in mail["decisions"]]


def test_what_was_decided_stands_before_it(traced):
    [mail] = traced.told("--to", "ann@remotes.club", "--from", SAM)
    assert states(mail) == ["RCPT", "END-OF-MESSAGE"]
    assert [d["account"] for d in mail["decisions"]] == 2 * [
        "ann@remotes.club"]
    text = traced.trace("--queue-id", mail["queue_id"]).stdout
    rcpt, end, sent = (text.index(word) for word in (
        "accepts ann@remotes.club from mail.example.org[192.0.2.10]: SPF none",
        "accepts the message", "delivered to ann@mailbox.example (for"))
    assert rcpt < end < sent
    assert f"its sender is now {traced.new_sender}" in text
    # By the mailbox, of which no decision tells.
    [mail] = traced.told("--to", "ann@mailbox.example", "--from", SAM)
    assert states(mail) == ["RCPT", "END-OF-MESSAGE"]
    # The notification has one of its own.
    [mail] = traced.told("--to", "kim@remotes.club")
    assert states(mail) == ["RCPT", "END-OF-MESSAGE"]
    [held] = traced.told("--from", "sue@strict.example")
    assert [d["action"] for d in held["decisions"]] == ["accept", "hold"]


def test_a_refusal_is_told_once(traced):
    [mail] = traced.told("--from", "joe@example.org")
    assert [d["action"] for d in mail["decisions"]] == ["reject"]
    assert [event["event"] for event in mail["log"]] == ["refused"]
    assert "(dnsbl bl.test: client 192.0.2.66 is listed" in traced.trace(
        "--from", "joe@example.org").stdout


def test_a_message_that_was_refused(traced):
    [mail] = traced.told("--from", "max@example.org")
    assert [d["action"] for d in mail["decisions"]] == ["accept", "reject"]
    [end] = mail["ends"]
    assert (end["state"], end["step"]) == ("refused", "END-OF-MESSAGE")
    assert end["text"].startswith("5.7.26 ")
    done = traced.trace("--from", "max@example.org")
    assert "refused at END-OF-MESSAGE: 5.7.26 " in last_line(done)
    assert "refuses the message from mail.example.org" in done.stdout


def test_a_decision_of_another_host(traced):
    """In words that this version does not know."""
    traced.keep(id="4", account="ann@remotes.club", action="accept",
                host="mx2.remotes.club", sender="zoe@example.org",
                queue_id="4XbY3Bc1Qgz9F", record="not a record")
    done = traced.trace("--from", "zoe@example.org")
    assert "the log is at mx2.remotes.club" in done.stdout
    assert "accepted" in last_line(done)


@pytest.mark.parametrize("record", ["", "state=RCPT", "decided.action=reject",
                                    "decided.reply=x", "x" * 60000])
def test_a_record_that_is_not_whole(traced, record):
    sender = f"zoe{len(record)}@example.org"
    traced.keep(id=f"5{len(record)}", account="ann@remotes.club",
                action="reject", host="mx2.remotes.club", sender=sender,
                record=record)
    done = traced.trace("--from", sender)
    assert "reject" in done.stdout and "accepts" not in done.stdout
    assert "null" not in done.stdout
    assert "refused" in last_line(done)


def test_a_client_that_goes_away(traced):
    with socket.create_connection(("127.0.0.1",
                                   traced.world.postfix.port)) as client:
        lines = client.makefile("rw", newline="\r\n")
        lines.readline()
        for word in ("XCLIENT NAME=mail.example.org ADDR=192.0.2.10",
                     "HELO mail.example.org", "MAIL FROM:<gus@example.org>",
                     "RCPT TO:<ann@remotes.club>"):
            lines.write(word + "\n")
            lines.flush()
            said = lines.readline()
            assert said.startswith("2"), said
    until("the decision", lambda: traced.trace(
        "--from", "gus@example.org").stdout)
    [mail] = traced.told("--from", "gus@example.org")
    assert states(mail) == ["RCPT"]
    assert [end["state"] for end in mail["ends"]] == ["nothing"]
    assert {one["sender"] for one in traced.told("--to", "ann@remotes.club")
            } >= {SAM, "gus@example.org"}


def test_nothing_is_found(traced):
    for argv in (["--to", "zed@remotes.club"],
                 ["--to", "kim@remotes.club", "--from", "tom@example.org"],
                 ["--queue-id", "AAAAAAAAAA"],
                 ["--to", "kim@remotes.club", "--until", "2026-01-01",
                  "--since", "2025-12-31 12:30"]):
        done = traced.trace(*argv)
        assert (done.returncode, done.stdout) == (1, ""), argv
        assert "no such mail" in done.stderr
        done = traced.trace(*argv, "--json")
        assert (done.returncode, json.loads(done.stdout)) == (1, [])


@pytest.mark.parametrize("argv", [
    [], ["--to", "nobody at all@"], ["--queue-id", "warning"],
    ["--to", "a@b.example", "--since", "soon"],
    ["--to", "a@b.example", "--until", "2026-13-01"],
    ["--to", "a@b.example", "--since", "1d", "--until", "2d"],
])
def test_wrong_questions(traced, argv):
    done = traced.trace(*argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("postward: ")


def test_what_was_rotated_away(traced):
    folder = traced.folder / "rotated"
    folder.mkdir()
    log = folder / "mail.log"
    lines = traced.log.read_text().splitlines(keepends=True)
    third = len(lines) // 3
    (folder / "mail.log.2.gz").write_bytes(
        gzip.compress("".join(lines[:third]).encode()))
    (folder / "mail.log.1").write_text("".join(lines[third:2 * third]))
    log.write_text("".join(lines[2 * third:]))
    now = time.time()
    os.utime(folder / "mail.log.2.gz", (now - 20, now - 20))
    os.utime(folder / "mail.log.1", (now - 10, now - 10))
    for address in ("kim@remotes.club", "ann@remotes.club",
                    "kim@guild.club"):
        assert traced.ends("--to", address, log=log) == traced.ends(
            "--to", address)
    # A file that gets another name while it is read is read once.
    os.link(log, folder / "mail.log.0")
    assert traced.ends("--to", "kim@remotes.club", log=log) == traced.ends(
        "--to", "kim@remotes.club")
    # A file that is damaged is read as far as it can be.
    packed = (folder / "mail.log.2.gz").read_bytes()
    (folder / "mail.log.2.gz").write_bytes(packed[:len(packed) // 2])
    done = traced.trace("--to", "kim@guild.club", log=log)
    assert done.returncode == 0
    assert "mail.log.2.gz is not whole" in done.stderr


def test_a_log_of_hostile_lines(traced):
    log = traced.folder / "hostile.log"
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ mx postfix/")
    noise = os.urandom(100_000).replace(b"\n", b"")
    log.write_bytes(
        noise + b"\n" + (stamp + "smtpd[1]: 3B2F41C0A2: client=x["
                         ).encode() + b"\x1b[31m\xff]\n"
        + f"{stamp}smtp[1]: 3B2F41C0A2: to=<ann@remotes.club>, "
          "relay=x, delay=1, status=bounced (\x1b]0;x\x07".encode()
        + b"y" * 100_000 + b")\n" + noise + b"\n\n\0\n" + noise)
    done = traced.trace("--queue-id", "3B2F41C0A2", log=log)
    assert done.returncode == 0
    assert "\\x1b]0;x" in done.stdout
    assert all(line.isprintable() for line in done.stdout.splitlines())
    json.loads(traced.trace("--queue-id", "3B2F41C0A2", "--json",
                            log=log).stdout)


def test_a_log_that_cannot_be_read(traced):
    log = traced.folder / "secret.log"
    for make, word in ((lambda: None, "No such file"),
                       (log.mkdir, "secret.log")):
        make()
        done = traced.trace("--to", "zed@remotes.club", log=log)
        assert done.returncode == 75
        assert word in done.stderr
    log.rmdir()
    log.write_text("")
    log.chmod(0)
    prefix, traced.postward.prefix = traced.postward.prefix, [
        "setpriv", "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-dac_override,-dac_read_search"]
    try:
        done = traced.trace("--to", "zed@remotes.club", log=log)
    finally:
        traced.postward.prefix = prefix
    assert done.returncode == 75
    assert "Permission denied" in done.stderr and "group adm" in done.stderr


def with_journal(traced, text, status=0):
    """journalctl(1) as it writes, without a journal."""
    folder = traced.folder / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "journal").write_text(text)
    program = folder / "journalctl"
    program.write_text(f'#!/bin/sh\necho "$@" >{folder}/asked\n'
                       f"cat {folder}/journal\nexit {status}\n")
    program.chmod(0o755)
    return {"env": {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            "log": "journal"}


def test_the_journal(traced):
    year = datetime.datetime.now(datetime.timezone.utc).year
    text = "".join(
        datetime.datetime.strptime(f"{year} {line[:15]}", "%Y %b %d %H:%M:%S")
        .strftime("%Y-%m-%dT%H:%M:%S.123456+0000") + line[15:]
        for line in traced.log.read_text().splitlines(keepends=True))
    journal = with_journal(traced, text)
    assert traced.ends("--to", "kim@remotes.club", **journal) == traced.ends(
        "--to", "kim@remotes.club")
    asked = (traced.folder / "bin/asked").read_text().split()
    assert "SYSLOG_FACILITY=2" in asked
    assert "--output=short-iso-precise" in asked
    assert any(word.startswith("--since=@") for word in asked)
    done = traced.trace("--to", "zed@remotes.club",
                        **with_journal(traced, "No journal files were "
                                       "opened due to insufficient "
                                       "permissions.\n", 1))
    assert done.returncode == 75
    assert "systemd-journal" in done.stderr


# A journal of its own; $0 what is to be written, the rest what is then run.
JOURNALD = r"""
import pathlib, socket, subprocess, sys, time
if subprocess.run(["mount", "-t", "tmpfs", "none", "/run"]).returncode != 0:
    sys.exit(77)
for folder in ("log/journal", "systemd/journal"):
    pathlib.Path("/run", folder).mkdir(parents=True)
journald = subprocess.Popen(["/lib/systemd/systemd-journald"])
place = pathlib.Path("/run/systemd/journal/dev-log")
while not place.exists():
    if journald.poll() is not None:
        sys.exit(77)
    time.sleep(0.01)
lines = open(sys.argv[1]).read().splitlines()
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
    log.connect(str(place))
    for line in lines:
        log.send(f"<22>{line[:15]} {line.split(' mx ', 1)[1]}".encode())
    # Of another facility.
    log.send(b"<30>Nov 29 08:00:00 postfix/x[1]: 3B2F41C0A2: to=<zed@x>")
if subprocess.run(["journalctl", "--sync"], timeout=100).returncode != 0:
    sys.exit(77)
done = subprocess.run(sys.argv[2:])
journald.terminate()
journald.wait()
sys.exit(done.returncode)
"""


def test_a_real_journal(traced):
    if not os.path.exists("/lib/systemd/systemd-journald") or subprocess.run(
            ["unshare", "-m", "true"], check=False).returncode != 0:
        pytest.skip("no systemd-journald can be started here")
    # What has come so far, as Postfix goes on.
    log = traced.folder / "journal.log"
    shutil.copy(traced.log, log)
    prefix, traced.postward.prefix = traced.postward.prefix, [
        "unshare", "-m", "/usr/bin/python3", "-c", JOURNALD, log]
    try:
        done = traced.trace("--to", "kim@remotes.club", "--json",
                            log="journal")
        nobody = traced.trace("--to", "zed@x", log="journal")
    finally:
        traced.postward.prefix = prefix
    if done.returncode == 77:
        pytest.skip("no systemd-journald can be started here")
    assert done.returncode == 0, done
    [mail] = json.loads(done.stdout)
    assert [end["returned_to"] for end in mail["ends"]] == [SAM]
    assert states(mail) == ["RCPT", "END-OF-MESSAGE"]
    assert (nobody.returncode, nobody.stdout) == (1, "")


def test_the_log_that_postfix_names(traced):
    done = traced.postward.run(
        "trace", "--to", "kim@remotes.club", "-c", traced.postward.file,
        "--postfix-config", traced.world.postfix.configuration)
    assert done.returncode == 0, done.stderr
    assert "returned to" in last_line(done)


def test_without_a_store_the_log_is_told(traced):
    aside = traced.postward.database.with_suffix(".aside")
    shutil.move(traced.postward.database, aside)
    try:
        done = traced.trace("--to", "kim@remotes.club")
    finally:
        shutil.move(aside, traced.postward.database)
    assert done.returncode == 0
    assert "returned to" in last_line(done)
    assert "decisions cannot be read" in done.stderr


def test_a_mail_that_is_let_go(traced):
    """The last test, as it changes what the others ask for."""
    [mail] = traced.told("--from", "sue@strict.example")
    ident = mail["queue_id"]
    configuration = traced.world.postfix.configuration
    done = traced.postward.run("held", "release", ident, "-c",
                               traced.postward.file, "--postfix-config",
                               configuration)
    assert done.returncode == 0, done.stderr
    subprocess.run(["/usr/sbin/postqueue", "-c", configuration, "-f"],
                   check=True)
    until("its delivery", lambda: ("delivered", "ann@mailbox.example")
          in traced.ends("--queue-id", ident))
    events = [event["event"]
              for event in traced.told("--queue-id", ident)[0]["log"]]
    assert events.index("held") < events.index("released") < events.index(
        "sent")
