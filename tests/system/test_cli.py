# SPDX-License-Identifier: MIT
"""The administrator's command: what it prints, and how it ends."""

import contextlib
import json
import os
import re
import sqlite3

import pytest

from harness.nsd import Nsd
from harness.postward import Postward
from harness.world import FORWARDS, RECORDS

DONE, NO, USAGE, TRY_LATER = 0, 1, 2, 75
WARNING, BROKEN, UNKNOWN = 1, 2, 3  # of check


def run(postward, words, *argv):
    """(status, stdout, stderr) of postward WORDS -c FILE ARGV"""
    done = postward.run(*words.split(), "-c", str(postward.file), *argv)
    return done.returncode, done.stdout, done.stderr


def rows(postward, words, *argv):
    return json.loads(run(postward, words, "--json", *argv)[1])


# ---- help


COMMANDS = ["check", "completion", "explain", "dmarc", "dnsbl",
            "domain list", "domain add", "domain set", "domain remove",
            "account list", "account add", "account set", "account show", "fate report", "trace", "replay",
            "account suspend", "account resume", "account delete",
            "forward list", "forward set", "forward add", "forward confirm",
            "forward remove", "forward pause", "forward resume",
            "request list", "request show", "request approve",
            "request refuse", "request delete", "request resend",
            "request provision",
            "import", "export", "srs forward", "srs reverse", "store init",
            "store migrate", "store upgrade", "store backup", "store restore",
            "dkim key add", "dkim key list", "dkim key rotate",
            "dkim key remove", "dkim record", "setup", "postfix enable",
            "postfix disable", "postfix status"]


def test_help_names_every_command(shared):
    for argv in (["--help"], ["-h"], ["help"]):
        done = shared.run(*argv)
        assert done.returncode == DONE
        for command in COMMANDS:
            assert command in done.stdout
        assert "75" in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(shared, command):
    done = shared.run(*command.split(), "--help")
    assert done.returncode == DONE
    assert done.stdout.startswith(f"usage: postward {command}")
    assert "-c, --config FILE" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_version(shared):
    for argv in (["-V"], ["--version"]):
        done = shared.run(*argv)
        assert re.fullmatch(r"postward \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("words, hint", [
    ("acount list", "account"),
    ("account lst", "list"),
    ("forward ad a b", "add"),
    ("chekc", "check"),
    ("dkim key roate x", "key rotate"),
    ("dkim recrod x", "record"),
])
def test_suggests_what_was_meant(shared, words, hint):
    status, out, err = run(shared, words)
    assert (status, out) == (USAGE, "")
    assert f'"{hint}"' in err


@pytest.mark.parametrize("words", [
    "dkim", "dkim key", "dkim key add", "dkim key remove remotes.club",
    "dkim key list --selector x",
    "account", "account add", "account add a@remotes.club b@remotes.club",
    "forward add a@remotes.club", "forward confirm a@remotes.club a@x.example",
    "forward set ann@remotes.club a@x.example b@x.example", "explain", "explain --client nonsense",
    "explain --client", "dnsbl 192.0.2.1 b.example", "account list --no-such-option",
    "account list --helo x", "check --resolver nonsense",
    "check --resolver 127.0.0.1:99999", "check --dns-timeout 0",
    "check --dns-timeout 1s",
])
def test_wrong_usage(shared, words):
    status, out, err = run(shared, words)
    assert status == USAGE
    assert out or err


def test_options_may_stand_anywhere(shared):
    file = str(shared.file)
    for argv in (["account", "list", "-c", file],
                 ["account", "list", f"--config={file}"],
                 ["-c", file, "account", "list"]):
        done = shared.run(*argv)
        assert done.returncode == DONE, (argv, done.stderr)
        assert "ann@remotes.club" in done.stdout


# ---- configuration


@pytest.mark.parametrize("text, complaint", [
    ("hostnam = x", r"postward\.conf:1: .*hostname"),
    ('policyd {\n\tdeadline = "fast"\n}', r"postward\.conf:2: .*expected"),
    ("policyd {\n\tdeadline = ", r"postward\.conf:\d: "),
    ("policy { reject-at = many }", r"postward\.conf:1: .*expected"),
    ('check "hello" { }', r"postward\.conf:1: .*helo"),
    ('domains = { "not a domain" }', r"postward\.conf:1: .*expected"),
    ('store { url = "postgres://x" }', r"postward\.conf:1: .*sqlite"),
    ('policyd { listen = { "policyd" } }', r"postward\.conf:1: .*expected"),
    ('resolver { servers = { "dns" } }', r"postward\.conf:1: .*expected"),
    ('dnsbl "bl.test" { codes = { "1.2.3.4" } }',
     r"postward\.conf:1: .*127\.0\.0\."),
    ("\0", r"postward\.conf: [ -~]*NUL"),
    ("\x1b[2J", r"postward\.conf:1: [ -~]+$"),
    ("}" * 10, r"postward\.conf:1: "),
    pytest.param('"' + "x" * 100_000, r"postward\.conf:\d+: ",
                 id="an endless text"),
])
def test_a_wrong_configuration_is_refused_with_its_line(
        postward, text, complaint):
    postward.file.write_text(text)
    status, out, err = run(postward, "check")
    assert (status, out) == (BROKEN, "")
    assert re.search(complaint, err)
    assert len(err.splitlines()) == 1 and len(err) < 600


def test_a_missing_configuration(postward):
    postward.file.unlink()
    status, _, err = run(postward, "check")
    assert status == BROKEN
    assert str(postward.file) in err


# ---- check


def test_check_is_content_with_a_whole_installation(postward, nsd):
    postward.start()
    postward.cli("forward add --confirmed", "postmaster@remotes.club",
                 "p@mailbox.example")
    status, out, err = run(postward, "check", "--only",
                           "configuration,domains,store,lists")
    assert (status, err) == (DONE, ""), out
    for word in ("configuration", "remotes.club", "store"):
        assert word in out
    looks = rows(postward, "check", "--only",
                 "site,store,members,programs,postfix,lists")
    assert {"name", "group", "state", "what", "words", "cure", "manual"
            } == set(looks[0])
    # No Postfix is here to ask the programs.
    assert not {look["group"] for look in looks
                if look["state"] == "broken"} & {"site", "store", "members"}


@pytest.mark.parametrize("record, state, words", [
    (None, "warning", "none: strangers may send"),
    ("v=spf1 ip4:192.0.2.10 -all", "ok", "strangers are refused"),
    ("v=spf1 redirect=hard.example", "ok", "strangers are refused"),
    ("v=spf1 ip4:192.0.2.10 ~all", "warning", "does not end in -all"),
    ("v=spf1 ip4:192.0.2.10", "warning", "says nothing about strangers"),
    ("v=spf1 +all", "warning", "lets all the world"),
    ("v=spf1 a:-x -all", "warning", "remotes.club: "),
])
def test_check_says_who_may_send_as_one_of_us(stage, record, state, words):
    nsd = Nsd(stage, [*RECORDS, *(
        [f'remotes.club. TXT "{record}"'] if record else [])])
    postward = Postward(stage, stage.folder / "run", nsd.address)
    [look] = [look for look in rows(postward, "check", "--address",
                                    "192.0.2.10", "--only", "spf")
              if look["what"] == "SPF of remotes.club"]
    assert look["state"] == state and words in look["words"], look


def test_check_says_what_to_fix(postward):
    postward.database.unlink()
    postward.change({"": {"domains": []}})
    status, out, _ = run(postward, "check")
    out = " ".join(out.split())
    assert status == BROKEN
    assert "domains = {" in out
    assert "postward store init" in out
    assert "is postward-policyd running?" in out


def test_check_names_what_keeps_a_program_from_listening(postward):
    postward.change({"policyd": {"listen": ["unix:/nonexistent/policyd"]}})
    _, out, _ = run(postward, "check")
    assert "run systemd-tmpfiles --create" in " ".join(out.split())


def test_check_does_not_wait_for_a_postconf_that_hangs(postward):
    postconf = postward.file.parent / "bin/postconf"
    postconf.parent.mkdir()
    postconf.write_text("#!/bin/sh\nsleep 36000 & sleep 36000\n")
    postconf.chmod(0o755)
    done = postward.run(
        "check", "-c", str(postward.file),
        env={**os.environ, "PATH": f"{postconf.parent}:/usr/bin:/bin"})
    assert "killed after 10 seconds" in " ".join(done.stdout.split())


# A whole group, one of it, and what stands for neither.
@pytest.mark.parametrize("only, groups, some", [
    ("programs", {"programs"}, "milter"),
    ("milter,store", {"programs", "store"}, "store"),
    ("domains", {"site"}, "domains"),
])
def test_check_looks_only_at_what_it_is_told(shared, only, groups, some):
    looks = rows(shared, "check", "--only", only)
    assert {look["group"] for look in looks} == groups
    assert some in [look["name"] for look in looks]
    if only != "programs":
        # The group that is called store has other rows.
        assert {look["name"] for look in looks} - {
            "directory", "stored-domains"} == set(only.split(","))


@pytest.mark.parametrize("words, meant", [
    ("check --only postfx", "postfix"), ("check --only srs,stor", "store"),
    ("check --explain milters", "milter"), ("check --only ,", ""),
])
def test_check_knows_no_other_names(shared, words, meant):
    status, out, err = run(shared, words)
    assert (status, out) == (USAGE, "")
    assert meant in err and "--list" in err


def test_check_explains_each_check(shared):
    listed = rows(shared, "check --list")
    names = [row["name"] for row in listed]
    assert len(names) == len(set(names)) > 20
    assert not set(names) & {row["group"] for row in listed} - {
        "store", "postfix", "lists"}
    for name in names:
        story = rows(shared, "check", "--explain", name)
        assert story["name"] == name
        assert all(story[key] for key in ("looks", "why", "manual")), story
    assert "Manual" in run(shared, "check", "--explain", names[0])[1]


def test_check_is_quiet_where_all_is_well(shared):
    only = "domains,store"
    assert run(shared, "check -q", "--only", only) == (DONE, "", "")
    postward_out = run(shared, "check --quiet", "--only", only + ",srs")
    assert postward_out[0] == WARNING
    assert postward_out[1].startswith("warning: srs\n"), postward_out


def test_check_writes_metrics(shared, tmp_path):
    page = tmp_path / "check.prom"
    page.write_text("old")
    status = run(shared, "check -q --only srs,domains,store", "--metrics",
                 str(page))[0]
    assert status == WARNING
    text = page.read_text()
    for line in ('postward_check{name="srs",group="site"} 1',
                 'postward_check{name="domains",group="site"} 0',
                 'postward_check{name="store",group="store"} 0'):
        assert line in text.splitlines(), text
    assert re.search(r"^postward_check_time_seconds \d{10}$", text, re.M)
    assert [file.name for file in tmp_path.iterdir()] == ["check.prom"]
    status, _, err = run(shared, "check -q --only domains", "--metrics",
                         str(tmp_path / "no/check.prom"))
    assert status == UNKNOWN and "no/check.prom" in err


def test_check_says_what_it_did_not_look_at(postward):
    """Once, for all that the store would have told, and never "ok"."""
    postward.database.unlink()
    looks = rows(postward, "check", "--only", "store,members")
    states = {look["name"]: look["state"] for look in looks}
    assert states.pop("store") == "broken"
    assert states.pop("directory") == "ok"  # there is none to ask
    assert set(states.values()) == {"unknown"}
    status, out, _ = run(postward, "check", "--only", "members")
    assert status == UNKNOWN
    assert " ".join(out.split()).count("not looked at:") == 1 and "outbox" in out
    assert max(len(line) for line in out.splitlines()) <= 80 or "/" in out


# ---- explain


STEP = ("explain --client 192.0.2.10 --client-name mail.example.org "
        "--helo mail.example.org --from sam@example.org "
        "--to ann@remotes.club")


@pytest.mark.parametrize("more, status, verdict", [
    ([], DONE, "accept"),
    (["--client", "192.0.2.66"], NO, "554 5.7.1 "),
    (["--to", "bob@remotes.club"], NO, "550 5.1.1 No forwarding address"),
    (["--from", "win@gone.example"], TRY_LATER, "450 4.1.8 Domain not found"),
    (["--from", ""], DONE, "accept"),
])
def test_explain(shared, more, status, verdict):
    found, out, err = run(shared, STEP, *more)
    assert (found, err) == (status, "")
    facts, _, rest = out.partition("Findings")
    assert "Facts" in facts
    assert verdict in rest.partition("Verdict")[2]


def test_explain_json(shared):
    story = rows(shared, STEP, "--client", "192.0.2.66")
    assert story["facts"]["client"] == "192.0.2.66"
    assert story["verdict"]["action"] == "reject"
    assert story["verdict"]["list"] == "bl.test"
    hits = [f for f in story["findings"] if f["outcome"] == "hit"]
    assert [f["check"] for f in hits] == ["dnsbl"]
    assert {"type": "A", "name": "66.2.0.192.bl.test", "result": "ok",
            "answer": "127.0.0.2"} in story["questions"]


def test_explain_tells_how_long_a_result_of_spf_is_kept(shared):
    assert "SPF of example.org: kept for " in run(shared, STEP)[1]
    kept = rows(shared, STEP)["spf_kept"]
    assert kept["since"] is None and kept["seconds"] > 0


def test_explain_prints_nothing_that_a_terminal_obeys(shared):
    _, out, _ = run(shared, STEP, "--helo", "\x1b]0;owned\x07", "--from",
                    "\x1b[2J@\x9b.example")
    assert out.replace("\n", "").isprintable()


def test_explain_asks_the_resolver_it_is_told(shared, stage):
    other = Nsd(stage, ["10.2.0.192.bl.test. A 127.0.0.4"])
    status, out, _ = run(shared, STEP, "--resolver", other.address)
    assert status == NO and "127.0.0.4" in out


# ---- dnsbl


@pytest.mark.parametrize("what, status, answer, code", [
    ("192.0.2.66", NO, "listed", "127.0.0.2"),
    ("127.0.0.2", NO, "listed", "127.0.0.2"),
    ("2001:db8::66", NO, "listed", "127.0.0.3"),
    ("192.0.2.10", DONE, "no", None),
    ("192.0.2.67", TRY_LATER, "unusable", "127.255.255.254"),
    ("junk.example", NO, "listed", "127.0.1.2"),
    ("Example.ORG", DONE, "no", None),
])
def test_dnsbl(shared, what, status, answer, code):
    assert run(shared, "dnsbl", what)[0] == status
    [row] = rows(shared, "dnsbl", what)
    assert (row["answer"], row["code"]) == (answer, code)


def test_dnsbl_without_an_answer(shared):
    status, out, _ = run(shared, "dnsbl", "192.0.2.66", "--resolver",
                         "127.0.0.1:1", "--dns-timeout", "300")
    assert status == TRY_LATER and "no answer" in out


def test_dnsbl_of_nonsense(shared):
    status, out, err = run(shared, "dnsbl", "a b\x1b")
    assert (status, out) == (NO, "")
    assert "expected" in err and err.strip().isprintable()


# ---- accounts and forwards


def test_one_account(postward):
    postward.cli("account set ann@remotes.club --strategy hold")
    status, out, _ = run(postward, "account show ann@remotes.club --json")
    told = json.loads(out)
    assert (status, told.pop("created")[:2]) == (DONE, "20")
    assert told == {
        "address": "ann@remotes.club", "source": "store",
        "state": "active", "strategy": "hold",
        "forwards": [{"target": "ann@mailbox.example", "state": "active",
                      "health": "well", "failing": None, "status": None,
                      "reason": None}]}
    out = run(postward, "account show ann@remotes.club")[1].splitlines()
    assert "Strategy   hold" in out
    assert "Forwards   ann@mailbox.example, active" in out
    status, out, err = run(postward, "account show zed@remotes.club")
    assert (status, out) == (NO, "") and "no such account" in err


def test_accounts(postward):
    assert run(postward, "account add", "Zoe@Remotes.Club")[0] == DONE
    accounts = {row["address"]: row for row in rows(postward, "account list")}
    assert accounts["zoe@remotes.club"]["state"] == "active"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ",
                        accounts["zoe@remotes.club"]["created"])
    run(postward, "account suspend", "zoe@remotes.club")
    accounts = {row["address"]: row for row in rows(postward, "account list")}
    assert accounts["zoe@remotes.club"]["state"] == "suspended"
    run(postward, "account resume", "zoe@remotes.club")
    assert run(postward, "account delete", "zoe@remotes.club")[0] == DONE
    status, _, err = run(postward, "account delete", "zoe@remotes.club")
    assert status == NO and "no such account" in err


@pytest.mark.parametrize("words, complaint", [
    ("account add ann@remotes.club", "there already"),
    ("account add ann@elsewhere.example", "not one of our domains"),
    ("account add ann", "expected an address"),
    ("account add @", ""),
    ("account suspend zoe@remotes.club", "no such account"),
    ("forward add zoe@remotes.club z@mailbox.example", "no such account"),
    ("forward add ann@remotes.club nonsense", ""),
    ("forward add ann@remotes.club ann@mailbox.example", ""),
    ("forward add ann@remotes.club ann@remotes.club", ""),
    ("forward add ann@remotes.club annie@remotes.club", "cycle"),
    ("forward set --confirmed ann@remotes.club team@remotes.club", "cycle"),
    ("forward confirm ann@remotes.club ann@mailbox.example 0123456789",
     "not pending"),
    ("forward confirm ann@remotes.club z@mailbox.example 0123456789",
     "does not forward"),
    ("forward remove ann@remotes.club z@mailbox.example", "does not forward"),
    ("forward pause bob@remotes.club z@mailbox.example", "does not forward"),
])
def test_says_no(shared, words, complaint):
    before = rows(shared, "forward list"), rows(shared, "account list")
    status, out, err = run(shared, words)
    assert (status, out) == (NO, "")
    assert complaint in err and len(err.splitlines()) == 1
    assert before == (rows(shared, "forward list"),
                      rows(shared, "account list"))


def test_forwards(postward):
    def of_ann():
        return {row["target"]: row["state"]
                for row in rows(postward, "forward list", "ann@remotes.club")}

    assert of_ann() == {"ann@mailbox.example": "active"}
    postward.cli("forward add --confirmed", "ann@remotes.club",
                 "ann@Other.Example")
    postward.cli("forward pause", "ann@remotes.club", "ann@mailbox.example")
    assert of_ann() == {"ann@mailbox.example": "paused",
                        "ann@other.example": "active"}
    postward.cli("forward resume", "ann@remotes.club", "ann@mailbox.example")
    postward.cli("forward remove", "ann@remotes.club", "ann@other.example")
    assert of_ann() == {"ann@mailbox.example": "active"}
    postward.cli("forward set --confirmed", "ann@remotes.club", "a@x.example",
                 "b@x.example")
    assert of_ann() == {"a@x.example": "active", "b@x.example": "active"}


BOB = ("bob@remotes.club", "bob@mailbox.example")


def state_of_bob(postward):
    [row] = rows(postward, "forward list", BOB[0])
    return row["state"], row["verified"] is not None


def test_a_target_is_confirmed_by_its_code(postward):
    status, out, err = run(postward, "forward add --print-code", *BOB)
    assert (status, err) == (DONE, "")
    old = re.search(r"\b([0-9A-Z]{5}-[0-9A-Z]{5})\n", out)[1]
    assert "Give the code to whoever reads that mailbox" in out
    assert state_of_bob(postward) == ("pending", False)
    for words in ("forward resume", "forward pause"):
        status, _, err = run(postward, words, *BOB)
        assert status == NO and "pending" in err
    again = rows(postward, "forward add --print-code", *BOB)
    code = again.pop("code")
    assert again == {"account": BOB[0], "target": BOB[1], "state": "pending",
                     "mailed": False, "replaces": False}
    status, _, err = run(postward, "forward confirm", *BOB, old)
    assert status == NO and "wrong code" in err
    assert state_of_bob(postward) == ("pending", False)
    assert code.replace("-", "").encode() not in postward.database.read_bytes()
    status, out, _ = run(postward, "forward confirm", *BOB,
                         code.lower().replace("-", " "))
    assert status == DONE and "active" in out
    assert state_of_bob(postward) == ("active", True)
    status, _, err = run(postward, "forward confirm", *BOB, code)
    assert status == NO and "not pending" in err


def test_a_code_is_good_for_a_day_and_five_tries(postward):
    code = rows(postward, "forward add --print-code", *BOB)["code"]
    for complaint in 5 * ["wrong code"] + ["too many wrong codes"]:
        status, _, err = run(postward, "forward confirm", *BOB, "00000-00000")
        assert status == NO and complaint in err
    status, _, err = run(postward, "forward confirm", *BOB, code)
    assert status == NO and "too many wrong codes" in err
    code = rows(postward, "forward add --print-code", *BOB)["code"]
    with contextlib.closing(sqlite3.connect(postward.database)) as db, db:
        db.execute("UPDATE forward SET code_expires = code_expires - 86401")
    status, _, err = run(postward, "forward confirm", *BOB, code)
    assert status == NO
    assert "the code has expired: add the target again" in err
    assert rows(postward, "forward add", "--confirmed", *BOB) == {
        "account": BOB[0], "target": BOB[1], "state": "active", "code": None,
        "mailed": False, "replaces": False}
    assert state_of_bob(postward) == ("active", True)


def outbox(postward):
    with contextlib.closing(sqlite3.connect(postward.database)) as db:
        return [(recipient, template, json.loads(values)) for
                recipient, template, values in db.execute(
                    "SELECT recipient, template, texts FROM outbox"
                    " WHERE state = 'new' ORDER BY created, id")]


def test_a_code_is_mailed_to_its_target(postward):
    status, out, err = run(postward, "forward add", *BOB)
    assert (status, err) == (DONE, "")
    assert "a code is on its way" in out
    assert not re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", out)
    [(recipient, template, values)] = outbox(postward)
    assert (recipient, template) == (BOB[1], "confirm")
    assert rows(postward, "forward add", *BOB) == {
        "account": BOB[0], "target": BOB[1], "state": "pending",
        "code": None, "mailed": True, "replaces": False}
    [(_, _, again)] = outbox(postward)  # the old one is not sent any more
    assert again["code"] != values["code"]
    status, _, err = run(postward, "forward confirm", *BOB, values["code"])
    assert status == NO
    postward.cli("forward confirm", *BOB, again["code"])
    assert state_of_bob(postward) == ("active", True)


@pytest.mark.parametrize("mailed", [True, False])
def test_a_new_target_replaces_the_others_once_it_is_confirmed(
        postward, mailed):
    def targets():
        return {row["target"]: row["state"]
                for row in rows(postward, "forward list", BOB[0])}

    postward.cli("forward add --confirmed", BOB[0], "old@mailbox.example")
    postward.cli("forward add --print-code", BOB[0], "b@mailbox.example")
    words = "forward set" if mailed else "forward set --print-code"
    status, out, _ = run(postward, words, *BOB)
    assert status == DONE
    assert "Until it is typed the present targets get the mail" in out
    assert targets()["old@mailbox.example"] == "active"
    assert targets()[BOB[1]] == "pending"
    code = (outbox(postward)[0][2]["code"] if mailed else
            re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", out)[0])
    assert bool(outbox(postward)) == mailed
    postward.cli("forward confirm", *BOB, code)
    assert targets()[BOB[1]] == "active"
    assert "old@mailbox.example" not in targets()


def test_several_targets_are_set_by_who_knows_them(postward):
    status, out, err = run(postward, "forward set", *BOB, "x@x.example")
    assert (status, out) == (USAGE, "")
    assert "--confirmed" in err and "forward add" in err
    assert rows(postward, "forward list", BOB[0]) == []


def test_at_most_twenty_targets(postward):
    targets = [f"t{i}@mailbox.example" for i in range(21)]
    status, _, err = run(postward, "forward set --confirmed",
                         "bob@remotes.club", *targets)
    assert status == NO and "20" in err
    postward.cli("forward set --confirmed", "bob@remotes.club", *targets[:20])
    status, _, err = run(postward, "forward add", "bob@remotes.club",
                         targets[20])
    assert status == NO and "20" in err


def test_prints_tables_for_people(shared):
    out = run(shared, "forward list")[1]
    assert out.splitlines()[0].split() == [
        "Account", "Target", "State", "Verified", "Failing"]
    assert len(out.splitlines()) == 1 + sum(map(len, FORWARDS.values()))


# ---- store


def test_store_init_and_migrate(stage, nsd):
    postward = Postward(stage, stage.folder / "run", nsd.address)
    status, _, err = run(postward, "store migrate")
    assert status == NO and "postward store init" in err
    assert run(postward, "store init")[0] == DONE
    assert postward.database.stat().st_mode & 0o777 == 0o640
    for again in ("store init", "store migrate"):
        status, out, _ = run(postward, again)
        assert status == DONE and "nothing to do" in out
    assert rows(postward, "account list") == []
    assert run(postward, "account list")[1] == ""


def test_a_locked_store_is_tried_later(postward):
    with contextlib.closing(
            sqlite3.connect(postward.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        status, _, err = run(postward, "account add", "zoe@remotes.club")
    assert status == TRY_LATER
    assert str(postward.database) in err


def test_a_read_only_store_cannot_be_changed(postward):
    postward.cli("account list")
    postward.make_store_read_only()
    before = rows(postward, "account list")
    status, _, err = run(postward, "account add", "zoe@remotes.club")
    assert status == TRY_LATER
    assert str(postward.database) in err and "write" in err
    assert rows(postward, "account list") == before


@pytest.mark.parametrize("damage", [
    lambda file: file.unlink(),
    lambda file: file.write_bytes(b"\xa5" * 10_000),
    lambda file: file.write_bytes(b""),
])
def test_a_sick_store_is_tried_later(postward, damage):
    damage(postward.database)
    for command in ("account list", "forward list",
                    "account add zoe@remotes.club"):
        status, out, err = run(postward, command)
        assert (status, out) == (TRY_LATER, "")
        assert str(postward.database) in err and len(err.splitlines()) == 1


# ---- domains


@pytest.mark.parametrize("words, status, complaint", [
    ("domain add remotes.club", NO, "postward.conf has it already"),
    ("domain add mx.remotes.club", NO, "name of this host"),
    ("domain add x..example", NO, "x..example"),
    ("domain add new.example --srs-domain srs.example", NO, "srs.domain"),
    ("domain add new.example --strategy never", NO, "expected default, keep"),
    ("domain add new.example --strategy rewrite", NO, "from-domain"),
    ("domain add new.example --catch-all nobody", NO, "nobody"),
    ("domain set new.example", USAGE, "--strategy or both"),
    ("domain set new.example --strategy hold", NO, "no such domain"),
    ("domain remove new.example", NO, "no such domain"),
    ("domain remove remotes.club", NO, "take it out there"),
])
def test_a_domain_that_cannot_be_changed(shared, words, status, complaint):
    found, out, err = run(shared, words)
    assert (found, out) == (status, "")
    assert complaint in err
    assert [row["domain"] for row in rows(shared, "domain list")] == [
        "remotes.club", "guild.club"]


def test_domains_come_and_go(postward):
    said = postward.cli("domain add Zwölf.Example --strategy hold",
                        "--catch-all", "z@mailbox.example")
    assert said == ("xn--zwlf-6qa.example: added\nThe records to publish: "
                    "postward dns xn--zwlf-6qa.example\n")
    assert "there already" in run(postward, "domain add zwölf.example")[2]
    row = rows(postward, "domain list")[2]
    assert row.pop("created")
    assert row == {"domain": "xn--zwlf-6qa.example", "state": "served",
                   "srs": None, "strategy": "hold", "removed": None}
    assert "@xn--zwlf-6qa.example" in postward.cli("forward list")
    postward.cli("domain set zwölf.example --strategy default")
    assert rows(postward, "domain list")[2]["strategy"] is None
    status, out, err = run(postward, "domain remove zwölf.example")
    assert (status, out) == (NO, "") and "1 account is there" in err
    assert rows(postward, "domain list")[2]["state"] == "served"
    postward.cli("domain remove zwölf.example --yes")
    row = rows(postward, "domain list")[2]
    assert row["state"] == "removed" and row["removed"]
    assert "no such domain" in run(postward, "domain remove zwölf.example")[2]
    postward.cli("domain add zwölf.example")
    assert rows(postward, "domain list")[2]["state"] == "served"
