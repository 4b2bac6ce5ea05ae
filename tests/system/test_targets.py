# SPDX-License-Identifier: MIT
"""Targets that fail: what is counted, who is paused, told, tried and back."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from harness import smtp
from harness.mariadb import Mariadb
from harness.slapd import ADMIN, BASE, PASSWORD, Slapd, member
from harness.stage import Stage, free_port, until
from harness.web import Visitor
from harness.world import HONEST, World, srs

SAM = "sam@example.org"
ANN, ANNS = "ann@remotes.club", "ann@mailbox.example"
TEAM, CARLS = "team@remotes.club", "carl@mailbox.example"
KIM, KIMS = "kim@remotes.club", "kim@mailbox.example"
DAY = 86400
LATER = "450 4.2.1 "
NEVER = "550 5.1.1 "
FORWARD = "socketmap:unix:postward/forwarder:forward"


def run_sql(world, sql, *values):
    with contextlib.closing(sqlite3.connect(world.postward.database)) as db, db:
        return db.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def club():
    """One world for all that change no more than one account."""
    with Stage() as stage:
        yield World(stage, srs(stage))


def fails(world, target, ago):
    run_sql(world, "UPDATE forward SET failing = ? WHERE target = ?",
            int(time.time()) - ago, target)


# ---- what a target that fails means


def test_mail_goes_to_the_other_targets(club):
    fails(club, ANNS, 0)
    try:
        assert smtp.send(club.postfix.port, HONEST, SAM,
                         [TEAM])[-1].startswith("250")
        until("carl's copy", lambda: any(mail.recipients == [CARLS]
                                         for mail in club.sink.mails))
        assert club.postfix.postmap(TEAM, FORWARD) == (0, CARLS)
    finally:
        club.postward.cli("forward resume", ANN, ANNS)
    assert club.postfix.postmap(TEAM, FORWARD) == (0, f"{CARLS},{ANNS}")


def test_with_none_left_mail_is_put_off_and_then_refused(club):
    fails(club, KIMS, 60)
    said = smtp.rcpt(club.postfix.port, HONEST, SAM, KIM)
    assert said.startswith(LATER), said
    assert club.postfix.postmap(KIM, FORWARD)[0] != 0
    assert "all targets of kim@remotes.club fail" in (
        club.postward.forwarder.log())
    [row] = club.postward.cli_json("forward list", KIM)
    assert row["state"] == "active" and row["failing"] is not None
    assert "fails since" in club.postward.cli("account show", KIM)
    fails(club, KIMS, DAY)
    said = smtp.rcpt(club.postfix.port, HONEST, SAM, KIM)
    assert said.startswith(NEVER) and "No forwarding address" in said
    club.postward.cli("forward resume", KIM, KIMS)
    assert smtp.rcpt(club.postfix.port, HONEST, SAM, KIM).startswith("250")
    [row] = club.postward.cli_json("forward list", KIM)
    assert row["failing"] is None


# ---- what is counted, and what is not

REFUSED = "550 5.1.1 No such user"


def counted(world, account=KIM):
    return run_sql(world, "SELECT target, kind, status, message "
                   "FROM target_failure WHERE account = ? ORDER BY at, message",
                   account)


def forget(world):
    run_sql(world, "DELETE FROM target_failure")
    run_sql(world, "DELETE FROM decision")


@pytest.fixture
def fresh(club):
    """The club, and nothing counted."""
    forget(club)
    club.sink.refused.clear()
    yield club
    until("an empty queue", lambda: not club.postfix.queued())
    club.sink.refused.clear()


def send(world, recipient=KIM, sender=SAM):
    """Its queue id."""
    said = smtp.send(world.postfix.port, HONEST, sender, [recipient])[-1]
    assert said.startswith("250 2.0.0 Ok: queued as "), said
    return said.rsplit(" ", 1)[1]


def return_path(world, queue_id):
    """The SRS address that it left with."""
    def found():
        return re.search(rf"{queue_id}: from=<(SRS0=[^>]*)>",
                         world.postfix.log.read_text())

    until("its line in Postfix' log", found)
    return found()[1]


def bounced(world, queue_id):
    """Waits for the notification to be through."""
    until("its bounce", lambda: re.search(
        rf"{queue_id}: sender non-delivery notification: (\w+)",
        world.postfix.log.read_text()))
    until("an empty queue", lambda: not world.postfix.queued())


@pytest.mark.parametrize("reply, kind, status", [
    (REFUSED, "hard", "5.1.1"),
    ("550 5.7.1 We do not like it", "policy", "5.7.1"),
    ("552 5.2.2 Mailbox full", "soft", "5.2.2"),
    ("554 Go away", "policy", "5.0.0"),
    ("552 5.3.4 Message too big", None, None),
])
def test_a_failure_of_ours_is_counted_once(fresh, reply, kind, status):
    fresh.sink.refused[KIMS] = reply
    queue_id = send(fresh)
    bounced(fresh, queue_id)
    if kind is None:
        assert counted(fresh) == []
    else:
        until("the count", lambda: counted(fresh))
        assert counted(fresh) == [(KIMS, kind, status, queue_id)]


def test_each_account_of_one_message_is_its_own(fresh):
    """team's other target takes it."""
    fresh.sink.refused[ANNS] = REFUSED
    queue_id = send(fresh, TEAM)
    bounced(fresh, queue_id)
    assert counted(fresh, ANN) == [(ANNS, "hard", "5.1.1", queue_id)]
    assert counted(fresh, TEAM) == []


def test_targets_of_a_directory_are_told_of(stage):
    """They have no row in the store to be counted at, or paused."""
    slapd = Slapd(stage, [member("lea", "lea@mailbox.example")]).start()
    secret = stage.folder / "directory.password"
    secret.write_text(PASSWORD + "\n")
    port = free_port()
    world = World(stage, {
        **srs(stage), "": {"sources": ["store", "ldap"],
                           "forward-cache": "1h"},
        "metrics": {"listen": f"127.0.0.1:{port}"},
        "ldap": {"url": [slapd.url], "base": f"ou=people,{BASE}",
                 "start-tls": False, "bind": ADMIN,
                 "password-file": str(secret)}})
    world.sink.refused["lea@mailbox.example"] = REFUSED
    queue_id = send(world, "lea@remotes.club")
    bounced(world, queue_id)
    milter = world.postward.milter
    until("the line", lambda: "failed=<lea@mailbox.example>" in milter.log())
    [line] = [line for line in milter.log().splitlines()
              if "failed=<lea@mailbox.example>" in line]
    assert "account=<lea@remotes.club> kind=hard status=5.1.1" in line
    assert f"message={queue_id} forward=elsewhere" in line
    with urllib.request.urlopen(
            f"http://127.0.0.1:{port + 1}/metrics") as answer:
        page = answer.read().decode()
    for name, n in ("postward_target_failures_elsewhere_total", 1), (
            "postward_target_failures_total", 0):
        assert f'{name}{{kind="hard"}} {n}\n' in page
    assert counted(world, "lea@remotes.club") == []


def report(queue_id, final=KIMS, original=KIM, status="5.1.1", action="failed",
           message_id="<1@example.org>", more=""):
    """A notification as Postfix writes it; or as a forger does."""
    original = f"Original-Recipient: rfc822;{original}\n" if original else ""
    queue_id = f"X-Postfix-Queue-ID: {queue_id}\n" if queue_id else ""
    return f"""\
From: MAILER-DAEMON@mx.remotes.club (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/1"

--b/1
Content-Type: text/plain

It could not be delivered.
{more}
--b/1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.remotes.club
{queue_id}
Final-Recipient: rfc822; {final}
{original}Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b/1
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: x

x
--b/1--
"""


def from_outside(world, recipient, text):
    return smtp.send(world.postfix.port, HONEST, "", [recipient], text)[-1]


def delivered(world, recipient=KIM):
    """A message that arrived, and where its bounces would come."""
    queue_id = send(world, recipient)
    until("it has left", lambda: not world.postfix.queued())
    return queue_id, return_path(world, queue_id)


def test_another_host_counts_for_less(fresh):
    """Once for each message, and never as our own."""
    queue_id, to = delivered(fresh)
    for _ in range(2):
        assert from_outside(fresh, to, report(queue_id)).startswith("250")
    assert from_outside(fresh, to, report(
        None, original=None, more="", message_id="<2@x>").replace(
            "Subject: x", f"Delivered-To: {KIM}")).startswith("250")
    assert counted(fresh) == [
        (KIMS, "remote", "5.1.1", "remote <1@example.org>"),
        (KIMS, "remote", "5.1.1", "remote <2@x>")]


@pytest.mark.parametrize("change", [
    {"final": ANNS},                      # a target of another account
    {"final": ANNS, "original": TEAM, "queue_id": "X"},
    {"final": "x@elsewhere.example"},
    {"action": "delayed"}, {"status": "2.0.0"},
    {"final": "\x00\x01"}, {"final": "a" * 5000}, {"final": ""},
    {"original": "nobody@remotes.club"},
    {"more": "x" * 900 + "\n" + "line\n" * 250_000},  # more than is read
])
def test_a_forger_from_outside_counts_for_nothing(fresh, change):
    """About ann's target he can count only what leads to a probe."""
    queue_id, to = delivered(fresh)
    said = from_outside(fresh, to, report(**{"queue_id": queue_id, **change}))
    assert said[0] in "25", said
    rows = run_sql(fresh, "SELECT kind FROM target_failure")
    assert set(rows) <= ({("remote",)} if change.get("original") == TEAM
                         else set())


def test_who_does_not_know_our_addresses_cannot_even_say_it(fresh):
    queue_id, to = delivered(fresh)
    forged = to.replace("SRS0=", "SRS0=x", 1)
    assert from_outside(fresh, forged, report(queue_id))[:1] == "5"
    assert from_outside(fresh, KIM, report(queue_id)).startswith("250")
    assert counted(fresh) == []


def test_a_flood_leaves_few_rows(fresh):
    """What is enough is not written any more."""
    queue_id, to = delivered(fresh)
    with smtp.session(fresh.postfix.port, HONEST) as session:
        for number in range(60):
            session.from_("")
            assert session.to(to).startswith("250")
            said = session.content(report(queue_id,
                                          message_id=f"<{number}@x>"))
            assert said.startswith("250"), said
    assert len(counted(fresh)) == 4 * 10  # of remote-after


# ---- receivers that want less mail at once


def test_the_doctor_slows_a_receiver(fresh):
    """With settings of Postfix, which Postfix takes."""
    folder = fresh.postfix.configuration
    env = {**os.environ, "MAIL_CONFIG": str(folder)}

    def looks():
        done = fresh.postward.run("check", "--json", "--only", "rates", "-c",
                                  fresh.postward.file, env=env)
        [look] = json.loads(done.stdout)
        return look

    assert looks()["state"] == "ok"
    fresh.sink.refused[KIMS] = "421 4.7.28 An unusual rate of mail"
    try:
        for _ in range(5):
            send(fresh)
        until("a warning", lambda: looks()["state"] == "warning", 60)
        look = looks()
        assert "mailbox.example (5)" in look["words"]
        done = subprocess.run(["sh", "-e"], input="\n".join(look["cure"]),
                              text=True, env=env, capture_output=True,
                              check=False)
        assert done.returncode == 0, (look, done.stderr)
    finally:
        fresh.sink.refused.clear()
        subprocess.run(["postqueue", "-c", folder, "-f"], check=True)
    until("the queue to empty", lambda: not fresh.postfix.queued())
    [*_, last] = re.findall(r"relay=.*status=sent",
                            fresh.postfix.log.read_text())
    assert "127.0.0.1" in last  # by the same way as before
    table = subprocess.run(["postconf", "-h", "transport_maps"], env=env,
                           text=True, capture_output=True, check=True).stdout
    assert re.search(r"\{ mailbox\.example = slow:\[127\.0\.0\.1\]:\d+ \}",
                     table)


# ---- paused, told, tried, back

OTHER = "kim@second.example"
DIGEST = "ann@mailbox.example"  # postmaster's
SOON = {"targets": {"pause-after": "2 in 3d", "policy-after": "2 in 3d",
                    "remote-after": "2 in 3d"}}
TIMES = [("target_failure", "at"), ("forward", "failing"),
         ("target_health", "since"), ("target_health", "probed"),
         ("target_health", "told"), ("target_health", "next_try"),
         ("outbox", "sent"), ("decision", "at")]


class Hosts:
    """One or two mail exchangers, one store."""

    def __init__(self, worlds, run):
        self.worlds, self.run = worlds, run
        for world in worlds:
            world.open_the_door()
        self.cli("forward add --confirmed", KIM, OTHER)

    def cli(self, words, *argv):
        return self.worlds[0].postward.cli(words, *argv)

    def refuse(self, reply):
        for world in self.worlds:
            world.sink.refused = {KIMS: reply} if reply else {}

    def days_pass(self, days):
        """As if all that is written had been written earlier."""
        for table, column in TIMES:
            self.run(f"UPDATE {table} SET {column} = "
                     f"{column} - {int(days * DAY)} WHERE {column} > 0")

    def mails(self, recipient, subject):
        return [mail for world in self.worlds for mail in world.sink.mails
                if mail.recipients == [recipient]
                and subject in mail.field("Subject")]

    def state(self):
        rows = self.run("SELECT state FROM target_health WHERE "
                        f"account = '{KIM}' AND target = '{KIMS}'")
        return rows[0][0] if rows else None

    def outbox(self, template):
        return [state for (state,) in self.run(
            f"SELECT state FROM outbox WHERE template = '{template}' "
            "ORDER BY created, id")]

    def wait(self, what, state):
        until(what, lambda: self.state() == state)

    def send_one_each(self):
        """At least two."""
        for world in [*self.worlds, self.worlds[0]][:2]:
            bounced(world, send(world))


def mariadb_hosts(stages):
    server = Mariadb(stages[0]).start()
    store = {"store": {"url": server.url()}}

    def run(sql):
        said = server.ask(f"USE postward; {sql}")
        return [tuple(line.split("\t")) for line in said.splitlines()]

    first = World(stages[0], {**srs(stages[0]), **store, **SOON})
    second = World(stages[1], {**srs(stages[1]), **store, **SOON},
                   nsd=first.nsd, made=True)
    return Hosts([first, second], run)


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def hosts(request):
    with Stage() as one, Stage() as two:
        if request.param == "mariadb":
            yield mariadb_hosts([one, two])
            return
        world = World(one, {**srs(one), **SOON})
        yield Hosts([world], lambda sql: run_sql(world, sql))


def test_a_target_dies_and_comes_back(hosts):
    hosts.refuse(REFUSED)
    hosts.send_one_each()
    hosts.wait("the pause", "paused")
    until("the owner's mail", lambda: hosts.mails(OTHER, "does not take"))
    [told] = hosts.mails(OTHER, "does not take")
    assert KIMS in str(told) and "there is no such mailbox, 5.1.1" in str(told)
    for world in hosts.worlds:
        send(world)
        until("its other copy", lambda world=world: any(
            mail.recipients == [OTHER] and mail.sender.startswith("SRS0")
            for mail in world.sink.mails))
    assert hosts.outbox("target-probe") == []
    # It is tried the next day, in vain, and the administrator is told.
    hosts.days_pass(1)
    until("the probe's bounce",
          lambda: hosts.outbox("target-probe") == ["bounced"])
    for world in hosts.worlds:
        world.postward.mailer.kill()
        world.postward.start_mailer(f"mailer{time.monotonic_ns()}")
    until("the digest", lambda: hosts.mails(DIGEST, "Targets that do not"))
    [digest] = hosts.mails(DIGEST, "Targets that do not")
    assert f"    {KIM} -> {KIMS}\r\n" in str(digest)
    hosts.days_pass(0.5)
    assert hosts.state() == "paused"
    # It works again, and the day after that is seen.
    hosts.refuse(None)
    hosts.days_pass(0.5)
    until("the probe", lambda: hosts.mails(KIMS, "reach you again"))
    until("that it was sent",
          lambda: hosts.outbox("target-probe") == ["bounced", "sent"])
    hosts.days_pass(4 / 24)
    hosts.wait("the end of the pause", "well")
    for world in hosts.worlds:
        before = len(world.sink.mails)
        send(world)
        until("its copy", lambda world=world, before=before: any(
            KIMS in mail.recipients for mail in world.sink.mails[before:]))
    # Two mailers, one mail of each kind.
    assert hosts.outbox("target-probe") == ["bounced", "sent"]
    assert hosts.outbox("target-paused") == ["sent"]
    assert hosts.outbox("targets-digest") == ["sent"]


def type_code(world, code, on_page):
    if not on_page:
        assert "forward active" in world.postward.cli(
            "forward confirm", KIM, KIMS, code)
        return
    with Visitor(world.postward.signup_place) as visitor:
        done = visitor.follow(visitor.send(
            visitor.get("/confirm"), address=KIM, target=KIMS, code=code))
    assert done.page.heading == "Your new mailbox is confirmed"


def test_the_code_brings_it_back(hosts):
    hosts.refuse(REFUSED)
    hosts.send_one_each()
    hosts.wait("the pause", "paused")
    hosts.refuse(None)
    before = {id(mail) for mail in hosts.mails(KIMS, "reach you again")}

    def probes():
        # Of either host: which mailer sends it is open.
        return [mail for mail in hosts.mails(KIMS, "reach you again")
                if id(mail) not in before]

    hosts.days_pass(1)
    until("the probe", probes)
    [mail] = probes()
    code = re.search(r"\b([0-9A-Z]{5}-[0-9A-Z]{5})\b", str(mail))[1]
    until("that it was sent",
          lambda: hosts.outbox("target-probe")[-1] == "sent")
    world = hosts.worlds[-1]
    done = world.postward.run("forward", "confirm", "-c", world.postward.file,
                              KIM, KIMS, "00000-00000")
    assert done.returncode == 1 and "wrong code" in done.stderr
    assert hosts.state() == "paused"
    type_code(world, code, on_page=len(hosts.worlds) > 1)
    assert hosts.state() is None
    before = len(world.sink.mails)
    send(world)
    until("its copy", lambda: any(KIMS in mail.recipients
                                  for mail in world.sink.mails[before:]))


# ---- who forges what this machine says


def settled(hosts):
    """A round of the mailer that has seen all that was counted before: ann's
    target comes first."""
    world = hosts.worlds[0]
    world.sink.refused[ANNS] = REFUSED
    for _ in range(2):
        bounced(world, send(world, ANN))
    until("the pause of another target", lambda: hosts.run(
        f"SELECT state FROM target_health WHERE account = '{ANN}'"))
    del world.sink.refused[ANNS]
    world.postward.cli("forward resume", ANN, ANNS)


def forge(hosts, to, *texts):
    """By sendmail(1), whose mail comes without a client like Postfix' own."""
    world = hosts.worlds[0]

    def arrived():
        # Mail of our own may come meanwhile.
        return sum(mail.recipients == [SAM] for mail in world.sink.mails)

    before = arrived()
    for text in texts:
        world.postfix.sendmail("<>", to, text)
    until("all of them arrived", lambda: arrived() == before + len(texts))


def test_a_forger_with_a_shell_pauses_nobody(hosts):
    """Unless he knows of as many messages all that their target knows."""
    world = hosts.worlds[0]
    world.sink.refused.clear()
    one, to = delivered(world)
    of_ann, _ = delivered(world, ANN)
    # Until then nobody knows whose mail they were.
    until("the decisions about both", lambda: len(hosts.run(
        "SELECT DISTINCT queue_id FROM decision "
        f"WHERE queue_id IN ('{one}', '{of_ann}')")) == 2)
    hosts.run("DELETE FROM target_failure")
    forged = to.replace("SRS0=", "SRS0=x", 1)
    assert from_outside(world, forged, report(one))[:1] == "5"
    texts = [
        *(report(f"4FAKE{n}") for n in range(5)),     # no such messages
        *(report(of_ann, message_id=f"<{n}@x>") for n in range(3)),
        report(None), report("x" * 5000), report("4\x01\xff"),
        *(report(one) for _ in range(5)),             # one, replayed
        report(one, final=ANNS, original=ANN),        # another's target
        report(one, action="delayed"), "Subject: x\n\nAction: failed\n",
    ]
    forge(hosts, to, *texts)
    settled(hosts)
    assert hosts.state() in (None, "well")
    rows = [row for row in hosts.run(
        "SELECT account, target, message FROM target_failure")
        if not row[2].startswith("4FAKE")]
    assert rows == [(KIM, KIMS, one)]


def test_a_forger_from_outside_costs_one_probe_a_day(hosts):
    """And the probe, which arrives, clears the target."""
    world = hosts.worlds[0]
    hosts.run("DELETE FROM target_failure")
    before = len(hosts.outbox("target-probe"))
    queue_id, to = delivered(world)
    for number in range(5):
        assert from_outside(world, to, report(
            queue_id, message_id=f"<{number}@y>")).startswith("250")
    hosts.wait("the suspicion", "suspected")
    until("the probe",
          lambda: hosts.outbox("target-probe")[before:] == ["sent"])
    for number in range(5):
        from_outside(world, to, report(queue_id, message_id=f"<{number}@z>"))
    # He does not know the address of the probe, and so cannot say it failed.
    assert smtp.rcpt(world.postfix.port, HONEST, "",
                     f"bounce+{'0' * 26}@remotes.club").startswith("550")
    settled(hosts)
    assert hosts.state() == "suspected"
    assert len(hosts.outbox("target-probe")) == before + 1
    hosts.days_pass(4 / 24)
    hosts.wait("the end of the suspicion", "well")
    assert smtp.rcpt(world.postfix.port, HONEST, SAM, KIM).startswith("250")
