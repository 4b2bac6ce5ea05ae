# SPDX-License-Identifier: MIT
"""A form and a command whose clocks are days ahead of the server's: rows have
the server's time, and codes are not too old."""

import pytest

from harness.clock import ahead
from harness.mariadb import Mariadb
from harness.members import ask, id_of
from harness.postward import Postward, build
from harness.web import Visitor

DAYS = 10 * 86400
NEAR = 3600

# What is written when; those that are not yet are 0.
TIMES = {"account": ["created"], "forward": ["created", "verified_at"],
         "request": ["created", "code_sent", "proven", "decided"],
         "outbox": ["created", "next_try"], "provision": ["next_try"]}


@pytest.fixture
def club(stage, nsd):
    server = Mariadb(stage).start()
    it = Postward(stage, stage.folder / "run", nsd.address,
                  {"store": {"url": server.url()}})
    it.cli("store init")
    return it, server


def code(server, about):
    return server.ask(
        "SELECT JSON_VALUE(texts, '$.code') FROM postward.outbox "
        f"WHERE about LIKE '{about}%' AND state = 'new'")


def far(server):
    """The times that are not near the server's."""
    return [f"{table}.{column}" for table, columns in TIMES.items()
            for column in columns if server.ask(
                f"SELECT COUNT(*) FROM postward.{table} WHERE {column} > 0 "
                f"AND ABS({column} - UNIX_TIMESTAMP()) > {NEAR}") != "0"]


def test_a_form_ahead_and_commands_that_are_right(club, stage):
    postward, server = club
    postward.prefix = ahead(stage, build() / "bin/postward-signup", DAYS)
    postward.start_signup()
    postward.prefix = []
    visitor = Visitor(postward.signup_place, "198.51.100.1")
    page = visitor.follow(ask(visitor))
    assert far(server) == []
    assert visitor.send(page, code=code(server, "request:")).status == 303
    assert server.ask("SELECT state FROM postward.request WHERE id = "
                      f"'{id_of(page)}'") == "proven"
    postward.cli("request approve nina")
    # A code of the command's, typed into the form.
    postward.cli("forward add nina@remotes.club nina@mailbox.example")
    typed = {"address": "nina@remotes.club", "target": "nina@mailbox.example"}
    assert visitor.send(visitor.get("/confirm"), **typed,
                        code=code(server, "forward:")).status == 303
    assert far(server) == []


def test_commands_ahead_and_a_form_that_is_right(club, stage):
    postward, server = club
    postward.start_signup()
    visitor = Visitor(postward.signup_place, "198.51.100.1")
    page = visitor.follow(ask(visitor))
    assert visitor.send(page, code=code(server, "request:")).status == 303
    postward.prefix = ahead(stage, build() / "bin/postward", DAYS)
    postward.cli("request approve nina")
    postward.cli("account add ann@remotes.club")
    postward.cli("forward add ann@remotes.club ann@mailbox.example")
    postward.cli("forward add --confirmed ann@remotes.club ann@b.example")
    postward.cli("forward set ann@remotes.club ann@mailbox.example")
    postward.cli("forward confirm ann@remotes.club ann@mailbox.example",
                 code(server, "forward:"))
    assert far(server) == []
