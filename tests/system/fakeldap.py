# SPDX-License-Identifier: MIT
"""fakeldap - an LDAP server that is none: it says what a test wants, byte for
byte (RFC 4511), at the speed that a test wants."""

import socketserver
import time

from harness.fake_server import FakeServer

BIND, SEARCH, EXTENDED = 0x60, 0x63, 0x77  # what clients ask


def ber(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def number(n, tag=2):
    return ber(tag, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def text(value, tag=4):
    return ber(tag, value if isinstance(value, bytes) else value.encode())


def message(id_, operation):
    return ber(0x30, number(id_), operation)


def result(tag, code=0, words="", referral=()):
    more = [ber(0xa3, *map(text, referral))] if referral else []
    return ber(tag, number(code, 10), text(""), text(words), *more)


BOUND, DONE, EXTENDED_DONE = (result(tag) for tag in (0x61, 0x65, 0x78))


def found(name, **attributes):
    """A SearchResultEntry."""
    return ber(0x64, text(name), ber(0x30, *(
        ber(0x30, text(key), ber(0x31, *map(text, values)))
        for key, values in attributes.items())))


def reference(*urls):
    return ber(0x73, *map(text, urls))


class FakeLdap(FakeServer):
    """said: {what is asked: [the operations that answer it]}, or of bytes that
    go out as they are; None for what has no answer.  slow: what is answered
    there comes a byte at a time, for a minute if nobody ends it; "connect":
    before anything is asked."""

    def __init__(self, said=None, slow=None):
        said = {BIND: [BOUND], SEARCH: [DONE], **(said or {})}
        self.dripped = 0  # bytes, one by one
        self.dripping = True  # until one has come to the end
        self.asked = []
        fake = self

        def drip(connection, octets):
            for n in range(len(octets)):
                connection.sendall(octets[n:n + 1])
                fake.dripped += 1
                time.sleep(60 / max(len(octets), 600))
            fake.dripping = False

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    if slow == "connect":
                        # The beginning of a handshake record of TLS.
                        drip(self.request, b"\x16\x03\x03\x3f\xff" + bytes(595))
                    while asked := self.read():
                        self.answer(*asked)
                except OSError:
                    pass

            def read(self):
                """(id, tag) of one request."""
                head = self.octets(2)
                size = head[1]
                if size & 0x80:
                    size = int.from_bytes(self.octets(size & 0x7f), "big")
                body = self.octets(size)
                at = 2 + body[1]
                return int.from_bytes(body[2:at], "big"), body[at]

            def octets(self, n):
                octets = b""
                while len(octets) < n:
                    more = self.request.recv(n - len(octets))
                    if not more:
                        raise OSError
                    octets += more
                return octets

            def answer(self, id_, tag):
                fake.asked.append(tag)
                answers = said.get(tag)
                if isinstance(answers, bytes):
                    out = answers
                else:
                    out = b"".join(message(id_, one) for one in answers or [])
                if tag == slow:
                    # A text that takes its time.
                    drip(self.request, ber(0x30, number(id_), text(bytes(600)))
                         if not answers else out)
                else:
                    self.request.sendall(out)

        super().__init__(Handler)
