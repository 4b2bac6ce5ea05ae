# SPDX-License-Identifier: MIT
"""postward-signup when all goes wrong, and all at once."""

import itertools
import signal
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.members import (ask, asked, change, code_of, id_of, requests, rows,
                             typed)
from harness.postward import Postward, answers, build, render
from harness.stage import free_port, until, without
from harness.web import Visitor


@pytest.fixture
def signup(postward):
    postward.change({"signup": {"per-client": 100}})
    postward.start_signup()
    return postward


def visit(postward, client="198.51.100.1"):
    return Visitor(postward.signup_place, client)


def start_another(postward, stage):
    """One more, at another port, on the same store."""
    place = ("127.0.0.1", free_port())
    file = stage.folder / "another.conf"
    file.write_text(postward.file.read_text().replace(
        "%s:%d" % postward.signup_place, "%s:%d" % place))
    program = stage.start("another", build() / "bin/postward-signup", "-c",
                          file)
    until("another one's start", lambda: answers(place))
    return program, place


def at_once(*works):
    """Each in a thread of its own; what they return."""
    gate = threading.Barrier(len(works))

    def run(work):
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


# ---- what is over


def test_what_is_over_is_forgotten_though_nobody_asks(postward):
    sql = ("INSERT INTO request (id, userid, address, reserved, email, state, "
           "code_hash, code_expires, code_sent, code_wrong, codes, created, "
           "proven, decided) SELECT '{0}', '{0}', '{0}@remotes.club', "
           "'{0}@remotes.club', '{0}@elsewhere.example', 'asked', 'x', {1}, "
           "1, 0, 1, 1, 0, 0")
    soon = int(time.time()) + 3600
    change(postward, sql.format("late", 2))
    change(postward, sql.format("nina", soon))
    for name, ends in ("ask:mailbox:late@elsewhere.example", 2), ("b", soon):
        change(postward, "INSERT INTO rate_limit VALUES (?, 1, ?)", name, ends)
    postward.start_signup()
    until("the end of the request", lambda: [
        r["userid"] for r in requests(postward)] == ["nina"])
    until("the end of its mailbox", lambda: [r["name"] for r in rows(
        postward, "SELECT name FROM rate_limit")] == ["b"])


# ---- all at once


def test_the_same_form_twice_at_once(signup):
    with visit(signup) as one, visit(signup) as two:
        form = one.get("/").page.forms[0].fields
        two.cookies = one.cookies
        sent = [at_once(*[lambda v=v: v.post("/", {**form, **typed()})
                          for v in (one, two)]) for _ in range(3)]
    places = {answer.location for pair in sent for answer in pair}
    assert len(places) == 1
    assert len(requests(signup)) == 1
    assert len(rows(signup, "SELECT * FROM outbox")) == 1


def test_one_name_asked_for_by_many_at_once(signup):
    visitors = [visit(signup, f"198.51.100.{n}") for n in range(6)]
    pages = [visitor.get("/") for visitor in visitors]
    sent = at_once(*[
        lambda v=v, p=p, n=n: v.send(p, **typed(
            email=f"n{n}@elsewhere.example"))
        for n, (v, p) in enumerate(zip(visitors, pages))])
    assert sorted(answer.status for answer in sent) == [303] + [422] * 5
    assert len(requests(signup)) == 1


def test_two_processes_allow_five_wrong_codes(signup, stage):
    _, place = start_another(signup, stage)
    visitor, page = asked(signup)
    code = code_of(signup, f"request:{id_of(page)}")
    form = page.page.forms[0]
    guessers = [Visitor(p, "198.51.100.1")
                for p in (signup.signup_place, place) for _ in range(3)]
    for guesser in guessers:
        guesser.cookies = visitor.cookies

    def guess(guesser):
        return [guesser.post(f"{page.path}/code",
                             {**form.fields, "code": f"AAAAAAAA{n:02}"})
                for n in range(4)]

    for answers_ in at_once(*[lambda g=g: guess(g) for g in guessers]):
        assert {answer.status for answer in answers_} == {422}
    assert requests(signup)[0]["code_wrong"] == 5
    assert visitor.send(page, code=code).status == 422
    assert requests(signup)[0]["state"] == "asked"


def test_killed_and_asked_again(signup):
    """Wherever it is when it dies: the form that is sent again makes one
    request in the end, with one mail."""
    for n in range(6):
        with visit(signup) as visitor:
            page = visitor.get("/")
            fields = {**page.page.forms[0].fields, **typed(f"kill{n}")}
            cookies = visitor.cookies
            killer = threading.Timer(n * 0.002, signup.signup.kill)
            killer.start()
            try:
                visitor.post("/", fields)
            except (OSError, EOFError):
                pass
            killer.join()
        signup.start_signup()
        with visit(signup) as visitor:
            visitor.cookies = cookies
            answer = visitor.post("/", fields)
            assert answer.location == f"/request/{fields['id']}"
    assert len(requests(signup)) == 6
    assert len(rows(signup, "SELECT * FROM outbox")) == 6


# ---- the store


def test_the_store_is_down_and_comes_back(postward):
    postward.change({"signup": {"per-client": 100}})
    postward.prefix = without("dac_override", "dac_read_search")
    postward.start_signup()
    visitor, page = asked(postward)
    code = code_of(postward, f"request:{id_of(page)}")
    form, confirm = visitor.get("/"), visitor.get("/confirm")
    before = requests(postward)
    kept = postward.database.with_suffix(".kept")
    postward.signup.stop()
    postward.database.rename(kept)
    postward.start_signup()
    visitor.connection.close()

    answers_ = [visitor.send(form, **typed("late")),
                visitor.send(page, code=code), visitor.send(page, 1),
                visitor.get(page.path),
                visitor.send(confirm, address="ann@remotes.club",
                             target="a@b.example", code="AAAAA-AAAAA")]
    for answer in answers_:
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert answer.page.title.startswith("Error: ")
        # No word of what is wrong with us.
        assert "sqlite" not in answer.text
        assert str(postward.database) not in answer.text
    for field, value in typed("late").items():
        assert answers_[0].page.value(field) == value
    assert answers_[1].page.value("code") == code
    assert answers_[4].page.value("target") == "a@b.example"
    assert visitor.get("/").status == 200
    assert visitor.get("/healthz").status == 503
    postward.says(postward.signup, "error: ")

    kept.rename(postward.database)
    assert requests(postward) == before
    assert visitor.get("/healthz").status == 200
    assert visitor.send(answers_[0]).status == 303
    assert visitor.send(answers_[1]).status == 303


def test_a_store_that_cannot_be_written(postward):
    postward.make_store_read_only()
    postward.start_signup()
    with visit(postward) as visitor:
        answer = ask(visitor)
        assert answer.status == 503
        assert answer.page.value("userid") == "nina"
    assert requests(postward) == []


# ---- signals


def test_reload_under_load(signup):
    """Every request is answered, in one configuration or the other."""
    stop = threading.Event()
    counter = itertools.count()

    def load():
        titles = set()
        with visit(signup) as visitor:
            while not stop.is_set():
                answer = visitor.get("/")
                assert answer.status == 200
                titles.add(answer.page.title.split(" – ")[1])
                assert visitor.send(answer, **typed(
                    f"load{next(counter)}")).status in (303, 429)
        return titles

    with ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(load) for _ in range(4)]
        try:
            for n in range(10):
                signup.change({"signup": {"title": f"title{n}"}})
                signup.reload(signup.signup)
        finally:
            stop.set()
        titles = set.union(*[done.result() for done in loads])
    assert titles <= {"remotes.club", *[f"title{n}" for n in range(10)]}
    assert len(titles) > 2


def test_sigterm_finishes_what_was_begun(signup):
    """A form half sent is taken; nobody new comes in."""
    with visit(signup) as visitor, visit(signup) as idle:
        idle.get("/")
        form = visitor.get("/").page.forms[0].fields
        body = urllib.parse.urlencode({**form, **typed()}).encode()
        connection = visitor.connection
        connection.putrequest("POST", "/")
        for name, value in {
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(body)),
                "Cookie": f"postward={visitor.cookies['postward']}",
                "Expect": "100-continue"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        # By which it says that it has begun with the request.
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 100 ")
        signup.signup.signal(signal.SIGTERM)
        until("the end of listening", lambda: not answers(
            signup.signup_place))
        assert signup.signup.status is None
        connection.send(body)
        response = connection.getresponse()
        assert response.status == 303
        assert response.headers["Connection"] == "close"
        response.read()
    assert signup.signup.wait() == 0
    assert signup.signup.log().rstrip().endswith("stopped")
    assert len(requests(signup)) == 1


def test_options_and_the_configuration(signup, stage):
    program = build() / "bin/postward-signup"
    assert stage.start("check", program, "-t", "-c",
                       signup.file).wait() == 0
    wrong = stage.folder / "wrong.conf"
    wrong.write_text(render({"signup": {"lisen": "x"}}))
    said = stage.start("wrong", program, "-c", wrong)
    assert said.wait() == 1
    Postward.says(said, 'did you mean "listen"?')
    # A port that is taken.
    second = stage.start("second", program, "-c", signup.file)
    assert second.wait() == 1
    Postward.says(second, "somebody already serves there")


# ---- strangers who send and send


def refused_for_good(postward, client, **fields):
    """Sends the form until it is told that that was too much: how often."""
    visitor = visit(postward, client)
    page = visitor.get("/")
    for n in range(40):
        if visitor.send(page, **typed(**fields)).status == 429:
            return n
    return None


def test_every_form_counts_before_the_store_is_asked(postward):
    """Also one that is wrong; and what is too much is answered without the
    store, told once, and holds up nobody else."""
    postward.change({"signup": {"posts": 5, "per-client": 100}})
    postward.start_signup()
    assert refused_for_good(postward, "198.51.100.1", email="wrong") == 5
    assert refused_for_good(postward, "198.51.100.1") == 0
    assert refused_for_good(postward, "2001:db8:7:1::1", userid="root") == 5
    assert requests(postward) == []
    assert asked(postward, "198.51.100.9")
    said = postward.says(postward.signup, "client=198.51.100.9 result=asked")
    assert said.count("client=198.51.100.1 result=flood") == 1


def test_names_of_the_machine_look_like_any_that_is_taken(signup):
    asked(signup, userid="nina")
    answers = []
    for userid in "nina", "root", "postmaster", "daemon", "games":
        visitor = visit(signup, "198.51.100.7")
        answer = visitor.send(visitor.get("/"), **typed(
            userid=userid, email="other@elsewhere.example"))
        answers.append((answer.status, answer.page.error("userid")))
    assert len(set(answers)) == 1 and answers[0][0] == 422
    # Nothing is told of a name to whom has no mailbox.
    visitor = visit(signup, "198.51.100.8")
    answer = visitor.send(visitor.get("/"), **typed(
        userid="nina", email="wrong"))
    assert answer.status == 422 and not answer.page.error("userid")


def test_a_client_that_cannot_be_read_is_told_once(signup):
    for n in range(3):
        visitor = visit(signup, "unknown")
        visitor.send(visitor.get("/"), **typed(userid=f"u{n}"))
    said = signup.says(signup.signup, '"unknown" in X-Forwarded-For')
    assert said.count("in X-Forwarded-For") == 1
    asked(signup, '"[2001:db8::5]:443"', userid="nora")
    signup.says(signup.signup, "client=2001:db8::5 result=asked")
