# SPDX-License-Identifier: MIT
"""Mail of our own comes back: noted in the outbox, and told to who is
responsible for it."""

import contextlib
import smtplib
import sqlite3

import pytest

from harness import smtp
from harness.mariadb import Mariadb
from harness.smtp import Peer
from harness.stage import PATIENCE, until
from harness.world import HONEST, STRANGER, World

SAM = "sam@example.org"
NEW = "newcomer@mailbox.example"
POSTMASTERS = "ann@mailbox.example"  # postmaster@remotes.club forwards to it
REFUSAL = "550 5.1.1 No such user"
ID = "0123456789abcdefghijklmnop"
OTHER = "vutsrqponmlkjihgfedcba9876"
LOCAL = Peer("127.0.0.1", "localhost")

COLUMNS = ("id, dedup_key, about, recipient, template, texts, state, created, "
           "next_try, deadline, lease_until, sent, attempts")


def bounces(mail_id, domain="remotes.club"):
    return f"bounce+{mail_id}@{domain}"


class SqliteOutbox:
    def __init__(self, path):
        self._path = path

    def run(self, sql):
        with contextlib.closing(sqlite3.connect(self._path)) as db, db:
            return [tuple(row) for row in db.execute(sql)]


class MariadbOutbox:
    def __init__(self, server):
        self._server = server

    def run(self, sql):
        said = self._server.ask(f"USE postward; {sql}")
        return [tuple(line.split("\t")) for line in said.splitlines()]


class Outbox:
    def __init__(self, store):
        self.run = store.run

    def put(self, mail_id, state="sent"):
        self.run(f"INSERT INTO outbox ({COLUMNS}) VALUES ('{mail_id}', "
                 f"'test:{mail_id}', 'test', '{NEW}', 'verify', '{{}}', "
                 f"'{state}', 1, 1, 1, 0, 1, 1)")

    def state(self, mail_id=ID):
        [(state,)] = self.run("SELECT state FROM outbox "
                              f"WHERE id = '{mail_id}'")
        return state

    def error(self, mail_id=ID):
        [(error,)] = self.run("SELECT last_error FROM outbox "
                              f"WHERE id = '{mail_id}'")
        return error


@pytest.fixture
def outbox(world):
    return outbox_of(world)


def outbox_of(world):
    it = Outbox(SqliteOutbox(world.postward.database))
    it.put(ID)
    return it


def hand_in(world, recipient, sender=bounces(ID)):
    """As postward-mailer does."""
    with smtplib.SMTP("127.0.0.1", world.postfix.system_port,
                      timeout=PATIENCE) as session:
        session.sendmail(sender, [recipient],
                         f"From: postmaster@remotes.club\r\nTo: {recipient}\r\n"
                         "Subject: Your code\r\n\r\nIt is 42.\r\n")


def report(action="failed", status="5.1.1", why=REFUSAL, returned="Subject: x",
           text="It could not be delivered.", about=NEW):
    """A notification as other mail servers write it."""
    return f"""\
From: MAILER-DAEMON@mx.mailbox.example
To: postmaster@remotes.club
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="A1.B2/mx"

--A1.B2/mx
Content-Type: text/plain

{text}

--A1.B2/mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mailbox.example

Final-Recipient: rfc822; {about}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {why}

--A1.B2/mx
Content-Type: message/rfc822

{returned}

--A1.B2/mx--
"""


def from_outside(world, recipients, text, sender="", peer=HONEST):
    """The last reply."""
    return smtp.send(world.postfix.port, peer, sender, recipients, text)[-1]


def quiet(world):
    until("an empty queue", lambda: not world.postfix.queued())


# ---- what our own Postfix could not deliver


def check_own_bounce(world, outbox):
    world.sink.refused[NEW] = REFUSAL
    hand_in(world, NEW)
    [mail] = world.sink.wait(1)
    assert (mail.sender, mail.recipients) == ("", [POSTMASTERS])
    assert f"Final-Recipient: rfc822; {NEW}" in str(mail)
    assert "Subject: Your code" in str(mail)
    assert outbox.state() == "bounced"
    assert outbox.error() == f"5.1.1 smtp; {REFUSAL}"
    log = world.postward.says(world.postward.milter, "bounced=")
    [line] = [line for line in log.splitlines()
              if "bounced=" in line]
    assert f"bounced={ID} " in line and "action=accept" in line
    assert f'why="5.1.1 smtp; {REFUSAL}"' in line


def test_a_mail_of_ours_that_nobody_takes(world, outbox):
    check_own_bounce(world, outbox)


def test_the_same_with_mariadb(stage):
    server = Mariadb(stage).start()
    world = World(stage, {"store": {"url": server.url()}})
    outbox = Outbox(MariadbOutbox(server))
    outbox.put(ID)
    check_own_bounce(world, outbox)


def test_the_administrator_learns_the_hidden_target(stage):
    """kim's forward may not be told to strangers, but to us."""
    world = World(stage, {"milter": {"hide-targets": True}})
    outbox = outbox_of(world)
    world.sink.refused["kim@mailbox.example"] = REFUSAL
    hand_in(world, "kim@remotes.club")
    [mail] = world.sink.wait(1)
    assert mail.recipients == [POSTMASTERS]
    assert "Final-Recipient: rfc822; kim@mailbox.example" in str(mail)
    assert outbox.state() == "bounced"
    from_outside(world, ["kim@remotes.club"], "Subject: x\n\nx\n", SAM)
    [_, mail] = world.sink.wait(2)
    assert mail.recipients == [SAM]
    assert "kim@mailbox.example" not in str(mail)


def test_a_bounce_is_seen_whatever_its_host_wants(stage, srs):
    """Whose policy says that its notifications are to be refused."""
    world = World(stage, {"forwarding": {"mode": "enforce"}, **srs},
                  records=['_dmarc.mailbox.example. TXT "v=DMARC1; p=reject"'])
    outbox = outbox_of(world)
    said = from_outside(world, [bounces(ID)], report())
    assert said.startswith("250"), said
    assert outbox.state() == "bounced"


def test_bounces_to_somebody_elsewhere(stage):
    """At a domain that is not ours, our addresses lead to him too."""
    world = World(stage, {"mailer": {"from": "root@hosting.example"}})
    outbox = outbox_of(world)
    assert from_outside(world, [bounces(ID)], report()).startswith("250")
    [mail] = world.sink.wait(1)
    assert mail.recipients == ["root@hosting.example"]
    assert outbox.state() == "bounced"


def test_nobody_gets_the_bounces(stage):
    """bob has no forward: refused to others, and noted of our own."""
    world = World(stage, {"mailer": {"from": "bob@remotes.club"}})
    outbox = outbox_of(world)
    assert smtp.rcpt(world.postfix.port, HONEST, "", bounces(ID)) == (
        f"550 5.1.1 <{bounces(ID)}>: Recipient address rejected: "
        "No forwarding address")
    world.sink.refused[NEW] = REFUSAL
    hand_in(world, NEW)
    until("the note", lambda: outbox.state() == "bounced")
    quiet(world)
    assert world.sink.mails == []


def test_a_bounce_of_unknown_mail_ends(world, outbox):
    world.sink.refused[NEW] = REFUSAL
    hand_in(world, NEW, bounces(OTHER))
    quiet(world)
    assert world.sink.mails == []
    assert outbox.state() == "sent"


def test_what_is_delivered_is_no_bounce(world, outbox):
    hand_in(world, NEW)
    [mail] = world.sink.wait(1)
    assert (mail.sender, mail.recipients) == (bounces(ID), [NEW])
    assert outbox.state() == "sent"


def test_a_lost_store_loses_no_bounce(world, outbox):
    world.sink.refused[NEW] = REFUSAL
    outbox.run("ALTER TABLE outbox RENAME TO lost")
    hand_in(world, NEW)
    until("Postfix's trouble", lambda: "status=deferred (bounce failed)" in
          world.postfix.log.read_text())
    assert len(world.postfix.queued()) == 1
    assert world.sink.mails == []
    outbox.run("ALTER TABLE lost RENAME TO outbox")
    [mail] = world.sink.wait(1)
    assert mail.recipients == [POSTMASTERS]
    assert outbox.state() == "bounced"
    quiet(world)
    assert len(world.sink.mails) == 1


def test_what_cannot_be_noted_waits(world, outbox):
    """From our own Postfix and from others."""
    world.sink.refused[NEW] = REFUSAL
    with contextlib.closing(sqlite3.connect(
            world.postward.database, isolation_level=None)) as writer:
        # It can be read, and nobody else can write.
        writer.execute("BEGIN IMMEDIATE")
        assert from_outside(world, [bounces(ID)], report()) == (
            "451 4.3.0 Temporary lookup failure")
        hand_in(world, NEW)
        until("Postfix's trouble", lambda: "status=deferred (bounce failed)" in
              world.postfix.log.read_text())
        assert (outbox.state(), world.sink.mails) == ("sent", [])
        writer.execute("ROLLBACK")
    [mail] = world.sink.wait(1)
    assert mail.recipients == [POSTMASTERS]
    assert outbox.state() == "bounced"
    quiet(world)
    assert len(world.sink.mails) == 1


# ---- what another mail server tells us


@pytest.mark.parametrize("recipient", [
    bounces(ID), bounces(ID.upper()), bounces(ID, "Remotes.Club"),
    bounces(ID, "guild.club")])
def test_a_notification_from_outside(world, outbox, recipient):
    reply = from_outside(world, [recipient], report(), peer=STRANGER)
    assert reply.startswith("250"), reply
    [mail] = world.sink.wait(1)
    assert (mail.sender, mail.recipients) == ("", [POSTMASTERS])
    assert mail.field("Delivered-To") == "Delivered-To: postmaster@remotes.club"
    assert outbox.state() == "bounced"
    assert outbox.error() == f"5.1.1 smtp; {REFUSAL}"


QMAIL = """\
From: MAILER-DAEMON@mailbox.example
Subject: failure notice

Hi. This is the qmail-send program at mailbox.example.

<newcomer@mailbox.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <>
"""

EXIM = """\
From: Mail Delivery System <Mailer-Daemon@mailbox.example>
X-Failed-Recipients: newcomer@mailbox.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.
The following address(es) failed:

  newcomer@mailbox.example
    Unrouteable address
"""

BASE64 = """\
MIME-Version: 1.0
Content-Type: multipart/report; boundary*0="A1"; boundary*1=".B2"

--A1.B2
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: base64

UmVwb3J0aW5nLU1UQTogZG5zOyBhCgpBY3Rpb24gOiBmYWlsZWQKU3RhdHVzIDogNS4xLjEwCg==
--A1.B2--
"""


@pytest.mark.parametrize("text, why", [
    (report().replace("multipart/report", "multipart/mixed"),
     f"5.1.1 smtp; {REFUSAL}"),
    (report().replace("Action:", "Action :"), f"5.1.1 smtp; {REFUSAL}"),
    (QMAIL, "Sorry, no mailbox here by that name. (#5.1.1)"),
    (EXIM, "Unrouteable address"),
    (BASE64, "5.1.10"),
], ids=["OpenSMTPD", "a gateway", "qmail", "Exim", "in base64"])
def test_a_notification_of_another_form(world, outbox, text, why):
    reply = from_outside(world, [bounces(ID)], text, peer=STRANGER)
    assert reply.startswith("250"), reply
    world.sink.wait(1)
    assert (outbox.state(), outbox.error()) == ("bounced", why)


VACATION = """\
From: newcomer@mailbox.example
Subject: Out of office
Auto-Submitted: auto-replied

Action: failed
Status: 5.1.1
"""

RECEIPT = """\
Subject: Read
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification;
\tboundary=b

--b
Content-Type: message/disposition-notification

Action: failed
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""


@pytest.mark.parametrize("sender, text", [
    ("", report("delayed", "4.4.1", "connection timed out")),
    ("", report("relayed", "2.0.0", "250 Ok")),
    ("", report("delivered", "2.0.0", "250 Ok")),
    ("", report("expanded", "2.0.0", "250 Ok")),
    ("", report("delayed", returned=report())),
    ("", VACATION),
    ("", RECEIPT),
    ("", "Action: failed\n\nAction: failed\n"),
    ("", report().replace("A1.B2/mx\"\n", "another\"\n")),
    ("", report().partition("Action:")[0]),
    ("", report().replace("message/delivery-status", "text/plain")),
    ("", report(text="a line\n" * 200_000)),  # over 1 MiB before it
    (SAM, report()),
], ids=["delayed", "relayed", "delivered", "expanded", "a returned report",
        "vacation", "receipt", "no report", "no such boundary",
        "cut off", "no status", "too long", "a sender"])
def test_other_mail_is_passed_on_and_not_noted(world, outbox, sender, text):
    reply = from_outside(world, [bounces(ID)], text, sender)
    assert reply.startswith("250"), reply
    [mail] = world.sink.wait(1)
    assert mail.recipients == [POSTMASTERS]
    assert len(mail.text) > len(text)
    assert (outbox.state(), outbox.error()) == ("sent", None)
    world.postward.reload(world.postward.milter)
    assert "bounced=" not in world.postward.milter.log()


def test_a_long_notification(world, outbox):
    """What is returned is longer than what is read of it."""
    text = report(returned="Subject: x\n\n" + "a line\n" * 200_000)
    assert from_outside(world, [bounces(ID)], text).startswith("250")
    [mail] = world.sink.wait(1)
    assert len(mail.text) > len(text)
    assert outbox.state() == "bounced"


def test_what_it_says_is_made_printable(world, outbox):
    text = report(why="550 \x1b[31m" + "x" * 900)
    assert from_outside(world, [bounces(ID)], text).startswith("250")
    world.sink.wait(1)
    assert outbox.state() == "bounced"
    assert outbox.error().startswith("5.1.1 smtp; 550 \\x1b[31mxxx")
    assert len(outbox.error()) == 400


@pytest.mark.parametrize("recipient", [
    bounces(OTHER), bounces(OTHER, "guild.club")])
def test_an_unknown_id_is_refused(world, outbox, recipient):
    assert smtp.rcpt(world.postfix.port, HONEST, "", recipient) == (
        f"550 5.1.1 <{recipient}>: Recipient address rejected: User unknown")
    assert world.postfix.postmap(
        recipient, "socketmap:unix:postward/forwarder:forward")[0] == 1
    assert outbox.state() == "sent"


def test_what_only_resembles_an_id_is_ordinary(world, outbox):
    for local in ("bounce", f"bounce-{ID}", f"bounce+{ID[1:]}",
                  f"bounce+{ID}x", f"bounce+{ID[1:]}_"):
        assert from_outside(world, [f"{local}@guild.club"],
                            report()).startswith("250")
        assert smtp.rcpt(world.postfix.port, HONEST, "",
                         f"{local}@remotes.club").startswith("550 5.1.1")
    assert {tuple(mail.recipients) for mail in world.sink.wait(5)} == {
        ("gil@mailbox.example",)}
    assert outbox.state() == "sent"


def test_one_id_marks_no_other(world, outbox):
    """Whatever is written in it: what counts is where it was sent to."""
    outbox.put(OTHER)
    other = bounces(OTHER)
    text = report(about=other, why=f"550 <{other}>", returned=(
        f"Return-Path: <{other}>\nMessage-ID: <{OTHER}@remotes.club>\n\nx"))
    assert from_outside(world, [bounces(ID)], text).startswith("250")
    world.sink.wait(1)
    assert (outbox.state(ID), outbox.state(OTHER)) == ("bounced", "sent")


def test_to_several_ids_it_tells_of_none(world, outbox):
    outbox.put(OTHER)
    reply = from_outside(world, [bounces(ID), bounces(OTHER)], report())
    assert reply.startswith("250")
    world.sink.wait(1)
    assert (outbox.state(ID), outbox.state(OTHER)) == ("sent", "sent")


def test_a_store_lost_on_the_way_puts_it_off(world, outbox):
    with smtp.session(world.postfix.port, HONEST) as session:
        session.from_("")
        assert session.to(bounces(ID)).startswith("250")
        outbox.run("ALTER TABLE outbox RENAME TO lost")
        assert session.content(report()).startswith("451 4.3.0")
    assert smtp.rcpt(world.postfix.port, HONEST, "",
                     bounces(ID)).startswith("451 4.3.0")
    outbox.run("ALTER TABLE lost RENAME TO outbox")
    assert from_outside(world, [bounces(ID)], report()).startswith("250")
    world.sink.wait(1)
    assert outbox.state() == "bounced"


# ---- the listener for our own mail


GUARDS = [
    *(f"smtpd_{step}_restrictions = reject" for step in (
        "client", "helo", "sender", "relay", "recipient", "data",
        "end_of_data")),
    "smtpd_proxy_filter = 127.0.0.1:1",
    "content_filter = smtp:[127.0.0.1]:1",
    "header_checks = regexp:{ { /^Subject:/ REJECT } }",
]


def test_our_own_mail_waits_for_no_guard(stage):
    world = World(stage, postfix=GUARDS)
    for program in (world.postward.policyd, world.postward.milter):
        program.kill()
    hand_in(world, NEW)
    [mail] = world.sink.wait(1)
    assert (mail.sender, mail.recipients) == (bounces(ID), [NEW])
    assert mail.fields("Authentication-Results") == []
    assert "postfix/system/smtpd" in world.postfix.log.read_text()


def test_our_own_mail_to_nobody_is_refused(world, outbox):
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="550|5.1.1"):
        hand_in(world, "nobody@remotes.club")


@pytest.mark.parametrize("peer, reply", [
    (LOCAL, "250 2.1.5 Ok"), (STRANGER, "554 5.7.1")])
def test_it_is_for_this_machine_alone(world, peer, reply):
    assert smtp.rcpt(world.postfix.system_port, peer, SAM,
                     "pat@elsewhere.example").startswith(reply)


# ---- sendmail(1), whose mail the milter now sees


@pytest.fixture
def srs(stage):
    secrets = stage.folder / "srs.secret"
    secrets.write_text("a secret for the test\n")
    secrets.chmod(0o600)
    return {"srs": {"domain": "remotes.club", "secrets-file": secrets}}


@pytest.mark.parametrize("sender, recipient, rewritten", [
    (SAM, "kim@remotes.club", "=example.org=sam@remotes.club"),
    ("root@mx.remotes.club", "kim@remotes.club",
     "=mx.remotes.club=root@remotes.club"),
    ("ann@remotes.club", "kim@remotes.club", None),
    (SAM, "pat@elsewhere.example", None),
    ("<>", "kim@remotes.club", None),
])
def test_a_local_sender(stage, srs, sender, recipient, rewritten):
    """As a stranger's: only where mail is forwarded, never one of ours."""
    world = World(stage, srs)
    world.postfix.sendmail(sender, recipient)
    [mail] = world.sink.wait(1)
    if rewritten is None:
        assert mail.sender == sender.strip("<>")
    else:
        assert mail.sender.startswith("SRS0=")
        assert mail.sender.endswith(rewritten)
    assert mail.field("Authentication-Results") == (
        "Authentication-Results: mx.remotes.club; none")
    assert mail.fields("Received-SPF") == []


def test_a_bounce_of_local_mail_comes_home(stage, srs):
    world = World(stage, srs)
    world.sink.refused["kim@mailbox.example"] = REFUSAL
    world.postfix.sendmail(SAM, "kim@remotes.club")
    [mail] = world.sink.wait(1)
    assert (mail.sender, mail.recipients) == ("", [SAM])


def test_nobody_is_refused_who_is_not_there(stage, srs):
    """enforce and split-mixed are for SMTP clients; a refusal would keep the
    mail in the queue for ever."""
    world = World(stage, {**srs, "milter": {"enforce": True,
                                            "split-mixed": True}})
    outbox = outbox_of(world)
    world.postfix.sendmail(SAM, "nobody@remotes.club")
    [mail] = world.sink.wait(1)
    assert (mail.sender, mail.recipients) == ("", [SAM])
    world.sink.refused[NEW] = REFUSAL
    hand_in(world, NEW)
    world.sink.wait(2)
    assert outbox.state() == "bounced"
    quiet(world)
