# SPDX-License-Identifier: MIT
"""postward-policyd with more clients than it serves at once, and with requests
whose time is over before everything is known."""

import socket
import sqlite3
import threading
import time

import pytest

from harness.protocols import PolicyClient, ask_policyd as ask
from harness.stage import quick, until

DEADLINE = 1.0
SLACK = 50  # for a busy machine
UNKNOWN_SENDER = "451 4.4.3 "


@pytest.fixture
def hurried(postward, faults):
    """A deadline of a second; resolver and lists have a minute."""
    postward.change({"policy": {"deadline": f"{int(DEADLINE * 1000)}ms",
                                "list-deadline": "60s"},
                     "resolver": {"timeout": "60s"}})
    postward.reload(postward.policyd)
    return postward


def timed(postward, **attributes):
    """The answer, which must be there at the deadline."""
    began = time.monotonic()
    answer = ask(postward, **attributes)
    waited = time.monotonic() - began
    assert waited < DEADLINE + SLACK, (answer, waited)
    return answer, waited


# ---- more clients than connections


@pytest.mark.parametrize("most, clients", [(3, 12), (8, 100)])
def test_whom_there_is_no_room_for_waits_in_the_backlog(
        postward, faults, most, clients):
    postward.change({"policyd": {"max-connections": most}})
    postward.reload(postward.policyd)
    for i in range(clients):
        faults[f"h{i}.example.org"] = ("DELAY", 0.1, [("A", "192.0.2.10")])
    answers = []

    def client(i):
        answers.append(ask(postward, helo_name=f"h{i}.example.org"))

    threads = [threading.Thread(target=client, args=(i,))
               for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["DUNNO"] * clients
    assert postward.policyd.status is None
    # Each was busy for a tenth of a second from its first question on.
    first = {}
    for question in faults.questions:
        if question.name[0] == "h" and question.name.endswith(".example.org"):
            first.setdefault(question.name, question.time)
    times = sorted(first.values())
    assert len(times) == clients
    assert all(later - sooner > 0.09
               for sooner, later in zip(times, times[most:]))


def test_idle_connections_make_room(postward, faults):
    postward.change({"policyd": {"max-connections": 2}})
    postward.reload(postward.policyd)
    idle = [PolicyClient(postward.policyd_socket) for _ in range(2)]
    assert [client.ask() for client in idle] == ["DUNNO"] * 2
    assert ask(postward) == "DUNNO"
    for client in idle:
        client.close()


# ---- no time left


def test_all_of_dns_is_silent(hurried, faults):
    """Of each check its on-temp-error: the sender's domain defers."""
    for name in ("mail.example.org", "example.org", "10.2.0.192.bl.test",
                 "*.rhs.test", "*"):
        faults[name] = "TIMEOUT"
    answer, waited = timed(hurried)
    assert answer.startswith(UNKNOWN_SENDER) and waited >= DEADLINE
    hurried.change({'check "sender_unknown"': {"on-temp-error": "accept"},
                    'check "spf"': {"on-temp-error": "accept"}})
    hurried.reload(hurried.policyd)
    assert timed(hurried)[0] == "DUNNO"
    hurried.change({'check "helo_unknown"': {"on-temp-error": "defer"}})
    hurried.reload(hurried.policyd)
    assert timed(hurried)[0].startswith("450 4.7.1 ")


def test_what_is_known_refuses_although_the_rest_is_silent(hurried, faults):
    faults["66.2.0.192.bl.test"] = [("A", "127.0.0.2")]
    faults["example.org"] = "TIMEOUT"
    answer, _ = timed(hurried, client_address="192.0.2.66")
    assert answer.startswith("554 5.7.1 ") and "bl.test" in answer


def test_the_words_of_a_list_are_not_waited_for(hurried, faults):
    faults["66.2.0.192.bl.test", "A"] = [("A", "127.0.0.2")]
    faults["66.2.0.192.bl.test", "TXT"] = "TIMEOUT"
    answer, waited = timed(hurried, client_address="192.0.2.66")
    assert answer.startswith("554 5.7.1 ") and waited >= DEADLINE


def test_the_words_of_a_list_have_as_long_as_the_list(hurried, faults):
    hurried.change({"policy": {"deadline": "9s", "list-deadline": "300ms"}})
    hurried.reload(hurried.policyd)
    faults["66.2.0.192.bl.test", "A"] = [("A", "127.0.0.2")]
    faults["66.2.0.192.bl.test", "TXT"] = "TIMEOUT"
    assert timed(hurried, client_address="192.0.2.66")[0].startswith("554 ")


@pytest.mark.parametrize("record", [
    "v=spf1 include:s1.silent.test include:s2.silent.test -all",
    "v=spf1 a:s1.silent.test mx:s2.silent.test exists:s3.silent.test -all",
    "v=spf1 include:slow.test -all",
    "v=spf1 ptr -all",
])
def test_spf_in_the_middle(hurried, faults, record):
    """libspf2 asks one thing after the other, and each takes its time."""
    faults["spf.test"] = [("MX", "10 mail.example.org."),
                          ("TXT", f'"{record}"')]
    faults["*.silent.test"] = "TIMEOUT"
    faults["*.in-addr.arpa"] = "TIMEOUT"
    chain = ["slow.test", *(f"s{i}.slow.test" for i in range(8))]
    for i, name in enumerate(chain):
        faults[name] = ("DELAY", 0.3, [
            ("TXT", f'"v=spf1 include:{chain[(i + 1) % len(chain)]} -all"')])
    answer, waited = timed(hurried, sender="sam@spf.test")
    assert answer.startswith("451 4.4.3 ") and waited >= DEADLINE


def test_the_deadline_of_a_request_counts_too(hurried, faults):
    hurried.change({"policy": {"deadline": "20s"},
                    "policyd": {"deadline": "1s"}})
    hurried.reload(hurried.policyd)
    faults["example.org"] = "TIMEOUT"
    answer, waited = timed(hurried)
    assert answer.startswith(UNKNOWN_SENDER) and waited >= DEADLINE


def test_many_at_once_are_all_answered_in_time(hurried, faults):
    faults["example.org"] = "TIMEOUT"
    results = []

    def client():
        began = time.monotonic()
        results.append((ask(hurried), time.monotonic() - began))

    threads = [threading.Thread(target=client) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 40
    for answer, waited in results:
        assert answer.startswith(UNKNOWN_SENDER)
        assert waited < DEADLINE + SLACK


def test_a_store_that_somebody_has_locked(hurried):
    """It is waited for until the deadline, not for the five seconds that
    there would be otherwise."""
    other = sqlite3.connect(hurried.database, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    def one_wait():
        answer, waited = timed(hurried)
        assert answer.startswith("451 4.3.0 ") and waited >= DEADLINE * 0.9
        return waited

    quick(4, one_wait)
    other.close()
    until("the store", lambda: ask(hurried) == "DUNNO")


def test_store_servers_that_let_us_in_and_say_nothing(hurried):
    """Of three, the time is enough for one."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        host = f"127.0.0.1:{mute.getsockname()[1]}"
        hurried.change({"store": {
            "url": f"mariadb://post@{host},{host},{host}/postward?tls=off"}})
        hurried.reload(hurried.policyd)
        assert timed(hurried)[0].startswith("451 4.3.0 ")
