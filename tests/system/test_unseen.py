# SPDX-License-Identifier: MIT
"""Characters that nobody sees: nobody is deceived by them."""

import json
import unicodedata

import pytest

from harness.members import asked, change, id_of, rows
from harness.protocols import ask_policyd

UNSEEN = ("\u200b\u200d\u200e\u202e\u2066\u2028\u2029\u00ad\u00a0\u2060\u3000"
          "\ufeff\ufe0f\u061c\u180e\u3164\ue000\U000e0041\U000e0100\U0010ffff")
SHOWN = "".join(f"\\u{{{ord(c):x}}}" for c in UNSEEN)


def is_seen(text):
    """By the tables of Python, not ours."""
    return all(c == " " or unicodedata.category(c)[0] in "LMNPS"
               for c in text.replace("\n", " ").replace("\t", " "))


def test_a_log_shows_them(postward):
    postward.start_policyd()
    [line] = postward.lines_about(postward.policyd, lambda: ask_policyd(
        postward, helo_name=f"mail{UNSEEN}.example.org",
        sender=f"bob{UNSEEN}@example.org",
        recipient=f"ann{UNSEEN}@remotes.club"))
    assert line.count(SHOWN) == 3
    assert is_seen(line)


@pytest.fixture
def request_of_old(postward):
    """As it was stored when such addresses were taken."""
    postward.start_signup()
    _, page = asked(postward)
    change(postward, "UPDATE request SET email = ?, note = ?",
           f"bob{UNSEEN}gro@elsewhere.example", f"I am {UNSEEN}")
    return id_of(page)


def test_a_terminal_shows_them(postward, request_of_old):
    for words in ("request list", "request show " + request_of_old):
        shown = postward.cli(words)
        assert f"bob{SHOWN}gro@elsewhere.example" in shown
        assert is_seen(shown)


def test_json_is_the_same_in_ascii(postward, request_of_old):
    text = postward.cli(f"request show {request_of_old} --json")
    assert is_seen(text)
    assert json.loads(text)["mailbox"] == f"bob{UNSEEN}gro@elsewhere.example"


def test_a_note_is_written_as_people_write(postward):
    postward.start_signup()
    asked(postward, note="\ufeffTr\u00e8s\u00a0bien\u202e \u2764\ufe0f\u200b")
    [request] = rows(postward, "SELECT * FROM request")
    assert request["note"] == "Tr\u00e8s bien \u2764\ufe0f"
