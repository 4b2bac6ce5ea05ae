# SPDX-License-Identifier: MIT
"""The pages of members in Chromium, by keyboard alone, on a desk and on a
phone.  Pictures are left where test_browser.py leaves them."""

import pytest

pytest.importorskip("selenium")
from harness.browser import Browser
from harness.members import change, code_of
from harness.stage import Stage
from harness.world import World, srs

ANN = "ann@remotes.club"


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
        if browser.tab() == name:
            return
    raise AssertionError(f"the keyboard does not get to {name}")


def sign_in(browser, world, address=ANN):
    browser.get(home(world) + "member")
    tab_to(browser, "address")
    browser.press(address)
    browser.tab()
    browser.enter()
    assert browser.heading == "Check your mail", browser.text
    code = code_of(world.postward, f"member:{address}")
    tab_to(browser, "code")
    browser.press(code)
    browser.tab()
    browser.enter()
    assert browser.heading == "Your mail", browser.text


@pytest.mark.parametrize("width", [1200, 360])
def test_look(stage, door, width):
    browser = Browser(stage, width, name=f"member-{width}")
    browser.get(home(door) + "member")
    problems = browser.look("sign-in")
    sign_in(browser, door)
    for target, state, failing in (
            ("ann@second.example", "paused", 0),
            ("a-rather-long-name.with-dots@mail.of-a-provider.example",
             "pending", 0), ("old@gone.example", "active", 1795000000)):
        change(door.postward, "INSERT OR REPLACE INTO forward (account, "
               "target, state, created, verified_at, code_expires, "
               "code_wrong, replaces, failing) VALUES "
               "(?, ?, ?, 1, 1, 0, 0, 0, ?)", ANN, target, state, failing)
    browser.driver.refresh()
    problems += browser.look("mail")
    assert problems == []
