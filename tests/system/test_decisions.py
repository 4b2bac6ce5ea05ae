# SPDX-License-Identifier: MIT
"""What was decided about mail to accounts is kept in the store, and nobody who
asks waits for that: whatever becomes of the store, the clock or the program."""

import contextlib
import re
import signal
import sqlite3
import time

import pytest

from harness import milter
from harness.clock import ahead
from harness.mariadb import Mariadb
from harness.nsd import Nsd
from harness.postward import Postward, build
from harness.milter import MilterClient
from harness.protocols import PolicyClient
from harness.stage import PATIENCE, Stage, free_port, until
from harness.world import RECORDS
from test_metrics import figures

ANN, BOB = "ann@remotes.club", "bob@remotes.club"
YEARS = 10 * 365 * 86400


class SqliteRows:
    def __init__(self, path):
        self.path = path

    def ask(self, sql):
        with contextlib.closing(
                sqlite3.connect(self.path, timeout=PATIENCE)) as db, db:
            return db.execute(sql).fetchall()


class MariadbRows:
    def __init__(self, server):
        self.server = server

    def ask(self, sql):
        # A text of NULL is NULL here.
        return [tuple(None if word == "NULL" else word
                      for word in line.split("\t"))
                for line in self.server.ask(
                    f"USE postward; {sql}").splitlines()]


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def kept(request):
    """postward, with ann who has a forward and bob who has none; and a way to
    look at its rows."""
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        settings = {"metrics": {"listen": f"127.0.0.1:{free_port()}"},
                    "": {"forward-stale": "1h"}}
        server = None
        if request.param == "mariadb":
            server = Mariadb(stage).start()
            settings["store"] = {"url": server.url()}
        it = Postward(stage, stage.folder / "run", nsd.address, settings)
        it.make_store({ANN: ["ann@mailbox.example"], BOB: []})
        it.server = server
        it.stage = stage
        it.port = int(settings["metrics"]["listen"].split(":")[1])
        it.rows = MariadbRows(server) if server else SqliteRows(it.database)
        yield it


@pytest.fixture
def postward(kept):
    """The same with no rows, and nothing running afterwards."""
    kept.rows.ask("DELETE FROM decision")
    yield kept
    kept.prefix = []
    for program in (kept.policyd, kept.milter, kept.mailer):
        if program is not None and program.status is None:
            program.stop()


def rows(postward, columns="account, action"):
    return postward.rows.ask(
        f"SELECT {columns} FROM decision ORDER BY id, account")


def until_rows(postward, n):
    until(f"{n} rows", lambda: len(rows(postward)) == n)
    return rows(postward)


def say(postward, *recipients, **more):
    with PolicyClient(postward.policyd_socket) as policyd:
        return [policyd.ask(recipient=to, **more).split(" ", 1)[0]
                for to in recipients]


def test_keeps_what_is_about_accounts(postward):
    postward.start_policyd()
    postward.start_milter()
    assert say(postward, ANN, "zoe@remotes.club", "x@elsewhere.example",
               BOB) == ["DUNNO", "550", "DUNNO", "550"]
    assert until_rows(postward, 2) == [(ANN, "accept"), (BOB, "reject")]
    with MilterClient(postward.milter_socket) as client:
        client.converse(
            milter.negotiation() + milter.connection() +
            milter.message(b"sam@example.org", [ANN.encode()],
                           [(b"Subject", b" hello")]))
    assert until_rows(postward, 3)[2] == (ANN, "accept")
    (queue_id, sender, host, record), = postward.rows.ask(
        "SELECT queue_id, sender, host, record FROM decision "
        "WHERE queue_id IS NOT NULL")
    assert (queue_id, sender, host) == (
        "4ABC", "sam@example.org", "mx.remotes.club")
    assert "state=END-OF-MESSAGE" in record
    seen = figures(postward.port)
    assert seen["postward_decisions_kept_total"] == 2
    assert seen['postward_decisions_lost_total{reason="store"}'] == 0
    assert figures(postward.port + 1)["postward_decisions_kept_total"] == 1
    # They go with the account.
    postward.cli("account delete", BOB)
    assert until_rows(postward, 2) == [(ANN, "accept"), (ANN, "accept")]
    postward.cli("account add", BOB)


def test_is_switched_off_and_on_by_a_reload(postward):
    postward.start_policyd()
    say(postward, ANN)
    until_rows(postward, 1)
    postward.change({"decisions": {"keep": "0s"}})
    postward.reload(postward.policyd)
    say(postward, ANN)
    # What was kept goes, too.
    postward.start_mailer()
    until_rows(postward, 0)
    postward.change({"decisions": {"keep": "14d", "per-day": 3}})
    postward.reload(postward.policyd)
    say(postward, *[ANN] * 5)
    until_rows(postward, 3)
    assert figures(postward.port)[
        'postward_decisions_lost_total{reason="day"}'] == 2
    # And stays so when it is started again.
    postward.policyd.stop()
    postward.start_policyd()
    postward.says(postward.policyd, "no more are kept")
    say(postward, ANN)
    postward.policyd.stop()
    until_rows(postward, 3)
    postward.change({"decisions": {"per-day": 100000}})


def test_nothing_that_waits_is_lost_at_the_end(postward):
    postward.start_policyd()
    with PolicyClient(postward.policyd_socket) as policyd:
        for _ in range(50):
            policyd.ask(recipient=ANN)
        postward.policyd.signal(signal.SIGTERM)
    assert postward.policyd.wait() == 0
    until_rows(postward, 50)


def test_killed_at_any_moment(postward):
    for pause in (0, 0.1, 0.3):
        postward.start_policyd()
        say(postward, *[ANN] * 20)
        time.sleep(pause)
        postward.policyd.kill()
    left = len(rows(postward))
    assert left <= 60
    postward.start_policyd()
    say(postward, ANN)
    until_rows(postward, left + 1)


def test_a_clock_that_is_wrong_leaves_nothing_for_years(postward):
    postward.prefix = ahead(postward.stage, build() / "bin/postward-policyd",
                            YEARS)
    postward.start_policyd()
    postward.prefix = []
    say(postward, ANN)
    until_rows(postward, 1)
    postward.policyd.stop()
    postward.start_policyd()
    say(postward, ANN)
    until_rows(postward, 2)
    postward.start_mailer()
    until_rows(postward, 1)
    (at,), = rows(postward, "at")
    assert abs(int(at) - time.time()) < 3600


def test_nobody_waits_for_a_store_that_is_locked_or_gone(postward):
    postward.start_policyd()
    assert say(postward, ANN) == ["DUNNO"]
    until_rows(postward, 1)
    with contextlib.ExitStack() as held:
        if postward.server:
            postward.server.kill()
        else:
            db = held.enter_context(contextlib.closing(
                sqlite3.connect(postward.database, isolation_level=None)))
            db.execute("BEGIN IMMEDIATE")
        # Told from what is known; the rows wait.
        assert say(postward, *[ANN] * 20) == ["DUNNO"] * 20
        postward.says(postward.policyd, "decisions: not kept: ")
        seen = figures(postward.port)
        assert seen["postward_decisions_kept_total"] == 1
        assert seen["postward_decisions_queue"] == 20
        assert say(postward, ANN) == ["DUNNO"]
    if postward.server:
        postward.server.launch()
        until("the server", lambda: postward.server.ask("SELECT 1") == "1")
    until_rows(postward, 22)


def test_the_end_does_not_wait_for_a_store(postward):
    if postward.server:
        pytest.skip("the same for both")
    postward.start_policyd()
    say(postward, ANN)
    until_rows(postward, 1)
    with contextlib.closing(sqlite3.connect(
            postward.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        say(postward, *[ANN] * 7)
        assert postward.policyd.stop() == 0
        log = postward.policyd.log()
        assert re.search("decisions: 7 that waited were not kept", log)


def test_a_full_disk(postward):
    """No file may grow beyond that."""
    if postward.server:
        pytest.skip("a file is needed")
    before = max(file.stat().st_size
                 for file in postward.database.parent.iterdir())
    postward.prefix = ["env", "--ignore-signal=XFSZ", "prlimit",
                       f"--fsize={before + 100_000}"]
    postward.start_policyd()
    postward.prefix = []
    answers = []
    with PolicyClient(postward.policyd_socket) as policyd:
        # Its log is such a file, too, and may end before.
        def asked_until_it_is_full():
            answers.extend(policyd.ask(recipient=ANN) for _ in range(20))
            return figures(postward.port)[
                'postward_decisions_lost_total{reason="store"}'] > 0
        until("a full disk", asked_until_it_is_full)
        answers.append(policyd.ask(recipient=ANN))
    assert set(answers) == {"DUNNO"}
    postward.policyd.kill()
    postward.start_policyd()
    postward.rows.ask("DELETE FROM decision")
    say(postward, ANN)
    until_rows(postward, 1)
