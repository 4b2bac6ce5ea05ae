# SPDX-License-Identifier: MIT
"""From one end to the other: a sender, Postfix with Postward, a mailbox."""

import threading

import pytest

from harness import smtp
from harness.smtp import Peer
from harness.stage import Stage, until
from harness.world import HONEST, LISTED, STRANGER, World


@pytest.fixture(scope="module")
def one_world():
    """One for all tests that only ask."""
    with Stage() as stage:
        yield World(stage)


SAM = "sam@example.org"
ANN = "ann@remotes.club"


def deliver(world, recipients, n, sender=SAM):
    """The n mails that the sink gets from one message."""
    replies = smtp.send(world.postfix.port, HONEST, sender, recipients)
    assert replies[-1].startswith("250 2.0.0 Ok: queued as"), replies
    mails = world.sink.wait(n)
    until("an empty queue", lambda: not world.postfix.queued())
    assert len(world.sink.mails) == n
    return mails


def targets(mails):
    return sorted(address for mail in mails for address in mail.recipients)


@pytest.mark.parametrize("recipient, expected", [
    ("ann@remotes.club", ["ann@mailbox.example"]),
    ("ANN@Remotes.CLUB", ["ann@mailbox.example"]),
    ("ann+news@remotes.club", ["ann@mailbox.example"]),
    ("annie@remotes.club", ["ann@mailbox.example"]),
    ("team@remotes.club", ["ann@mailbox.example", "carl@mailbox.example"]),
    ("anybody@guild.club", ["gil@mailbox.example"]),
])
def test_delivers_to_the_forward(world, recipient, expected):
    smtp.send(world.postfix.port, HONEST, SAM, [recipient])
    until("all copies", lambda: targets(world.sink.mails) == expected)
    until("an empty queue", lambda: not world.postfix.queued())
    assert targets(world.sink.mails) == expected
    assert {mail.sender for mail in world.sink.mails} == {SAM}


def test_a_message_carries_one_spf_header(world):
    mails = deliver(world, [ANN, "anybody@guild.club"], 1,
                    sender="teller@bank.example")
    fields = mails[0].fields("Received-SPF")
    assert len(fields) == 1
    assert fields[0].startswith("Received-SPF: pass (mx.remotes.club: ")


def test_an_spf_fail_is_told_in_the_domains_words(one_world):
    replies = smtp.send(one_world.postfix.port, STRANGER,
                        "teller@bank.example", [ANN])
    assert replies[-1] == (
        f"550 5.7.23 <{ANN}>: Recipient address rejected: SPF fail; "
        "bank.example explains: 192.0.2.30 is not a mail server of "
        "bank.example")


def test_delivers_what_was_sent(world):
    text = ("From: Sam <sam@example.org>\nSubject: hello\n"
            "Message-ID: <1@example.org>\n\n.dot\n" + "x" * 1200 + "\n")
    smtp.send(world.postfix.port, HONEST, SAM, [ANN], text)
    [mail] = world.sink.wait(1)
    assert str(mail).replace("\r\n", "\n").endswith(text)


def test_forwards_a_bounce_too(world):
    [mail] = deliver(world, [ANN], 1, sender="")
    assert (mail.sender, mail.recipients) == ("", ["ann@mailbox.example"])


def test_takes_good_and_bad_recipients_in_one_message(world):
    replies = smtp.send(world.postfix.port, HONEST, SAM,
                        ["bob@remotes.club", ANN, "zoe@remotes.club"])
    assert [reply[:9] for reply in replies] == [
        "550 5.1.1", "250 2.1.5", "550 5.1.1", "250 2.0.0"]
    [mail] = world.sink.wait(1)
    assert mail.recipients == ["ann@mailbox.example"]


# Postfix begins each refusal with "<recipient>: Recipient address rejected:",
# and has 4.1.8 for senders only: at RCPT it makes 4.1.2 of it.
@pytest.mark.parametrize("peer, sender, recipient, reply", [
    (HONEST, SAM, "bob@remotes.club",
     "550 5.1.1 <bob@remotes.club>: Recipient address rejected: "
     "No forwarding address"),
    (HONEST, SAM, "zoe@remotes.club",
     "550 5.1.1 <zoe@remotes.club>: Recipient address rejected: User unknown"),
    (LISTED, SAM, ANN,
     "554 5.7.1 <ann@remotes.club>: Recipient address rejected: Service "
     "unavailable; client [192.0.2.66] blocked using bl.test; Sent junk, see "
     "https://bl.test/192.0.2.66"),
    (HONEST, "eve@junk.example", ANN,
     "554 5.7.1 <ann@remotes.club>: Recipient address rejected: Service "
     "unavailable; sender domain junk.example blocked using rhs.test; Known "
     "for junk"),
    (Peer("192.0.2.10", "mail.example.org", "not_a_name!"), SAM, ANN,
     "550 5.5.2 <ann@remotes.club>: Recipient address rejected: "),
    (Peer("192.0.2.10", "mail.example.org", "mx.remotes.club"), SAM, ANN,
     "550 5.7.1 <ann@remotes.club>: Recipient address rejected: "),
    (Peer("192.0.2.10", "mail.example.org", "gone.example"), SAM, ANN,
     "450 4.7.1 <ann@remotes.club>: Recipient address rejected: "
     "Host not found"),
    (HONEST, "win@gone.example", ANN,
     "450 4.1.2 <ann@remotes.club>: Recipient address rejected: "
     "Domain not found"),
    (HONEST, "shy@silent.example", ANN,
     "550 5.7.27 <ann@remotes.club>: Recipient address rejected: "),
    (HONEST, SAM, "stranger@elsewhere.example",
     "554 5.7.1 <stranger@elsewhere.example>: Relay access denied"),
])
def test_refuses(one_world, peer, sender, recipient, reply):
    answer = smtp.rcpt(one_world.postfix.port, peer, sender, recipient)
    assert answer.startswith(reply)


def test_postmaster_can_be_reached_from_a_blocklist(one_world):
    answer = smtp.rcpt(one_world.postfix.port, LISTED, SAM,
                       "postmaster@remotes.club")
    assert answer == "250 2.1.5 Ok"


def test_a_dead_policyd_refuses_nobody_for_good(world):
    world.postward.policyd.kill()
    answer = smtp.rcpt(world.postfix.port, HONEST, SAM, ANN)
    assert answer[:3] in ("450", "451")
    world.postward.start_policyd()
    deliver(world, [ANN], 1)


def test_a_dead_forwarder_refuses_nobody_for_good(world):
    world.postward.forwarder.kill()
    answer = smtp.rcpt(world.postfix.port, HONEST, SAM, ANN)
    assert answer.startswith("451 4.3.0")
    world.postward.start_forwarder()
    until("service again", lambda: smtp.rcpt(
        world.postfix.port, HONEST, SAM, ANN).startswith("250"))
    deliver(world, [ANN], 1)


def test_a_lost_store_refuses_nobody_for_good(world):
    lost = world.postward.database.rename(world.postward.database.parent
                                          / "lost.db")
    for recipient in (ANN, "zoe@remotes.club"):
        answer = smtp.rcpt(world.postfix.port, HONEST, SAM, recipient)
        assert answer.startswith("451 4.3.0"), answer
    lost.rename(world.postward.database)
    until("service again", lambda: smtp.rcpt(
        world.postfix.port, HONEST, SAM, ANN).startswith("250"))


def test_a_reload_drops_no_mail(world):
    """Mails from four senders while both programs read their file anew."""
    replies = []
    n = 10

    def stream():
        for _ in range(n):
            replies.extend(smtp.send(world.postfix.port, HONEST, SAM, [ANN]))

    senders = [threading.Thread(target=stream) for _ in range(4)]
    for sender in senders:
        sender.start()
    reloads = 0
    while any(sender.is_alive() for sender in senders):
        for program in (world.postward.policyd, world.postward.forwarder):
            world.postward.reload(program)
            reloads += 1
    for sender in senders:
        sender.join()
    assert [r for r in replies if not r.startswith("250 2.")] == []
    assert len(replies) == 4 * n * 2
    assert reloads > 1
    world.sink.wait(4 * n)


def test_a_new_forward_counts_at_once(world):
    recipient = "bob@remotes.club"
    refused = smtp.rcpt(world.postfix.port, HONEST, SAM, recipient)
    assert refused.startswith("550 5.1.1")
    world.postward.cli("forward add --confirmed", recipient,
                       "bob@mailbox.example")
    [mail] = deliver(world, [recipient], 1)
    assert mail.recipients == ["bob@mailbox.example"]


def test_waits_for_a_target_that_is_busy(world):
    world.sink.refused["ann@mailbox.example"] = "450 4.2.1 Busy"
    smtp.send(world.postfix.port, HONEST, SAM, [ANN])
    until("a message in the queue", lambda: any(
        "Busy" in recipient.get("delay_reason", "")
        for message in world.postfix.queued()
        for recipient in message["recipients"]))
    del world.sink.refused["ann@mailbox.example"]
    [mail] = world.sink.wait(1)
    assert mail.recipients == ["ann@mailbox.example"]


@pytest.mark.parametrize("key, status, answer", [
    ("ann@remotes.club", 0, "ann@mailbox.example"),
    ("bob@remotes.club", 1, ""),
    ("zoe@remotes.club", 1, ""),
])
def test_postmap_asks_the_forwarder(one_world, key, status, answer):
    table = f"socketmap:unix:{one_world.postward.forwarder_socket}:forward"
    assert one_world.postfix.postmap(key, table) == (status, answer)


def test_postmap_reports_trouble(world):
    world.postward.database.unlink()
    table = f"socketmap:unix:{world.postward.forwarder_socket}:forward"
    status, answer = world.postfix.postmap(ANN, table)
    assert status == 1
    assert str(world.postward.database) in answer


# ---- bounces of what was forwarded under an SRS address


@pytest.fixture
def rewriting(stage):
    secrets = stage.folder / "srs.secret"
    secrets.write_text("secret\n")
    secrets.chmod(0o600)
    return World(stage, {"srs": {"domain": "guild.club",
                                 "secrets-file": secrets}})


@pytest.mark.parametrize("fold", [str, str.lower])
def test_a_bounce_comes_home(rewriting, fold):
    address = rewriting.postward.cli("srs forward", SAM).strip()
    [mail] = deliver(rewriting, [fold(address)], 1, sender="")
    assert (mail.sender, mail.recipients) == ("", [SAM])


def test_a_bounce_to_a_quoted_sender_comes_home(rewriting):
    sender = '"s a m"@example.org'
    # Kept in the store, which `postward srs forward` does not do.
    status, address = rewriting.postfix.postmap(
        sender, f"socketmap:unix:{rewriting.postward.forwarder_socket}"
        ":srs-forward")
    assert status == 0
    [mail] = deliver(rewriting, [address], 1, sender="")
    assert mail.recipients == [sender]


def test_a_forged_bounce_is_refused(rewriting):
    address = rewriting.postward.cli("srs forward", SAM).strip()
    old = rewriting.postward.cli("srs forward --at 1700000000", SAM).strip()
    for recipient, why in ((address.replace("=sam@", "=eve@"),
                            "SRS hash invalid"),
                           (old, "SRS address expired")):
        assert smtp.rcpt(rewriting.postfix.port, HONEST, "", recipient) == (
            f"550 5.1.1 <{recipient}>: Recipient address rejected: {why}")
