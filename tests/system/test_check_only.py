# SPDX-License-Identifier: MIT
"""-t: what it calls right starts, and what does not start it calls wrong, in
the same words."""

import subprocess

import pytest

from harness.postward import build
from harness.stage import PATIENCE

PROGRAMS = ["policyd", "forwarder", "milter", "mailer", "signup"]
LISTENERS = ["policyd", "forwarder", "milter", "signup"]


def places(where, group=""):
    """Settings with which all programs listen there."""
    def of(name):
        return where.replace("NAME", name)
    return {"policyd": {"listen": [of("policyd")], "group": group},
            "forwarder": {"listen": [of("forwarder")], "group": group},
            "milter": {"listen": of("milter"), "group": group},
            "signup": {"listen": of("signup")}}


def tried(postward, program):
    """(status, what it complains about) of -t."""
    done = subprocess.run(
        [build() / f"bin/postward-{program}", "-t", "-c", postward.file],
        text=True, timeout=PATIENCE, capture_output=True, check=False)
    return done.returncode, done.stderr.partition(": ")[2].strip()


def started(stage, postward, program):
    """The status of a start that fails, and what is in its log."""
    running = stage.start(program, build() / f"bin/postward-{program}", "-c",
                          postward.file)
    return running.wait(), running.log()


# (which programs do not start, settings)
WRONG = {
    "no such group": (PROGRAMS[:3], places("unix:{folder}/NAME", "nobodies")),
    "no folder above": (LISTENERS,
                        places("unix:{folder}/no/folder/NAME")),
    "a file for a folder": (LISTENERS,
                            places("unix:{folder}/postward.conf/NAME")),
    "a file for a socket": (LISTENERS,
                            places("unix:{folder}/postward.conf")),
    "another machine's address": (LISTENERS,
                                  places("inet:192.0.2.1:10040")),
    "no secret": (PROGRAMS[:3], {"srs": {"domain": "remotes.club",
                                         "secrets-file": "{folder}"}}),
    "no domain": (["signup"], {"": {"domains": []}}),
}


def filled(settings, folder):
    def fill(value):
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, str):
            return value.replace("{folder}", str(folder))
        return value
    return {section: {key: fill(value) for key, value in keys.items()}
            for section, keys in settings.items()}


@pytest.mark.parametrize("name", WRONG)
def test_finds_what_would_stop_a_start(stage, postward, name):
    programs, settings = WRONG[name]
    postward.change(filled(settings, stage.folder))
    for program in programs:
        status, complaint = tried(postward, program)
        assert status == 1 and complaint, (program, complaint)
        status, log = started(stage, postward, program)
        assert status == 1 and complaint in log, (program, complaint, log)


def test_calls_right_what_starts(postward):
    """Also while it runs: nothing of it is touched."""
    postward.start()
    postward.start_signup()
    for program in PROGRAMS:
        assert tried(postward, program) == (0, ""), program
    assert postward.policyd_socket.exists()
    assert postward.milter_socket.exists()
