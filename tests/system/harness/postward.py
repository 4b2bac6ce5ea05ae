# SPDX-License-Identifier: MIT
"""postward - the programs under test, with a configuration of their own."""

import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess

from .stage import PATIENCE, free_port, until, without

ROOT = pathlib.Path(__file__).resolve().parents[3]
STORES = {}  # of Postward.make_store


def build():
    return pathlib.Path(os.environ.get("POSTWARD_BUILD", ROOT / "build/dev"))


def render(settings):
    """The configuration file that says {section: {key: value}}; the section
    of the top is ""; that of a list is 'dnsbl "bl.test"'."""
    lines = []
    for section, keys in settings.items():
        indent = "\t" if section else ""
        lines += [f"{section} {{"] if section else []
        lines += [f"{indent}{key} = {written(value)}"
                  for key, value in keys.items()]
        lines += ["}"] if section else []
    return "\n".join(lines) + "\n"


def written(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "{ " + ", ".join(map(written, value)) + " }"
    return str(value) if isinstance(value, int) else f'"{value}"'


def merged(base, changes):
    result = {section: dict(keys) for section, keys in base.items()}
    for section, keys in changes.items():
        result.setdefault(section, {}).update(keys)
    return result


class Postward:
    """sockets: the folder they are made in; settings: on top of the ones
    that every test needs; programs: another build's folder than the one under
    test."""

    def __init__(self, stage, sockets, resolver, settings=None, programs=None):
        self._stage = stage
        self._programs = programs or build()
        self.policyd_socket = sockets / "policyd"
        self.forwarder_socket = sockets / "forwarder"
        self.milter_socket = sockets / "milter"
        self.database = stage.folder / "store/postward.db"
        self.file = stage.folder / "postward.conf"
        self.signup_place = ("127.0.0.1", free_port())
        self.policyd = self.forwarder = self.milter = None
        self.mailer = self.signup = None
        self.prefix = []  # what the programs are started with
        self.mail_config = None  # of the Postfix that the milter asks
        self._settings = {
            "": {"hostname": "mx.remotes.club",
                 "domains": ["remotes.club", "guild.club"],
                 # Tests want to see what they have changed.
                 "forward-cache": "0s", "forward-stale": "0s"},
            "log": {"to": "stderr"},
            "resolver": {"servers": [resolver], "timeout": "5s"},
            "store": {"url": f"sqlite:{self.database}"},
            # So that "nothing against it" is DUNNO, but where it matters.
            "spf": {"header": False},
            "policyd": {"listen": [f"unix:{self.policyd_socket}"],
                        "group": ""},
            "forwarder": {"listen": [f"unix:{self.forwarder_socket}"],
                          "group": ""},
            "milter": {"listen": f"unix:{self.milter_socket}", "group": ""},
            # Not this machine's own.
            "dkim": {"keys": str(stage.folder / "dkim")},
            "mailer": {"templates": str(stage.folder / "templates")},
            # Tests are their own proxy: they choose who the client is.
            "signup": {"proxies": ["127.0.0.1"]},
        }
        self.change(settings or {})

    def change(self, settings):
        """Writes the file anew; nobody reads it before they are told to."""
        self._settings = merged(self._settings, settings)
        self.file.write_text(render(self._settings))

    def leave_out(self, section):
        """The programs of another build may not know it."""
        del self._settings[section]
        self.change({})

    def make_store(self, forwards):
        """forwards: {account: [target]}.  What was made once is copied: the
        commands take a while, and most tests want the same accounts.  A
        server's store is always made."""
        key = json.dumps(forwards)
        is_file = self._settings["store"]["url"].startswith("sqlite:")
        if is_file and key in STORES:
            self.database.parent.mkdir()
            self.database.write_bytes(STORES[key])
            return
        self.cli("store init")
        for account, targets in forwards.items():
            self.cli("account add", account)
            for target in targets:
                self.cli("forward add --confirmed", account, target)
        if is_file:
            STORES[key] = self.database.read_bytes()

    def make_store_read_only(self):
        for file in self.database.parent.iterdir():
            file.chmod(0o444)
        self.database.parent.chmod(0o555)
        # Who may write anything must not, to be told so.
        self.prefix = without("dac_override")

    def start_policyd(self):
        self.policyd = self._start("policyd", self.policyd_socket)

    def start_forwarder(self):
        self.forwarder = self._start("forwarder", self.forwarder_socket)

    def start_milter(self):
        before = [] if self.mail_config is None else [
            "env", f"MAIL_CONFIG={self.mail_config}"]
        self.milter = self._start("milter", self.milter_socket, before=before)

    def start_mailer(self, name="mailer"):
        """Waits at no socket; a second one beside it has another name."""
        self.mailer = self._start("mailer", None, name)
        return self.mailer

    def start_signup(self):
        """Only now does the file say where: `postward check` looks there."""
        if "listen" not in self._settings["signup"]:
            self.change({"signup": {"listen": "%s:%d" % self.signup_place}})
        self.signup = self._start("signup", self.signup_place)

    def start_another(self, name, place):
        """One more of it, which listens where the file says by now."""
        return self._start(name, place, known_as=f"another-{name}")

    def start(self):
        self.start_policyd()
        self.start_forwarder()
        self.start_milter()

    def _start(self, name, place, known_as=None, before=()):
        program = self._stage.start(
            known_as or name, *before, *self.prefix,
            self._programs / f"bin/postward-{name}", "-c",
            self.file)
        until(f"{name}'s start", lambda: program.status is not None
              or "started" in program.log()
              and (place is None or answers(place)))
        if program.status is not None:
            raise OSError(f"{name} has not started: {program.log()}")
        return program

    @staticmethod
    def reload(program, line="configuration read again"):
        """SIGHUP, and waits for `line` in the log, once more than before."""
        before = program.log().count(line)
        program.signal(signal.SIGHUP)
        until(f'"{line}" in the log of {program.name}',
              lambda: program.log().count(line) > before)

    @staticmethod
    def says(program, *words, since=0):
        """Waits for one word after the other in the log, and returns it: a
        line may come a little after the answer that it is about."""
        for word in words:
            until(f'"{word}" in the log of {program.name}',
                  lambda word=word: word in program.log()[since:])
        return program.log()[since:]

    def lines_about(self, program, conversation):
        """What the program logs while conversation() goes on."""
        # What it said before has come, too.
        self.reload(program)
        before = len(program.log())
        conversation()
        until("a line in the log",
              lambda: program.log()[before:].endswith("\n"))
        # What it still has to say comes before what this makes it say.
        self.reload(program)
        return [line for line in program.log()[before:].splitlines()
                if "configuration read again" not in line]

    def run(self, *argv, **more):
        """The administrator's command: a finished process."""
        # Not this machine's own Postfix.
        more.setdefault("env", {**os.environ, "MAIL_CONFIG":
                                str(self._stage.folder / "no-postfix")})
        if "input" not in more:
            more.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            [*self.prefix, self._programs / "bin/postward", *argv], text=True,
            timeout=PATIENCE, capture_output=True, check=False, **more)

    def run_tool(self, tool, *argv):
        """A program of the tests that reads this configuration."""
        return subprocess.run(
            [build() / tool, self.file, *argv], text=True, timeout=PATIENCE,
            capture_output=True, stdin=subprocess.DEVNULL, check=False)

    def cli(self, words, *argv):
        """The same with this configuration, which must succeed."""
        command = [*shlex.split(words), "-c", str(self.file), *argv]
        done = self.run(*command)
        if done.returncode != 0:
            raise AssertionError(f"{shlex.join(map(str, command))}: status "
                                 f"{done.returncode}: {done.stderr}")
        return done.stdout

    def cli_json(self, words, *argv):
        return json.loads(self.cli(words, *argv, "--json"))


def answers(place):
    """place: the path of a unix socket, or address and port."""
    inet = isinstance(place, tuple)
    with socket.socket(socket.AF_INET if inet else socket.AF_UNIX) as client:
        try:
            client.connect(place if inet else str(place))
        except OSError:
            return False
        return True
