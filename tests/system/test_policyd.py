# SPDX-License-Identifier: MIT
"""postward-policyd at its socket: its answers, bad input, signals, trouble."""

import contextlib
import json
import os
import re
import resource
import select
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time

import pytest

from faultdns import FaultDNS
from harness.postward import (Client, PolicyClient, Postward, answers, build,
                              policy_request)
from harness.nsd import Nsd
from harness.stage import Stage, until
from harness.world import FORWARDS, LISTS, RECORDS


@pytest.fixture
def running(postward):
    postward.start_policyd()
    return postward


@pytest.fixture(scope="module")
def shared():
    """One for all tests that only ask."""
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        postward = Postward(stage, stage.folder / "run", nsd.address, LISTS)
        postward.make_store(FORWARDS)
        postward.start_policyd()
        yield postward


def ask(postward, **attributes):
    with PolicyClient(postward.policyd_socket) as client:
        return client.ask(**attributes)


def lines_about(postward, conversation):
    """The lines that policyd logs while conversation() goes on."""
    before = len(postward.policyd.log())
    conversation()
    until("a line in the log",
          lambda: postward.policyd.log()[before:].endswith("\n"))
    # Whatever it still had to say comes before what this makes it say.
    postward.reload(postward.policyd, "configuration read again")
    return [line for line in postward.policyd.log()[before:].splitlines()
            if "configuration read again" not in line]


# ---- answers


@pytest.mark.parametrize("attributes, action", [
    ({}, "DUNNO"),
    ({"recipient": "ANN@REMOTES.CLUB"}, "DUNNO"),
    ({"recipient": "ann+news@remotes.club"}, "DUNNO"),
    ({"recipient": "anybody@guild.club"}, "DUNNO"),
    ({"recipient": "sam@example.org"}, "DUNNO"),
    ({"recipient": "bob@remotes.club"}, "550 5.1.1 No forwarding address"),
    ({"recipient": "zoe@remotes.club"}, "550 5.1.1 User unknown"),
    ({"helo_name": "not_a_name!"}, "550 5.5.2 "),
    ({"helo_name": "127.0.0.1"}, "550 5.5.2 "),
    ({"helo_name": "[192.0.2.10]"}, "DUNNO"),
    ({"helo_name": "[IPv6:2001:db8::10]"}, "DUNNO"),
    ({"helo_name": "MX.Remotes.Club"}, "550 5.7.1 "),
    ({"helo_name": "remotes.club"}, "550 5.7.1 "),
    ({"helo_name": "gone.example"}, "450 4.7.1 Host not found"),
    ({"sender": ""}, "DUNNO"),
    ({"sender": "win@gone.example"}, "450 4.1.8 Domain not found"),
    ({"sender": "win@-.example"}, "450 4.1.8 Domain not found"),
    ({"sender": "shy@silent.example"}, "550 5.7.27 "),
    ({"sender": "bob@remotes.club"}, "DUNNO"),
    ({"client_address": "192.0.2.66"},
     "554 5.7.1 Service unavailable; client [192.0.2.66] blocked using "
     "bl.test; Sent junk, see https://bl.test/192.0.2.66"),
    ({"client_address": "::ffff:192.0.2.66"},
     "554 5.7.1 Service unavailable; client [192.0.2.66] blocked using "),
    ({"client_address": "2001:db8::66"},
     "554 5.7.1 Service unavailable; client [2001:db8::66] blocked using "),
    ({"client_address": "2001:db8::67"}, "DUNNO"),
    # A code that is not configured.
    ({"client_address": "192.0.2.68"}, "DUNNO"),
    ({"client_address": ""}, "DUNNO"),
    ({"sender": "eve@junk.example"},
     "554 5.7.1 Service unavailable; sender domain junk.example blocked "
     "using rhs.test; Known for junk"),
    ({"helo_name": "junk.example"},
     "554 5.7.1 Service unavailable; HELO name junk.example blocked using "),
    ({"reverse_client_name": "junk.example"}, "554 5.7.1 Service "
     "unavailable; reverse client name junk.example blocked using "),
    ({"client_address": "192.0.2.66", "recipient": "postmaster@remotes.club"},
     "DUNNO"),
    ({"helo_name": "not_a_name!", "recipient": "Postmaster@guild.club"},
     "DUNNO"),
    # An unknown recipient is told so, whatever the client is like.
    ({"client_address": "192.0.2.66", "recipient": "zoe@remotes.club"},
     "550 5.1.1 User unknown"),
    ({"client_address": "192.0.2.66", "sasl_username": "ann"}, "DUNNO"),
])
def test_answers(shared, attributes, action):
    answer = ask(shared, **attributes)
    assert answer == action or answer.startswith(action) and action != "DUNNO"


@pytest.mark.parametrize("state, action", [
    ("CONNECT", "554 5.7.1 "),
    ("HELO", "554 5.7.1 "),
    ("EHLO", "554 5.7.1 "),
    ("MAIL", "554 5.7.1 "),
    ("RCPT", "550 5.1.1 "),
    ("DATA", "554 5.7.1 "),
    ("END-OF-MESSAGE", "554 5.7.1 "),
    ("ETRN", "554 5.7.1 "),
])
def test_answers_at_every_state(shared, state, action):
    """Only at RCPT it is about the recipient."""
    answer = ask(shared, protocol_state=state, client_address="192.0.2.66",
                 recipient="bob@remotes.club")
    assert answer.startswith(action)


def test_ignores_attributes_it_does_not_know(shared):
    assert ask(shared, ccert_subject="C=DE, CN=x=y", policy_context="submit",
               weather="Grüße", empty="") == "DUNNO"


def test_answers_many_requests_of_one_connection(shared):
    with PolicyClient(shared.policyd_socket) as client:
        for _ in range(100):
            assert client.ask() == "DUNNO"
            assert client.ask(recipient="bob@remotes.club").startswith("550")


def test_answers_requests_that_come_together(shared):
    with PolicyClient(shared.policyd_socket) as client:
        client.send(policy_request() +
                    policy_request(recipient="bob@remotes.club") +
                    policy_request())
        assert [client.answer()[:5] for _ in range(3)] == [
            "DUNNO", "550 5", "DUNNO"]


def test_answers_a_request_that_comes_in_crumbs(shared):
    with PolicyClient(shared.policyd_socket) as client:
        for octet in policy_request():
            client.send(bytes([octet]))
        assert client.answer() == "DUNNO"


def test_logs_one_line_for_a_decision(running):
    [line] = lines_about(running, lambda: ask(
        running, client_address="192.0.2.66", queue_id="4ABC12"))
    for part in ("queue_id=4ABC12", "action=reject", "client=mail.example.org["
                 "192.0.2.66]", "from=<sam@example.org>",
                 "to=<ann@remotes.club>", "check=dnsbl"):
        assert part in line


# ---- what the configuration can change


def test_shadow_mode_only_says_what_it_would_do(postward):
    postward.change({'dnsbl "bl.test"': {"mode": "shadow"}})
    postward.start_policyd()
    [line] = lines_about(postward, lambda: ask(
        postward, client_address="192.0.2.66"))
    assert "action=accept" in line and "would=" in line and "bl.test" in line
    assert ask(postward, client_address="192.0.2.66") == "DUNNO"


def test_points_refuse_together(postward):
    postward.change({
        'dnsbl "bl.test"': {"action": "score", "points": 6},
        'check "helo_unknown"': {"action": "score", "points": 4},
        "policy": {"reject-at": 10}})
    postward.start_policyd()
    listed, unknown = {"client_address": "192.0.2.66"}, {
        "helo_name": "gone.example"}
    assert ask(postward, **listed) == "DUNNO"
    assert ask(postward, **unknown) == "DUNNO"
    assert ask(postward, **listed, **unknown).startswith("550 5.7.1 ")


def test_a_check_can_defer_or_be_off(postward):
    postward.change({'dnsbl "bl.test"': {"action": "defer"},
                     'check "helo_syntax"': {"action": "off"}})
    postward.start_policyd()
    assert ask(postward, client_address="192.0.2.66").startswith("454 4.7.1 ")
    assert ask(postward, helo_name="not_a_name!") == "DUNNO"


@pytest.mark.parametrize("allow", [
    {"clients": ["192.0.2.64/26"]},
    {"senders": ["example.org"]},
    {"senders": ["sam@example.org"]},
    {"helos": ["mail.example.org"]},
])
def test_whom_the_operator_trusts_passes(postward, allow):
    postward.change({"allow": allow})
    postward.start_policyd()
    assert ask(postward, client_address="192.0.2.66") == "DUNNO"
    assert ask(postward, client_address="192.0.2.66",
               recipient="zoe@remotes.club").startswith("550 5.1.1")


def test_a_list_that_makes_no_sense_is_left_alone(running):
    """127.255.255.254 is no listing: said once, then it is not asked."""
    assert ask(running, client_address="192.0.2.67") == "DUNNO"
    assert ask(running, client_address="192.0.2.67") == "DUNNO"
    assert ask(running, client_address="192.0.2.66") == "DUNNO"
    warnings = [line for line in running.policyd.log().splitlines()
                if "warning" in line]
    assert len(warnings) == 1
    assert "bl.test" in warnings[0] and "127.255.255.254" in warnings[0]


def test_logs_json(postward):
    postward.change({"log": {"format": "json"}})
    postward.start_policyd()
    [line] = lines_about(postward, lambda: ask(
        postward, helo_name='"quoted\\'))
    entry = json.loads(line)
    assert entry["action"] == "reject" and entry["helo"] == '"quoted\\'


# ---- DNS that misbehaves


GOOD_DNS = {
    "mail.example.org": [("A", "192.0.2.10")],
    "example.org": [("MX", "10 mail.example.org.")],
    "10.2.0.192.bl.test": "NXDOMAIN",
}

# What is known of the sender decides: without an answer nobody can say that
# the domain exists.  Without one about HELO or a list the mail passes.
UNKNOWN_SENDER = "451 4.4.3 "


@pytest.fixture
def faults(postward):
    with FaultDNS(GOOD_DNS) as dns:
        postward.change({"resolver": {"servers": [dns.address],
                                      "timeout": "1s"}})
        postward.start_policyd()
        yield dns


@pytest.mark.parametrize("name, expected", [
    ("mail.example.org", "DUNNO"),
    ("example.org", UNKNOWN_SENDER),
    ("10.2.0.192.bl.test", "DUNNO"),
    ("*.rhs.test", "DUNNO"),
])
@pytest.mark.parametrize("fault", [
    "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "TIMEOUT", "GARBAGE",
    "WRONG_ID", "TRUNCATE_FOREVER"])
def test_dns_trouble_is_nobodys_fault(postward, faults, fault, name, expected):
    assert ask(postward) == "DUNNO"
    postward.policyd.stop()  # and with it what it remembers
    faults[name] = fault
    postward.start_policyd()
    began = time.monotonic()
    assert ask(postward).startswith(expected)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("fault", ["TRUNCATE", ("DELAY", 0.3)])
def test_dns_that_is_only_awkward_has_its_answer(postward, faults, fault):
    for name, records in GOOD_DNS.items():
        kind = fault if isinstance(fault, tuple) else (fault,)
        faults[name] = (*kind, records if isinstance(records, list) else [])
    assert ask(postward) == "DUNNO"
    assert ask(postward, sender="win@gone.example").startswith("450 4.1.8 ")


def test_all_questions_are_asked_at_once(postward, faults):
    """Each answer takes 0.4 s, all of them not much longer."""
    faults["*"] = ("DELAY", 0.4, [])
    for name, records in GOOD_DNS.items():
        faults[name] = ("DELAY", 0.4,
                        records if isinstance(records, list) else [])
    began = time.monotonic()
    assert ask(postward) == "DUNNO"
    assert time.monotonic() - began < 0.9


def test_remembers_answers_and_that_there_are_none(postward, faults):
    for _ in range(3):
        assert ask(postward) == "DUNNO"
    assert faults.asked("example.org", "MX") == 1
    assert faults.asked("10.2.0.192.bl.test") == 1


def test_does_not_ask_an_unusable_list_again(postward, faults):
    faults["10.2.0.192.bl.test"] = [("A", "127.255.255.254")]
    for _ in range(3):
        assert ask(postward) == "DUNNO"
    assert ask(postward, client_address="192.0.2.66") == "DUNNO"
    assert faults.asked("66.2.0.192.bl.test") == 0


def test_an_answer_as_long_as_dns_allows(postward, faults):
    faults["example.org"] = [("MX", f"{i} m{i}.{'x' * 60}.example.org.")
                             for i in range(500)]
    faults["66.2.0.192.bl.test"] = [
        ("A", "127.0.0.2"), ("TXT", " ".join(['"' + "t" * 250 + '"'] * 100))]
    assert ask(postward) == "DUNNO"
    answer = ask(postward, client_address="192.0.2.66")
    assert answer.startswith("554 5.7.1 ") and len(answer) < 500


# ---- bad input


LINE = 8 * 1024
REQUEST = 64 * 1024


@pytest.mark.parametrize("octets", [
    pytest.param(b"x" * 100_000, id="a line without an end"),
    pytest.param(b"sender=" + b"x" * LINE + b"\n\n", id="an over-long line"),
    pytest.param(b"a=b\n" * REQUEST, id="too many lines"),
    pytest.param(policy_request()[:-1] + b"sender=a\0b\n\n", id="NUL"),
    pytest.param(policy_request()[:-1] + b"sender=\x1b[2J\n\n", id="escape"),
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
            try:
                client.send(octets)
            except BrokenPipeError:
                pass  # it has heard enough
            # Sockets end with EPIPE or with an end: there is never an answer.
            assert client.rest() == b""

    [line] = lines_about(postward, talk)
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

    assert len(lines_about(postward, go)) == 1
    assert len(lines_about(postward, fall_silent)) == 1


def test_a_client_that_does_not_listen_is_given_up(postward):
    postward.change({"policyd": {"deadline": "1s"}})
    postward.start_policyd()

    def shout():
        with Client(postward.policyd_socket) as client:
            client.socket.settimeout(0.5)
            try:
                while True:
                    client.send(policy_request())
            except (TimeoutError, BrokenPipeError):
                pass
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


# ---- signals


def test_sighup_takes_a_new_configuration(running):
    with PolicyClient(running.policyd_socket) as client:
        assert client.ask(recipient="zoe@third.club") == "DUNNO"
        running.change({"": {"domains": ["remotes.club", "third.club"]}})
        running.reload(running.policyd, "configuration read again")
        # The same connection, and so the same thread.
        assert client.ask(recipient="zoe@third.club").startswith("550 5.1.1")


def test_sighup_moves_to_another_socket(running):
    old, new = running.policyd_socket, running.policyd_socket.with_name("new")
    with PolicyClient(old) as client:
        assert client.ask() == "DUNNO"
        running.change({"policyd": {"listen": [f"unix:{new}"]}})
        running.reload(running.policyd, "configuration read again")
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
        running.reload(running.policyd, "configuration read again")
    enough.set()
    for asker in askers:
        asker.join()
    assert failures == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_when_nobody_asks(running, number):
    with Client(running.policyd_socket):
        began = time.monotonic()
        running.policyd.signal(number)
        assert running.policyd.wait() == 0
    assert time.monotonic() - began < 5
    assert not running.policyd_socket.exists()


def test_sigterm_finishes_what_is_in_flight(postward, faults):
    faults["example.org"] = "TIMEOUT"
    with PolicyClient(postward.policyd_socket) as client:
        client.send(policy_request())
        until("a question", lambda: faults.asked("example.org"))
        postward.policyd.signal(signal.SIGTERM)
        assert client.answer().startswith(UNKNOWN_SENDER)
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


# ---- the store


def deferred_with_a_reason(postward, *words):
    """What every request meets while the store is ill: 451, and an error
    that names the file."""
    before = len(postward.policyd.log())
    for recipient in ("ann@remotes.club", "zoe@remotes.club"):
        answer = ask(postward, recipient=recipient)
        assert answer.startswith("451 4.3.0 "), answer
    # What is not ours does not need the store.
    assert ask(postward, recipient="sam@example.org") == "DUNNO"
    errors = [line for line in postward.policyd.log()[before:].splitlines()
              if "error" in line]
    assert len(errors) == 1, "one line, not one for each request"
    for word in (str(postward.database), *words):
        assert word in errors[0]


def test_a_missing_store_defers(postward):
    postward.database.unlink()
    postward.start_policyd()
    deferred_with_a_reason(postward, "postward store init")
    assert not postward.database.exists()
    # And it is used as soon as it is there.
    postward.cli("store init")
    assert ask(postward) == "550 5.1.1 User unknown"


def test_a_store_that_vanishes_defers(running):
    assert ask(running) == "DUNNO"
    running.database.unlink()
    deferred_with_a_reason(running)


def test_a_corrupt_store_defers(postward):
    postward.database.write_bytes(b"SQLite format 3\0" + b"\xa5" * 20_000)
    postward.start_policyd()
    deferred_with_a_reason(postward)


def test_an_empty_store_defers(postward):
    postward.database.write_bytes(b"")
    postward.start_policyd()
    deferred_with_a_reason(postward, "postward store ")


def test_a_store_of_a_later_version_defers(postward):
    with contextlib.closing(sqlite3.connect(postward.database)) as db, db:
        db.execute("UPDATE postward_schema SET version = version + 1000")
    postward.start_policyd()
    deferred_with_a_reason(postward)


def test_a_writer_does_not_disturb_it(running):
    """A lock for writing, held as long as it takes."""
    db = sqlite3.connect(running.database, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    assert ask(running) == "DUNNO"
    db.execute("ROLLBACK")


def test_a_locked_store_defers(postward):
    db = sqlite3.connect(postward.database, isolation_level=None)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")
    postward.start_policyd()
    assert ask(postward).startswith("451 4.3.0 ")
    assert str(postward.database) in postward.policyd.log()
    db.close()
    until("service again", lambda: ask(postward) == "DUNNO")


# ---- the command line


@pytest.mark.parametrize("program", ["policyd", "forwarder"])
@pytest.mark.parametrize("arguments, status, words", [
    (["-V"], 0, "postward-"),
    (["-h"], 0, "usage: "),
    (["-x"], 2, "usage: "),
    (["surplus"], 2, "usage: "),
    (["-c", "/nonexistent.conf"], 1, "/nonexistent.conf"),
    (["-t", "-c", "/dev/null"], 0, "/dev/null"),
])
def test_options(program, arguments, status, words):
    done = subprocess.run(
        [build() / f"bin/postward-{program}", *arguments], text=True,
        capture_output=True, timeout=30, check=False)
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
