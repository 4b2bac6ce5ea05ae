# SPDX-License-Identifier: MIT
"""Mail that only SPF speaks for, under a strict policy, goes on in an address of
ours: with Postfix, a DNS server, senders whose SPF is real, and dkimpy as the
next host."""

import re
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser

import dkim
import pytest

from harness import smtp
from harness.signing import Keys
from harness.stage import Stage
from harness.world import HONEST, World, srs

ANN = "ann@remotes.club"
FWD = "fwd.remotes.club"
TOKEN = re.compile(rf"[0-9a-f]{{32}}@{FWD}")

STRICT = "strict.example"
IDN = "xn--bcher-kva.example"

RECORDS = [
    line for domain in (STRICT, IDN) for line in (
        f"{domain}. MX 10 mail.example.org.",
        f'{domain}. TXT "v=spf1 ip4:192.0.2.10 -all"',
        f'_dmarc.{domain}. TXT "v=DMARC1; p=reject"')]


class Rewriting:
    """A world with keys of its domain and of the one of rewritten authors."""

    def __init__(self, stage, forwarding=(), keys=(FWD,), settings=(),
                 records=(), postfix=()):
        self.keys = Keys(stage, *keys)
        self.world = World(stage, {
            "forwarding": {"mode": "enforce", "spf-only": "rewrite",
                           "from-domain": FWD, **dict(forwarding)},
            "dkim": {"keys": str(self.keys.folder)}, **srs(stage),
            **dict(settings)}, postfix, [*RECORDS, *records])

    def send(self, text, sender=f"sue@{STRICT}", recipients=(ANN,),
             peer=HONEST):
        """(the last answer, what has arrived)"""
        before = len(self.world.sink.mails)
        said = smtp.send(self.world.postfix.port, peer, sender,
                         list(recipients), text)[-1]
        if not said.startswith("250"):
            assert len(self.world.sink.mails) == before
            return said, None
        return said, self.world.sink.wait(before + 1)[before]

    def arrives(self, text, **how):
        said, mail = self.send(text, **how)
        assert said.startswith("250"), said
        return mail

    def passes_dmarc(self, mail):
        """At the next host: is there a signature of the very domain in From,
        and does it hold?"""
        [field] = [field for field in mail.fields("DKIM-Signature")
                   if f"d={FWD};" in field]
        assert re.search(r"\bfrom:", field)
        return address_of(mail).endswith("@" + FWD) and dkim.verify(
            mail.text, dnsfunc=self.keys.record)


def letter(author=b"Sue Example <sue@strict.example>", more=b""):
    return (b"From: " + author + b"\r\nTo: ann@remotes.club\r\n" + more
            + b"Message-ID: <1@sue>\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000"
            b"\r\nSubject: Lunch\r\n\r\nAt one?\r\n")


def parsed(mail):
    return BytesParser(policy=policy.default).parsebytes(mail.text)


def author_of(mail):
    """As a mail program reads it."""
    [author] = parsed(mail)["From"].addresses
    return author


def address_of(mail):
    return author_of(mail).addr_spec


def name_of(mail):
    return str(make_header(decode_header(author_of(mail).display_name)))


@pytest.fixture(scope="module")
def rewriting():
    with Stage() as stage:
        yield Rewriting(stage)


def test_a_copy_arrives_in_an_address_of_ours(rewriting):
    mail = rewriting.arrives(letter())
    assert name_of(mail) == "Sue Example via remotes.club"
    assert TOKEN.fullmatch(address_of(mail))
    assert mail.fields("X-Original-From") == [
        "X-Original-From: Sue Example <sue@strict.example>"]
    [reply_to] = parsed(mail)["Reply-To"].addresses
    assert (reply_to.display_name, reply_to.addr_spec) == (
        "Sue Example", "sue@strict.example")
    assert mail.sender.startswith("SRS0=")
    assert rewriting.passes_dmarc(mail)
    postward = rewriting.world.postward
    postward.says(postward.milter, "fate=rewrite fate_case=spf-only",
                  f"new_author=<{address_of(mail)}>", f"signed={FWD}/pw1")
    assert " at=" not in postward.milter.log().splitlines()[-1]


def test_an_author_has_one_address(rewriting):
    first, second = (address_of(rewriting.arrives(letter(author)))
                     for author in (b"sue@strict.example",
                                    b"S <SUE@Strict.Example>"))
    other = address_of(rewriting.arrives(letter(b"sam@strict.example")))
    assert first == second != other


def test_what_the_author_wants_stays(rewriting):
    """And who says that he has been rewritten already has not been by us."""
    mail = rewriting.arrives(letter(more=(
        b"Reply-To: desk@strict.example\r\nSender: bot@strict.example\r\n"
        b"x-original-from: The Boss <boss@strict.example>\r\n"
        b"X-Original-From: Eve\r\n\t<eve@strict.example>\r\n"
        b"List-Id: <news.strict.example>\r\n"
        b"Auto-Submitted: auto-generated\r\n")))
    assert mail.fields("Reply-To") == ["Reply-To: desk@strict.example"]
    assert mail.fields("Sender") == []
    assert mail.fields("X-Original-From") == [
        "X-Original-From: Sue Example <sue@strict.example>"]
    assert mail.fields("List-Id") and mail.fields("Auto-Submitted")
    assert rewriting.passes_dmarc(mail)


@pytest.mark.parametrize("author, name", [
    (b"=?utf-8?q?J=C3=BCrgen?= <sue@strict.example>", "J\u00fcrgen"),
    (b"=?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <sue@strict.example>",
     "\u5c71\u7530"),
    ("J\u00fcrgen <sue@strict.example>".encode(), "J\u00fcrgen"),
    ("J\u00fcrgen <sue@strict.example>".encode("latin-1"), "J\u00fcrgen"),
    (b"\"Example, Sue \\\"S\\\"\" <sue@strict.example>",
     'Example, Sue "S"'),
    (b"sue@strict.example (Sue)", "sue at strict.example"),
    (b"team: Sue <sue@strict.example>;", "Sue"),
    (b"\"ann@remotes.club\" <sue@strict.example>", "ann at remotes.club"),
    (b"=?utf-8?q?ann=40remotes.club?= <sue@strict.example>",
     "ann at remotes.club"),
    ("ann\uff20remotes.club <sue@strict.example>".encode(),
     "ann at remotes.club"),
    (b"=?utf-8?q?=E2=80=AEbulc.setomer=40nna?= <sue@strict.example>",
     "bulc.setomer at nna"),
    (b"=?utf-7?q?ann+AEA-remotes.club?= <sue@strict.example>",
     "sue at strict.example"),
    (b"=?utf-8?q?" + b"a" * 60 + b"?=\r\n " + b"x" * 700
     + b" <sue@strict.example>", "a" * 60),
    (b"(" + b"y" * 3000 + b") Sue <sue@strict.example>", "Sue"),
], ids=["encoded", "in Japanese", "8-bit", "8-bit and no UTF-8", "quoted",
        "only a comment", "a group", "our address", "our address, encoded",
        "our address, wide", "our address, backwards", "our address, in UTF-7",
        "long", "a long comment"])
def test_names(rewriting, author, name):
    mail = rewriting.arrives(letter(author))
    assert TOKEN.fullmatch(address_of(mail))
    shown = name_of(mail)
    assert shown.startswith(name) and "@" not in shown
    assert shown.endswith(" via remotes.club")
    assert rewriting.passes_dmarc(mail)
    assert max(map(len, mail.text.split(b"\r\n"))) <= 998


def test_a_domain_in_utf8(rewriting):
    mail = rewriting.arrives(
        letter("Sue <sue@b\u00fccher.example>".encode()),
        sender=f"sue@{IDN}")
    assert TOKEN.fullmatch(address_of(mail))
    assert mail.fields("Reply-To") == [f'Reply-To: "Sue" <sue@{IDN}>']
    assert rewriting.passes_dmarc(mail)


@pytest.mark.parametrize("author, sender, more, begins", [
    (b", ".join(b"a%d@strict.example" % n for n in range(50)),
     f"sue@{STRICT}", b"",
     "550 5.7.26 DMARC of strict.example cannot pass when forwarded"),
    (b"a@strict.example, b@strict.example", f"sue@{STRICT}", b"",
     "550 5.7.26 DMARC of strict.example"),
    (b"sue@strict.example", "sam@example.org", b"", "550 5.7.26 Neither"),
    (b"sue@strict.example", f"sue@{STRICT}",
     b"".join(b"X-%d: y\r\n" % n for n in range(1000)),
     "550 5.7.26 DMARC of strict.example"),
], ids=["50 authors", "two authors", "forged", "more fields than are changed"])
def test_who_is_not_rewritten(rewriting, author, sender, more, begins):
    said, _ = rewriting.send(letter(author, more), sender=sender)
    assert said.startswith(begins), said


def test_a_notification_is_not_rewritten(rewriting):
    """SPF of postmaster@HELO is the author's here."""
    world = rewriting.world
    said, _ = rewriting.send(
        letter(b"postmaster@strict.example"), sender="",
        peer=smtp.Peer("192.0.2.10", "mail.example.org", STRICT))
    assert said.startswith("550 5.7.26 DMARC of strict.example"), said
    world.postward.says(world.postward.milter, "fate_case=spf-only")


def test_who_signs_needs_no_other_address(rewriting):
    mail = rewriting.arrives(letter(b"sam@example.org"),
                             sender="sam@example.org")
    assert address_of(mail) == "sam@example.org"
    assert mail.fields("X-Original-From") == []


def test_a_member_may_choose_it(stage):
    rewriting = Rewriting(stage, {"spf-only": "hold"})
    rewriting.world.postward.cli("account set", ANN, "--strategy", "rewrite")
    mail = rewriting.arrives(letter())
    assert TOKEN.fullmatch(address_of(mail))
    assert rewriting.passes_dmarc(mail)


@pytest.mark.parametrize("keys", [(), ("guild.club",)],
                         ids=["only of the domain above", "of another"])
def test_without_a_key_nothing_leaves(stage, keys):
    rewriting = Rewriting(stage, keys=keys)
    said, _ = rewriting.send(letter())
    assert said.startswith("451 4.3.0 "), said
    rewriting.world.postward.says(rewriting.world.postward.milter,
                                  f"postward dkim key add {FWD}")


def test_in_shadow_it_is_only_said(stage):
    rewriting = Rewriting(stage, {"mode": "shadow"})
    mail = rewriting.arrives(letter())
    assert address_of(mail) == "sue@strict.example"
    rewriting.world.postward.says(rewriting.world.postward.milter,
                                  "fate=rewrite", "fate_mode=shadow")


def test_what_is_sealed_is_what_leaves(stage):
    rewriting = Rewriting(stage, settings={"arc": {"seal": True}})
    mail = rewriting.arrives(letter())
    assert rewriting.passes_dmarc(mail)
    cv, _, comment = dkim.arc_verify(mail.text, dnsfunc=rewriting.keys.record)
    assert cv == b"pass", comment
