# SPDX-License-Identifier: MIT
"""What the manual grants to the web form in MariaDB: enough, and no more."""

import re

import pytest

from harness.mariadb import Mariadb
from harness.members import ask, id_of
from harness.postward import ROOT, Postward
from harness.web import Visitor

# Nothing that makes an account, a forward or an approval.
FORBIDDEN = [
    "INSERT INTO account VALUES ('eve@remotes.club', 'active', 1)",
    "UPDATE account SET state = 'active'",
    "DELETE FROM account",
    "INSERT INTO forward (account, target, state, created) VALUES"
    " ('ann@remotes.club', 'eve@mailbox.example', 'active', 1)",
    "UPDATE forward SET target = 'eve@mailbox.example'",
    "UPDATE request SET approval = 'x'",
    "UPDATE request SET address = 'eve@remotes.club'",
    "INSERT INTO provision VALUES ('x', 1, 0, NULL, 0, 0, NULL)",
    "INSERT INTO srs_token VALUES ('x', 'x', 1)",
    "DROP TABLE account",
]


def grants():
    page = (ROOT / "conf/postward.conf.5").read_text()
    return re.findall(r"^GRANT [^;]*;", page, re.M)


@pytest.fixture
def club(stage, nsd):
    server = Mariadb(stage).start()
    it = Postward(stage, stage.folder / "run", nsd.address,
                  {"store": {"url": server.url()}})
    it.cli("store init")
    it.cli("account add ann@remotes.club")
    server.ask("CREATE USER postward_signup@localhost")
    for grant in grants():
        assert server.ask(grant.replace(
            "TO postward_signup", "TO postward_signup@localhost")) == "", grant
    it.change({"signup": {"store-url": server.url().replace(
        "root@", "postward_signup@")}})
    it.start_signup()
    return it, server


def code_in(server, about):
    return server.ask(
        "SELECT JSON_VALUE(texts, '$.code') FROM postward.outbox "
        f"WHERE about LIKE '{about}%' AND state = 'new'")


def test_the_form_does_its_work(club):
    postward, server = club
    visitor = Visitor(postward.signup_place, "198.51.100.1")
    page = visitor.follow(ask(visitor))
    first = code_in(server, "request:")
    wrong = visitor.send(page, code="00000-00000")
    assert wrong.status == 422
    assert visitor.send(wrong, code=first).status == 303
    assert server.ask("SELECT state FROM postward.request WHERE id = "
                      f"'{id_of(page)}'") == "proven"
    postward.cli("forward set ann@remotes.club ann@mailbox.example")
    code = code_in(server, "forward:")
    page = visitor.get("/confirm")
    typed = {"address": "ann@remotes.club", "target": "ann@mailbox.example"}
    assert visitor.send(page, code="00000-00000", **typed).status == 422
    assert visitor.send(page, code=code, **typed).status == 303
    assert server.ask("SELECT state FROM postward.forward") == "active"
    postward.cli("request approve nina")


def test_the_form_can_do_nothing_else(club):
    _, server = club
    for statement in FORBIDDEN:
        assert server.ask_as("postward_signup", statement) is None, statement
    assert server.ask_as("postward_signup",
                         "SELECT COUNT(*) FROM account") == "1"
