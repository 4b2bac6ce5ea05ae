# SPDX-License-Identifier: MIT
"""What another configuration would have decided about a recorded day: exactly
what it does decide when it is asked the same."""

import collections
import json
import random

import pytest

from harness.nsd import Nsd
from harness.postward import Postward, merged, render
from harness.protocols import PolicyClient
from harness.stage import Stage, until
from harness.world import RECORDS

ACCOUNTS = [f"m{i}@remotes.club" for i in range(5)]
LISTED, HONEST = "192.0.2.66", "192.0.2.10"

# What the day was judged by, and what is to come.
PRESENT = {
    "dnsbl \"bl.test\"": {"action": "reject"},
    "rhsbl \"rhs.test\"": {"action": "reject"},
    "check \"helo_unknown\"": {"action": "reject", "mode": "shadow"},
    "allow": {"senders": ["friend.example"]},
    "policy": {"reject-at": 10},
}
NEW = {
    # Milder: a list in shadow mode.
    "dnsbl \"bl.test\"": {"action": "reject", "mode": "shadow"},
    "rhsbl \"rhs.test\"": {"action": "reject"},
    # Stricter: enforced, SPF, and a friend no more.
    "check \"helo_unknown\"": {"action": "reject", "mode": "enforce"},
    "spf": {"softfail": "reject"},
    "policy": {"reject-at": 10},
}

# Each kind of request of that day: how many, and what it is.
DAY = [
    (40, {}),
    (11, {"client_address": LISTED, "client_name": "unknown",
          "reverse_client_name": "unknown"}),
    (7, {"helo_name": "nowhere.example"}),
    (5, {"sender": "a@soft.example"}),
    (3, {"sender": "a@junk.example"}),
    (2, {"sender": "a@friend.example", "helo_name": "nowhere.example"}),
    (4, {"helo_name": "not a name"}),
    (1, {"sender": "\udcff\udcfe\"=<\u202e>@wrong.example"}),
]
NAMES = {"DUNNO": "accept", "450": "defer", "451": "defer", "550": "reject",
         "554": "reject"}


def day():
    requests = [{**more, "recipient": ACCOUNTS[i % len(ACCOUNTS)]}
                for n, more in DAY for i in range(n)]
    random.Random(16).shuffle(requests)
    return requests


class Replay:
    def __init__(self, stage):
        nsd = Nsd(stage, [*RECORDS, "friend.example. MX 10 mail.example.org."])
        self.postward = Postward(stage, stage.folder / "run", nsd.address)
        self.postward.make_store(
            {account: ["x@mailbox.example"] for account in ACCOUNTS})
        self.base = self.postward._settings
        self.folder = stage.folder
        self.log = ""
        self.answers = self.ask(PRESENT)
        until("all rows", lambda: self.json()["decisions"] == len(day()))

    def configuration(self, name, *changes):
        settings = self.base
        for change in changes:
            settings = merged(settings, change)
        file = self.folder / name
        file.write_text(render(settings))
        return file

    def ask(self, *changes, keep="14d"):
        """What is answered by a configuration to all of the day."""
        file = self.configuration(
            "asked.conf", *changes, {"decisions": {"keep": keep}})
        self.postward.file, before = file, self.postward.file
        self.postward.start_policyd()
        with PolicyClient(self.postward.policyd_socket) as policyd:
            answers = [NAMES[policyd.ask(**request).split()[0]]
                       for request in day()]
        self.postward.policyd.stop()
        self.log = self.postward.policyd.log()
        self.postward.file = before
        return answers

    def run(self, *argv):
        present = self.configuration("present.conf", PRESENT)
        done = self.postward.run("replay", "-c", present, *argv)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def json(self, *argv):
        return json.loads(self.run(*argv, "--json"))


@pytest.fixture(scope="module")
def replay():
    with Stage() as stage:
        yield Replay(stage)


def counts(groups):
    return {group["name"]: group["count"] for group in groups}


def expected(before, after):
    """[(request, before, after)] of those that differ."""
    return [(request, one, other) for request, one, other in
            zip(day(), before, after) if one != other]


STRICT = {"accept": 0, "hold": 1, "defer": 2, "reject": 3}


def test_shows_exactly_the_planted_differences(replay):
    new = replay.configuration("new.conf", NEW)
    told = replay.json("--config", new)
    really = expected(replay.answers, replay.ask(NEW, keep="0s"))
    assert len(really) == 25
    # What would be found of a friend nobody had to find out.
    assert told["not_known"] == 2
    assert counts(told["unknown"])["helo_unknown"] == 2
    check_differences(told, [one for one in really
                             if "friend" not in one[0].get("sender", "")])
    assert counts(told["stricter"]["checks"]) == {
        "helo_unknown": 7, "spf": 5}
    assert counts(told["milder"]["checks"]) == {"dnsbl bl.test": 11}
    example = told["milder"]["checks"][0]["examples"][0]
    assert (example["before"], example["after"], example["client"]) == (
        "reject", "accept", LISTED)
    told = replay.json("--config", new, "--live")
    assert told["not_known"] == 0
    check_differences(told, really)


def check_differences(told, really):
    assert told["decisions"] == len(day())
    for way, sign in (("stricter", 1), ("milder", -1)):
        there = [request for request, one, other in really
                 if (STRICT[other] - STRICT[one]) * sign > 0]
        assert told[way]["count"] == len(there)
        assert counts(told[way]["members"]) == collections.Counter(
            request["recipient"] for request in there)
        assert counts(told[way]["senders"]) == collections.Counter(
            request.get("sender", "sam@example.org").split("@")[1]
            for request in there)


def test_the_last_lines_undo_each_group(replay):
    new = replay.configuration("new.conf", NEW)
    told = replay.json("--config", new)
    assert [group["undo"] for group in told["stricter"]["checks"]] == [
        'check "helo_unknown" {\n\tmode = "shadow"\n}\n',
        "spf {\n\tsoftfail = 0\n}\n"]
    assert told["milder"]["checks"][0]["undo"] == (
        'dnsbl "bl.test" {\n\taction = "reject"\n\tmode = "enforce"\n}\n')
    undone = replay.configuration("undone.conf", NEW, {
        "check \"helo_unknown\"": {"mode": "shadow"},
        "spf": {"softfail": 0},
        "dnsbl \"bl.test\"": {"action": "reject", "mode": "enforce"}})
    again = replay.json("--config", undone)
    assert (again["stricter"]["count"], again["milder"]["count"]) == (0, 0)
    text = replay.run("--config", new)
    assert "Would pass, or fare better: 11" in text
    assert text.rstrip().endswith("}")
    assert '# helo_unknown, 7 stricter\ncheck "helo_unknown" {' in text


def test_another_host_s_log(replay):
    """By what its lines tell: who was refused is known, and SPF."""
    replay.ask(PRESENT, keep="0s")
    log = replay.folder / "mail.log"
    log.write_bytes(b"".join(
        b"Nov 29 08:00:00 other " + line.encode(errors="surrogateescape")
        + b"\n" for line in replay.log.splitlines())
        + b"\xff\x00 of nobody\nother postfix/smtpd[1]: queue_id=x\n"
        b"other postward/policyd[1]: queue_id=NOQUEUE state=SLEEP\n")
    new = replay.configuration("new.conf", NEW)
    # One configuration, and no usual file: as they were decided there.
    done = replay.postward.run("replay", "-c", new, log, "--json")
    told = json.loads(done.stdout)
    assert told["decisions"] == len(day())
    assert told["unreadable"] == 1
    assert counts(told["stricter"]["checks"]) == {"spf": 5}
    assert counts(told["milder"]["checks"]) == {"dnsbl bl.test": 11}
    # What a line does not tell is said.
    assert counts(told["unknown"])["helo_unknown"] > 40
    text = replay.postward.run("replay", "-c", new, "-",
                               input=log.read_text(errors="replace")).stdout
    assert "Lines of a log tell of one finding" in text
    assert "Not known without --live: " in text


def test_live_asks_again(replay):
    new = replay.configuration("new.conf", PRESENT, {
        "dnsbl \"bl.test\"": {"action": "off"},
        "dnsbl \"rhs.test\"": {"action": "reject"}})
    told = replay.json("--config", new)
    assert counts(told["unknown"]) == {"dnsbl rhs.test": 63}
    told = replay.json("--config", new, "--live")
    assert told["not_known"] == 0
    assert counts(told["milder"]["checks"]) == {"dnsbl bl.test": 11}


def test_what_cannot_be_read_is_said(replay):
    present = replay.configuration("present.conf", PRESENT)
    for argv, status, words in (
            (["--since", "yesterday"], 1, "expected a period"),
            (["/nowhere/mail.log.2.gz"], 1,
             "is packed: gzip -dc /nowhere/mail.log.2.gz | postward replay -"),
            (["/nowhere/mail.log"], 1, "/nowhere/mail.log: No such file"),
            (["-c", "/a", "-c", "/b", "--config", str(replay.postward.file)],
             2, "and no more"),
            (["--config", "/nowhere.conf"], 75, "/nowhere.conf")):
        done = replay.postward.run("replay", "-c", present, *argv)
        assert done.returncode == status
        assert words in done.stderr
    done = replay.postward.run("replay", "-c", present, "-",
                               input="\0\nof somebody else\n")
    assert done.returncode == 0
    assert "no line of policyd or milter" in done.stdout
