# SPDX-License-Identifier: MIT
"""SPF as policyd does it: answers, the header, rules, one check a message."""

import itertools
import subprocess
import time

import pytest

from faultdns import FaultDNS
from harness.postward import Postward, build
from harness.protocols import PolicyClient
from harness.stage import PATIENCE, Stage, quick
from harness.world import FORWARDS

BANK = [("TXT", '"v=spf1 ip4:192.0.2.10 -all exp=why.bank.example"'),
        ("MX", "10 mail.example.org.")]

ZONE = {
    "mail.example.org": [("A", "192.0.2.10")],
    "example.org": [("MX", "10 mail.example.org.")],
    "bank.example": BANK,
    "why.bank.example": [("TXT", '"%{i} is not a mail server of %{d}"')],
    "soft.example": [("TXT", '"v=spf1 ~all"'), ("MX", "10 mail.example.org.")],
    "wrong.example": [("TXT", '"v=spf1 a:-x"'),
                      ("MX", "10 mail.example.org.")],
    "waits.example": [("TXT", '"v=spf1 include:gone.example -all"'),
                      ("MX", "10 mail.example.org.")],
    "gone.example": "TIMEOUT",
    "helo.example": [("TXT", '"v=spf1 -all"'), ("A", "192.0.2.10")],
    "remotes.club": [("MX", "10 mx2.remotes.club.")],
    "mx2.remotes.club": [("A", "192.0.2.77")],
}


@pytest.fixture(scope="module")
def dns():
    with FaultDNS(dict(ZONE)) as server:
        yield server


@pytest.fixture
def policyd(dns):
    with Stage() as stage:
        postward = Postward(stage, stage.folder / "run", dns.address, {
            "spf": {"header": True}, "resolver": {"timeout": "2s"}})
        postward.make_store(FORWARDS)
        postward.start_policyd()
        yield postward


def ask(policyd, **attributes):
    with PolicyClient(policyd.policyd_socket) as client:
        return client.ask(**attributes)


@pytest.mark.parametrize("attributes, action", [
    ({"sender": "a@bank.example"}, "PREPEND Received-SPF: pass ("),
    ({"sender": "a@example.org"}, "PREPEND Received-SPF: none ("),
    ({"sender": "a@soft.example"}, "PREPEND Received-SPF: softfail ("),
    ({"sender": "a@wrong.example"}, "PREPEND Received-SPF: permerror ("),
    ({"sender": "a@waits.example"}, "451 4.4.3 SPF check of waits.example"),
    ({"sender": "a@bank.example", "client_address": "192.0.2.11"},
     "550 5.7.23 SPF fail; bank.example explains: 192.0.2.11 is not a mail "
     "server of bank.example"),
    ({"sender": "a@bank.example", "client_address": "::ffff:192.0.2.10"},
     "PREPEND Received-SPF: pass ("),
    ({"sender": "a@bank.example", "client_address": "127.0.0.1"},
     "550 5.7.23 "),
    ({"sender": "a@bank.example", "helo_name": "helo.example"},
     "550 5.7.23 SPF fail; client [192.0.2.10] is not permitted to send mail "
     "for helo.example"),
    ({"sender": "", "helo_name": "helo.example"}, "550 5.7.23 "),
    # Another mail exchanger of ours.
    ({"sender": "a@bank.example", "client_address": "192.0.2.77"},
     "PREPEND Received-SPF: fail ("),
    ({"sender": "a@bank.example", "client_address": "192.0.2.11",
      "recipient": "postmaster@remotes.club"}, "DUNNO"),
    ({"sender": "a@bank.example", "client_address": "192.0.2.11",
      "sasl_username": "ann"}, "DUNNO"),
    # The sender is not known yet.
    ({"protocol_state": "EHLO", "sender": "", "recipient": ""}, "DUNNO"),
])
def test_answers(policyd, attributes, action):
    answer = ask(policyd, **attributes)
    assert answer.startswith(action), answer


def test_a_message_has_one_header_and_one_evaluation(policyd, dns):
    with PolicyClient(policyd.policyd_socket) as client:
        first = client.ask(sender="a@bank.example", instance="1")
        asked = len(dns.questions)
        second = client.ask(sender="a@bank.example", instance="1",
                            recipient="annie@remotes.club")
        again = client.ask(sender="a@bank.example", instance="2")
    assert first.startswith("PREPEND Received-SPF: pass")
    assert second == "DUNNO"
    assert again.startswith("PREPEND Received-SPF: pass")
    assert len(dns.questions) == asked


def test_the_header_names_everything(policyd):
    header = ask(policyd, sender="a@bank.example")
    for part in ("receiver=mx.remotes.club;", "client-ip=192.0.2.10;",
                 'envelope-from="a@bank.example";', "helo=mail.example.org;",
                 "identity=mailfrom;", 'mechanism="ip4:192.0.2.10";'):
        assert part in header


def test_a_domain_has_rules_of_its_own(policyd):
    policyd.change({'spf-domain "soft.example"': {"softfail": "reject"},
                    'spf-domain "bank.example"': {"fail": "accept"}})
    policyd.reload(policyd.policyd)
    assert ask(policyd, sender="a@sub.soft.example").startswith("450 4.1.8 ")
    assert ask(policyd, sender="a@soft.example").startswith(
        "550 5.7.23 SPF softfail; ")
    assert ask(policyd, sender="a@bank.example", client_address="192.0.2.11"
               ).startswith("PREPEND Received-SPF: fail (")


def test_shadow_only_logs(policyd):
    policyd.change({'check "spf"': {"mode": "shadow"}})
    policyd.reload(policyd.policyd)
    answer = ask(policyd, sender="a@bank.example", client_address="192.0.2.11")
    assert answer.startswith("PREPEND Received-SPF: fail (")
    policyd.says(policyd.policyd, 'would="reject by spf" spf=fail')


def test_a_relay_we_trust_is_not_asked(policyd):
    policyd.change({"allow": {"clients": ["192.0.2.11"]}})
    policyd.reload(policyd.policyd)
    assert ask(policyd, sender="a@bank.example",
               client_address="192.0.2.11") == "DUNNO"


def test_the_first_record_is_asked_for_with_everything_else(policyd, dns):
    """One wait for HELO, MX and TXT together."""
    policyd.change({"resolver": {"timeout": "30s"}})
    policyd.reload(policyd.policyd)
    numbers = itertools.count()

    def one_wait():
        name = f"{next(numbers)}.example"
        dns[name] = ("DELAY", 0.3, [
            ("MX", "10 mail.example.org."),
            ("TXT", '"v=spf1 ip4:192.0.2.10 -all"')])
        dns[f"mail.{name}"] = ("DELAY", 0.3, [("A", "192.0.2.10")])
        began = time.monotonic()
        answer = ask(policyd, sender=f"a@{name}", helo_name=f"mail.{name}")
        took = time.monotonic() - began
        assert answer.startswith("PREPEND Received-SPF: pass"), answer
        return took

    quick(0.6, one_wait)


def run_spf(policyd, *arguments):
    return subprocess.run(
        [build() / "bin/postward", "spf", "-c", policyd.file, *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_the_command_traces(policyd):
    done = run_spf(policyd, "--ip", "192.0.2.11", "--helo", "x.example",
                   "--from", "a@bank.example", "--trace")
    assert done.returncode == 1, done.stderr
    for part in ("bank.example", "ip4:192.0.2.10", "-all",
                 "result        fail", "Received-SPF: fail"):
        assert part in done.stdout
