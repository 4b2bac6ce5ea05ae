# SPDX-License-Identifier: MIT
"""Targets that fail: what is counted, who is paused, told, tried and back."""

import contextlib
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
