# SPDX-License-Identifier: MIT
"""Sick DNS lists beside healthy ones: mail is neither refused nor held up for
them, the operator is told once, and they come back when they are well."""

import json
import os
import re
import time

import pytest

from faultdns import FaultDNS
from harness.postward import Postward, merged
from harness.protocols import ask_policyd as ask
from harness.stage import until
from harness.world import DNS, FORWARDS, LISTS

DONE, NO, TRY_LATER = 0, 1, 75
LIST_DEADLINE = 1.5
SLACK = 50  # for a busy machine

WELL = {"2.0.0.127.sick.test": [("A", "127.0.0.2")],
        "1.0.0.127.sick.test": "NXDOMAIN",
        "66.2.0.192.sick.test": [("A", "127.0.0.2")],
        "*.2.0.192.sick.test": "NXDOMAIN"}


def everywhere(behaviour):
    return {name: behaviour for name in WELL}


# What is wrong, how the list's names behave, and the word of --json.
SICK = {
    "typing error": (everywhere([("A", "127.255.255.252")]), "typing-error"),
    "public resolver": (everywhere([("A", "127.255.255.254")]),
                        "public-resolver"),
    "too many": (everywhere([("A", "127.255.255.255")]), "too-many"),
    "wildcard": (everywhere([("A", "127.0.0.2")]), "lists-the-world"),
    "outside": (everywhere([("A", "192.0.2.80")]), "outside"),
    "silent": (everywhere("TIMEOUT"), "silent"),
    "fails": (everywhere("SERVFAIL"), "silent"),
    "slow": ({name: ("DELAY", 4, [("A", "127.0.0.2")]) for name in WELL},
             "silent"),
}


@pytest.fixture
def faults(stage):
    with FaultDNS({**DNS, **WELL}, ttl=1) as dns:
        yield dns


@pytest.fixture
def guarded(stage, faults):
    """With one list more, which is well until a test spoils it."""
    it = Postward(stage, stage.folder / "run", faults.address, merged(LISTS, {
        'dnsbl "sick.test"': {"codes": ["127.0.0.2"]},
        "policy": {"list-deadline": f"{int(LIST_DEADLINE * 1000)}ms"},
    }))
    it.make_store(FORWARDS)
    return it


def spoil(faults, behaviours):
    for name, behaviour in behaviours.items():
        faults[name] = behaviour


def told(postward, words):
    return postward.policyd.log().count(f"list sick.test is {words}")


def reload(postward):
    """SIGHUP, and until every list was tested for it."""
    postward.reload(postward.policyd)


def test_a_list_without_test_entry_is_asked_all_the_same(guarded, faults):
    """As many a private list: it still knows whom it lists."""
    faults["2.0.0.127.sick.test"] = "NXDOMAIN"
    faults["77.2.0.192.sick.test"] = [("A", "127.0.0.2")]
    guarded.start_policyd()
    assert told(guarded, "doubtful: it does not list its test entry") == 1
    assert ask(guarded, client_address="192.0.2.77").startswith("554 5.7.1 ")
    done = guarded.run("dnsbl", "-c", str(guarded.file), "--json")
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert rows["sick.test"]["health"] == "no-test-entry"
    reload(guarded)
    assert told(guarded, "doubtful") == 1
    spoil(faults, WELL)
    until("its recovery", lambda: reload(guarded) or
          told(guarded, "well again"))


@pytest.mark.parametrize("kind", SICK)
def test_a_sick_list_harms_nobody(guarded, faults, kind):
    behaviours, word = SICK[kind]
    spoil(faults, behaviours)
    guarded.start_policyd()
    assert told(guarded, "suspended: ") == 1
    # Others are asked, it is not.
    asked = len(faults.questions)
    for _ in range(3):
        began = time.monotonic()
        assert ask(guarded) == "DUNNO"
        assert time.monotonic() - began < LIST_DEADLINE + SLACK
    assert ask(guarded, client_address="192.0.2.66") == "DUNNO"
    names = [q.name for q in faults.questions[asked:]]
    assert "10.2.0.192.bl.test" in names
    assert not [name for name in names if name.endswith("sick.test")]

    done = guarded.run("dnsbl", "-c", str(guarded.file), "--json")
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert done.returncode == (TRY_LATER if word == "silent" else NO)
    assert rows["sick.test"]["health"] == word
    assert rows["sick.test"]["kind"] == "dnsbl"
    assert rows["sick.test"]["cause"] and rows["sick.test"]["cure"]
    assert rows["bl.test"]["health"] == rows["rhs.test"]["health"] == "well"
    assert rows["bl.test"]["cause"] is None
    assert rows["sick.test"]["cause"] in guarded.policyd.log()

    # A reload forgets nothing, and tests again.
    tests = faults.asked("2.0.0.127.sick.test")
    reload(guarded)
    until("another test",
          lambda: faults.asked("2.0.0.127.sick.test") > tests)
    assert ask(guarded, client_address="192.0.2.66") == "DUNNO"
    assert told(guarded, "suspended: ") == 1

    spoil(faults, WELL)
    until("its recovery", lambda: reload(guarded) or
          told(guarded, "well again"))
    assert told(guarded, "well again") == 1
    assert ask(guarded, client_address="192.0.2.66").startswith(
        "554 5.7.1 Service unavailable; client [192.0.2.66] blocked using "
        "sick.test")


def test_a_list_of_domains_that_lists_the_world(guarded, faults):
    faults["*.rhs.test"] = [("A", "127.0.1.2")]
    faults["invalid.rhs.test"] = [("A", "127.0.1.2")]
    guarded.start_policyd()
    assert ask(guarded) == "DUNNO"
    assert "list rhs.test is suspended: it lists" in guarded.policyd.log()


def test_a_list_that_falls_silent_holds_up_few(guarded, faults):
    """Between two tests: each waits for list-deadline at most, and after
    three of them nobody waits."""
    guarded.start_policyd()
    spoil(faults, everywhere("TIMEOUT"))
    for i in range(3):
        assert told(guarded, "suspended: it does not answer in time") == 0
        began = time.monotonic()
        assert ask(guarded, client_address=f"192.0.2.{100 + i}") == "DUNNO"
        waited = time.monotonic() - began
        assert LIST_DEADLINE <= waited < LIST_DEADLINE + SLACK
    until("a line", lambda: told(
        guarded, "suspended: it does not answer in time") == 1)
    asked = len(faults.questions)
    assert ask(guarded, client_address="192.0.2.110") == "DUNNO"
    assert not [q for q in faults.questions[asked:]
                if q.name.endswith("sick.test")]


def test_a_list_that_goes_wrong_between_tests_refuses_nobody(guarded, faults):
    guarded.start_policyd()
    spoil(faults, everywhere([("A", "127.255.255.254")]))
    assert ask(guarded) == "DUNNO"
    until("a line", lambda: told(guarded, "suspended: ") == 1)
    assert "resolver.servers" in guarded.policyd.log()


def test_no_dns_at_all_is_no_lists_fault(guarded, faults):
    """They do not answer: nothing is said to be wrong with them."""
    spoil(faults, everywhere("TIMEOUT"))
    for name in ("2.0.0.127.bl.test", "1.0.0.127.bl.test", "test.rhs.test",
                 "invalid.rhs.test"):
        faults[name] = "TIMEOUT"
    guarded.start_policyd()
    lines = re.findall(r"list (\S+) is suspended: (it does not answer in time)",
                       guarded.policyd.log())
    assert len(lines) == 3 == guarded.policyd.log().count("is suspended")


def test_a_new_list_is_tested_before_it_is_asked(guarded, faults):
    for name in ("1.0.0.127.new.test", "10.2.0.192.new.test",
                 "2.0.0.127.new.test"):
        faults[name] = [("A", "127.0.0.2")]
    guarded.start_policyd()
    guarded.change({'dnsbl "new.test"': {"codes": ["127.0.0.2"]}})
    guarded.reload(guarded.policyd)
    assert ask(guarded) == "DUNNO"
    assert "list new.test is suspended: it lists" in guarded.policyd.log()


def test_ends_at_once_in_the_middle_of_a_test(guarded, faults):
    guarded.change({"policy": {"list-deadline": "60s"},
                    "resolver": {"timeout": "60s"}})
    guarded.start_policyd()
    spoil(faults, everywhere("TIMEOUT"))
    tests = faults.asked("2.0.0.127.sick.test")
    guarded.reload(guarded.policyd)
    until("a test", lambda: faults.asked("2.0.0.127.sick.test") > tests)
    began = time.monotonic()
    assert guarded.policyd.stop() == 0
    assert time.monotonic() - began < SLACK


@pytest.mark.parametrize("enforce", [True, False])
def test_milter_guards_what_it_asks(guarded, faults, enforce):
    spoil(faults, SICK["wildcard"][0])
    guarded.change({"milter": {"enforce": enforce}})
    guarded.start_milter()
    assert guarded.milter.log().count(
        "list sick.test is suspended: ") == enforce


def test_the_table_has_no_marks_where_they_are_no_letters(guarded, faults):
    spoil(faults, SICK["public resolver"][0])
    done = guarded.run("dnsbl", "-c", str(guarded.file),
                       env={**os.environ, "LC_ALL": "C"})
    assert done.stdout.isascii()
    assert re.search(r"bl\.test +dnsbl +well ", done.stdout)
    assert re.search(r"sick\.test +dnsbl +sick ", done.stdout)


def test_the_table_of_health(guarded, faults):
    done = guarded.run("dnsbl", "-c", str(guarded.file))
    assert done.returncode == DONE
    lines = done.stdout.splitlines()
    assert re.match(r"List +Kind +Health +Answer time +Cause and cure", lines[0])
    assert re.match(r"bl\.test +dnsbl +✓ well +\d+ ms +-", lines[1])
    assert len(lines) == 4
    spoil(faults, SICK["public resolver"][0])
    done = guarded.run("dnsbl", "-c", str(guarded.file))
    assert done.returncode == NO
    assert re.search(r"sick\.test +dnsbl +sick ✗ +\d+ ms +.*public resolver.*"
                     r"2\.0\.0\.127\.sick\.test is 127\.255\.255\.254.*; "
                     r"set resolver\.servers", done.stdout)


# ---- a resolver of its own

@pytest.fixture
def beside(stage, faults):
    """sick.test is asked elsewhere: there 192.0.2.66 is on it, and 192.0.2.10
    is not; the resolver of all says the other way round."""
    faults["2.0.0.127.sick.test"] = "NXDOMAIN"
    faults["66.2.0.192.sick.test"] = "NXDOMAIN"
    faults["10.2.0.192.sick.test"] = [("A", "127.0.0.2")]
    with FaultDNS(WELL, ttl=1) as other:
        it = Postward(stage, stage.folder / "run", faults.address,
                      merged(LISTS, {
                          'dnsbl "sick.test"': {"codes": ["127.0.0.2"],
                                                "resolver": [other.address]},
                          "policy": {"list-deadline":
                                     f"{int(LIST_DEADLINE * 1000)}ms"},
                      }))
        it.make_store(FORWARDS)
        it.other = other
        yield it


def asked_of(dns):
    return {q.name.lower() for q in dns.questions}


def test_a_list_may_be_asked_elsewhere(beside, faults):
    beside.other["66.2.0.192.sick.test"] = [
        ("A", "127.0.0.2"), ("TXT", '"see sick.test"')]
    beside.start_policyd()
    assert ask(beside) == "DUNNO"
    assert ask(beside, client_address="192.0.2.66").endswith(
        "client [192.0.2.66] blocked using sick.test; see sick.test")
    # Again, from the cache.
    assert ask(beside) == "DUNNO"
    assert not [name for name in asked_of(faults)
                if name.endswith("sick.test")]
    assert all(name.endswith("sick.test") for name in asked_of(beside.other))
    assert "2.0.0.127.sick.test" in asked_of(beside.other)
    # So does who tests it by hand.
    done = beside.run("dnsbl", "-c", str(beside.file), "--json")
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert rows["sick.test"]["health"] == "well"
    assert rows["sick.test"]["resolver"] == beside.other.address
    assert rows["bl.test"]["resolver"] is None
    done = beside.run("dnsbl", "-c", str(beside.file), "--json", "192.0.2.66")
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert rows["sick.test"]["answer"] == "listed"
    # But where all of it is to be asked of one.
    done = beside.run("dnsbl", "-c", str(beside.file), "--json", "192.0.2.66",
                      "--resolver", faults.address)
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert rows["sick.test"]["answer"] == "no"


@pytest.mark.parametrize("fault", ["TIMEOUT", "closed"])
def test_a_dead_resolver_of_a_list_holds_up_nobody(beside, faults, fault):
    beside.start_policyd()
    assert ask(beside) == "DUNNO"
    if fault == "closed":
        beside.other.close()
    else:
        spoil(beside.other, everywhere(fault))
    # Whatever it takes to find out, no mail is refused or put off for it.
    for n in range(100, 104):
        began = time.monotonic()
        assert ask(beside, client_address=f"192.0.2.{n}") == "DUNNO"
        assert time.monotonic() - began < LIST_DEADLINE + SLACK
    until("its suspension", lambda: told(beside, "suspended: it does not "
                                         "answer in time") == 1)
    already = len(beside.other.questions)
    assert ask(beside, client_address="192.0.2.66") == "DUNNO"
    assert len(beside.other.questions) == already
    if fault == "closed":
        return
    spoil(beside.other, WELL)
    until("its recovery", lambda: reload(beside) or told(beside, "well again"))
    assert ask(beside, client_address="192.0.2.66").startswith("554 5.7.1 ")


def test_a_reload_asks_whom_it_says(beside, faults):
    beside.start_policyd()
    assert ask(beside, client_address="192.0.2.66").startswith("554 5.7.1 ")
    beside.change({'dnsbl "sick.test"': {"resolver": []}})
    reload(beside)
    assert ask(beside, client_address="192.0.2.66") == "DUNNO"
    assert told(beside, "doubtful: it does not list its test entry") == 1
