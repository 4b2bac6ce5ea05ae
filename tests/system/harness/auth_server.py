# SPDX-License-Identifier: MIT
"""auth_server - a mail server that tells of each message who wrote it."""

import re
import socket
import time

from faultdns import FaultDNS

from .clock import ahead
from .postfix import Postfix
from .postward import Postward, build
from .smtpsink import SmtpSink
from .stage import PATIENCE
from .world import FORWARDS, srs


class Server:
    """A Postfix that forwards, with the milter only; a DNS that knows what it
    is told.  now: seconds since 1970, or today."""

    def __init__(self, stage, now=None):
        self.dns = FaultDNS()
        stage.keep(self.dns)
        self.sink = SmtpSink(stage)
        self.postfix = Postfix(stage, self.sink, [
            "smtpd_milters = unix:postward/milter",
            "smtpd_recipient_restrictions ="])
        self.postward = Postward(stage, self.postfix.queue / "postward",
                                 self.dns.address)
        self.postward.change({
            "milter": {"group": "postfix"},
            "forwarder": {"group": "postfix"},
            "policyd": {"group": "postfix"},
            "resolver": {"cache": 0, "servers": [self.dns.address],
                         "timeout": "2s"},
            'check "from_header"': {"action": "off"}, **srs(stage)})
        self.postward.make_store(FORWARDS)
        self.postward.start_policyd()
        self.postward.start_forwarder()
        if now is not None:
            self.postward.prefix = ahead(stage, build() / "bin/postward-milter",
                                         now - int(time.time()))
        self.postward.start_milter()

    def knows(self, names):
        with self.dns._lock:
            self.dns._names.clear()
        self.dns["example.org"] = [("A", "192.0.2.10")]
        for name, behaviour in names.items():
            self.dns[name] = behaviour

    def take(self, sender, text):
        """The answer to the message, as it is: no line is changed."""
        with socket.create_connection(("127.0.0.1", self.postfix.port),
                                      timeout=PATIENCE) as client:
            stream = client.makefile("rwb")

            def say(octets):
                stream.write(octets)
                stream.flush()
                while (line := stream.readline())[3:4] == b"-":
                    pass
                return line.decode()

            say(b"")
            say(b"EHLO mail.example.org\r\n")
            say(b"XCLIENT ADDR=192.0.2.10 NAME=mail.example.org\r\n")
            say(b"EHLO mail.example.org\r\n")
            say(f"MAIL FROM:<{sender}> BODY=8BITMIME\r\n".encode())
            said = say(b"RCPT TO:<ann@remotes.club>\r\n")
            if not said.startswith("250"):
                return said
            say(b"DATA\r\n")
            stuffed = re.sub(rb"(?m)^\.", b"..", text)
            end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
            return say(stuffed + end)
