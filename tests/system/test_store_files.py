# SPDX-License-Identifier: MIT
"""An SQLite store that is restored by hand while the programs are asked
without a pause: nobody is refused who is there, and who is added afterwards
is known at once."""

import shutil
import sqlite3
import threading

import pytest

from harness.postward import Postward
from harness.protocols import MapClient, PolicyClient
from harness.stage import PATIENCE, until

CALM = 30  # more answers to each question, between two events


@pytest.fixture
def postward(stage, nsd):
    it = Postward(stage, stage.folder / "run", nsd.address)
    it.make_store({"ann@remotes.club": ["x.ann@remotes.club.example"]})
    it.start_policyd()
    it.start_forwarder()
    return it


class Load:
    """Asks for ann, who is there, and for zoe, who is not."""

    def __init__(self, postward):
        self._postward = postward
        self._end = threading.Event()
        self.counts = {}
        self.wrong = []
        self._threads = [
            threading.Thread(target=self._guard, args=(ask, key))
            for ask in (self._ask_policyd, self._ask_forwarder)
            for key in ("ann@remotes.club", "zoe@remotes.club")]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def go_on(self):
        """Until all have had so many more answers that are none of trouble."""
        before = dict(self.counts)
        until("answers under load", lambda: self.wrong or (
            len(self.counts) == 4
            and all(count >= before.get(what, 0) + CALM
                    for what, count in self.counts.items())))

    def _guard(self, ask, key):
        try:
            ask(key)
        except Exception as trouble:  # pylint: disable=broad-except
            self.wrong.append(repr(trouble))

    def _note(self, what, words, right, trouble):
        if words.startswith(right):
            self.counts[what] = self.counts.get(what, 0) + 1
        elif not words.startswith(trouble):
            self.wrong.append((what, words))

    def _ask_policyd(self, key):
        right = "DUNNO" if key.startswith("ann") else "550 5.1.1"
        with PolicyClient(self._postward.policyd_socket) as client:
            while not self._end.is_set():
                self._note(("policyd", key), client.ask(recipient=key), right,
                           "451 ")

    def _ask_forwarder(self, key):
        right = "OK x.ann@" if key.startswith("ann") else "NOTFOUND "
        with MapClient(self._postward.forwarder_socket) as client:
            while not self._end.is_set():
                self._note(("forwarder", key), client.ask("forward", key),
                           right, "TEMP ")


def side_files(database):
    return [database.with_name(database.name + suffix)
            for suffix in ("-wal", "-shm")]


def lose_side_files(database, _):
    for path in side_files(database):
        path.unlink(missing_ok=True)


def move_copy_there(database, copy):
    lose_side_files(database, copy)
    copy.rename(database)


def move_copy_there_first(database, copy):
    copy.rename(database)
    lose_side_files(database, copy)


def write_copy_over(database, copy):
    lose_side_files(database, copy)
    shutil.copyfile(copy, database)


def write_all_down(database):
    """So that nothing is in the -wal alone, and lost with it."""
    db = sqlite3.connect(database, timeout=PATIENCE)
    until("a checkpoint", lambda: db.execute(
        "PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    db.close()


def is_known(postward, key):
    """False: for the moment, nothing is said.  It must not be refused."""
    with PolicyClient(postward.policyd_socket) as policyd, \
            MapClient(postward.forwarder_socket) as forwarder:
        policy = policyd.ask(recipient=key)
        target = forwarder.ask("forward", key)
    assert policy == "DUNNO" or policy.startswith("451 "), policy
    assert target.startswith(("OK ", "TEMP ")), target
    return policy == "DUNNO" and target == f"OK x.{key}.example"


@pytest.mark.parametrize("restore", [
    lose_side_files, move_copy_there, move_copy_there_first, write_copy_over])
def test_a_store_is_restored_under_load(stage, postward, restore):
    copy = stage.folder / "store/copy"

    def add(key):
        for words in (("account", "add", key),
                      ("forward", "add", "--confirmed", key,
                       f"x.{key}.example")):
            until("room for a writer", lambda words=words: postward.run(
                *words, "-c", postward.file).returncode != 75)

    with Load(postward) as load:
        for number in range(3):
            load.go_on()
            write_all_down(postward.database)
            shutil.copyfile(postward.database, copy)
            shutil.copystat(postward.database, copy)
            restore(postward.database, copy)
            key = f"new{number}@remotes.club"
            add(key)
            until("the new one", lambda key=key: is_known(postward, key))
        load.go_on()
    assert load.wrong == []
