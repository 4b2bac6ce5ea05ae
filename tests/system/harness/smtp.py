# SPDX-License-Identifier: MIT
"""smtp - somebody else's mail server, as our Postfix sees it.

XCLIENT (Postfix's XCLIENT_README) makes a session from loopback look like one
from anywhere.
"""

import contextlib
import dataclasses
import smtplib

from .stage import PATIENCE


@dataclasses.dataclass(frozen=True)
class Peer:
    address: str
    name: str
    helo: str = ""  # name; None: says none


class Session(smtplib.SMTP):
    """Replies are texts here: "250 2.1.5 Ok"."""

    def __init__(self, port, peer):
        super().__init__("127.0.0.1", port, timeout=PATIENCE)
        self._expect("250", self.hello("postward.test"))
        self._expect("220", self.say(
            f"XCLIENT ADDR={peer.address} NAME={peer.name}"))
        if peer.helo is not None:
            self._expect("250", self.hello(peer.helo or peer.name))

    @staticmethod
    def _expect(code, reply):
        if not reply.startswith(code):
            raise smtplib.SMTPException(reply)

    def say(self, line):
        code, text = self.docmd(line)
        return f"{code} {text.decode()}"

    def hello(self, name):
        return self.say(f"EHLO {name}")

    def from_(self, sender):
        return self.say(f"MAIL FROM:<{sender}>")

    def to(self, recipient):
        return self.say(f"RCPT TO:<{recipient}>")

    def content(self, text):
        code, reply = self.data(with_author(text))
        return f"{code} {reply.decode()}"


def with_author(text):
    """The text, with a field From above it if it has none: a message without
    one is refused.  Bytes stay as they are."""
    if not isinstance(text, str):
        return text
    header = text.replace("\r\n", "\n").partition("\n\n")[0]
    if any(line.lower().startswith("from:") for line in header.split("\n")):
        return text
    return f"From: Sam <sam@example.org>\n{text}"


def rcpt(port, peer, sender, recipient):
    """What is answered to that recipient."""
    with session(port, peer) as smtp:
        smtp.from_(sender)
        return smtp.to(recipient)


def send(port, peer, sender, recipients, text="Subject: hello\n\nHello!\n"):
    """The replies to the recipients and, if there is one, to the message."""
    with session(port, peer) as smtp:
        smtp.from_(sender)
        replies = [smtp.to(recipient) for recipient in recipients]
        if any(reply.startswith("250") for reply in replies):
            replies.append(smtp.content(text))
        return replies


@contextlib.contextmanager
def session(port, peer):
    smtp = Session(port, peer)
    try:
        yield smtp
    finally:
        with contextlib.suppress(smtplib.SMTPException):
            smtp.quit()
