# SPDX-License-Identifier: MIT
"""postward-signup: from the form to the address, as a browser does it."""

import signal

import pytest

from harness.members import (ask, asked, change, code_of, id_of, requests,
                             rows, ssh_key, typed)
from harness.nsd import Nsd
from harness.postward import Postward
from harness.stage import Stage
from harness.web import Visitor
from harness.world import FORWARDS, LISTS, RECORDS

UNKNOWN = "0123456789abcdefghijklmnop"
SAFE = {
    "Content-Security-Policy":
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture(scope="module")
def site():
    """One for tests that bring a user id and a client of their own."""
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        it = Postward(stage, stage.folder / "run", nsd.address, LISTS)
        it.make_store(FORWARDS)
        it.change({"signup": {"per-hour": 1000}})
        it.start_signup()
        yield it


@pytest.fixture
def signup(postward):
    postward.start_signup()
    return postward


def visit(postward, client="198.51.100.1"):
    return Visitor(postward.signup_place, client)


# ---- the way


def test_from_asking_to_the_address(signup):
    visitor, page = asked(signup)
    assert page.status == 200
    assert page.page.heading == "Check your mail"
    assert "nina@elsewhere.example" in page.page.text
    request = requests(signup)[0]
    assert request["state"] == "asked"
    assert request["id"] == id_of(page)
    assert request["pubkey"] == ssh_key()
    assert request["note"] == "Grüße, Nina"

    code = code_of(signup, f"request:{request['id']}")
    answer = visitor.send(page, code=f"  {code.lower()[:3]} {code[3:]}- ")
    page = visitor.follow(answer)
    assert page.page.heading == "Your mailbox is confirmed"
    assert page.page.forms == []
    assert requests(signup)[0]["state"] == "proven"

    change(signup, "UPDATE request SET state = 'approved'")
    page = visitor.get(page.path)
    assert page.page.heading == "Welcome"
    assert "nina@remotes.club" in page.page.text


def test_what_was_typed_stays_beside_its_error(site):
    with visit(site, "198.51.100.2") as visitor:
        answer = ask(visitor, userid="Nina <b>", email="nina at home",
                     pubkey="ssh-dss AAAA & me", note='"ß" </textarea>')
        assert answer.status == 422
        page = answer.page
        assert page.title.startswith("Error: ")
        for field, value in (("userid", "Nina <b>"), ("email", "nina at home"),
                             ("pubkey", "ssh-dss AAAA & me"),
                             ("note", '"ß" </textarea>')):
            assert page.value(field) == value
        for field in "userid", "email", "pubkey":
            assert page.error(field)
            assert page.controls[field]["aria-invalid"] == "true"
            assert f"{field}-error" in \
                page.controls[field]["aria-describedby"]
            assert f"#{field}" in page.links
        assert page.error("note") is None
        # And from there on, with what is put right.
        assert visitor.send(answer, **typed("putright")).status == 303


def test_each_field_has_a_label_and_a_hint_for_browsers(site):
    with visit(site) as visitor:
        page = visitor.get("/").page
    assert set(page.controls) == {"userid", "email", "pubkey", "note"}
    assert page.controls["userid"]["autocomplete"] == "username"
    assert page.controls["email"]["autocomplete"] == "email"
    assert page.controls["email"]["inputmode"] == "email"
    assert "@remotes.club" in page.text


def test_the_same_page_whether_or_not_a_mailbox_is_known(site):
    """The third mail to a mailbox is the last for a day."""
    texts = []
    for n in range(5):
        visitor, page = asked(site, f"198.51.101.{n}", userid=f"multi{n}",
                              email="many@elsewhere.example")
        visitor.connection.close()
        text = page.text.replace(id_of(page), "ID")
        texts.append(text.replace(visitor.cookies["postward"], "TOKEN"))
    mails = rows(site, "SELECT * FROM outbox WHERE recipient = ?",
                 "many@elsewhere.example")
    assert len(mails) == 3
    assert len({text[:text.index("The last code is of")]
                for text in texts}) == 1


@pytest.mark.parametrize("userid, state, reason, heading, text", [
    ("rae", "refused", "Not <now>.", "Your request was refused",
     "Not <now>."),
    ("ray", "refused", None, "Your request was refused", "ask again"),
    ("ada", "approved", None, "Welcome", "ada@remotes.club"),
    ("pia", "proven", None, "Your mailbox is confirmed", "administrator"),
])
def test_how_a_request_stands(site, userid, state, reason, heading, text):
    visitor, page = asked(site, "198.51.100.3", userid=userid)
    form = page
    change(site, "UPDATE request SET state = ?, reason = ? WHERE id = ?",
           state, reason, id_of(page))
    page = visitor.get(page.path)
    assert page.status == 200
    assert page.page.heading == heading
    assert text in page.page.text
    # A page that was left open is not lost.
    assert visitor.send(form, 1).location == page.path
    assert visitor.send(form, code="ABCDE-FGHJK").location == page.path


def test_a_request_that_is_over_is_not_found(site):
    visitor, page = asked(site, "198.51.100.4", userid="over")
    change(site, "DELETE FROM request WHERE id = ?", id_of(page))
    for answer in (visitor.get(page.path), visitor.send(page, code="X"),
                   visitor.send(page, 1), visitor.get(f"/request/{UNKNOWN}"),
                   visitor.get("/request/x"), visitor.get("/request/")):
        assert answer.status == 404
        assert answer.page.title.startswith("Error: ")
        assert len(answer.page.links) == 1


# ---- codes


def test_five_wrong_codes_are_the_end(signup):
    visitor, page = asked(signup)
    code = code_of(signup, f"request:{id_of(page)}")
    for no_code in "", "ABCDE", "\u200b", "What code?", code + "X":
        answer = visitor.send(page, code=no_code)
        assert answer.status == 422
        assert requests(signup)[0]["code_wrong"] == 0
    for _ in range(5):
        answer = visitor.send(page, code="AAAAA-AAAAA")
        assert answer.status == 422
        assert answer.page.error("code")
        assert answer.page.value("code") == "AAAAA-AAAAA"
        # What went wrong comes first.
        assert answer.page.text.index("That did not work yet") < \
            answer.page.text.index("We send a code")
    assert requests(signup)[0]["code_wrong"] == 5
    answer = visitor.send(page, code=code)
    assert answer.status == 422
    assert requests(signup)[0]["state"] == "asked"


@pytest.mark.parametrize("form", [
    "{0}-{1}\u00a0", "\u200b{0}\u2013{1}", "{0}\u2011{1}\r\n", "\u201c{0}-{1}\u201d",
    "Code: {0}-{1}.", "    {0}\u00ad-{1}", "Your code is {0}{1}"])
def test_a_code_as_it_is_pasted(signup, form):
    visitor, page = asked(signup)
    code = code_of(signup, f"request:{id_of(page)}").replace("-", "")
    visitor.follow(visitor.send(page, code=form.format(code[:5], code[5:])))
    assert requests(signup)[0]["state"] == "proven"


def test_another_code_after_a_minute(signup):
    visitor, page = asked(signup)
    about = f"request:{id_of(page)}"
    first = code_of(signup, about)
    answer = visitor.send(page, 1)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.page.title.startswith("Error: ")
    assert code_of(signup, about) == first
    change(signup, "UPDATE request SET code_sent = code_sent - 61")
    assert visitor.send(page, 1).location == page.path
    assert visitor.send(page, code=first).status == 422
    assert visitor.follow(visitor.send(
        page, code=code_of(signup, about))).page.heading == \
        "Your mailbox is confirmed"


def invite(postward, address, target):
    made = postward.cli_json("forward add", address, target)
    return made.get("code") or code_of(postward, f"forward:{address}")


def test_a_member_confirms_a_new_mailbox(signup):
    code = invite(signup, "ann@remotes.club", "new@mailbox.example")
    with visit(signup) as visitor:
        page = visitor.get("/confirm")
        right = {"address": " Ann@Remotes.Club", "code": code.lower(),
                 "target": "new@mailbox.example"}
        wrong = [visitor.send(page, **{**right, **change_})
                 for change_ in ({"code": "AAAAA-AAAAA"},
                                 {"address": "nobody@remotes.club"},
                                 {"target": "other@mailbox.example"})]
        # Nobody learns what it was.
        assert [answer.status for answer in wrong] == [422] * 3
        assert len({answer.page.error("code") for answer in wrong}) == 1
        answer = visitor.send(page, address="ann", target="", code="")
        assert answer.status == 422
        assert answer.page.value("address") == "ann"
        assert all(map(answer.page.error, ("address", "target", "code")))
        done = visitor.follow(visitor.send(page, **right))
        assert done.page.heading == "Your new mailbox is confirmed"
    assert rows(signup, "SELECT state FROM forward WHERE target = ?",
                "new@mailbox.example") == [{"state": "active"}]


def test_codes_typed_by_one_client_are_counted_together(postward):
    postward.change({"signup": {"tries": 4}})
    postward.start_signup()
    code = invite(postward, "ann@remotes.club", "new@mailbox.example")
    visitor, request = asked(postward)
    page = visitor.get("/confirm")
    fields = {"address": "ann@remotes.club", "target": "new@mailbox.example"}
    for _ in range(2):
        # What cannot be a code is not counted.
        assert visitor.send(request, code="A").status == 422
        assert visitor.send(request, code="AAAAA-AAAAA").status == 422
        assert visitor.send(page, code="AAAAA-AAAAA", **fields).status == 422
    answer = visitor.send(page, code=code, **fields)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert visitor.send(request, code=code_of(
        postward, f"request:{id_of(request)}")).status == 422
    with visit(postward, "203.0.113.1") as another:
        assert another.send(another.get("/confirm"), code=code,
                            **fields).status == 303


# ---- the server


@pytest.mark.parametrize("path, allow", [
    ("/", "GET, HEAD, POST"),
    ("/request/" + UNKNOWN, "GET, HEAD"),
    ("/request/" + UNKNOWN + "/code", "POST"),
    ("/request/" + UNKNOWN + "/resend", "POST"),
    ("/confirm", "GET, HEAD, POST"),
    ("/confirm/done", "GET, HEAD"),
    ("/style.css", "GET, HEAD"),
    ("/healthz", "GET, HEAD"),
])
def test_other_methods_are_named(site, path, allow):
    for method in "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get":
        with visit(site) as visitor:
            answer = visitor.ask(method, path)
        if method in allow.split(", "):
            assert answer.status != 405
        else:
            assert answer.status == 405
            assert answer.headers["Allow"] == allow
        assert {name: answer.headers[name] for name in SAFE} == SAFE
        assert (method == "HEAD") <= (answer.body == b"")


def test_get_changes_nothing(site):
    visitor, page = asked(site, "198.51.100.5", userid="unchanged")
    before = requests(site), rows(site, "SELECT * FROM rate_limit")
    code = code_of(site, f"request:{id_of(page)}")
    for path in (page.path, f"{page.path}/code?code={code}",
                 f"{page.path}/resend", "/confirm?code=x",
                 "/?userid=a&email=b@c.example"):
        visitor.get(path)
        visitor.ask("HEAD", path)
    assert (requests(site), rows(site, "SELECT * FROM rate_limit")) == before


def test_only_the_style_is_kept_by_caches(site):
    with visit(site) as visitor:
        for path in "/", "/confirm", "/healthz", "/nothing":
            assert visitor.get(path).headers["Cache-Control"] == "no-store"
        style = visitor.get("/style.css?x")
        assert "max-age" in style.headers["Cache-Control"]
        assert style.headers["Content-Type"] == "text/css; charset=utf-8"
        assert style.headers["Set-Cookie"] is None
        assert "prefers-color-scheme: dark" in style.text
        assert "@import" not in style.text and "url(" not in style.text
        assert visitor.get("/healthz").text == "ok\n"


def test_the_cookie_and_tls(postward):
    postward.start_signup()
    with visit(postward) as visitor:
        answer = visitor.get("/")
        cookie = answer.headers["Set-Cookie"]
        assert "Secure" not in cookie
        assert "; HttpOnly" in cookie and "; SameSite=Strict" in cookie
        assert answer.headers["Strict-Transport-Security"] is None
        # It is not made anew at each page.
        assert visitor.get("/").headers["Set-Cookie"] is None
        postward.change({"signup": {"url": "https://remotes.club/join"}})
        postward.reload(postward.signup)
        answer = visitor.get("/")
        assert "; Secure" in answer.headers["Set-Cookie"]
        assert "Path=/;" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"]


def test_behind_nginx_at_a_unix_socket(postward):
    path = postward.signup_place = postward.policyd_socket.parent / "signup"
    postward.change({"signup": {"listen": f"unix:{path}"}})
    postward.start_signup()
    with visit(postward, "203.0.113.9, 192.0.2.7") as visitor:
        assert ask(visitor).status == 303
    postward.says(postward.signup, "client=192.0.2.7 ")
    assert path.stat().st_mode & 0o777 == 0o666
    assert postward.signup.stop() == 0
    assert not path.exists()


def test_one_line_in_the_log(signup):
    def conversation():
        visitor, page = asked(signup)
        visitor.send(page, code="AAAAA-AAAAA")
        visitor.get("/")

    lines = signup.lines_about(signup.signup, conversation)
    assert [line.split(": ", 1)[1].split(" id=")[0] for line in lines] == [
        "route=join client=198.51.100.1 result=asked",
        "route=code client=198.51.100.1 result=wrong"]
    request = requests(signup)[0]
    assert all(line.endswith(f" id={request['id']}") for line in lines)
    code = code_of(signup, f"request:{request['id']}")
    log = signup.signup.log()
    for secret in code, code.replace("-", ""), "ssh-ed25519", "AAAAA-AAAAA":
        assert secret not in log


def test_a_domain_is_needed(postward):
    postward.change({"": {"domains": []}})
    with pytest.raises(OSError, match="domains: expected at least one"):
        postward.start_signup()


def test_a_wrong_configuration_changes_nothing(signup):
    signup.change({"signup": {"title": "x"}, "": {"domains": []}})
    signup.reload(signup.signup, "the old configuration stays")
    with visit(signup) as visitor:
        assert visitor.get("/").page.title.endswith(" – remotes.club")
    signup.change({"": {"domains": ["guild.club"]}})
    signup.reload(signup.signup)
    with visit(signup) as visitor:
        page = visitor.get("/").page
        assert page.title.endswith(" – x")
        assert "@guild.club" in page.text
    signup.signup.signal(signal.SIGTERM)
    assert signup.signup.wait() == 0
    signup.says(signup.signup, "stopped")
