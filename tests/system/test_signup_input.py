# SPDX-License-Identifier: MIT
"""postward-signup and those who mean no good, or too much of it."""

import contextlib
import os
import re
import select
import socket
import time
import urllib.parse

import pytest

from harness.members import ask, asked, requests, rows, typed
from harness.stage import PATIENCE, until
from harness.web import FORM, Visitor

INJECTIONS = ["x\r\nBcc: all@elsewhere.example", "x\nBcc: y", "x\rBcc: y",
              "x%0d%0aBcc: y", "x\x0bBcc: y", "x\u2028Bcc: y", "x\x1b[2J"]


@pytest.fixture
def signup(postward):
    postward.change({"signup": {"per-client": 50}})
    postward.start_signup()
    return postward


def visit(postward, client="198.51.100.1"):
    return Visitor(postward.signup_place, client)


def no_request(postward):
    return requests(postward) == [] and rows(
        postward, "SELECT * FROM outbox") == []


# ---- fields


@pytest.mark.parametrize("field", ["userid", "email", "pubkey"])
def test_no_field_brings_a_line_of_its_own(signup, field):
    with visit(signup) as visitor:
        for text in INJECTIONS:
            before = typed()[field]
            for value in text, before + text, text + before:
                answer = ask(visitor, **{field: value})
                assert answer.status in (303, 422)
                assert answer.headers["Bcc"] is None
                assert "Bcc" not in str(answer.headers.keys())
    for request in requests(signup):
        for column in "userid", "email", "pubkey":
            assert not re.search(r"[\r\n\x0b\x1b]", request[column])
    for mail in rows(signup, "SELECT * FROM outbox"):
        assert "Bcc" not in mail["recipient"] + mail["texts"]
    signup.reload(signup.signup)
    assert "\nBcc" not in signup.signup.log()


def test_a_note_has_lines_but_not_in_the_store(signup):
    visitor, _ = asked(signup, note="one\r\nBcc: two\r\n\r\nthree <b>")
    assert requests(signup)[0]["note"] == "one Bcc: two three <b>"
    answer = ask(visitor, userid="other", note="x\x1b[2J")
    assert answer.status == 422
    assert answer.page.error("note")


def test_the_hidden_id_is_no_way_in(signup):
    with visit(signup) as visitor:
        form = visitor.get("/").page.forms[0].fields
        for number, bad in enumerate(
                ["", "x", "../../etc", "a\r\nLocation: b", "A" * 26, "ä" * 26,
                 "'; DROP TABLE request; --"]):
            answer = visitor.post("/", {**form, **typed(f"who{number}"),
                                        "id": bad})
            assert answer.status == 303
            assert re.fullmatch(r"/request/[0-9a-v]{26}", answer.location)


def test_anothers_id_shows_and_changes_nothing(signup):
    _, page = asked(signup)
    before = requests(signup)
    with visit(signup, "203.0.113.5") as visitor:
        form = visitor.get("/").page.forms[0].fields
        answer = visitor.post("/", {**form, **typed("eve"),
                                    "id": page.path.split("/")[2]})
        assert answer.status == 422
        assert "nina" not in answer.text
        assert requests(signup) == before
        # Pressed again it is a form of its own.
        assert visitor.send(answer).status == 303


@pytest.mark.parametrize("body", [
    b"userid=a&userid=b", b"userid=%ff", b"userid=\xff", b"userid=%c0%af",
    b"userid=%00", b"userid=%", b"userid=%zz",
    b"&".join(b"f%d=" % n for n in range(21)),
])
def test_what_no_browser_sends(signup, body):
    with visit(signup) as visitor:
        visitor.get("/")
        answer = visitor.ask("POST", "/", body, {"Content-Type": FORM})
        assert answer.status == 400
        assert answer.page.title.startswith("Error: ")
    assert no_request(signup)


@pytest.mark.parametrize("kind, status", [
    ("multipart/form-data; boundary=x", 415), ("text/plain", 415),
    ("application/json", 415), ("", 415), (None, 415),
    (FORM + "x", 415), ("x, " + FORM, 415),
    (FORM + ";charset=UTF-8", 303), (FORM.upper(), 303),
])
def test_only_forms_are_taken(signup, kind, status):
    with visit(signup) as visitor:
        form = visitor.get("/").page.forms[0].fields
        answer = visitor.ask("POST", "/",
                             urllib.parse.urlencode({**form, **typed()}),
                             {"Content-Type": kind})
        assert answer.status == status
        # RFC 9110 15.5.16; `curl -F` sends another one.
        assert answer.headers["Accept"] == (FORM if status == 415 else None)
        assert status != 415 or FORM in answer.page.text
    assert no_request(signup) == (status != 303)


# ---- whose form is it?


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:1"},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
    {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
])
def test_other_sites_send_nothing(signup, headers):
    with visit(signup) as visitor:
        form = visitor.get("/").page.forms[0].fields
        answer = visitor.post("/", {**form, **typed()}, **headers)
        assert answer.status == 403
        signup.says(signup.signup, "result=foreign")
    assert no_request(signup)


def test_a_browser_says_it_is_ours(signup):
    with visit(signup) as visitor:
        form = visitor.get("/").page.forms[0].fields
        answer = visitor.post(
            "/", {**form, **typed()}, Sec_Fetch_Site="same-origin",
            Origin="http://%s:%d" % signup.signup_place)
        assert answer.status == 303


@pytest.mark.parametrize("cookies, token", [
    ({}, None), (None, ""), (None, "A" * 22), ({"postward": "A" * 22}, None),
    ({"postward": ""}, ""), ({"postward": "x"}, "x"),
])
def test_without_its_cookie_a_form_is_shown_again(signup, cookies, token):
    with visit(signup) as visitor:
        form = visitor.get("/").page.forms[0].fields
        if cookies is not None:
            visitor.cookies = cookies
        if token is not None:
            form["csrf"] = token
        answer = visitor.post("/", {**form, **typed()})
        assert answer.status == 403
        assert no_request(signup)
        for field, value in typed().items():
            assert answer.page.value(field) == value
        assert "press the button again" in answer.page.text
        # No dead end.
        assert visitor.send(answer).status == 303


def test_each_form_wants_its_cookie(signup):
    visitor, page = asked(signup)
    confirm = visitor.get("/confirm")
    for form, number in (page, 0), (page, 1), (confirm, 0):
        visitor.cookies = {}
        answer = visitor.send(form, number)
        assert answer.status == 403
        assert answer.page.title.startswith("Error: ")
    assert requests(signup)[0]["code_wrong"] == 0


# ---- sizes


class Raw:
    """Bytes to the server, and what comes back."""

    def __init__(self, postward):
        self.socket = socket.create_connection(postward.signup_place, 30)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, octets):
        """False: the server does not listen any more."""
        try:
            self.socket.sendall(octets)
            return True
        except OSError:
            return False

    def rest(self):
        """All that comes until the server closes."""
        octets = b""
        try:
            while piece := self.socket.recv(65536):
                octets += piece
        except ConnectionResetError:
            pass
        return octets

    def closed(self):
        """At this moment?"""
        if not select.select([self.socket], [], [], 0)[0]:
            return False
        try:
            return self.socket.recv(65536) == b""
        except ConnectionResetError:
            return True


def head(method="POST", path="/", **fields):
    fields = {"Host": "x", "Content-Type": FORM, **fields}
    return (f"{method} {path} HTTP/1.1\r\n" + "".join(
        f"{name.replace('_', '-')}: {value}\r\n"
        for name, value in fields.items()) + "\r\n").encode()


def test_a_body_too_large_is_not_read(signup):
    with Raw(signup) as raw:
        raw.send(head(Content_Length=1000000))
        # Before a byte of it was sent.
        answer = raw.rest()
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"Content-Security-Policy: default-src 'none'" in answer
    with Raw(signup) as raw:
        raw.send(head(Content_Length=1000000) + b"a" * 1000000)
        assert raw.rest().startswith(b"HTTP/1.1 413 ")
    with visit(signup) as visitor:
        answer = ask(visitor, note="x" * 30000)
        assert answer.status == 422
        assert answer.page.value("note") == "x" * 30000
        assert ask(visitor, note="x" * 33000).status == 413
    assert no_request(signup)


SMUGGLED = {
    "chunked": (head(Transfer_Encoding="chunked") +
                b"5\r\nuserid\r\n0\r\n\r\n", b"411"),
    "both": (head(Content_Length="5", Transfer_Encoding="chunked") +
             b"0\r\n\r\n", b"411"),
    "GET": (head("GET", Content_Length="3") + b"abc", b"400"),
    "a blank before the colon": (
        head().replace(b"\r\n\r\n", b"\r\nContent-Length : 5\r\n\r\n") +
        b"a=bcd", b"411"),
    "a blank there, chunked": (
        head(Content_Length="5").replace(
            b"\r\n\r\n", b"\r\nTransfer-Encoding : chunked\r\n\r\n") +
        b"0\r\n\r\n", b"411"),
    "GET, chunked": (head("GET", Transfer_Encoding="chunked") +
                     b"0\r\n\r\n", b"400"),
    "no such page": (head(path="/nothing", Content_Length="3") + b"abc",
                     b"404"),
}


@pytest.mark.parametrize("request_, status", SMUGGLED.values(),
                         ids=SMUGGLED.keys())
def test_no_request_hides_in_another(signup, request_, status):
    with Raw(signup) as raw:
        raw.send(request_ + head("GET", path="/healthz"))
        answer = raw.rest()
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert answer.count(b"HTTP/1.1 ") == 1


NONSENSE = {
    "long field": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200000 +
                  b"\r\n\r\n",
    "long path": b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
    "NUL": b"\0" * 100000,
    "empty lines": b"\r\n" * 100000,
    "no path": b"GET\r\n\r\n",
    "negative": head(Content_Length="-1"),
    "more than a number holds": head(Content_Length="99999999999999999999"),
    "no number": head(Content_Length="1x"),
    "two lengths": head(Content_Length="3")[:-2] +
                   b"Content-Length: 4\r\n\r\nabcd",
}


@pytest.mark.parametrize("octets", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_harms_nobody(signup, octets):
    with Raw(signup) as raw:
        raw.send(octets)
        # It may have had enough already.
        with contextlib.suppress(OSError):
            raw.socket.shutdown(socket.SHUT_WR)
        assert not raw.rest().startswith(b"HTTP/1.1 2")
    with visit(signup) as visitor:
        assert visitor.get("/healthz").status == 200
    assert no_request(signup)


def test_paths_lead_nowhere_else(signup):
    with visit(signup) as visitor:
        for path in ("/%00", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/style",
                     "//", "/confirm/", "/request/%2f",
                     "/request/<script>", "/a/b/c/d", "/style.css/"):
            answer = visitor.get(path)
            assert answer.status == 404
            assert "script" not in answer.page.text


# ---- slowness


def drip(raws, seconds):
    """A byte now and then to each; how long until all are closed?"""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if all(raw.closed() for raw in raws):
            return time.monotonic() - start
        for raw in raws:
            raw.send(b"a")
        select.select([], [], [], 0.5)
    raise TimeoutError("somebody is still connected")


def test_who_is_slow_is_not_waited_for(signup):
    """In the header, in the body, and who says nothing at all; meanwhile
    others are served."""
    with Raw(signup) as in_head, Raw(signup) as in_body, \
            Raw(signup) as silent, visit(signup) as visitor:
        in_head.send(b"GET / HTTP/1.1\r\nX: ")
        in_body.send(head(Content_Length=30000) + b"userid=")
        assert visitor.get("/healthz").status == 200
        seconds = drip([in_head, in_body], PATIENCE)
        assert seconds > 15
        assert silent.rest() == b""
    assert no_request(signup)


def test_more_visitors_than_connections(postward):
    postward.change({"signup": {"max-connections": 10}})
    postward.start_signup()
    idle = [Raw(postward) for _ in range(30)]
    for raw in idle:
        raw.socket.close()

    def is_served():
        try:
            with visit(postward) as visitor:
                return visitor.get("/").status == 200
        except OSError:
            return False

    until("an answer", is_served)


def test_nobody_takes_all_connections(postward):
    postward.change({"signup": {"max-connections": 20, "proxies": []}})
    postward.start_signup()
    greedy = [Raw(postward) for _ in range(30)]
    with visit(postward) as other:
        other.connection.source_address = ("127.0.0.2", 0)
        assert other.get("/healthz").status == 200
    for raw in greedy:
        raw.socket.close()


# ---- far too many


def memory(program):
    with open(f"/proc/{program.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) * 1024


def flood(postward, request, n, at_once=100):
    """n times the same bytes over one connection; the statuses."""
    statuses = {}
    with Raw(postward) as raw:
        stream = raw.socket.makefile("rb")
        for _ in range(n // at_once):
            raw.send(request * at_once)
            for _ in range(at_once):
                status = stream.readline().split()[1]
                statuses[status] = statuses.get(status, 0) + 1
                while (line := stream.readline()) != b"\r\n":
                    if line.startswith(b"Content-Length: "):
                        length = int(line.split()[1])
                    assert line
                stream.read(length)
    return statuses


def test_ten_thousand_requests_from_one_address(postward, monkeypatch):
    # It keeps what was freed, to find out who uses it.
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=4:" +
                       os.environ.get("ASAN_OPTIONS", ""))
    postward.start_signup()
    with visit(postward) as visitor:
        form = visitor.get("/").page.forms[0].fields
        cookie = f"postward={visitor.cookies['postward']}"
        assert [ask(visitor, userid=f"good{n}").status
                for n in range(5)] == [303] * 5
        body = urllib.parse.urlencode({**form, **typed("bad")}).encode()
        request = head(Cookie=cookie, X_Forwarded_For="198.51.100.1",
                       Content_Length=len(body)) + body
        flood(postward, request, 500)
        before = memory(postward.signup)
        assert flood(postward, request, 10000) == {b"429": 10000}
        assert memory(postward.signup) < before + 20e6
        answer = ask(visitor, userid="bad")
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.page.value("note") == typed()["note"]
    assert len(requests(postward)) == 5
    assert len(rows(postward, "SELECT * FROM outbox")) == 5
    assert len(rows(postward, "SELECT * FROM rate_limit")) < 10
    # Others are not in its shadow.
    _, page = asked(postward, "198.51.100.2", userid="another")
    assert page.status == 200
