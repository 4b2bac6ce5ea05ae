# SPDX-License-Identifier: MIT
"""What is shipped for programs beside us: Fail2Ban's filter, logcheck's rules,
and Caddy's lines for the web form."""

import datetime
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import milter
from harness.members import typed
from harness.milter import MilterClient
from harness.postward import ROOT, answers
from harness.protocols import ask_policyd
from harness.stage import free_port, until
from harness.web import Visitor

FILTER = ROOT / "conf/fail2ban/filter.d/postward.conf"
JAIL = ROOT / "conf/fail2ban/jail.d/postward.conf"
RULES = ROOT / "conf/logcheck/ignore.d.server/postward"
CADDY = ROOT / "conf/caddy/Caddyfile"
FAKE = 'client=x[192.0.2.99]'


def in_syslog(log):
    """Its lines as rsyslog writes them."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return [f"{now} mx {line}" for line in log.splitlines()
            if line.startswith("postward/")]


# ---- Fail2Ban

# (what Postfix says of a client, is the client counted)
ASKED = [
    ({"recipient": "nobody@remotes.club"}, True),
    ({"helo_name": "remotes.club"}, True),
    ({"helo_name": FAKE}, True),
    ({"helo_name": f'a" {FAKE} b="'}, True),
    ({"helo_name": f"x\\\" {FAKE}"}, True),
    # It is told to try again.
    ({"sender": f'"{FAKE}"@nowhere.invalid'}, False),
    ({"recipient": f'"{FAKE} "@remotes.club'}, True),
    ({"recipient": "ann@remotes.club"}, False),
    # Whose record that is, is not the client's fault.
    ({"sender": "bob@hard.example", "client_name": "unknown",
      "reverse_client_name": "unknown"}, False),
]


@pytest.fixture(name="filter_file")
def filter_file_fixture(stage):
    """Beside the files that it includes."""
    if shutil.which("fail2ban-regex") is None:
        pytest.skip("fail2ban is not installed")
    folder = stage.folder / "fail2ban/filter.d"
    folder.mkdir(parents=True)
    for file in pathlib.Path("/etc/fail2ban/filter.d/common.conf"), FILTER:
        shutil.copy(file, folder)
    return folder / FILTER.name


def banned(filter_file, lines):
    log = filter_file.with_name("mail.log")
    log.write_text("\n".join(lines) + "\n")
    done = subprocess.run(["fail2ban-regex", "-o", "ip", log, filter_file],
                          text=True, capture_output=True, check=False)
    return done.stdout.split()


def test_fail2ban_counts_who_was_refused_and_nobody_else(
        postward, filter_file):
    postward.change({"milter": {"enforce": True}})
    postward.start_policyd()
    postward.start_milter()
    wanted = []
    for number, (attributes, is_counted) in enumerate(ASKED, 1):
        address = f"192.0.2.{100 + number}"
        ask_policyd(postward, client_address=address, **attributes)
        wanted += [address] * is_counted
    with MilterClient(postward.milter_socket) as client:
        client.converse(
            milter.negotiation() + milter.connection(b"192.0.2.150", b"[x]")
            + milter.message(b"sam@example.org", [b"nobody@remotes.club"], [
                (b"Subject", b" hello")], helo=FAKE.encode()))
    until("the milter's line", lambda: "192.0.2.150" in postward.milter.log())
    lines = in_syslog(postward.policyd.log() + postward.milter.log())
    assert len(lines) > len(ASKED)
    # A line is written after its answer: those of two connections come in any
    # order.
    assert sorted(banned(filter_file, lines)) == [*wanted, "192.0.2.150"]


def test_the_jail_is_off_and_finds_its_filter():
    jail = JAIL.read_text()
    assert re.search(r"^enabled +=\s+false$", jail, re.M)
    assert f"filter   = {FILTER.stem}\n" in jail


# ---- logcheck


def left_over(lines):
    """What logcheck would mail: it asks egrep with all rules."""
    done = subprocess.run(["grep", "-E", "-v", "-f", RULES], text=True,
                          input="\n".join(lines) + "\n", capture_output=True,
                          check=False)
    assert done.returncode < 2, done.stderr
    return done.stdout.splitlines()


def lived(postward):
    """All programs, some requests, a reload, and an end."""
    postward.cli("store init")
    postward.start()
    postward.start_mailer()
    postward.start_signup()
    ask_policyd(postward, recipient="ann@remotes.club")
    ask_policyd(postward, recipient="nobody@remotes.club", helo_name=FAKE)
    with MilterClient(postward.milter_socket) as client:
        client.converse(
            milter.negotiation() + milter.connection()
            + milter.message(b"sam@example.org", [b"ann@remotes.club"], []))
    with Visitor(postward.signup_place) as visitor:
        visitor.get("/")
    programs = [postward.policyd, postward.forwarder, postward.milter,
                postward.mailer, postward.signup]
    for program in programs:
        postward.reload(program)
    return programs


def test_logcheck_is_silent_about_a_day_and_not_about_trouble(postward):
    programs = lived(postward)
    postward.change({"policyd": {"deadline": "soon"}})
    for program in programs:
        postward.reload(program, "the old configuration stays")
        program.stop()
    lines = [line for program in programs for line in in_syslog(program.log())]
    # Of this stage: it has no secrets of codes, and the store is in /tmp.
    marks = ("]: error: ", "]: warning: ")
    trouble = [line for line in lines if any(mark in line for mark in marks)]
    assert sum("the old configuration stays" in line
               for line in trouble) == len(programs)
    assert left_over(lines) == trouble
    older = [line.replace(line.split()[0], "Nov  9 07:00:00", 1)
             for line in lines]
    assert len(left_over(older)) == len(trouble)


def test_logcheck_is_not_silenced_by_what_a_client_says():
    head = "2026-11-29T01:00:00.123456+00:00 mx "
    for line in (
            "postward/policyd[1]: error: x: queue_id=NOQUEUE action=accept",
            "postward/policyd[1]: warning: started, version 1.0, "
            "configuration /x",
            "other[1]: postward/policyd[1]: queue_id=NOQUEUE",
            "postward/policyd[1]: 3 lines of this log were lost"):
        assert left_over([head + line]) == [head + line]


# ---- Caddy


@pytest.fixture(name="caddy")
def caddy_fixture(stage, postward):
    """In front of the form, at a port of its own instead of a name."""
    if shutil.which("caddy") is None:
        pytest.skip("caddy is not installed")
    postward.start_signup()
    port = free_port()
    text = CADDY.read_text().replace(
        "remotes.club {", f"http://127.0.0.1:{port} {{", 1).replace(
            "127.0.0.1:8080", "%s:%d" % postward.signup_place)
    file = stage.folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n}\n" + text)
    stage.start("caddy", "env", f"HOME={stage.folder}", "caddy", "run",
                "--config", file, "--adapter", "caddyfile")
    until("Caddy", lambda: answers(("127.0.0.1", port)))
    return port


def test_caddy_shows_the_form_and_tells_who_the_client_is(postward, caddy):
    with Visitor(("127.0.0.1", caddy)) as visitor:
        assert visitor.get("/join").status == 301
        assert visitor.get("/join/healthz").status == 200
        page = visitor.get("/join/")
        assert page.status == 200
        # The visitor says in X-Forwarded-For that it is somebody else.
        visitor.send(page, **typed())
    postward.says(postward.signup, "route=join client=127.0.0.1 ")
