# SPDX-License-Identifier: MIT
"""However a sender is written: what a real Postfix sends on is what policyd
and the milter have judged, and nobody says that he is somebody else."""

import re
import unicodedata

import pytest

from harness import smtp
from harness.smtp import Peer
from harness.stage import Stage, until
from harness.world import HONEST, STRANGER, World, srs

ANN = "ann@remotes.club"

# hard.example names its servers, and STRANGER is none of them; nor is it one of
# ours (guild.club, whose record ends in ~all).
PATHS = [
    "<bob@{}>", "bob@{}", "<bob%{}>", "<{}!bob>", "<{}!a%c.example>",
    "<bob%a%{}>", "<{}!a!bob>", "<%{}>", "<{}!>", "<bob%{}.>", "<@{}>",
    '<"bob@{}">', '<"bob"@{}>', '<"bob%{}">', '<"bob\\@{}">', "<bob\\@{}>",
    '<"bob"."x"@{}>', '<""@{}>', '<"a b"@{}>', '<bob@"{}">', '<"a@b"@{}>',
    "<bob@(x){}>", "<bob@{}(x)>", "<bob(x)@{}>", "<bob @{}>", "<bob@ {}>",
    "< bob@{} >", "<Bob <bob@{}>>", "<<bob@{}>>", "<grp:bob@{};>",
    "<@a.example,@b.example:bob@{}>", "<@a.example:bob%{}>",
    "<@a.example:{}!bob>", "<bob@{}.>", "<bob@{}..>", "<bob@.{}>",
    "<bob@a.example@{}>", "<a.example!bob@{}>", "<bob%a.example@{}>",
    "<bob@{},a.example>", "<bob@a.example,bob@{}>", "<bob:x@{}>", "<{}::bob>",
    "<bob@[{}]>", "<[{}]!bob>", "<bob@{}\t>", "<bob\x0b@{}>", '<"b\x01"@{}>',
    "<b\u00f3b@{}>", "<b\u00f3b@{}> SMTPUTF8", "<b\u00f3b%{}> SMTPUTF8",
    "<bob\uff20{}> SMTPUTF8", "<bob\uff05{}>",
]

# Of these no domain is left.
BARE = ["<ann>", "<postmaster>", "<MAILER-DAEMON>", "<''>", "<@a.example:ann>",
        '<"ann">', "<ann(x)>"]


def in_capitals(domain):
    return domain.upper()


def in_full_width(domain):
    """The same name to DNS (UTS 46), if the client says SMTPUTF8."""
    return "".join(chr(ord(c) + 0xfee0) if c.isalpha() else c for c in domain)


def paths_of(domain):
    yield from (path.format(domain) for path in PATHS)
    yield from (path.format(in_capitals(domain)) for path in PATHS[:4])
    for path in ("<bob@{}>", "<bob%{}>", "<{}!bob>", "<bob@{}.>"):
        yield path.format(in_full_width(domain)) + " SMTPUTF8"
        yield path.format(domain.replace(".", "\u3002")) + " SMTPUTF8"


# What main.cf has against such senders is not what is tried here.
BARE_POSTFIX = ["smtpd_sender_restrictions =", "smtpd_helo_required = no",
                "smtpd_hard_error_limit = 100000"]
ALL_SHADOW = {f'check "{name}"': {"mode": "shadow"} for name in (
    "helo_syntax", "helo_unknown", "sender_syntax", "sender_unknown",
    "sender_null_mx", "spf", "sender_ours")}
BY_MILTER = ["smtpd_recipient_restrictions ="]


class Stranger(smtp.Session):
    """Says what no library would."""

    def says_path(self, path):
        self.rset()
        self.command_encoding = "utf-8"
        return self.say(f"MAIL FROM:{path}")

    def hello_bytes(self, name):
        self.sock.sendall(b"EHLO " + name + b"\r\n")
        return self.getreply()[0]


def stranger(world, peer=STRANGER):
    return Stranger(world.postfix.port, peer)


def offered(world, session, path):
    """The last reply, and the mail that the next host got, or None."""
    before = len(world.sink.mails)
    reply = session.says_path(path)
    if reply.startswith("250"):
        reply = session.to(ANN)
    if reply.startswith("250"):
        reply = session.content("Subject: hello\n\nHello!\n")
    if not reply.startswith("250"):
        return reply, None
    until(f"the mail of {path!r}", lambda: len(world.sink.mails) > before)
    return reply, world.sink.mails[before]


def unquoted(address):
    local, at, domain = address.rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return local + at + domain


def in_small(address):
    """DNS does not care, and Postfix tells its milters so."""
    local, at, domain = address.rpartition("@")
    return local + at + domain.lower()


def said_by_milter(mail):
    """envelope-from and result of its Received-SPF."""
    [field] = mail.fields("Received-SPF")
    field = re.sub(r"\r?\n[\t ]", " ", field)
    value = re.search(r'envelope-from=("(?:[^"\\]|\\.)*"|[^;]*);', field)[1]
    return unquoted_value(value), field.split()[1]


def unquoted_value(value):
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def decisions(program, since):
    return re.findall(r"state=RCPT .*", program.log()[since:])


def shown(address):
    """As a header field in ASCII shows it: the domain as DNS knows it."""
    local, at, domain = address.rpartition("@")
    local = "".join(c if c.isascii() and c.isprintable() else
                    f"\\x{ord(c):02x}" if c.isascii() else
                    f"\\x{{{ord(c):X}}}" for c in local)
    domain = unicodedata.normalize("NFKC", domain).lower()
    return local + at + domain.encode("idna").decode()


def test_what_is_judged_is_what_is_sent(stage):
    """Everything is let pass, so that all of it is seen."""
    world = World(stage, ALL_SHADOW, BARE_POSTFIX)
    policyd, seen = world.postward.policyd, 0
    with stranger(world) as session:
        for path in [*paths_of("hard.example"), *BARE]:
            since = len(policyd.log())
            reply, mail = offered(world, session, path)
            if mail is None:
                # Postfix did not take it, or the milter could not tell.
                assert re.match(r"50[01] |555 |550 5\.1\.7 ", reply), path
                continue
            seen += 1
            until("its line", lambda: decisions(policyd, since))
            line = decisions(policyd, since)[-1]
            judged, result = said_by_milter(mail)
            assert in_small(judged) == shown(unquoted(mail.sender)), path
            assert f"spf={result} " in line, (path, line)
            if mail.sender.lower().endswith("@hard.example"):
                assert result == "fail", path
            if result != "fail":
                assert 'would="reject by sender_syntax"' in line or (
                    "hard.example" not in mail.sender.lower()), (path, line)
    assert seen >= 40


@pytest.fixture(scope="module", params=["policyd", "milter"])
def guarded(request):
    by_milter = request.param == "milter"
    with Stage() as stage:
        settings = srs(stage)
        if by_milter:
            settings["milter"] = {"enforce": True}
        yield World(stage, settings,
                    BARE_POSTFIX + (BY_MILTER if by_milter else []))


@pytest.mark.parametrize("domain", ["hard.example", "guild.club",
                                    "junk.example", "silent.example"])
def test_no_way_of_writing_gets_in(guarded, domain):
    """A domain with -all, one of ours, one on a list, one without mail."""
    with stranger(guarded) as session:
        for path in paths_of(domain):
            reply, mail = offered(guarded, session, path)
            if mail is not None:
                # Another domain than it looked like.
                assert not re.search(rf"={re.escape(domain)}=", mail.sender,
                                     re.I), path
                assert "a.example" in path or "c.example" in path, path
            else:
                assert re.match(r"50[01] |55[045] ", reply), (path, reply)


def test_nobody_without_a_domain_gets_in(guarded):
    with stranger(guarded) as session:
        for path in BARE:
            reply, mail = offered(guarded, session, path)
            assert mail is None and reply.startswith("550 5.1."), (path, reply)


def test_what_is_let_pass_has_our_sender(stage):
    """If an administrator wants it so: SRS all the same."""
    world = World(stage, {**srs(stage), **ALL_SHADOW}, BARE_POSTFIX)
    with stranger(world) as session:
        for path in [*paths_of("hard.example"), *BARE]:
            mail = offered(world, session, path)[1]
            if mail is not None:
                assert mail.sender == "" or mail.sender.endswith(
                    ("@remotes.club", "@mx.remotes.club")), path


# ---- HELO


def without_helo(world):
    return stranger(world, Peer(STRANGER.address, STRANGER.name, None))


def test_no_helo_is_refused(guarded):
    with without_helo(guarded) as session:
        for path, reply in (("<bob@hard.example>", "550 5.7.23 "),
                            ("<sam@example.org>", "550 5.5.1 "),
                            ("<>", "550 5.5.1 "),
                            ("<kim@guild.club>", "550 5.")):
            said, mail = offered(guarded, session, path)
            assert mail is None and said.startswith("550 5."), (path, said)
            assert said.startswith(reply) or "Send EHLO first" in said


def test_without_helo_spf_is_looked_at(stage):
    world = World(stage, {'check "helo_syntax"': {"action": "off"}},
                  BARE_POSTFIX)
    with without_helo(world) as session:
        reply, _ = offered(world, session, "<bob@hard.example>")
        assert reply.startswith("550 5.7.23 "), reply
        # Postfix has not understood this one.
        assert session.hello_bytes(b"\xff") >= 500
        reply, _ = offered(world, session, "<bob@hard.example>")
        assert reply.startswith("550 5.7.23 "), reply
        _, mail = offered(world, session, "<sam@example.org>")
        assert said_by_milter(mail) == ("sam@example.org", "none")
        [field] = mail.fields("Authentication-Results")
        assert "spf=none" in field and "sam@example.org" in field
        _, mail = offered(world, session, "<>")
        [field] = mail.fields("Authentication-Results")
        assert field.split(";")[1].strip() == "spf=none"


def test_main_cf_asks_for_helo_and_a_domain(world):
    with without_helo(world) as session:
        assert session.says_path("<bob@hard.example>").startswith("503 5.5.1 ")
    with stranger(world) as session:
        for path in ("<ann>", "<bob%hard.example>", "<hard.example!bob>"):
            session.says_path(path)
            assert session.to(ANN).startswith("504 5.5.2 "), path


# ---- one of us


def test_one_of_us_sends_from_where_spf_says(guarded):
    inside = Peer("192.0.2.99", "mail.example.org")
    with stranger(guarded, inside) as session:
        _, mail = offered(guarded, session, "<kim@guild.club>")
        assert mail.sender == "kim@guild.club"
    with stranger(guarded) as session:
        reply, _ = offered(guarded, session, "<kim@guild.club>")
        assert reply.startswith("550 5.7.1 "), reply
        assert "Sender is in our domain guild.club, and client" in reply


def test_without_a_record_it_scores(guarded):
    both = [guarded.postward.policyd, guarded.postward.milter]
    starts = [len(one.log()) for one in both]
    with stranger(guarded) as session:
        _, mail = offered(guarded, session, "<kim@remotes.club>")
    assert mail.sender == "kim@remotes.club"
    until("its line", lambda: any(
        "points=5 spf=none" in one.log()[start:]
        for one, start in zip(both, starts)))


def test_an_srs_address_of_ours_comes_back(guarded):
    """From a host that forwards without SRS."""
    with stranger(guarded, HONEST) as session:
        _, mail = offered(guarded, session, "<sam@example.org>")
        assert mail.sender.startswith("SRS0=")
        _, again = offered(guarded, session, f"<{mail.sender}>")
        assert again.sender == mail.sender


# ---- the line in the log


def keys(line):
    return re.findall(r"(\w+)=(?:\"(?:[^\"\\]|\\.)*\"|\S*)", line)


def test_policyd_and_milter_write_the_same_line(stage):
    """Of what scores, and of what shadow mode lets pass."""
    world = World(stage, {
        "milter": {"enforce": True},
        'dnsbl "bl.test"': {"mode": "shadow"},
        'check "helo_unknown"': {"action": "score", "points": 2}}, BARE_POSTFIX)
    listed = Peer("192.0.2.66", "mail.example.org", "gone.example")
    lines = []
    with stranger(world, listed) as session:
        offered(world, session, "<a@soft.example>")
    for program in (world.postward.policyd, world.postward.milter):
        until("its line", lambda program=program: decisions(program, 0))
        lines.append(decisions(program, 0)[0])
    policyd, milter = lines
    assert 'would="reject by dnsbl.bl.test"' in milter
    assert "points=5 spf=softfail" in milter
    assert re.search(r" ms=\d+$", milter)
    assert keys(milter) == keys(policyd)
