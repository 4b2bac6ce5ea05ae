# SPDX-License-Identifier: MIT
"""Whatever comes at the milter's socket, in whatever order: it lives, and
what it says about a message comes of that message alone."""

import os
import random
import struct
import time

import pytest

from harness import milter
from harness.milter import (ABORT, BODY, CHANGE_FROM, CHANGE_HEADER, CONNECT,
                            DATA, EOH, EOM, HEADER, HELO, INSERT_HEADER, MACRO, MAIL, OPTNEG,
                            QUIT, QUIT_NC, RCPT, REPLYCODE, TEMPFAIL, UNKNOWN,
                            MilterClient, macros, packet, raw)
from harness.nsd import Nsd
from harness.postward import Postward
from harness.stage import Stage
from harness.world import FORWARDS, RECORDS, srs

SEQUENCES = 100_000
A_CONNECTION = 40  # of them
SECONDS = 150  # then it stops, however many it has tried

SEED = int(os.environ.get("POSTWARD_SEED", time.time_ns() % 1_000_000))


@pytest.fixture(scope="module")
def guard():
    """A milter alone, the same for all: it would tell who sent what."""
    with Stage() as stage:
        yield start_milter(stage)


def start_milter(stage):
    nsd = Nsd(stage, RECORDS)
    postward = Postward(stage, stage.folder / "sockets", nsd.address)
    postward.change({**srs(stage), "milter": {
        "hide-targets": True, "split-mixed": True}})
    postward.make_store(FORWARDS)
    postward.start_milter()
    return postward


def said(guard, octets):
    """All that the milter answers to these packets."""
    with MilterClient(guard.milter_socket) as client:
        return client.converse(octets)


HONEST = milter.message(b"sam@example.org", [b"ann@remotes.club"], [
    (b"Subject", b"hello"),
    (b"Authentication-Results", b"mx.remotes.club; spf=pass")])
STRANGE = milter.message(b"leak@leak.example", [b"kim@remotes.club"], [
    (b"Delivered-To", b"ann@remotes.club"),
    (b"Content-Type", b"multipart/report; boundary=leak"),
    *[(b"Authentication-Results", b"mx.remotes.club; leak=pass")] * 101],
    helo=b"leak.example")
START = milter.negotiation() + milter.connection()


def verdict(packets):
    """What is said at the end of the last message."""
    ends = [i for i, (letter, _) in enumerate(packets)
            if letter in b"catry" and i < len(packets) - 1]
    return packets[ends[-1] + 1 if ends else 0:]


def is_honest(packets):
    """Is that about sam's message, and not about what was before?"""
    inserted = [data[4:] for letter, data in packets
                if letter == INSERT_HEADER]
    senders = [data for letter, data in packets if letter == CHANGE_FROM]
    removed = [data for letter, data in packets if letter == CHANGE_HEADER]
    return (len(removed) == 1 and len(senders) == 1
            and senders[0].startswith(b"SRS0=")
            and b"example.org=sam@" in senders[0]
            and any(b"spf=none smtp.mailfrom=sam@example.org" in one
                    for one in inserted)
            and not any(b"leak" in one for one in inserted))


def test_an_honest_conversation(guard):
    packets = said(guard, START + HONEST + raw(QUIT))
    assert packets[0][0] == OPTNEG
    assert is_honest(packets), packets


@pytest.mark.parametrize("space, steps", [
    (b" ", milter.STEPS), (b"", milter.STEPS & ~milter.HDR_LEADSPC)])
def test_the_space_behind_a_colon(guard, space, steps):
    """It is in the value if that was agreed, and else put there by the MTA;
    the results that we look for come either way."""
    fields = [(name, space + value) for name, value in [
        (b"Subject", b"hello"),
        (b"Authentication-Results", b"mx.remotes.club; spf=pass")]]
    packets = said(guard, milter.negotiation(steps=steps)
                   + milter.connection() + milter.message(
                       b"sam@example.org", [b"ann@remotes.club"], fields)
                   + raw(QUIT))
    assert is_honest(packets), packets
    inserted = [data[4:].split(b"\0")[1] for letter, data in packets
                if letter == INSERT_HEADER]
    for value in inserted:
        assert value.startswith(space)
        assert value[len(space):len(space) + 1].strip()


# What a conversation may begin with, and what the next message must not know.
BEFORE = {
    "nothing": b"",
    "a message": STRANGE,
    "one that was given up": STRANGE[:-5] + raw(ABORT),
    "one that was just left": STRANGE[:-5],
    "a sender": macros(MAIL, auth_authen=b"leak") + packet(
        MAIL, b"<leak@leak.example>"),
    "a sender who was given up": macros(MAIL, auth_authen=b"leak") + packet(
        MAIL, b"<leak@leak.example>") + raw(ABORT),
    "RCPT after ABORT": packet(MAIL, b"<leak@leak.example>") + raw(
        ABORT) + packet(RCPT, b"<kim@remotes.club>"),
    "RCPT alone": packet(RCPT, b"<kim@remotes.club>"),
    "a field alone": packet(HEADER, b"Delivered-To", b"ann@remotes.club"),
    "a body alone": raw(BODY, b"leak"),
    "an end alone": raw(EOM),
    "two ends": STRANGE + raw(EOM),
    "macros alone": macros(MAIL, auth_authen=b"leak") + macros(
        RCPT, i=b"leak") + macros(EOM, i=b"leak"),
}


@pytest.mark.parametrize("before", BEFORE)
def test_nothing_of_one_message_is_in_the_next(guard, before):
    packets = said(guard, START + packet(HELO, b"leak.example")
                   + BEFORE[before] + HONEST + raw(QUIT))
    assert is_honest(verdict(packets)), packets
    assert guard.milter.status is None


@pytest.mark.parametrize("before", BEFORE)
def test_nothing_of_one_client_is_in_the_next(guard, before):
    """Where no new negotiation comes between them."""
    leak = milter.connection(b"192.0.2.66", b"leak.example")
    packets = said(guard, milter.negotiation() + leak + packet(
        HELO, b"leak.example") + BEFORE[before] + raw(QUIT_NC)
        + milter.connection() + HONEST + raw(QUIT))
    assert is_honest(verdict(packets)), packets
    assert guard.milter.status is None


def test_what_was_said_before_starttls_does_not_count(guard):
    hello = packet(HELO, b"leak.example")
    mail = macros(MAIL, tls_version=b"TLSv1.3") + packet(
        MAIL, b"<sam@bank.example>")
    rest = (packet(RCPT, b"<ann@remotes.club>")
            + packet(HEADER, b"From", b" sam@bank.example")
            + raw(EOM) + raw(QUIT))
    for start, kept in ((macros(HELO) + hello, False),
                        (macros(HELO, tls_version=b"TLSv1.3") + hello, True)):
        packets = said(guard, START + start + mail + rest)
        assert (b"leak.example" in b"".join(
            data for _, data in packets)) == kept, packets


@pytest.mark.parametrize("octets", [
    packet(MAIL, b"<sam@example.org>"),
    packet(HELO, b"mail.example.org"),
    HONEST,
    milter.connection() + HONEST,
    raw(QUIT_NC) + HONEST,
    START + raw(ABORT) + packet(RCPT, b"<ann@remotes.club>"),
    START + packet(MAIL) + packet(RCPT),
    START + START + HONEST,
    milter.negotiation(actions=0) + HONEST,
    milter.negotiation(steps=0) + raw(EOM),
    raw(EOM), raw(ABORT), raw(QUIT), raw(BODY, b"x"), raw(EOH), raw(DATA),
    raw(OPTNEG), raw(MACRO), raw(b"\0"), struct.pack(">I", 0),
    struct.pack(">I", 2**32 - 1), b"\0\0",
])
def test_no_order_ends_it(guard, octets):
    packets = said(guard, octets)
    assert not [one for one in packets if one[0] == CHANGE_FROM
                ] or is_honest(verdict(packets)), packets
    assert is_honest(verdict(said(guard, START + HONEST + raw(QUIT))))
    assert guard.milter.status is None


def test_a_message_out_of_order_is_put_off(guard):
    """No end is taken for one that we have seen to."""
    for octets in (raw(EOM), STRANGE + raw(EOM), raw(ABORT) + raw(EOM)):
        packets = said(guard, START + octets + raw(QUIT))
        # libmilter itself leaves out some.
        assert packets[-1][0] in (OPTNEG, REPLYCODE, TEMPFAIL), packets


# ---- at random

TEXTS = [
    b"", b"<>", b"leak", b"<leak@leak.example>", b"<ann@remotes.club>",
    b"<kim@remotes.club>", b"<zed@guild.club>", b"''", b"<@>", b"\xff\xfe",
    b"mail.leak.example", b"[192.0.2.1]", b"%s%n", b"a" * 70, b"(((((((",
    b"Received", b"Delivered-To", b"Authentication-Results", b"Received-SPF",
    b"Content-Type", b"multipart/report; boundary=leak", b"mx.remotes.club;",
    b"<SRS0=x=y=leak.example=leak@remotes.club>", b"i", b"{auth_authen}",
    b"{client_ptr}", b"{tls_version}", b"192.0.2.66", b"4\0\x19" + b"192.0.2.66",
    b"6\0\x19" + b"IPv6:2001:db8::66", b"L\0\x19" + b"/tmp/x", b"U", b"--leak",
]
COMMANDS = [MACRO, CONNECT, HELO, MAIL, RCPT, DATA, HEADER, EOH, BODY, EOM,
            ABORT, QUIT_NC, UNKNOWN, OPTNEG, b"X"]
LIKELY = [8, 1, 4, 12, 12, 3, 10, 3, 4, 8, 6, 2, 1, 0.02, 0.01]


def random_packet(chance):
    [command] = chance.choices(COMMANDS, LIKELY)
    if command == OPTNEG:
        return milter.negotiation(chance.choice([milter.ACTIONS, 0]),
                                  chance.choice([milter.STEPS, 0, 0x7f]),
                                  chance.choice([6, 6, 2, 0]))
    if command == MACRO:
        words = chance.choices(TEXTS, k=2 * chance.randrange(3))
        return raw(MACRO, chance.choice(COMMANDS) + b"".join(
            word + b"\0" for word in words))
    if command == BODY:
        return raw(BODY, chance.choice(TEXTS) * chance.choice([1, 1, 1, 900]))
    if command in (DATA, EOH, EOM, ABORT, QUIT_NC):
        return raw(command)
    if command == HEADER or command == CONNECT:
        return packet(command, *chance.choices(TEXTS, k=2))
    # Some without a NUL at their end, or without anything.
    if chance.random() < 0.002:
        return raw(command, chance.choice(TEXTS))
    return packet(command, *chance.choices(TEXTS, k=chance.choice([1, 1, 2])))


# libmilter hears "quit, a new connection follows" only after a message or
# after a command that it does not know; else it skips both that and the
# CONNECT behind it, and the milter is told nothing of the new client.
NEXT_CLIENT = packet(UNKNOWN, b"leak") + raw(QUIT_NC) + milter.connection()


def random_end(chance):
    """What leaves nothing to be understood after it."""
    return chance.choice([
        b"\0", b"\0\0\0", struct.pack(">I", 0), struct.pack(">I", 2**31),
        struct.pack(">I", 2**32 - 1) + b"M", struct.pack(">I", 900) + b"Mx",
        raw(QUIT), packet(MAIL, b"<x@x.example>")[:-3], raw(BODY, b"x" * 65535)
        + raw(EOM), raw(MACRO), raw(OPTNEG, b"\0" * 11), raw(CONNECT, b"x")])


def test_no_order_at_random_ends_it(guard):
    print(f"POSTWARD_SEED={SEED}")
    chance = random.Random(SEED)
    end = time.monotonic() + SECONDS
    tried = whole = connections = 0
    while tried < SEQUENCES and time.monotonic() < end:
        begins = chance.choice([b"", START, START, START, START])
        noise = [random_packet(chance) for _ in range(
            A_CONNECTION * chance.randrange(1, 12))]
        ends_well = chance.random() < 0.7
        packets = said(guard, begins + b"".join(noise) + (
            NEXT_CLIENT + HONEST + raw(QUIT)
            if ends_well and begins else random_end(chance)))
        assert guard.milter.status is None, f"POSTWARD_SEED={SEED}"
        last = verdict(packets)
        if any(letter == CHANGE_FROM and b"example.org=sam@" in data
               for letter, data in last):
            assert is_honest(last), f"POSTWARD_SEED={SEED}: {last}"
            whole += 1
        tried += A_CONNECTION
        connections += 1
    print(f"{tried} sequences, {connections} connections, {whole} honest ends")
    assert whole > connections / 4, f"POSTWARD_SEED={SEED}"
    assert is_honest(verdict(said(guard, START + HONEST + raw(QUIT))))
