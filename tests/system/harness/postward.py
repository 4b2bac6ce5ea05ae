# SPDX-License-Identifier: MIT
"""postward - the programs under test, with a configuration of their own, and
clients for the two protocols that Postfix speaks with them."""

import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess

from .stage import PATIENCE, until

STORES = {}  # of Postward.make_store

ROOT = pathlib.Path(__file__).resolve().parents[3]


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
    that every test needs."""

    def __init__(self, stage, sockets, resolver, settings=None):
        self._stage = stage
        self.policyd_socket = sockets / "policyd"
        self.forwarder_socket = sockets / "forwarder"
        self.database = stage.folder / "postward.db"
        self.file = stage.folder / "postward.conf"
        self.policyd = self.forwarder = None
        self._settings = {
            "": {"hostname": "mx.remotes.club",
                 "domains": ["remotes.club", "guild.club"]},
            "log": {"to": "stderr"},
            "resolver": {"servers": [resolver], "timeout": "2s"},
            "store": {"url": f"sqlite:{self.database}"},
            "policyd": {"listen": [f"unix:{self.policyd_socket}"],
                        "group": ""},
            "forwarder": {"listen": [f"unix:{self.forwarder_socket}"],
                          "group": ""},
        }
        self.change(settings or {})

    def change(self, settings):
        """Writes the file anew; nobody reads it before they are told to."""
        self._settings = merged(self._settings, settings)
        self.file.write_text(render(self._settings))

    def make_store(self, forwards):
        """forwards: {account: [target]}.  What was made once is copied: the
        commands take a while, and most tests want the same accounts."""
        key = json.dumps(forwards)
        if key in STORES:
            self.database.write_bytes(STORES[key])
            return
        self.cli("store init")
        for account, targets in forwards.items():
            self.cli("account add", account)
            for target in targets:
                self.cli("forward add", account, target)
        STORES[key] = self.database.read_bytes()

    def start_policyd(self):
        self.policyd = self._start("policyd", self.policyd_socket)

    def start_forwarder(self):
        self.forwarder = self._start("forwarder", self.forwarder_socket)

    def start(self):
        self.start_policyd()
        self.start_forwarder()

    def _start(self, name, path):
        program = self._stage.start(name, build() / f"bin/postward-{name}",
                                    "-c", self.file)
        until(f"{name}'s start", lambda: program.status is not None
              or "started" in program.log() and answers(path))
        if program.status is not None:
            raise OSError(f"{name} has not started: {program.log()}")
        return program

    def reload(self, program, line):
        """SIGHUP, and waits for `line` in the log, once more than before."""
        before = program.log().count(line)
        program.signal(signal.SIGHUP)
        until(f'"{line}" in the log of {program.name}',
              lambda: program.log().count(line) > before)

    def run(self, *argv, **more):
        """The administrator's command: a finished process."""
        return subprocess.run(
            [build() / "bin/postward", *argv], text=True, timeout=PATIENCE,
            capture_output=True, stdin=subprocess.DEVNULL, check=False, **more)

    def cli(self, words, *argv):
        """The same with this configuration, which must succeed."""
        command = [*shlex.split(words), "-c", str(self.file), *argv]
        done = self.run(*command)
        if done.returncode != 0:
            raise AssertionError(f"{shlex.join(command)}: status "
                                 f"{done.returncode}: {done.stderr}")
        return done.stdout

    def cli_json(self, words, *argv):
        return json.loads(self.cli(words, "--json", *argv))


def answers(path):
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


class Client:
    """A connection to a unix socket, to say anything on it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self._in = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self._in.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def read(self, n):
        return self._in.read(n)

    def read_line(self):
        return self._in.readline()

    def rest(self):
        """What still comes until the other side closes."""
        try:
            return self._in.read()
        except ConnectionResetError:
            return b""


class PolicyClient(Client):
    """Postfix's policy delegation protocol, SMTPD_POLICY_README."""

    def ask(self, **attributes):
        """The action that is answered to a request at RCPT."""
        self.send(policy_request(**attributes))
        return self.answer()

    def answer(self):
        line = self.read_line().decode()
        empty = self.read_line()
        if not line.startswith("action=") or empty != b"\n":
            raise ConnectionError(f"no answer: {line!r}, {empty!r}")
        return line[len("action="):].rstrip("\n")


def policy_request(**attributes):
    everything = {
        "request": "smtpd_access_policy",
        "protocol_state": "RCPT",
        "protocol_name": "ESMTP",
        "client_address": "192.0.2.10",
        "client_name": "mail.example.org",
        "reverse_client_name": "mail.example.org",
        "helo_name": "mail.example.org",
        "sender": "sam@example.org",
        "recipient": "ann@remotes.club",
        "recipient_count": "0",
        "queue_id": "",
        "instance": "1234.5678.9",
        **attributes,
    }
    return "".join(f"{name}={value}\n" for name, value in everything.items()
                   ).encode() + b"\n"


class MapClient(Client):
    """Postfix's socketmap protocol, socketmap_table(5)."""

    def ask(self, table, key):
        self.send(netstring(f"{table} {key}".encode()))
        return self.answer()

    def answer(self):
        length = bytearray()
        while (octet := self.read(1)) != b":":
            if not octet.isdigit():
                raise ConnectionError(f"no netstring: {bytes(length) + octet}")
            length += octet
        text = self.read(int(length))
        if self.read(1) != b",":
            raise ConnectionError("no comma after a netstring")
        return text.decode()


def netstring(octets):
    return b"%d:%s," % (len(octets), octets)
