# SPDX-License-Identifier: MIT
"""postward-policyd, when DNS misbehaves."""

import time

import pytest

from harness.protocols import ask_policyd as ask
from harness.stage import quick
from harness.world import DNS


# What is known of the sender decides: without an answer nobody can say that
# the domain exists.  Without one about HELO or a list the mail passes.
UNKNOWN_SENDER = "451 4.4.3 "


@pytest.mark.parametrize("name, expected", [
    ("mail.example.org", "DUNNO"),
    ("example.org", UNKNOWN_SENDER),
    ("10.2.0.192.bl.test", "DUNNO"),
    ("*.rhs.test", "DUNNO"),
])
@pytest.mark.parametrize("fault", [
    "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "TIMEOUT", "GARBAGE",
    "WRONG_ID", "TRUNCATE_FOREVER"])
def test_dns_trouble_is_nobodys_fault(postward, faults, fault, name, expected):
    assert ask(postward) == "DUNNO"
    postward.policyd.stop()  # and with it what it remembers
    faults[name] = fault
    postward.start_policyd()
    assert ask(postward).startswith(expected)


@pytest.mark.parametrize("fault", ["TRUNCATE", ("DELAY", 0.3)])
def test_dns_that_is_only_awkward_has_its_answer(postward, faults, fault):
    for name, records in DNS.items():
        kind = fault if isinstance(fault, tuple) else (fault,)
        faults[name] = (*kind, records if isinstance(records, list) else [])
    assert ask(postward) == "DUNNO"
    assert ask(postward, sender="win@gone.example").startswith("450 4.1.8 ")


def test_all_questions_are_asked_at_once(postward, faults):
    """Each answer takes 0.4 s, all of them not much longer."""
    faults["*"] = ("DELAY", 0.4, [])
    for name, records in DNS.items():
        faults[name] = ("DELAY", 0.4,
                        records if isinstance(records, list) else [])
    postward.change({"resolver": {"timeout": "30s"}})

    def one_wait():
        postward.policyd.stop()  # and with it what it remembers
        postward.start_policyd()
        began = time.monotonic()
        assert ask(postward) == "DUNNO"
        return time.monotonic() - began

    quick(0.9, one_wait)


def test_remembers_answers_and_that_there_are_none(postward, faults):
    # Long enough that no question is asked again for want of a processor.
    postward.policyd.stop()
    postward.change({"resolver": {"timeout": "60s"}})
    postward.start_policyd()
    for _ in range(3):
        assert ask(postward) == "DUNNO"
    assert faults.asked("example.org", "MX") == 1
    assert faults.asked("10.2.0.192.bl.test") == 1


def test_does_not_ask_an_unusable_list_again(postward, faults):
    faults["10.2.0.192.bl.test"] = [("A", "127.255.255.254")]
    for _ in range(3):
        assert ask(postward) == "DUNNO"
    assert ask(postward, client_address="192.0.2.66") == "DUNNO"
    assert faults.asked("66.2.0.192.bl.test") == 0


def test_an_answer_as_long_as_dns_allows(postward, faults):
    faults["example.org"] = [("MX", f"{i} m{i}.{'x' * 60}.example.org.")
                             for i in range(500)]
    faults["66.2.0.192.bl.test"] = [
        ("A", "127.0.0.2"), ("TXT", " ".join(['"' + "t" * 250 + '"'] * 100))]
    assert ask(postward) == "DUNNO"
    answer = ask(postward, client_address="192.0.2.66")
    assert answer.startswith("554 5.7.1 ") and len(answer) < 500
