# SPDX-License-Identifier: MIT
"""-t: what it calls right starts, and what does not start it calls wrong, in
the same words.  It lists what the configuration includes."""

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


# ---- included files


@pytest.fixture(name="conf_d")
def conf_d_fixture(stage, postward):
    postward.change({"": {"include": ["conf.d/*.conf"]}})
    folder = stage.folder / "conf.d"
    folder.mkdir()
    return folder


def test_lists_what_is_included_and_what_is_not(postward, conf_d):
    for name in "b.conf", "a.conf", "a.conf~", "a.conf.dpkg-old", ".#a.conf":
        (conf_d / name).write_text("log { level = \"warn\" }\n")
    done = subprocess.run(
        [build() / "bin/postward-mailer", "-t", "-c", postward.file],
        text=True, timeout=PATIENCE, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{conf_d}/a.conf: included", f"{conf_d}/b.conf: included",
        *[f"{conf_d}/{name}: not read: no pattern of include has it"
          for name in (".#a.conf", "a.conf.dpkg-old", "a.conf~")],
        f"{postward.file}: the configuration is right"]


# (what a file says, what is wrong with it, behind its name)
WRONG_FILES = {
    "a name": ("\nsrs {\n\tdomian = \"x.test\"\n}\n",
               ':3: unknown key "domian" in srs; did you mean "domain"?'),
    "a value": ("policyd { deadline = 1h }\n",
                ':1: policyd.deadline = "1h": expected a length of time from '
                '1s to 5m'),
    "what fits no other": ("\n\nsrs { hash-length-min = 6 }\n",
                           ":3: srs.hash-length-min: expected at most "
                           "hash-length"),
    "a list": ('dnsbl "a b" { mode = shadow }\n', ':1: dnsbl "a b": expected '),
    "no domain left": ("domains = {}", ":1: domains: expected at least one"),
    "further files": ('include = "x"\n', ':1: include = "x": a file that is '
                      "included cannot include others"),
    "half a file": ("# half", ": its last line has no end"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_tells_which_included_file_is_wrong(stage, postward, conf_d, name):
    text, complaint = WRONG_FILES[name]
    (conf_d / "a.conf").write_text("")
    (conf_d / "b.conf").write_text(text)
    status, told = tried(postward, "policyd")
    assert status == 1
    assert told.startswith(f"{conf_d}/b.conf{complaint}")
    status, log = started(stage, postward, "policyd")
    assert status == 1 and told in log
