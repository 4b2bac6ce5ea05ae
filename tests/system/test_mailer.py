# SPDX-License-Identifier: MIT
"""The outbox and an MTA: what is written into the one arrives at the other,
once, and nothing is lost when one of them, or the mailer, goes down."""

import itertools
import json
import signal
import sqlite3
import ssl
import threading
import time

import pytest

from harness.certificate import certificate
from harness.clock import ahead
from harness.mariadb import Mariadb
from harness.mta import CLOSE, HANG, Mta
from harness.postward import Postward, build
from harness.stage import PATIENCE, until
from harness.systemd import Systemd

VALUES = {
    "verify": {"code": "01234-56789", "request": "r1"},
    "welcome": {"userid": "ann", "address": "ann@remotes.club",
                "mailbox": "ann@mail.example"},
    "refused": {"address": "ann@remotes.club", "reason": "It is taken."},
    "confirm": {"code": "01234-56789", "account": "ann@remotes.club",
                "target": "ann@mail.example"},
}


class SqliteOutbox:
    def __init__(self, path):
        self.path = path

    def run(self, sql):
        db = sqlite3.connect(self.path, timeout=PATIENCE)
        with db:
            rows = db.execute(sql).fetchall()
        db.close()
        return rows


class MariadbOutbox:
    def __init__(self, server):
        self.server = server

    def run(self, sql):
        answer = self.server.ask(f"USE postward; {sql}")
        return [tuple(line.split("\t")) for line in answer.splitlines()]


class Post:
    """postward with an empty outbox, and an MTA."""

    def __init__(self, stage, postward, outbox, mta):
        self.stage, self.postward, self.mta = stage, postward, mta
        self._outbox = outbox
        self._numbers = itertools.count()
        self.change(smtp=f"smtp://127.0.0.1:{mta.port}")

    def change(self, **keys):
        self.postward.change({"mailer": {
            key.replace("_", "-"): value for key, value in keys.items()}})

    def start(self, name="mailer"):
        return self.postward.start_mailer(name)

    def run(self, sql):
        return self._outbox.run(sql)

    def put(self, template="welcome", to="ann@mail.example", values=None,
            seconds=3600):
        key = f"{next(self._numbers):026d}"
        now = int(time.time())
        text = json.dumps(values or VALUES[template], ensure_ascii=False)
        self.run(
            "INSERT INTO outbox (id, dedup_key, about, recipient, template, "
            "texts, state, created, next_try, deadline, lease_until, sent, "
            f"attempts) VALUES ('{key}', '{key}', 'request:1', '{to}', "
            f"'{template}', '{text}', 'new', {now - 5}, {now}, "
            f"{now + seconds}, 0, 0, 0)")
        return key

    def row(self, key):
        (state, attempts, queue_id, error, texts), = self.run(
            "SELECT state, attempts, COALESCE(queue_id, ''), "
            "COALESCE(last_error, ''), texts FROM outbox "
            f"WHERE id = '{key}'")
        return {"state": state, "attempts": int(attempts),
                "queue_id": queue_id, "error": error, "texts": texts}

    def settled(self, key):
        return until("the end of the mail", lambda: self.row(key)["state"]
                     != "new" and self.row(key))

    def tried(self, key):
        return until("a try", lambda: self.row(key)["error"]
                     and self.row(key))


@pytest.fixture(params=["sqlite", "mariadb"])
def any_post(request, stage):
    """On each of the stores."""
    settings = {}
    if request.param == "mariadb":
        server = Mariadb(stage).start()
        settings = {"store": {"url": server.url()}}
    postward = Postward(stage, stage.folder / "run", "127.0.0.1:53", settings)
    postward.cli("store init")
    return Post(stage, postward, MariadbOutbox(server) if settings
                else SqliteOutbox(postward.database), Mta(stage))


@pytest.fixture
def post(stage):
    postward = Postward(stage, stage.folder / "run", "127.0.0.1:53", {
        "mailer": {"retry-min": "100ms", "retry-max": "1s"}})
    postward.cli("store init")
    return Post(stage, postward, SqliteOutbox(postward.database), Mta(stage))


# ---- what arrives


def test_every_mail_arrives(any_post):
    post = any_post
    post.postward.change({"signup": {"title": "The Remotes' Club",
                                     "url": "https://remotes.club/join/"}})
    keys = {template: post.put(template) for template in VALUES}
    program = post.start()
    messages = {m.parsed["Message-ID"]: m for m in post.mta.wait(len(keys))}
    for template, key in keys.items():
        row = post.settled(key)
        assert (row["state"], row["attempts"]) == ("sent", 1)
        assert row["queue_id"].startswith("Q") and row["texts"] == "{}"
        message = messages[f"<{key}@remotes.club>"]
        assert message.sender.startswith(f"<bounce+{key}@remotes.club>")
        assert message.recipient == "<ann@mail.example>"
        fields = dict(message.parsed)
        assert fields["From"] == "The Remotes' Club <postmaster@remotes.club>"
        assert fields["To"] == "ann@mail.example"
        assert fields["Auto-Submitted"] == "auto-generated"
        assert fields["X-Auto-Response-Suppress"] == "All"
        for value in VALUES[template].values():
            assert value in message.text or value == "r1"
        line, = [line for line in Postward.says(program, f"id={key} ")
                 .splitlines() if key in line]
        assert f"template={template} to=<ann@mail.example> result=sent " \
            f"queue_id={row['queue_id']} " in line and "attempts=1" in line
    verify = messages[f"<{keys['verify']}@remotes.club>"].text
    assert "\n\nhttps://remotes.club/join/request/r1\n\n" in verify
    Postward.reload(program)
    assert "01234" not in program.log()
    assert sum(c.startswith("EHLO mx.remotes.club") for c in
               post.mta.commands) == post.mta.sessions


def test_a_mail_arrives_though_thousands_are_too_late(post):
    post.run("INSERT INTO outbox (id, dedup_key, about, recipient, template, "
             "texts, state, created, next_try, deadline, lease_until, sent, "
             "attempts) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
             "i + 1 FROM n WHERE i < 50000) SELECT 'late' || i, i, i, "
             "'ann@mail.example', 'welcome', '{}', 'new', 1, 1, 2, 0, 0, 0 "
             "FROM n")
    key = post.put()
    post.start()
    assert post.settled(key)["state"] == "sent"
    assert post.run("SELECT state, last_error, COUNT(*) FROM outbox WHERE "
                    "id LIKE 'late%' GROUP BY 1, 2") == [
                        ("failed", "not sent in time", 50000)]


def test_without_a_url_there_is_no_link(post):
    post.put("verify")
    post.start()
    message, = post.mta.wait()
    assert "/request/" not in message.text and "{{" not in message.text


def test_texts_of_ones_own_names_and_addresses_of_all_the_world(post):
    folder = post.stage.folder / "templates"
    folder.mkdir()
    text = "Привет!\n\n.\n.. dots \n" + "слово " * 40 + "\n" + "x" * 300 + "\n"
    (folder / "welcome.txt").write_text(
        "Subject: Добро пожаловать в клуб, {{userid}}, на долгие годы\n\n"
        + text)
    post.postward.change({"signup": {"title": "Клуб «Удалёнка»"}})
    post.put(to="зоя@пример.example",
             values={**VALUES["welcome"], "userid": "zoë"})
    post.start()
    message, = post.mta.wait()
    assert message.recipient.startswith("<зоя@")
    assert "SMTPUTF8" in message.sender
    assert message.parsed["Subject"] == \
        "Добро пожаловать в клуб, zoë, на долгие годы"
    assert message.text == text
    assert all(len(line) <= 76 for line in message.octets.split(b"\r\n"))


def test_dots_and_lines_that_need_no_encoding(post):
    folder = post.stage.folder / "templates"
    folder.mkdir()
    (folder / "welcome.txt").write_text("Subject: x\n\n.\n..\n.a\n")
    post.put()
    post.start()
    message, = post.mta.wait()
    assert message.parsed["Content-Transfer-Encoding"] == "7bit"
    assert message.text == ".\n..\n.a\n"


def test_a_wrong_template_is_named_and_the_mail_waits(post):
    folder = post.stage.folder / "templates"
    folder.mkdir()
    (folder / "welcome.txt").write_text("Subject: x\n\nHello {{nmae}}\n")
    key = post.put()
    program = post.start()
    row = post.tried(key)
    assert row["state"] == "new"
    assert "welcome.txt:3: there is no {{nmae}}" in row["error"]
    Postward.says(program, "error: id=")
    other = post.put("verify")
    assert post.settled(other)["state"] == "sent"
    (folder / "welcome.txt").unlink()
    assert post.settled(key)["state"] == "sent"


# ---- what the MTA says


TEMP = "450 4.3.2 Come back later"
PERM = "550 5.1.1 No such user"
LATER = [
    ("CONNECT", TEMP), ("CONNECT", "554 5.7.1 Not you"), ("CONNECT", CLOSE),
    ("CONNECT", HANG),
    ("EHLO", "421 4.3.2 Come back later"), ("EHLO", CLOSE), ("EHLO", HANG),
    ("MAIL", TEMP), ("MAIL", "550 5.1.8 Bad sender"), ("MAIL", "530 5.7.0 Authentication required"),
    ("MAIL", "421 4.3.2 Shutting down"), ("MAIL", CLOSE), ("MAIL", HANG),
    ("RCPT", TEMP), ("RCPT", CLOSE), ("RCPT", HANG),
    ("DATA", TEMP), ("DATA", CLOSE), ("DATA", HANG),
    ("END", TEMP), ("END", CLOSE), ("END", HANG),
]


@pytest.mark.parametrize("command, reply", LATER)
def test_trouble_is_tried_again(post, command, reply):
    post.change(timeout="1s")
    post.mta.script(command, reply)
    if command == "EHLO":
        post.mta.script(command, reply)  # and to HELO
    key = post.put()
    program = post.start()
    row = post.settled(key)
    assert row["state"] == "sent" and row["attempts"] in (2, 3)
    first, = post.mta.messages
    assert first.parsed["Message-ID"] == f"<{key}@remotes.club>"
    if reply not in (HANG, CLOSE):
        Postward.says(program, f'reply="{reply}"')
    Postward.says(program, "result=later")


@pytest.mark.parametrize("command", ["RCPT", "DATA", "END"])
def test_a_refusal_is_kept(post, command):
    post.mta.script(command, "550-5.1.1 No such\r\n550 5.1.1 user \x07here")
    key, other = post.put(), post.put("verify")
    program = post.start()
    rows = [post.settled(key), post.settled(other)]
    failed, sent = sorted(rows, key=lambda row: row["state"])
    assert (failed["state"], sent["state"]) == ("failed", "sent")
    assert failed["error"] == "550 5.1.1 No such 5.1.1 user \\x07here"
    assert failed["texts"] == "{}" and failed["attempts"] == 1
    Postward.says(program, "result=failed")


def test_ehlo_that_is_refused_is_no_refusal(post):
    post.mta.always("EHLO", "550 5.7.1 Not you")
    key = post.put()
    post.start()
    row = post.tried(key)
    assert row["state"] == "new" and "550 5.7.1 Not you" in row["error"]


def test_a_second_try_is_the_same_mail(post):
    """The MTA has taken it, and says that it has not."""
    seen = []
    keep = post.mta.add

    def once_in_vain(message):
        seen.append(message)
        return TEMP if len(seen) == 1 else keep(message)

    post.mta.add = once_in_vain
    key = post.put()
    post.start()
    assert post.settled(key)["state"] == "sent"
    first, second = seen
    assert first.octets == second.octets and first.sender == second.sender


def test_a_connection_is_used_again_and_not_when_it_is_too_old(post):
    keys = [post.put() for _ in range(5)]
    # The third finds that the MTA has had enough of that connection.
    post.mta.script("MAIL", "250 2.1.0 Ok", "250 2.1.0 Ok",
                    "421 4.4.2 Enough", "250 2.1.0 Ok", CLOSE)
    post.start()
    for key in keys:
        assert post.settled(key)["attempts"] == 1
    assert post.mta.sessions == 3


# ---- down, and up again


def test_a_mail_waits_for_the_mta(post):
    post.mta.stop()
    keys = [post.put() for _ in range(20)]
    program = post.start()
    until("a refused connection", lambda: "result=later" in program.log())
    # It does not try them all in vain.
    assert program.log().count("result=later") < len(keys)
    post.mta.start()
    for key in keys:
        assert post.settled(key)["state"] == "sent"
    assert len(post.mta.messages) == len(keys)


def test_a_lost_store_is_told_once_and_waited_for(post):
    program = post.start()
    hidden = post.postward.database.with_suffix(".hidden")
    post.postward.database.rename(hidden)
    until("a word", lambda: "error: " in program.log())
    hidden.rename(post.postward.database)
    key = post.put()
    assert post.settled(key)["state"] == "sent"
    errors = [line.partition("error: ")[2]
              for line in program.log().splitlines() if "error: " in line]
    assert len(errors) == len(set(errors))


def test_sigterm_finishes_the_mail_in_hand(post):
    ready = threading.Event()

    def stop():
        ready.wait(PATIENCE)
        program.signal(signal.SIGTERM)
        return "354 Go on"

    post.mta.script("DATA", stop)
    program = post.start()
    keys = [post.put(), post.put()]
    ready.set()
    assert program.wait() == 0
    assert len(post.mta.messages) == 1
    assert sorted(post.row(key)["state"] for key in keys) == ["new", "sent"]
    Postward.says(program, "stopped")


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "RCPT", "END"])
def test_quit_is_not_waited_for(post, command):
    post.change(timeout="300s")
    post.mta.always("QUIT", HANG)
    post.mta.script(command, PERM, PERM)
    first, second = post.put(), post.put()
    started = time.monotonic()
    program = post.start()
    post.settled(first)
    post.settled(second)
    assert program.stop() == 0
    assert time.monotonic() - started < 250


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "RCPT", "DATA"])
def test_a_stop_does_not_wait_for_who_says_nothing(post, command):
    """Nothing was taken: the mail is tried again, by the next mailer."""
    post.change(timeout="10m")
    post.mta.script(command, HANG)
    key = post.put()
    program = post.start()
    until("a session", lambda: post.mta.sessions)
    if command != "CONNECT":
        until("what is not answered", lambda: any(
            c.startswith(command) for c in post.mta.commands))
    assert program.stop() == 0
    row = post.row(key)
    assert row["state"] == "new" and row["error"] == "the mailer stops"
    post.start("next")
    assert post.settled(key)["state"] == "sent"
    assert len(post.mta.messages) == 1


def test_a_stop_waits_for_the_answer_to_a_whole_message(post, stage):
    """Else it would be sent a second time; systemd is asked to wait, too."""
    post.change(timeout="10m")
    systemd = stage.keep(Systemd(stage.folder))
    post.postward.prefix = systemd.environment()
    taken, let_go, keep = threading.Event(), threading.Event(), post.mta.add

    def take(message):
        taken.set()
        let_go.wait(PATIENCE)
        return keep(message)

    post.mta.add = take
    key = post.put()
    program = post.start()
    assert taken.wait(PATIENCE)
    program.signal(signal.SIGTERM)
    told = {}
    while "STOPPING" not in told:
        told = systemd.hears()
        assert told
    assert told["EXTEND_TIMEOUT_USEC"] == "600000000"
    let_go.set()
    assert program.wait() == 0
    assert post.row(key)["state"] == "sent"
    assert len(post.mta.messages) == 1


def test_a_reload_goes_to_another_mta(post):
    program = post.start()
    first = post.put()
    assert post.settled(first)["state"] == "sent"
    other = Mta(post.stage)
    post.change(smtp=f"smtp://127.0.0.1:{other.port}")
    post.postward.reload(program)
    post.put()
    other.wait()
    post.change(smtp="http://127.0.0.1")
    post.postward.reload(program, "the old configuration stays")
    post.put()
    other.wait(2)
    assert len(post.mta.messages) == 1


# ---- the moment between the MTA's answer and the store


@pytest.mark.parametrize("when", ["before the answer", "after it"])
def test_a_mailer_that_dies_sends_the_same_again(post, when):
    post.change(timeout="3s")  # and so a lease of some seconds
    lock = sqlite3.connect(post.postward.database, isolation_level=None,
                           check_same_thread=False)
    keep = post.mta.add

    def take(message):
        post.mta.add = keep
        if when == "before the answer":
            program.kill()
        else:
            lock.execute("BEGIN IMMEDIATE")
        return keep(message)

    post.mta.add = take
    program = post.start()
    key = post.put()
    if when == "after it":
        until("the answer", lambda: "result=sent" in program.log())
        program.kill()
        lock.execute("ROLLBACK")
    program.wait()
    lock.close()
    assert post.row(key)["state"] == "new"
    post.start("successor")
    row = post.settled(key)
    assert (row["state"], row["attempts"]) == ("sent", 2)
    first, second = post.mta.messages
    assert first.octets == second.octets and first.sender == second.sender


def test_a_store_that_is_lost_then_is_waited_for(post):
    key = post.put()
    lock = sqlite3.connect(post.postward.database, isolation_level=None,
                           check_same_thread=False)
    keep = post.mta.add

    def take(message):
        lock.execute("BEGIN IMMEDIATE")
        return keep(message)

    post.mta.add = take
    program = post.start()
    until("a word", lambda: "error: " in program.log())
    lock.execute("ROLLBACK")
    lock.close()
    row = post.settled(key)
    assert (row["state"], row["queue_id"]) == ("sent", "Q1")
    assert len(post.mta.messages) == 1


def test_two_mailers_send_each_mail_once(any_post):
    post = any_post
    keys = [post.put(to=f"ann{n}@mail.example") for n in range(50)]
    programs = [post.start("one"), post.start("two")]
    post.mta.wait(len(keys))
    for key in keys:
        assert post.settled(key)["attempts"] == 1
    recipients = [message.recipient for message in post.mta.messages]
    assert len(set(recipients)) == len(recipients) == 50
    # Which of them sends how many is chance, and nothing to expect.
    until("a line for each", lambda: sum(
        program.log().count("result=sent") for program in programs) == 50)
    for program in programs:
        assert "error" not in program.log()


def test_two_mailers_whose_clocks_differ(any_post, stage):
    """By more than a lease, whose end seems to have come long ago: who looks
    for the next mail while the other sends one leaves that alone."""
    post = any_post
    post.change(timeout="300s")
    taken, let_go, keep = threading.Event(), threading.Event(), post.mta.add

    def take(message):
        post.mta.add = keep
        taken.set()
        let_go.wait(PATIENCE)
        return keep(message)

    post.mta.add = take
    first = post.put(to="first@mail.example", seconds=86400)
    post.start("right")
    assert taken.wait(PATIENCE)
    post.put(to="second@mail.example", seconds=86400)
    post.postward.prefix = ahead(stage, build() / "bin/postward-mailer", 3600)
    other = post.start("ahead")
    until("what the other sends", lambda: "result=sent" in other.log())
    let_go.set()
    assert post.settled(first)["attempts"] == 1
    assert sorted(message.recipient for message in post.mta.messages) == [
        "<first@mail.example>", "<second@mail.example>"]


def test_what_is_done_with_goes(post):
    post.change(keep="1h")
    old, new = post.put(), post.put()
    post.run("UPDATE outbox SET state = 'sent', created = created - 7200 "
             f"WHERE id = '{old}'")
    post.start()
    post.settled(new)
    until("the old one's end", lambda: post.run(
        "SELECT id FROM outbox") == [(new,)])


def test_what_is_too_late_is_not_sent(post):
    key = post.put(seconds=-1)
    post.start()
    assert post.settled(key)["state"] == "failed"
    assert not post.mta.messages


# ---- TLS and passwords


@pytest.fixture
def tls(stage):
    cert, key = certificate(stage.folder, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@pytest.mark.parametrize("level, scheme, host, trusted, arrives", [
    ("none", "smtp", "127.0.0.1", False, True),
    ("starttls", "smtp", "127.0.0.1", False, True),
    ("starttls", "smtps", "127.0.0.1", False, True),
    ("verify", "smtp", "localhost", True, True),
    ("verify", "smtps", "localhost", True, True),
    ("verify", "smtp", "localhost", False, False),
    ("verify", "smtps", "localhost", False, False),
    ("verify", "smtp", "127.0.0.1", True, False),
])
def test_tls(post, tls, level, scheme, host, trusted, arrives):
    mta = Mta(post.stage, tls, implicit=scheme == "smtps")
    post.change(tls=level, smtp=f"{scheme}://{host}:{mta.port}", timeout="5s")
    if trusted:
        post.postward.prefix = [
            "env", f"SSL_CERT_FILE={post.stage.folder}/cert.pem"]
    key = post.put()
    post.start()
    if not arrives:
        assert post.tried(key)["state"] == "new"
        assert not any(c.startswith("MAIL") for c in mta.commands)
        return
    message, = mta.wait()
    assert message.encrypted == (level != "none" or scheme == "smtps")


def test_no_tls_no_mail(post):
    """Neither without STARTTLS, nor when it is refused."""
    post.change(tls="starttls")
    key = post.put()
    post.start()
    assert post.tried(key)["state"] == "new"
    assert not any(c.startswith("MAIL") for c in post.mta.commands)


def test_starttls_that_is_refused(post, tls):
    mta = Mta(post.stage, tls)
    mta.always("STARTTLS", "554 5.7.0 Not today")
    post.change(tls="starttls", smtp=f"smtp://127.0.0.1:{mta.port}")
    key = post.put()
    post.start()
    row = post.tried(key)
    assert row["state"] == "new" and "554 5.7.0 Not today" in row["error"]
    assert not any(c.startswith("MAIL") for c in mta.commands)


def test_authenticates(post):
    mta = Mta(post.stage, users={"club": "päss word"})
    password = post.stage.folder / "password"
    password.write_text("wrong\n")
    post.change(smtp=f"smtp://127.0.0.1:{mta.port}", user="club",
                password_file=str(password))
    key = post.put()
    program = post.start()
    row = post.tried(key)
    assert row["state"] == "new" and "535 5.7.8" in row["error"]
    password.write_text("päss word\n")
    assert post.settled(key)["state"] == "sent"
    assert mta.messages[0].user == "club"
    Postward.reload(program)
    assert "wrong" not in program.log() and "päss" not in program.log()


def test_who_may_not_authenticate_is_not_refused_for_good(post):
    """An MTA that offers no AUTH says 5xx to the mail, but means us."""
    password = post.stage.folder / "password"
    password.write_text("secret\n")
    post.change(user="club", password_file=str(password))
    post.mta.script("RCPT", "554 5.7.1 Relay access denied")
    key = post.put()
    post.start()
    assert post.settled(key)["state"] == "sent"
    assert post.row(key)["attempts"] == 2


def test_no_password_file(post):
    post.change(user="club", password_file="/nonexistent/password")
    key = post.put()
    post.start()
    assert post.tried(key)["error"] == (
        "password: /nonexistent/password: No such file or directory")
    assert post.mta.sessions == 0
