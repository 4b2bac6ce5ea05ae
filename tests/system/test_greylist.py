# SPDX-License-Identifier: MIT
"""Greylisting: with a real Postfix; at two hosts that share a server, or have
a node of a cluster each; while the store cannot be asked, or written; and at
the end of messages, as their members have chosen."""

import re
import sqlite3
import threading
import time
import urllib.request

import pytest

from harness import smtp
from harness.mariadb import Galera, Mariadb
from harness.postward import Postward
from harness.protocols import PolicyClient, ask_policyd
from harness.stage import Stage, free_port, until
from harness.world import HONEST, STRANGER, World

ANN = "ann@remotes.club"
ON = {'check "greylist"': {"action": "defer"}}
LATER = "Not seen before: try again in"
OLDER = "UPDATE greylist SET first_seen = first_seen - 301"


@pytest.fixture(scope="module")
def world():
    with Stage() as stage:
        yield World(stage, ON)


def in_store(world, *statements):
    with sqlite3.connect(world.postward.database, timeout=60) as store:
        for statement in statements:
            store.execute(statement)
    store.close()


def told(world, client, sender, recipient=ANN):
    return smtp.rcpt(world.postfix.port, client, sender, recipient)


def test_who_comes_again_passes(world):
    new = "sam@example.org"
    assert LATER in told(world, HONEST, new)
    assert LATER in told(world, HONEST, new)
    in_store(world, OLDER)
    assert told(world, HONEST, new).startswith("250 ")
    assert told(world, HONEST, new).startswith("250 ")
    assert LATER in told(world, HONEST, "kim@example.org")
    assert told(world, HONEST, "").startswith("250 ")
    assert told(world, HONEST, "x@example.org",
                "postmaster@remotes.club").startswith("250 ")


def test_a_domain_that_spf_vouches_for_is_one(world):
    line, = world.postward.lines_about(
        world.postward.policyd, lambda: told(world, HONEST, "a@bank.example"))
    assert "action=defer check=greylist" in line
    in_store(world, OLDER)
    assert told(world, HONEST, "b@bank.example").startswith("250 ")
    assert told(world, STRANGER, "b@bank.example").startswith("550 5.7.23")


def test_the_member_and_explain(world):
    postward, sender = world.postward, "new@example.org"
    explained = postward.run(
        "explain", "--client", "192.0.2.10", "--helo", "mail.example.org",
        "--from", sender, "--to", ANN, "-c", postward.file)
    assert f"192.0.2.0/24 {sender} is new; action defer" in explained.stdout
    assert explained.returncode == 75
    assert LATER in told(world, HONEST, sender)
    postward.run("account", "allow", ANN, sender, "-c", postward.file)
    assert told(world, HONEST, sender).startswith("250 ")


def test_without_a_store_mail_passes(world):
    """Locked by somebody who writes, for as long as he likes."""
    policyd = world.postward.policyd
    store = sqlite3.connect(world.postward.database, isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    since = len(policyd.log())
    for number in range(5):
        assert told(world, HONEST,
                    f"locked{number * 'x'}@example.org").startswith("250 ")
    store.execute("ROLLBACK")
    store.close()
    until("all five are in the log", lambda: policyd.log()[since:].count(
        "action=accept") == 5)
    assert policyd.log()[since:].count("greylisting lets pass") == 1
    until("the store is asked again", lambda: LATER in told(
        world, HONEST, "unlocked@example.org"))


def test_what_is_old_is_removed(world):
    postward = world.postward
    in_store(world, "INSERT INTO greylist VALUES ('old', 1, 1, 0, 2)")
    postward.start_mailer()

    def left():
        store = sqlite3.connect(postward.database)
        rows = {name: passes for name, passes in store.execute(
            "SELECT name, passes FROM greylist")}
        store.close()
        return rows

    until("the old one is gone", lambda: "old" not in left())
    until("they were counted", lambda: left().get("rows", 0) > 1)


class Hosts:
    """Two with the same store, each by a URL of its own."""

    def __init__(self, urls, nsd):
        self.stages = [Stage() for _ in urls]
        self.hosts = [
            Postward(stage, stage.folder / "run", nsd.address,
                     {"store": {"url": url}, **ON})
            for stage, url in zip(self.stages, urls)]
        first, *_ = self.hosts
        first.cli("store init")
        first.cli("account add", ANN)
        first.cli("forward add --confirmed", ANN, "ann@mailbox.example")
        for host in self.hosts:
            host.start_policyd()

    def __enter__(self):
        return self.hosts

    def __exit__(self, *exception):
        for stage in self.stages:
            stage.__exit__(*exception)


def ask(host, sender):
    return ask_policyd(host, sender=sender)


def test_two_hosts_with_one_server(stage, nsd):
    server = Mariadb(stage).start()
    with Hosts([server.url()] * 2, nsd) as (one, two):
        assert LATER in ask(one, "a@example.org")
        assert LATER in ask(two, "a@example.org")
        server.ask(f"USE postward; {OLDER}")
        assert ask(two, "a@example.org") == "DUNNO"
        assert ask(one, "a@example.org") == "DUNNO"
        # The rest of what a request needs of the store is in no cache here.
        one.change({"": {"forward-cache": "1h", "forward-stale": "1h"}})
        one.reload(one.policyd)
        assert LATER in ask(one, "b@example.org")
        server.kill()
        assert ask(one, "a@example.org") == "DUNNO"
        assert ask(one, "c@example.org") == "DUNNO"
        until("it is said", lambda: "greylisting lets pass"
              in one.policyd.log())


def storm(host, answers):
    with PolicyClient(host.policyd_socket) as policyd:
        for number in range(60):
            answers.append(policyd.ask(
                sender=f"{'x' * (number + 1)}@example.org"))


def storms(hosts):
    answers = []
    threads = [threading.Thread(target=storm, args=(host, answers))
               for host in hosts for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_nodes_that_write_the_same(stage, nsd):
    """All ask both hosts about the same at once, and again when the delay is
    over: nobody sees an error, and who has come again is put off at none."""
    cluster = Galera(stage, 2)
    cluster.start()
    urls = [f"mariadb://post@127.0.0.1:{node.port}/postward"
            for node in cluster.nodes]
    cluster.nodes[0].ask("CREATE USER post@'127.0.0.1'; GRANT ALL ON *.* TO post@'127.0.0.1'")
    with Hosts(urls, nsd) as hosts:
        said = storms(hosts)
        assert {answer.split(" in ")[0] for answer in said} <= {
            f"450 4.7.1 {LATER}"[:-3], "DUNNO"}
        assert sum(LATER in answer for answer in said) > len(said) / 2
        cluster.nodes[0].ask(f"USE postward; {OLDER}")
        until("the other node has it", lambda: cluster.nodes[1].ask(
            "SELECT COUNT(*) FROM postward.greylist WHERE passes = 0"
            " AND first_seen > UNIX_TIMESTAMP() - 300") == "0")
        assert set(storms(hosts)) == {"DUNNO"}


def forgotten(world):
    in_store(world, "DELETE FROM greylist WHERE name <> 'rows'")


@pytest.fixture
def small_disk(world):
    """No file of policyd may grow by more than some pages."""
    postward = world.postward
    store = postward.database.parent
    room = max(file.stat().st_size for file in store.iterdir()) + 50_000
    port = free_port()
    before = postward.file.read_text()
    postward.change({"metrics": {"listen": f"127.0.0.1:{port}"},
                     "decisions": {"keep": "0s"}})
    postward.policyd.stop()
    postward.prefix = ["env", "--ignore-signal=XFSZ", "prlimit",
                       f"--fsize={room}"]
    postward.start_policyd()
    postward.prefix = []
    yield port
    postward.policyd.stop()
    postward.file.write_text(before)
    postward.start_policyd()
    forgotten(world)


def counted(port, result):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        return int(re.search(
            r'^postward_greylist_total\{result="%s"\} (\d+)$' % result,
            page.read().decode(), re.M)[1])


def test_on_a_full_disk_mail_passes(world, small_disk):
    policyd, began = world.postward.policyd, time.monotonic()
    assert LATER in ask(world.postward, "early@example.org")
    in_store(world, OLDER)
    assert LATER not in ask(world.postward, "early@example.org")
    with PolicyClient(world.postward.policyd_socket) as client:
        answers = []
        # One that could not be written down passes; the one before was new.
        while not answers or LATER in answers[-1]:
            answers.append(client.ask(
                sender=f"{'x' * (len(answers) + 1)}@example.org"))
            assert len(answers) < 60
        since = counted(small_disk, "store")
        more = [client.ask(sender=f"y{n * 'y'}@example.org")
                for n in range(5)]
        more.append(client.ask(sender="early@example.org"))
    assert {answer.split()[0] for answer in [*more, answers[-1]]} == {
        "PREPEND"}
    assert since > 0 and counted(small_disk, "store") == since + 5
    assert counted(small_disk, "new") == len(answers)
    until("it is said", lambda: "greylisting lets pass" in policyd.log())
    # The store is tried again every five seconds, and told of again.
    assert policyd.log().count("greylisting lets pass") <= 1 + (
        time.monotonic() - began) / 5


# ---- at the end of a message

KIM, GIL = "kim@remotes.club", "any@guild.club"


@pytest.fixture(scope="module")
def by_message():
    with Stage() as stage:
        yield World(stage, {**ON, "greylist": {"at": "message"},
                            "members": {"may-switch": ["greylist"]}})


def switch(world, account, word):
    world.postward.cli("account checks", account, "greylist", word)


def sent(world, sender, *recipients, client=HONEST):
    """What is said of the message: nobody is put off before it has come."""
    *rcpt, end = smtp.send(world.postfix.port, client, sender, recipients)
    assert all(reply.startswith("250 ") for reply in rcpt), rcpt
    return end


def test_a_message_is_put_off_once_it_has_come(by_message):
    line, = by_message.postward.lines_about(
        by_message.postward.milter,
        lambda: sent(by_message, "sam@example.org", ANN))
    assert "action=defer check=greylist" in line
    assert LATER in sent(by_message, "sam@example.org", ANN, KIM)
    in_store(by_message, OLDER)
    assert sent(by_message, "sam@example.org", ANN, KIM).startswith("250 ")
    [mail] = by_message.sink.wait(1)
    assert set(mail.recipients) == {"ann@mailbox.example",
                                    "kim@mailbox.example"}


def test_what_members_choose_counts_for_messages(by_message):
    switch(by_message, KIM, "off")
    line, = by_message.postward.lines_about(
        by_message.postward.milter,
        lambda: sent(by_message, "a@example.org", KIM))
    assert "action=accept" in line and "choices=-greylist" in line
    # Nobody was written down; and who shares a message shares its answer.
    assert LATER in sent(by_message, "a@example.org", ANN)
    assert LATER in sent(by_message, "b@example.org", KIM, ANN)
    assert LATER in sent(by_message, "c@example.org", ANN, KIM)
    switch(by_message, "@guild.club", "off")
    assert sent(by_message, "d@example.org", KIM, GIL).startswith("250 ")
    switch(by_message, KIM, "default")
    assert LATER in sent(by_message, "d@example.org", KIM, GIL)
    switch(by_message, "@guild.club", "default")


def test_members_are_told_that_they_may(by_message):
    """Off for all, and on for who wants it; then left to nobody."""
    postward = by_message.postward
    postward.change({'check "greylist"': {"action": "off"},
                     "members": {"may-switch": [],
                                 "may-switch-on": ["greylist"]}})
    postward.reload(postward.milter)
    switch(by_message, ANN, "on")
    assert sent(by_message, "e@example.org", KIM).startswith("250 ")
    assert LATER in sent(by_message, "e@example.org", ANN)
    assert sent(by_message, "f@example.org", KIM, ANN).startswith("250 ")
    postward.change({"members": {"may-switch-on": []}})
    postward.reload(postward.milter)
    assert sent(by_message, "e@example.org", ANN).startswith("250 ")
