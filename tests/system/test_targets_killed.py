# SPDX-License-Identifier: MIT
"""kill -9 of the mailer while it pauses one target, tries another and takes a
third one back: each step was done or not, and in the end each was done once."""

import collections
import contextlib
import shutil
import sqlite3
import time

import pytest

from harness import kills
from harness.mta import Mta
from harness.stage import PATIENCE, until

pytestmark = pytest.mark.skipif(not kills.can_trace(),
                                reason="strace is not permitted here")

KIM, KIMS, OTHER = ("kim@remotes.club", "kim@mailbox.example",
                    "kim@second.example")
ANN, ANNS = "ann@remotes.club", "ann@mailbox.example"
TEAM, CARLS = "team@remotes.club", "carl@mailbox.example"
OLD = 5 * 86400
HEALTH = ("INSERT INTO target_health (id, account, target, state, since, "
          "pauses, status, probe, probed, code_expires, code_wrong, told, "
          "next_try, lease_until, attempts) VALUES (?, ?, ?, 'paused', ?, 1, "
          "'5.1.1', ?, ?, 0, 0, 0, ?, 0, 0)")


class Store:
    def __init__(self, postward):
        self.folder = postward.database.parent
        self.path = postward.database
        self._kept = self.folder.with_name("kept")

    def run(self, sql, *values):
        with contextlib.closing(
                sqlite3.connect(self.path, timeout=PATIENCE)) as db, db:
            return db.execute(sql, values).fetchall()

    def prepare(self):
        """kim's target is to be paused, ann's tried, carl's taken back."""
        now = int(time.time())
        for number in range(2):
            self.run("INSERT INTO target_failure VALUES (?, ?, ?, 'hard', "
                     "'5.1.1', ?)", KIM, KIMS, f"4ABCDE{number}", now)
        for ident, account, target, probe in (
                ("h1", ANN, ANNS, None), ("h2", TEAM, CARLS, "p")):
            self.run(HEALTH, ident, account, target, now - OLD, probe,
                     now - OLD, now - 1)
            self.run("UPDATE forward SET failing = ? WHERE account = ? "
                     "AND target = ?", now - OLD, account, target)
        self.run("INSERT INTO outbox (id, dedup_key, about, recipient, "
                 "template, texts, state, created, next_try, deadline, "
                 "lease_until, sent, attempts) VALUES ('p', 'p', 'target:h2', "
                 "?, 'target-probe', '{}', 'sent', ?, 0, ?, 0, ?, 1)", CARLS,
                 now - OLD, now, now - OLD)
        shutil.copytree(self.folder, self._kept)

    def put_back(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)

    def mails(self):
        return sorted(self.run("SELECT template, recipient, state FROM outbox "
                               "WHERE id <> 'p'"))

    def check(self):
        """What holds at every moment."""
        assert self.run(
            "SELECT h.id FROM target_health h JOIN forward w ON "
            "h.account = w.account AND h.target = w.target WHERE "
            "(w.failing <> 0) <> (h.state = 'paused')") == []
        mails = collections.Counter(mail[0] for mail in self.mails())
        [[paused]] = self.run("SELECT COUNT(*) FROM target_health "
                              "WHERE account = ?", KIM)
        [[probe]] = self.run("SELECT probe FROM target_health WHERE id = 'h1'")
        assert mails["target-paused"] == paused
        assert mails["target-probe"] == (probe is not None)
        [[counted]] = self.run("SELECT COUNT(*) FROM target_failure")
        assert counted == (0 if paused else 2)

    def is_done(self):
        return (self.mails() == [("target-paused", OTHER, "sent"),
                                 ("target-probe", ANNS, "sent")]
                and self.run("SELECT account, state FROM target_health "
                             "ORDER BY account")
                == [(ANN, "paused"), (KIM, "paused"), (TEAM, "well")])


def test_every_third_step(stage, postward):
    mta = Mta(stage)
    postward.change({
        "decisions": {"keep": "0s"}, "targets": {"pause-after": "2 in 3d"},
        "mailer": {"smtp": f"smtp://127.0.0.1:{mta.port}"}})
    postward.cli("forward add --confirmed", KIM, OTHER)
    store = Store(postward)
    store.prepare()

    def attempt(number):
        """Was it killed?"""
        store.put_back()
        before = len(mta.messages)
        postward.prefix = kills.killer("pwrite64", number)
        dead = False
        try:
            postward.start_mailer()
            until("its end, one way or the other",
                  lambda: postward.mailer.status is not None
                  or store.is_done())
            dead = postward.mailer.status is not None
        except OSError:
            dead = True  # before it said that it had started
        postward.prefix = []
        if not dead:
            postward.mailer.stop()
        store.check()
        for table in ("outbox", "target_health"):
            store.run(f"UPDATE {table} SET lease_until = 0")
        postward.start_mailer()
        until("the end of all of it", store.is_done)
        postward.mailer.stop()
        store.check()
        seen = collections.Counter(message.parsed["Message-ID"]
                                   for message in mta.messages[before:])
        assert len(seen) == 2 and max(seen.values()) <= 2
        return dead

    number = 1
    while attempt(number):
        number += 3
    print(f"{number // 3} points")
    assert number > 20
