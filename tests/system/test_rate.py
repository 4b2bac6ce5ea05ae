# SPDX-License-Identifier: MIT
"""Limits of mail: with a real Postfix, at two hosts that share a server, and
while the store cannot be asked."""

import sqlite3

import pytest

from harness import smtp
from harness.mariadb import Mariadb
from harness.postward import Postward
from harness.protocols import PolicyClient
from harness.stage import Stage, until
from harness.world import HONEST, World

ANN, KIM = "ann@remotes.club", "kim@remotes.club"
SAM = "sam@example.org"
TOO_MUCH = "too much mail: try again in"


@pytest.fixture(scope="module")
def world():
    with Stage() as stage:
        yield World(stage, {"rate": {"member": "5 in 1h"}})


def told(world, recipient):
    return smtp.rcpt(world.postfix.port, HONEST, SAM, recipient)


def test_a_member_gets_so_much_and_no_more(world):
    said = [told(world, ANN) for _ in range(8)]
    assert [line[:3] for line in said] == 5 * ["250"] + 3 * ["450"]
    assert f"The recipient gets {TOO_MUCH}" in said[-1]
    assert told(world, KIM).startswith("250 ")
    assert told(world, "nobody@remotes.club").startswith("550 ")
    explained = world.postward.run(
        "explain", "--client", "192.0.2.10", "--helo", "mail.example.org",
        "--from", SAM, "--to", ANN, "-c", world.postward.file)
    assert f"{ANN} is over its limit; action defer" in explained.stdout


def test_after_a_while_there_is_more_and_full_ones_are_removed(world):
    def in_store(statement):
        with sqlite3.connect(world.postward.database, timeout=60) as store:
            rows = store.execute(statement).fetchall()
        store.close()
        return rows

    assert ("member:" + ANN,) in in_store("SELECT name FROM token_bucket")
    in_store("UPDATE token_bucket SET level_at = level_at - 3600001")
    world.postward.start_mailer()
    until("they are gone",
          lambda: in_store("SELECT name FROM token_bucket") == [])


def test_without_a_store_a_host_counts_by_itself(world):
    recipient = "postward@remotes.club"
    world.postward.cli("account add", recipient)
    world.postward.cli("forward add --confirmed", recipient,
                       "box@mailbox.example")
    store = sqlite3.connect(world.postward.database, isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    said = [told(world, recipient) for _ in range(8)]
    store.execute("ROLLBACK")
    store.close()
    assert [line[:3] for line in said] == 5 * ["250"] + 3 * ["450"]
    until("it is said", lambda: "limits are those of this host alone"
          in world.postward.policyd.log())


def test_two_hosts_share_a_limit(stage, nsd):
    server = Mariadb(stage).start()
    with Stage() as other:
        hosts = [Postward(place, place.folder / "run", nsd.address,
                          {"store": {"url": server.url()},
                           "rate": {"sender": "100 in 1h"}})
                 for place in (stage, other)]
        hosts[0].cli("store init")
        hosts[0].cli("account add", ANN)
        hosts[0].cli("forward add --confirmed", ANN, "ann@mailbox.example")
        passed = 0
        for host in hosts:
            host.start_policyd()
        with PolicyClient(hosts[0].policyd_socket) as one, \
                PolicyClient(hosts[1].policyd_socket) as two:
            for _ in range(80):
                for policyd in one, two:
                    said = policyd.ask(sasl_username="ann")
                    passed += said == "DUNNO"
                    assert said == "DUNNO" or TOO_MUCH in said
        # What is left of a host's lot of two is all that may be missing; and a
        # token comes back in 36 s.
        assert 98 <= passed <= 110
