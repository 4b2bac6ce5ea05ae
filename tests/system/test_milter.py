# SPDX-License-Identifier: MIT
"""The milter behind a real Postfix, from a sender to a mailbox."""

import email
import email.policy
import grp
import json
import shlex
import signal
import stat
import subprocess
import textwrap

import dkim
import pytest

from harness import smtp
from harness.postward import build
from harness.smtp import Peer
from harness.stage import Stage, free_port, until
from harness.world import HONEST, LISTED, World

SAM = "sam@example.org"
ANN = "ann@remotes.club"
TARGET = "ann@mailbox.example"


def deliver(world, recipients, text, sender=SAM):
    """The one mail that comes of one message."""
    replies = smtp.send(world.postfix.port, HONEST, sender, recipients, text)
    assert replies[-1].startswith("250 2.0.0 Ok: queued as"), replies
    return world.sink.wait(1)[0]


def offer(world, recipients, text):
    """What is answered to the message."""
    return smtp.send(world.postfix.port, HONEST, SAM, recipients, text)[-1]


def fields(mail):
    """[(name, value on one line)], from the top."""
    parsed = email.message_from_bytes(mail.text, policy=email.policy.compat32)
    return [(name, " ".join(value.split())) for name, value in parsed.items()]


def values(mail, wanted):
    return [value for name, value in fields(mail)
            if name.strip().lower() == wanted.lower()]


OURS = ("mx.remotes.club; spf=none smtp.mailfrom=sam@example.org; "
        "dkim=none; dmarc=none header.from=example.org")


def test_tells_at_the_top_what_it_knows(world):
    mail = deliver(world, [ANN], "Subject: hello\n\nHello!\n")
    names = [name for name, _ in fields(mail)]
    assert names[:5] == ["Delivered-To", "X-Forwarded-To", "X-Forwarded-For",
                         "Received-SPF", "Authentication-Results"]
    assert names.count("Received-SPF") == 1
    assert values(mail, "Delivered-To") == [ANN]
    assert values(mail, "X-Forwarded-To") == [TARGET]
    assert values(mail, "X-Forwarded-For") == [f"{ANN} {TARGET}"]
    assert values(mail, "Authentication-Results") == [OURS]
    assert str(mail).startswith("Delivered-To: ann@")
    assert str(mail).endswith("Hello!\r\n")


def test_removes_what_is_forged_and_nothing_else(world):
    mail = deliver(world, [ANN], (
        "Authentication-Results: mx.example.org; dkim=pass\n"
        "Authentication-Results: mx.remotes.club; spf=pass\n"
        "Received-SPF: pass (elsewhere) receiver=mx.example.org\n"
        "Subject: hello\n"
        "authentication-results : (oh) \"MX.Remotes.Club\" 1;\n\tdkim=pass\n"
        "Received-SPF: pass (forged) receiver=mx.remotes.club;\n"
        "Authentication-Results: mx.remotes.club.example.org; spf=pass\n"
        "Authentication-Results: ;; mx.remotes.club; spf=pass\n"
        "Authentication-Results: mx.remotes.club/JOB (x); spf=pass\n"
        "Authentication-Results: =?utf-8?q?mx.remotes.club?=; spf=pass\n"
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n"
        "Authentication-Results: [192.0.2.1]; spf=pass\n"
        "ARC-Authentication-Results: i=1; mx.remotes.club; spf=pass\n"
        "X-Other: kept\n\nHello!\n"))
    # A chain of one field is none that could hold.
    assert values(mail, "Authentication-Results") == [
        f'{OURS}; arc=fail reason="instance 1 is not complete"',
        "mx.example.org; dkim=pass",
        "mx.remotes.club.example.org; spf=pass",
        "spf=pass (sender IP is 192.0.2.1)", "[192.0.2.1]; spf=pass"]
    # Sealed, or worth nothing (RFC 8617 5.1).
    assert values(mail, "ARC-Authentication-Results") == [
        "i=1; mx.remotes.club; spf=pass"]
    spf = values(mail, "Received-SPF")
    assert len(spf) == 2
    assert spf[0].startswith("none (mx.remotes.club: ")
    assert spf[1] == "pass (elsewhere) receiver=mx.example.org"
    assert values(mail, "X-Other") == ["kept"]
    assert values(mail, "Subject") == ["hello"]


def test_of_several_targets_none_is_told(world):
    replies = smtp.send(world.postfix.port, HONEST, SAM,
                        [ANN, "zed@guild.club"])
    assert replies[-1].startswith("250"), replies
    [mail] = world.sink.wait(1)
    assert values(mail, "Delivered-To") == []
    assert "mailbox.example" not in str(mail)


@pytest.mark.parametrize("recipient, delivered", [
    (ANN, "Ann@Remotes.Club"),
    ("ann+news@remotes.club", "<ann@remotes.club>"),
    ("zed@guild.club", "zed@guild.club"),
    (ANN, "sam@example.org\nDelivered-To: ann@remotes.club"),
])
def test_refuses_a_loop(world, recipient, delivered):
    assert offer(world, [recipient], f"Delivered-To: {delivered}\n\nx\n"
                 ).startswith("550 5.4.6 Mail loop: already delivered to <")
    assert world.sink.mails == []


def test_another_account_is_no_loop(world):
    mail = deliver(world, [ANN], "Delivered-To: bob@remotes.club\n\nx\n")
    assert values(mail, "Delivered-To") == [ANN, "bob@remotes.club"]


def test_refuses_too_many_hops(stage):
    world = World(stage, {"milter": {"hop-limit": 3}})
    hop = "Received: from a by b; Sun, 22 Nov 2026 10:00:00 +0000\n"
    assert offer(world, [ANN], hop * 4 + "\nx\n").startswith(
        "550 5.4.6 Mail loop: too many hops")
    deliver(world, [ANN], hop * 3 + "\nx\n")


def test_two_hosts_that_forward_to_each_other(world):
    """The test is the wire between them."""
    with Stage() as far_stage:
        far = World(far_stage, {"": {"hostname": "mx.far.example",
                                     "domains": ["far.example"]}})
        far.postward.cli("account add bea@far.example")
        far.postward.cli("forward add --confirmed bea@far.example",
                         "ann@remotes.club")
        world.postward.cli("forward set --confirmed", ANN, "bea@far.example")
        mail = deliver(world, [ANN], "Subject: hello\n\nHello!\n")
        here = Peer("192.0.2.20", "mx.mailbox.example")
        replies = smtp.send(far.postfix.port, here, mail.sender,
                            mail.recipients, mail.text)
        assert replies[-1].startswith("250"), replies
        [back] = far.sink.wait(1)
        replies = smtp.send(world.postfix.port, here, back.sender,
                            back.recipients, back.text)
        assert replies[-1].startswith("550 5.4.6"), replies


def test_a_milter_that_dies_loses_nothing(world):
    with smtp.session(world.postfix.port, HONEST) as session:
        session.from_(SAM)
        assert session.to(ANN).startswith("250")
        session.putcmd("DATA")
        assert session.getreply()[0] == 354
        world.postward.milter.kill()
        session.send(b"Subject: hello\r\n\r\nHello!\r\n.\r\n")
        assert session.getreply()[0] == 451
    world.postward.start_milter()
    until("service again", lambda: smtp.rcpt(
        world.postfix.port, HONEST, SAM, ANN).startswith("250"))
    deliver(world, [ANN], "Subject: hello\n\nHello!\n")
    until("an empty queue", lambda: not world.postfix.queued())
    assert len(world.sink.mails) == 1


def test_without_a_milter_nothing_passes(world):
    world.postward.milter.kill()
    with smtp.session(world.postfix.port, HONEST) as session:
        assert session.from_(SAM).startswith("451 4.7.1")


def test_a_lost_store_refuses_no_message_for_good(world):
    with smtp.session(world.postfix.port, HONEST) as session:
        session.from_(SAM)
        assert session.to(ANN).startswith("250")
        lost = world.postward.database.rename(
            world.postward.database.parent / "lost.db")
        assert session.content("Subject: x\n\nx\n").startswith("451 4.3.0")
        lost.rename(world.postward.database)
    # Postfix expands ANN while the store is taken away: if it has asked about
    # TARGET when there was none, that domain is asked for a second later.
    def taken():
        reply = offer(world, [ANN], "Subject: hello\n\nHello!\n")
        assert reply.startswith(("250 2.0.0", "451 4.3.0")), reply
        return reply.startswith("250")
    until("the store is asked again", taken)
    assert len(world.sink.wait(1)) == 1


@pytest.mark.parametrize("peer, recipient, reply", [
    (HONEST, "bob@remotes.club", "550 5.1.1 No forwarding address"),
    (LISTED, ANN, "554 5.7.1 Service unavailable; client [192.0.2.66] "
     "blocked using bl.test; Sent junk, see https://bl.test/192.0.2.66"),
    (HONEST, ANN, "250 2.1.5 Ok"),
])
def test_enforces_like_policyd(stage, peer, recipient, reply):
    world = World(stage, {"milter": {"enforce": True}}, [
        "smtpd_recipient_restrictions =",
        "smtpd_reject_unlisted_recipient = no"])
    assert smtp.rcpt(world.postfix.port, peer, SAM, recipient) == reply
    if reply.startswith("250"):
        mail = deliver(world, [ANN], "Subject: hello\n\nHello!\n")
        assert values(mail, "Authentication-Results") == [OURS]


def test_splits_mixed_recipients(stage):
    world = World(stage, {"milter": {"split-mixed": True}},
                  ["relay_domains = plain.example"])
    plain, later = "pat@plain.example", "452 4.5.3"
    for sender, recipients, expected in (
            (SAM, [ANN, plain, "zed@guild.club"], ["250", later, "250"]),
            (SAM, [plain, ANN], ["250", later]),
            ("", [ANN, plain], ["250", "250"]),
            ("bob@remotes.club", [ANN, plain], ["250", "250"])):
        with smtp.session(world.postfix.port, HONEST) as session:
            session.from_(sender)
            replies = [session.to(one) for one in recipients]
        assert [reply[:len(want)] for reply, want in zip(replies, expected)
                ] == expected, replies


@pytest.mark.parametrize("hide", [True, False])
def test_hides_the_target_in_a_bounce(stage, hide):
    world = World(stage, {"milter": {"hide-targets": hide}})
    world.sink.refused[TARGET] = f"550 5.1.1 <{TARGET.upper()}>: unknown here"
    assert offer(world, [ANN], "Subject: hello\n\nHello!\n").startswith("250")
    [bounce] = world.sink.wait(1)
    assert (bounce.sender, bounce.recipients) == ("", [SAM])
    text = str(bounce)
    assert (TARGET in text.lower()) == (not hide)
    if hide:
        assert f"\r\n<{ANN}>: host" in text
        assert f"Final-Recipient: rfc822; {ANN}\r\n" in text
        assert f"<{ANN}>: unknown here" in text


@pytest.fixture(scope="module")
def dkim_key(tmp_path_factory):
    """(private key in PEM, DNS record) of an RSA key made here."""
    folder = tmp_path_factory.mktemp("dkim")
    subprocess.run(["openssl", "genrsa", "-traditional", "-out",
                    folder / "key", "2048"], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", folder / "key", "-pubout"], check=True,
        capture_output=True, text=True).stdout
    record = "v=DKIM1; p=" + "".join(public.splitlines()[1:-1])
    return (folder / "key").read_bytes(), record.encode()


@pytest.mark.parametrize("body, extensions", [
    ("Hello!\r\n", ["8BITMIME"]),
    ("Gr\u00fc\u00dfe!\r\n", ["8BITMIME"]),
    ("Gr\u00fc\u00dfe!\r\n", []),
    ("x" * 1500 + "\r\n", ["8BITMIME"]),
], ids=["7bit", "8bit", "8bit to a host without 8BITMIME", "a long line"])
def test_a_dkim_signature_survives(world, dkim_key, body, extensions):
    key, record = dkim_key
    world.sink.extensions = extensions
    text = ("From: Sam <sam@example.org>\r\nTo: ann@remotes.club\r\n"
            "Subject: hello\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n\r\n" + body).encode()
    signature = dkim.sign(text, b"s1", b"example.org", key,
                          canonicalize=(b"simple", b"simple"))
    mail = deliver(world, [ANN], signature + text)
    assert dkim.verify(mail.text, dnsfunc=lambda name, **_: record)


def test_a_reload_counts_from_the_next_connection_on(world):
    mail = deliver(world, [ANN], "Subject: 1\n\n1\n")
    assert values(mail, "X-Forwarded-To") == [TARGET]
    world.postward.change({"milter": {"hide-targets": True}})
    for _ in range(5):
        world.postward.reload(world.postward.milter,
                              "configuration read again")
    smtp.send(world.postfix.port, HONEST, SAM, [ANN], "Subject: 2\n\n2\n")
    mail = world.sink.wait(2)[1]
    assert values(mail, "X-Forwarded-To") == []


def test_a_wrong_configuration_is_not_taken(postward):
    postward.start_milter()
    postward.file.write_text("milter { hop-limit = 0 }\n")
    postward.reload(postward.milter, "the old configuration stays")
    assert postward.milter.status is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_in_good_order(postward, number):
    postward.start_milter()
    postward.milter.signal(number)
    assert postward.milter.wait(4) == 0
    assert not postward.milter_socket.exists()
    assert "stopped" in postward.milter.log()


def test_the_socket_is_for_one_group(postward):
    group = grp.getgrnam("postfix")
    postward.change({"milter": {"group": "postfix"}})
    postward.start_milter()
    status = postward.milter_socket.stat()
    assert stat.S_IMODE(status.st_mode) == 0o660
    assert status.st_gid == group.gr_gid


def test_takes_the_place_of_a_dead_one_and_of_no_other(postward, stage):
    postward.start_milter()
    done = stage.start("second", build() / "bin/postward-milter", "-c", postward.file)
    assert done.wait() == 1
    assert "somebody already serves there" in done.log()
    assert postward.milter.status is None
    postward.milter.kill()
    assert postward.milter_socket.exists()
    postward.start_milter()


def looked_at(postward, postfix, *words):
    """What the doctor says."""
    return json.loads(postward.run(
        "check", "--json", "-c", postward.file, "--postfix-config",
        postfix.configuration, *words).stdout)


# What is wrong with the same parameters besides: no such table, nobody there.
OTHERS = ("postfix-config", "tables", "neighbours")


def cured(row):
    """The parameter and its value that the cure gives to postconf."""
    [assignment] = [shlex.split(cure)[-1] for cure in row["cure"]
                    if cure.startswith("postconf ")]
    return assignment


@pytest.mark.parametrize("settings", [[], [
    # Debian's own.
    "smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated "
    "defer_unauth_destination"]])
def test_check_finds_nothing_wrong_with_this_postfix(stage, settings):
    world = World(stage, postfix=settings)
    world.postward.start_signup()
    rows = looked_at(world.postward, world.postfix, "--only", "postfix")
    assert [row for row in rows if row["state"] not in ("ok", "note")] == []


@pytest.mark.parametrize("settings, said", [
    ([], {"header fields": "note"}),
    (["header_size_limit = 50000"], {"header_size_limit": "note"}),
    (["header_size_limit = 60000"], {"header fields": "note"}),
    (["smtpd_milters ="], {}),
])
def test_check_tells_how_long_a_field_may_be(stage, settings, said):
    world = World(stage, postfix=settings)
    assert {row["what"]: row["state"]
            for row in looked_at(world.postward, world.postfix)
            if row["what"].startswith("header")
            and row["what"] != "header-checks"} == said


def test_many_signals_at_once_do_not_end_it(world):
    """libmilter would take some of them for itself."""
    milter = world.postward.milter
    for _ in range(2000):
        milter.signal(signal.SIGHUP)
    world.postward.reload(milter)
    assert milter.status is None


@pytest.mark.parametrize("setting, mended", [
    ("disable_mime_output_conversion = no",
     "disable_mime_output_conversion = yes"),
    ("smtp_line_length_limit = 998", "smtp_line_length_limit = 0"),
    ("milter_default_action = accept", "milter_default_action = tempfail"),
    ("smtpd_milters = inet:127.0.0.1:11332",
     "smtpd_milters = { unix:postward/milter, default_action=tempfail }, "
     "inet:127.0.0.1:11332"),
    ("smtpd_recipient_restrictions = permit_mynetworks",
     "smtpd_recipient_restrictions = permit_mynetworks, check_policy_service "
     "{ unix:postward/policyd, timeout=20s, default_action=DEFER }"),
    ("smtpd_recipient_restrictions =",
     "smtpd_recipient_restrictions = permit_mynetworks, check_policy_service "
     "{ unix:postward/policyd, timeout=20s, default_action=DEFER }"),
    ("smtpd_relay_restrictions = permit_mynetworks",
     "smtpd_relay_restrictions = permit_mynetworks, "
     "reject_unauth_destination"),
    ("smtpd_helo_required = no", "smtpd_helo_required = yes"),
    ("smtpd_sender_restrictions =",
     "smtpd_sender_restrictions = permit_mynetworks, "
     "permit_sasl_authenticated, reject_non_fqdn_sender"),
    # What is meant for us goes where we are, and is not asked twice.
    ("smtpd_milters = inet:127.0.0.1:11332, unix:{queue}/postward/milter",
     "smtpd_milters = inet:127.0.0.1:11332, "
     "{ unix:postward/milter, default_action=tempfail }"),
    ("smtpd_milters = unix:/run/postward/milter unix:postward/milter",
     "smtpd_milters = unix:postward/milter"),
    ("virtual_alias_maps = "
     "socketmap:unix:{queue}/postward/forwarder:forward hash:/etc/more",
     "virtual_alias_maps = socketmap:unix:postward/forwarder:forward, "
     "hash:/etc/more"),
    ("smtpd_milters = unix:postward/milter-old",
     "smtpd_milters = { unix:postward/milter, default_action=tempfail }, "
     "unix:postward/milter-old"),
])
def test_check_mends_what_is_wrong(stage, setting, mended):
    world = World(stage)
    main = world.postfix.configuration / "main.cf"
    setting = setting.replace("{queue}", str(world.postfix.queue))
    main.write_text(main.read_text() + setting + "\n")
    name = setting.partition(" ")[0]
    [row] = [row for row in looked_at(world.postward, world.postfix)
             if row["what"] == name and row["name"] not in OTHERS]
    assert row["state"] == "broken"
    assert cured(row) == mended


def test_check_wants_our_milter_before_those_that_verify(stage):
    """What stands before ours speaks in our name, and is not believed."""
    world = World(stage)
    main = world.postfix.configuration / "main.cf"
    main.write_text(main.read_text() + (
        "smtpd_milters = inet:127.0.0.1:8891, "
        "{ unix:postward/milter, default_action=tempfail }, "
        "inet:127.0.0.1:8893\n"))
    [row] = [row for row in looked_at(world.postward, world.postfix)
             if row["what"] == "smtpd_milters"
             and row["name"] == "milter-reached"]
    assert row["state"] == "note"
    assert cured(row) == (
        "smtpd_milters = { unix:postward/milter, default_action=tempfail }, "
        "inet:127.0.0.1:8891, inet:127.0.0.1:8893")


def test_check_wants_no_policyd_where_the_milter_checks(stage):
    """At ports instead of sockets, as where Postfix is another machine's."""
    world = World(stage)
    postward, port = world.postward, free_port()
    postward.milter.kill()
    postward.policyd.kill()
    postward.milter_socket = ("127.0.0.1", port)
    postward.change({"milter": {"enforce": True,
                                "listen": f"inet:127.0.0.1:{port}"}})
    postward.start_milter()
    main = world.postfix.configuration / "main.cf"
    main.write_text(main.read_text() + textwrap.dedent(f"""\
        smtpd_recipient_restrictions = permit_mynetworks
        smtpd_milters = inet:127.0.0.1:{port}
        non_smtpd_milters = inet:127.0.0.1:{port}
        """))
    file = stage.folder / "milter-only.conf"
    file.write_text("".join(
        line for line in postward.file.read_text().splitlines(True)
        if "/postward/policyd" not in line))
    done = postward.run("check", "--json", "-c", file, "--postfix-config",
                        world.postfix.configuration)
    found = {row["what"]: row for row in json.loads(done.stdout)}
    assert "policyd" not in found
    assert found["milter"] == {
        **found["milter"], "state": "ok",
        "words": f"answers at inet:127.0.0.1:{port}"}
    assert found["policy-reached"]["state"] == "ok"
    postward.milter.kill()
    done = postward.run("check", "--json", "-c", file)
    found = {row["what"]: row for row in json.loads(done.stdout)}
    assert found["milter"]["state"] == "broken"


@pytest.mark.parametrize("settings, state", [
    ({}, "note"),
    ({"signup": {"url": "https://remotes.club/join"}}, "broken"),
    ({"mailer": {"smtp": "smtp://127.0.0.1:1"}}, "broken"),
    ({"milter": {"hide-targets": True}}, "broken"),
])
def test_check_asks_for_bounces_where_they_matter(stage, settings, state):
    world = World(stage, settings, ["non_smtpd_milters = inet:127.0.0.1:11332",
                                    "internal_mail_filter_classes ="])
    found = {row["what"]: row
             for row in looked_at(world.postward, world.postfix)}
    for name, mended in (
            ("non_smtpd_milters",
             "{ unix:postward/milter, default_action=tempfail }, "
             "inet:127.0.0.1:11332"),
            ("internal_mail_filter_classes", "bounce")):
        assert found[name]["state"] == state
        assert cured(found[name]) == f"{name} = {mended}"


@pytest.fixture
def srs_world(stage):
    secrets = stage.folder / "srs.secret"
    secrets.write_text("a secret for the test\n")
    secrets.chmod(0o600)
    return World(stage, {"srs": {"domain": "remotes.club",
                                 "secrets-file": str(secrets)}})


def test_forwards_under_a_sender_of_ours(srs_world):
    world = srs_world
    mail = deliver(world, [ANN], "Subject: hello\n\nHello!\n")
    assert mail.sender.startswith("SRS0=")
    assert mail.sender.endswith("=example.org=sam@remotes.club")


def test_a_bounce_comes_home(srs_world):
    world = srs_world
    mail = deliver(world, [ANN], "Subject: hello\n\nHello!\n")
    smtp.send(world.postfix.port, HONEST, "", [mail.sender])
    bounce = world.sink.wait(2)[1]
    assert (bounce.sender, bounce.recipients) == ("", [SAM])
