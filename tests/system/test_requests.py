# SPDX-License-Identifier: MIT
"""Newcomers, as the administrator sees them: postward request, in a store of
either kind."""

import contextlib
import json
import os
import pty
import re
import sqlite3
import subprocess

import pytest

from harness.mariadb import Mariadb
from harness.postward import Postward, build
from harness.stage import PATIENCE

DONE, NO, USAGE, TRY_LATER = 0, 1, 2, 75
KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIWn6fC6kPyUMoKSQCjIBTH"
       "/aoOTPDxvtl6t0mYHCwZq nora@laptop")
NOTE = "I like gardens.\nAnd \x1b[2J rain,\tmost \u0080 days."
NORA, OTTO = "nora@mailbox.example", "otto@mailbox.example"


class Club:
    """The command, and newcomers who do their part."""

    def __init__(self, stage, postward):
        self.stage, self.postward = stage, postward

    def run(self, words, *argv, **more):
        done = self.postward.run(*words.split(), "-c",
                                 str(self.postward.file), *argv, **more)
        return done.returncode, done.stdout, done.stderr

    def json(self, words, *argv):
        status, out, err = self.run(words, "--json", *argv)
        assert status == DONE, err
        return json.loads(out)

    def driver(self, *argv):
        done = subprocess.run(
            [build() / "tests/system/request_driver", self.postward.file,
             *argv], text=True, capture_output=True, check=False,
            timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ask(self, userid, mailbox, key="", note="", proven=False):
        request = self.driver("ask", userid, mailbox, key, note)
        if proven:
            self.driver("prove", request)
        return request

    def mail(self, outcome, text=""):
        self.driver("mail", outcome, text)

    def sql(self, statement, *values):
        """For what the rules do not let happen, but a store may hold."""
        file = self.postward.database
        with contextlib.closing(sqlite3.connect(file)) as db, db:
            db.execute(statement, values)

    def command(self, script):
        """Makes it what is run after an approval."""
        file = self.stage.folder / "provision"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        self.postward.change({"provision": {"command": [str(file)]},
                              "mailer": {"retry-min": "100ms"}})


def club_in(stage, nsd, settings):
    postward = Postward(stage, stage.folder / "run", nsd.address, settings)
    postward.cli("store init")
    return Club(stage, postward)


@pytest.fixture
def club(stage, nsd):
    return club_in(stage, nsd, {})


@pytest.fixture(params=["sqlite", "mariadb"])
def either(request, stage, nsd):
    if request.param == "sqlite":
        return club_in(stage, nsd, {})
    server = Mariadb(stage).start()
    return club_in(stage, nsd, {"store": {"url": server.url()}})


def environment(**changes):
    """Of a terminal that can show all."""
    plain = {name: value for name, value in os.environ.items()
             if not name.startswith("LC_") and name != "NO_COLOR"}
    return {**plain, "LANG": "C.UTF-8", "TERM": "xterm", **changes}


def on_terminal(club, words, **changes):
    """What is shown there."""
    here, there = pty.openpty()
    with subprocess.Popen(
            [build() / "bin/postward", *words.split(), "-c",
             club.postward.file], env=environment(**changes), stdout=there,
            stderr=there, stdin=subprocess.DEVNULL) as process:
        os.close(there)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: all is read
            while more := os.read(here, 65536):
                shown += more
    os.close(here)
    assert process.returncode == DONE
    return shown.decode()


def by_name(rows):
    """Those of one second have no order of their own: otto before nora."""
    return sorted(rows, key=lambda row: row["userid"], reverse=True)


def templates(club, userid):
    return [mail["template"] for mail
            in club.json("request show", userid)["mails"]]


# ---- from asked to welcomed


def test_from_asked_to_welcomed(either):
    club = either
    assert club.run("request list") == (DONE, "", "")
    assert club.json("request list") == []
    club.ask("otto", OTTO)
    request = club.ask("nora", NORA, KEY, "I like gardens.", proven=True)
    otto, nora = by_name(club.json("request list"))
    assert (otto["userid"], otto["state"], otto["key"]) == (
        "otto", "asked", None)
    assert (nora["id"], nora["address"], nora["mailbox"], nora["state"]) == (
        request, "nora@remotes.club", NORA, "proven")
    assert nora["key"]["type"] == "ssh-ed25519"
    assert nora["key"]["bits"] == 256
    assert {m["state"] for m in nora["mails"]} <= {"waiting", "failed"}

    status, out, err = club.run("request approve", "nora")
    assert (status, err) == (DONE, "")
    assert out.startswith("nora@remotes.club: approved")
    assert [row["userid"] for row in club.json("request list")] == ["otto"]
    assert [row["state"] for row
            in by_name(club.json("request list --all"))] == [
                "asked", "approved"]
    assert club.json("forward list", "nora@remotes.club")[0]["target"] == NORA
    assert "welcome" in templates(club, "nora")

    status, _, err = club.run("request approve", "nora")
    assert status == NO and "approved already" in err
    status, out, err = club.run("request delete", "nora")
    assert status == DONE and "the account stays" in out
    assert club.run("request show", "nora")[0] == NO
    assert club.json("forward list", "nora@remotes.club")[0]["target"] == NORA


def test_refuses_and_says_why(either):
    club = either
    club.ask("otto", OTTO)
    club.ask("nora", NORA, proven=True)
    status, out, _ = club.run("request refuse", "otto", "nora", "--reason",
                              "We are full")
    assert status == DONE
    assert "otto@remotes.club: refused; its mailbox is not proven" in out
    assert "nora@remotes.club: refused; its mailbox is told so" in out
    assert club.run("request list -q") == (DONE, "", "")
    shown = club.json("request show", "nora")
    assert (shown["state"], shown["reason"]) == ("refused", "We are full")
    assert "refused" in templates(club, "nora")
    assert "refused" not in templates(club, "otto")
    assert club.run("request approve", "nora")[0] == NO


def test_nobody_is_approved_unproven(either):
    club = either
    club.ask("otto", OTTO)
    club.ask("nora", NORA, proven=True)
    status, out, err = club.run("request approve", "otto", "zoe", "nora")
    assert status == NO
    assert "otto@remotes.club: not proven yet" in err
    assert "zoe: no such request" in err
    assert "nora@remotes.club: approved" in out  # the others are
    assert club.json("request show", "otto")["state"] == "asked"


def test_resends_a_code_but_not_at_once(club):
    club.ask("otto", OTTO)
    status, _, err = club.run("request resend", "otto")
    assert status == NO and err.startswith("postward: ")
    club.ask("nora", NORA, proven=True)
    assert club.run("request resend", "nora")[0] == NO


def test_deletes(club):
    request = club.ask("otto", OTTO)
    assert club.run("request delete", request)[0] == DONE
    assert club.json("request list --all") == []
    assert club.run("request delete", request)[0] == NO


@pytest.mark.parametrize("words", [
    "request approve", "request refuse", "request show",
    "request show a b", "request list nora", "request list --reason x",
    "request approve nora --all", "request list -x"])
def test_wrong_usage(club, words):
    status, out, err = club.run(words)
    assert (status, out) == (USAGE, "")
    assert err


def test_waits_for_the_store(club):
    club.postward.database.write_bytes(b"no database at all" * 100)
    for words in ("list", "show x", "approve x", "refuse x", "delete x",
                  "resend x"):
        assert club.run(f"request {words}")[0] == TRY_LATER, words


# ---- what is shown


def test_shows_all_of_one(club):
    request = club.ask("nora", NORA, KEY, "I like gardens.", proven=True)
    club.sql("UPDATE request SET note = ?", NOTE)
    for which in ("nora", "nora@remotes.club", request):
        status, out, _ = club.run("request show", which, env=environment())
        assert status == DONE
        assert request in out and NORA in out
        assert re.search(r"ssh-ed25519, 256 bits, SHA256:[\w+/]{43}", out)
        assert "nora@laptop" in out
        assert re.search(r"Proven +✓ 20", out)
    assert "\x1b" not in out
    note = out.split("Note\n")[1].split("Mail\n")[0].splitlines()
    assert note[0] == "    I like gardens."
    assert note[1] == "    And \\x1b[2J rain,\\x09most \\xc2\\x80 days."
    assert club.json("request show", "nora")["note"] == NOTE


def test_shows_what_became_of_mail(club):
    club.ask("nora", NORA)
    club.mail("later", "451 not now")
    out = club.run("request show", "nora")[1]
    assert f"verify to {NORA}: waiting" in out and ": 451 not now" in out
    assert "waiting" in club.run("request list")[1]
    assert club.run("request list -q") == (DONE, "", "")


@pytest.mark.parametrize("outcome, word", [
    ("bounced", "bounced ✗"), ("refused", "failed ✗")])
def test_mail_that_came_back_needs_somebody(club, outcome, word):
    club.ask("nora", NORA)
    club.mail(outcome, "550 5.1.1 \x1b[31mno such user")
    for words in ("request list", "request list -q", "request show nora"):
        out = club.run(words, env=environment())[1]
        assert word in out, words
        assert "\x1b" not in out
    [row] = club.json("request list -q")
    assert "550 5.1.1" in row["mails"][-1]["error"]


def test_quiet_says_who_waits_for_a_decision(club):
    club.ask("otto", OTTO)
    assert club.run("request list -q") == (DONE, "", "")
    assert club.run("request list --quiet --json") == (DONE, "", "")
    club.ask("nora", NORA, proven=True)
    out = club.run("request list -q")[1]
    assert "nora" in out and "otto" not in out
    club.run("request approve", "nora")
    assert club.run("request list -q") == (DONE, "", "")


def test_a_table_for_people(club):
    club.ask("nora", NORA, KEY, proven=True)
    club.ask("otto", OTTO)
    header, *rows = club.run("request list", env=environment())[
        1].splitlines()
    nora, otto = sorted(rows)
    assert re.split(r"  +", header) == [
        "User id", "Mailbox", "Proven", "Key", "Mail", "Provision", "Asked",
        "State"]
    assert re.split(r"  +", nora)[:4] == ["nora", NORA, "✓",
                                          "ssh-ed25519 256"]
    assert re.split(r"  +", otto)[:4] == ["otto", OTTO, "✗", "-"]
    assert nora.index("ssh-") == header.index("Key") == otto.index("-  ")


def test_marks_are_words_without_utf_8(club):
    club.ask("otto", OTTO)
    club.mail("refused", "550 no")
    club.ask("nora", NORA, proven=True)
    for locale in ("C", "POSIX", "no_SUCH.UTF-8"):
        out = club.run("request list", env=environment(LANG=locale))[1]
        assert out.isascii()
        assert re.search(r"^nora .* yes ", out, re.M)
        assert re.search(r"^otto .* no .* failed ", out, re.M)


def test_colours_on_a_terminal_only(club):
    club.ask("nora", NORA, proven=True)
    club.ask("otto", OTTO)
    shown = on_terminal(club, "request list")
    assert "\x1b[32m✓\x1b[0m" in shown and "\x1b[31m✗\x1b[0m" in shown
    plain = club.run("request list", env=environment())[1]
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d*m", "", shown).split() == plain.split()
    rows = [re.sub(r"\x1b\[\d*m", "", line)
            for line in shown.splitlines()]
    assert [row.rstrip() for row in rows] == plain.splitlines()
    for changes in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_terminal(club, "request list", **changes)
    assert "\x1b" in on_terminal(club, "request list", NO_COLOR="")


# ---- provisioning


ENVIRONMENT = "env | sort; echo key: $(cat)"


def test_provisions_what_was_approved(either):
    club = either
    club.command(ENVIRONMENT)
    request = club.ask("nora", NORA, KEY, proven=True)
    status, out, err = club.run("request approve", "nora")
    assert (status, err) == (DONE, "")
    if os.geteuid() != 0:
        assert "postward request provision" in out
        assert "waiting" in club.run("request list")[1]
        out = club.run("request provision")[1]
    for line in ("POSTWARD_USERID=nora", f"POSTWARD_MAILBOX={NORA}",
                 f"POSTWARD_REQUEST={request}", f"key: {KEY}"):
        assert f"nora: {line}" in out.splitlines()
    assert "HOME" not in out
    assert club.json("request show", "nora")["provision"]["state"] == "done"
    assert club.run("request list") == (DONE, "", "")
    assert club.run("request provision") == (DONE, "", "")


def test_what_was_approved_before_approvals_were_signed(club):
    """Of an older version: it is approved once more, and no mail is sent."""
    club.command("echo made")
    club.ask("nora", "nora@elsewhere.example", KEY, proven=True)
    club.run("request approve", "nora")
    club.sql("UPDATE provision SET done = 0, last_error = NULL")
    club.sql("UPDATE request SET approval = NULL")
    mails = len(club.json("request show", "nora")["mails"])
    status, _, err = club.run("request provision")
    assert status == NO and "nora: forged" in err
    assert "broken" in club.run("check")[1]
    assert club.run("request approve", "nora")[0] == DONE
    club.run("request provision")
    shown = club.json("request show", "nora")
    assert (shown["approval"], shown["provision"]["state"]) == (
        "signed", "done")
    assert len(shown["mails"]) == mails


def test_a_provision_that_fails_is_seen_and_tried_again(club):
    club.command("echo 'no room \x1b[2J' >&2; exit 3")
    club.ask("nora", NORA, KEY, proven=True)
    club.ask("otto", OTTO, KEY, proven=True)
    club.run("request approve", "nora", "otto")
    status, out, err = club.run("request provision -q")
    assert status in (DONE, TRY_LATER)  # root has tried at once
    assert out == "" and "\x1b" not in err
    for words in ("request list", "request list -q", "request show nora"):
        out = club.run(words, env=environment())[1]
        assert "failing ✗" in out and "\x1b" not in out
    for row in club.json("request list"):
        assert row["provision"]["attempts"] >= 1
        assert row["provision"]["error"]
    assert re.search(r"^warning +provision +nora: ", club.run("check")[1], re.M)
    club.command("true")
    for _ in range(200):
        if club.run("request list") == (DONE, "", ""):
            break
        club.run("request provision")
    assert [row["provision"]["state"] for row
            in club.json("request list --all")] == ["done", "done"]


def test_the_status_of_a_provision_that_fails(club):
    club.command("exit 3")
    club.ask("nora", NORA, KEY, proven=True)
    status, out, err = club.run("request approve", "nora")
    if os.geteuid() != 0:
        status, out, err = club.run("request provision")
    assert status == TRY_LATER
    assert "nora: " in err and "3" in err


def test_without_a_command_nothing_is_provisioned(club):
    club.ask("nora", NORA, proven=True)
    out = club.run("request approve", "nora")[1]
    assert "provision" not in out
    assert "section provision" in club.run("request provision")[1]
    assert club.run("request provision -q") == (DONE, "", "")


# ---- what check says of it


def test_check_looks_at_what_newcomers_need(club):
    def state_of(what):
        return {row["what"]: (row["state"],
                              "\n".join([row["words"], *row["cure"]]))
                for row in json.loads(club.run("check", "--json")[1])}.get(
                    what)

    assert state_of("templates")[0] == "ok"
    assert state_of("mailer.from")[0] == "warning"
    assert "account add postmaster@remotes.club" in state_of("mailer.from")[1]
    assert state_of("mailer.smtp") is None
    assert state_of("signup") is None
    assert state_of("outbox") == ("ok", "0 to be sent")

    club.ask("otto", OTTO)
    folder = club.stage.folder / "templates"
    folder.mkdir()
    (folder / "verify.txt").write_text("Hello!\n")
    club.postward.change({
        "mailer": {"templates": str(folder), "smtp": "smtp://127.0.0.1:1"},
        "signup": {"listen": f"unix:{club.stage.folder}/signup"},
        "provision": {"command": ["/no/such/command"]}})
    assert state_of("templates")[0] == "broken"
    assert f"{folder}/verify.txt:1: " in state_of("templates")[1]
    assert state_of("mailer.smtp")[0] == "broken"
    assert "Connection refused" in state_of("mailer.smtp")[1]
    assert "postfix/master.cf" in state_of("mailer.smtp")[1]
    assert state_of("signup")[0] == "broken"
    assert "is postward-signup running?" in state_of("signup")[1]
    assert state_of("provision")[0] == "broken"
    assert state_of("outbox") == ("ok", "1 to be sent")
    club.sql("UPDATE outbox SET created = created - 4000")
    assert state_of("outbox")[0] == "warning"
    assert "is postward-mailer running?" in state_of("outbox")[1]
