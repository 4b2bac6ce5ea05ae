# SPDX-License-Identifier: MIT
"""A store in a cluster of three nodes, of which one after the other is killed
under load and comes back.  Nobody is refused who should not be, nothing that
was said to be done is lost, nothing is done twice.

    ctest --preset dev -L galera -V       prints the figures
"""

import collections
import threading
import time

import pytest

from harness.mariadb import Galera
from harness.postward import Postward
from harness.protocols import MapClient, PolicyClient
from harness.stage import PATIENCE, until

MEMBERS = 20
ASKERS = 3   # of each program
WRITERS = 2
CALM = 200   # more answers of each kind, between two events


@pytest.fixture
def cluster(stage):
    it = Galera(stage)
    it.start()
    return it


@pytest.fixture
def postward(stage, nsd, cluster):
    """Without a cache: every question reaches a node."""
    cluster.nodes[0].ask("CREATE USER post@'127.0.0.1'; "
                         "GRANT ALL ON postward.* TO post@'127.0.0.1'")
    it = Postward(stage, stage.folder / "run", nsd.address, {
        "": {"forward-cache": "0s", "forward-stale": "0s"},
        "store": {"url": f"mariadb://post@{cluster.hosts()}/postward"}})
    it.cli("store init")
    rows = [f"('m{i}@remotes.club', 'active', 0)" for i in range(MEMBERS)]
    cluster.nodes[0].ask(
        f"USE postward; INSERT INTO account (address, state, "
        f"created) VALUES {','.join(rows)}; "
        "INSERT INTO forward (account, target, state, created) SELECT "
        "address, CONCAT('x.', address, '.example'), 'active', 0 "
        "FROM account")
    it.start()
    return it


class Load:
    """Asks and writes until it is told to end, and counts."""

    def __init__(self, postward):
        self._postward = postward
        self._lock = threading.Lock()
        self._end = threading.Event()
        self.counts = collections.Counter()
        self.longest = collections.Counter()
        self.wrong = []
        self.written, self.unsure = [], []
        work = ([self._ask_policyd] * ASKERS + [self._ask_forwarder] * ASKERS
                + [self._write] * WRITERS)
        self._threads = [threading.Thread(target=self._guard, args=(w, i))
                         for i, w in enumerate(work)]
        for thread in self._threads:
            thread.start()

    def go_on(self, answers):
        """Until so many more have been given, whatever else happens."""
        before = dict(self.counts)
        until("answers under load", lambda: self.wrong or all(
            self.counts[what, "answered"]
            >= before.get((what, "answered"), 0) + answers
            for what in ("policyd", "forwarder")))

    def end(self):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _guard(self, work, number):
        try:
            work(number)
        except Exception as trouble:  # pylint: disable=broad-except
            self.wrong.append(repr(trouble))

    def _count(self, what, began, state, words):
        took = time.monotonic() - began
        with self._lock:
            self.counts[what, state] += 1
            self.longest[what] = max(self.longest[what], took)
            if state == "wrong":
                self.wrong.append(words)

    def _ask_policyd(self, number):
        with PolicyClient(self._postward.policyd_socket) as client:
            for i in self._rounds():
                key, known = who(i + number)
                began = time.monotonic()
                words = client.ask(recipient=key)
                right = not words.startswith("550") if known \
                    else words.startswith("550 5.1.1")
                self._count("policyd", began, "deferred"
                            if words.startswith("451") else
                            "answered" if right else "wrong", (key, words))

    def _ask_forwarder(self, number):
        with MapClient(self._postward.forwarder_socket) as client:
            for i in self._rounds():
                key, known = who(i + number)
                began = time.monotonic()
                words = client.ask("forward", key)
                right = words == (f"OK x.{key}.example" if known
                                  else "NOTFOUND ")
                self._count("forwarder", began, "deferred"
                            if words.startswith("TEMP") else
                            "answered" if right else "wrong", (key, words))

    def _write(self, number):
        for i in self._rounds():
            key = f"w{number}.{i}@remotes.club"
            if self._change("account", "add", key):
                self._change("forward", "add", key, f"{key}.example",
                             "--confirmed")

    def _change(self, *words):
        began = time.monotonic()
        done = self._postward.run(*words, "-c", self._postward.file)
        state = {0: "answered", 75: "deferred"}.get(done.returncode, "wrong")
        self._count("postward", began, state, (words, done.stderr))
        (self.written if state == "answered" else self.unsure).append(words)
        return state == "answered"

    def _rounds(self):
        number = 0
        while not self._end.is_set():
            yield number
            number += 1
            time.sleep(0.002)


def who(number):
    """A member, and now and then somebody who is none."""
    number %= MEMBERS + 2
    return f"m{number}@remotes.club", number < MEMBERS


def rows(node, table):
    columns = "address" if table == "account" else "account, target"
    text = node.ask(f"SELECT {columns} FROM postward.{table} ORDER BY 1")
    return None if text is None else text.splitlines()


def as_row(words):
    """What rows() reads once this command is done: options are no columns."""
    return "\t".join(word for word in words[2:] if not word.startswith("--"))


def check_rows(cluster, load):
    """On each node: all that was answered, at most once what was deferred."""
    for table, add in (("account", "account"), ("forward", "forward")):
        every = [rows(node, table) for node in cluster.nodes]
        assert every[0] == every[1] == every[2]
        there = {row for row in every[0] if row.startswith("w")}
        assert len(set(every[0])) == len(every[0])
        said = {as_row(words) for words in load.written if words[0] == add}
        unsure = {as_row(words) for words in load.unsure if words[0] == add}
        assert said <= there, said - there
        assert there <= said | unsure, there - said - unsure


def report(load, began):
    seconds = time.monotonic() - began
    print(f"\nthree nodes, each killed once within {seconds:.0f} s:")
    for what in ("policyd", "forwarder", "postward"):
        print("  %-10s %6d answered, %4d deferred, longest stall %5.2f s" % (
            what, load.counts[what, "answered"],
            load.counts[what, "deferred"], load.longest[what]))


def test_nodes_die_and_come_back_under_load(postward, cluster):
    began = time.monotonic()
    load = Load(postward)
    try:
        for node in cluster.nodes:
            load.go_on(CALM)
            cluster.lose(node)
            load.go_on(CALM)
            cluster.join(node)
        load.go_on(CALM)
    finally:
        load.end()
    report(load, began)
    assert load.wrong == []
    for what in ("policyd", "forwarder", "postward"):
        answered = load.counts[what, "answered"]
        assert answered > load.counts[what, "deferred"]
        assert load.longest[what] < PATIENCE
    until("the same rows on all nodes", lambda: all(
        rows(node, table) == rows(cluster.nodes[0], table)
        for node in cluster.nodes for table in ("account", "forward")))
    check_rows(cluster, load)


def test_no_node_is_left(postward, cluster):
    """Known members are served, nobody is refused; and it heals."""
    postward.change({"": {"forward-stale": "1h"}})
    for program in (postward.policyd, postward.forwarder):
        postward.reload(program, "configuration read again")
    with PolicyClient(postward.policyd_socket) as policyd, \
            MapClient(postward.forwarder_socket) as forwarder:
        policyd.ask(recipient="m1@remotes.club")
        target = forwarder.ask("forward", "m1@remotes.club")
        # Two of three go at once: the third knows that it is no majority.
        cluster.nodes[0].kill()
        cluster.nodes[1].kill()
        until("the last node's surrender", lambda: cluster.nodes[2].ask(
            "SELECT 1 FROM postward.account LIMIT 1") is None)
        assert policyd.ask(recipient="m1@remotes.club") == "DUNNO"
        assert forwarder.ask("forward", "m1@remotes.club") == target
        assert policyd.ask(recipient="zoe@remotes.club").startswith("451")
        assert forwarder.ask("forward", "m2@remotes.club").startswith("TEMP")
        cluster.nodes[2].ask("SET GLOBAL wsrep_provider_options="
                             "'pc.bootstrap=YES'")
        until("an answer", lambda: forwarder.ask(
            "forward", "m2@remotes.club").startswith("OK "))
        assert policyd.ask(recipient="zoe@remotes.club").startswith("550")
