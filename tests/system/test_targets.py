# SPDX-License-Identifier: MIT
"""Targets that fail: what is counted, who is paused, told, tried and back."""

import contextlib
import re
import sqlite3
import time

import pytest

from harness import smtp
from harness.stage import Stage, until
from harness.world import HONEST, World, srs

SAM = "sam@example.org"
ANN, ANNS = "ann@remotes.club", "ann@mailbox.example"
TEAM, CARLS = "team@remotes.club", "carl@mailbox.example"
KIM, KIMS = "kim@remotes.club", "kim@mailbox.example"
DAY = 86400
LATER = "450 4.2.1 "
NEVER = "550 5.1.1 "
FORWARD = "socketmap:unix:postward/forwarder:forward"


def run_sql(world, sql, *values):
    with contextlib.closing(sqlite3.connect(world.postward.database)) as db, db:
        return db.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def club():
    """One world for all that change no more than one account."""
    with Stage() as stage:
        yield World(stage, srs(stage))


def fails(world, target, ago):
    run_sql(world, "UPDATE forward SET failing = ? WHERE target = ?",
            int(time.time()) - ago, target)


# ---- what a target that fails means


def test_mail_goes_to_the_other_targets(club):
    fails(club, ANNS, 0)
    try:
        assert smtp.send(club.postfix.port, HONEST, SAM,
                         [TEAM])[-1].startswith("250")
        until("carl's copy", lambda: any(mail.recipients == [CARLS]
                                         for mail in club.sink.mails))
        assert club.postfix.postmap(TEAM, FORWARD) == (0, CARLS)
    finally:
        club.postward.cli("forward resume", ANN, ANNS)
    assert club.postfix.postmap(TEAM, FORWARD) == (0, f"{CARLS},{ANNS}")


def test_with_none_left_mail_is_put_off_and_then_refused(club):
    fails(club, KIMS, 60)
    said = smtp.rcpt(club.postfix.port, HONEST, SAM, KIM)
    assert said.startswith(LATER), said
    assert club.postfix.postmap(KIM, FORWARD)[0] != 0
    assert "all targets of kim@remotes.club fail" in (
        club.postward.forwarder.log())
    [row] = club.postward.cli_json("forward list", KIM)
    assert row["state"] == "active" and row["failing"] is not None
    assert "fails since" in club.postward.cli("account show", KIM)
    fails(club, KIMS, DAY)
    said = smtp.rcpt(club.postfix.port, HONEST, SAM, KIM)
    assert said.startswith(NEVER) and "No forwarding address" in said
    club.postward.cli("forward resume", KIM, KIMS)
    assert smtp.rcpt(club.postfix.port, HONEST, SAM, KIM).startswith("250")
    [row] = club.postward.cli_json("forward list", KIM)
    assert row["failing"] is None


# ---- what is counted, and what is not

REFUSED = "550 5.1.1 No such user"


def counted(world, account=KIM):
    return run_sql(world, "SELECT target, kind, status, message "
                   "FROM target_failure WHERE account = ? ORDER BY at, message",
                   account)


def forget(world):
    run_sql(world, "DELETE FROM target_failure")
    run_sql(world, "DELETE FROM decision")


@pytest.fixture
def fresh(club):
    """The club, and nothing counted."""
    forget(club)
    club.sink.refused.clear()
    yield club
    until("an empty queue", lambda: not club.postfix.queued())
    club.sink.refused.clear()


def send(world, recipient=KIM, sender=SAM):
    """Its queue id."""
    said = smtp.send(world.postfix.port, HONEST, sender, [recipient])[-1]
    assert said.startswith("250 2.0.0 Ok: queued as "), said
    return said.rsplit(" ", 1)[1]


def return_path(world, queue_id):
    """The SRS address that it left with."""
    found = re.search(rf"{queue_id}: from=<(SRS0=[^>]*)>",
                      world.postfix.log.read_text())
    return found[1]


def bounced(world, queue_id):
    """Waits for the notification to be through."""
    until("its bounce", lambda: re.search(
        rf"{queue_id}: sender non-delivery notification: (\w+)",
        world.postfix.log.read_text()))
    until("an empty queue", lambda: not world.postfix.queued())


@pytest.mark.parametrize("reply, kind, status", [
    (REFUSED, "hard", "5.1.1"),
    ("550 5.7.1 We do not like it", "policy", "5.7.1"),
    ("552 5.2.2 Mailbox full", "soft", "5.2.2"),
    ("554 Go away", "policy", "5.0.0"),
    ("552 5.3.4 Message too big", None, None),
])
def test_a_failure_of_ours_is_counted_once(fresh, reply, kind, status):
    fresh.sink.refused[KIMS] = reply
    queue_id = send(fresh)
    bounced(fresh, queue_id)
    if kind is None:
        assert counted(fresh) == []
    else:
        until("the count", lambda: counted(fresh))
        assert counted(fresh) == [(KIMS, kind, status, queue_id)]


def test_each_account_of_one_message_is_its_own(fresh):
    """team's other target takes it."""
    fresh.sink.refused[ANNS] = REFUSED
    queue_id = send(fresh, TEAM)
    bounced(fresh, queue_id)
    assert counted(fresh, ANN) == [(ANNS, "hard", "5.1.1", queue_id)]
    assert counted(fresh, TEAM) == []


def report(queue_id, final=KIMS, original=KIM, status="5.1.1", action="failed",
           message_id="<1@example.org>", more=""):
    """A notification as Postfix writes it; or as a forger does."""
    original = f"Original-Recipient: rfc822;{original}\n" if original else ""
    queue_id = f"X-Postfix-Queue-ID: {queue_id}\n" if queue_id else ""
    return f"""\
From: MAILER-DAEMON@mx.remotes.club (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/1"

--b/1
Content-Type: text/plain

It could not be delivered.
{more}
--b/1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.remotes.club
{queue_id}
Final-Recipient: rfc822; {final}
{original}Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b/1
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: x

x
--b/1--
"""


def from_outside(world, recipient, text):
    return smtp.send(world.postfix.port, HONEST, "", [recipient], text)[-1]


def delivered(world, recipient=KIM):
    """A message that arrived, and where its bounces would come."""
    queue_id = send(world, recipient)
    until("it has left", lambda: not world.postfix.queued())
    return queue_id, return_path(world, queue_id)


def test_another_host_counts_for_less(fresh):
    """Once for each message, and never as our own."""
    queue_id, to = delivered(fresh)
    for _ in range(2):
        assert from_outside(fresh, to, report(queue_id)).startswith("250")
    assert from_outside(fresh, to, report(
        None, original=None, more="", message_id="<2@x>").replace(
            "Subject: x", f"Delivered-To: {KIM}")).startswith("250")
    assert counted(fresh) == [
        (KIMS, "remote", "5.1.1", "remote <1@example.org>"),
        (KIMS, "remote", "5.1.1", "remote <2@x>")]


@pytest.mark.parametrize("change", [
    {"final": ANNS},                      # a target of another account
    {"final": ANNS, "original": TEAM, "queue_id": "X"},
    {"final": "x@elsewhere.example"},
    {"action": "delayed"}, {"status": "2.0.0"},
    {"final": "\x00\x01"}, {"final": "a" * 5000}, {"final": ""},
    {"original": "nobody@remotes.club"},
    {"more": "x" * 900 + "\n" + "line\n" * 250_000},  # more than is read
])
def test_a_forger_from_outside_counts_for_nothing(fresh, change):
    """About ann's target he can count only what leads to a probe."""
    queue_id, to = delivered(fresh)
    said = from_outside(fresh, to, report(**{"queue_id": queue_id, **change}))
    assert said[0] in "25", said
    rows = run_sql(fresh, "SELECT kind FROM target_failure")
    assert set(rows) <= ({("remote",)} if change.get("original") == TEAM
                         else set())


def test_who_does_not_know_our_addresses_cannot_even_say_it(fresh):
    queue_id, to = delivered(fresh)
    forged = to.replace("SRS0=", "SRS0=x", 1)
    assert from_outside(fresh, forged, report(queue_id))[:1] == "5"
    assert from_outside(fresh, KIM, report(queue_id)).startswith("250")
    assert counted(fresh) == []
