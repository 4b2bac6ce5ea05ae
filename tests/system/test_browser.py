# SPDX-License-Identifier: MIT
"""The way of a newcomer in Chromium, by keyboard alone: on a desk, on a phone,
and on a phone that runs no scripts.  Pictures of each step are left in
$POSTWARD_SCREENSHOTS, or in the build's folder screenshots."""

import dataclasses

import pytest

pytest.importorskip("selenium")
from harness import smtp
from harness.browser import Browser
from harness.members import (asked, change, code_in, letter, link_in, ssh_key)
from harness.stage import Stage
from harness.world import HONEST, World, srs

FIELDS = ["userid", "email", "pubkey", "note"]


@dataclasses.dataclass
class Way:
    userid: str
    width: int
    scripts: bool

    @property
    def mailbox(self):
        return f"{self.userid}@elsewhere.example"

    @property
    def address(self):
        return f"{self.userid}@remotes.club"


WAYS = [Way("desk", 1200, True), Way("phone", 360, True),
        Way("noscript", 360, False)]


@pytest.fixture(scope="module")
def door():
    with Stage() as stage:
        world = World(stage, {**srs(stage), "signup": {"per-client": 100}})
        world.open_the_door()
        yield world


def home(world):
    return "http://%s:%d/" % world.postward.signup_place


def tab_to(browser, names):
    """The focus takes that way, one Tab after another."""
    assert [browser.tab() for _ in names] == names


def check_scripts(browser, way):
    browser.get("data:text/html,<title>off</title><script>"
                "document.title = 'on'</script>")
    assert browser.driver.title == ("on" if way.scripts else "off")


def fill_in(browser, way):
    """From the first mistake on, with the keyboard."""
    for name, text in zip(FIELDS, [way.userid, way.mailbox, ssh_key(),
                                   "I grow pumpkins."]):
        assert browser.focus() == name
        browser.press(text)
        browser.tab()
    assert browser.focus() == "Ask for the address"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.userid)
def test_the_way_of_a_newcomer(stage, door, way):
    browser = Browser(stage, way.width, way.scripts, way.userid)
    check_scripts(browser, way)
    browser.get(home(door))
    assert browser.heading == "Ask for an address"
    problems = browser.look("form")
    tab_to(browser, [*FIELDS, "Ask for the address"])
    browser.picture("focus")
    browser.enter()
    assert browser.driver.title.startswith("Error: ")
    problems += browser.look("mistakes")
    # From what is wrong to where it is put right.
    browser.tab()
    browser.follow_to("userid")
    fill_in(browser, way)
    browser.enter()
    assert browser.heading == "Check your mail"
    assert way.mailbox in browser.text
    problems += browser.look("code")

    mail = letter(door.sink, way.mailbox, "Your code")
    assert link_in(mail) == browser.driver.current_url
    browser.tab()
    browser.press("AAAAA-AAAAA")
    assert browser.tab() == "Confirm the mailbox"
    browser.enter()
    problems += browser.look("wrong-code")
    browser.tab()
    browser.follow_to("code")
    browser.replace(code_in(mail).lower())
    assert browser.tab() == "Confirm the mailbox"
    browser.enter()
    assert browser.heading == "Your mailbox is confirmed", browser.text
    problems += browser.look("confirmed")

    door.postward.cli("request approve", way.userid)
    assert way.address in str(letter(door.sink, way.mailbox, "Welcome"))
    browser.driver.refresh()
    assert browser.heading == "Welcome" and way.address in browser.text
    problems += browser.look("welcome")
    replies = smtp.send(door.postfix.port, HONEST, "sam@example.org",
                        [way.address], "Subject: pumpkins\n\nHello!\n")
    assert replies[-1].startswith("250 2.0.0 Ok: queued as"), replies
    mail = letter(door.sink, way.mailbox, "pumpkins")
    assert mail.sender.startswith("SRS0=")
    assert problems == []


def test_a_member_confirms_a_new_mailbox(stage, door):
    browser = Browser(stage, 360, name="member")
    ann, new = "ann@remotes.club", "new@elsewhere.example"
    door.postward.cli("forward add", ann, new)
    code = code_in(letter(door.sink, new, "May mail for"))
    browser.get(home(door))
    tab_to(browser, [*FIELDS, "Ask for the address", "Confirm it here"])
    browser.enter()
    assert browser.heading == "Confirm a new mailbox"
    problems = browser.look("form")
    tab_to(browser, ["address", "target", "code", "Confirm the mailbox"])
    browser.enter()
    problems += browser.look("mistakes")
    browser.tab()
    browser.follow_to("address")
    for text in ann, new, code:
        browser.press(text)
        browser.tab()
    browser.enter()
    assert browser.heading == "Your new mailbox is confirmed"
    assert problems + browser.look("confirmed") == []


def test_the_other_pages(stage, door):
    """Those that not everybody sees, with the longest words they can hold."""
    browser = Browser(stage, 360, name="other")
    userid = "w" * 31
    visitor, page = asked(door.postward, userid=userid,
                          email=f"{'m' * 64}@{'long.' * 20}example")
    here = home(door) + page.path.lstrip("/")
    browser.get(here)
    problems = browser.look("long-code")
    tab_to(browser, ["code", "Confirm the mailbox", "Send another code"])
    browser.enter()
    assert browser.driver.title.startswith("Error: ")
    problems += browser.look("too-soon")
    for state, heading in (("proven", "Your mailbox is confirmed"),
                           ("approved", "Welcome"),
                           ("refused", "Your request was refused")):
        change(door.postward, "UPDATE request SET state = ?, reason = ? "
               "WHERE address = ?", state,
               f"We are full.\n\n{'x' * 200}", f"{userid}@remotes.club")
        browser.get(here)
        assert browser.heading == heading
        problems += browser.look(state)
    browser.get(home(door) + "nothing")
    problems += browser.look("nothing")
    tab_to(browser, ["Go to the form"])
    browser.enter()
    assert browser.heading == "Ask for an address"
    visitor.connection.close()
    assert problems == []
