# SPDX-License-Identifier: MIT
"""protocols - what Postfix speaks with our programs, from Postfix's side."""

import socket

from .stage import PATIENCE


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


def ask_policyd(postward, **attributes):
    with PolicyClient(postward.policyd_socket) as client:
        return client.ask(**attributes)


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
                   ).encode(errors="surrogateescape") + b"\n"


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
