# SPDX-License-Identifier: MIT
"""Whose mail members let pass, and whose not: told by the administrator's
command, honoured by policyd with a real Postfix before it."""

import json

import pytest

from harness import smtp
from harness.stage import Stage
from harness.world import HONEST, STRANGER, World

ANN, KIM = "ann@remotes.club", "kim@remotes.club"
LIAR = "bob@hard.example"  # whose SPF record names other servers
SAM = "sam@example.org"
NOT_WANTED = "The recipient does not want mail from this sender"


@pytest.fixture(scope="module")
def world():
    with Stage() as stage:
        world = World(stage, {"": {"forward-cache": "0s"}})
        yield world


def cli(world, *words):
    return world.postward.run("account", *words, "-c", world.postward.file)


def told(world, client, sender, recipient):
    return smtp.rcpt(world.postfix.port, client, sender, recipient)


def test_who_is_let_pass_passes(world):
    assert told(world, STRANGER, LIAR, ANN).startswith("550 5.7.23 ")
    done = cli(world, "allow", ANN, "Bob@Hard.example", "example.net")
    assert done.stdout == (f"{ANN}: lets pass {LIAR}\n"
                           f"{ANN}: lets pass example.net\n")
    line, = world.postward.lines_about(
        world.postward.policyd, lambda: told(world, STRANGER, LIAR, ANN))
    assert "action=accept" in line and "passed=spf" in line
    assert told(world, STRANGER, LIAR, KIM).startswith("550 5.7.23 ")
    assert told(world, STRANGER, "x@hard.example", ANN).startswith("550 ")


def test_who_is_blocked_is_refused(world):
    assert told(world, HONEST, SAM, KIM).startswith("250 ")
    cli(world, "block", KIM, "@example.org")
    assert NOT_WANTED in told(world, HONEST, SAM, KIM)
    assert told(world, HONEST, SAM, ANN).startswith("250 ")
    assert cli(world, "allow", KIM, SAM).returncode == 0
    assert told(world, HONEST, SAM, KIM).startswith("250 ")
    assert cli(world, "clear", KIM, SAM, "example.org").returncode == 0
    assert told(world, HONEST, SAM, KIM).startswith("250 ")


def test_rules_are_listed(world):
    cli(world, "block", KIM, "example.com")
    rows = json.loads(cli(world, "rules", KIM, "--json").stdout)
    assert [(row["sender"], row["rule"]) for row in rows] == [
        ("example.com", "block")]
    assert "example.com" in cli(world, "rules", KIM).stdout


def test_a_check_is_switched_by_who_may(world):
    postward = world.postward
    assert told(world, STRANGER, LIAR, KIM).startswith("550 5.7.23 ")
    done = cli(world, "checks", KIM, "spf", "off")
    assert done.stdout == ("spf: off\nThis changes nothing while "
                           "members.may-switch does not name it.\n")
    assert told(world, STRANGER, LIAR, KIM).startswith("550 5.7.23 ")
    postward.change({"members": {"may-switch": ["spf"],
                                 "may-switch-on": ["greylist"]}})
    postward.reload(postward.policyd)
    line, = postward.lines_about(
        postward.policyd, lambda: told(world, STRANGER, LIAR, KIM))
    assert "action=accept" in line and "passed=spf choices=-spf" in line
    explained = postward.run(
        "explain", "--client", "192.0.2.66", "--helo", "mail.example.org",
        "--from", LIAR, "--to", KIM, "-c", postward.file).stdout
    assert "none: the member has switched this check off" in explained
    # Off for all others.
    assert cli(world, "checks", ANN, "greylist", "on").stdout == "greylist: on\n"
    assert told(world, HONEST, SAM, KIM).startswith("250 ")
    assert "Not seen before" in told(world, HONEST, SAM, ANN)
    assert "greylist" in cli(world, "checks", ANN).stdout
    assert cli(world, "checks", ANN, "greylist", "default").returncode == 0
    assert told(world, HONEST, SAM, ANN).startswith("250 ")
    cli(world, "checks", KIM, "spf", "default")


@pytest.mark.parametrize("words, said", [
    (["checks", ANN, "spf", "never"], "expected the name of a check, and on"),
    (["checks", ANN, "nosuch", "off"], "expected the name of a check, and on"),
    (["checks", ANN, "spf"], "expected ADDRESS CHECK on|off|default"),
    (["checks", "nobody@remotes.club", "spf", "off"], "no such account"),
    (["allow", "nobody@remotes.club", SAM], "no such account"),
    (["allow", "ann@elsewhere.example", SAM], "not one of our domains"),
    (["block", ANN, "not an address"], "expected an address or a domain"),
    (["block", ANN, SAM, "a@b@c"], "expected an address"),
    (["clear", ANN, "who@ever.example"], "no rule about who@ever.example"),
    (["rules", "nobody@remotes.club"], "no such account"),
    (["block", ANN, "x\x1b[31m@example.org"], "x"),
])
def test_what_is_wrong_is_told_and_nothing_changes(world, words, said):
    before = cli(world, "rules", ANN).stdout
    done = cli(world, *words)
    assert done.returncode == 1 and said in done.stderr
    assert "\x1b" not in done.stderr and done.stderr.count("\n") == 1
    assert cli(world, "rules", ANN).stdout == before
