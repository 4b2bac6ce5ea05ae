# SPDX-License-Identifier: MIT
"""Our milter beside those that verify: OpenDKIM behind it on one Postfix, and
behind both a milter that tells what it has seen, as OpenDMARC would."""

import socket
import struct
import subprocess
import textwrap
import threading

import dkim
import pytest

from harness import smtp
from harness.milter import ABORT, EOM, HEADER, MACRO, OPTNEG, QUIT, raw, split
from harness.stage import free_port, until
from harness.world import HONEST, World

SAM, ANN = "sam@example.org", "ann@remotes.club"


class Witness:
    """A milter that writes down the fields of each message."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.place = "inet:127.0.0.1:%d" % self._server.getsockname()[1]
        self.messages = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._server.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[client],
                             daemon=True).start()

    def _talk(self, client):
        stream, fields = client.makefile("rb"), []
        while len(head := stream.read(4)) == 4:
            [(letter, data)] = split(
                head + stream.read(struct.unpack(">I", head)[0]))
            if letter == OPTNEG:
                client.sendall(raw(OPTNEG, data[:4] + bytes(8)))
                continue
            if letter == HEADER:
                name, value = data.decode().split("\0")[:2]
                fields.append((name.lower(), " ".join(value.split())))
            if letter == EOM:
                self.messages.append(fields)
                fields = []
            if letter not in (MACRO, ABORT, QUIT):
                client.sendall(raw(b"c"))


def start_opendkim(stage, place, record):
    """With the key that it would find in DNS in a file."""
    (stage.folder / "keys").write_text(f"s1._domainkey.example.org {record}\n")
    (stage.folder / "opendkim.conf").write_text(textwrap.dedent(f"""\
        Mode v
        Socket {place}
        AuthservID mx.remotes.club
        KeepAuthResults yes
        TestPublicKeys {stage.folder}/keys
        Background no
        AutoRestart no
        Syslog no
        """))
    program = stage.start("opendkim", "opendkim", "-f", "-x",
                          stage.folder / "opendkim.conf")
    host, port = place.removeprefix("inet:").split("@")[::-1]
    until("OpenDKIM's start", lambda: program.status is not None
          or answers(host, int(port)))
    assert program.status is None, program.log()


def answers(host, port):
    try:
        socket.create_connection((host, port)).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """(private key in PEM, its DNS record)"""
    file = tmp_path_factory.mktemp("dkim") / "key"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", file, "2048"],
                   check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", file, "-pubout"],
                            check=True, capture_output=True, text=True).stdout
    return file.read_bytes(), "v=DKIM1; p=" + "".join(
        public.splitlines()[1:-1])


TEXT = ("From: Sam <sam@example.org>\r\nTo: ann@remotes.club\r\n"
        "Subject: hello\r\n\r\nHello!\r\n").encode()
FORGED = b"Authentication-Results: mx.remotes.club; dkim=pass header.d=bank.example\r\n"


def test_those_that_verify_stand_behind_ours(stage, key):
    """What they say in our name stays; what a client says goes before any of
    them sees it."""
    witness = stage.keep(Witness())
    port = free_port()
    start_opendkim(stage, f"inet:{port}@127.0.0.1", key[1])
    world = World(stage, postfix=[
        "smtpd_milters = { unix:postward/milter, default_action=tempfail }, "
        f"inet:127.0.0.1:{port}, {witness.place}"])
    signature = dkim.sign(TEXT, b"s1", b"example.org", key[0])
    for text, passes in ((FORGED + signature + TEXT, True),
                         (FORGED + TEXT, False)):
        replies = smtp.send(world.postfix.port, HONEST, SAM, [ANN], text)
        assert replies[-1].startswith("250"), replies
        mail = world.sink.wait(len(witness.messages))[-1]
        for results in (
                [value for name, value in witness.messages[-1]
                 if name == "authentication-results"],
                [field.partition(":")[2] for field in
                 mail.fields("Authentication-Results")]):
            together = " ".join(" ".join(results).split())
            assert "bank.example" not in together
            assert "spf=none smtp.mailfrom=sam@example.org" in together
            assert ("dkim=pass" in together) == passes, together
