# SPDX-License-Identifier: MIT
"""hide-targets: whoever says that forwarded mail has failed, our Postfix or
the target's mail server later, its sender does not learn the target."""

import base64
import email
import quopri
import textwrap

import pytest

from harness import smtp
from harness.smtp import Peer
from harness.world import HONEST, World, srs

SAM, ANN, TARGET = "sam@example.org", "ann@remotes.club", "ann@mailbox.example"
THERE = Peer("192.0.2.20", "mx.mailbox.example")


@pytest.fixture
def world(stage):
    return World(stage, {**srs(stage), "milter": {"hide-targets": True}})


def everything(mail):
    """The mail as it is, and all its parts decoded."""
    texts = [mail.text]
    for part in email.message_from_bytes(mail.text).walk():
        texts.append(part.get_payload(decode=True) or b"")
        texts += [str(email.header.make_header(email.header.decode_header(
            value))).encode() for value in part.values()]
    return b"\n".join(texts).lower()


def forwarded(world):
    """The mail that reached the target."""
    replies = smtp.send(world.postfix.port, HONEST, SAM, [ANN],
                        "Subject: lunch\n\nAt one?\n")
    assert replies[-1].startswith("250"), replies
    [mail] = world.sink.wait(1)
    assert mail.sender.startswith("SRS0=")
    return mail


def returned(mail):
    return mail.text.decode().replace("\r\n", "\n")


def postfix(mail):
    return textwrap.dedent(f"""\
        From: MAILER-DAEMON@mx.mailbox.example (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: {mail.sender}
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="b/1"

        --b/1
        Content-Type: text/plain

        <{TARGET}>: unknown user: "ann"

        --b/1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.mailbox.example

        Final-Recipient: rfc822; {TARGET}
        Original-Recipient: rfc822;{ANN}
        Action: failed
        Status: 5.1.1

        --b/1
        Content-Type: message/rfc822

        """) + returned(mail) + "\n--b/1--\n"


def encoded(mail):
    """All of it in base64, in a mixed one."""
    status = (f"Final-Recipient: rfc822; {TARGET}\nAction: failed\n"
              "Status: 5.1.1\n").encode()
    return (f"From: <postmaster@mx.mailbox.example>\nTo: {mail.sender}\n"
            f"Subject: =?utf-8?b?{base64.b64encode(TARGET.encode()).decode()}?="
            "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            "--b\nContent-Type: text/html\n"
            "Content-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(f"<b>{TARGET}</b>".encode()).decode()
            + "--b\nContent-Type: message/global-delivery-status\n"
            "Content-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(status).decode()
            + "--b\nContent-Type: message/rfc822\n\n" + returned(mail)
            + "\n--b--\n")


def qmail(mail):
    return (f"From: MAILER-DAEMON@mailbox.example\nTo: {mail.sender}\n"
            "Subject: failure notice\n\n"
            "Hi. This is the qmail-send program at mailbox.example.\n\n"
            f"<{TARGET}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
            "--- Below this line is a copy of the message.\n\n"
            + returned(mail))


def exim(mail):
    return (f"X-Failed-Recipients: {TARGET}\nAuto-Submitted: auto-replied\n"
            "From: Mail Delivery System <Mailer-Daemon@mx.mailbox.example>\n"
            f"To: {mail.sender}\nSubject: Mail delivery failed\n\n"
            "The following address(es) failed:\n\n"
            f"  {TARGET}\n    (generated from ann@mailbox.example)\n"
            "    Unrouteable address\n\n------ This is a copy ------\n\n"
            + returned(mail))


def printed(mail):
    """In quoted-printable, with the target in pieces."""
    text = quopri.encodestring(
        f"Delivery to {TARGET} failed. return=ann=mailbox.example@x".encode())
    text = text.replace(b"ann@mailbox", b"an=\nn=40mailbox").decode()
    return (f"From: postmaster@mailbox.example\nTo: {mail.sender}\n"
            f"Subject: Undeliverable: {TARGET}\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; boundary=b\n\n"
            "--b\nContent-Type: text/plain\n"
            f"Content-Transfer-Encoding: quoted-printable\n\n{text}\n"
            "--b\nContent-Type: message/delivery-status\n\n"
            f"Reporting-MTA: dns; ex\n\nFinal-recipient: RFC822;{TARGET}\n"
            "Action: failed\nStatus: 5.1.10\n--b--\n")


def opensmtpd(mail):
    return (postfix(mail).replace("multipart/report", "multipart/mixed")
            .replace("Action: failed", "Action: delayed")
            .replace("Status: 5.1.1", "Status: 4.4.1"))


def plain(mail):
    """Of no format that there is."""
    return (f"From: postmaster@mailbox.example\nTo: {mail.sender}\n"
            f"Subject: Returned\n\nYour mail to {TARGET} came back.\n")


FORMATS = [postfix, encoded, qmail, exim, printed, opensmtpd, plain]


def test_the_target_s_host_tells_it_to_nobody(world):
    mail = forwarded(world)
    for i, form in enumerate(FORMATS):
        reply = smtp.send(world.postfix.port, THERE, "", [mail.sender],
                          form(mail))[-1]
        assert reply.startswith("250"), reply
        back = world.sink.wait(i + 2)[-1]
        assert (back.sender, back.recipients) == ("", [SAM])
        text = everything(back)
        assert TARGET.encode() not in text, form
        assert b"ann=mailbox" not in text, form
        assert b"ann%40" not in text, form
        # It is still known what it is, and about whom.
        parsed = email.message_from_bytes(back.text)
        assert parsed.get_content_type() == "multipart/report", form
        assert parsed["From"] == (
            "Mail Delivery System <MAILER-DAEMON@mx.remotes.club>")
        if form in (postfix, encoded, qmail, exim, opensmtpd):
            assert b"message to <ann@remotes.club>" in text, form
        if form in (postfix, encoded):
            assert b"there is no such mailbox" in text


def test_a_member_s_own_reply_is_left_as_it_is(world):
    mail = forwarded(world)
    smtp.send(world.postfix.port, THERE, "", [mail.sender], (
        f"From: Ann <{TARGET}>\nTo: {mail.sender}\nSubject: away\n"
        "Auto-Submitted: auto-replied\n\nI am away.\n"))
    back = world.sink.wait(2)[-1]
    assert back.recipients == [SAM]
    assert str(back).endswith("I am away.\r\n")


REFUSALS = [
    "550 '{}' is not a registered user", "550 to={}, rcpt={}", "550 `{}'",
    "550 {{{}}}|{}|*{}*", "550 https://help.example/?rcpt={}",
    "550 _{}_", "550 {}-disabled", "550 ann%40mailbox.example",
    "550 ann=mailbox.example@bounces.example", "550 ANN@Mailbox.Example.",
    "550 ann at mailbox.example", "550 =?utf-8?q?ann=40mailbox.example?=",
]


def test_our_own_postfix_tells_it_to_nobody(world):
    for i, refusal in enumerate(REFUSALS):
        world.sink.refused[TARGET] = refusal.format(*[TARGET] * 3)
        replies = smtp.send(world.postfix.port, HONEST, SAM, [ANN],
                            "Subject: lunch\n\nAt one?\n")
        assert replies[-1].startswith("250"), replies
        back = world.sink.wait(i + 1)[-1]
        text = everything(back)
        for told in (TARGET, "ann%40mailbox", "ann=mailbox", "ann=40mailbox",
                     "ann at mailbox", "mailbox.example"):
            assert told.encode() not in text, (refusal, told)
        assert ANN.encode() in text
