# SPDX-License-Identifier: MIT
"""What becomes of a forwarded copy, when it is not only said but done: with
Postfix, a DNS server, and senders whose SPF and DKIM are real."""

import shutil
import subprocess
from json import loads as parsed

import dkim
import pytest

from harness import clock, smtp
from harness.nsd import Nsd
from harness.postward import Postward, build, merged
from harness.signing import AuthorKey, Keys
from harness.stage import Stage, until
from harness.world import HONEST, World, srs

ANN = "ann@remotes.club"

RECORDS = [
    *(f"{domain} MX 10 mail.example.org."
      for domain in ("strict.example.", "lax.example.", "list.example.",
                     "quiet.example.")),
    'strict.example. TXT "v=spf1 ip4:192.0.2.10 -all"',
    '_dmarc.strict.example. TXT "v=DMARC1; p=reject"',
    'lax.example. TXT "v=spf1 ip4:192.0.2.10 -all"',
    '_dmarc.lax.example. TXT "v=DMARC1; p=none"',
    'list.example. TXT "v=spf1 ip4:192.0.2.10 -all"',
    '_dmarc.quiet.example. TXT "v=DMARC1; p=quarantine"',
]


class Author(AuthorKey):
    def signs(self, text, domain):
        return dkim.sign(text, b"s1", domain.encode(), self.pem) + text

    def seals(self, text, domain):
        return b"".join(dkim.arc_sign(text, b"s1", domain.encode(), self.pem,
                                      b"mx." + domain.encode())) + text


class Fates:
    """A world that forwards, and does what is configured."""

    def __init__(self, stage, forwarding, records=(), postfix=()):
        self.author = Author(stage.folder)
        self.keys = Keys(stage)
        self.world = World(
            stage, {"forwarding": {"mode": "enforce", **forwarding},
                    "dkim": {"keys": str(self.keys.folder)}, **srs(stage)},
            postfix, records=[*RECORDS, *records, *(
                f"s1._domainkey.{domain} TXT {self.author.halves}"
                for domain in ("strict.example.", "list.example."))])

    def send(self, text, sender):
        """(the last answer, what has arrived)"""
        before = len(self.world.sink.mails)
        said = smtp.send(self.world.postfix.port, HONEST, sender, [ANN],
                         text)[-1]
        if not said.startswith("250") or self.held():
            return said, None
        return said, self.world.sink.wait(before + 1)[before]

    def held(self):
        return [one for one in self.world.postfix.queued()
                if one["queue_name"] == "hold"]


def letter(author, more=b""):
    return (b"From: Sue <sue@%s>\r\nTo: ann@remotes.club\r\n%s"
            b"Message-ID: <1@sue>\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000"
            b"\r\nSubject: Lunch\r\n\r\nAt one?\r\n"
            % (author.encode(), more))


@pytest.fixture(scope="module")
def fates():
    """With what is chosen by default."""
    with Stage() as stage:
        yield Fates(stage, {})


@pytest.fixture(scope="module")
def spared():
    """What a content filter has marked is not forwarded."""
    with Stage() as stage:
        yield Fates(stage, {"spam-fields": ["X-Spam: Yes"]})


def signed_by_us(fates, mail):
    fields = [field for field in mail.fields("DKIM-Signature")
              if "d=remotes.club" in field]
    return bool(fields) and dkim.verify(mail.text,
                                        dnsfunc=fates.keys.record)


def test_who_signs_is_forwarded_as_he_is(fates):
    said, mail = fates.send(
        fates.author.signs(letter("strict.example"), "strict.example"),
        "bounces@list.example")
    assert said.startswith("250"), said
    assert not signed_by_us(fates, mail)
    assert mail.sender.startswith("SRS0=")
    assert dkim.verify(mail.text, dnsfunc=lambda name, **_: "".join(
        fates.author.halves.split('" "')).strip('"').encode())


@pytest.mark.parametrize("more, told", [
    (b"Subject: Dinner\r\n", "it has more than one field Subject"),
    (b"DATE: Sat, 28 Nov 2026 10:00:00 +0000\r\n",
     "it has more than one field Date"),
])
def test_what_the_next_host_refuses_for_its_form_is_refused(
        fates, more, told):
    said, _ = fates.send(fates.author.signs(letter("strict.example", more),
                                            "strict.example"),
                         "sue@strict.example")
    assert said == ("550 5.7.1 The host that it is forwarded to refuses it: "
                    f"{told}")


def test_who_only_has_spf_is_told_to_sign(fates):
    said, _ = fates.send(letter("strict.example"), "sue@strict.example")
    assert said == ("550 5.7.26 DMARC of strict.example cannot pass when "
                    "forwarded: sign with DKIM")


def test_who_does_not_ask_for_it_is_not_refused(fates):
    said, mail = fates.send(letter("lax.example"), "sue@lax.example")
    assert said.startswith("250"), said
    assert signed_by_us(fates, mail)


def test_mail_of_nobody_is_signed_by_us(fates):
    said, mail = fates.send(letter("example.org"), "sue@example.org")
    assert said.startswith("250"), said
    assert signed_by_us(fates, mail)


@pytest.mark.parametrize("author", ["strict.example", "quiet.example"])
def test_forged_mail_is_refused(fates, author):
    said, _ = fates.send(letter(author), "sam@example.org")
    assert said == ("550 5.7.26 Neither SPF nor DKIM passes, and DMARC of "
                    f"{author} fails")


def test_what_a_stranger_sends_for_somebody_is_refused(fates):
    said, _ = fates.send(letter("strict.example"), "list@list.example")
    assert said.startswith("550 5.7.1 DMARC of strict.example fails"), said


def send_for_list(fates):
    """The queue id of what is held."""
    said, mail = fates.send(
        fates.author.signs(letter("strict.example"), "list.example"),
        "list@list.example")
    assert (said[:3], mail) == ("250", None)
    [held] = fates.held()
    return held["queue_id"]


def held(fates, *words, json=False):
    postward = fates.world.postward
    return postward.run("held", *words, "-c", postward.file,
                        "--postfix-config", fates.world.postfix.configuration,
                        *(["--json"] if json else []))


def test_a_list_is_held_and_may_be_released(fates):
    queue_id = send_for_list(fates)
    [one] = parsed(held(fates, "list", json=True).stdout)
    assert one["queue_id"] == queue_id
    assert one["sender"].startswith("SRS0=")
    assert one["recipients"] == "ann@mailbox.example"
    assert queue_id in held(fates, "list", "-q").stdout
    before = len(fates.world.sink.mails)
    done = held(fates, "release", queue_id)
    assert (done.returncode, done.stdout) == (0, f"{queue_id}: released\n")
    mail = fates.world.sink.wait(before + 1)[before]
    assert signed_by_us(fates, mail)
    assert held(fates, "list", "-q").stdout == ""


@pytest.mark.parametrize("trust", [
    {"dmarc": {"trusted-lists": ["list.example"]}},
    {"arc": {"trusted": ["list.example"]}},
])
def test_a_list_that_is_trusted_is_not_held(stage, trust):
    """Signed, or sealed with the word that DMARC has passed."""
    fates = Fates(stage, {})
    text = letter("strict.example")
    if "arc" in trust:
        seen = (b"Authentication-Results: mx.list.example; dmarc=pass "
                b"header.from=strict.example\r\n" + text)
        text = fates.author.seals(seen, "list.example")
    else:
        text = fates.author.signs(text, "list.example")
    said, mail = fates.send(text, "list@list.example")
    assert (said[:3], mail) == ("250" if "arc" not in trust else "550", None)
    fates.world.postward.change(trust)
    fates.world.postward.reload(fates.world.postward.milter)
    for one in fates.held():
        held(fates, "drop", one["queue_id"])
    said, mail = fates.send(text, "list@list.example")
    assert said.startswith("250"), said
    assert signed_by_us(fates, mail)


def test_or_dropped(fates):
    queue_id = send_for_list(fates)
    assert held(fates, "drop", queue_id).returncode == 0
    assert fates.held() == []
    done = held(fates, "release", queue_id)
    assert done.returncode == 1
    assert f"{queue_id}: no such message is held" in done.stderr


def held_mail(fates, *words):
    """What is told of it, by mail."""
    before = len(fates.world.sink.mails)
    done = held(fates, "mail", *words)
    assert done.returncode == 0, done.stderr
    return done, before


def test_the_administrator_is_told_once_by_mail(fates):
    queue_id = send_for_list(fates)
    done, before = held_mail(fates, "boss@mailbox.example")
    assert done.stdout == "boss@mailbox.example: told of 1\n"
    mail = fates.world.sink.wait(before + 1)[before]
    assert mail.recipients == ["boss@mailbox.example"]
    assert "1 message is held at " in mail.fields("Subject")[0]
    assert "auto-generated" in mail.fields("Auto-Submitted")[0]
    assert queue_id.encode() in mail.text
    assert b"to   ann@mailbox.example" in mail.text
    held(fates, "drop", queue_id)


def test_who_has_nothing_to_tell_is_silent(fates):
    done, _ = held_mail(fates)
    assert (done.stdout, fates.world.postfix.queued()) == ("", [])


def test_a_mailbox_that_is_none_is_said(fates):
    done = held(fates, "mail", "not a mailbox")
    assert done.returncode == 1
    assert "not a mailbox" in done.stderr


def test_a_hold_queue_that_takes_nothing_loses_nothing(stage):
    """The sender has it still, and comes again."""
    fates = Fates(stage, {})
    hold = fates.world.postfix.queue / "hold"
    shutil.rmtree(hold)
    hold.write_text("in its place\n")
    text = fates.author.signs(letter("strict.example"), "list.example")
    said = smtp.send(fates.world.postfix.port, HONEST, "list@list.example",
                     [ANN], text)[-1]
    assert said.startswith("451 4.3.0 "), said
    assert fates.world.sink.mails == fates.world.postfix.queued() == []


def doctor_of_held(fates, *clock):
    """What it says of them."""
    postward = fates.world.postward
    done = subprocess.run(
        [*clock, build() / "bin/postward", "check", "--json", "-c",
         postward.file, "--postfix-config",
         fates.world.postfix.configuration], check=False, text=True,
        capture_output=True)
    return [(look["state"], look["words"]) for look in parsed(done.stdout)
            if look["what"] == "held"]


def test_the_doctor_sees_that_nobody_looks_after_them(fates, stage):
    assert doctor_of_held(fates) == []
    queue_id = send_for_list(fates)
    assert doctor_of_held(fates) == [("ok", "1: postward held list")]
    later = clock.ahead(stage, build() / "bin/postward", 4 * 24 * 3600)
    [(state, words)] = doctor_of_held(fates, *later)
    assert state == "warning" and "1, the oldest since " in words
    held(fates, "drop", queue_id)


@pytest.mark.parametrize("word", ["ALL", "-d", "4X", "../4XYZabc"])
def test_one_message_and_not_all(fates, word):
    """postsuper(1) takes ALL for every message that there is."""
    queue_id = send_for_list(fates)
    done = held(fates, "drop", "--", word)
    assert done.returncode != 0
    assert [one["queue_id"] for one in fates.held()] == [queue_id]
    held(fates, "drop", queue_id)


@pytest.mark.parametrize("field, begins", [
    (b"X-Spam: Yes, score=17.2\r\n", "550 5.7.1 The message looks like spam"),
    (b"X-Spam: No, score=1.2\r\n", "250"),
    (b"", "250"),
])
def test_spam_is_not_forwarded(spared, field, begins):
    text = spared.author.signs(letter("strict.example", field),
                               "strict.example")
    said, _ = spared.send(text, "sue@strict.example")
    assert said.startswith(begins), said


@pytest.mark.parametrize("late", [b"From: <ceo@bank.example>\r\n",
                                  b"X-Spam: Yes\r\n"])
def test_what_a_long_header_hides_is_not_let_through(spared, late):
    more = b"".join(b"X-Long-%d: %s\r\n" % (i, b"x" * 900)
                    for i in range(320))
    text = spared.author.signs(letter("strict.example"), "strict.example")
    head, body = text.split(b"\r\n\r\n", 1)
    said, _ = spared.send(head + b"\r\n" + more + late + b"\r\n" + body,
                          "sue@strict.example")
    assert said == "550 5.6.0 The header is too long"


def test_a_key_that_is_missing_is_our_trouble(stage):
    fates = Fates(stage, {})
    (fates.keys.domain / "pw1.pem").chmod(0o644)
    fates.world.postward.reload(fates.world.postward.milter)
    said, _ = fates.send(letter("example.org"), "sue@example.org")
    assert said.startswith("451 4.3.0 "), said


def test_in_shadow_it_is_only_said(stage):
    fates = Fates(stage, {"mode": "shadow"})
    said, mail = fates.send(letter("strict.example"), "sue@strict.example")
    assert said.startswith("250"), said
    assert not signed_by_us(fates, mail)
    fates.world.postward.says(fates.world.postward.milter, "fate=reject",
                              "fate_mode=shadow", "fate_case=spf-only",
                              "at=strict:5.7.26 ")


@pytest.mark.parametrize("changes, without, state, words", [
    ({}, (), "ok", "is not accepted"),
    ({"forwarding": {"mode": "shadow"}}, (), "ok", "shadow: "),
    ({"dkim": {"sign": False}}, (), "broken", "see sign in the section dkim"),
    ({"dkim": {"keys": "/nonexistent"}}, (), "broken",
     "postward dkim key add remotes.club"),
    ({"forwarding": {"mode": "shadow"}, "dkim": {"keys": "/nonexistent"}}, (),
     "ok", "before it is enforced: "),
    ({}, ("srs",), "broken", "set domain in the section srs"),
    ({"forwarding": {"from-domain": "fwd.remotes.club"}}, (), "broken",
     "postward dkim key add fwd.remotes.club"),
])
def test_the_doctor_sees_that_copies_can_be_signed(stage, changes, without,
                                                   state, words):
    keys = Keys(stage)
    settings = merged({"forwarding": {"mode": "enforce"},
                       "dkim": {"keys": str(keys.folder)}, **srs(stage)},
                      changes)
    postward = Postward(stage, stage.folder / "run", Nsd(stage, []).address,
                        {section: keys for section, keys in settings.items()
                         if section not in without})
    looks = parsed(postward.run("check", "--json", "-c",
                                postward.file).stdout)
    [look] = [look for look in looks if look["what"] == "forwarding"]
    assert look["state"] == state and words in look["words"], look


@pytest.mark.parametrize("choice", ["keep", "hold"])
def test_an_owner_may_choose_otherwise(stage, choice):
    fates = Fates(stage, {"spf-only": choice})
    said, mail = fates.send(letter("strict.example"), "sue@strict.example")
    assert said.startswith("250"), said
    if choice == "keep":
        assert signed_by_us(fates, mail)
    else:
        until("it is held", fates.held)
