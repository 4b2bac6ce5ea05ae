# SPDX-License-Identifier: MIT
"""What members choose for mail that may not arrive when it is forwarded: three
of them, one message, with and without a copy for each."""

import json

import pytest

from harness import smtp
from harness.stage import Stage
from harness.world import HONEST
from test_fate import Fates, letter

ANN, KIM, TEAM = (f"{name}@remotes.club" for name in ("ann", "kim", "team"))
SUE = "sue@strict.example"
TOLD = "550 5.7.26 DMARC of strict.example cannot pass when forwarded"


def choose(fates, address, word):
    return fates.world.postward.run("account", "set", address, "--strategy",
                                    word, "-c", fates.world.postward.file)


def with_split(split):
    with Stage() as stage:
        fates = Fates(stage, {})
        fates.world.postward.change({"milter": {"split-mixed": split}})
        fates.world.postward.reload(fates.world.postward.milter)
        for address, word in ((KIM, "keep"), (TEAM, "hold")):
            assert choose(fates, address, word).returncode == 0
        yield fates


@pytest.fixture(scope="module")
def together():
    yield from with_split(False)


@pytest.fixture(scope="module")
def apart():
    yield from with_split(True)


def offer(fates, recipients, sender=SUE):
    """(the replies to the recipients, the answer to the message)"""
    *said, end = smtp.send(fates.world.postfix.port, HONEST, sender,
                           recipients, letter("strict.example"))
    return said, end


@pytest.mark.parametrize("recipients, answer", [
    ([KIM], "250"),
    ([KIM, ANN], TOLD),
    ([KIM, TEAM, ANN], TOLD),
    ([ANN], TOLD),
])
def test_of_several_in_one_message_the_strictest_counts(
        together, recipients, answer):
    before = len(together.world.sink.mails)
    said, end = offer(together, recipients)
    assert all(reply.startswith("250") for reply in said), said
    assert end.startswith(answer), end
    if answer == "250":
        mail = together.world.sink.wait(before + 1)[before]
        assert mail.recipients == ["kim@mailbox.example"]
    assert together.held() == []


def test_who_keeps_and_who_holds_are_held(together):
    said, end = offer(together, [KIM, TEAM])
    assert [reply[:3] for reply in said] == ["250", "250"]
    assert end.startswith("250"), end
    [held] = together.held()
    assert len(held["recipients"]) == 3  # a team of two, and kim
    together.world.postward.says(together.world.postward.milter,
                                 'strategy="keep hold"')


@pytest.mark.parametrize("recipients, codes, answer", [
    ([KIM, TEAM, ANN], ["250", "452", "452"], "250"),
    ([ANN, KIM, ANN, TEAM], ["250", "452", "250", "452"], TOLD),
    ([KIM, "annie@remotes.club"], ["250", "452"], "250"),
    ([ANN, "annie@remotes.club", "gil@guild.club"], ["250"] * 3, TOLD),
])
def test_a_copy_for_each_strategy(apart, recipients, codes, answer):
    before = len(apart.world.sink.mails)
    said, end = offer(apart, recipients)
    assert [reply[:3] for reply in said] == codes, said
    assert all(reply.startswith("452 4.5.3 ") for reply in said
               if reply.startswith("4"))
    assert end.startswith(answer), end
    if answer == "250":
        assert apart.world.sink.wait(before + 1)[before].recipients == [
            "kim@mailbox.example"]


@pytest.mark.parametrize("sender", ["", "joe@remotes.club"])
def test_who_is_not_forwarded_shares_no_fate(stage, sender):
    fates = Fates(stage, {}, postfix=["relay_domains = plain.example"])
    fates.world.postward.change({"milter": {"split-mixed": True}})
    fates.world.postward.reload(fates.world.postward.milter)
    said, _ = offer(fates, ["pat@plain.example", ANN], sender)
    assert [reply[:3] for reply in said] == ["250", "452"]


def test_whose_fate_is_not_asked_needs_no_copy(stage):
    """Of a client in allow { clients } nothing is checked."""
    fates = Fates(stage, {})
    fates.world.postward.change({"milter": {"split-mixed": True},
                                 "allow": {"clients": [HONEST.address]}})
    fates.world.postward.reload(fates.world.postward.milter)
    assert choose(fates, KIM, "keep").returncode == 0
    said, end = offer(fates, [KIM, ANN])
    assert [reply[:3] for reply in [*said, end]] == ["250"] * 3


def test_hold_is_for_members_whatever_is_configured(stage):
    fates = Fates(stage, {"policy-fails": "reject", "spf-only": "reject"})
    assert choose(fates, KIM, "hold").returncode == 0
    _, end = offer(fates, [KIM])
    assert end.startswith("250"), end
    assert len(fates.held()) == 1


def test_nobody_is_told_of_what_he_has_not_sent(stage):
    """A member keeps what fails; a stranger uses it to have notifications sent
    to somebody else."""
    fates = Fates(stage, {})
    assert choose(fates, KIM, "keep").returncode == 0
    text = fates.author.signs(letter("strict.example"), "list.example")
    for sender, answer in (("victim@example.org", "550 5.7.1 "),
                           ("list@list.example", "250")):
        said = smtp.send(fates.world.postfix.port, HONEST, sender, [KIM],
                         text)[-1]
        assert said.startswith(answer), said


def test_a_notification_has_one_fate_too(apart):
    """Nobody rewrites its sender, but it may fail DMARC."""
    said, _ = offer(apart, [KIM, ANN], "")
    assert [reply[:3] for reply in said] == ["250", "452"]


def test_in_shadow_nobody_needs_a_copy_of_his_own(stage):
    fates = Fates(stage, {"mode": "shadow"})
    fates.world.postward.change({"milter": {"split-mixed": True}})
    fates.world.postward.reload(fates.world.postward.milter)
    assert choose(fates, KIM, "keep").returncode == 0
    said, end = offer(fates, [KIM, ANN])
    assert [reply[:3] for reply in [*said, end]] == ["250"] * 3


def test_nothing_else_is_spared(apart):
    said = smtp.send(apart.world.postfix.port, HONEST, "sam@example.org",
                     [KIM], letter("strict.example"))[-1]
    assert said.startswith("550 5.7.26 Neither SPF nor DKIM passes"), said


def test_what_is_chosen_is_shown(together):
    postward = together.world.postward
    listed = {one["address"]: one["strategy"] for one in json.loads(
        postward.run("account", "list", "--json", "-c",
                     postward.file).stdout)}
    assert (listed[KIM], listed[TEAM], listed[ANN]) == ("keep", "hold", None)
    message = postward.file.parent / "message.eml"
    message.write_bytes(letter("strict.example"))
    told = postward.run(
        "explain", "--client", HONEST.address, "--helo", HONEST.name,
        "--from", SUE, "--to", KIM, "--message", message, "--json", "-c",
        postward.file)
    end = json.loads(told.stdout)["message"]
    assert end["message"]["strategies"] == "keep"
    assert end["fate"]["action"] == "sign"


def test_the_fate_is_told_of_those_who_will_get_it(stage):
    """By their exchangers; whose the copy is stays between us."""
    fates = Fates(stage, {}, [
        "gmail.example. MX 5 gmail-smtp-in.l.google.com."])
    fates.world.postward.cli("forward add --confirmed", KIM,
                             "kim@gmail.example")
    said, end = offer(fates, [KIM])
    assert end.startswith(TOLD), end
    assert "gmail" not in " ".join([*said, end])
    log = fates.world.postward.says(fates.world.postward.milter,
                                    "at=gmail:5.7.26,strict:5.7.26 ")
    assert "gmail.example" not in log


def test_a_choice_can_be_taken_back(stage):
    fates = Fates(stage, {})
    assert choose(fates, KIM, "keep").stdout == (
        f"{KIM}: strategy keep\n")
    assert offer(fates, [KIM])[1].startswith("250")
    assert choose(fates, KIM, "default").returncode == 0
    assert offer(fates, [KIM])[1].startswith(TOLD)


@pytest.mark.parametrize("address, word, status, complaint", [
    (KIM, "spare", 2, "expected default, keep, hold, reject or rewrite"),
    (KIM, "rewrite", 1, "forwarding.from-domain is not set"),
    ("zed@remotes.club", "keep", 1, "zed@remotes.club: no such account"),
    ("zed@elsewhere.example", "keep", 1, "not one of our domains"),
])
def test_a_wrong_choice_is_told(together, address, word, status, complaint):
    done = choose(together, address, word)
    assert (done.returncode, done.stdout) == (status, "")
    assert complaint in done.stderr
