# SPDX-License-Identifier: MIT
"""A store in a MariaDB server: all that SQLite's does, and what happens when
the server does not answer."""

import json
import os
import socket
import struct
import subprocess
import threading

import pytest

from harness.fakedb import packet
from harness.mariadb import Mariadb
from harness.postward import Postward, build
from harness.protocols import MapClient, PolicyClient
from harness.stage import PATIENCE, until


@pytest.fixture
def server(stage):
    return Mariadb(stage).start()


@pytest.fixture
def postward(stage, nsd, server):
    """With two accounts, of which bob has no forward."""
    it = Postward(stage, stage.folder / "run", nsd.address,
                  {"store": {"url": server.url()}})
    it.cli("store init")
    it.cli("account add ann@remotes.club")
    it.cli("forward add --confirmed ann@remotes.club ann@mailbox.example")
    it.cli("account add bob@remotes.club")
    return it


def answers(postward, key):
    """What Postfix is told at RCPT, and where the mail is to go."""
    with PolicyClient(postward.policyd_socket) as policyd, \
            MapClient(postward.forwarder_socket) as forwarder:
        return (policyd.ask(recipient=key).split(" ", 1)[0],
                forwarder.ask("forward", key).split(":", 1)[0].strip())


@pytest.mark.parametrize("module", [
    "db", "account_table", "forward_table", "srs_token_table",
    "registration_table", "outbox_table", "limit_table", "greylist_table", "account_check_table", "token_bucket_table", "provision_table",
    "domain_table", "domain_cleaner", "domains", "domains_change", "return_path",
    "table_trouble", "lease", "decision_table", "decision_keeper",
    "decision_cleaner", "greylist_cleaner",
    "forwards", "forwards_bounces", "forwards_change", "forwards_code", "source",
    "outbox", "outbox_claim", "provision", "registration_ask", "registration_doubt",
    "registration_limits", "registration_states", "worker",
    "member_code_table", "member_session_table", "sign_in", "signed_in", "member",
    "leave"])
def test_units(server, module):
    """Those of the store and of what stands on it, on this driver."""
    done = subprocess.run(
        [build() / f"tests/unit/unit_{module}"], text=True, check=False,
        env={**os.environ, "POSTWARD_TEST_STORE": server.url()},
        capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_serves_postfix_and_the_administrator(postward, server):
    postward.start()
    assert answers(postward, "Ann+x@remotes.club") == (
        "DUNNO", "OK ann@mailbox.example")
    assert answers(postward, "bob@remotes.club") == ("550", "NOTFOUND")
    assert answers(postward, "zoe@remotes.club") == ("550", "NOTFOUND")
    assert postward.cli("store migrate").startswith(
        f"{server.url()}: version ")
    assert server.url() in postward.run("check", "-c", postward.file).stdout
    again = postward.run("account", "add", "ann@remotes.club",
                         "-c", postward.file)
    assert (again.returncode, again.stderr) == (
        1, "postward: ann@remotes.club: the account is there already\n")
    postward.cli("account delete ann@remotes.club")
    assert server.ask("SELECT COUNT(*) FROM postward.forward") == "0"


def test_tells_texts_apart_by_their_bytes(postward):
    """As SQLite does: an accent or a trailing space is another text."""
    postward.cli("account add jorg@remotes.club")
    postward.cli("account add jörg@remotes.club")
    assert len(postward.cli_json("account list")) == 4


def test_a_killed_server_is_temporary(postward, server):
    postward.change({"": {"forward-cache": "0s", "forward-stale": "0s"}})
    postward.start()
    assert answers(postward, "ann@remotes.club")[0] == "DUNNO"
    server.kill()
    for key in ("ann@remotes.club", "bob@remotes.club", "zoe@remotes.club"):
        action, value = answers(postward, key)
        assert action == "451" and value.startswith("TEMP")
    late = postward.run("account", "list", "-c", postward.file)
    assert late.returncode == 75 and "is the server running?" in late.stderr
    server.start()
    # One that did not answer is asked about domains once in a second.
    until("the answer of the server that is back",
          lambda: answers(postward, "ann@remotes.club") == (
              "DUNNO", "OK ann@mailbox.example"))
    assert answers(postward, "bob@remotes.club") == ("550", "NOTFOUND")


def test_a_restart_is_not_noticed(postward, server):
    """The idle connections are dead then; nobody's request is."""
    postward.change({"": {"forward-cache": "0s", "forward-stale": "0s"}})
    postward.start()
    assert answers(postward, "bob@remotes.club") == ("550", "NOTFOUND")
    server.kill()
    server.start()
    assert answers(postward, "bob@remotes.club") == ("550", "NOTFOUND")


def test_known_members_are_served_while_the_server_is_down(postward, server):
    postward.change({"": {"forward-stale": "1h"}})
    postward.start()
    known = answers(postward, "ann@remotes.club")
    answers(postward, "bob@remotes.club")
    server.kill()
    assert answers(postward, "ann@remotes.club") == known
    action, value = answers(postward, "bob@remotes.club")
    assert action == "451" and value.startswith("TEMP")
    # It is said once in a while, however many are answered so.
    for program in (postward.policyd, postward.forwarder):
        until(f"what {program.name} says of the cache", lambda program=program:
              answers(postward, "ann@remotes.club") == known
              and "answered from the cache" in program.log())


def test_reload_keeps_the_cache(postward, server):
    postward.change({"": {"forward-cache": "60s"}})
    postward.start()
    known = answers(postward, "ann@remotes.club")
    server.kill()
    for program in (postward.policyd, postward.forwarder):
        postward.reload(program, "configuration read again")
    assert answers(postward, "ann@remotes.club") == known
    postward.change({"": {"forward-cache": "30s"}})
    for program in (postward.policyd, postward.forwarder):
        postward.reload(program, "configuration read again")
    assert answers(postward, "ann@remotes.club")[0] == "451"


def test_several_make_the_store_at_once(stage, nsd, server):
    it = Postward(stage, stage.folder / "run", nsd.address,
                  {"store": {"url": server.url("fresh")}})
    done = []
    threads = [threading.Thread(target=lambda: done.append(
        it.run("store", "init", "-c", it.file))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [d.returncode for d in done] == [0] * 4, done
    assert sum("made, version" in d.stdout for d in done) == 1
    assert it.cli("account list") == ""


def test_the_password_is_in_a_file(postward, server, stage):
    server.ask("CREATE USER post@'127.0.0.1' IDENTIFIED BY 'a b''c'; "
               "GRANT ALL ON postward.* TO post@'127.0.0.1'")
    secret = stage.folder / "secret"
    secret.write_text("wrong\n")
    postward.change({"store": {
        "url": f"mariadb://post@127.0.0.1:{server.port}/postward",
        "password-file": str(secret)}})
    refused = postward.run("account", "list", "-c", postward.file)
    assert refused.returncode == 75
    assert "see store.password-file" in refused.stderr
    # As an editor of Windows leaves it.
    secret.write_bytes(b"\xef\xbb\xbfa b'c\r\n")
    assert "ann@remotes.club" in postward.cli("account list")


def test_every_command_knows_the_password(postward, server, stage):
    """A sender too long for an SRS address is in the store."""
    assert server.ask(
        "CREATE USER keeper@'127.0.0.1' IDENTIFIED BY 'pass'; "
        "GRANT ALL ON postward.* TO keeper@'127.0.0.1'") is not None
    for name, text in ("secret", "pass\n"), ("srs.secret", "a secret\n"):
        (stage.folder / name).write_text(text)
        (stage.folder / name).chmod(0o600)
    postward.change({
        "srs": {"domain": "remotes.club",
                "secrets-file": str(stage.folder / "srs.secret")},
        "store": {"url": f"mariadb://keeper@127.0.0.1:{server.port}/postward",
                  "password-file": str(stage.folder / "secret")}})
    sender = "x" * 60 + "@example.org"
    postward.start_forwarder()
    with MapClient(postward.forwarder_socket) as client:
        kept = client.ask("srs-forward", sender)
    assert kept.startswith("OK ")
    assert postward.cli("srs reverse", kept[3:]).strip() == sender


def test_the_next_host_is_tried(postward, server):
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))
    hosts = f"127.0.0.1:{dead.getsockname()[1]},127.0.0.1:{server.port}"
    postward.change({"store": {"url": f"mariadb://root@{hosts}/postward"}})
    server.ask("CREATE USER root@'127.0.0.1'; "
               "GRANT ALL ON postward.* TO root@'127.0.0.1'")
    assert "ann@remotes.club" in postward.cli("account list")
    dead.close()


def test_a_replica_refuses_nobody(postward, server):
    """Nor does one that may be a replica, for all that its user is told."""
    def log_in_as(user):
        postward.change({"store": {"url": f"mariadb://{user}@127.0.0.1:"
                                   f"{server.port}/postward"}})

    for user in "post", "told":
        server.ask(f"CREATE USER {user}@'127.0.0.1'; "
                   f"GRANT ALL ON postward.* TO {user}@'127.0.0.1'")
    server.ask("GRANT REPLICA MONITOR ON *.* TO told@'127.0.0.1'")
    log_in_as("post")
    postward.start()
    assert answers(postward, "zoe@remotes.club") == ("550", "NOTFOUND")
    unsure = ("451", "TEMP postward at 127.0.0.1")
    server.ask("SET GLOBAL read_only = 1")
    assert answers(postward, "zoe@remotes.club") == unsure
    assert answers(postward, "ann@remotes.club") == (
        "DUNNO", "OK ann@mailbox.example")
    log_in_as("told")
    for program in (postward.policyd, postward.forwarder):
        postward.reload(program)
    assert answers(postward, "zoe@remotes.club") == ("550", "NOTFOUND")
    server.ask("CHANGE MASTER TO master_host = '127.0.0.1', "
               "master_port = 1, master_user = 'nobody'")
    assert answers(postward, "zoe@remotes.club") == unsure
    server.ask("RESET SLAVE ALL")
    assert answers(postward, "zoe@remotes.club") == ("550", "NOTFOUND")


def test_writers_take_turns(postward, server):
    """What another transaction is about to write is seen: no cycle."""
    other = threading.Thread(target=server.ask, args=(
        "USE postward; BEGIN; UPDATE postward_writer SET turn = turn + 1; "
        "INSERT INTO forward (account, target, state, created) VALUES "
        "('bob@remotes.club', 'ann@remotes.club', 'active', 0); "
        "DO SLEEP(2); COMMIT",))
    other.start()
    until("another writer", lambda: server.ask(
        "SELECT COUNT(*) FROM information_schema.processlist "
        "WHERE info LIKE 'DO SLEEP%'") == "1")
    done = postward.run("forward", "add", "ann@remotes.club",
                        "bob@remotes.club", "--confirmed", "-c", postward.file)
    other.join()
    assert done.returncode == 1 and "a cycle" in done.stderr


def test_a_target_is_confirmed_by_its_code(postward, server):
    bob = ("bob@remotes.club", "b@mailbox.example", "-c", postward.file)
    done = postward.run("forward", "add", *bob, "--json", "--print-code")
    code = json.loads(done.stdout)["code"]
    done = postward.run("forward", "confirm", *bob, "00000-00000")
    assert done.returncode == 1 and "wrong code" in done.stderr
    sql = ("USE postward; SELECT state, code_wrong FROM forward "
           "WHERE account LIKE 'bob%'")
    assert server.ask(sql).split() == ["pending", "1"]
    done = postward.run("forward", "confirm", *bob, code)
    assert done.returncode == 0, done.stderr
    assert server.ask(sql).split() == ["active", "0"]


def test_a_migration_found_half_done_is_ended(postward, server):
    server.ask("USE postward; DELETE FROM postward_schema WHERE version > 2")
    postward.cli("store migrate")
    assert "ann@mailbox.example" in postward.cli("forward list")


# ---- the answer to a COMMIT is lost


class Cutter:
    """Stands between client and server.  What happens to the next statements
    with such words, one after the other: it hangs up, and the server has seen
    the statement ("after"), or has not ("before"), or ("silent") does not even
    see that the client is gone; or the server sends the writer back, as
    another one was first: at once ("conflict") or in the place of the first
    row ("conflict in rows")."""

    def __init__(self, server, *plan, words=b"\x03COMMIT"):
        self._server, self._words = server, words
        self.plan, self.met, self.clients = list(plan), 0, 0
        self._sent_back = {}  # of clients that wait for an answer: how
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"mariadb://root@127.0.0.1:{self.port}/postward"

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.clients += 1
            server = socket.create_connection(("127.0.0.1",
                                               self._server.port))
            for copy in (self._ask, self._answer):
                threading.Thread(target=copy, daemon=True,
                                 args=(client, server)).start()

    def _ask(self, client, server):
        try:
            while octets := client.recv(65536):
                how = ""
                if self._words in octets:
                    self.met += 1
                    how = self.plan.pop(0) if self.plan else ""
                if how == "conflict":
                    octets = QUERY_ROLLBACK
                if how.startswith("conflict"):
                    self._sent_back[client] = how
                elif how:
                    client.shutdown(socket.SHUT_RDWR)
                if how == "silent":
                    return
                if how == "before":
                    break
                server.sendall(octets)
            server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _answer(self, client, server):
        try:
            while octets := server.recv(65536):
                how = self._sent_back.pop(client, "")
                if how == "conflict":
                    octets = packet(1, DEADLOCK)
                elif how:
                    octets = with_an_error_for_rows(octets)
                client.sendall(octets)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


QUERY_ROLLBACK = packet(0, b"\x03ROLLBACK")
DEADLOCK = (b"\xff" + struct.pack("<H", 1213)
            + b"#40001Deadlock found when trying to get lock")


def with_an_error_for_rows(answer):
    """The answer up to the end of what it says of columns, and then that."""
    at, number = 0, 0
    while True:
        end = at + 4 + int.from_bytes(answer[at:at + 3], "little")
        number += 1
        if answer[at + 4] == 0xfe and end - at < 13:
            return answer[:end] + packet(number + 1, DEADLOCK)
        at = end


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("words, sql, count", [
    ("account add zoe@remotes.club",
     "SELECT COUNT(*) FROM account WHERE address LIKE 'zoe%'", "1"),
    ("account delete bob@remotes.club",
     "SELECT COUNT(*) FROM account WHERE address LIKE 'bob%'", "0"),
    ("forward add --confirmed bob@remotes.club b@mailbox.example",
     "SELECT COUNT(*) FROM forward WHERE state = 'active' "
     "AND account LIKE 'bob%'", "1"),
    ("forward add bob@remotes.club b@mailbox.example",
     "SELECT COUNT(*) FROM forward WHERE account LIKE 'bob%'", "1"),
    ("forward set --confirmed ann@remotes.club b@mailbox.example c@mailbox.example",
     "SELECT COUNT(*) FROM forward WHERE account LIKE 'ann%'", "2"),
    ("forward remove ann@remotes.club ann@mailbox.example",
     "SELECT COUNT(*) FROM forward WHERE account LIKE 'ann%'", "0"),
])
def test_a_commit_without_an_answer_is_done_once(
        stage, postward, server, how, words, sql, count):
    cut_off(stage, postward, server, how, words)
    assert server.ask(f"USE postward; {sql}") == count


def test_a_silent_writer_is_not_waited_for_all_day(stage, postward, server):
    """Its transaction is ended before others give up waiting for it."""
    cut_off(stage, postward, server, "silent", "account add zoe@remotes.club")
    assert "zoe@remotes.club" in postward.cli("account list")


def cut_off(stage, postward, server, how, words):
    cutter = behind(stage, postward, server, how)
    postward.cli(words)
    assert not cutter.plan


def behind(stage, postward, server, *plan, **more):
    """The store is asked through a Cutter."""
    server.ask("CREATE USER root@'127.0.0.1'; "
               "GRANT ALL ON postward.* TO root@'127.0.0.1'")
    cutter = stage.keep(Cutter(server, *plan, **more))
    postward.change({"store": {"url": cutter.url}})
    return cutter


# ---- other writers


@pytest.mark.parametrize("plan", [
    ["conflict"] * 2, ["conflict"] * 6,
    # Its own row is no other's, however often it is sent back after that.
    ["after", "conflict", "conflict"], ["before", "conflict", "conflict"],
    ["conflict", "after", "conflict"]])
def test_who_is_sent_back_writes_all_the_same(stage, postward, server, plan):
    """Once, however often that takes a try."""
    cutter = behind(stage, postward, server, *plan)
    postward.cli("forward add --confirmed bob@remotes.club b@mailbox.example")
    assert not cutter.plan and cutter.met == len(plan) + 1
    assert server.ask("SELECT COUNT(*) FROM postward.forward WHERE account "
                      "LIKE 'bob%'") == "1"
    assert "bob@remotes.club" in postward.cli("account list")


def test_who_is_sent_back_while_he_reads_goes_on_at_once(
        stage, postward, server):
    """The library would wait for the other rows, until the server ends the
    connection some seconds later."""
    cutter = behind(stage, postward, server, *["conflict in rows"] * 3,
                    words=b"bob@remotes.club")
    postward.cli("forward add --confirmed bob@remotes.club b@mailbox.example")
    assert not cutter.plan and cutter.clients == 1
    assert server.ask("SELECT COUNT(*) FROM postward.forward WHERE account "
                      "LIKE 'bob%'") == "1"


def test_who_is_always_sent_back_is_told_so(stage, postward, server):
    """Not after one try, and not never; nothing is written."""
    cutter = behind(stage, postward, server, *["conflict"] * 1000)
    done = postward.run("account", "add", "zoe@remotes.club",
                        "-c", postward.file)
    assert done.returncode == 75 and "others write too" in done.stderr
    assert cutter.met == 7
    assert "zoe@remotes.club" not in postward.cli("account list")


# ---- connections that were kept


def test_a_kept_connection_that_is_dead_is_not_noticed(
        stage, postward, server):
    """Even when the next one dies, too, nobody is told and nothing logged."""
    postward.change({"": {"forward-cache": "0s", "forward-stale": "0s"}})
    cutter = behind(stage, postward, server, words=b"postward_schema")
    postward.start_forwarder()
    with MapClient(postward.forwarder_socket) as client:
        def target():
            return client.ask("forward", "ann@remotes.club")

        assert target() == "OK ann@mailbox.example"
        cutter.plan = ["before", "before"]

        def is_noticed_by_nobody():  # the version is looked at each second
            assert target() == "OK ann@mailbox.example"
            return not cutter.plan

        until("the end of two connections", is_noticed_by_nobody)
    assert "gone away" not in postward.forwarder.log()
    assert "Lost connection" not in postward.forwarder.log()


def test_the_server_ends_idle_connections(postward, server):
    """As one with a short wait_timeout does: programs that had nothing to ask
    do not notice."""
    server.ask("SET GLOBAL wait_timeout = 1")
    postward.change({"": {"forward-cache": "0s", "forward-stale": "0s"}})
    postward.start()
    assert answers(postward, "ann@remotes.club")[0] == "DUNNO"
    until("no connection", lambda: server.ask(
        "SELECT COUNT(*) FROM information_schema.processlist "
        "WHERE db = 'postward'") == "0")
    assert answers(postward, "ann@remotes.club") == (
        "DUNNO", "OK ann@mailbox.example")
    for program in postward.policyd, postward.forwarder:
        assert "is the server running" not in program.log()


# ---- TLS


def certificate(folder, name):
    """A certificate for that host, which is its own authority."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"], check=True, capture_output=True)
    for path in (folder / "key.pem", folder / "cert.pem"):
        path.chmod(0o644)
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("name, options, ends", [
    ("localhost", "tls=require", 0),
    ("localhost", "tls=verify&ca={ca}", 0),
    ("elsewhere.example", "tls=require", 0),
    ("elsewhere.example", "tls=verify&ca={ca}", 75),
    ("localhost", "tls=verify", 75),
    (None, "tls=require", 75),
])
def test_tls(stage, name, options, ends):
    """Encrypted, or encrypted with whom it should be, or not at all."""
    arguments, cert = ["--skip-ssl"], None
    if name is not None:
        cert, key = certificate(stage.folder, name)
        arguments = [f"--ssl-cert={cert}", f"--ssl-key={key}"]
    server = Mariadb(stage, arguments=arguments).start()
    server.ask("CREATE USER post@'127.0.0.1'"
               + (" REQUIRE SSL" if name else "")
               + "; GRANT ALL ON *.* TO post@'127.0.0.1'")
    it = Postward(stage, stage.folder / "run", "127.0.0.1:53", {"store": {
        "url": f"mariadb://post@localhost:{server.port}/postward?"
               + options.format(ca=cert)}})
    done = it.run("store", "init", "-c", it.file)
    assert done.returncode == ends, done.stderr
