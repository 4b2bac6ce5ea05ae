# SPDX-License-Identifier: MIT
"""The pages of members, as a browser without scripts sees them."""

import contextlib
import json
import secrets
import sqlite3
import time

import pytest

from harness.members import change, code_of, press, rows, signed_in
from harness.nsd import Nsd
from harness.postward import Postward
from harness.stage import Stage, free_port, until
from harness.web import Visitor
from harness.world import LISTS, RECORDS

ANN = "ann@remotes.club"
MEMBERS = {
    ANN: ["ann@mailbox.example", "ann@second.example"],
    "bob@remotes.club": ["bob@mailbox.example"],
    "sue@remotes.club": ["sue@mailbox.example"],
}


@pytest.fixture(scope="module")
def made():
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        it = Postward(stage, stage.folder / "run", nsd.address, LISTS)
        it.make_store(MEMBERS)
        it.change({"signup": {"per-hour": 10000, "per-client": 10000,
                              "tries": 10000, "posts": 100000,
                              "per-mailbox": 10000},
                   "members": {"codes": 10000}})
        it.start_signup()
        yield it


@pytest.fixture
def site(made):
    """As it was at first, whatever the test before has done."""
    for table in ("target_health", "member_session", "member_code", "forward", "account",
                  "outbox", "rate_limit", "sender_rule", "decision"):
        change(made, f"DELETE FROM {table}")
    for account, targets in MEMBERS.items():
        change(made, "INSERT INTO account (address, state, created) "
               "VALUES (?, 'active', 1)", account)
        for target in targets:
            change(made, "INSERT INTO forward (account, target, state, "
                   "created, verified_at, code_expires, code_wrong, "
                   "replaces) VALUES (?, ?, 'active', 1, 1, 0, 0, 0)",
                   account, target)
    return made


def forwards(site, account=ANN):
    return {row["target"]: row["state"] for row in rows(
        site, "SELECT * FROM forward WHERE account = ?", account)}


# ---- signing in


def test_the_way_in_and_out(site):
    visitor, page = signed_in(site)
    assert page.status == 200 and page.page.heading == "Your mail"
    assert f"signed in as {ANN}" in page.page.text
    assert "ann@mailbox.example" in page.page.text
    mails = rows(site, "SELECT recipient FROM outbox")
    assert {row["recipient"] for row in mails} == set(MEMBERS[ANN])
    cookie = visitor.cookies["postward-member"]
    assert cookie not in json.dumps(rows(
        site, "SELECT * FROM member_session"))
    answer = press(visitor, page, "sign-out")
    page = visitor.follow(answer)
    assert page.page.heading == "Sign in"
    assert visitor.cookies["postward-member"] == ""
    assert rows(site, "SELECT * FROM member_session") == []
    # The cookie alone is worth nothing any more.
    visitor.cookies["postward-member"] = cookie
    assert visitor.get("/member").page.heading == "Sign in"


@pytest.mark.parametrize("address", ["eve@remotes.club", "sue@remotes.club",
                                     "eve@elsewhere.example"])
def test_strangers_see_what_members_see(site, address):
    change(site, "UPDATE account SET state = 'suspended' "
           "WHERE address = 'sue@remotes.club'")
    seen = []
    for name in address, ANN:
        with Visitor(site.signup_place) as visitor:
            page = visitor.send(visitor.get("/member"), address=name)
            wrong = visitor.send(page, code="AAAAA-AAAAA")
            for answer in page, wrong:
                body = answer.text.replace(name, "NAME").replace(
                    visitor.cookies["postward"], "TOKEN")
                seen.append((answer.status, body))
    assert seen[:2] == seen[2:]
    assert seen[0][0] == 200 and seen[1][0] == 422
    assert {row["recipient"] for row in rows(
        site, "SELECT recipient FROM outbox")} == set(MEMBERS[ANN])


def test_the_cookie_is_bound_to_its_browser(site):
    visitor, _ = signed_in(site)
    headers = {"User-Agent": "Another/1.0"}
    assert visitor.ask("GET", "/member", headers=headers).page.heading \
        == "Sign in"
    assert visitor.get("/member").page.heading == "Sign in"
    assert rows(site, "SELECT * FROM member_session") == []


def test_no_script_and_no_other_site_gets_the_cookie(site):
    visitor = Visitor(site.signup_place)
    page = visitor.send(visitor.get("/member"), address=ANN)
    answer = visitor.send(page, code=code_of(site, f"member:{ANN}"))
    line = next(line for line in answer.headers.get_all("Set-Cookie")
                if line.startswith("postward-member="))
    assert line.split("; ")[1:] == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert visitor.get("/member").headers["Cache-Control"] == "no-store"


def test_with_tls_the_cookie_is_for_tls_and_this_host(site):
    site.change({"signup": {"url": "https://remotes.club/join"}})
    site.reload(site.signup)
    visitor = Visitor(site.signup_place)
    page = visitor.send(visitor.get("/member"), address=ANN)
    answer = visitor.send(page, code=code_of(site, f"member:{ANN}"))
    site.change({"signup": {"url": ""}})
    site.reload(site.signup)
    line = next(line for line in answer.headers.get_all("Set-Cookie")
                if line.startswith("__Host-postward-member="))
    assert line.split("; ")[1:] == ["Path=/", "HttpOnly", "SameSite=Strict",
                                    "Secure"]


def test_two_browsers_at_once(site):
    one, page_one = signed_in(site, client="198.51.100.1")
    two, page_two = signed_in(site, client="198.51.100.2")
    assert press(one, page_one, "pause", target="ann@second.example") \
        .status == 303
    # The other page is old: what it shows is done again, or told.
    answer = press(two, page_two, "pause", target="ann@second.example")
    assert answer.status == 303
    assert forwards(site)["ann@second.example"] == "paused"
    press(one, page_one, "sign-out")
    assert one.get("/member").page.heading == "Sign in"
    assert two.get("/member").page.heading == "Your mail"


# ---- mailboxes


def test_a_mailbox_is_paused_resumed_and_removed(site):
    visitor, page = signed_in(site)
    second = "ann@second.example"
    for action, state, sentence in (
            ("pause", "paused", "No mail goes to that mailbox for the time"),
            ("resume", "active", "goes to that mailbox again"),
            ("remove", None, "any more")):
        page = visitor.follow(press(visitor, page, action, target=second))
        assert sentence in page.page.text, page.page.text
        assert forwards(site).get(second) == state
    assert forwards(site, "bob@remotes.club") == {
        "bob@mailbox.example": "active"}


@pytest.mark.parametrize("action", ["pause", "remove"])
def test_before_the_last_one_goes_the_member_is_asked(site, action):
    visitor, page = signed_in(site, "bob@remotes.club")
    last = "bob@mailbox.example"
    page = press(visitor, page, action, target=last)
    assert page.status == 200
    assert "the only mailbox that gets your mail" in page.page.text
    assert forwards(site, "bob@remotes.club") == {last: "active"}
    page = visitor.follow(press(visitor, page, action, target=last))
    assert forwards(site, "bob@remotes.club").get(last) == (
        "paused" if action == "pause" else None)


def test_a_new_mailbox_gets_a_code_first(site):
    visitor, page = signed_in(site)
    new = "ann+new@third.example"
    page = visitor.follow(press(visitor, page, "member/add", mailbox=new))
    assert forwards(site)[new] == "pending"
    answer = press(visitor, page, "member/confirm", target=new,
                   code="AAAAA-AAAAA")
    assert answer.status == 422 and "not right" in answer.page.text
    answer = press(visitor, page, "member/confirm", target=new, code="x")
    assert "This is no code" in answer.page.text
    page = visitor.follow(press(
        visitor, answer, "member/confirm", target=new,
        code=code_of(site, f"forward:{ANN}")))
    assert "to that mailbox, too" in page.page.text
    assert forwards(site)[new] == "active"


def test_a_mailbox_that_fails_is_told_and_tried_again(site):
    change(site, "UPDATE forward SET failing = 1795000000 "
           "WHERE target = 'ann@second.example'")
    change(site, "INSERT INTO target_health (id, account, target, state, "
           "since, pauses, status, reason, probed, code_expires, code_wrong, "
           "told, next_try, lease_until, attempts) VALUES ('h', ?, "
           "'ann@second.example', 'paused', 1795000000, 1, '5.1.1', "
           "'there is no such <mailbox>', 0, 0, 0, 0, 0, 0, 0)", ANN)
    visitor, page = signed_in(site)
    text = " ".join(page.page.text.split())
    assert "comes back since 18 November, 11:06 UTC: there is no such " \
        "<mailbox>. So none" in text, text
    page = visitor.follow(press(visitor, page, "member/resume",
                                target="ann@second.example"))
    assert "comes back" not in page.page.text
    assert rows(site, "SELECT * FROM target_health") == []
    assert rows(site, "SELECT * FROM forward WHERE failing > 0") == []


@pytest.mark.parametrize("typed, why", [
    ("", "Please write"), ("nobody", "cannot"), ("a b@c.example", "cannot"),
    ("root@[192.0.2.1]", "dot"), ("bob@localhost", "dot"),
    ("ann@mailbox.example", "already"), (ANN, "would come back"),
    ("\u200bx@y\u200b.example<script>", "cannot"),
])
def test_what_cannot_be_a_mailbox(site, typed, why):
    visitor, page = signed_in(site)
    answer = press(visitor, page, "member/add", mailbox=typed)
    assert answer.status == 422
    assert why in answer.page.error("mailbox"), answer.page.error("mailbox")
    assert set(forwards(site)) == set(MEMBERS[ANN])


def test_what_is_gone_meanwhile_is_told(site):
    visitor, page = signed_in(site)
    change(site, "DELETE FROM forward WHERE target = 'ann@second.example'")
    answer = visitor.follow(press(visitor, page, "pause",
                                  target="ann@second.example"))
    assert "not there any more" in answer.page.text
    site.cli("account delete", ANN)
    answer = press(visitor, page, "pause", target="ann@mailbox.example")
    assert answer.status == 403 and answer.page.heading == "Sign in"
    assert "nothing has been changed" in answer.page.text


def test_nobody_changes_what_is_another_s(site):
    visitor, page = signed_in(site, "bob@remotes.club")
    csrf = page.page.value("csrf")
    for action in "pause", "resume", "remove", "confirm":
        visitor.post(f"/member/{action}", {
            "csrf": csrf, "target": "ann@mailbox.example", "sure": "yes",
            "code": "AAAAA-AAAAA"})
    assert set(forwards(site).values()) == {"active"}
    answer = visitor.post("/member/pause", {
        "target": "bob@mailbox.example", "sure": "yes"})
    assert answer.status == 403
    assert forwards(site, "bob@remotes.club") == {
        "bob@mailbox.example": "active"}


# ---- bad days


def test_who_looks_too_often_asks_nothing_of_the_store(site):
    site.change({"signup": {"posts": 1}})
    site.reload(site.signup)
    with Visitor(site.signup_place, "203.0.113.7") as visitor:
        status = [visitor.get("/member").status for _ in range(12)]
    site.change({"signup": {"posts": 100000}})
    site.reload(site.signup)
    assert status == [200] * 10 + [429] * 2


def test_a_form_that_was_open_too_long_is_not_lost(site):
    visitor, page = signed_in(site)
    visitor.cookies["postward"] = "a" * 22
    answer = press(visitor, page, "member/add", mailbox="new@third.example")
    assert answer.status == 403 and "open for too long" in answer.page.text
    visitor.follow(visitor.send(answer))
    assert forwards(site)["new@third.example"] == "pending"


def test_without_the_page_there_is_none(site):
    site.change({"members": {"page": False}})
    site.reload(site.signup)
    with Visitor(site.signup_place) as visitor:
        front = visitor.get("/")
        status = [visitor.get(path).status for path in (
            "/member", "/member/senders", "/member/leave", "/member/code")]
        posted = visitor.post("/member/code", {
            "csrf": front.page.value("csrf"), "address": ANN}).status
    site.change({"members": {"page": True}})
    site.reload(site.signup)
    assert status == [404] * 4 and posted == 404
    assert "sign in here" not in front.page.text
    assert rows(site, "SELECT * FROM outbox") == []


def test_the_store_is_down(site):
    visitor, page = signed_in(site)
    new = "new@third.example"
    lost = site.database.rename(site.database.with_suffix(".lost"))
    answer = press(visitor, page, "member/add", mailbox=new)
    assert answer.status == 503
    assert "nothing has been changed" in answer.page.text
    assert visitor.get("/member").status == 503
    fresh = Visitor(site.signup_place)
    asked = fresh.send(fresh.get("/member"), address=ANN)
    assert asked.status == 503
    assert asked.page.value("address") == ANN
    lost.rename(site.database)
    page = visitor.follow(visitor.send(answer))
    assert forwards(site)[new] == "pending", page.page.text
    assert fresh.send(asked).page.heading == "Check your mail"


# ---- what was refused


def refused(site, sender, check="helo_unknown", at=None, action="reject",
            account=ANN, record=None):
    found = (f'found="check={check} outcome=hit action=reject '
             f'reply=\\"550 5.7.1 no\\""')
    change(site, "INSERT INTO decision (id, account, at, action, sender, host, "
           "record) VALUES (?, ?, ?, ?, ?, 'mx', ?)",
           secrets.token_hex(8), account, at or time.time() - 60, action,
           sender, record or (f"state=RCPT action={action} finding=1 {found}"
                              if action != "hold" else
                              "state=END-OF-MESSAGE action=accept fate=hold"))


def test_what_was_refused_and_who_may_pass(site):
    for _ in range(3):
        refused(site, "sue@example.org")
    refused(site, "joe@example.net", "recipient")
    refused(site, "ada@example.com", action="hold")
    refused(site, "")
    refused(site, "old@example.org", at=time.time() - 15 * 86400)
    refused(site, "bobs@example.org", account="bob@remotes.club")
    visitor, page = signed_in(site)
    text = " ".join(page.page.text.split())
    assert "sue@example.org Refused 3 times, last on" in text
    assert "gave a name that does not exist" in text
    assert "There was no mailbox" in text and "Held back on" in text
    assert "A notice without a sender" in text
    assert "old@" not in text and "bobs@" not in text
    senders = [form.fields["sender"] for form in page.page.forms
               if form.action.endswith("member/pass")]
    assert senders == ["sue@example.org"]
    page = visitor.follow(press(visitor, page, "member/pass",
                                sender="sue@example.org"))
    assert "may pass from now on" in page.page.text
    assert "You let this sender pass" in page.page.text
    rule, = rows(site, "SELECT * FROM sender_rule")
    assert (rule["account"], rule["sender"], rule["rule"]) == (
        ANN, "sue@example.org", "allow")


@pytest.mark.parametrize("keep, words", [
    ("365d", "refused or held back in the last 14 days."),
    ("3d", "refused or held back in the last 3 days."),
    ("90m", "refused or held back in the last 2 hours."),
    ("0s", "Nobody knows: it is set up here that nothing of that is kept.")])
def test_what_is_not_kept_was_not_seen(site, keep, words):
    site.change({"decisions": {"keep": keep}})
    site.reload(site.signup)
    _, page = signed_in(site)
    site.change({"decisions": {"keep": "14d"}})
    site.reload(site.signup)
    assert words in " ".join(page.page.text.split())


def test_what_strangers_call_themselves_is_only_shown(site):
    evil = ['<script>alert(1)</script>@x.example', 'a"b\'c&d@x.example',
            "\u202eb@x.example", "x@" + "y" * 300, "=?utf-8?q?x?=@x.example",
            "a\r\nSet-Cookie: x@x.example"]
    for sender in evil:
        refused(site, sender)
    refused(site, "x@y.example", record='action=reject found="\x01\\xff')
    with contextlib.closing(sqlite3.connect(site.database)) as db, db:
        db.execute("UPDATE decision SET sender = CAST(? AS TEXT) "
                   "WHERE sender = ?", (b"\xff\xfe\x80@x.example", evil[0]))
    for sender in evil:
        refused(site, sender)
    visitor, page = signed_in(site)
    assert page.status == 200 and page.page.problems == []
    assert "<script>" not in page.text
    assert "alert(1)</script>@x.example" in page.page.text
    assert "\\xff\\xfe" in page.page.text and "\u202e" not in page.text
    assert "Nobody knows any more why" in page.page.text


def test_senders_are_blocked_and_forgotten(site):
    visitor, page = signed_in(site)
    page = visitor.get("/member/senders")
    for typed, stored in (("@Example.ORG", "example.org"),
                          ("Sue@example.net", "sue@example.net")):
        page = visitor.follow(press(visitor, page, "block", sender=typed))
        assert "refused from now on" in page.page.text
        assert stored in page.page.text
    page = visitor.follow(press(visitor, page, "member/pass",
                                sender="sue@example.net"))
    assert {row["sender"]: row["rule"] for row in rows(
        site, "SELECT * FROM sender_rule")} == {
            "example.org": "block", "sue@example.net": "allow"}
    answer = press(visitor, page, "block", sender="<b>")
    assert answer.status == 422 and answer.page.error("block")
    page = visitor.follow(press(visitor, page, "forget",
                                sender="example.org"))
    assert [row["sender"] for row in rows(
        site, "SELECT * FROM sender_rule")] == ["sue@example.net"]


def test_where_nothing_is_left_to_members_nothing_is_offered(site):
    refused(site, "sue@example.org", "spf")
    site.change({"members": {"may-pass": []}})
    site.reload(site.signup)
    visitor, page = signed_in(site)
    assert "member/pass" not in page.text
    assert "member/pass" not in visitor.get("/member/senders").text


# ---- settings, the letter, leaving


def test_strategy_and_letter_are_chosen(site):
    visitor, _ = signed_in(site)
    page = visitor.get("/member/settings")
    page = visitor.follow(press(visitor, page, "strategy", strategy="reject"))
    assert "That is saved" in page.page.text
    page = visitor.follow(press(visitor, page, "digest", digest="on"))
    row, = rows(site, "SELECT * FROM account WHERE address = ?", ANN)
    assert row["strategy"] == "reject"
    assert row["digest"] == int(time.time()) // 86400
    # From is not rewritten here.
    visitor.follow(press(visitor, page, "strategy", strategy="rewrite"))
    visitor.follow(press(visitor, page, "digest", digest="off"))
    row, = rows(site, "SELECT * FROM account WHERE address = ?", ANN)
    assert (row["strategy"], row["digest"]) == ("reject", 0)
    visitor.follow(press(visitor, page, "strategy", strategy="default"))
    row, = rows(site, "SELECT * FROM account WHERE address = ?", ANN)
    assert row["strategy"] is None


def test_checks_are_switched_that_are_left_to_members(site):
    visitor, _ = signed_in(site)
    assert "member/checks" not in visitor.get("/member/settings").text
    site.change({"members": {"may-switch": ["dnsbl", "greylist"],
                             "may-switch-on": ["greylist"]}})
    site.reload(site.signup)
    page = visitor.get("/member/settings")
    assert "This is off." in page.text
    page = visitor.follow(press(visitor, page, "checks", greylist="on",
                                dnsbl="off"))
    assert "That is saved" in page.page.text
    chosen = {row["name"]: row["choice"] for row in rows(
        site, "SELECT * FROM account_check WHERE account = ?", ANN)}
    assert chosen == {"greylist": "on", "dnsbl": "off"}
    # It is not left to him to have it always.
    visitor.follow(press(visitor, page, "checks", greylist="default",
                         dnsbl="on"))
    listed = site.cli_json("account checks", ANN)
    assert {row["check"]: row["choice"] for row in listed} == chosen
    visitor.follow(press(visitor, page, "checks", greylist="default",
                         dnsbl="default"))
    assert site.cli_json("account checks", ANN) == []
    site.change({"members": {"may-switch": [], "may-switch-on": []}})
    site.reload(site.signup)


def test_signing_out_everywhere(site):
    one, _ = signed_in(site)
    two, _ = signed_in(site)
    bob, _ = signed_in(site, "bob@remotes.club")
    press(one, one.get("/member/settings"), "sign-out-all")
    assert one.get("/member").page.heading == "Sign in"
    assert two.get("/member").page.heading == "Sign in"
    assert bob.get("/member").page.heading == "Your mail"


def test_once_a_week_there_is_a_letter(site):
    today = int(time.time()) // 86400
    change(site, "UPDATE account SET digest = ?", today - 7)
    change(site, "UPDATE account SET digest = ? WHERE address = ?",
           today - 6, "sue@remotes.club")
    for number in range(12):
        refused(site, f"s{number}@example.org", at=time.time() - 60 - number)
        refused(site, "x@example.org", account="sue@remotes.club")
    refused(site, "old@example.org", at=time.time() - 8 * 86400)
    # Two programs at once.
    place, first = site.signup_place, site.signup
    other = ("127.0.0.1", free_port())
    site.change({"signup": {"listen": "%s:%d" % other}})
    first.stop()
    second = site.start_another("signup", other)
    site.change({"signup": {"listen": "%s:%d" % place}})
    site.start_signup()
    until("the letters", lambda: len(rows(
        site, "SELECT * FROM account WHERE digest = ?", today)) == 2)
    second.stop()
    mails = rows(site, "SELECT * FROM outbox WHERE template = "
                 "'member-digest' ORDER BY recipient")
    assert [mail["recipient"] for mail in mails] == MEMBERS[ANN]
    values = json.loads(mails[0]["texts"])
    assert values["mail1"].startswith("* s0@example.org: refused on ")
    assert values["mail10"].startswith("* s9@") and values["more"]


def leave_page(visitor, site, account=ANN):
    page = visitor.follow(press(visitor, visitor.get("/member/leave"),
                                "member/leave"))
    return page, code_of(site, f"member:{account}")


def everything_about(site, account):
    found = []
    for table in ("account", "forward", "sender_rule", "decision",
                  "member_code", "member_session", "author_token", "request",
                  "outbox"):
        for row in rows(site, f"SELECT * FROM {table}"):
            if account in map(str, row.values()) or \
                    f"member:{account}" in row.values() or \
                    f"forward:{account}" in row.values():
                found.append((table, row))
    return found


def with_everything(site, account=ANN):
    """Rows of all kinds."""
    refused(site, "sue@example.org", account=account)
    change(site, "INSERT INTO sender_rule VALUES (?, 'x.example', 'block', 1)",
           account)
    change(site, "INSERT INTO author_token VALUES (?, ?, 'a@b.example', 1, ?)",
           secrets.token_hex(16), account, int(time.time()))
    change(site, "INSERT INTO request (id, userid, address, reserved, email, "
           "state, created, code_hash, code_expires, code_sent, code_wrong, "
           "codes, proven, decided) VALUES ('0123456789abcdefghijklmnop', "
           "'ann', ?, ?, 'ann@mailbox.example', 'approved', 1, '', 1, 1, 0, "
           "1, 1, 1)", account, account)


def test_a_member_leaves_and_nothing_is_left(site):
    with_everything(site)
    refused(site, "joe@example.org", account="bob@remotes.club")
    visitor, page = signed_in(site)
    press(visitor, page, "member/add", mailbox="new@third.example")
    page, code = leave_page(visitor, site)
    answer = visitor.send(page, 1, code="AAAAA-AAAAA")
    assert answer.status == 422 and "Nothing has been deleted" in \
        answer.page.text
    assert forwards(site)
    page = visitor.follow(visitor.send(answer, 1, code=code))
    assert page.page.heading == "You have left"
    assert everything_about(site, ANN) == []
    assert everything_about(site, "bob@remotes.club") != []
    assert visitor.get("/member").page.heading == "Sign in"
