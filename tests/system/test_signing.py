# SPDX-License-Identifier: MIT
"""Mail of ours is signed: what a member sends, a notification, the mailer's
mail; and never without a signature where one was promised.  dkimpy is the next
host."""

import dkim
import pytest

from harness import smtp
from harness.signing import Keys
from harness.smtp import Peer
from harness.stage import Stage
from harness.world import HONEST, World

ANN, SAM = "ann@remotes.club", "sam@example.org"
TEXT = ("From: Ann <ann@remotes.club>\r\nTo: Sam <sam@example.org>\r\n"
        "Subject: Lunch\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <1@remotes.club>\r\n\r\nAt one?\r\n")


# Members send from there.
HOME = Peer("192.0.2.99", "home.example")
OURS = {"allow": {"clients": [HOME.address]}}


@pytest.fixture(scope="module")
def signing():
    """A world whose milter has a key of remotes.club."""
    with Stage() as stage:
        keys = Keys(stage)
        world = World(stage, {"dkim": {"keys": str(keys.folder)}, **OURS}, [
            "relay_domains = example.org", "relay_transport = smtp",
            "non_smtpd_milters = unix:postward/milter"])
        world.keys = keys
        yield world


def send_as_member(world, text, recipient=SAM):
    with smtp.session(world.postfix.port, HOME) as session:
        session.from_(ANN)
        assert session.to(recipient).startswith("250")
        return session.content(text)


def arrived(world, answer):
    assert answer.startswith("250"), answer
    return world.sink.wait(len(world.sink.mails) or 1)[-1]


def holds(world, mail):
    return dkim.verify(mail.text, dnsfunc=world.keys.record)


@pytest.mark.parametrize("text, extensions", [
    (TEXT, ["8BITMIME"]),
    (TEXT.replace("At one?", "x" * 1500), ["8BITMIME"]),
    (TEXT + "\r\n  \r\n\r\n", ["8BITMIME"]),
    (TEXT.replace("Subject: Lunch", "Subject: Lunch\r\n  on\r\n\tMonday"),
     []),
    (TEXT.replace("\r\n\r\n", "\r\nMIME-Version: 1.0\r\nContent-Type: "
                  "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                  "8bit\r\n\r\nGr\u00fc\u00dfe\r\n", 1), []),
], ids=["plain", "a long line", "empty lines", "folds",
        "8bit to a host without 8BITMIME"])
def test_what_a_member_sends(signing, text, extensions):
    signing.sink.extensions = extensions
    before = len(signing.sink.mails)
    answer = send_as_member(signing, text.encode())
    assert answer.startswith("250"), answer
    mail = signing.sink.wait(before + 1)[before]
    [field] = mail.fields("DKIM-Signature")
    assert "d=remotes.club" in field and "s=pw1" in field
    assert " l=" not in field
    assert str(mail).startswith("DKIM-Signature: v=1; ")
    assert holds(signing, mail)


def test_strangers_are_not_signed(signing):
    before = len(signing.sink.mails)
    replies = smtp.send(signing.postfix.port, HONEST, SAM, [ANN],
                        "From: Ann <ann@remotes.club>\n\nIt is me.\n")
    assert replies[-1].startswith("250"), replies
    mail = signing.sink.wait(before + 1)[before]
    assert mail.fields("DKIM-Signature") == []


def test_a_notification_is_signed(signing):
    """Of Postfix' own, about a forwarded copy that was refused."""
    signing.sink.refused["kim@mailbox.example"] = "552 5.2.2 Mailbox full"
    before = len(signing.sink.mails)
    replies = smtp.send(signing.postfix.port, HONEST, SAM,
                        ["kim@remotes.club"])
    assert replies[-1].startswith("250"), replies
    mail = signing.sink.wait(before + 1)[before]
    assert mail.sender == ""
    [field] = mail.fields("DKIM-Signature")
    assert "d=remotes.club" in field
    assert holds(signing, mail)


@pytest.mark.parametrize("spoil", [
    lambda file: file.chmod(0o644),
    lambda file: file.write_text("no key\n"),
    lambda file: file.unlink(),
], ids=["anybody may read it", "it is no key", "it is gone"])
def test_a_promise_is_kept(stage, spoil):
    """Put off, and one line that says why; never unsigned."""
    keys = Keys(stage)
    world = World(stage, {"dkim": {"keys": str(keys.folder)}, **OURS},
                  ["relay_domains = example.org", "relay_transport = smtp"])
    spoil(keys.domain / "pw1.pem")
    world.postward.reload(world.postward.milter)
    answer = send_as_member(world, TEXT.encode())
    assert answer.startswith("451 4.3.0 "), answer
    assert world.sink.mails == []
    world.postward.says(world.postward.milter, "remotes.club")


def test_a_header_that_nobody_can_sign_is_refused(signing):
    """It will not mend by waiting."""
    before = len(signing.sink.mails)
    answer = send_as_member(signing, ("Cc: x@example.org\r\n" * 600
                                      + TEXT).encode())
    assert answer.startswith("550 5.6.0 The header has too many"), answer
    assert len(signing.sink.mails) == before


def test_nothing_is_signed_if_nobody_wants_it(stage):
    keys = Keys(stage)
    world = World(stage, {"dkim": {"keys": str(keys.folder), "sign": False},
                          **OURS},
                  ["relay_domains = example.org", "relay_transport = smtp"])
    answer = send_as_member(world, TEXT.encode())
    mail = arrived(world, answer)
    assert mail.fields("DKIM-Signature") == []
