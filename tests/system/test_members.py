# SPDX-License-Identifier: MIT
"""Newcomers, from the form to the first message in their mailbox, with a real
Postfix between us and them."""

import re
import urllib.parse

import pytest

from harness import smtp
from harness.mariadb import Mariadb
from harness.members import (asked, change, code_in, id_of, letter, link_in,
                             ssh_key, text_of)
from harness.stage import until
from harness.web import Visitor
from harness.world import HONEST, World, srs

SAM = "sam@example.org"
NINA = "nina@remotes.club"
READER = "reader@elsewhere.example"  # whose mailbox becomes nina's
NOTE = "I grow pumpkins."
NOBODY = "550 5.1.1 No such user"
REFUSED = f"550 5.1.1 <{NINA}>: Recipient address rejected: User unknown"


def club(stage, settings=None):
    world = World(stage, {
        # As it is when nobody sets it: "at once" means at once.
        "": {"forward-cache": "60s", "forward-stale": "1h"},
        **srs(stage), **(settings or {})})
    world.open_the_door()
    return world


@pytest.fixture(params=["sqlite", "mariadb"])
def either(request, stage):
    """On each of the stores."""
    settings = {}
    if request.param == "mariadb":
        settings = {"store": {"url": Mariadb(stage).start().url()}}
    return club(stage, settings)


@pytest.fixture
def small(stage):
    return club(stage)


def ask(world, **changes):
    return asked(world.postward, userid="nina", note=NOTE,
                 **{"email": READER, **changes})


def to(world, recipient):
    """What a stranger is told."""
    return smtp.rcpt(world.postfix.port, HONEST, SAM, recipient)


def check_our_letter(mail, recipient):
    """It is ours, has gone through our Postfix, and nobody answers it."""
    assert mail.recipients == [recipient]
    assert re.fullmatch(r"bounce\+[0-9a-v]{26}@remotes\.club", mail.sender)
    [received] = mail.fields("Received")
    assert "by mx.remotes.club (Postfix) with ESMTP id " in received
    mail_id = mail.sender[7:33]
    for field in ('From: "The Remotes\' Club" <postmaster@remotes.club>',
                  f"To: {recipient}", f"Message-ID: <{mail_id}@remotes.club>",
                  "Auto-Submitted: auto-generated",
                  "X-Auto-Response-Suppress: All", "MIME-Version: 1.0"):
        assert mail.fields(field.partition(":")[0]) == [field]
    assert len(mail.fields("Date")) == 1
    # No filter has written into it, nor has it lost its way to SRS.
    for absent in ("Authentication-Results", "Received-SPF", "Delivered-To"):
        assert mail.fields(absent) == []


def write_to(world, sender, recipient):
    """A stranger's message, as it arrives."""
    n = len(world.sink.mails)
    replies = smtp.send(world.postfix.port, HONEST, sender, [recipient],
                        f"From: {sender}\nTo: {recipient}\n"
                        "Subject: pumpkins\n\nHello!\n")
    assert replies[-1].startswith("250 2.0.0 Ok: queued as"), replies
    return world.sink.wait(n + 1)[-1]


def test_from_the_form_to_the_first_message(either):
    world, postward = either, either.postward
    assert to(world, NINA) == REFUSED
    visitor, page = ask(world)
    assert page.page.heading == "Check your mail"

    verify = letter(world.sink, READER, "Your code")
    check_our_letter(verify, READER)
    typed = ("nina", NOTE, ssh_key(), ssh_key().split()[1])
    assert [text for text in typed if text in str(verify)] == []
    # From the mail, in another browser: the link is enough.
    link = urllib.parse.urlsplit(link_in(verify))
    assert link.netloc == "%s:%d" % postward.signup_place
    assert link.path == page.path
    with Visitor(postward.signup_place, "203.0.113.7") as other:
        page = other.follow(other.send(other.get(link.path),
                                       code=code_in(verify)))
        assert page.page.heading == "Your mailbox is confirmed"
    assert re.search(rf"^nina +{READER} +✓ +ssh-ed25519 256 +sent",
                     postward.cli("request list"), re.M)
    # That alone opens nothing.
    assert to(world, NINA) == REFUSED

    postward.cli("request approve nina")
    assert to(world, NINA).startswith("250")
    welcome = letter(world.sink, READER, "Welcome")
    check_our_letter(welcome, READER)
    assert f"    {NINA}\n" in text_of(welcome)
    assert visitor.get(page.path).page.heading == "Welcome"
    mail = write_to(world, SAM, NINA)
    assert mail.recipients == [READER]
    assert re.fullmatch(
        r"SRS0=[\w+/-]+=[\w]+=example\.org=sam@remotes\.club", mail.sender)
    assert mail.field("Subject") == "Subject: pumpkins"
    # And an answer to it would come back.
    assert write_to(world, "", mail.sender).recipients == [SAM]
    visitor.connection.close()


def test_who_is_refused_is_told_and_gets_no_mail(small):
    visitor, page = ask(small)
    visitor.send(page, code=code_in(letter(small.sink, READER, "Your code")))
    small.postward.cli("request refuse nina --reason 'We are full.'")
    mail = letter(small.sink, READER, "About your request")
    check_our_letter(mail, READER)
    assert "    We are full.\n" in text_of(mail)
    assert "We are full." in visitor.get(page.path).page.text
    assert to(small, NINA) == REFUSED
    visitor.connection.close()


def test_a_member_moves_to_another_mailbox(small):
    """The old one gets the mail until the new one has agreed."""
    ann, new = "ann@remotes.club", "new@elsewhere.example"
    small.postward.change({"": {"forward-cache": "0s"}})
    small.postward.reload(small.postward.forwarder)
    small.postward.cli("forward set", ann, new)
    mail = letter(small.sink, new, "May mail for")
    check_our_letter(mail, new)
    assert write_to(small, SAM, ann).recipients == ["ann@mailbox.example"]
    with Visitor(small.postward.signup_place) as visitor:
        form = visitor.get("/confirm")
        fields = {"address": ann, "target": new}
        assert visitor.send(form, code="AAAAA-AAAAA", **fields).status == 422
        page = visitor.follow(visitor.send(form, code=code_in(mail),
                                           **fields))
    assert page.page.heading == "Your new mailbox is confirmed"
    assert write_to(small, SAM, ann).recipients == [new]


def test_a_mailbox_that_does_not_exist(small):
    """Seen where the administrator looks, and by the postmaster."""
    small.sink.refused[READER] = NOBODY
    visitor, page = ask(small)
    until("the bounce", lambda: "bounced ✗" in small.postward.cli(
        "request show nina"))
    shown = small.postward.cli("request show nina")
    assert re.search(rf"verify to {READER}: bounced ✗.*{NOBODY}", shown,
                     re.S)
    [row] = small.postward.cli_json("request list --quiet")
    assert row["id"] == id_of(page) and row["state"] == "asked"
    report = letter(small.sink, "ann@mailbox.example", "Undelivered")
    assert report.sender == "" and READER in str(report)
    # Put right, and sent again, it arrives.
    small.sink.refused.clear()
    change(small.postward, "UPDATE request SET code_sent = code_sent - 61")
    small.postward.cli("request resend nina")
    code = code_in(letter(small.sink, READER, "Your code"))
    assert visitor.follow(visitor.send(page, code=code)).page.heading == \
        "Your mailbox is confirmed"
    visitor.connection.close()
