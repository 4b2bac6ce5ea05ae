# SPDX-License-Identifier: MIT
"""What DNS says of a client, through a real Postfix: its reverse name, and lists
whose codes lead to different things."""

import json
import re

import pytest

from harness import smtp
from harness.smtp import Peer
from harness.stage import Stage, until
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
    # As DNSWL: 127.0.x.y, where y is the trust.
    "2.0.0.127.dnswl.test. A 127.0.10.0",
    "210.2.0.192.dnswl.test. A 127.0.5.3",
    "210.2.0.192.bl.test. A 127.0.0.2",
    "211.2.0.192.dnswl.test. A 127.0.4.2",
    "211.2.0.192.karma.test. A 127.0.0.2",
    # As hostkarma, which knows this machine as good.
    "2.0.0.127.karma.test. A 127.0.0.2",
    "1.0.0.127.karma.test. A 127.0.0.1",
    "212.2.0.192.karma.test. A 127.0.0.2",
    "213.2.0.192.karma.test. A 127.0.0.3",
    "213.2.0.192.bl.test. A 127.0.0.2",
    "214.2.0.192.karma.test. A 127.0.0.1",
    "214.2.0.192.karma.test. A 127.0.0.4",
    # As SURBL and URIBL: bits.
    "TEST.surbl.test. A 127.0.0.254",
    "TEST.uribl.test. A 127.0.0.14",
    *(f"{name}.example. MX 10 mail.example.org." for name in (
        "phish", "spam", "grey", "both", "mail.both")),
    "phish.example.surbl.test. A 127.0.0.8",
    'phish.example.surbl.test. TXT "on lists [phishing], see surbl.test"',
    "spam.example.surbl.test. A 127.0.0.64",
    "both.example.surbl.test. A 127.0.0.80",
    "both.example.uribl.test. A 127.0.0.4",
    "grey.example.uribl.test. A 127.0.0.4",
    # Speaks for all the world.
    "2.0.0.127.world.test. A 127.0.10.0",
    "*.0.203.world.test. A 127.0.10.3",
    "*.2.0.192.world.test. A 127.0.10.3",
    # Asked too often.
    "*.over.test. A 127.0.0.255",
]

DNSWL = ["127.0.[2..20].0: -1 (known)", "127.0.[2..20].[1;2]: -4 (trust)",
         "127.0.[2..20].3: pass (much trust)", "127.0.0.255: refused"]

CODES = {
    'dnsbl "dnswl.test"': {"codes": DNSWL},
    'dnsbl "world.test"': {"codes": DNSWL},
    'dnsbl "over.test"': {"codes": DNSWL},
    'dnsbl "karma.test"': {"codes": [
        "127.0.0.1: -3 (white)", "127.0.0.2: 10 (black)",
        "127.0.0.3: pass (yellow)", "127.0.0.4: 4 (brown)"]},
    'rhsbl "surbl.test"': {"of": ["sender"], "codes": [
        "127.*.*.&8: reject (phishing)", "127.*.*.&16: 6 (malware)",
        "127.*.*.&64: 5 (spam)"]},
    'rhsbl "uribl.test"': {"parents": True, "codes": [
        "127.0.0.&2: 5 (black)", "127.0.0.&4: 1 (grey)"]},
}


@pytest.fixture(scope="module")
def world():
    with Stage() as stage:
        yield World(stage, {'check "iprev"': {"action": "score", "points": 0},
                            **CODES},
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
    until("its line", lambda: re.search(
        rf"state=RCPT action=accept .*iprev={said.split()[0]} "
        rf".*{re.escape(client)}", world.postward.policyd.log()))


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


POINTS = "550 5.7.1 <ann@remotes.club>: Recipient address rejected: " \
         "Message refused by local policy; too many points"


@pytest.mark.parametrize("client, sender, reply, points", [
    ("192.0.2.10", SAM, None, ""),
    # bl.test has it, and DNSWL trusts it.
    ("192.0.2.210", SAM, None, ""),
    ("192.0.2.211", SAM, None, "points=6 "),
    ("192.0.2.212", SAM, POINTS, "points=10 "),
    # Yellow: blocklists do not count.
    ("192.0.2.213", SAM, None, ""),
    ("192.0.2.214", SAM, None, "points=1 "),
    ("192.0.2.10", "x@phish.example",
     "sender domain phish.example blocked using surbl.test (phishing); "
     "on lists [phishing], see surbl.test", ""),
    ("192.0.2.10", "x@spam.example", None, "points=5 "),
    ("192.0.2.10", "x@grey.example", None, "points=1 "),
    # uribl.test is asked about what is above, surbl.test is not.
    ("192.0.2.10", "x@mail.both.example", None, "points=1 "),
    # Malware, spam, and grey on the other.
    ("192.0.2.10", "x@both.example", POINTS, "points=12 "),
    # The trust in the client is about what he sends, too.
    ("192.0.2.210", "x@phish.example", None, ""),
])
def test_each_code_leads_to_its_own(world, client, sender, reply, points):
    already = len(world.postward.policyd.log())
    said = smtp.rcpt(world.postfix.port, Peer(client, HELO), sender, ANN)
    if reply is None:
        assert said.startswith("250 "), said
    else:
        assert reply in said
    line = until("its line", lambda: next(
        (line for line in world.postward.policyd.log()[already:].splitlines()
         if f"[{client}]" in line), None))
    assert points in line if points else "points=" not in line, line


def test_lists_that_speak_for_everybody_or_nobody_are_left_out(world):
    log = world.postward.policyd.log()
    assert re.search("list world.test is suspended: it lists what no list "
                     "may.*255.113.0.203.world.test is 127.0.10.3", log)
    assert "list over.test is suspended: it does not serve this" in log
    assert "list karma.test is doubtful: it lists what no list should" in log
    assert "list dnswl.test is" not in log
    assert "list surbl.test is" not in log


def test_replay_judges_by_other_codes(world, tmp_path):
    """What was let in for DNSWL's sake would not be without it."""
    other = tmp_path / "other.conf"
    text = world.postward.file.read_text()
    other.write_text(text.replace(": pass (much trust)", ": -1 (trust)"))

    def judged():
        done = world.postward.run("replay", "-c", str(world.postward.file),
                                  "-c", str(other), "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["stricter"]["checks"]

    until("what is kept", lambda: any(
        "dnsbl bl.test" in str(check) for check in judged()))


def test_dnsbl_tells_what_a_code_leads_to(world):
    done = world.postward.run("dnsbl", "-c", str(world.postward.file),
                              "--json", "192.0.2.214")
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert rows["karma.test"]["code"] == "127.0.0.1, 127.0.0.4"
    assert rows["karma.test"]["effect"] == "-3 points (white), 4 points (brown)"
    assert done.returncode == 1
    done = world.postward.run("dnsbl", "-c", str(world.postward.file),
                              "--json", "both.example")
    rows = {row["list"]: row for row in json.loads(done.stdout)}
    assert rows["surbl.test"]["effect"] == "6 points (malware), 5 points (spam)"


def test_explain_tells_who_spares_whom(world):
    done = world.postward.run(
        "explain", "-c", str(world.postward.file), "--client", "192.0.2.210",
        "--helo", HELO, "--from", "x@phish.example", "--to", ANN)
    assert done.returncode == 0, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert ("client 192.0.2.210 is listed: 127.0.5.3 (much trust); action pass"
            in said)
    assert ("client 192.0.2.210 is listed: 127.0.0.2; action none: a list lets "
            "the client pass" in said)
    assert "phish.example is listed: 127.0.0.8 (phishing); action none" in said
    assert "iprev" in said and "PTR 210.2.0.192.in-addr.arpa" in said
