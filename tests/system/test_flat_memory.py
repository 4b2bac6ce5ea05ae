# SPDX-License-Identifier: MIT
"""What lists and takes over many accounts needs no more memory for it."""

import json
import os
import random
import subprocess

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
