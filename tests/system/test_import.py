# SPDX-License-Identifier: MIT
"""Forwards from other programs' files, and back into them."""

import contextlib
import json
import shutil
import sqlite3
import subprocess

import pytest

from harness.mariadb import Mariadb
from harness.postward import Postward
from harness.stage import Stage

NOBODY = "127.0.0.1:9"  # DNS is not asked

# format: (what is imported, what is stored then)
FILES = {
    "aliases": ('postmaster: ann\nann: a@x.example,\n  b@x.example\n'
                '"odd one": "c d"@x.example\n', 3),
    "virtual": ("remotes.club anything\nann@remotes.club a@x.example\n"
                '@remotes.club b@x.example\n"odd one"@remotes.club '
                '"c d"@x.example, jörg+x@x.example\n', 3),
    "postfixadmin": ("address\tgoto\tactive\n"
                     "ann@remotes.club\ta@x.example,b@x.example\t1\n"
                     "bob@remotes.club\tb@x.example\t0\n", 2),
    "csv": ("address,target,state,suspended,strategy\n"
            "ann,a@x.example,active,no,hold\nann,b@x.example,paused,no,hold\n"
            '"""odd one""@remotes.club","""c d""@x.example",,yes,\n'
            "carl@remotes.club,,,,\n", 3),
}


@pytest.fixture(params=["sqlite", "mariadb"], scope="module")
def house(request):
    """A store on each driver, for all tests of this file."""
    with Stage() as stage:
        server = Mariadb(stage).start() if request.param == "mariadb" else None
        it = Postward(stage, stage.folder / "run", NOBODY,
                      {"store": {"url": server.url()}} if server else {})
        it.cli("store init")
        it.server = server
        yield it


@pytest.fixture
def empty(house):
    """Without accounts."""
    forget(house)
    return house


def forget(postward):
    server = getattr(postward, "server", None)
    if server:
        server.ask("DELETE FROM postward.account")
        return
    with contextlib.closing(sqlite3.connect(postward.database)) as store:
        store.execute("PRAGMA foreign_keys = ON")
        store.execute("DELETE FROM account")
        store.commit()


def bring(postward, text, *argv):
    """(status, stdout, stderr) of importing that text."""
    done = postward.run("import", "-", "-c", str(postward.file), "--domain",
                        "remotes.club", *argv, input=text)
    return done.returncode, done.stdout, done.stderr


def exported(postward, form):
    return postward.cli(f"export --domain remotes.club --format {form}")


def state_of(postward):
    return postward.cli_json("account list"), postward.cli_json("forward list")


def test_all_formats_there_and_back(empty):
    for form, (text, n) in FILES.items():
        forget(empty)
        nothing = state_of(empty)
        status, out, err = bring(empty, text, "--format", form, "--dry-run")
        assert status == 0 and f"{n} added" in out, (form, out, err)
        assert state_of(empty) == nothing
        assert bring(empty, text, "--format", form)[:2] == (
            0, f"{n} added, 0 changed, 0 unchanged\n")
        assert all(f["state"] != "pending" and f["verified"]
                   for f in state_of(empty)[1])
        back = exported(empty, form)
        assert bring(empty, back, "--format", form, "--dry-run")[:2] == (
            0, f"0 added, 0 changed, {n} unchanged; this was a dry run, "
               "nothing is changed\n"), form
        assert exported(empty, form) == back
        # CSV says all of it.
        before = state_of(empty)
        everything = empty.cli("export")
        forget(empty)
        assert bring(empty, everything, "--format", "csv")[0] == 0
        assert [(f["account"], f["target"], f["state"])
                for f in state_of(empty)[1]] == \
               [(f["account"], f["target"], f["state"]) for f in before[1]]


def test_all_or_nothing(empty):
    empty.cli("account add bob@remotes.club")
    empty.cli("forward add --confirmed bob@remotes.club b@x.example")
    empty.cli("account add carl@remotes.club")
    before = state_of(empty)
    status, out, err = bring(
        empty, "ann: a@x.example\nbob: c@x.example\ndora: |/bin/x\n"
        "eve: fred\nfred: eve\ncarl: c@x.example\n", "--format", "aliases")
    assert (status, out) == (1, "")
    assert err == (
        "postward: -:2: bob@remotes.club: is there and forwards to "
        "b@x.example; --replace makes it what the file says\n"
        "postward: -:3: dora@remotes.club: |/bin/x: a command is no forward\n"
        "postward: -:4: a cycle: fred@remotes.club forwards back to "
        "eve@remotes.club\n"
        "postward: -:5: a cycle: eve@remotes.club forwards back to "
        "fred@remotes.club\n"
        "postward: -: 4 wrong; nothing is changed\n")
    assert state_of(empty) == before
    text = "bob: c@x.example\ncarl: c@x.example\n"
    assert bring(empty, text, "--format", "aliases", "--replace")[:2] == (
        0, "0 added, 2 changed, 0 unchanged\n")
    assert [(f["account"], f["target"]) for f in state_of(empty)[1]] == [
        ("bob@remotes.club", "c@x.example"),
        ("carl@remotes.club", "c@x.example")]


def test_what_the_file_does_not_say_stays(empty):
    """Paused and pending targets, suspended accounts, in a file of lines."""
    bring(empty, FILES["csv"][0], "--format", "csv")
    empty.cli("forward add --print-code carl@remotes.club c@x.example")
    before = state_of(empty)
    assert bring(empty, "ann: a@x.example\n", "--format", "aliases")[:2] == (
        0, "0 added, 0 changed, 1 unchanged\n")
    assert state_of(empty) == before
    # An administrator's word is as good as the code.
    assert bring(empty, "carl: c@x.example\n", "--format", "aliases")[:2] == (
        0, "0 added, 1 changed, 0 unchanged\n")
    assert ("carl@remotes.club", "c@x.example", "active") in [
        (f["account"], f["target"], f["state"]) for f in state_of(empty)[1]]


def test_a_way_back_that_another_line_ends(empty):
    """What counts is what all lines have made of it."""
    bring(empty, "ann: a@x.example\nbob: ann\n", "--format", "aliases")
    assert bring(empty, "ann: bob\nbob: b@x.example\n", "--format",
                 "aliases", "--replace")[0] == 0


def test_targets_that_nobody_has_are_told(postward):
    status, out, err = bring(postward, "zoe@remotes.club ghost@remotes.club\n",
                             "--format", "virtual", "--dry-run")
    assert status == 0 and "zoe@remotes.club: would be added" in out
    assert "-:1: ghost@remotes.club, a target of zoe@remotes.club, is " \
           "nobody's address" in err


@pytest.mark.parametrize("argv", [
    (), ("--format", "passwd"), ("--format", "csv", "--domain", "x.example")])
def test_wrong_usage(postward, argv):
    assert bring(postward, "", *argv)[0] == 2


def test_a_file_that_is_not_there(postward):
    done = postward.run("import", "/nonexistent", "--format", "csv", "-c",
                        str(postward.file))
    assert done.returncode == 1 and "/nonexistent: No such file" in done.stderr


def test_many_lines(empty):
    """In one transaction, whose statements are made ready once."""
    text = "".join(f"user{i}@remotes.club user{i}@mailbox{i % 7}.example\n"
                   for i in range(3000))
    assert bring(empty, text, "--format", "virtual")[:2] == (
        0, "3000 added, 0 changed, 0 unchanged\n")
    assert sorted(empty.cli("export --format virtual").splitlines()) == \
        sorted(text.splitlines())


# $0 is a folder, $1 the bytes of its disk.
FULL = 'mount -t tmpfs -o size="$1" none "$0" || exit 77; shift; ' \
       'TMPDIR=$0 exec "$@"'


# The copy of the file has no room; what was read of it has none.
@pytest.mark.parametrize("room, what", [("1m", "file"), ("6m", "database")])
def test_a_full_temporary_disk(empty, stage, room, what):
    if empty.server:
        pytest.skip("the store does not matter")
    if subprocess.run(["unshare", "-m", "true"],
                      check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    empty.cli("account add bob@remotes.club")
    before = state_of(empty)
    text = "".join(f"user{i}@remotes.club user{i}@mailbox{i % 7}.example\n"
                   for i in reversed(range(100000)))
    argv = ["unshare", "-m", "sh", "-c", FULL, str(stage.folder), room]
    empty.prefix = argv
    try:
        status, out, err = bring(empty, text, "--format", "virtual")
    finally:
        empty.prefix = []
    if status == 77:
        pytest.skip("no disk can be mounted here")
    assert (status, out) == (75, "")
    assert err.startswith(f"postward: temporary {what}"), err
    assert "TMPDIR" in err, err
    assert state_of(empty) == before


@pytest.mark.skipif(not shutil.which("postmap"), reason="Postfix is missing")
def test_postfix_reads_what_is_exported(postward, stage):
    """postmap(1) finds the same keys and values."""
    forget(postward)
    bring(postward, FILES["virtual"][0], "--format", "virtual")
    table = stage.folder / "virtual"
    table.write_text(exported(postward, "virtual"))
    (stage.folder / "main.cf").write_text("compatibility_level = 3.6\n")
    postmap = ["postmap", "-c", stage.folder]
    done = subprocess.run([*postmap, f"hash:{table}"], text=True, check=False,
                          capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    listed = subprocess.run([*postmap, "-s", f"hash:{table}"], text=True,
                            check=True, capture_output=True).stdout
    assert bring(postward, listed.replace("\t", " "), "--format", "virtual",
                 "--dry-run")[1].startswith("0 added, 0 changed, 3 unchanged")


def test_json(empty):
    """What a program wants to know of it; nothing else is on the output."""
    text = "ann@remotes.club a@x.example\nbob@remotes.club b@x.example\n"
    argv = ("--format", "virtual", "--json")
    status, out, err = bring(empty, text, *argv, "--dry-run")
    told = json.loads(out)
    assert (status, err, told["done"]) == (0, "", False)
    assert (told["added"], told["changed"], told["unchanged"]) == (2, 0, 0)
    assert told["accounts"][0] == {
        "account": "ann@remotes.club", "change": "added", "suspended": False,
        "targets": [{"target": "a@x.example", "paused": False}],
        "strategy": None}
    status, out, err = bring(empty, text, *argv)
    told = json.loads(out)
    assert (status, err, told["done"], told["added"]) == (0, "", True, 2)
    assert "accounts" not in told
    status, out, err = bring(empty, "carl@remotes.club c@x.example\n"
                             "ann@elsewhere.example x@x.example\n\x1b\n",
                             *argv)
    told = json.loads(out)
    assert (status, err, told["done"]) == (1, "", False)
    assert {problem["line"] for problem in told["problems"]} == {2, 3}
    assert all(problem["text"] for problem in told["problems"])
    assert "carl" not in empty.cli("account list")
