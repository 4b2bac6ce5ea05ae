# SPDX-License-Identifier: MIT
"""conf/provision/unix-account, on a machine of its own (provision_stage.py):
what it makes, what it refuses, and that it may be killed anywhere."""

import contextlib
import json
import pathlib
import subprocess
import sys

import pytest

from harness.postward import ROOT

HERE = pathlib.Path(__file__).parent
SCRIPT = ROOT / "conf/provision/unix-account"
REQUEST = "abcdefghijklmnopqrstuvwxy2"
OTHER = "zyxwvutsrqponmlkjihgfedcb3"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBzZ0kT0 ann@laptop\n"
ANN = {"POSTWARD_USERID": "ann", "POSTWARD_MAILBOX": "ann@mailbox.example",
       "POSTWARD_ADDRESS": "ann@remotes.club", "POSTWARD_REQUEST": REQUEST,
       "PATH": "/usr/bin:/bin"}
# Made by whoever asks, too.
PLACES = ["var/lib/postward-provision", "var/lib/postward-provision/.lock"]
SHARDS = 2  # of the walk, for two processors


class Machine:
    def __init__(self, process):
        self._process = process
        self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        assert line, "the machine has stopped"
        return json.loads(line)

    def _ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def reset(self):
        self._ask({"reset": True})

    def do(self, words):
        done = self._ask({"do": words})
        assert done["status"] == 0, done["text"]

    def run(self, key=KEY, kill=0, **changes):
        environment = {**ANN, **changes}
        return self._ask({"run": {name: value for name, value
                                  in environment.items()
                                  if value is not None},
                          "key": key, "kill": kill})

    def made(self, key=KEY, **changes):
        done = self.run(key, **changes)
        assert (done["status"], done["text"]) == (0, "")
        return self.look()

    def refused(self, words, key=KEY, **changes):
        """One line that holds words, and nothing is changed."""
        before = self.look()
        done = self.run(key, **changes)
        assert done["status"] == 1
        assert done["text"].startswith("unix-account: ")
        assert done["text"].count("\n") == 1
        assert words in done["text"]
        assert self.look() == before

    def look(self):
        seen = self._ask({"look": True})
        for place in PLACES:
            seen.pop(place, None)
        return seen


@pytest.fixture(scope="module")
def one():
    rootly = ROOT / "tools/rootly"
    # Processes too: userdel looks who has the uid.
    unshare = [rootly, "unshare", "--mount", "--pid", "--fork",
               "--kill-child", "--mount-proc"]
    tried = subprocess.run([*unshare, "true"], text=True, check=False,
                           capture_output=True)
    if tried.returncode != 0:
        pytest.skip(f"no namespaces here: {tried.stderr.strip()}")
    with subprocess.Popen(
            [*unshare, sys.executable, HERE / "provision_stage.py", SCRIPT],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Machine(process)
        process.stdin.close()


@pytest.fixture
def machine(one):
    one.reset()
    return one


def line_of(seen, file, user="ann"):
    """adduser(8) of Debian 12 leaves commas for a name that nobody gave, that of
    Debian 13 nothing."""
    for line in seen[file].splitlines():
        if line.startswith(f"{user}:"):
            return line.replace(":,,,:", "::").split(":")
    return None


def test_makes_the_account(machine):
    seen = machine.made()
    assert line_of(seen, "passwd") == [
        "ann", "x", "1000", "1000", "", "/home/ann", "/bin/bash"]
    assert line_of(seen, "shadow")[1] in ("!", "*")  # no password fits
    assert line_of(seen, "group")[2] == "1000"
    assert seen["home/ann"][:3] == ["0o40711", 1000, 1000]
    assert seen["home/ann/.forward"] == [
        "0o100644", 1000, 1000, "ann@mailbox.example\n"]
    assert seen["home/ann/.ssh"][:3] == ["0o40700", 1000, 1000]
    assert seen["home/ann/.ssh/authorized_keys"] == [
        "0o100600", 1000, 1000, KEY]
    assert seen["home/ann/logs"][:3] == ["0o40750", 1000, 1000]
    assert "home/ann/.bashrc" in seen


def test_does_no_harm_when_run_again(machine):
    machine.made()
    machine.do("printf 'ann@new.example\\n' >/home/ann/.forward;"
               "rm -r /home/ann/logs; usermod -s /bin/sh ann")
    before = machine.look()
    assert machine.made() == before


def test_without_a_key(machine):
    seen = machine.made(key="")
    assert seen["home/ann/.ssh"][0] == "0o40700"
    assert "home/ann/.ssh/authorized_keys" not in seen


def test_the_shell_of_adduser_conf(machine):
    machine.do("cp /etc/adduser.conf /etc/adduser.conf.was;"
               "echo 'DSHELL=/bin/sh' >>/etc/adduser.conf")
    seen = machine.made()
    machine.do("mv /etc/adduser.conf.was /etc/adduser.conf")
    assert line_of(seen, "passwd")[6] == "/bin/sh"


@pytest.mark.parametrize("words, before", [
    ("there is a user ann already", "useradd -M ann"),
    ("there is a group ann already", "groupadd ann"),
    ("/home/ann is there already", "mkdir /home/ann"),
    ("/home/ann is there already", "ln -s /nowhere /home/ann"),
    ("system account", "useradd -r -M ann"),
])
def test_leaves_alone_what_others_have_made(machine, words, before):
    machine.do(before)
    machine.refused(words)


def test_leaves_alone_another_requests_account(machine):
    machine.made()
    machine.refused("there is a user ann already", POSTWARD_REQUEST=OTHER)


def test_leaves_alone_what_came_in_its_place(machine):
    machine.made()
    machine.do("userdel ann")
    machine.refused("somebody has removed it")
    machine.do("useradd -M -u 1234 ann")
    machine.refused("somebody else's by now")


def test_leaves_alone_who_came_while_it_was_killed(machine):
    machine.do("mkdir -m 0700 /var/lib/postward-provision;"
               f"echo '{REQUEST} begun' >/var/lib/postward-provision/ann;"
               "useradd -M ann")
    machine.refused("whom somebody else has made")


def test_removes_a_home_that_was_begun(machine):
    undisturbed = machine.made()
    machine.reset()
    machine.do("mkdir -m 0700 /var/lib/postward-provision;"
               f"echo '{REQUEST} begun' >/var/lib/postward-provision/ann;"
               "mkdir /home/ann; touch /home/ann/half")
    assert machine.made() == undisturbed


def test_makes_it_for_another_request_once_the_first_is_gone(machine):
    machine.made()
    machine.do("userdel --remove ann 2>/dev/null")
    seen = machine.made(POSTWARD_REQUEST=OTHER,
                        POSTWARD_MAILBOX="bob@mailbox.example")
    assert seen["home/ann/.forward"][3] == "bob@mailbox.example\n"


def test_writes_through_no_link_of_skel(machine):
    machine.do("echo secret >/var/lib/secret; mkdir /var/lib/secrets;"
               "ln -s /var/lib/secret /etc/skel/.forward;"
               "ln -s /var/lib/secrets /etc/skel/.ssh")
    with contextlib.suppress(AssertionError):
        machine.made()
    machine.do("rm /etc/skel/.forward /etc/skel/.ssh")
    seen = machine.look()
    assert seen["var/lib/secret"] == ["0o100644", 0, 0, "secret\n"]
    assert "var/lib/secrets/authorized_keys" not in seen


@pytest.mark.parametrize("name, value", [
    ("USERID", None), ("USERID", ""), ("USERID", "Ann"), ("USERID", "1ann"),
    ("USERID", "an-n"), ("USERID", "ann\nbob"), ("USERID", "../ann"),
    ("USERID", "ann:x"), ("USERID", "änn"), ("USERID", "a" * 32),
    ("USERID", "-r"), ("USERID", "$(id)"), ("USERID", "root"),
    ("USERID", "daemon"), ("USERID", "nobody"),
    ("REQUEST", None), ("REQUEST", ""), ("REQUEST", "a" * 25),
    ("REQUEST", "../" + "a" * 23), ("REQUEST", "a" * 25 + "\n"),
    ("REQUEST", "A" * 26),
    ("MAILBOX", None), ("MAILBOX", ""), ("MAILBOX", "ann"),
    ("MAILBOX", "@mailbox.example"), ("MAILBOX", "ann@"),
    ("MAILBOX", "|id@mailbox.example"), ("MAILBOX", "/etc/x@mailbox.example"),
    ("MAILBOX", ":include:/x@mailbox.example"), ("MAILBOX", "\\ann@a.example"),
    ("MAILBOX", '"|id"@mailbox.example'), ("MAILBOX", "#a@mailbox.example"),
    ("MAILBOX", "a@b@mailbox.example"), ("MAILBOX", "a@a.example, b@b.example"),
    ("MAILBOX", "a@a.example\nb@b.example"), ("MAILBOX", "a b@a.example"),
    ("MAILBOX", "a@[192.0.2.1]"), ("MAILBOX", "a@a.example/../x"),
    ("MAILBOX", "a@a.example|id"), ("MAILBOX", "a" * 320 + "@a.example"),
    ("MAILBOX", "-a@a.example"),
])
def test_refuses_what_is_no_name(machine, name, value):
    words = "" if value in ("root", "daemon", "nobody") else f"POSTWARD_{name}"
    machine.refused(words, **{f"POSTWARD_{name}": value})


@pytest.mark.parametrize("key", [
    'command="id" ssh-ed25519 AAAA', "ssh-dss AAAA", "nonsense",
    "-----BEGIN OPENSSH PRIVATE KEY-----", "ssh-ed25519",
    "ssh-ed25519 AAAA\nssh-ed25519 BBBB\n", "ssh-ed25519 AAAA\r\n",
    "ssh-ed25519 AAAA \x1b[2J", "ssh-ed25519 " + "A" * 8192,
])
def test_refuses_what_is_no_key(machine, key):
    machine.refused("key", key=key)


@pytest.mark.parametrize("mailbox", ["ann+x@mailbox.example", "o'neil@a.example",
                                     "$HOME@a.example", "änn@a.example",
                                     "%s@a.example"])
def test_takes_the_mailbox_as_it_is(machine, mailbox):
    seen = machine.made(POSTWARD_MAILBOX=mailbox)
    assert seen["home/ann/.forward"][3] == mailbox + "\n"


@pytest.mark.parametrize("shard", range(SHARDS))
def test_may_be_killed_anywhere(machine, shard):
    """After its first command, after its second...: the next run comes to
    the same end, as does one that is killed at the same place again."""
    undisturbed = machine.made()
    kill = 1 + shard
    while True:
        machine.reset()
        if not machine.run(kill=kill)["killed"]:
            break
        machine.run(kill=kill)
        assert machine.made() == undisturbed, f"killed after command {kill}"
        kill += SHARDS
    assert kill > 30  # it has gone through all of them


def test_is_fit_for_any_shell():
    try:
        done = subprocess.run(["shellcheck", SCRIPT], text=True, check=False,
                              capture_output=True)
    except FileNotFoundError:
        pytest.skip("no shellcheck here")
    assert done.stdout == ""
