# SPDX-License-Identifier: MIT
"""milter - the protocol that Postfix speaks with a milter, from its side.

A packet is a length of four bytes, a letter and data.  Names are as libmilter
has them (mfdef.h), without SMFIC_ and SMFIR_.
"""

import select
import socket
import struct

from .protocols import Client
from .stage import PATIENCE

OPTNEG, MACRO, CONNECT, HELO, MAIL, RCPT = b"O", b"D", b"C", b"H", b"M", b"R"
DATA, HEADER, EOH, BODY, EOM = b"T", b"L", b"N", b"B", b"E"
ABORT, QUIT, QUIT_NC, UNKNOWN = b"A", b"Q", b"K", b"U"

# What a milter answers at the end of a message, and before it.
CONTINUE, ACCEPT, TEMPFAIL, REJECT, REPLYCODE = b"c", b"a", b"t", b"r", b"y"
INSERT_HEADER, CHANGE_HEADER, CHANGE_FROM = b"i", b"m", b"e"

ACTIONS = 0x1ff  # all that Postfix lets a milter do
STEPS = 0x1fffff  # all that it may leave out
HDR_LEADSPC = 0x100000  # of them: the space behind a colon is in the value


def packet(command, *words):
    """Each word ends with a NUL."""
    return raw(command, b"".join(word + b"\0" for word in words))


def raw(command, data=b""):
    return struct.pack(">I", 1 + len(data)) + command + data


def negotiation(actions=ACTIONS, steps=STEPS, version=6):
    return raw(OPTNEG, struct.pack(">III", version, actions, steps))


def macros(command, **values):
    """macros(MAIL, auth_authen=b"ann"); names of one letter have no braces."""
    words = []
    for name, value in values.items():
        words += [name.encode() if len(name) == 1 else b"{%s}" % name.encode(),
                  value]
    return raw(MACRO, command + b"".join(word + b"\0" for word in words))


def connection(address=b"192.0.2.10", name=b"mail.example.org"):
    return macros(CONNECT, client_ptr=name) + raw(
        CONNECT, name + b"\0" + b"4" + struct.pack(">H", 25) + address + b"\0")


def message(sender, recipients, fields, helo=b"mail.example.org",
            body=b"Hello!\r\n"):
    """HELO to the end, as Postfix tells it: macros, be there any or none,
    come before each command.  Who wrote it is in it, too."""
    parts = [macros(HELO), packet(HELO, helo),
             macros(MAIL), packet(MAIL, b"<%s>" % sender)]
    for recipient in recipients:
        parts += [macros(RCPT), packet(RCPT, b"<%s>" % recipient)]
    if not any(name.lower() == b"from" for name, _ in fields):
        fields = [(b"From", b" sam@example.org"), *fields]
    for name, value in fields:
        parts += [macros(HEADER, i=b"4ABC"), packet(HEADER, name, value)]
    parts += [macros(BODY, i=b"4ABC"), raw(BODY, body),
              macros(EOM, i=b"4ABC"), raw(EOM)]
    return b"".join(parts)


def split(octets):
    """[(letter, data)]; what is cut off at the end is left out."""
    found, at = [], 0
    while at + 4 <= len(octets):
        end = at + 4 + struct.unpack_from(">I", octets, at)[0]
        if end > len(octets):
            break
        found.append((octets[at + 4:at + 5], octets[at + 5:end]))
        at = end
    return found


class MilterClient(Client):
    def converse(self, octets):
        """Says all of it, and nothing more, and returns what packets come
        until the other side closes.  It reads while it writes: with answers
        that nobody takes the milter would wait."""
        said, heard = memoryview(octets), []
        try:
            while True:
                readable, writable, _ = select.select(
                    [self.socket], [self.socket] if said else [], [], PATIENCE)
                if writable:
                    said = said[self.socket.send(
                        said[:65536], socket.MSG_DONTWAIT):]
                    if not said:
                        self.socket.shutdown(socket.SHUT_WR)
                if readable:
                    heard.append(self.socket.recv(65536))
                    if not heard[-1]:
                        break
                if not readable and not writable:
                    raise TimeoutError("the milter neither reads nor answers")
        except (BrokenPipeError, ConnectionResetError):
            pass
        return split(b"".join(heard))
