# SPDX-License-Identifier: MIT
"""kill -9 of signup, mailer and the command at every step: afterwards each
request is in exactly one state, whoever repeats what was interrupted comes to
the same end, and each mail is sent once; twice only if the MTA had taken it and
nobody could write that down any more."""

import collections
import contextlib
import http.client
import re
import shutil
import sqlite3
import urllib.parse

import pytest

from harness import kills
from harness.members import code_of as code_mailed, press, signed_in
from harness.mta import Mta
from harness.stage import PATIENCE, until
from harness.web import Visitor

pytestmark = pytest.mark.skipif(not kills.can_trace(),
                                reason="strace is not permitted here")

NORA = "nora@mailbox.example"
ANN = "ann@remotes.club"
CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")


class Store:
    """The database, which can be put back to what it was."""

    def __init__(self, postward):
        self.folder = postward.database.parent
        self.path = postward.database
        self._kept = self.folder.with_name("kept")

    def keep(self):
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.folder, self._kept)

    def put_back(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)

    def rows(self, sql):
        with contextlib.closing(
                sqlite3.connect(self.path, timeout=PATIENCE)) as db, db:
            return db.execute(sql).fetchall()

    def run(self, sql):
        self.rows(sql)

    def mails(self):
        """{what it is about: how far it has come}, without the numbers."""
        return {key: state for key, state in self.rows(
            "SELECT dedup_key, state FROM outbox")}

    def check(self):
        """The rules that hold at every moment."""
        mails = self.mails()
        accounts = {address for address, in self.rows(
            "SELECT address FROM account")}
        for userid, ident, state, address, email in self.rows(
                "SELECT userid, id, state, address, email FROM request"):
            assert state in ("asked", "proven", "approved", "refused")
            assert (address in accounts) == (state == "approved"), userid
            assert (f"welcome:{ident}" in mails) == (state == "approved")
            assert any(key.startswith(f"verify:{ident}:") for key in mails) \
                or state in ("approved", "refused")
            forwards = self.rows("SELECT target, state FROM forward "
                                 f"WHERE account = '{address}'")
            assert forwards == ([(email, "active")] if state == "approved"
                                else [])
        assert [row for row in self.rows("PRAGMA integrity_check")] \
            == [("ok",)]

    def end(self):
        """All that matters when everybody is done."""
        return (self.rows("SELECT userid, email, state, code_wrong, codes "
                          "FROM request ORDER BY userid, created"),
                self.rows("SELECT address, state FROM account"),
                self.rows("SELECT account, target, state FROM forward"),
                sorted(re.sub(r"[0-9a-v]{26}|[0-9]{9,}", "N", key)
                       for key in self.mails()))


@pytest.fixture
def store(postward):
    postward.change({"mailer": {"timeout": "5s", "retry-min": "100ms",
                                "retry-max": "100ms"}})
    postward.cli("store init")
    return Store(postward)


def ask(postward, userid="nora", email=NORA, proven=True):
    ident = driver(postward, "ask", userid, email, "", "")
    if proven:
        driver(postward, "prove", ident)
    return ident


def driver(postward, *argv):
    done = postward.run_tool("tests/system/request_driver", *argv)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def killed(done):
    """By the signal, seen through strace(1) and env(1)."""
    assert done.returncode in (0, -9, 137), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("words, proven", [
    (("request", "approve", "nora"), True),
    (("request", "refuse", "nora"), True),
    (("request", "delete", "nora"), True),
    (("request", "resend", "nora"), False),
])
def test_the_command(postward, store, words, proven):
    ask(postward, proven=proven)
    # A code may be sent again after a minute.
    store.run("UPDATE request SET code_sent = code_sent - 61")
    store.keep()
    command = (*words, "-c", str(postward.file))
    assert postward.run(*command).returncode == 0
    store.check()
    end = store.end()

    def attempt(prefix):
        store.put_back()
        before = store.end()
        postward.prefix = prefix
        done = postward.run(*command)
        postward.prefix = []
        store.check()
        assert store.end() in (before, end)
        done_already = store.end() == end
        again = postward.run(*command)
        # Who repeats it is told that it is done; nobody's work is doubled.
        assert again.returncode == (1 if done_already else 0), again.stderr
        store.check()
        assert store.end() == end
        return killed(done)

    points = kills.walk(attempt)
    print(f"{' '.join(words)}: {points} points")
    assert points > 10


# ---- signup


class Browser:
    """One form, filled in and sent, as often as its user wants."""

    def __init__(self, port):
        self.port = port
        self.cookie = ""

    def call(self, method, path, fields=None):
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            web.request(method, path, urllib.parse.urlencode(fields or {}),
                        headers)
            answer = web.getresponse()
            body = answer.read().decode()
        finally:
            web.close()
        if answer.headers["Set-Cookie"]:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer.status, answer.headers["Location"], body

    def form(self, path="/"):
        """The hidden fields of the page."""
        body = self.call("GET", path)[2]
        return {name: value for name, value in re.findall(
            r'<input type="hidden" name="(\w+)" value="([^"]*)"', body)}


def run_signup(postward, prefix, conversation):
    """Whether it was killed while conversation(port) went on."""
    postward.prefix = prefix
    try:
        postward.start_signup()
    except (OSError, TimeoutError):
        postward.prefix = []
        assert postward.signup is None or postward.signup.status is not None
        return True
    postward.prefix = []
    try:
        conversation()
    except (OSError, http.client.HTTPException):
        until("the end of signup",
              lambda: postward.signup.status is not None)
        return True
    dead = postward.signup.status is not None
    if not dead:
        postward.signup.stop()
    return dead


@pytest.fixture
def web(postward, store):
    postward.change({"signup": {
        "per-client": 100000, "per-mailbox": 100000, "per-hour": 100000,
        "tries": 100000}})
    return postward.signup_place[1]


def code_of(store):
    text, = store.rows("SELECT texts FROM outbox WHERE template = 'verify' "
                       "ORDER BY created DESC, attempts LIMIT 1")[0]
    return CODE.search(text)[0]


@pytest.mark.parametrize("step", ["ask", "prove", "resend"])
def test_the_form(postward, store, web, step):
    browser = Browser(web)
    postward.start_signup()
    fields = {**browser.form(), "userid": "nora", "email": NORA, "pubkey": "",
              "note": "hello"}
    if step != "ask":
        location = browser.call("POST", "/", fields)[1]
        path = "/" + location.lstrip("./")
        fields = browser.form(path)
        path += "/code" if step == "prove" else "/resend"
        if step == "prove":
            fields["code"] = code_of(store)
    else:
        path = "/"
    postward.signup.stop()
    store.run("UPDATE request SET code_sent = code_sent - 61")
    store.keep()
    before = store.end()

    def send():
        status, _, body = browser.call("POST", path, fields)
        assert status in (303, 409, 422, 429), body
        return status

    assert not run_signup(postward, [], send)
    store.check()
    end = store.end()
    assert end != before

    def attempt(prefix):
        store.put_back()
        dead = run_signup(postward, prefix, send)
        store.check()
        assert store.end() in (before, end)
        # Its user presses the button again.
        assert not run_signup(postward, [], send)
        store.check()
        assert store.end() == end
        return dead

    points = kills.walk(attempt, ("pwrite64", "fdatasync", "ftruncate",
                                  "sendto"))
    print(f"signup {step}: {points} points")
    assert points > 10


def everything_about_ann(store):
    return {table: store.rows(
        f"SELECT * FROM {table} WHERE '{ANN}' IN "
        f"({'address' if table == 'account' else 'account'})")
        for table in ("account", "forward", "sender_rule", "decision",
                      "member_session", "member_code")}


def test_a_member_leaves(postward, store, web):
    """All is there, or nothing is."""
    postward.cli("forward set --confirmed", ANN, "ann@mailbox.example")
    postward.cli("account block", ANN, "example.org")
    store.run("INSERT INTO decision (id, account, at, action, host, record) "
              f"VALUES ('x', '{ANN}', 1, 'reject', 'mx', '')")
    postward.start_signup()
    visitor, _ = signed_in(postward, ANN)
    page = visitor.follow(press(visitor, visitor.get("/member/leave"),
                                "member/leave"))
    fields = {**page.page.forms[1].fields,
              "code": code_mailed(postward, f"member:{ANN}")}
    postward.signup.stop()
    store.run("DELETE FROM rate_limit")
    store.keep()
    before = everything_about_ann(store)
    assert all(before.values()), before

    def send():
        with Visitor(postward.signup_place) as again:
            again.cookies = dict(visitor.cookies)
            answer = again.post("/member/leave/code", fields)
        assert answer.status in (303, 403), answer.text

    def attempt(prefix):
        store.put_back()
        dead = run_signup(postward, prefix, send)
        found = everything_about_ann(store)
        found["member_session"] = [
            (*row[:-1], None) for row in found["member_session"]]
        kept = {**before, "member_session": [
            (*row[:-1], None) for row in before["member_session"]]}
        assert found == kept or not any(found.values()), found
        # Its member presses the button again.
        assert not run_signup(postward, [], send)
        assert not any(everything_about_ann(store).values())
        return dead

    points = kills.walk(attempt, ("pwrite64", "fdatasync"))
    print(f"leave: {points} points")
    assert points > 5


# ---- mailer


def test_the_mailer(stage, postward, store):
    mta = Mta(stage)
    postward.change({"mailer": {"smtp": f"smtp://127.0.0.1:{mta.port}"}})
    ask(postward)
    postward.cli("request approve nora")
    ask(postward, "otto", "otto@mailbox.example", proven=False)
    store.keep()
    twice = 0

    def finish():
        """What happens when the lease is over."""
        store.run("UPDATE outbox SET lease_until = 0, next_try = 0")
        postward.start_mailer()
        until("every mail sent", lambda: set(store.mails().values())
              == {"sent"})
        postward.mailer.stop()

    def attempt(prefix):
        nonlocal twice
        store.put_back()
        before = len(mta.messages)
        postward.prefix = prefix
        try:
            postward.start_mailer()
            until("its end, one way or the other",
                  lambda: postward.mailer.status is not None
                  or set(store.mails().values()) == {"sent"})
            dead = postward.mailer.status is not None
        except OSError:
            dead = True  # before it said that it had started
        postward.prefix = []
        if not dead:
            postward.mailer.stop()
        # Taken, and not written down: these may come twice.
        unsure = {message.parsed["Message-ID"]
                  for message in mta.messages[before:]} - {
                      f"<{row[0]}@remotes.club>" for row in store.rows(
                          "SELECT id FROM outbox WHERE state = 'sent'")}
        store.check()
        finish()
        store.check()
        seen = collections.Counter(message.parsed["Message-ID"]
                                   for message in mta.messages[before:])
        assert len(seen) == len(store.mails())
        assert {ident for ident, n in seen.items() if n > 1} == unsure
        assert max(seen.values()) <= 2
        twice += bool(unsure)
        return dead

    points = kills.walk(attempt)
    print(f"mailer: {points} points, mail twice at {twice} of them")
    assert points > 10
    assert 0 < twice < points
