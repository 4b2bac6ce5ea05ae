# SPDX-License-Identifier: MIT
"""What `postward store init --grants` gives to each program in MariaDB: enough,
and no more."""

import pytest

from harness import milter

from harness.mariadb import Mariadb
from harness.members import ask, id_of, press
from harness.mta import Mta
from harness.postward import Postward
from harness.protocols import MapClient, ask_policyd
from harness.stage import free_port, until
from harness.web import Visitor

# Nothing that makes an account or an approval.
FORBIDDEN = [
    "INSERT INTO account (address, state, created) VALUES ('eve@remotes.club', 'active', 1)",
    "UPDATE account SET state = 'active'",
    "UPDATE forward SET target = 'eve@mailbox.example'",
    "UPDATE request SET approval = 'x'",
    "UPDATE request SET address = 'eve@remotes.club'",
    "INSERT INTO provision VALUES ('x', 1, 0, NULL, 0, 0, NULL)",
    "INSERT INTO srs_token VALUES ('x', 'x', 1)",
    "DROP TABLE account",
]


PROGRAMS = ["policyd", "forwarder", "milter", "mailer", "signup", "cli"]

NEVER = [
    "DROP TABLE account", "TRUNCATE TABLE rate_limit",
    "CREATE USER eve", "SELECT * FROM mysql.global_priv",
    "SELECT LOAD_FILE('/etc/passwd')  INTO OUTFILE '/tmp/x'",
]

# What some may write, and one alone may read: {name: a statement}.
WRITES = {
    "account": "UPDATE account SET state = 'active'",
    "forward": "INSERT INTO forward (account, target, state, created) VALUES"
               " ('ann@remotes.club', 'eve@mailbox.example', 'active', 1)",
    "request": "UPDATE request SET approval = 'x'",
    "outbox": "INSERT INTO outbox SELECT * FROM outbox WHERE id = ''",
    "recipient": "UPDATE outbox SET recipient = 'eve@mailbox.example'",
    "state": "UPDATE outbox SET state = 'failed' WHERE id = ''",
    "rate_limit": "DELETE FROM rate_limit",
    "provision": "DELETE FROM provision WHERE request = ''",
    "srs_token": "DELETE FROM srs_token WHERE token = ''",
    "writer": "UPDATE postward_writer SET turn = turn",
    "schema": "DELETE FROM postward_schema WHERE version = 0",
    "codes": "SELECT code_hash FROM request",
}
MAY = {
    "policyd": [], "forwarder": ["srs_token"],
    "milter": ["state", "srs_token", "writer"], "mailer": ["outbox", "state", "writer"],
    "signup": ["forward", "outbox", "recipient", "state", "rate_limit", "writer",
               "codes"],
    "cli": list(WRITES)}

# Each table, a column that is its key, and one that a program may change if it
# may change any: {table: (key, column)}.
TABLES = {
    "account": ("address", "state"), "forward": ("account", "state"),
    "request": ("id", "state"), "outbox": ("id", "state"),
    "rate_limit": ("name", "ends"), "provision": ("request", "done"),
    "srs_token": ("token", "expires"),
    "author_token": ("token", "used"), "greylist": ("name", "passes"),
    "token_bucket": ("name", "level"),
    "account_check": ("account", "created"), "decision": ("id", "at"),
    "sender_rule": ("sender", "created"), "target_failure": ("message", "at"),
    "target_health": ("id", "told"), "member_code": ("account", "code_wrong"),
    "member_session": ("token_hash", "used"), "domain": ("name", "created"), "postward_writer": ("one", "turn"),
    "postward_schema": ("version", "version")}

# Statements about a row that is not there.
RIGHTS = {
    "S": "SELECT COUNT(*) FROM {table} WHERE {key} IS NULL",
    "I": "INSERT INTO {table} SELECT * FROM {table} WHERE {key} IS NULL",
    "U": "UPDATE {table} SET {column} = {column} WHERE {key} IS NULL",
    "D": "DELETE FROM {table} WHERE {key} IS NULL"}

# {program: {table: the rights that it needs}}
NEEDS = {
    "policyd": {"token_bucket": "SIU", "account": "S", "account_check": "S", "domain": "S", "forward": "S", "outbox": "S",
                "srs_token": "S", "author_token": "S", "sender_rule": "S",
                "decision": "SI", "greylist": "SIU", "postward_schema": "S"},
    "forwarder": {"account": "S", "account_check": "S", "domain": "S", "forward": "S", "outbox": "S",
                  "srs_token": "SID", "author_token": "S",
                  "sender_rule": "S", "postward_schema": "S"},
    "milter": {"token_bucket": "SIU", "account": "S", "account_check": "S", "domain": "S", "forward": "S", "outbox": "SU",
               "srs_token": "SID", "author_token": "SID",
               "sender_rule": "S", "decision": "SI", "target_failure": "SI",
               "greylist": "SIU",
               "postward_writer": "SU",
               "postward_schema": "S"},
    "mailer": {"token_bucket": "SD", "outbox": "SIUD", "decision": "SD", "forward": "S", "domain": "SD",
               "greylist": "SID",
               "target_failure": "SD", "target_health": "SIUD",
               "postward_writer": "SU",
               "postward_schema": "S"},
    "signup": {"account": "SD", "account_check": "SID", "domain": "S", "author_token": "SD",
               "forward": "SIUD", "request": "SIUD",
               "member_code": "SIUD", "member_session": "SIUD",
               "sender_rule": "SID", "decision": "SD", "target_failure": "SD",
               "target_health": "SD",
               "outbox": "SIUD", "rate_limit": "SIUD", "provision": "S",
               "postward_writer": "SU", "postward_schema": "S"},
    "cli": {table: "SIUD" for table in TABLES}}

REPORT_FIELDS = [
    (b"Content-Type",
     b"multipart/report; report-type=delivery-status; boundary=b")]
REPORT = b"\r\n".join([
    b"--b", b"Content-Type: message/delivery-status", b"",
    b"Reporting-MTA: dns; mail.example.org", b"",
    b"Final-Recipient: rfc822; ann@elsewhere.example", b"Action: failed",
    b"Status: 5.1.1", b"--b--", b""])


def grant(postward, server, program):
    server.ask(f"CREATE USER postward_{program}@localhost")
    said = postward.cli(f"store init --grants --program {program}")
    assert f"'postward_{program}'@'localhost'" in said
    assert server.ask(said) == "", said


def url_of(server, program):
    return server.url().replace("root@", f"postward_{program}@")


@pytest.fixture
def club(stage, nsd):
    server = Mariadb(stage).start()
    it = Postward(stage, stage.folder / "run", nsd.address,
                  {"store": {"url": url_of(server, "cli")}})
    grant(it, server, "cli")
    it.cli("store init")
    for program in PROGRAMS[:-1]:
        grant(it, server, program)
    it.cli("account add ann@remotes.club")
    it.change({"signup": {"store-url": url_of(server, "signup")}})
    return it, server


@pytest.fixture
def form(club):
    club[0].start_signup()
    return club


def code_in(server, about):
    return server.ask(
        "SELECT JSON_VALUE(texts, '$.code') FROM postward.outbox "
        f"WHERE about LIKE '{about}%' AND state = 'new'")


def test_the_form_does_its_work(form):
    postward, server = form
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


def test_the_pages_of_members_do_their_work(form):
    """At two web nodes, which count wrong codes together."""
    postward, server = form
    ann = "ann@remotes.club"
    postward.cli("forward set --confirmed", ann, "ann@mailbox.example")
    other = ("127.0.0.1", free_port())
    postward.change({"signup": {"listen": "%s:%d" % other}})
    postward.start_another("signup", other)
    one, two = Visitor(postward.signup_place), Visitor(other)
    page = one.send(one.get("/member"), address=ann)
    two.cookies = one.cookies
    for number in range(5):
        answer = (one, two)[number % 2].send(page, code="AAAAA-AAAAA")
        assert answer.status == 422
    code = code_in(server, f"member:{ann}")
    assert two.send(page, code=code).status == 422
    server.ask("DELETE FROM postward.outbox")
    page = one.send(page, 1)
    code = code_in(server, f"member:{ann}")
    assert one.send(page, code=code).status == 303
    # The session is good at both.
    page = two.get("/member")
    assert page.page.heading == "Your mail"
    page = two.follow(press(two, page, "member/add",
                            mailbox="new@third.example"))
    two.follow(press(two, page, "member/confirm", target="new@third.example",
                     code=code_in(server, f"forward:{ann}")))
    for action in "pause", "resume", "remove":
        page = one.follow(press(one, one.get("/member"), action,
                                target="new@third.example"))
        assert "not there" not in page.page.text
    one.follow(press(one, one.get("/member/senders"), "block",
                     sender="example.org"))
    one.follow(press(one, one.get("/member/senders"), "forget",
                     sender="example.org"))
    for action, value in ("strategy", "hold"), ("digest", "on"):
        page = one.follow(press(one, one.get("/member/settings"), action,
                                **{action: value}))
        assert "That is saved" in page.page.text
    server.ask("DELETE FROM postward.outbox")
    page = one.follow(press(one, one.get("/member/leave"), "member/leave"))
    page = one.follow(one.send(page, 1, code=code_in(server,
                                                     f"member:{ann}")))
    assert page.page.heading == "You have left"
    assert server.ask("SELECT COUNT(*) FROM postward.account") == "0"
    assert two.get("/member").page.heading == "Sign in"


def test_the_form_can_do_nothing_else(club):
    _, server = club
    for statement in FORBIDDEN:
        assert server.ask_as("postward_signup", statement) is None, statement
    assert server.ask_as("postward_signup",
                         "SELECT COUNT(*) FROM account") == "1"


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_may_do_its_own_and_no_more(club, program):
    _, server = club
    user = f"postward_{program}"
    for name, statement in WRITES.items():
        may = server.ask_as(user, statement) is not None
        assert may == (name in MAY[program]), (name, statement)
    for statement in NEVER:
        assert server.ask_as(user, statement) is None, statement
    for table, (key, column) in TABLES.items():
        may = "".join(
            letter for letter, statement in RIGHTS.items()
            if server.ask_as(user, statement.format(
                table=table, key=key, column=column)) is not None)
        assert may == NEEDS[program].get(table, ""), table


def test_each_program_does_its_work(club, stage):
    """policyd, forwarder, milter and mailer, each as its own user."""
    postward, server = club
    mta = Mta(stage)
    secret = stage.folder / "srs.secret"
    secret.write_text("a secret\n")
    secret.chmod(0o600)
    postward.change({
        "srs": {"domain": "remotes.club", "secrets-file": str(secret)},
        "mailer": {"smtp": f"smtp://127.0.0.1:{mta.port}"}})
    postward.cli("forward add --confirmed ann@remotes.club "
                 "ann@mailbox.example")
    postward.cli("forward add ann@remotes.club ann@elsewhere.example")
    for program in "policyd", "forwarder", "milter", "mailer":
        postward.change({"store": {"url": url_of(server, program)}})
        getattr(postward, f"start_{program}")()
    # The mailer: a code goes out, and is settled.
    mta.wait()
    until("the end of the mail", lambda: server.ask(
        "SELECT state FROM postward.outbox") == "sent")
    # The forwarder: a forward, and a token for a long sender.
    with MapClient(postward.forwarder_socket) as client:
        assert client.ask("forward", "ann@remotes.club") == \
            "OK ann@mailbox.example"
        assert client.ask("forward", "eve@remotes.club") == "NOTFOUND "
        token = client.ask("srs-forward", "x" * 60 + "@example.org")
    assert token.startswith("OK SRS0=")
    # policyd: members, others, and what the token leads to.
    about = {"client_address": "192.0.2.10", "helo_name": "mail.example.org",
             "sender": ""}
    assert ask_policyd(postward, recipient="ann@remotes.club",
                       **about) == "DUNNO"
    assert ask_policyd(postward, recipient="eve@remotes.club",
                       **about).startswith("550 5.1.1")
    assert ask_policyd(postward, recipient=token[3:], **about) == "DUNNO"
    # The milter: a token of its own, and a bounce of our mail.
    bounce = ("bounce+" + server.ask("SELECT id FROM postward.outbox")
              + "@remotes.club").encode()
    tokens = server.ask("SELECT COUNT(*) FROM postward.srs_token")
    with milter.MilterClient(postward.milter_socket) as client:
        client.converse(
            milter.negotiation() + milter.connection()
            + milter.message(b"y" * 60 + b"@example.org",
                             [b"ann@remotes.club"], [(b"Subject", b"x")])
            + milter.message(b"", [bounce], REPORT_FIELDS, body=REPORT))
    assert server.ask("SELECT state FROM postward.outbox") == "bounced"
    assert "denied" not in postward.milter.log()
    assert int(server.ask("SELECT COUNT(*) FROM postward.srs_token")) > \
        int(tokens)
    for program in "policyd", "forwarder", "milter", "mailer":
        assert "denied" not in getattr(postward, program).log()


def test_what_is_no_name_is_refused(club):
    postward, _ = club
    for option, value in (("user", "o\'x"), ("host", "a b"),
                          ("program", "root")):
        done = postward.run("store", "init", "--grants", f"--{option}", value,
                            "-c", postward.file)
        assert done.returncode == 2 and done.stdout == "", value
    said = postward.cli("store init --grants --program policyd --user guard "
                        "--host 192.0.2.%")
    assert all("TO 'guard'@'192.0.2.%';" in line for line in said.splitlines())


def test_of_a_file_there_is_nothing_to_grant(postward):
    done = postward.run("store", "init", "--grants", "-c", postward.file)
    assert done.returncode == 1 and "no MariaDB" in done.stderr
