# SPDX-License-Identifier: MIT
"""What lists and takes over many accounts needs no more memory for it."""

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import time

import pytest

from harness.memory import measured
from harness.postward import Postward, build
from harness.stage import Stage

FEW, MANY = 10000, 50000
# Of a build with AddressSanitizer: what is freed is used again at once.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=0:detect_leaks=0:"
               "thread_local_quarantine_size_kb=0"}


def lines_of(n):
    """In an order that is none."""
    accounts = [f"member{i:06}@remotes.club,m{i}@mailbox{i % 97}.example,"
                f"active,no,{'hold' if i % 3 == 0 else ''}\n"
                for i in range(n)]
    random.Random(n).shuffle(accounts)
    return "address,target,state,suspended,strategy\n" + "".join(accounts)


class House:
    """A store with so many accounts, and what it cost to bring them in."""

    def __init__(self, n):
        self.n = n
        self.traced = False
        self.stage = Stage()
        self.postward = Postward(self.stage, self.stage.folder / "run",
                                 "127.0.0.1:9")
        self.postward.cli("store init")
        self.file = self.stage.folder / "accounts.csv"
        self.file.write_text(lines_of(n))
        self.printed = self.stage.folder / "printed"
        self.bring = "import", str(self.file), "--format", "csv"
        self.costs = {"dry run": self.kilobytes(*self.bring, "--dry-run"),
                      "dry run as JSON": self.kilobytes(
                          *self.bring, "--dry-run", "--json"),
                      "import": self.kilobytes(*self.bring)}

    def kilobytes(self, *argv):
        """The most that it had of memory; what it prints is kept."""
        with open(self.printed, "wb") as out:
            status, kilobytes, *_ = measured(
                self.stage, [build() / "bin/postward", *argv, "-c",
                             self.postward.file], stdout=out,
                stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                env=ENVIRONMENT)
        assert status == 0, argv
        return kilobytes


@pytest.fixture(scope="module")
def houses():
    few, many = House(FEW), House(MANY)
    yield few, many
    few.stage.close()
    many.stage.close()


# Kilobytes: what is bounded fills, SQLite's caches of the store (8 MB) and of
# the spool.  What keeps accounts, of 500 bytes and more each, needs 20 MB.
MORE = 14000


def test_an_import_has_all_and_needs_no_more(houses):
    few, many = houses
    assert not [what for what, cost in few.costs.items()
                if many.costs[what] - cost > MORE], (few.costs, many.costs)
    many.kilobytes(*many.bring, "--dry-run", "--json")
    told = json.loads(many.printed.read_text())
    assert (told["unchanged"], told["accounts"]) == (MANY, [])


@pytest.mark.parametrize("argv", [
    ("account", "list"), ("account", "list", "--json"),
    ("forward", "list"), ("forward", "list", "--json"),
    ("export",), ("export", "--format", "postfixadmin")])
def test_a_list_has_all_and_needs_no_more(houses, argv):
    few, many = houses
    cost = few.kilobytes(*argv)
    assert many.kilobytes(*argv) - cost < MORE
    assert many.printed.read_text().count("@remotes.club") == MANY


REFUSED = ('state=RCPT action=reject check=helo_syntax finding=1 points=0 '
           'would-action=reject would-check=helo_syntax would-finding=1 '
           'would-reply="550 5.7.1 no" would-points=0 client=192.0.2.66 '
           'helo=mail.example.org from=<> to=<ann@remotes.club> instance=1.{} '
           'reply="550 5.7.1 no" ms=2 found="check=helo_syntax outcome=hit '
           'why=\\"no name\\" action=reject"')


def refuse(house, n):
    """So much mail of ann's, a second apart."""
    now = int(time.time()) - n
    with contextlib.closing(sqlite3.connect(house.postward.database)) as db, db:
        db.executemany(
            "INSERT INTO decision (id, account, at, action, sender, host, "
            "record) VALUES (?, 'ann@remotes.club', ?, 'reject', '', 'mx', ?)",
            ((f"{i:026}", now + i, REFUSED.format(i)) for i in range(n)))


@pytest.mark.parametrize("argv", [(), ("--json",)])
def test_a_trace_keeps_what_it_searches_and_not_what_it_tells(houses, argv):
    """Kilobytes a decision: a record is half of one, a story's JSON twenty."""
    few, many = houses
    (few.stage.folder / "mail.log").touch()
    argv = ("trace", "--to", "ann@remotes.club", "--log",
            few.stage.folder / "mail.log", *argv)
    costs = []
    for house, n in (few, 500), (many, 5000):
        if not house.traced:
            refuse(house, n)
            house.traced = True
        costs.append(house.kilobytes(*argv))
        told = house.printed.read_text()
        assert told.count("no name") >= n
    assert costs[1] - costs[0] < 4500 * 2.5, costs
