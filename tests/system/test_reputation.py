# SPDX-License-Identifier: MIT
"""What DNS says of a client, through a real Postfix: its reverse name."""

import re

import pytest

from harness import smtp
from harness.smtp import Peer
from harness.stage import Stage
from harness.world import World

SAM = "sam@example.org"
ANN = "ann@remotes.club"
HELO = "mail.example.org"

RECORDS = [
    "200.2.0.192.in-addr.arpa. PTR back.example.",
    "back.example. A 192.0.2.200",
    "201.2.0.192.in-addr.arpa. PTR back.example.",
    # Of many names one leads back.
    *(f"202.2.0.192.in-addr.arpa. PTR n{i}.back.example." for i in range(5)),
    "n3.back.example. A 192.0.2.202",
]


@pytest.fixture(scope="module")
def world():
    with Stage() as stage:
        yield World(stage, {'check "iprev"': {"action": "score", "points": 0}},
                    ["smtpd_milters = unix:postward/milter"], RECORDS)


def take(world, client, name="[UNAVAILABLE]"):
    """The mail of that client; Postfix says name, or "unknown"."""
    already = len(world.sink.mails)
    smtp.send(world.postfix.port, Peer(client, name, HELO), SAM, [ANN])
    return world.sink.wait(already + 1)[already]


def ours(mail):
    return next(" ".join(value.split())
                for value in mail.fields("Authentication-Results")
                if "mx.remotes.club" in value)


@pytest.mark.parametrize("client, name, said", [
    ("192.0.2.200", "[UNAVAILABLE]",
     "pass policy.iprev=192.0.2.200 (back.example)"),
    ("192.0.2.201", "[UNAVAILABLE]",
     "fail policy.iprev=192.0.2.201 (back.example)"),
    ("192.0.2.202", "[UNAVAILABLE]",
     "pass policy.iprev=192.0.2.202 (n3.back.example)"),
    ("192.0.2.203", "[UNAVAILABLE]", "permerror policy.iprev=192.0.2.203"),
    # What Postfix has found out is not asked again.
    ("192.0.2.203", "found.example",
     "pass policy.iprev=192.0.2.203 (found.example)"),
])
def test_the_reverse_name_is_told(world, client, name, said):
    assert f"; iprev={said}; " in ours(take(world, client, name))
    assert re.search(rf"state=RCPT action=accept .*iprev={said.split()[0]} "
                     rf".*{re.escape(client)}", world.postward.policyd.log())


def test_a_site_may_refuse_without_it(world):
    change = {'check "iprev"': {"action": "reject"}}
    world.postward.change(change)
    world.postward.reload(world.postward.policyd)
    refused = smtp.rcpt(world.postfix.port, Peer("192.0.2.201", "[UNAVAILABLE]",
                                                 HELO), SAM, ANN)
    assert refused.startswith("550 5.7.25 "), refused
    assert "client [192.0.2.201] has a name of another address" in refused
    world.postward.change({'check "iprev"': {"action": "score"}})
    world.postward.reload(world.postward.policyd)
