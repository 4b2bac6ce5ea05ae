# SPDX-License-Identifier: MIT
"""postward-policyd: what nobody should send, and too many who send nothing."""

import contextlib
import re
import resource
import select
import socket

import pytest

from harness.protocols import (Client, PolicyClient, ask_policyd as ask,
                               policy_request)
from harness.stage import until


@pytest.fixture
def running(postward):
    postward.start_policyd()
    return postward


LINE = 8 * 1024
REQUEST = 64 * 1024


@pytest.mark.parametrize("octets", [
    pytest.param(b"x" * 100_000, id="a line without an end"),
    pytest.param(b"sender=" + b"x" * LINE + b"\n\n", id="an over-long line"),
    pytest.param(b"a=b\n" * REQUEST, id="too many lines"),
    pytest.param(policy_request()[:-1] + b"sender=a\0b\n\n", id="NUL"),
    pytest.param(policy_request().replace(b"\n", b"\r\n"), id="CR LF"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", id="HTTP"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
    pytest.param(b"no equals sign\n\n", id="no attribute"),
    pytest.param(b"\n", id="nothing at all"),
    pytest.param(policy_request(request="junk_mail"), id="another request"),
    pytest.param(policy_request(protocol_state="NAP"), id="unknown state"),
    pytest.param(policy_request(protocol_state=""), id="no state"),
    pytest.param(bytes(range(256)) * 40, id="every byte"),
])
def test_closes_on_nonsense(postward, octets):
    """No answer, one line in the log, and everybody else is served."""
    postward.change({"policyd": {"deadline": "1s"}})
    postward.start_policyd()

    def talk():
        with Client(postward.policyd_socket) as client:
            with contextlib.suppress(BrokenPipeError):
                client.send(octets)
            assert client.rest() == b""

    [line] = postward.lines_about(postward.policyd, talk)
    assert line.isprintable()
    assert len(line) < 400
    assert ask(postward) == "DUNNO"


@pytest.mark.parametrize("octets", [
    policy_request()[:-1],
    policy_request()[:40],
    b"r",
])
def test_a_half_request_is_given_up(postward, octets):
    """Both when the client goes, and when it only falls silent."""
    postward.change({"policyd": {"deadline": "1s"}})
    postward.start_policyd()

    def go():
        with Client(postward.policyd_socket) as client:
            client.send(octets)
            client.socket.shutdown(socket.SHUT_WR)
            assert client.rest() == b""

    def fall_silent():
        with Client(postward.policyd_socket) as client:
            client.send(octets)
            assert client.rest() == b""

    assert len(postward.lines_about(postward.policyd, go)) == 1
    assert len(postward.lines_about(postward.policyd, fall_silent)) == 1


def test_a_client_that_does_not_listen_is_given_up(postward):
    postward.change({"policyd": {"deadline": "1s"}})
    postward.start_policyd()

    def shout():
        with Client(postward.policyd_socket) as client:
            client.socket.settimeout(0.5)
            with contextlib.suppress(TimeoutError, BrokenPipeError):
                while True:
                    client.send(policy_request())
            until("the end of the connection", lambda: hung_up(client.socket))

    shout()
    assert ask(postward) == "DUNNO"


def hung_up(sock):
    """The other side has closed: poll says so, also with data to read."""
    poll = select.poll()
    poll.register(sock, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def test_addresses_of_ten_kilobytes_are_over_long_lines(running):
    with PolicyClient(running.policyd_socket) as client:
        client.send(policy_request(recipient="x" * 10_000 + "@remotes.club"))
        assert client.rest() == b""
    # One that fits in a line is an answer like any other.
    assert ask(running, recipient="x" * 7_000 + "@remotes.club",
               sender="y" * 7_000 + "@example.org",
               helo_name="z" * 7_000)


@pytest.mark.parametrize("attributes", [
    {"recipient": "ann"},
    {"recipient": "@remotes.club"},
    {"recipient": '"a b"@remotes.club'},
    {"recipient": "ann@"},
    {"recipient": "a@b@remotes.club"},
    {"recipient": "<>"},
    {"recipient": ""},
    {"recipient": "änn@remotes.club"},
    {"sender": "@"},
    {"sender": "a@b@c"},
    {"sender": "sam@[192.0.2.10]"},
    {"sender": "sam@" + "a" * 300},
    {"sender": "sam@" + "a." * 200 + "example"},
    {"sender": "sam@exämple.example"},
    {"sender": "sam@xn--zzzzzz--.example"},
    {"helo_name": ""},
    {"helo_name": "a..b"},
    {"helo_name": "." * 500},
    {"helo_name": "münchen.example"},
    # Postfix passes on whatever a client says.
    {"helo_name": "\x1b[2J\r"},
    {"sender": "a\x01b@example.org"},
    {"recipient": "a\x7f\tb@remotes.club"},
    {"client_address": "999.1.1.1"},
    {"client_address": "192.0.2.66 "},
    {"reverse_client_name": "\\000.example"},
])
def test_odd_values_have_an_answer(shared, attributes):
    answer = ask(shared, **attributes)
    assert re.match(r"DUNNO$|[45]\d\d [45]\.\d+\.\d+ [ -~]+$", answer)


# ---- many clients


def test_a_thousand_idle_connections_do_not_stop_it(running):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = []
    try:
        for _ in range(1000):
            idle.append(Client(running.policyd_socket))
        assert ask(running) == "DUNNO"
    finally:
        for client in idle:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert ask(running) == "DUNNO"


def test_a_full_house_makes_room_for_who_asks(postward):
    postward.change({"policyd": {"max-connections": 4}})
    postward.start_policyd()
    idle = [Client(postward.policyd_socket) for _ in range(8)]
    assert ask(postward) == "DUNNO"
    for client in idle:
        client.close()
