# SPDX-License-Identifier: MIT
"""What both programs have in common, tried with policyd: signals, sockets,
options."""

import re
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from harness.postward import answers, build
from harness.protocols import (Client, PolicyClient, ask_policyd as ask,
                               policy_request)
from harness.stage import PATIENCE, quick, until


@pytest.fixture
def running(postward):
    postward.start_policyd()
    return postward


# ---- signals


def test_sighup_takes_a_new_configuration(running):
    with PolicyClient(running.policyd_socket) as client:
        assert client.ask(recipient="zoe@third.club") == "DUNNO"
        running.change({"": {"domains": ["remotes.club", "third.club"]}})
        running.reload(running.policyd)
        # The same connection, and so the same thread.
        assert client.ask(recipient="zoe@third.club").startswith("550 5.1.1")


def test_sighup_moves_to_another_socket(running):
    old, new = running.policyd_socket, running.policyd_socket.with_name("new")
    with PolicyClient(old) as client:
        assert client.ask() == "DUNNO"
        running.change({"policyd": {"listen": [f"unix:{new}"]}})
        running.reload(running.policyd)
        assert client.ask() == "DUNNO"
    with PolicyClient(new) as client:
        assert client.ask() == "DUNNO"
    assert not answers(old)


@pytest.mark.parametrize("settings, complaint", [
    ({"policyd": {"deadlin": "1s"}}, r"postward\.conf:\d+: .*deadline"),
    ({"policyd": {"deadline": "soon"}}, r"postward\.conf:\d+: .*expected"),
    ({"policyd": {"deadline": "1d"}}, r"postward\.conf:\d+: .*expected"),
    ({"allow": {"clients": ["192.0.2.1/24"]}},
     r"postward\.conf:\d+: .*expected"),
    ({"polyci": {"reject-at": 3}}, r"postward\.conf:\d+: .*policy"),
    ({"policyd": {"listen": ["unix:/proc/nowhere/policyd"]}}, r"nowhere"),
])
def test_sighup_keeps_the_old_configuration_if_the_new_is_wrong(
        running, settings, complaint):
    running.change(settings)
    running.reload(running.policyd, "the old configuration stays")
    assert re.search(complaint, running.policyd.log())
    assert ask(running) == "DUNNO"


CUT = [
    ("", r"postward\.conf: domains: expected at least one"),
    ("# hostname", r"postward\.conf: its last line has no end"),
    ('hostname = "mx.remotes.club"\n', r"domains: expected at least one"),
    ("domains = { }\n", r"domains: expected at least one"),
    ('domains = { "remotes.club" }\npolicyd {\n', r"never closed"),
    ('domains = { "remotes.club" }\npolicyd {\n\tgroup = "', r"quote"),
    ('domains = { "remotes.club" }\n# What is', r"is the file cut off"),
    ('domains = { "remotes.club" }\nhome-forwards = no', r"cut off"),
    ('domains = { "remotes.club" }\n\0\0\0', r"holds a NUL"),
    ('domains = { "remotes.club" }\nsrs { domain = "remotes.club"\n'
     'secrets-file = "/nonexistent" }\n', r"/nonexistent.*store init"),
    ('domains = { "remotes.club" }\nsrs { domain = "remotes.club"\n'
     'secrets-file = "/dev/null" }\n', r"no secret"),
]


@pytest.mark.parametrize("text, complaint", CUT)
def test_what_is_no_whole_configuration_is_not_taken(running, text, complaint):
    running.file.write_text(text)
    running.reload(running.policyd, "the old configuration stays")
    assert re.search(complaint, running.policyd.log())
    assert ask(running) == "DUNNO"


@pytest.mark.parametrize("name", ["policyd", "forwarder", "milter", "mailer",
                                  "signup"])
def test_what_is_no_whole_configuration_starts_nothing(stage, name):
    file = stage.folder / "postward.conf"
    program = build() / f"bin/postward-{name}"
    for text, complaint in CUT:
        if "srs {" in text and name in ("mailer", "signup"):
            continue  # They read no secrets.
        file.write_text(text)
        for options in ["-t"], []:
            done = subprocess.run([program, *options, "-c", file], text=True,
                                  capture_output=True, timeout=60,
                                  check=False)
            assert done.returncode == 1, text
            assert re.search(complaint, done.stderr), text


@pytest.mark.parametrize("make", [
    lambda file: file.unlink(),
    lambda file: (file.unlink(), file.mkdir()),
])
def test_a_configuration_that_is_gone_is_not_taken(running, make):
    make(running.file)
    running.reload(running.policyd, "the old configuration stays")
    assert ask(running) == "DUNNO"


def test_a_file_that_is_being_written_is_waited_for(running):
    """Its first half alone would move the socket and drop a domain."""
    running.change({"policy": {"reject-at": 11}})
    whole = running.file.read_text()
    half = whole[:whole.index("log {")].replace(', "guild.club"', "")
    assert "guild.club" not in half
    enough = threading.Event()
    took = []

    def write():
        while not enough.is_set():
            began = time.monotonic()
            with running.file.open("w") as file:
                file.write(half)
                file.flush()
                file.seek(0)
                file.write(whole)
            took.append(time.monotonic() - began)

    writer = threading.Thread(target=write)
    writer.start()
    failures = []
    for _ in range(3):
        running.policyd.signal(signal.SIGHUP)
        for recipient in "ann@remotes.club", "zoe@third.club":
            answer = ask(running, recipient=recipient)
            if answer != "DUNNO":
                failures.append(answer)
        until("an end of the reload", lambda: re.search(
            "somebody is writing it|read again", running.policyd.log()))
    enough.set()
    writer.join()
    running.reload(running.policyd)
    if max(took) > 0.05:
        pytest.skip("the machine is too busy to write a file in a moment")
    assert failures == []
    assert "no more" not in running.policyd.log()
    assert "is gone" not in running.policyd.log()


def test_sighup_reads_what_is_included_then(running):
    """A new file, a changed one, a wrong one, one that is gone."""
    folder = running.file.parent / "conf.d"
    running.change({"": {"include": ["conf.d/*.conf"]}})
    running.reload(running.policyd)
    assert ask(running, recipient="ann@third.club") == "DUNNO"
    folder.mkdir()
    site = folder / "site.conf"
    site.write_text('domains = { "remotes.club", "third.club" }\n')
    running.reload(running.policyd, "and 1 file that it includes")
    assert ask(running, recipient="ann@third.club").startswith("550 5.1.1")
    assert "guild.club is gone" in running.policyd.log()
    site.write_text("domains = { remotes.club }\nhostnme = x\n")
    running.reload(running.policyd, "the old configuration stays: "
                   f'{site}:2: unknown key "hostnme"')
    assert ask(running, recipient="ann@third.club").startswith("550 5.1.1")
    site.unlink()
    (folder / "dead.conf").symlink_to("/nonexistent")
    running.reload(running.policyd, "the old configuration stays: "
                   f"{folder}/dead.conf: No such file")
    (folder / "dead.conf").unlink()
    running.reload(running.policyd)
    assert ask(running, recipient="ann@third.club") == "DUNNO"


def test_what_a_reload_takes_away_is_said(running):
    old = running.policyd_socket
    running.change({"": {"domains": ["remotes.club"]},
                    "policyd": {"listen": [f"unix:{old}.new"]}})
    running.reload(running.policyd)
    log = running.policyd.log()
    assert re.search(r"warning: domains: guild\.club is gone", log)
    assert re.search(rf"warning: policyd\.listen: no more at unix:{old}:", log)
    assert log.count("is gone") == log.count("no more") == 1


def test_sighup_drops_no_request(running):
    """Asked without a pause while it reads its file twenty times."""
    enough = threading.Event()
    failures = []

    def stream():
        try:
            with PolicyClient(running.policyd_socket) as client:
                while not enough.is_set():
                    answer = client.ask()
                    if answer != "DUNNO":
                        failures.append(answer)
        except OSError as failure:
            failures.append(failure)

    askers = [threading.Thread(target=stream) for _ in range(4)]
    for asker in askers:
        asker.start()
    for _ in range(20):
        running.reload(running.policyd)
    enough.set()
    for asker in askers:
        asker.join()
    assert failures == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_when_nobody_asks(running, number):
    def end():
        with Client(running.policyd_socket):
            began = time.monotonic()
            running.policyd.signal(number)
            assert running.policyd.wait() == 0
        took = time.monotonic() - began
        assert not running.policyd_socket.exists()
        running.start_policyd()
        return took

    quick(5, end)


def test_sigterm_finishes_what_is_in_flight(postward, faults):
    faults["example.org"] = "TIMEOUT"
    with PolicyClient(postward.policyd_socket) as client:
        client.send(policy_request())
        until("a question", lambda: faults.asked("example.org"))
        postward.policyd.signal(signal.SIGTERM)
        assert client.answer().startswith("451 4.4.3 ")
        assert client.rest() == b""
    assert postward.policyd.wait() == 0


# ---- sockets


def test_replaces_a_stale_socket(running):
    running.policyd.kill()
    assert running.policyd_socket.exists()
    running.start_policyd()
    assert ask(running) == "DUNNO"


def test_does_not_steal_a_live_socket(stage, running):
    second = stage.start("second", build() / "bin/postward-policyd", "-c",
                         running.file)
    assert second.wait() == 1
    assert str(running.policyd_socket) in second.log()
    assert ask(running) == "DUNNO"


def test_does_not_replace_what_is_no_socket(stage, postward):
    postward.policyd_socket.parent.mkdir()
    postward.policyd_socket.write_text("precious")
    program = stage.start("policyd", build() / "bin/postward-policyd", "-c",
                          postward.file)
    assert program.wait() == 1
    assert str(postward.policyd_socket) in program.log()
    assert postward.policyd_socket.read_text() == "precious"


def test_the_socket_is_not_for_everybody(running):
    mode = stat.S_IMODE(running.policyd_socket.stat().st_mode)
    assert mode == 0o660


def test_listens_on_an_inet_address(postward):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    where = f"inet:127.0.0.1:{port}"
    postward.change({"policyd": {
        "listen": [f"unix:{postward.policyd_socket}", where]}})
    postward.start_policyd()
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall(policy_request())
        assert client.makefile().readline() == "action=DUNNO\n"


# ---- options


@pytest.mark.parametrize("program", ["policyd", "forwarder"])
@pytest.mark.parametrize("arguments, status, words", [
    (["-V"], 0, "postward-"),
    (["-h"], 0, "usage: "),
    (["-x"], 2, "usage: "),
    (["surplus"], 2, "usage: "),
    (["-c", "/nonexistent.conf"], 1, "/nonexistent.conf"),
    (["-t", "-c", "/dev/null"], 1, "/dev/null: domains: expected"),
])
def test_options(program, arguments, status, words):
    done = subprocess.run(
        [build() / f"bin/postward-{program}", *arguments], text=True,
        capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == status, done
    assert words in done.stdout + done.stderr


def test_checks_the_configuration_and_leaves(postward):
    program = build() / "bin/postward-policyd"
    command = [program, "-t", "-c", postward.file]
    assert subprocess.run(command, check=False).returncode == 0
    postward.change({"policy": {"reject-at": 0}})
    done = subprocess.run(command, text=True, capture_output=True,
                          check=False)
    assert done.returncode == 1
    assert re.search(r"postward\.conf:\d+: .*reject-at.*expected", done.stderr)


# What systemd does with a socket, between fork and exec.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1",
                  LISTEN_FDNAMES="policyd")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_serves_a_socket_that_systemd_opened(stage, postward):
    path = stage.folder / "activated"
    postward.change({"policyd": {"listen": ["systemd:policyd"]}})
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        program = subprocess.Popen(
            ["/usr/bin/python3", "-c", ACTIVATE, str(listening.fileno()),
             build() / "bin/postward-policyd", "-c", postward.file],
            pass_fds=[listening.fileno()])
        try:
            with PolicyClient(path) as client:
                assert client.ask() == "DUNNO"
        finally:
            program.terminate()
            assert program.wait(30) == 0
    assert path.exists()


# ---- one life for all programs


@pytest.mark.parametrize("name", ["policyd", "forwarder", "milter", "mailer",
                                  "signup"])
def test_all_reload_in_the_same_order(postward, name):
    """What is lost goes into the log of which it is a loss; then comes the
    new one."""
    getattr(postward, f"start_{name}")()
    program = getattr(postward, name)
    postward.change({"": {"domains": ["remotes.club"]},
                     "log": {"format": "json"}})
    postward.reload(program)
    lines = program.log().splitlines()
    lost = next(i for i, line in enumerate(lines)
                if "guild.club is gone" in line)
    taken = next(i for i, line in enumerate(lines) if "read again" in line)
    assert lost < taken
    assert lines[lost].startswith(f"postward/{name}["), lines[lost]
    assert lines[taken].startswith("{"), lines[taken]


@pytest.mark.parametrize("name", ["policyd", "forwarder", "milter", "mailer",
                                  "signup"])
def test_all_stop_when_they_are_told_to(postward, name):
    getattr(postward, f"start_{name}")()
    program = getattr(postward, name)
    program.signal(signal.SIGHUP)
    program.signal(signal.SIGTERM)
    assert program.wait() == 0
    assert program.log().count("stopped") == 1
