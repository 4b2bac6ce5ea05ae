# SPDX-License-Identifier: MIT
"""The way back to an author who had an address of ours in From: for members who
have had his mail, and for nobody else."""

import sqlite3

import dkim
import pytest

from harness import smtp
from harness.smtp import Peer
from harness.stage import Stage
from harness.world import HONEST, STRANGER
from test_fate import Author
from test_rewrite import FWD, Rewriting, address_of, letter, name_of, parsed

ANN, SUE = "ann@remotes.club", "sue@strict.example"
MAILBOX = "ann@mailbox.example"
HOME = Peer("192.0.2.20", "mx.mailbox.example")

REFUSED = "This address takes replies only, from the mailbox that its mail went"


def is_refused(said):
    return said.startswith("550 5.7.1 ") and REFUSED in said


class Replies(Rewriting):
    """mailbox.example has SPF and a key, plain.example nothing at all."""

    def __init__(self, stage, forwarding=(), settings=(), postfix=()):
        self.author = Author(stage.folder)
        super().__init__(stage, forwarding, settings=settings, records=[
            'mailbox.example. TXT "v=spf1 ip4:192.0.2.20 ~all"',
            f"s1._domainkey.mailbox.example. TXT {self.author.halves}",
            "plain.example. MX 10 mail.example.org.",
        ], postfix=postfix)
        self.world.postward.cli("forward add --confirmed",
                                "kim@remotes.club", "kim@plain.example")

    def alias(self, author=SUE.encode(), recipients=(ANN,)):
        """The address that an author has for those who read his mail."""
        return address_of(self.arrives(letter(author), recipients=recipients))

    def answer(self, alias, text=None, sender=MAILBOX, peer=HOME, more=()):
        return self.send(text or reply(alias), sender=sender, peer=peer,
                         recipients=(alias, *more))


def reply(alias, sender=b"Ann <ann@mailbox.example>", more=b""):
    return (b"From: " + sender + b"\r\nTo: \"Sue via remotes.club\" <"
            + alias.upper().encode() + b">,\r\n\tann@mailbox.example\r\n"
            b"Subject: Re: Lunch\r\nMessage-ID: <2@mailbox.example>\r\n"
            b"In-Reply-To: <1@sue>\r\n" + more
            + b"Date: Fri, 27 Nov 2026 11:00:00 +0000\r\n\r\nYes.\r\n")


@pytest.fixture(scope="module")
def replies():
    with Stage() as stage:
        yield Replies(stage)


def test_a_reply_goes_to_the_author_in_the_members_name(replies):
    alias = replies.alias()
    said, mail = replies.answer(alias, reply(alias, more=(
        b"Reply-To: ann@mailbox.example\r\nSender: ann@mailbox.example\r\n"
        b"Disposition-Notification-To: =?utf-8?q?ann=40mailbox.example?="
        b" <ann@mailbox.example>\r\nX-Sender: ann=mailbox.example@x\r\n"
        b"DKIM-Signature: v=1; d=mailbox.example; s=none; b=x\r\n"
        b"References: <a.ann@mailbox.example> <1@sue>\r\n")))
    assert said.startswith("250"), said
    assert (mail.sender, mail.recipients) == (ANN, [SUE])
    assert (address_of(mail), name_of(mail)) == (ANN, "Ann")
    assert [to.addr_spec for to in parsed(mail)["To"].addresses] == [SUE, ANN]
    assert mail.fields("Subject") == ["Subject: Re: Lunch"]
    assert mail.fields("In-Reply-To") == ["In-Reply-To: <1@sue>"]
    for gone in ("Sender", "Disposition-Notification-To", "X-Sender",
                 "Received-SPF", "Delivered-To"):
        assert mail.fields(gone) == [], gone
    header = mail.text.partition(b"\r\n\r\n")[0].lower()
    for mailbox in (b"ann@mailbox.example", b"ann=40mailbox", b"d=mailbox"):
        assert mailbox not in header
    [signature] = mail.fields("DKIM-Signature")
    assert "d=remotes.club;" in signature
    assert dkim.verify(mail.text, dnsfunc=replies.keys.record)
    replies.world.postward.says(
        replies.world.postward.milter, f"new_from=<{ANN}>",
        f"reply_as={ANN}", "signed=remotes.club/pw1")


def test_who_signs_needs_no_spf(replies):
    alias = replies.alias()
    signed = replies.author.signs(reply(alias), "mailbox.example")
    said, mail = replies.answer(alias, signed, peer=HONEST)
    assert said.startswith("250"), said
    assert (mail.sender, mail.recipients) == (ANN, [SUE])


@pytest.mark.parametrize("sign", [
    # by another one at the same provider
    lambda replies, alias: replies.author.signs(
        reply(alias, b"Eve <eve@mailbox.example>"), "mailbox.example"),
    # to somebody else, and sent again
    lambda replies, alias: replies.author.signs(
        reply(alias).replace(alias.upper().encode(), b"eve@example.org"),
        "mailbox.example"),
    # changed
    lambda replies, alias: replies.author.signs(
        reply(alias), "mailbox.example").replace(b"Yes.", b"No."),
    lambda replies, alias: reply(alias),
], ids=["by another", "to another", "changed", "not at all"])
def test_a_forged_sender_is_refused(replies, sign):
    """Its SPF fails."""
    alias = replies.alias()
    said, _ = replies.answer(alias, sign(replies, alias), peer=HONEST)
    assert said.startswith("550 5.7.26 Replies to this address need"), said


def test_nor_is_one_believed_that_nobody_can_check(replies):
    """plain.example has no SPF: anybody may say that he is there."""
    alias = replies.alias(recipients=["kim@remotes.club"])
    said, _ = replies.answer(alias, sender="kim@plain.example", peer=STRANGER)
    assert said.startswith("550 5.7.26 Replies"), said


@pytest.mark.parametrize("sender", [
    "eve@example.org", ANN, "carl@mailbox.example", SUE, "",
    "ann@mailbox.example.example.org", "ann+x@mailbox.example"])
def test_it_takes_no_mail_of_others(replies, sender):
    alias = replies.alias()
    said, _ = replies.answer(alias, sender=sender,
                             peer=HOME if sender else HONEST)
    assert is_refused(said), said


def test_the_target_of_another_member_is_a_stranger(replies):
    """bob has had no mail of hers; sam nobody's."""
    alias = replies.alias()
    assert is_refused(replies.answer(alias, sender="gil@mailbox.example")[0])
    replies.alias(recipients=["gil@guild.club"])
    said, mail = replies.answer(alias, sender="gil@mailbox.example")
    assert (said[:3], mail.sender) == ("250", "gil@guild.club")


def test_members_of_a_team_answer_as_the_team(replies):
    alias = replies.alias(b"Zoe <zoe@strict.example>",
                          ["team@remotes.club"])
    said, mail = replies.answer(alias, sender="carl@mailbox.example")
    assert (said[:3], mail.sender) == ("250", "team@remotes.club")
    # By way of another account of ours.
    said, mail = replies.answer(alias)
    assert (said[:3], mail.sender) == ("250", "team@remotes.club")


@pytest.mark.parametrize("alias", [
    f"{'0' * 32}@{FWD}", f"{'g' * 32}@{FWD}", f"sue@{FWD}", f"a+b@{FWD}"])
def test_an_address_cannot_be_guessed(replies, alias):
    replies.alias()
    said = smtp.rcpt(replies.world.postfix.port, STRANGER, MAILBOX, alias)
    assert is_refused(said), said


def test_postmaster_is_there(replies):
    """RFC 5321 4.5.1; abuse, too, where somebody has it."""
    said, mail = replies.send(letter(b"sam@example.org"),
                              sender="sam@example.org",
                              recipients=[f"Postmaster@{FWD}"])
    assert said.startswith("250"), said
    assert mail.recipients == [MAILBOX]
    said = smtp.rcpt(replies.world.postfix.port, HONEST, "sam@example.org",
                     f"abuse@{FWD}")
    assert said.startswith("550 5.1.1 "), said


def test_who_guesses_has_to_wait(stage):
    replies = Replies(stage)
    alias = replies.alias()
    with smtp.session(replies.world.postfix.port, HOME) as session:
        for n in range(5):
            session.from_(MAILBOX)
            assert is_refused(session.to(f"{n:032x}@{FWD}"))
            session.say("RSET")
        session.from_(MAILBOX)
        assert "Too many wrong addresses" in session.to(alias)


def test_accounts_and_targets_that_are_off(stage):
    replies = Replies(stage)
    alias, cli = replies.alias(), replies.world.postward.cli
    for off, on in (("account suspend", "account resume"),):
        cli(off, ANN)
        assert is_refused(replies.answer(alias)[0])
        cli(on, ANN)
        assert replies.answer(alias)[0].startswith("250")
    cli("forward pause", ANN, MAILBOX)
    assert is_refused(replies.answer(alias)[0])
    cli("forward resume", ANN, MAILBOX)
    cli("forward remove", ANN, MAILBOX)
    assert is_refused(replies.answer(alias)[0])


def test_a_bounce_of_a_reply_comes_back_to_the_member(replies):
    alias = replies.alias()
    sink = replies.world.sink
    sink.refused[SUE] = "550 5.1.1 No such user"
    try:
        before = len(sink.mails)
        said = smtp.send(replies.world.postfix.port, HOME, MAILBOX, [alias],
                         reply(alias))[-1]
        assert said.startswith("250"), said
        mail = sink.wait(before + 1)[before]
    finally:
        del sink.refused[SUE]
    assert (mail.sender, mail.recipients) == ("", [MAILBOX])


def test_a_copy_to_another_member_tells_the_mailbox_to_nobody(replies):
    alias = replies.alias()
    said, mail = replies.answer(alias, more=["gil@guild.club"])
    assert said.startswith("250"), said
    assert sorted(mail.recipients) == ["gil@mailbox.example", SUE]
    assert (mail.sender, address_of(mail)) == (ANN, ANN)
    header = mail.text.partition(b"\r\n\r\n")[0].lower()
    assert b"ann@mailbox.example" not in header
    assert b"gil@mailbox.example" not in header


def test_two_names_are_one_too_many(replies):
    """One From cannot be of ann and of the team."""
    first = replies.alias(b"x1@strict.example")
    second = replies.alias(b"x2@strict.example", ["team@remotes.club"])
    said, _ = replies.answer(first, more=[second])
    assert is_refused(said), said


def test_a_name_that_is_the_mailbox_goes(replies):
    alias = replies.alias()
    said, mail = replies.answer(alias, reply(
        alias, b"\"ann@mailbox.example\" <ann@mailbox.example>"))
    assert said.startswith("250"), said
    assert (address_of(mail), name_of(mail)) == (ANN, "")


def test_more_fields_than_can_be_changed(replies):
    alias = replies.alias()
    said, _ = replies.answer(alias, reply(
        alias, more=b"".join(b"X-%d: y\r\n" % n for n in range(1000))))
    assert said.startswith("550 5.6.0 The header has too many fields"), said


def test_the_milter_alone_lets_no_stranger_pass(stage):
    """Nobody asks policyd."""
    replies = Replies(stage, postfix=[
        "smtpd_recipient_restrictions = permit_auth_destination, reject"])
    alias = replies.alias()
    assert is_refused(replies.answer(alias, sender="eve@example.org")[0])
    assert replies.answer(alias, peer=HONEST)[0].startswith("550 5.7.26")
    assert replies.answer(alias)[0].startswith("250")


def test_a_store_that_is_ill_is_for_later(stage):
    replies = Replies(stage)
    alias = replies.alias()
    replies.world.postward.database.write_bytes(b"no database" * 1000)
    for one in replies.world.postward.database.parent.glob("*-*"):
        one.unlink()
    said = smtp.rcpt(replies.world.postfix.port, HOME, MAILBOX, alias)
    assert said.startswith("451 4.3.0"), said


def test_the_tables_know_it(replies):
    alias = replies.alias()
    postfix = replies.world.postfix
    table = "socketmap:unix:%s:%s"
    socket = replies.world.postward.forwarder_socket
    assert postfix.postmap(FWD, table % (socket, "domain")) == (0, FWD)
    assert postfix.postmap(alias.upper(), table % (socket, "forward")) == (
        0, SUE)
    assert postfix.postmap(f"sue@{FWD}", table % (socket, "forward"))[0] == 1


def test_explain_tells_it(replies, tmp_path):
    alias = replies.alias()
    file = tmp_path / "reply"
    file.write_bytes(reply(alias))
    postward = replies.world.postward
    words = ["explain", "--client", HOME.address, "--client-name", HOME.name,
             "--helo", HOME.name, "--to", alias, "-c", postward.file]
    done = postward.run(*words, "--from", MAILBOX, "--message", file)
    assert done.returncode == 0, done
    assert f"reply of {ANN} to {SUE}" in done.stdout
    done = postward.run(*words, "--from", "eve@mailbox.example")
    assert done.returncode == 1 and REFUSED in done.stdout


def test_in_shadow_nothing_is_noted(stage):
    replies = Replies(stage, {"mode": "shadow"})
    replies.arrives(letter())
    with sqlite3.connect(replies.world.postward.database) as db:
        assert db.execute("SELECT COUNT(*) FROM author_token").fetchone() == (
            0,)
