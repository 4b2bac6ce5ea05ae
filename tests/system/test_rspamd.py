# SPDX-License-Identifier: MIT
"""Beside a real rspamd, that stands before us and marks what it takes for spam:
what is marked is not forwarded."""

import json

import pytest

from harness import rspamd, smtp
from harness.nsd import Nsd
from harness.signing import Keys
from harness.stage import Stage, until
from harness.world import HONEST, RECORDS, World, srs

pytestmark = pytest.mark.skipif(bool(rspamd.missing()),
                                reason=rspamd.missing())

SAM, ANN = "sam@example.org", "ann@remotes.club"
# Not forwarded, but another host's, for which we relay.
HERE = "pat@plain.example"

OURS = "{ unix:postward/milter, default_action=tempfail }"

TEXT = ("From: Sam <sam@example.org>\r\nTo: ann@remotes.club\r\n"
        "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@sam>\r\n"
        "Subject: Lunch\r\n{more}\r\n{body}\r\n")


def text(body="At one?", more=""):
    return TEXT.format(body=body, more=more).encode()


class Beside:
    """A world with rspamd in it, before us or behind."""

    def __init__(self, stage, spam="reject", before=True):
        nsd = Nsd(stage, [*RECORDS, "plain.example. MX 10 mx.plain.example."])
        filters = [rspamd.Rspamd(stage, nsd.address).milter, OURS]
        milters = ", ".join(filters if before else reversed(filters))
        self.world = World(
            stage, {"forwarding": {"mode": "enforce", "spam": spam,
                                   "spam-fields": ["X-Spam: Yes"]},
                    "dkim": {"keys": str(Keys(stage).folder)}, **srs(stage)},
            [f"smtpd_milters = {milters}", "relay_domains = plain.example",
             "relay_transport = smtp"], nsd=nsd)

    def send(self, octets, recipients):
        """The answer to the message, and what arrives of it."""
        before = len(self.world.sink.mails)
        said = smtp.send(self.world.postfix.port, HONEST, SAM, recipients,
                         octets)[-1]
        if not said.startswith("250") or self.held():
            return said, []
        return said, self.world.sink.wait(before + 1)[before:]

    def told(self):
        """{what: state}, as the doctor sees it."""
        postward = self.world.postward
        done = postward.run("check", "--json", "-c", postward.file,
                            "--postfix-config",
                            self.world.postfix.configuration)
        return {row["what"]: row["state"] for row in json.loads(done.stdout)}

    def held(self):
        return [one for one in self.world.postfix.queued()
                if one["queue_name"] == "hold"]


@pytest.fixture(scope="module")
def beside():
    with Stage() as stage:
        yield Beside(stage)


def test_what_it_marks_is_not_forwarded(beside):
    said, mails = beside.send(text(rspamd.MARKED), [ANN])
    assert (said, mails) == (
        "550 5.7.1 The message looks like spam, and is not forwarded", [])
    beside.world.postward.says(beside.world.postward.milter,
                               "fate=reject", "fate_case=marked")


def test_what_it_does_not_mark_is(beside):
    said, [mail] = beside.send(text(), [ANN])
    assert said.startswith("250"), said
    assert mail.recipients == ["ann@mailbox.example"]
    assert mail.fields("X-Spam") == []
    assert "d=remotes.club" in mail.field("DKIM-Signature")


def test_who_is_not_forwarded_gets_it_marked(beside):
    said, [mail] = beside.send(text(rspamd.MARKED), [HERE])
    assert said.startswith("250"), said
    assert mail.recipients == [HERE]
    assert mail.fields("X-Spam") == ["X-Spam: Yes"]


def test_what_it_refuses_nobody_gets(beside):
    said, mails = beside.send(text(rspamd.REFUSED), [HERE])
    assert (said[:4], mails) == ("554 ", [])


def test_a_mark_of_a_stranger_is_none(beside):
    """It is taken off before ours are made."""
    said, [mail] = beside.send(text(more="X-Spam: Yes\r\n"), [ANN])
    assert said.startswith("250"), said
    assert mail.fields("X-Spam") == []


def test_the_doctor_likes_the_order(beside):
    told = beside.told()
    assert told["spam-fields"] == "ok"
    assert "smtpd_milters" not in told


def test_or_it_is_held(stage):
    beside = Beside(stage, "hold")
    said, _ = beside.send(text(rspamd.MARKED), [ANN])
    assert said.startswith("250"), said
    [held] = until("it is held", beside.held)
    assert [to["address"] for to in held["recipients"]] == [
        "ann@mailbox.example"]


def test_behind_us_it_is_too_late(stage):
    """Its mark is in what has left; the doctor says so."""
    beside = Beside(stage, before=False)
    said, [mail] = beside.send(text(rspamd.MARKED), [ANN])
    assert said.startswith("250"), said
    assert mail.fields("X-Spam") == ["X-Spam: Yes"]
    assert beside.told()["spam-fields"] == "warning"
