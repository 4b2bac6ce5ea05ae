# SPDX-License-Identifier: MIT
"""Domains of the store, with a real Postfix that nobody has told of them: one
is added, has mail, an SRS domain and a key of its own, and is removed while
bounces of its mail still come home."""

import json
import sqlite3

import pytest

from harness import smtp
from harness.protocols import MapClient, ask_policyd
from harness.signing import Keys
from harness.stage import Stage, until
from harness.world import HONEST, STRANGER, World, srs

dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")

SAM = "sam@example.org"
CHOIR, BOUNCE = "choir.example", "bounce.choir.example"
TEXT = ("From: Sam <sam@example.org>\nTo: us@remotes.club\nSubject: Lunch\n"
        "Date: Fri, 27 Nov 2026 10:00:00 +0000\n"
        "Message-ID: <1@example.org>\n\nAt one?\n")
# Who of us sends from nowhere.
RECORDS = [f'{CHOIR}. TXT "v=spf1 -all"', f"{CHOIR}. MX 10 mx.{CHOIR}.",
           f"mx.{CHOIR}. A 192.0.2.77"]


@pytest.fixture(scope="module")
def world():
    with Stage() as stage:
        keys = Keys(stage, BOUNCE)
        it = World(stage, {**srs(stage), "dkim": {"keys": str(keys.folder)},
                           "forwarding": {"mode": "enforce"}}, (), RECORDS)
        it.keys = keys
        yield it


@pytest.fixture
def choir(world):
    """choir.example, and what brings it back to none."""
    world.postward.cli("domain add", CHOIR, "--srs-domain", BOUNCE,
                       "--catch-all", "choir@mailbox.example")
    world.postward.cli("account add", f"ann@{CHOIR}")
    world.postward.cli("forward add --confirmed", f"ann@{CHOIR}",
                       "ann@mailbox.example")
    yield world
    with sqlite3.connect(world.postward.database) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM domain")
        db.execute(f"DELETE FROM account WHERE address LIKE '%@{CHOIR}'")
    db.close()


def reply(world, recipient, sender=SAM, peer=HONEST):
    return smtp.rcpt(world.postfix.port, peer, sender, recipient)


def arrived(world, sender, recipient):
    before = len(world.sink.mails)
    replies = smtp.send(world.postfix.port, HONEST, sender, [recipient], TEXT)
    assert replies[-1].startswith("250"), replies
    return world.sink.wait(before + 1)[before]


def table(world, name, key):
    with MapClient(world.postward.forwarder_socket) as client:
        return client.ask(name, key)


def test_one_is_added_used_and_removed(world, request):
    # Postfix remembers for half a minute what it made of an address: each is
    # asked about once.
    refused = reply(world, f"early@{CHOIR}")
    assert refused.startswith("554 5.7.1"), refused
    assert table(world, "domain", CHOIR) == "NOTFOUND "
    request.getfixturevalue("choir")
    assert table(world, "domain", CHOIR.upper()) == f"OK {CHOIR}"
    assert table(world, "domain", BOUNCE) == f"OK {BOUNCE}"

    # Mail comes, under its SRS domain and signed with the key of that.
    mail = arrived(world, SAM, f"ann@{CHOIR}")
    assert mail.recipients == ["ann@mailbox.example"]
    assert mail.sender.startswith("SRS0=") and mail.sender.endswith(
        f"=example.org=sam@{BOUNCE}")
    [field] = mail.fields("DKIM-Signature")
    assert f"d={BOUNCE};" in field, field
    assert dkim.verify(mail.text, dnsfunc=world.keys.record)
    assert arrived(world, SAM, f"any@{CHOIR}").recipients == [
        "choir@mailbox.example"]
    # That of another domain of ours has none of it.
    other = arrived(world, SAM, "ann@remotes.club")
    assert other.sender.endswith("@remotes.club")
    assert "d=remotes.club;" in other.fields("DKIM-Signature")[0]

    # It is removed: no more mail, but the bounce comes home.
    said = world.postward.run("domain", "remove", CHOIR, "-c",
                              world.postward.file)
    assert said.returncode == 1 and "2 accounts are there" in said.stderr
    world.postward.cli("domain remove --yes", CHOIR)
    refused = reply(world, f"late@{CHOIR}")
    assert refused.startswith("554 5.7.1"), refused
    assert table(world, "domain", CHOIR) == "NOTFOUND "
    assert table(world, "domain", BOUNCE) == f"OK {BOUNCE}"
    assert arrived(world, "", mail.sender).recipients == [SAM]
    assert reply(world, f"nobody@{BOUNCE}", "").startswith("550 5.1.1")

    # It comes back with its members.
    world.postward.cli("domain add", CHOIR, "--srs-domain", BOUNCE)
    assert reply(world, f"again@{CHOIR}").startswith("250")
    world.postward.cli("domain remove --yes", CHOIR)

    # After srs.max-age it is forgotten, by the mailer.
    with sqlite3.connect(world.postward.database) as db:
        db.execute("UPDATE domain SET removed = removed - 86400 * 23")
    db.close()
    mailer = world.postward.start_mailer()
    until("the end of the domain", lambda: table(
        world, "domain", BOUNCE) == "NOTFOUND ")
    mailer.stop()
    refused = reply(world, mail.sender.replace("sam", "Sam"), "")
    assert refused.startswith("554 5.7.1"), refused


def findings(world, sender, helo="mail.example.org", client=HONEST.address):
    """What the checks say of mail to a member of another domain."""
    shown = world.postward.run(
        "explain", "-c", world.postward.file, "--json", "--client", client,
        "--helo", helo, "--from", sender, "--to", "ann@remotes.club")
    return {f["check"]: f for f in json.loads(shown.stdout)["findings"]}


def test_nobody_else_says_that_he_is_one_of_it(choir):
    for sender in f"ann@{CHOIR}", f"x@{BOUNCE}":
        assert findings(choir, sender)["sender_ours"]["outcome"] == "hit"
        refused = reply(choir, "ann@remotes.club", sender, STRANGER)
        assert sender != f"ann@{CHOIR}" or refused.startswith("550"), refused
    assert "sender_ours" not in findings(choir, "x@other.example")
    greeted = reply(choir, "ann@remotes.club", SAM,
                    smtp.Peer("192.0.2.10", "mail.example.org", CHOIR))
    assert "HELO name is ours" in greeted, greeted


def test_accounts_are_in_domains_of_ours(choir):
    it = choir.postward
    it.cli("account add", f"bob@{CHOIR}")
    for domain in "never.example", BOUNCE:
        done = it.run("account", "add", f"bob@{domain}", "-c", it.file)
        assert done.returncode == 1 and "domain add" in done.stderr
    it.cli("domain set", CHOIR, "--strategy", "hold")
    [row] = [row for row in it.cli_json("domain list")
             if row["state"] == "served"]
    assert (row["strategy"], row["srs"]) == ("hold", BOUNCE)


def passes(postward, recipient):
    answer = ask_policyd(postward, recipient=recipient)
    return answer == "DUNNO" or answer.startswith("PREPEND ")


def test_a_store_that_is_down_refuses_nobody(choir):
    it = choir.postward
    it.change({"": {"forward-cache": "1h", "forward-stale": "1h"}})
    for program in it.policyd, it.forwarder, it.milter:
        it.reload(program)
    assert table(choir, "domain", CHOIR) == f"OK {CHOIR}"
    assert table(choir, "domain", "just.example") == "NOTFOUND "
    assert passes(it, f"ann@{CHOIR}")
    away = it.database.with_suffix(".away")
    it.database.rename(away)
    try:
        assert table(choir, "domain", CHOIR) == f"OK {CHOIR}"
        assert table(choir, "domain", "just.example") == "NOTFOUND "
        assert table(choir, "domain", "new.example").startswith("TEMP ")
        assert table(choir, "domain", "remotes.club") == "OK remotes.club"
        assert passes(it, f"ann@{CHOIR}")
        assert ask_policyd(it, recipient="x@new.example").startswith("451")
    finally:
        away.rename(it.database)
    it.change({"": {"forward-cache": "0s", "forward-stale": "0s"}})
    for program in it.policyd, it.forwarder, it.milter:
        it.reload(program)


def test_known_members_have_their_mail_while_the_store_is_down(choir):
    """Postfix asks about the targets, too, whose domains the store knows
    nothing of."""
    it = choir.postward
    it.change({"": {"forward-cache": "0s", "forward-stale": "1h"}})
    for program in it.policyd, it.forwarder, it.milter:
        it.reload(program)
    assert arrived(choir, SAM, f"ann@{CHOIR}").recipients == [
        "ann@mailbox.example"]
    away = it.database.with_suffix(".away")
    it.database.rename(away)
    try:
        assert arrived(choir, SAM, f"ann@{CHOIR}").recipients == [
            "ann@mailbox.example"]
        assert table(choir, "domain", "new.example").startswith("TEMP ")
        assert reply(choir, f"nobody@{CHOIR}").startswith("451")
    finally:
        away.rename(it.database)
    it.change({"": {"forward-cache": "0s", "forward-stale": "0s"}})
    for program in it.policyd, it.forwarder, it.milter:
        it.reload(program)


def shown(world, *argv):
    done = world.postward.run(*argv, "-c", world.postward.file)
    return done.stdout


def test_explain_says_where_a_domain_stands(choir):
    step = ("explain", "--client", HONEST.address, "--from", f"x@{BOUNCE}",
            "--to")
    text = shown(choir, *step, f"ann@{CHOIR}")
    assert f"{CHOIR}, ours: in the store" in text
    assert f"{BOUNCE}, an SRS domain of ours: in the store" in text
    text = shown(choir, *step, "ann@remotes.club")
    assert "remotes.club, ours: in postward.conf" in text
    told = json.loads(shown(choir, *step, f"ann@{CHOIR}", "--json"))
    assert told["recipient_domain"] == {
        "name": CHOIR, "state": "served", "source": "store"}
    assert told["sender_domain"] == {
        "name": BOUNCE, "state": "srs", "source": "store"}
    choir.postward.cli("domain remove --yes", CHOIR)
    told = json.loads(shown(choir, *step, f"ann@{CHOIR}", "--json"))
    assert told["recipient_domain"] == {
        "name": CHOIR, "state": "removed", "source": "store"}
    told = json.loads(shown(choir, *step, "ann@elsewhere.example", "--json"))
    assert told["recipient_domain"] == {
        "name": "elsewhere.example", "state": "not ours", "source": None}


def looks(world, *only):
    told = json.loads(shown(world, "check", "--json", "--only",
                            ",".join(only)))
    return {(look["name"], look["what"]): look for look in told}


def test_check_looks_at_domains_of_the_store(choir):
    found = looks(choir, "stored-domains", "postmaster", "mx", "srs-domain")
    assert found["stored-domains", "stored-domains"]["words"].startswith("1, ")
    assert found["postmaster", f"postmaster@{CHOIR}"]["state"] == "ok"
    # Its MX is another host; its SRS domain has none.
    assert "192.0.2.77" in found["mx", f"MX of {CHOIR}"]["words"]
    assert found["srs-domain", f"MX of {BOUNCE}"]["state"] == "broken"


def test_check_finds_a_domain_that_stands_in_both(choir):
    """Mail is taken as postward.conf says, and the cure takes nobody's."""
    choir.postward.change({"": {"domains": ["remotes.club", "guild.club",
                                            CHOIR]}})
    try:
        twice = looks(choir, "stored-domains")["stored-domains", CHOIR]
        assert twice["state"] == "warning"
        [cure] = twice["cure"]
        assert f"domain remove {CHOIR}" in cure
        for left in 1, 0:
            assert len(looks(choir, "stored-domains")) == 1 + left
            done = choir.postward.run("domain", "remove", CHOIR, "-c",
                                      choir.postward.file)
            assert done.returncode == 1 - left, done
        assert "take it out there" in done.stderr
    finally:
        choir.postward.change({"": {"domains": ["remotes.club",
                                                "guild.club"]}})


def test_a_key_of_a_stored_domain_that_cannot_be_read_is_told(choir):
    folder = choir.keys.folder / CHOIR
    folder.mkdir()
    try:
        (folder / "a1.private").write_text("no key")
        (folder / "a1.private").chmod(0o600)
        found = looks(choir, "dkim")
        assert [look for (_, what), look in found.items()
                if what.startswith(f"DKIM of {CHOIR}")
                and look["state"] == "broken"], found
    finally:
        (folder / "a1.private").unlink()
        folder.rmdir()
