# SPDX-License-Identifier: MIT
"""A directory that answers slowly, too much, or what it should not: mail waits,
and nobody is refused for it."""

import pytest

from fakeldap import (BIND, DONE, EXTENDED, EXTENDED_DONE, SEARCH, FakeLdap,
                      ber, found, message, number, reference, result, text)
from harness.postward import Postward
from harness.stage import Stage

WHO = "lea@remotes.club"
TRY_LATER = 75
REFERRAL = ["ldap://elsewhere.example/dc=remotes,dc=club"]


@pytest.fixture(scope="module")
def asker():
    with Stage() as stage:
        it = Postward(stage, stage.folder / "run", "127.0.0.1:1")
        it.change({"": {"sources": ["store", "ldap"]},
                   "ldap": {"url": ["ldap://127.0.0.1:1"], "timeout": "2s",
                            "start-tls": False}})
        it.make_store({})
        yield it


def look(asker, fake, scheme="ldap", **changes):
    """What is known of the account."""
    asker.change({"ldap": {"url": [f"{scheme}://127.0.0.1:{fake.port}"],
                           "start-tls": False, "timeout": "60s", **changes}})
    return asker.run("account", "show", "-c", str(asker.file), WHO, "--json")


def waits(done, words):
    assert (done.returncode, done.stdout) == (TRY_LATER, ""), done.stderr
    assert words in done.stderr


# The server would go on for a minute, and does not come to that: whoever waits
# no longer than he says has gone by then.
@pytest.mark.parametrize("slow, changes", [
    ("connect", {"scheme": "ldaps"}),
    (EXTENDED, {"start-tls": True}),
    (BIND, {}),
    (SEARCH, {}),
], ids=["TLS", "StartTLS", "bind", "search"])
def test_slow_bytes_end_with_the_question(asker, slow, changes):
    with FakeLdap({slow: None} if slow != "connect" else {},
                  slow=slow) as fake:
        waits(look(asker, fake, timeout="1500ms", **changes), "no answer in time")
        assert fake.dripped > 1 and fake.dripping


def test_slow_bytes_of_a_whole_answer_end_too(asker):
    """Small messages, each whole and soon: the question has one end."""
    many = [found(f"uid=u{n},dc=x", mailRoutingAddress=["u@m.example"])
            for n in range(3)] * 50
    with FakeLdap({SEARCH: many}, slow=SEARCH) as fake:
        waits(look(asker, fake, timeout="1500ms"), "no answer in time")
        assert fake.dripping


@pytest.mark.parametrize("at, said", [
    (EXTENDED, None), (BIND, None), (SEARCH, None),
    # No message that the library knows: it goes on waiting for one.
    (SEARCH, message(3, b"\x65\x81")),
    (SEARCH, message(3, b"\x64\x7fno entry")),
], ids=["StartTLS", "bind", "search", "no result", "no entry"])
def test_silence_ends_with_the_question(asker, at, said):
    with FakeLdap({at: said}) as fake:
        waits(look(asker, fake, **{"start-tls": at == EXTENDED,
                                   "timeout": "1s"}), "")


@pytest.mark.parametrize("said, words", [
    ({SEARCH: [result(0x65, 10, referral=REFERRAL)]},
     "it refers us to ldap://elsewhere.example/dc=remotes,dc=club"),
    ({SEARCH: [reference(*REFERRAL), DONE]}, "at ldap://elsewhere.example"),
    ({SEARCH: [result(0x65, 51, "b\x1b[1musy")]},
     "Server is busy: b\\x1b[1musy"),
    ({SEARCH: [result(0x65, 32)]}, "No such object"),
    ({SEARCH: [result(0x65, 4)]}, "Size limit exceeded"),
    ({SEARCH: [found("uid=a,dc=x"), result(0x65, 4)]},
     "more than one entry has that address"),
    ({SEARCH: [found("uid=a,dc=x"), found("uid=b,dc=x"), DONE]},
     "uid=a,dc=x and uid=b,dc=x"),
    ({SEARCH: [found("uid=a,dc=x", mailRoutingAddress=[b"x" * 300] * 4000),
               DONE]}, "its answer is longer than 1048576 bytes"),
    ({SEARCH: [found(f"uid=a{n},dc=x") for n in range(50000)]},
     "its answer is longer than 1048576 bytes"),
    ({SEARCH: b"\x30\x84\x7f\xff\xff\xff\x02\x01\x03"},
     "its answer is longer than 1048576 bytes"),
    # Without the name that it must have, libldap would end us by an assertion.
    ({SEARCH: message(0, ber(0x78, number(52, 10), text(""), text(""),
                             text("", 0x8a)))},
     "it has said what nobody had asked for"),
    ({SEARCH: b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9},
     "search: what it says is no LDAP"),
    ({BIND: [result(0x61, 49, "no\n")]}, "Invalid credentials: no\\x0a"),
    ({BIND: b"\xff" * 64}, "bind: what it says is no LDAP"),
    ({EXTENDED: [result(0x78, 2, "no TLS here")]},
     "StartTLS: Protocol error: no TLS here"),
    ({EXTENDED: [EXTENDED_DONE]}, "TLS: "),
], ids=range(16))
def test_what_is_no_answer_is_for_later(asker, said, words):
    with FakeLdap(said) as fake:
        waits(look(asker, fake, **{"start-tls": EXTENDED in said}), words)
        if EXTENDED in said:
            assert BIND not in fake.asked  # never the password


def test_ten_thousand_values_are_twenty_targets(asker):
    values = [f"u{n}@mailbox.example" for n in range(10000)]
    with FakeLdap({SEARCH: [found("uid=a,dc=x", mailRoutingAddress=values),
                            DONE]}) as fake:
        done = look(asker, fake)
    assert done.returncode == 0
    assert done.stdout.count("@mailbox.example") == 20
    assert "more than 20 targets" in done.stdout


def test_an_entry_beside_a_reference_is_an_answer(asker):
    with FakeLdap({SEARCH: [
            reference(*REFERRAL),
            found("uid=a,dc=x", MAILROUTINGADDRESS=[
                b"no\0mailbox@m.example", b"\xc3\xa4@m.example",
                "\x1b[2J@m.example", "", "smtp:u@m.example"]),
            DONE]}) as fake:
        done = look(asker, fake)
    assert done.returncode == 0
    assert '"u@m.example"' in done.stdout and "no address" in done.stdout
    assert "mailbox@" not in done.stdout


def test_nobody_is_nobody(asker):
    with FakeLdap() as fake:
        done = look(asker, fake)
    assert done.returncode == 1 and "no such account" in done.stderr
    with FakeLdap({SEARCH: [result(0x65, 32)]}) as fake:
        done = look(asker, fake, base="ou=%{domain},dc=example")
    asker.change({"ldap": {"base": ""}})
    assert done.returncode == 1 and "no such account" in done.stderr


@pytest.mark.parametrize("host, words", [
    ("nowhere.invalid", "nowhere.invalid: "),
    ("127.0.0.1:1", "Connection refused"),
])
def test_a_server_that_is_not_there(asker, host, words):
    asker.change({"ldap": {"url": [f"ldap://{host}"], "start-tls": False,
                           "timeout": "10s"}})
    waits(asker.run("account", "show", "-c", str(asker.file), WHO), words)
