# SPDX-License-Identifier: MIT
"""The pages of members in Chromium, by keyboard alone, on a desk and on a
phone.  Pictures are left where test_browser.py leaves them."""

import time

import pytest

pytest.importorskip("selenium")
from selenium.webdriver.common.keys import Keys

from harness import smtp
from harness.browser import Browser
from harness.members import change, code_in, letter, rows
from harness.stage import Stage, until
from harness.world import World, srs

ANN = "ann@remotes.club"
# The machine may have much else to do.
SLOW = 10


@pytest.fixture(scope="module")
def door():
    with Stage() as stage:
        world = World(stage, {**srs(stage), "signup": {
            "per-client": 1000, "per-hour": 1000, "tries": 1000},
            "members": {"codes": 1000}})
        world.open_the_door()
        yield world


def home(world):
    return "http://%s:%d/" % world.postward.signup_place


def tab_to(browser, name):
    """As often as it takes."""
    for _ in range(60):
        if " ".join(browser.tab().split()) == name:
            return
    raise AssertionError(f"the keyboard does not get to {name}")


def letters(world):
    return [mail for mail in world.sink.mails
            if "Your code to sign in" in mail.field("Subject")
            and "ann@mailbox.example" in mail.recipients]


def sign_in(browser, world, address=ANN):
    before = len(letters(world))
    browser.get(home(world) + "member")
    tab_to(browser, "address")
    browser.press(address)
    browser.tab()
    browser.enter()
    assert browser.heading == "Check your mail", browser.text
    code = code_in(until("the code", lambda: letters(world)[before:])[0])
    tab_to(browser, "code")
    browser.press(code)
    browser.tab()
    browser.enter()
    assert browser.heading == "Your mail", browser.text


SENDER = "sue@example.org"
# Whose HELO does not exist.
PEER = smtp.Peer("192.0.2.10", "nobody.example.org")


def refuse(world):
    """A mail that is refused, and that a member may let pass."""
    replies = smtp.send(world.postfix.port, PEER, SENDER, [ANN], "x\n\nx\n")
    assert replies[-1].startswith(("450", "550")), replies
    return replies[-1]


@pytest.mark.parametrize("way", ["desk", "phone"])
def test_a_member_finds_a_refused_mail_and_lets_its_sender_pass(
        stage, door, way):
    change(door.postward, "DELETE FROM sender_rule")
    refuse(door)
    until("the decision", lambda: rows(
        door.postward, "SELECT * FROM decision WHERE sender = ? "
        "AND action <> 'accept'", SENDER))
    browser = Browser(stage, {"desk": 1200, "phone": 360}[way], name=way)
    browser.get(home(door))
    begun = time.monotonic()
    tab_to(browser, "sign in here")
    browser.enter()
    problems = browser.look("sign-in")
    sign_in(browser, door)
    problems += browser.look("mail")
    assert SENDER in browser.text
    tab_to(browser, f"Let this sender pass {SENDER}")
    browser.enter()
    assert "may pass from now on" in browser.text
    assert time.monotonic() - begun < 60 * SLOW
    problems += browser.look("passed")
    replies = smtp.send(door.postfix.port, PEER, SENDER, [ANN],
                        "Subject: at last\n\nHello\n")
    assert replies[-1].startswith("250 2.0.0 Ok: queued as"), replies
    letter(door.sink, "ann@mailbox.example", "at last")
    tab_to(browser, "Senders")
    browser.enter()
    assert browser.heading == "Senders"
    problems += browser.look("senders")
    tab_to(browser, f"Forget {SENDER}")
    browser.enter()
    assert "like any other again" in browser.text
    refuse(door)
    tab_to(browser, "block")
    browser.press("example.org")
    browser.tab()
    browser.enter()
    problems += browser.look("blocked")
    assert refuse(door).startswith("550 5.7.1")
    assert problems == []


def give_mailboxes(world):
    """In all the states that there are, with the longest words."""
    for target, state, failing in (
            ("ann@second.example", "paused", 0),
            ("a-rather-long-name.with-dots@mail.of-a-provider.example",
             "pending", 0), ("old@gone.example", "active", 1795000000)):
        change(world.postward, "INSERT OR REPLACE INTO forward (account, "
               "target, state, created, verified_at, code_expires, "
               "code_wrong, replaces, failing) VALUES "
               "(?, ?, ?, 1, 1, 0, 0, 0, ?)", ANN, target, state, failing)


@pytest.mark.parametrize("way", ["desk", "phone"])
def test_the_other_pages(stage, door, way):
    browser = Browser(stage, {"desk": 1200, "phone": 360}[way],
                      name=f"member-{way}")
    browser.get(home(door) + "member")
    tab_to(browser, "Send me a code")
    browser.enter()
    assert browser.driver.title.startswith("Error: ")
    problems = browser.look("no-address")
    sign_in(browser, door)
    give_mailboxes(door)
    browser.driver.refresh()
    problems += browser.look("mailboxes")
    tab_to(browser, "Confirm the mailbox")
    browser.enter()
    assert browser.driver.title.startswith("Error: ")
    problems += browser.look("no-code")
    change(door.postward, "DELETE FROM forward WHERE account = ? AND "
           "target <> 'ann@mailbox.example'", ANN)
    browser.get(home(door) + "member")
    tab_to(browser, "Remove ann@mailbox.example")
    browser.enter()
    assert browser.heading == "Then nothing would get your mail"
    problems += browser.look("last")
    tab_to(browser, "No, leave it as it is")
    browser.enter()
    tab_to(browser, "Settings")
    browser.enter()
    problems += browser.look("settings")
    tab_to(browser, "strategy-default")
    browser.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    tab_to(browser, "Save this choice")
    browser.enter()
    assert "That is saved" in browser.text
    row, = rows(door.postward, "SELECT strategy FROM account "
                "WHERE address = ?", ANN)
    assert row["strategy"] == "hold"
    change(door.postward, "UPDATE account SET strategy = NULL")
    problems += browser.look("saved")
    tab_to(browser, "Give the address up")
    browser.enter()
    problems += browser.look("leave")
    tab_to(browser, "Send me the code")
    browser.enter()
    tab_to(browser, "Delete everything")
    browser.enter()
    problems += browser.look("leave-code")
    tab_to(browser, "Sign out")
    browser.enter()
    assert browser.heading == "Sign in"
    browser.get(home(door) + "member/left")
    problems += browser.look("left")
    assert problems == []
