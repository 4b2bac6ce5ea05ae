# SPDX-License-Identifier: MIT
"""What systemd is told (sd_notify(3)) in a program's life, read at a socket of
the test in systemd's place."""

import pathlib
import signal

import pytest

from harness.postward import answers, build
from harness.protocols import PolicyClient, ask_policyd, policy_request
from harness.stage import until
from harness.systemd import Systemd

PROGRAMS = ["policyd", "forwarder", "milter", "mailer", "signup"]


@pytest.fixture
def systemd(stage, postward):
    it = stage.keep(Systemd(stage.folder))
    postward.prefix = it.environment()
    return it


def started(postward, name):
    getattr(postward, f"start_{name}")()
    return getattr(postward, name)


PLACES = {"policyd": "policyd_socket", "forwarder": "forwarder_socket",
          "milter": "milter_socket", "signup": "signup_place"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_life_is_told(stage, postward, systemd, name):
    postward.cli("store init")
    if name == "signup":
        postward.change({"signup": {"listen": "%s:%d" % postward.signup_place}})
    # Not by start_NAME, which waits for an answer itself.
    program = stage.start(
        name, *postward.prefix, build() / f"bin/postward-{name}", "-c",
        postward.file)
    said = systemd.hears()
    assert said == {"READY": "1",
                    "STATUS": f"Configuration {postward.file}"}
    if name in PLACES:
        assert answers(getattr(postward, PLACES[name]))
    program.signal(signal.SIGHUP)
    said = systemd.hears()
    assert said["RELOADING"] == "1" and int(said["MONOTONIC_USEC"]) > 0
    assert systemd.hears()["READY"] == "1"
    program.signal(signal.SIGTERM)
    assert systemd.hears()["STOPPING"] == "1"
    assert program.wait() == 0
    assert systemd.told_already() == []


def test_a_refused_configuration_is_shown_and_the_program_lives(
        postward, systemd):
    started(postward, "policyd")
    assert systemd.hears()["READY"] == "1"
    postward.change({"policyd": {"deadline": "soon"}})
    postward.policyd.signal(signal.SIGHUP)
    assert systemd.hears()["RELOADING"] == "1"
    said = systemd.hears()
    assert said["READY"] == "1"
    assert said["STATUS"].startswith(
        f"The old configuration stays: {postward.file}:")
    assert ask_policyd(postward) == "DUNNO"


def test_what_does_not_start_is_never_ready(stage, postward, systemd):
    postward.change({"policyd": {"group": "nobodies"}})
    program = stage.start("policyd", *postward.prefix,
                          build() / "bin/postward-policyd", "-c",
                          postward.file)
    assert program.wait() == 1
    assert not any("READY" in said for said in systemd.told_already())


def test_a_long_stop_is_asked_for(postward, systemd):
    postward.change({"policyd": {"deadline": "3m"}})
    started(postward, "policyd")
    assert systemd.hears()["READY"] == "1"
    postward.policyd.signal(signal.SIGTERM)
    said = systemd.hears()
    assert said["STOPPING"] == "1"
    assert int(said["EXTEND_TIMEOUT_USEC"]) > 180_000_000


def all_stand_still(pid):
    return all(task.read_text().rpartition(")")[2].split()[0] == "T"
               for task in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_watchdog_is_fed_until_the_program_hangs(postward, systemd, name):
    postward.cli("store init")
    postward.prefix = systemd.environment(400)
    program = started(postward, name)
    until("a sign of life",
          lambda: systemd.hears().get("WATCHDOG") == "1")
    program.signal(signal.SIGSTOP)
    until("a standstill", lambda: all_stand_still(program.pid))
    systemd.told_already()
    assert systemd.hears(2) == {}
    program.signal(signal.SIGCONT)
    until("another one", lambda: systemd.hears().get("WATCHDOG") == "1")


def test_who_waits_for_dns_and_a_store_is_no_hang(postward, systemd, faults):
    """All workers have a request that waits, and more than one."""
    faults["example.org"] = "TIMEOUT"
    postward.policyd.stop()
    postward.prefix = systemd.environment(400)
    started(postward, "policyd")
    clients = [PolicyClient(postward.policyd_socket) for _ in range(20)]
    for client in clients:
        client.send(policy_request())
    until("a question", lambda: faults.asked("example.org"))
    systemd.told_already()
    assert systemd.hears()["WATCHDOG"] == "1"
    for client in clients:
        assert client.answer().startswith("451 4.4.3 ")
        client.close()
    assert systemd.hears()["WATCHDOG"] == "1"
