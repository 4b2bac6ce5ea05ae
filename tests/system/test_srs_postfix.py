# SPDX-License-Identifier: MIT
"""The way there and back through a real Postfix, for senders as odd as it
takes them."""

import re

import pytest

from harness import smtp
from harness.stage import Stage
from harness.world import HONEST, STRANGER, World, srs

ANN = "ann@remotes.club"

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
DOT_STRING = re.compile(rf"{ATEXT}(\.{ATEXT})*")
# What every mail system takes, and takes for no route.
PLAIN = re.compile(r"[A-Za-z0-9#$&'*+=?^_`{}~.-]+@remotes\.club")

# Those that Postfix takes for a bad sender are not here: it does not matter
# what would become of them.
SPECIALS = "!#$%&'*+/=?^_`{|}~-. \"\\(),:;<>@["

ODD = sorted({
    *(f"a{c}b" for c in SPECIALS),
    *(f"{c}b" for c in SPECIALS if c not in "-"),
    *(f"a{c}" for c in SPECIALS),
    *(f"a{c}{c}b" for c in SPECIALS),
    *(f"a{c}b{d}c" for c, d in zip(SPECIALS, SPECIALS[7:] + SPECIALS[:7])),
    *(f"Mixed{c}Case" for c in SPECIALS),
    "user%gw", "host!user", "50%off", "a@b", "a..b", "end.", ".begin", "a b",
    "a  b", " ", "  ", "%", "!", "@", ".", "..", "\"", "\\", "a\\\"b", "a\\b",
    "<>", "<a@b.example>", "a@b@c", "%!%", "a,b@c,d",
    "SRS0", "srs0", "SRS1", "SRS2=a=b=c=d", "SRS0_a", "SRS0=a", "SRS1=a",
    "SRS0=SJjd=7G=x.example=alice", "SRS0+SJjd=7G=x.example=alice",
    "SRS0-SJjd=7G=x.example=u%gw", "SRS0=SJjd=7G=x.example=a!b",
    "SRS0=SJjd=7G=x.example=a..b", "SRS0=SJjd=7G=x.example=end.",
    "SRS0=SJjd=7G=[192.0.2.1]=a", "SRS0=SJjd=7G=x.example=a@b",
    "SRS0=SJjd=7G=x.example=a b", "SRS0=SJjd=7G=x.example=" + "y" * 40,
    "SRS1=xxxx=x.example==SJjd=7G=y.example=al%x",
    "x" * 50, "x" * 51, "x" * 64, "bounces+12-ann=remotes.club", "o'brien",
    "Sam.Upper+Tag", "SAM", "=", "a=b=c", "=a", "1", "1=2", "+", "+a",
})

SENDERS = [
    *((local, "example.org") for local in ODD),
    ("sam", "[192.0.2.10]"), ("a b", "[192.0.2.10]"),
    ("user%gw", "[192.0.2.10]"), ("sam", "[IPv6:2001:db8::1]"),
]

UTF8 = [("jürgen", "example.org"), ("用户", "example.org"),
        ("jür gen", "example.org"), ("jür%gen", "example.org")]

THROUGH_THE_TABLE = [
    "smtpd_milters =", "non_smtpd_milters =",
    "sender_canonical_maps = socketmap:unix:postward/forwarder:srs-forward",
    "sender_canonical_classes = envelope_sender",
]


def mailbox(local, domain):
    """As RFC 5321 has it."""
    if DOT_STRING.fullmatch(local):
        return f"{local}@{domain}"
    quoted = local.replace("\\", "\\\\").replace("\"", "\\\"")
    return f"\"{quoted}\"@{domain}"


@pytest.fixture(scope="module", params=["milter", "srs-forward"])
def odd_world(request):
    with Stage() as stage:
        yield World(stage, srs(stage), THROUGH_THE_TABLE
                    if request.param == "srs-forward" else ())


def deliver(world, letters, parameters=""):
    """letters: (sender, recipient).  What the next hop got of each."""
    before = len(world.sink.mails)
    with smtp.session(world.postfix.port, HONEST) as session:
        session.command_encoding = "utf-8"
        for n, (sender, recipient) in enumerate(letters):
            reply = session.say(f"MAIL FROM:<{sender}>{parameters}")
            assert reply.startswith("250"), (sender, reply)
            reply = session.to(recipient)
            assert reply.startswith("250"), (sender, recipient, reply)
            reply = session.content(f"Subject: {n}\n\nHello!\n")
            assert reply.startswith("250"), (sender, recipient, reply)
    got = world.sink.wait(before + len(letters), 120)[before:]
    by_number = {int(mail.field("Subject").split()[1]): mail for mail in got}
    return [by_number[n] for n in range(len(letters))]


def there_and_back(world, senders, parameters=""):
    sent = [mailbox(*sender) for sender in senders]
    addresses = [mail.sender for mail in deliver(
        world, [(sender, ANN) for sender in sent], parameters)]
    for sender, address in zip(sent, addresses):
        assert PLAIN.fullmatch(address), (sender, address)
        assert len(address.split("@")[0]) <= 64, (sender, address)
    came = deliver(world, [("", address) for address in addresses])
    for sender, address, mail in zip(sent, addresses, came):
        assert mail.recipients == [sender], (sender, address)
    return addresses


def test_every_sender_gets_his_bounce(odd_world):
    assert len(SENDERS) > 200
    there_and_back(odd_world, SENDERS)


def test_a_sender_in_utf8_gets_his_bounce(odd_world):
    there_and_back(odd_world, UTF8, " SMTPUTF8")


def test_what_we_add_for_him_is_ascii(odd_world):
    there_and_back(odd_world, [("jürgen", "example.org")], " SMTPUTF8")
    assert odd_world.sink.mails[-2].text.isascii()


def test_a_hop_without_smtputf8_takes_ascii_from_him(odd_world, request):
    """The sender was the only thing that was not ASCII.  When a milter has
    changed him, Postfix still asks for SMTPUTF8."""
    if request.node.callspec.params["odd_world"] == "milter":
        pytest.skip("Postfix keeps what the sender was at MAIL FROM")
    sink = odd_world.sink
    had, sink.extensions = sink.extensions, ["8BITMIME"]
    try:
        [mail] = deliver(odd_world, [("jürgen@example.org", ANN)], " SMTPUTF8")
        assert mail.sender.startswith("SRS0=")
    finally:
        sink.extensions = had


def test_what_is_a_token_keeps_its_case(odd_world):
    """Some fold the case of a local part."""
    senders = [mailbox("Mixed%Case", "example.org"),
               mailbox("Mixed Case", "example.org")]
    addresses = [mail.sender for mail in deliver(
        odd_world, [(sender, ANN) for sender in senders])]
    for fold in (str.lower, str.upper):
        came = deliver(odd_world, [("", fold(a)) for a in addresses])
        assert [mail.recipients for mail in came] == [[s] for s in senders]


@pytest.mark.parametrize("separator", "=+-")
def test_a_chain_goes_back_to_who_began_it(odd_world, separator):
    rest = f"{separator}SJjd=7G=y.example=alice"
    [mail] = deliver(odd_world, [
        (f"SRS1=xxxx=x.example={rest}@example.org", ANN)])
    assert PLAIN.fullmatch(mail.sender)
    [back] = deliver(odd_world, [("", mail.sender)])
    assert back.recipients == [f"SRS0{rest}@x.example"]


# ---- what strangers may do with such an address


@pytest.fixture(params=["policyd", "milter"])
def guarded(request, stage):
    """By one of the two that know the client."""
    settings = srs(stage)
    if request.param == "policyd":
        return World(stage, settings)
    return World(stage, {**settings, "milter": {"enforce": True}}, [
        "smtpd_recipient_restrictions = permit_mynetworks",
        "smtpd_reject_unlisted_recipient = no"])


def an_srs_address(world):
    [mail] = deliver(world, [("sam@example.org", ANN)])
    return mail.sender


def test_it_takes_bounces_only(guarded):
    world, address = guarded, an_srs_address(guarded)
    port = world.postfix.port
    for sender in ("eve@example.org", "sam@example.org"):
        assert "550 5.7.1" in smtp.rcpt(port, HONEST, sender, address)
        assert "takes bounces only" in smtp.rcpt(port, HONEST, sender, address)
    for sender in ("", "Postmaster@example.org", "mailer-daemon@example.org"):
        assert smtp.rcpt(port, HONEST, sender, address).startswith("250")


def guess(session, recipient, command):
    if command == "VRFY":
        return session.say(f"VRFY {recipient}")
    session.from_("")
    reply = session.to(recipient)
    session.say("RSET")
    return reply


@pytest.mark.parametrize("command", ["RCPT", "VRFY"])
def test_a_stranger_cannot_guess(guarded, command):
    """Right and wrong look alike; no milter is asked about VRFY."""
    world, address = guarded, an_srs_address(guarded)
    with smtp.session(world.postfix.port, STRANGER) as session:
        for n in range(5):
            assert guess(session, f"SRS0=AAA{n}={address[10:]}", command
                         ).startswith(("550", "252")), n
        answers = {guess(session, recipient, command)[:3] for recipient in
                   (f"SRS0=AAAA={address[10:]}", address)}
        assert answers in ({"451"}, {"252"})
    assert smtp.rcpt(world.postfix.port, HONEST, "", address
                     ).startswith("250")


def test_postfix_brings_its_own_bounces_to_it(guarded):
    """Whoever else has to wait."""
    world = guarded
    world.sink.refused["ann@mailbox.example"] = "550 5.1.1 No such user"
    with smtp.session(world.postfix.port, HONEST) as session:
        session.from_("sam@example.org")
        session.to(ANN)
        session.content("Subject: hello\n\nHello!\n")
    [bounce] = world.sink.wait(1)
    assert (bounce.sender, bounce.recipients) == ("", ["sam@example.org"])
