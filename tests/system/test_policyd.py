# SPDX-License-Identifier: MIT
"""postward-policyd: what it answers, and on what that depends."""

import contextlib
import json
import sqlite3

import pytest

from harness.protocols import PolicyClient, ask_policyd as ask, policy_request
from harness.stage import until


@pytest.fixture
def running(postward):
    postward.start_policyd()
    return postward


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
    ({"sender": "win@-.example"}, "550 5.1.7 Sender address has no valid "),
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
    ({"client_address": ""}, "451 4.4.3 "),
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
    [line] = running.lines_about(running.policyd, lambda: ask(
        running, client_address="192.0.2.66", queue_id="4ABC12"))
    for part in ("queue_id=4ABC12", "action=reject", "client=mail.example.org["
                 "192.0.2.66]", "from=<sam@example.org>",
                 "to=<ann@remotes.club>", "check=dnsbl"):
        assert part in line


# ---- the configuration


def test_shadow_mode_only_says_what_it_would_do(postward):
    postward.change({'dnsbl "bl.test"': {"mode": "shadow"}})
    postward.start_policyd()
    [line] = postward.lines_about(postward.policyd, lambda: ask(
        postward, client_address="192.0.2.66"))
    assert "action=accept" in line and "would=" in line and "bl.test" in line
    assert ask(postward, client_address="192.0.2.66") == "DUNNO"


def test_all_checks_can_be_in_shadow_at_once(postward):
    """But those with a mode of their own."""
    refused = [{"recipient": "nobody@remotes.club"},
               {"helo_name": "mx.remotes.club"},
               {"client_address": "192.0.2.66"}]
    postward.start_policyd()
    for facts in refused:
        assert not ask(postward, **facts).startswith("DUNNO"), facts
    postward.change({"policy": {"mode": "shadow"}})
    postward.reload(postward.policyd)
    for facts in refused:
        [line] = postward.lines_about(postward.policyd,
                                      lambda: ask(postward, **facts))
        assert "action=accept" in line and "would=" in line, line
    postward.change({'check "recipient"': {"mode": "enforce"}})
    postward.reload(postward.policyd)
    answers = [ask(postward, **facts)[:3] for facts in refused]
    assert answers == ["550", "DUN", "DUN"]


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
    log = running.says(running.policyd, "192.0.2.66")
    warnings = [line for line in log.splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "bl.test" in warnings[0] and "127.255.255.254" in warnings[0]


def test_logs_json(postward):
    postward.change({"log": {"format": "json"}})
    postward.start_policyd()
    [line] = postward.lines_about(postward.policyd, lambda: ask(
        postward, helo_name='"quoted\\'))
    entry = json.loads(line)
    assert entry["action"] == "reject" and entry["helo"] == '"quoted\\'


# ---- the store


def deferred_with_a_reason(postward, *words):
    """What every request meets while the store is ill: 451, and an error
    that names the file."""
    postward.reload(postward.policyd)  # what it said before has come
    before = len(postward.policyd.log())
    # The last may be in a domain of the store.
    for recipient in ("ann@remotes.club", "zoe@remotes.club",
                      "sam@example.org"):
        answer = ask(postward, recipient=recipient)
        assert answer.startswith("451 4.3.0 "), answer
    log = postward.says(postward.policyd, "to=<sam@example.org>",
                        since=before)
    errors = [line for line in log.splitlines() if "error" in line]
    # The thread that keeps decisions has trouble of its own.
    kept = [line for line in errors if "decisions:" in line]
    errors = [line for line in errors if line not in kept]
    assert len(errors) == 1, "one line, not one for each request"
    assert len(kept) <= 1
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


def test_a_store_that_nobody_has_opened_before_must_be_writable(postward):
    """SQLite makes its side files first."""
    postward.make_store_read_only()
    postward.start_policyd()
    deferred_with_a_reason(postward, "let this user write it")


def test_a_store_that_becomes_read_only_is_read_on(postward):
    postward.cli("account list")
    postward.make_store_read_only()
    postward.start_policyd()
    assert ask(postward) == "DUNNO"


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
    postward.says(postward.policyd, str(postward.database))
    db.close()
    until("service again", lambda: ask(postward) == "DUNNO")
