# SPDX-License-Identifier: MIT
"""Bad days of forwarding, from a sender to a mailbox and back."""

import collections
import contextlib
import pathlib
import re
import sqlite3

import pytest

from harness import smtp
from harness.postward import build
from harness.stage import until
from harness.world import HONEST, World, srs

SAM = "sam@example.org"
ANN = "ann@remotes.club"
TEAM = "team@remotes.club"  # of ann and carl
ANNS, CARLS = "ann@mailbox.example", "carl@mailbox.example"

RECIPIENTS_MOST = 1000  # Postfix's smtpd_recipient_limit
MEMORY_MOST_KB = 128 * 1024


@pytest.fixture
def srs_world(stage):
    return make_world(stage)


def make_world(stage, postfix=()):
    return World(stage, srs(stage), postfix)


def accepted(world, recipients, sender=SAM):
    replies = smtp.send(world.postfix.port, HONEST, sender, recipients)
    assert replies[-1].startswith("250 2.0.0 Ok: queued as"), replies
    assert {reply[:3] for reply in replies} == {"250"}


def write_forwards(world, forwards):
    with contextlib.closing(sqlite3.connect(world.postward.database)) as db:
        with db:
            for account, target in forwards:
                db.execute("INSERT OR IGNORE INTO account (address, state, "
                           "created) VALUES (?, 'active', 1)", [account])
                db.execute("INSERT INTO forward (account, target, state, "
                           "created) VALUES (?, ?, 'active', 1)",
                           [account, target])


def everything(world, n):
    """Who got what, (sender, recipient) by (sender, recipient), when n have
    got theirs and nothing waits any more."""
    until(f"{n} deliveries", lambda: sum(
        len(mail.recipients) for mail in world.sink.mails) >= n)
    until("an empty queue", lambda: not world.postfix.queued())
    return sorted((mail.sender, recipient) for mail in world.sink.mails
                  for recipient in mail.recipients)


def by_recipient(deliveries):
    """{recipient: [sender]}"""
    found = collections.defaultdict(list)
    for sender, recipient in deliveries:
        found[recipient].append(sender)
    return dict(found)


# ---- one message to as many as Postfix lets in


def is_sanitized():
    return b"__asan_init" in (build() / "bin/postward-policyd").read_bytes()


def memory_kb(program):
    status = pathlib.Path(f"/proc/{program.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def test_a_thousand_recipients(srs_world):
    """Half of them have accounts; the others are a catch-all's."""
    world = srs_world
    names = [f"user{n:04}" for n in range(RECIPIENTS_MOST // 2)]
    write_forwards(world, [(f"{name}@remotes.club", f"{name}@mailbox.example")
                           for name in names])
    recipients = [f"{name}@{domain}" for name in names
                  for domain in ("remotes.club", "guild.club")]
    replies = smtp.send(world.postfix.port, HONEST, SAM, [*recipients, ANN])
    assert replies[:RECIPIENTS_MOST] == ["250 2.1.5 Ok"] * RECIPIENTS_MOST
    assert replies[RECIPIENTS_MOST].startswith("452 4.5.3")
    assert replies[-1].startswith("250 2.0.0 Ok: queued as")
    got = everything(world, RECIPIENTS_MOST)
    # Postfix keeps one entry for each original recipient.
    assert sorted(recipient for _, recipient in got) == sorted(
        ["gil@mailbox.example"] * len(names)
        + [f"{name}@mailbox.example" for name in names])
    assert {sender[:5] for sender, _ in got} == {"SRS0="}
    for program in (world.postward.policyd, world.postward.forwarder,
                    world.postward.milter):
        assert program.status is None
        if not is_sanitized():
            assert memory_kb(program) < MEMORY_MOST_KB


# ---- some targets take it, and some do not


def test_of_two_targets_one_refuses(srs_world):
    world = srs_world
    world.sink.refused[CARLS] = "550 5.1.1 No such user"
    accepted(world, [TEAM])
    got = by_recipient(everything(world, 2))
    assert sorted(got) == [ANNS, SAM]
    [forwarded], [bounced] = got[ANNS], got[SAM]
    assert forwarded.startswith("SRS0=")
    assert bounced == ""
    [bounce] = [mail for mail in world.sink.mails if mail.sender == ""]
    assert "550 5.1.1 No such user" in str(bounce)


def test_of_two_targets_one_is_busy(srs_world):
    world = srs_world
    world.sink.refused[CARLS] = "450 4.2.1 Busy"
    accepted(world, [TEAM])
    until("one that waits", lambda: [
        [r["address"] for r in message["recipients"]]
        for message in world.postfix.queued()] == [[CARLS]])
    del world.sink.refused[CARLS]
    got = by_recipient(everything(world, 2))
    assert {recipient: len(senders) for recipient, senders in got.items()
            } == {ANNS: 1, CARLS: 1}


def test_all_targets_refuse(srs_world):
    world = srs_world
    for target in (ANNS, CARLS):
        world.sink.refused[target] = "550 5.1.1 No such user"
    accepted(world, [TEAM])
    assert everything(world, 1) == [("", SAM)]


def test_a_bounce_nobody_takes_ends(srs_world):
    world = srs_world
    for target in (ANNS, SAM):
        world.sink.refused[target] = "550 5.1.1 No such user"
    accepted(world, [ANN])
    until("an empty queue", lambda: not world.postfix.queued())
    assert world.sink.mails == []


# ---- the envelope sender


def test_a_null_sender_stays_null(srs_world):
    accepted(srs_world, [TEAM], sender="")
    assert everything(srs_world, 2) == [("", ANNS), ("", CARLS)]


def test_a_refused_notification_makes_no_other(srs_world):
    srs_world.sink.refused[CARLS] = "550 5.1.1 No such user"
    accepted(srs_world, [TEAM], sender="")
    assert everything(srs_world, 1) == [("", ANNS)]


def test_a_sender_of_ours_stays(srs_world):
    accepted(srs_world, [ANN], sender="bob@remotes.club")
    assert everything(srs_world, 1) == [("bob@remotes.club", ANNS)]


def test_another_forwarders_sender_is_kept_inside(srs_world):
    world = srs_world
    theirs = "SRS0=SJjd=7G=first.example=alice@example.org"
    accepted(world, [ANN], sender=theirs)
    [(sender, _)] = everything(world, 1)
    assert re.fullmatch(r"SRS1=[\w-]{4}=example\.org==SJjd=7G=first\.example"
                        r"=alice@remotes\.club", sender), sender
    accepted(world, [sender], sender="")
    assert ("", theirs) in everything(world, 2)


def test_a_tampered_sender_of_ours_cannot_be_reached(srs_world):
    world = srs_world
    accepted(world, [ANN])
    [(sender, _)] = everything(world, 1)
    for forged, why in ((sender.replace("=sam@", "=eve@"), "SRS hash invalid"),
                        ("SRS1=AAAA=example.org==SJjd=7G=first.example=alice"
                         "@remotes.club", "SRS hash invalid")):
        assert smtp.rcpt(world.postfix.port, HONEST, "", forged) == (
            f"550 5.1.1 <{forged}>: Recipient address rejected: {why}")


def test_mixed_recipients_share_a_sender_that_leads_home(stage):
    world = make_world(stage, [
        "relay_domains = plain.example", "relay_transport = smtp"])
    accepted(world, [ANN, "pat@plain.example"])
    got = by_recipient(everything(world, 2))
    assert sorted(got) == [ANNS, "pat@plain.example"]
    [sender], [same] = got.values()
    assert sender == same and sender.startswith("SRS0=")
    accepted(world, [sender], sender="")
    assert ("", SAM) in everything(world, 3)


# ---- circles that nobody's check has seen, as they were written elsewhere


def test_a_circle_is_no_forward(world):
    write_forwards(world, [
        ("self@remotes.club", "self@remotes.club"),
        ("plus@remotes.club", "plus+tag@remotes.club"),
        ("ping@remotes.club", "pong@guild.club"),
        ("pong@guild.club", "ping@remotes.club"),
        ("a@remotes.club", "b@remotes.club"),
        ("b@remotes.club", "c@remotes.club"),
        ("c@remotes.club", "a@remotes.club"),
    ])
    for recipient in ("self@remotes.club", "plus@remotes.club",
                      "ping@remotes.club", "pong@guild.club",
                      "a@remotes.club"):
        assert smtp.rcpt(world.postfix.port, HONEST, SAM, recipient) == (
            f"550 5.1.1 <{recipient}>: Recipient address rejected: "
            "No forwarding address")


def test_a_way_out_of_a_circle_is_taken_once(world):
    write_forwards(world, [
        ("ping@remotes.club", "pong@guild.club"),
        ("pong@guild.club", "ping@remotes.club"),
        ("pong@guild.club", ANNS),
    ])
    accepted(world, ["ping@remotes.club", "pong@guild.club"])
    assert {recipient for _, recipient in everything(world, 1)} == {ANNS}
