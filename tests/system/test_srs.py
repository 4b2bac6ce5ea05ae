# SPDX-License-Identifier: MIT
"""SRS: the command, the forwarder's tables and the recipients of policyd; and
whether those who did it before us agree: PostSRSd, and Mail::SRS."""

import base64
import contextlib
import hmac
import json
import os
import pathlib
import socket
import sqlite3
import stat
import subprocess
import time

import pytest

from harness.nsd import Nsd
from harness.postward import ROOT, Postward
from harness.protocols import MapClient, PolicyClient
from harness.stage import PATIENCE, Stage, free_port, until
from harness.world import FORWARDS, LISTS, RECORDS

DONE, NO, USAGE, TRY_LATER = 0, 1, 2, 75

DOMAIN = "srs.fwd.example"
NEW_YEAR = 1767225600
ALICE = f"SRS0=691N=7G=example.com=alice@{DOMAIN}"  # then, with "secret"

# 61 bytes: an SRS address of it would have a local part of 75.
VERP = "bounces+1234567-abcd-ann=remotes.club@em1234.shop.example.com"


def give_srs(postward, secrets, **more):
    file = postward.file.parent / "srs.secret"
    file.write_text("\n".join(secrets) + "\n")
    file.chmod(0o600)
    postward.change({"srs": {"domain": DOMAIN, "secrets-file": file, **more}})
    return file


@pytest.fixture
def rewriting(postward):
    give_srs(postward, ["secret", "older"])
    return postward


@pytest.fixture(scope="module")
def shared():
    """One for all tests that only ask."""
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        postward = Postward(stage, stage.folder / "run", nsd.address, LISTS)
        postward.make_store(FORWARDS)
        give_srs(postward, ["secret", "older"])
        postward.start()
        yield postward


def run(postward, words, *argv):
    """(status, stdout, stderr)"""
    done = postward.run(*words.split(), "-c", str(postward.file), "--", *argv)
    return done.returncode, done.stdout.rstrip("\n"), done.stderr.rstrip("\n")


def ask(postward, table, key):
    with MapClient(postward.forwarder_socket) as client:
        return client.ask(table, key)


def rewritten(postward, sender):
    answer = ask(postward, "srs-forward", sender)
    assert answer.startswith("OK "), answer
    return answer.removeprefix("OK ")


def tampered(address):
    return address.replace("=alice@", "=mallory@")


def of_day(postward, sender, days_ago):
    at = int(time.time()) - days_ago * 86400
    return run(postward, f"srs forward --at {at}", sender)[1]


# ---- the command


@pytest.mark.parametrize("words, address, status, out, err", [
    ("srs forward", "alice@example.com", DONE, ALICE, ""),
    ("srs forward", "ann@remotes.club", DONE, "ann@remotes.club", ""),
    ("srs forward", ALICE, DONE, ALICE, ""),
    ("srs forward", "<>", NO, "", "never rewritten"),
    ("srs forward", "alice", NO, "", "local@domain"),
    ("srs reverse", ALICE, DONE, "alice@example.com", ""),
    ("srs reverse", ALICE.lower(), DONE, "alice@example.com", ""),
    ("srs reverse", tampered(ALICE), NO, "", "SRS hash invalid"),
    ("srs reverse", ALICE.replace(DOMAIN, "example.org"), NO, "",
     "another domain"),
    ("srs reverse", "alice@example.com", NO, "", "not an SRS address"),
    ("srs reverse", f"SRS0=691N=7G@{DOMAIN}", NO, "", "malformed"),
])
def test_the_command(shared, words, address, status, out, err):
    got = run(shared, f"{words} --at {NEW_YEAR}", address)
    assert got[:2] == (status, out)
    assert err in got[2] and bool(err) == bool(got[2])


def test_the_command_knows_the_time(shared):
    for days, status in ((21, DONE), (22, NO), (-1, DONE), (-2, NO)):
        at = NEW_YEAR + days * 86400
        assert run(shared, f"srs reverse --at {at}", ALICE)[0] == status
    assert "expired" in run(shared, "srs reverse", ALICE)[2]
    for wrong in ("x", "-1", "1.5", "", "99999999999999999999"):
        done = shared.run("srs", "reverse", "-c", str(shared.file),
                          f"--at={wrong}", ALICE)
        assert done.returncode == USAGE


def test_the_command_prints_json(shared):
    at = f"--at={NEW_YEAR}"
    assert shared.cli_json("srs forward", at, "alice@example.com") == {
        "address": ALICE, "rewritten": True, "token": None}
    assert shared.cli_json("srs forward", "ann@remotes.club") == {
        "address": "ann@remotes.club", "rewritten": False, "token": None}
    assert len(shared.cli_json("srs forward", VERP)["token"]) == 32
    assert shared.cli_json("srs reverse", at, ALICE) == {
        "address": "alice@example.com", "reason": None}
    out = run(shared, f"srs reverse --json {at}", tampered(ALICE))
    assert out[0] == NO
    assert json.loads(out[1]) == {
        "address": None, "reason": "SRS hash invalid"}


def test_without_srs_the_command_says_so(postward):
    assert "SRS is off" in run(postward, "srs forward", "a@example.org")[2]


# ---- the tables


@pytest.mark.parametrize("key", [
    "", '""', "<>", "alice", "ann@remotes.club", "ANN@Guild.Club", ALICE,
    f"anything@{DOMAIN}", "postmaster", "a b c", "@example.com",
])
def test_leaves_senders_that_need_no_rewriting(shared, key):
    assert ask(shared, "srs-forward", key) == "NOTFOUND "


@pytest.mark.parametrize("sender", [
    "alice@example.com", "Alice.B+c=d@example.com", "srs0@example.com",
    "o'brien@example.ie", '"a b"@example.com', "a@[192.0.2.1]",
    "jürgen@bücher.example",
])
@pytest.mark.parametrize("table", ["forward", "srs-reverse"])
def test_leads_back(shared, table, sender):
    address = rewritten(shared, sender)
    want = sender.replace("bücher", "xn--bcher-kva")
    assert ask(shared, table, address) == f"OK {want}"
    # As smtpd asks.
    assert ask(shared, table, address.lower()) == f"OK {want.lower()}"


@pytest.mark.parametrize("table", ["forward", "srs-reverse"])
def test_does_not_find_what_leads_nowhere(shared, table):
    fresh = rewritten(shared, "alice@example.com")
    foreign = fresh.replace(DOMAIN, "elsewhere.example")
    for key in (tampered(fresh), of_day(shared, "alice@example.com", 23),
                foreign, f"SRS0=@{DOMAIN}", f"srs0@{DOMAIN}",
                "srs0@elsewhere.example", "", '""', "alice"):
        assert ask(shared, table, key) == "NOTFOUND ", key
    assert ask(shared, "srs-reverse", "ann@remotes.club") == "NOTFOUND "


def test_the_domain_of_srs_is_ours(shared):
    assert ask(shared, "domain", DOMAIN.upper()) == f"OK {DOMAIN}"
    assert ask(shared, "domain", f"sub.{DOMAIN}") == "NOTFOUND "


def composed(secret, host, user, length=4, at=None):
    """The local part of an SRS0 address, as anybody could write it who knows
    the secret."""
    day = int(time.time() if at is None else at) // 86400 % 1024
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    stamp = digits[day // 32] + digits[day % 32]
    mac = hmac.digest(secret.encode(), f"{stamp}{host}{user}".lower().encode(),
                      "sha1")
    text = base64.urlsafe_b64encode(mac).decode()[:length]
    return f"SRS0={text}={stamp}={host}={user}"


@pytest.mark.parametrize("host, user, want", [
    ("[192.0.2.10]", "sam", "sam@[192.0.2.10]"),
    ("example.org", "a b", '"a b"@example.org'),
    ("example.org", "a@b", '"a@b"@example.org'),
    ("example.org", "a..b", '"a..b"@example.org'),
    ("example.org", "a(b", '"a(b"@example.org'),
])
def test_what_was_given_out_in_quotes_comes_back(shared, host, user, want):
    """With them, and without, as Sendmail asks and policyd is told."""
    local = composed("secret", host, user)
    # Who was wrong too often is told nothing, and this policyd is not ours
    # alone.
    client_address = f"10.{len(host)}.{len(user)}.{ord(user[1])}"
    with PolicyClient(shared.policyd_socket) as client:
        for key in (f'"{local}"@{DOMAIN}', f"{local}@{DOMAIN}"):
            for table in ("forward", "srs-reverse"):
                assert ask(shared, table, key) == f"OK {want}"
                assert ask(shared, table, key.lower()) == f"OK {want}"
            assert client.ask(client_address=client_address, sender="",
                              recipient=key).startswith(
                ("PREPEND", "DUNNO")), key
        forged = f"{local}x@{DOMAIN}"
        assert ask(shared, "forward", forged) == "NOTFOUND "
        assert client.ask(client_address=client_address, sender="",
                          recipient=forged) == \
            "550 5.1.1 SRS hash invalid"


def test_another_forwarders_address_leads_back_there(shared):
    theirs = "SRS0+SJjd=7G=example.com=alice@hop1.example"
    ours = rewritten(shared, theirs)
    assert ours.startswith("SRS1=")
    assert ask(shared, "forward", ours) == f"OK {theirs}"


def test_a_message_that_comes_round_leads_back_at_once(shared):
    """By way of a host that made our SRS0 address an SRS1 of its own."""
    mine = rewritten(shared, "alice@example.com")
    rest = mine.removeprefix("SRS0").removesuffix("@" + DOMAIN)
    ours = rewritten(shared, f"SRS1=AAAA={DOMAIN}={rest}@hop2.example")
    assert ask(shared, "forward", ours) == "OK alice@example.com"


def test_a_bad_srs_address_is_not_for_the_catch_all(postward):
    give_srs(postward, ["secret"], domain="guild.club")
    postward.start_forwarder()
    good = rewritten(postward, "alice@example.com")
    assert ask(postward, "forward", good) == "OK alice@example.com"
    assert ask(postward, "forward", tampered(good)) == "NOTFOUND "
    assert ask(postward, "forward", "srs0+x@guild.club") == \
        "OK gil@mailbox.example"


def tokens(postward):
    with contextlib.closing(sqlite3.connect(postward.database)) as db:
        return db.execute("SELECT sender FROM srs_token WHERE "
                          "token NOT LIKE 'hash-length-%'").fetchall()


def test_a_long_sender_goes_through_the_store(rewriting):
    rewriting.start_forwarder()
    for _ in range(2):
        address = rewritten(rewriting, VERP)
    assert tokens(rewriting) == [(VERP,)]
    assert len(address.split("@")[0]) <= 64
    for key in (address, address.lower(), address.upper()):
        assert ask(rewriting, "forward", key) == f"OK {VERP}"
    assert run(rewriting, "srs reverse", address)[1] == VERP


def test_a_long_sender_waits_while_the_store_is_away(rewriting):
    rewriting.start_forwarder()
    address = rewritten(rewriting, VERP)
    rewriting.database.rename(rewriting.database.with_suffix(".away"))
    assert ask(rewriting, "srs-forward", VERP).startswith("TEMP ")
    assert ask(rewriting, "forward", address).startswith("TEMP ")
    # These do not need it.
    short = rewritten(rewriting, "alice@example.com")
    assert ask(rewriting, "forward", short) == "OK alice@example.com"
    assert run(rewriting, "srs reverse", address)[0] == TRY_LATER


def test_without_srs_the_tables_are_empty(postward):
    postward.start_forwarder()
    for table in ("forward", "srs-forward", "srs-reverse"):
        assert ask(postward, table, ALICE) == "NOTFOUND "
    assert ask(postward, "srs-forward", "a@example.org") == "NOTFOUND "


# ---- policyd


def test_policyd_says_why(shared):
    fresh = rewritten(shared, "alice@example.com")
    with PolicyClient(shared.policyd_socket) as client:
        for recipient, answer in (
                (fresh, ("PREPEND", "DUNNO")),
                (fresh.lower(), ("PREPEND", "DUNNO")),
                (tampered(fresh), "550 5.1.1 SRS hash invalid"),
                (of_day(shared, "alice@example.com", 23),
                 "550 5.1.1 SRS address expired"),
                (fresh.replace(DOMAIN, "elsewhere.example"),
                 ("PREPEND", "DUNNO"))):
            assert client.ask(client_address="192.0.2.79", sender="",
                              recipient=recipient).startswith(
                answer), recipient


def test_policyd_lets_bounces_in_only(shared):
    fresh = rewritten(shared, "alice@example.com")
    with PolicyClient(shared.policyd_socket) as client:
        for sender in ("", "postmaster@example.org", "MAILER-DAEMON@example.org",
                       "double-bounce@example.org"):
            assert client.ask(sender=sender, recipient=fresh).startswith(
                ("PREPEND", "DUNNO")), sender
        for recipient in (fresh, fresh.lower(), tampered(fresh),
                          of_day(shared, "alice@example.com", 23)):
            assert client.ask(
                client_address="192.0.2.78", sender="mallory@example.org",
                recipient=recipient).startswith(
                "550 5.7.1 This address takes bounces only"), recipient


def test_more_senders_may_be_let_in(rewriting):
    rewriting.change({"srs": {"bounce-senders": ["vacation", "a@example.org"]}})
    rewriting.start()
    fresh = rewritten(rewriting, "alice@example.com")
    with PolicyClient(rewriting.policyd_socket) as client:
        for sender, lets_in in (("vacation@example.org", True),
                                ("A@example.org", True),
                                ("b@example.org", False)):
            answer = client.ask(sender=sender, recipient=fresh)
            assert answer.startswith("550 5.7.1") != lets_in, (sender, answer)
    explained = rewriting.run(
        "explain", "-c", str(rewriting.file), "--client", "192.0.2.10",
        "--helo", "mail.example.org", "--from", "b@example.org", "--to", fresh)
    assert "srs_sender" in explained.stdout
    assert "550 5.7.1" in explained.stdout


def test_who_guesses_has_to_wait(rewriting):
    rewriting.start()
    fresh = rewritten(rewriting, "alice@example.com")
    token = rewritten(rewriting, VERP)
    guesses = [tampered(fresh), token.replace("=1=", "=1=0"),
               tampered(fresh).upper(), token.replace("SRS0=", "SRS0=A"),
               fresh.replace("alice", "a b@c")]

    def ask_as(client_address, recipient, **more):
        return client.ask(client_address=client_address, sender="",
                          recipient=recipient, **more)

    with PolicyClient(rewriting.policyd_socket) as client:
        for guess in guesses:
            assert ask_as("192.0.2.77", guess).startswith("550 5.1.1"), guess
        for recipient in (guesses[0], guesses[1], fresh, token):
            assert ask_as("192.0.2.77", recipient).startswith("451 4.7.1")
            assert ask_as("192.0.2.77", recipient, protocol_state="VRFY"
                          ).startswith("451 4.7.1")
            assert not ask_as("192.0.2.77", "ann@remotes.club").startswith("4")
        for recipient in (fresh, token):
            assert ask_as("192.0.2.10", recipient).startswith(
                ("PREPEND", "DUNNO"))
        # A reload forgets nobody.
        rewriting.reload(rewriting.policyd)
        assert ask_as("192.0.2.77", fresh).startswith("451 4.7.1")


def test_what_was_signed_before_a_longer_hash_stays_good(rewriting):
    rewriting.start()
    old = [rewritten(rewriting, "alice@example.com"),
           rewritten(rewriting, VERP)]
    rewriting.change({"srs": {"hash-length": 12}})
    for program in (rewriting.policyd, rewriting.forwarder):
        rewriting.reload(program)
    new = [rewritten(rewriting, "alice@example.com"),
           rewritten(rewriting, VERP)]
    for address in new:
        assert len(address.split("=")[1]) == 12
    with PolicyClient(rewriting.policyd_socket) as client:
        for address, sender in zip(old + new, 2 * ["alice@example.com", VERP]):
            assert ask(rewriting, "forward", address) == f"OK {sender}"
            assert run(rewriting, "srs reverse", address)[1] == sender
            assert client.ask(sender="", recipient=address).startswith(
                ("PREPEND", "DUNNO"))
    shorter = composed("secret", "example.com", "alice", 5)
    assert ask(rewriting, "forward", f"{shorter}@{DOMAIN}") == "NOTFOUND "
    # As if it had been three weeks ago.
    with contextlib.closing(sqlite3.connect(rewriting.database)) as db, db:
        db.execute("UPDATE srs_token SET expires = 1 "
                   "WHERE token = 'hash-length-4'")
    assert ask(rewriting, "forward", old[0]) == "NOTFOUND "
    assert ask(rewriting, "forward", new[0]) == "OK alice@example.com"


def test_what_another_program_signed_shorter_can_be_read(rewriting):
    rewriting.change({"srs": {"hash-length-min": 3}})
    rewriting.start_forwarder()
    theirs = composed("older", "example.com", "alice", 3)
    assert ask(rewriting, "forward", f"{theirs}@{DOMAIN}") == \
        "OK alice@example.com"
    assert len(rewritten(rewriting, "alice@example.com").split("=")[1]) == 4


def test_a_hash_that_could_not_be_read_is_not_written(rewriting):
    rewriting.change({"srs": {"hash-length-min": 5}})
    with pytest.raises(OSError, match="hash-length-min"):
        rewriting.start_forwarder()


# ---- the file of secrets


def test_store_init_makes_it_once(postward):
    file = postward.file.parent / "new.secret"
    postward.change({"srs": {"domain": DOMAIN, "secrets-file": file}})
    assert "postward store init" in run(postward, "srs forward", "a@b.org")[2]
    assert f"{file}: made" in postward.cli("store init")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert len(text) > 30
    assert "made" not in postward.cli("store init")
    assert file.read_text() == text
    assert file.stat().st_uid == postward.database.stat().st_uid


@pytest.mark.parametrize("text", ["", "# only a comment\n", "a\0b"])
def test_a_program_does_not_start_without_a_secret(rewriting, text):
    (rewriting.file.parent / "srs.secret").write_text(text)
    with pytest.raises(OSError, match="srs.secret"):
        rewriting.start_forwarder()


def test_a_reload_reads_it_again_or_keeps_the_old(rewriting):
    file = rewriting.file.parent / "srs.secret"
    rewriting.start_forwarder()
    old = rewritten(rewriting, "alice@example.com")
    file.write_text("new\nsecret\n")
    rewriting.reload(rewriting.forwarder, "configuration read again")
    new = rewritten(rewriting, "alice@example.com")
    assert new != old
    file.write_text("")
    rewriting.reload(rewriting.forwarder, "the old configuration stays")
    for address in (old, new):
        assert ask(rewriting, "forward", address) == "OK alice@example.com"


def test_warns_when_others_can_read_it(rewriting):
    (rewriting.file.parent / "srs.secret").chmod(0o644)
    rewriting.start_forwarder()
    assert "everybody can read it" in rewriting.forwarder.log()
    looks = json.loads(run(rewriting, "check --json")[1])
    assert ("broken", True) in [(look["state"], "everybody" in look["words"])
                             for look in looks if look["what"] == "srs"]


def test_check_says_whether_there_is_srs(postward):
    def srs():
        looks = json.loads(run(postward, "check --json")[1])
        return [(look["state"], look["words"]) for look in looks
                if look["what"] == "srs"][0]

    assert srs()[0] == "warning" and "off" in srs()[1]
    file = give_srs(postward, ["secret"])
    assert srs() == ("ok", f"{DOMAIN}, 1 secret")
    file.unlink()
    assert srs()[0] == "broken" and "postward store init" in srs()[1]


# ---- those who did it before us


SENDERS = ["alice@example.com", "user+tag@example.org", "a@b.co",
           "o'brien@example.ie", "u=v=w@example.com", "U.V@Example.COM",
           "SRS0=SJjd=7G=example.com=alice@hop1.example",
           "SRS0-SJjd=7G=example.com=alice@hop1.example",
           "SRS1=xxxx=hop1.example==SJjd=7G=example.com=alice@hop9.example",
           # Among these, some hashes have + and / in them.
           *(f"u{n}@example.com" for n in range(60))]


def common(address):
    """In the alphabet and case that all agree on."""
    local, _, domain = address.partition("@")
    return local.replace("+", "-").replace("/", "_") + "@" + domain.lower()


def agree(postward, forward, reverse):
    """forward and reverse: the other implementation's, of address lists."""
    with MapClient(postward.forwarder_socket) as client:
        ours = [client.ask("srs-forward", sender).removeprefix("OK ")
                for sender in SENDERS]
        theirs = forward(SENDERS)
        assert [common(a).lower() for a in theirs] == \
            [common(a).lower() for a in ours]
        back = [client.ask("srs-reverse", address).removeprefix("OK ")
                for address in theirs]
    assert [common(a).lower() for a in reverse(theirs)] == \
        [common(a).lower() for a in back]
    # Of ours they read only those that are the same in both alphabets.
    plain = [(a, b) for a, b in zip(ours, back)
             if "-" not in a.split("=")[1] and "_" not in a.split("=")[1]]
    assert len(plain) > len(ours) / 2
    assert [common(a).lower() for a in reverse([a for a, _ in plain])] == \
        [common(b).lower() for _, b in plain]


def tcp_table(port, keys):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as it, \
            it.makefile("rw", newline="\n") as lines:
        answers = []
        for key in keys:
            lines.write("get " + key.replace("%", "%25") + "\n")
            lines.flush()
            answers.append(lines.readline().rstrip("\n").removeprefix("200 "))
        return answers


def is_open(port):
    with socket.socket() as it:
        return it.connect_ex(("127.0.0.1", port)) == 0


def test_agrees_with_postsrsd(shared, stage):
    program = "/usr/sbin/postsrsd"
    if not os.access(program, os.X_OK):
        pytest.skip("postsrsd is not installed: tools/deps")
    to, back = free_port(), free_port()
    secret = stage.folder / "postsrsd.secret"
    secret.write_text("secret\n")
    stage.start("postsrsd", program, "-4", "-l", "127.0.0.1", "-s", secret,
                "-d", DOMAIN, "-f", to, "-r", back)
    until("postsrsd's start", lambda: is_open(to) and is_open(back))
    agree(shared, lambda keys: tcp_table(to, keys),
          lambda keys: tcp_table(back, keys))


def test_from_postsrsd(postward, stage):
    """The steps of postward-forwarder(8)."""
    program = "/usr/sbin/postsrsd"
    if not os.access(program, os.X_OK):
        pytest.skip("postsrsd is not installed: tools/deps")
    to, back = free_port(), free_port()
    theirs = stage.folder / "postsrsd.secret"
    # As Debian's package makes it: no end of line, and nobody else's.
    theirs.write_text("GRcqTSCZ8FqMM1ZlWpeXBXXGoaAJjdIe")
    theirs.chmod(0o600)
    postsrsd = stage.start(
        "postsrsd", program, "-4", "-l", "127.0.0.1", "-s", theirs, "-d",
        DOMAIN, "-f", to, "-r", back, "-n", "3", "-N", "3")
    until("postsrsd's start", lambda: is_open(to) and is_open(back))
    senders = ["alice@example.com", "Sam.Upper+Tag@example.org", "a=b@x.example"]
    given = tcp_table(to, senders)
    postsrsd.stop()
    assert all(len(address.split("=")[1]) == 3 for address in given)

    main = stage.folder / "postfix"
    main.mkdir()
    (main / "master.cf").write_text("")
    lines = ["compatibility_level = 3.6",
             "sender_canonical_maps = hash:/etc/x, tcp:localhost:10001",
             "recipient_canonical_maps = tcp:localhost:10002", ""]
    (main / "main.cf").write_text("\n".join(lines))
    ours = stage.folder / "srs.secret"
    subprocess.run(["install", "-m", "0400", theirs, ours], check=True)
    postward.change({"srs": {"domain": DOMAIN, "secrets-file": ours,
                             "hash-length-min": 3}})
    postward.start_forwarder()
    for sender, address in zip(senders, given):
        assert ask(postward, "forward", address) == f"OK {sender}"

    def looks():
        return {look["what"]: look["cure"] for look in json.loads(run(
            postward, f"check --json --postfix-config {main}")[1])
                if "PostSRSd" in look["words"]}

    found = looks()
    assert sorted(found) == ["recipient_canonical_maps",
                             "sender_canonical_maps"]
    assert "'sender_canonical_maps = hash:/etc/x'" in \
        found["sender_canonical_maps"][0]
    (main / "main.cf").write_text("compatibility_level = 3.6\n")
    assert looks() == {}


PERL = """
use Mail::SRS;
my $srs = Mail::SRS->new(Secret => ["secret"], MaxAge => 21, HashLength => 4,
    Separator => "=");
while (my $key = <STDIN>) {
	chomp $key;
	my $got = eval { $ARGV[0] eq "forward"
	    ? $srs->forward($key, $ARGV[1]) : $srs->reverse($key) };
	print defined $got ? $got : "no", "\\n";
}
"""


def mail_srs(what):
    def ask_it(keys):
        done = subprocess.run(
            ["perl", "-e", PERL, what, DOMAIN], text=True, timeout=PATIENCE,
            input="".join(key + "\n" for key in keys), capture_output=True,
            check=True)
        return done.stdout.splitlines()
    return ask_it


def test_agrees_with_mail_srs(shared):
    if subprocess.run(["perl", "-MMail::SRS", "-e1"], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("Mail::SRS is not installed: tools/deps")
    agree(shared, mail_srs("forward"), mail_srs("reverse"))


# ---- vectors


VECTORS = pathlib.Path(os.environ.get(
    "POSTWARD_VECTORS", ROOT.parent / "shared/vectors"))


def vectors():
    file = VECTORS / "srs/mail-srs-vectors.json"
    if not file.is_file():
        return []
    return json.loads(file.read_text())["vectors"]


# What is otherwise here, and why.
OTHERWISE = {
    "age -1 d (future stamp)": "a clock may be a day ahead",
    "age +1023 d": "the same: days come round",
    "hash given in base64url (Mail::SRS refuses; postsrsd>=2.2.6 accepts)":
        "both alphabets are read",
    "hashlen 5": "the length is 4", "hashlen 8": "the length is 4",
    "hashlen 20": "the length is 4",
    "hash4 given, HashLength 6 HashMin 6": "the length is 4",
    "own domain: unchanged": "printed in lower case",
}


def is_ours(vector):
    sender = vector.get("sender", "")
    return not (vector["note"] in OTHERWISE
                or vector["op"] == "forward"
                and vector["opts"].get("Separator", "=") != "="
                # The whole local part is quoted here: a valid address.
                or sender.startswith('"')
                # Too long: a token.
                or len(sender) > 51 and not sender.startswith("SRS"))


def check_vector(postward, vector, argument):
    status, out, _ = run(
        postward, f"srs {vector['op']} --at {vector['now']}", argument)
    want = vector.get("result")
    assert (status == DONE) == (want is not None), vector
    if want is not None and vector["op"] == "forward":
        assert common(out) == common(want), vector
    elif want is not None:
        assert out.partition("@")[0] == want.partition("@")[0], vector
        assert out.lower() == want.lower(), vector


def test_agrees_with_the_vectors(postward):
    everything = vectors()
    if not everything:
        pytest.skip(f"no vectors in {VECTORS}")
    asked = 0
    for vector in sorted(everything, key=lambda v: (
            v["secrets"], v.get("alias", ""), v["opts"].get("MaxAge", 21))):
        if not is_ours(vector):
            continue
        argument = vector.get("sender") or vector["address"]
        domain = vector.get("alias") or argument.rpartition("@")[2]
        give_srs(postward, vector["secrets"], domain=domain.lower(),
                 **{"max-age": f"{vector['opts'].get('MaxAge', 21)}d"})
        check_vector(postward, vector, argument)
        asked += 1
    assert asked > 90
