# SPDX-License-Identifier: MIT
"""What the administrator's command shows of a store in which anything may
stand, and of one with more in it than fits into memory."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import unicodedata

import pytest

from harness.members import asked, change, id_of
from harness.postward import build
from harness.protocols import MapClient, netstring
from harness.stage import PATIENCE

HOSTILE = [
    b"e\x1b[31mvil", b"\x1b]0;owned\x07", b"\x9b2J\x90", b"\xff\xfe\x80",
    b"cut \xe2\x80", b"\xed\xa0\x80 \xf4\x90\x80\x80 \xc0\xaf",
    "bob\u202egro\u200b\u2028".encode(), b"a\nb\r\tc\x7f\x08", b'"\\u001b\\"',
    bytes(range(1, 256)),
]


def is_seen(text):
    """By the tables of Python, not ours."""
    return all(c in " \n" or unicodedata.category(c)[0] in "LMNPS"
               for c in text)


def shown(postward, words, status=(0,)):
    """The text that is printed, and the JSON, read as strictly as can be."""
    def run(*more):
        done = subprocess.run(
            [build() / "bin/postward", *words.split(), "-c", postward.file,
             *more], capture_output=True, timeout=PATIENCE, check=False,
            env={**os.environ, "MAIL_CONFIG": "/nonexistent"})
        assert done.returncode in status, done.stderr
        assert is_seen(done.stderr.decode())
        return done.stdout.decode()  # strict

    plain, text = run(), run("--json")
    assert is_seen(plain), plain
    assert is_seen(text.replace("\t", " ")), text
    return plain, json.loads(text)


def fill(postward, sql, rows):
    with contextlib.closing(sqlite3.connect(postward.database)) as db, db:
        db.executemany(sql, rows)


@pytest.mark.parametrize("kind", ["TEXT", "BLOB"])
def test_a_list_shows_what_no_terminal_should_get(postward, kind):
    fill(postward, "INSERT INTO account (address, state, created) "
         f"VALUES (CAST(? AS {kind}), 'active', 1)",
         [(b"%d" % i + text,) for i, text in enumerate(HOSTILE)])
    fill(postward, "INSERT INTO forward (account, target, state, created, "
         f"verified_at) VALUES (?, CAST(? AS {kind}), 'active', 1, 1)",
         [("ann@remotes.club", text) for text in HOSTILE])
    plain, rows = shown(postward, "account list")
    assert len(plain.splitlines()) == 1 + len(rows)
    addresses = [row["address"] for row in rows]
    assert "0e\x1b[31mvil" in addresses
    assert "3\ufffd\ufffd\ufffd" in addresses
    assert "0e\\x1b[31mvil" in plain and "3\\xff\\xfe\\x80" in plain
    for words in ("forward list", "forward list ann@remotes.club"):
        plain, rows = shown(postward, words)
        assert len(plain.splitlines()) == 1 + len(rows)
        assert "bob\u202egro\u200b\u2028" in [row["target"] for row in rows]
        assert "bob\\u{202e}gro\\u{200b}\\u{2028}" in plain
    shown(postward, "check", status=(0, 1, 2, 3))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_request_shows_what_no_terminal_should_get(postward, text):
    postward.start_signup()
    _, page = asked(postward)
    which = id_of(page)
    change(postward, "UPDATE request SET userid = CAST(?1 AS TEXT), "
           "email = CAST(?1 AS TEXT), pubkey = CAST(?1 AS TEXT), "
           "note = CAST(?1 AS TEXT), reason = CAST(?1 AS TEXT)", text)
    change(postward, "UPDATE outbox SET recipient = CAST(?1 AS TEXT), "
           "template = CAST(?1 AS TEXT), queue_id = CAST(?1 AS TEXT), "
           "last_error = CAST(?1 AS TEXT)", text)
    change(postward, "INSERT INTO provision (request, next_try, lease_until, "
           "attempts, done, last_error) "
           "VALUES (?2, 1, 0, 1, 0, CAST(?1 AS TEXT))", text, which)
    _, [row] = shown(postward, "request list --all")
    assert row["id"] == which
    _, row = shown(postward, f"request show {which}")
    assert row["note"] == row["mails"][0]["error"]
    shown(postward, "check", status=(0, 1, 2, 3))


@pytest.mark.parametrize("words", [
    "explain --client {}", "explain --client 192.0.2.1 --helo {} --from {} "
    "--to {}", "spf --ip {} --helo x.example", "spf --ip 192.0.2.1 --helo {}",
    "spf --ip 192.0.2.1 --from {}@example.org", "dnsbl {}",
    "srs forward {}@example.org", "srs reverse SRS0={}@remotes.club",
    "srs forward a@example.org --at {}", "request show {}", "account add {}",
    "forward add ann@remotes.club {}", "{}", "account {}",
    "account list --{}", "account list -{}", "dnsbl --resolver {}",
    "dnsbl --dns-timeout {}", "account list -c {}",
])
def test_an_argument_shows_what_no_terminal_should_get(shared, words):
    for text in (b"\x1b[31m", b"\xff\x9b", "\u202e".encode()):
        argv = [word.encode().replace(b"{}", text) for word in words.split()]
        if b"-c" not in argv:
            argv += [b"-c", str(shared.file).encode()]
        done = subprocess.run([build() / "bin/postward", *argv], check=False,
                              capture_output=True, timeout=PATIENCE)
        assert done.returncode in (0, 1, 2, 75)
        assert is_seen((done.stdout + done.stderr).decode().replace(
            "\n\t", "\n ")), argv


@pytest.mark.parametrize("table", ["forward", "srs-forward", "srs-reverse",
                                   "domain", "\x1b[31mno"])
def test_the_mail_log_gets_no_stranger_s_bytes(postward, table):
    """Postfix logs what a table answers when it cannot."""
    postward.start_forwarder()
    postward.database.write_bytes(b"\xa5" * 20_000)
    with MapClient(postward.forwarder_socket) as client:
        for text in HOSTILE:
            for form in (b"%s", b"%s@remotes.club", b'"%s"@remotes.club',
                         b"SRS0=%s=AA=x.example=ann@remotes.club"):
                client.send(netstring(table.encode() + b" " + form % text))
                assert is_seen(client.answer()), form


# ---- lists that are long


def many(postward, n):
    fill(postward, "INSERT INTO account (address, state, created) "
         "VALUES (?, 'active', 1764000000)",
         ((f"u{i:07}@remotes.club",) for i in range(n)))


def peak_of(postward, words):
    """KiB of memory at most, and the lines."""
    measure = ("import os, resource, subprocess, sys\n"
               "n = sum(1 for _ in subprocess.Popen(sys.argv[1:], "
               "stdout=subprocess.PIPE).stdout)\n"
               "os.wait()\n"
               "print(n, resource.getrusage("
               "resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run(
        [sys.executable, "-c", measure, build() / "bin/postward",
         *words.split(), "-c", postward.file], check=True, text=True,
        stdout=subprocess.PIPE, timeout=PATIENCE,
        # What is freed is freed, with the address sanitizer too.
        env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"})
    lines, peak = map(int, done.stdout.split())
    return peak, lines


def test_a_long_list_takes_no_more_memory_than_a_short_one(postward):
    many(postward, 1_100)
    fill(postward, "INSERT INTO forward (account, target, state, created) "
         "SELECT address, 'a@mailbox.example', 'active', 1 FROM account "
         "WHERE address LIKE ?", [("u%",)])
    words = ["account list", "account list --json", "forward list --json"]
    short = [peak_of(postward, w) for w in words]
    fill(postward, "DELETE FROM forward WHERE account LIKE ?", [("u%",)])
    fill(postward, "DELETE FROM account WHERE address LIKE ?", [("u%",)])
    many(postward, 200_000)
    fill(postward, "INSERT INTO forward (account, target, state, created) "
         "SELECT address, 'a@mailbox.example', 'active', 1 FROM account "
         "WHERE address LIKE ?", [("u%",)])
    for before, w in zip(short, words):
        peak, lines = peak_of(postward, w)
        assert lines > 200_000 > before[1]
        assert peak < before[0] + 16_000, w


def members(postward, first, n):
    """Approved, with much to tell, mail that waits, and a command that
    fails."""
    fill(postward, "INSERT INTO request (id, userid, address, email, note, "
         "state, code_expires, code_sent, code_wrong, codes, created, proven, "
         "decided) VALUES (?1, ?1, ?1, 'a@b.example', ?2, 'approved', 0, 0, "
         "0, 1, 1, 1, 1)", ((f"u{i:07}", "x" * 2_000) for i in range(first, n)))
    fill(postward, "INSERT INTO outbox (id, dedup_key, about, recipient, "
         "template, texts, state, created, next_try, deadline, lease_until, "
         "sent, attempts, last_error) SELECT id, id, 'request:' || id, email, "
         "'welcome', note, 'new', 7, 7, 7, 0, 0, 1, 'not today' FROM request "
         "WHERE id >= ?", [(f"u{first:07}",)])
    fill(postward, "INSERT INTO provision (request, next_try, lease_until, "
         "attempts, done, last_error) SELECT id, 0, 0, 3, id = 'u0000033', "
         "'no room' FROM request WHERE id >= ?", [(f"u{first:07}",)])


def test_check_takes_no_more_memory_for_many_members(postward):
    postward.change({"mailer": {"smtp": "smtp://127.0.0.1:1"}})
    members(postward, 0, 40)
    before, _ = peak_of(postward, "check")
    looks = json.loads(postward.run("check", "--json", "-c",
                                    postward.file).stdout)
    told = [look for look in looks if look["what"] == "provision"]
    assert len(told) == 21
    assert told[0]["state"] == "broken" and "u0000033" in told[0]["words"]
    assert all("no room; it has failed 3 times" in look["words"]
               for look in told[1:-1])
    assert told[-1]["words"].startswith("and 20 more")
    outbox, = [look for look in looks if look["what"] == "outbox"]
    assert outbox["words"].startswith("40 to be sent, the oldest since 1970")
    assert outbox["words"].endswith("not today")
    members(postward, 40, 20_000)
    assert peak_of(postward, "check")[0] < before + 16_000


def test_a_wide_cell_moves_only_its_own_row(postward):
    many(postward, 2_000)
    wide = "z" * 200 + "@remotes.club"
    fill(postward, "INSERT INTO account (address, state, created) "
         "VALUES (?, 'active', 1)", [(wide,)])
    lines = postward.cli("account list").splitlines()
    assert lines[-1] == f"{wide}  active  -         1970-01-01 00:00:01Z"
    assert len({line.index("active") for line in lines[1:-1]}) == 1


def break_at(postward, address):
    """From that account on the database cannot be read."""
    octets = bytearray(postward.database.read_bytes())
    size = int.from_bytes(octets[16:18], "big")
    leaves = [page for page in range(0, len(octets), size)
              if octets[page] in (0x0a, 0x0d)
              and address.encode() in octets[page:page + size]]
    for page in leaves:
        octets[page] = 0xff
    assert leaves
    postward.database.write_bytes(octets)


@pytest.mark.parametrize("at, written", [(500, False), (4_000, True)])
def test_a_list_that_breaks_off_says_so(postward, at, written):
    many(postward, 5_000)
    break_at(postward, f"u{at:07}@remotes.club")
    done = postward.run("account", "list", "--json", "-c", postward.file)
    assert done.returncode == 75
    assert "restore it from a backup" in done.stderr
    assert ("the list is not whole" in done.stderr) == written
    if written:
        rows = json.loads(done.stdout)
        assert 1_000 < len(rows) < 4_100
        first = [row["address"] for row in rows].index(
            "u0000000@remotes.club")
        assert rows[-1]["address"] == \
            f"u{len(rows) - first - 1:07}@remotes.club"
    else:
        assert done.stdout == ""
    done = postward.run("account", "list", "-c", postward.file)
    assert done.returncode == 75
    assert (done.stdout != "") == written


def test_a_list_that_finds_no_room_says_so(postward):
    with open("/dev/full", "w", encoding="ascii") as full:
        for more in ([], ["--json"]):
            done = subprocess.run(
                [build() / "bin/postward", "account", "list", "-c",
                 postward.file, *more], stdout=full, stderr=subprocess.PIPE,
                text=True, timeout=PATIENCE, check=False)
            assert done.returncode == 75
            assert "cannot be written" in done.stderr
