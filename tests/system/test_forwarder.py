# SPDX-License-Identifier: MIT
"""postward-forwarder at its socket: its tables, bad input, trouble."""

import contextlib
import os
import sqlite3
import subprocess

import pytest

from harness.protocols import Client, MapClient, netstring
from harness.stage import PATIENCE, until


@pytest.fixture
def running(postward):
    postward.start_forwarder()
    return postward


def ask(postward, table, key):
    with MapClient(postward.forwarder_socket) as client:
        return client.ask(table, key)


# ---- answers


@pytest.mark.parametrize("table, key, answer", [
    ("forward", "ann@remotes.club", "OK ann@mailbox.example"),
    ("forward", "ANN@Remotes.Club", "OK ann@mailbox.example"),
    ("forward", "ann+news@remotes.club", "OK ann@mailbox.example"),
    ("forward", "ann+@remotes.club", "OK ann@mailbox.example"),
    ("forward", "annie@remotes.club", "OK ann@mailbox.example"),
    ("forward", "anybody@guild.club", "OK gil@mailbox.example"),
    ("forward", "any+body@guild.club", "OK gil@mailbox.example"),
    ("forward", "bob@remotes.club", "NOTFOUND "),
    ("forward", "zoe@remotes.club", "NOTFOUND "),
    ("forward", "ann@elsewhere.example", "NOTFOUND "),
    ("forward", "ann@mailbox.example", "NOTFOUND "),
    ("forward", "", "NOTFOUND "),
    # How Postfix asks for the null sender.
    ("forward", '""', "NOTFOUND "),
    ("forward", "ann", "NOTFOUND "),
    ("forward", "@remotes.club", "NOTFOUND "),
    ("forward", "ann@remotes.club@remotes.club", "NOTFOUND "),
    ("forward", "a b c", "NOTFOUND "),
    ("forward", "änn@remotes.club", "NOTFOUND "),
    ("domain", "remotes.club", "OK remotes.club"),
    ("domain", "Remotes.Club", "OK remotes.club"),
    ("domain", "guild.club", "OK guild.club"),
    ("domain", "sub.remotes.club", "NOTFOUND "),
    ("domain", "elsewhere.example", "NOTFOUND "),
    ("domain", "", "NOTFOUND "),
    ("domain", "not a domain", "NOTFOUND "),
])
def test_answers(shared, table, key, answer):
    assert ask(shared, table, key) == answer


def test_answers_all_targets_of_an_account(shared):
    """ann's own forward among them, in no certain order."""
    verb, _, targets = ask(shared, "forward", "team@remotes.club").partition(
        " ")
    assert verb == "OK"
    assert sorted(targets.split(",")) == [
        "ann@mailbox.example", "carl@mailbox.example"]


def test_says_which_tables_there_are(shared):
    answer = ask(shared, "forwards", "ann@remotes.club")
    assert answer.startswith("PERM ") and "forward" in answer


def test_answers_many_requests_of_one_connection(shared):
    with MapClient(shared.forwarder_socket) as client:
        for _ in range(100):
            assert client.ask("domain", "remotes.club") == "OK remotes.club"
            assert client.ask("forward", "bob@remotes.club") == "NOTFOUND "


def test_answers_requests_that_come_together(shared):
    with MapClient(shared.forwarder_socket) as client:
        client.send(netstring(b"domain remotes.club") +
                    netstring(b"domain elsewhere.example"))
        assert client.answer() == "OK remotes.club"
        assert client.answer() == "NOTFOUND "


def test_answers_a_request_that_comes_in_crumbs(shared):
    with MapClient(shared.forwarder_socket) as client:
        for octet in netstring(b"domain remotes.club"):
            client.send(bytes([octet]))
        assert client.answer() == "OK remotes.club"


@pytest.mark.parametrize("length", [64, 300, 1_000, 10_000])
@pytest.mark.parametrize("form", ["{}@remotes.club", "ann+{}@remotes.club",
                                  "ann@{}.club", "{}"])
def test_a_long_address_is_nobodys(shared, form, length):
    answer = ask(shared, "forward", form.format("x" * length))
    assert answer in ("NOTFOUND ", "OK ann@mailbox.example")
    assert answer == "NOTFOUND " or form.startswith("ann+") and length < 300


def test_a_suspended_account_and_a_paused_forward_have_no_target(running):
    key = "ann@remotes.club"
    running.cli("forward pause", key, "ann@mailbox.example")
    assert ask(running, "forward", key) == "NOTFOUND "
    running.cli("forward resume", key, "ann@mailbox.example")
    assert ask(running, "forward", key) == "OK ann@mailbox.example"
    running.cli("account suspend", key)
    assert ask(running, "forward", key) == "NOTFOUND "
    running.cli("account resume", key)
    assert ask(running, "forward", key) == "OK ann@mailbox.example"


def test_a_cycle_has_no_target(running):
    """No command makes one; a hand in the database may."""
    for account, target in (("x", "y@remotes.club"), ("y", "z@remotes.club"),
                            ("z", "zoe@mailbox.example")):
        running.cli("account add", f"{account}@remotes.club")
        running.cli("forward add --confirmed", f"{account}@remotes.club", target)
    key = "x@remotes.club"
    assert ask(running, "forward", key) == "OK zoe@mailbox.example"
    with contextlib.closing(sqlite3.connect(running.database)) as db, db:
        db.execute("UPDATE forward SET target = 'x@remotes.club' "
                   "WHERE account = 'z@remotes.club'")
    assert ask(running, "forward", key) == "NOTFOUND "
    until("a word about the cycle", lambda: "cycle" in running.forwarder.log())


# ---- bad input


@pytest.mark.parametrize("octets", [
    b"1000000000000:forward ann@remotes.club,",
    b"99999999999999999999999999999999999999:",
    b"20000:" + b"x" * 20_000 + b",",
    b"4294967297:x,",
    b"-1:,",
    b"+4:abcd,",
    b" 4:abcd,",
    b"04:abcd,",
    b"0x4:abcd,",
    b":,",
    b",",
    b"4;abcd,",
    b"4:abcd;",
    b"4:abcd\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\0" * 100,
    b"\x16\x03\x01\x02\x00",
    netstring(b""),
    netstring(b"forward"),
    netstring(b"forward ann\0@remotes.club"),
])
def test_closes_on_nonsense(running, octets):
    """No answer, one line in the log, and everybody else is served."""
    def talk():
        with Client(running.forwarder_socket) as client:
            with contextlib.suppress(BrokenPipeError):
                client.send(octets)
            assert client.rest() == b""

    [line] = running.lines_about(running.forwarder, talk)
    assert line.isprintable() and len(line) < 400
    assert ask(running, "domain", "remotes.club") == "OK remotes.club"


@pytest.mark.parametrize("octets", [
    b"3", b"30:", b"30:forward ann@remotes", b"4:abcd"])
def test_a_half_request_is_given_up(postward, octets):
    postward.change({"forwarder": {"deadline": "1s"}})
    postward.start_forwarder()
    with Client(postward.forwarder_socket) as client:
        client.send(octets)
        assert client.rest() == b""
    until("a word about it", lambda: "closed" in postward.forwarder.log())


def test_control_bytes_stay_out_of_the_log(running):
    [line] = running.lines_about(running.forwarder, lambda: ask(
        running, "forward", "\x1b[31mann\r\n@remotes.club"))
    assert line.isprintable()


# ---- trouble


def test_a_missing_store_is_temporary(running):
    running.database.unlink()
    answer = ask(running, "forward", "zoe@remotes.club")
    assert answer.startswith("TEMP ") and str(running.database) in answer
    # It may be one of the store's.
    assert ask(running, "domain", "elsewhere.example").startswith("TEMP ")
    assert ask(running, "domain", "remotes.club") == "OK remotes.club"


def test_a_corrupt_store_is_temporary(postward):
    postward.database.write_bytes(b"\xa5" * 20_000)
    postward.start_forwarder()
    answer = ask(postward, "forward", "ann@remotes.club")
    assert answer.startswith("TEMP ")
    postward.says(postward.forwarder, str(postward.database))


def test_reload_and_end(running):
    with MapClient(running.forwarder_socket) as client:
        assert client.ask("domain", "third.club") == "NOTFOUND "
        running.change({"": {"domains": ["third.club"]}})
        running.reload(running.forwarder)
        assert client.ask("domain", "third.club") == "OK third.club"
    assert running.forwarder.stop() == 0
    assert not running.forwarder_socket.exists()


# ---- Postfix's own client


@pytest.mark.parametrize("key, status, words", [
    ("ann@remotes.club", 0, "ann@mailbox.example\n"),
    ("zoe@remotes.club", 1, ""),
])
def test_postmap_asks(stage, running, key, status, words):
    main = stage.folder / "main.cf"
    main.write_text("compatibility_level = 3.6\n"
                    f"queue_directory = {stage.folder}\n"
                    f"meta_directory = {stage.folder}\n")
    os.utime(main, (0, 0))  # Postfix waits for a file that is very new
    done = subprocess.run(
        ["/usr/sbin/postmap", "-c", stage.folder, "-q", key,
         f"socketmap:unix:{running.forwarder_socket}:forward"],
        text=True, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (status, words), done.stderr
