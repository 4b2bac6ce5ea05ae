# SPDX-License-Identifier: MIT
"""Nodes of a cluster that do not know what the others know: locked for a
backup, giving their data to a node that joins, coming back.  Who was added at
another node is never refused."""

import subprocess

import pytest

from harness.mariadb import Galera
from harness.postward import Postward
from harness.protocols import MapClient, ask_policyd
from harness.stage import until


@pytest.fixture
def cluster(stage):
    it = Galera(stage)
    it.start()
    return it


def url_of(*nodes):
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return {"store": {"url": f"mariadb://post@{hosts}/postward"}}


def lock(node):
    """A session that holds the read lock until it is closed."""
    session = subprocess.Popen(
        ["mariadb", "--no-defaults", "-u", "root", "-S", node.socket, "-N",
         "-B", "-n"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    session.stdin.write("FLUSH TABLES WITH READ LOCK; SELECT 'locked';\n")
    session.stdin.flush()
    assert session.stdout.readline() == "locked\n"
    return session


def unlock(session):
    session.stdin.close()
    session.wait()


def writing(key):
    """The commands that make a member, in a domain of the store."""
    domain = key.partition("@")[2]
    new = () if domain == "remotes.club" else (("domain", "add", domain),)
    return (*new, ("account", "add", key),
            ("forward", "add", "--confirmed", key, f"x.{key}.example"))


def answers(postward, key):
    with MapClient(postward.forwarder_socket) as client:
        domain = client.ask("domain", key.partition("@")[2])
        assert domain.startswith(("OK ", "TEMP ")), domain
        return (ask_policyd(postward, recipient=key),
                client.ask("forward", key))


def check_not_refused(postward, key):
    policy, forward = answers(postward, key)
    assert policy == "DUNNO" or policy.startswith("451"), policy
    assert forward.startswith(("OK ", "TEMP ")), forward
    return policy == "DUNNO" and forward == f"OK x.{key}.example"


def is_back(cluster, node):
    """A server that has found no other one in time ends, and says so."""
    if node.program.status is not None:
        raise OSError(f"{node.name} has ended: {node.program.log()[-2000:]}")
    return cluster.synced(node)


def test_a_node_that_is_behind_refuses_nobody(stage, nsd, cluster):
    first, second, third = cluster.nodes
    first.ask("CREATE USER post@'127.0.0.1'; "
              "GRANT ALL ON postward.* TO post@'127.0.0.1'")
    settings = {"": {"forward-cache": "0s", "forward-stale": "0s"}}
    admin = Postward(stage, stage.folder / "admin", nsd.address, settings)
    admin.file = stage.folder / "admin.conf"
    admin.change(url_of(first))
    admin.cli("store init")
    asker = Postward(stage, stage.folder / "run", nsd.address, settings)
    asker.change(url_of(second))

    def add(key):
        """As often as needed: a cluster that counts its nodes waits."""
        for words in writing(key):
            until("a writer's turn", lambda words=words: admin.run(
                *words, "-c", admin.file).returncode != 75)

    asker.start_policyd()
    asker.start_forwarder()
    add("one@remotes.club")
    assert check_not_refused(asker, "one@remotes.club")
    assert answers(asker, "no@remotes.club")[0].startswith("550 5.1.1")
    assert answers(asker, "no@remotes.club")[1] == "NOTFOUND "

    # Locked, and the only one.
    session = lock(second)
    add("two@two.example")
    for _ in range(3):
        assert not check_not_refused(asker, "two@two.example")
    assert check_not_refused(asker, "one@remotes.club")
    # The others are asked if they are known.
    asker.change(url_of(second, first))
    for program in asker.policyd, asker.forwarder:
        asker.reload(program)
    assert check_not_refused(asker, "two@two.example")
    assert answers(asker, "no@remotes.club")[1] == "NOTFOUND "
    unlock(session)
    asker.change(url_of(second))
    for program in asker.policyd, asker.forwarder:
        asker.reload(program)
    until("what was added", lambda: check_not_refused(
        asker, "two@two.example"))

    # A node comes back, and is asked from its first moment on; the second
    # may be the one that gives it what it missed.
    cluster.lose(third)
    asker.change(url_of(third))
    for program in asker.policyd, asker.forwarder:
        asker.reload(program)
    add("three@three.example")
    third.launch(f"--wsrep-cluster-address=gcomm://{cluster.peers}")
    until("the node that was away", lambda: check_not_refused(
        asker, "three@three.example") and is_back(cluster, third))
    assert answers(asker, "no@remotes.club")[1] == "NOTFOUND "

    # One with none of the data: somebody must be the donor.
    cluster.lose(third)
    for name in "grastate.dat", "galera.cache", "gvwstate.dat":
        (third.data / name).unlink(missing_ok=True)
    asker.change(url_of(second))
    for program in asker.policyd, asker.forwarder:
        asker.reload(program)
    third.launch(f"--wsrep-cluster-address=gcomm://{cluster.peers}")
    number = 0
    while not is_back(cluster, third):
        key = f"four{number}@remotes.club"
        # The donor may have stopped the cluster's writers, too.
        if all(admin.run(*words, "-c", admin.file).returncode == 0
               for words in writing(key)):
            check_not_refused(asker, key)
        number += 1
