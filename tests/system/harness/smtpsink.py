# SPDX-License-Identifier: MIT
"""smtpsink - the mail exchanger of everybody else: takes mail and keeps it."""

import dataclasses
import socketserver
import threading

from .stage import PATIENCE


@dataclasses.dataclass
class Mail:
    sender: str
    recipients: list
    text: bytes

    def __str__(self):
        return self.text.decode(errors="backslashreplace")

    def fields(self, name):
        """The header fields of that name, unfolded."""
        header = str(self).replace("\r\n", "\n").partition("\n\n")[0]
        lines = header.replace("\n\t", " ").replace("\n ", " ").split("\n")
        return [line for line in lines
                if line.lower().startswith(name.lower() + ":")]

    def field(self, name):
        return next(iter(self.fields(name)), f"no {name}")


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        sink = self.server.sink
        self.mail = Mail("", [], b"")
        self.say("220 sink.example ESMTP")
        while line := self.rfile.readline(4096):
            text = line.decode(errors="replace").strip()
            verb, _, rest = text.partition(" ")
            verb = verb.upper()
            if verb == "QUIT":
                self.say("221 Bye")
                return
            if verb == "DATA":
                self.take(sink)
            else:
                self.answer(verb, rest, sink)

    def say(self, reply):
        self.wfile.write(f"{reply}\r\n".encode())

    def answer(self, verb, rest, sink):
        if verb == "EHLO":
            self.say("\r\n".join(
                ["250-sink.example"] + [f"250-{word}" for word in sink.extensions]
                + ["250 HELP"]))
        elif verb == "MAIL":
            self.mail = Mail(path(rest), [], b"")
            self.say("250 2.1.0 Ok")
        elif verb == "RCPT":
            recipient = path(rest)
            refusal = sink.refused.get(recipient.lower())
            if refusal is None:
                self.mail.recipients.append(recipient)
            self.say(refusal or "250 2.1.5 Ok")
        elif verb in ("HELO", "RSET", "NOOP"):
            self.say("250 2.0.0 Ok")
        else:
            self.say("500 5.5.2 What?")

    def take(self, sink):
        if not self.mail.recipients:
            self.say("554 5.5.1 No valid recipients")
            return
        self.say("354 Go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if line:
            self.say(sink.take(
                dataclasses.replace(self.mail, text=b"".join(lines))))


def path(rest):
    """The mailbox in "FROM:<a@b.example> SIZE=100": the last bracket ends it,
    as one may stand in quotes."""
    return rest.partition("<")[2].rpartition(">")[0]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


class SmtpSink:
    def __init__(self, stage, place=("127.0.0.1", 0)):
        self.extensions = ["8BITMIME", "SMTPUTF8"]
        self.refused = {}  # "who@is.example": "550 5.1.1 the reply"
        self._mails = []
        self._changed = threading.Condition()
        self._server = Server(place, Session)
        self._server.sink = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        kwargs={"poll_interval": 0.05})
        self._thread.start()
        stage.keep(self)

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, mail):
        """What is answered to it."""
        self.add(mail)
        return "250 2.0.0 Ok"

    def add(self, mail):
        with self._changed:
            self._mails.append(mail)
            self._changed.notify_all()

    @property
    def mails(self):
        with self._changed:
            return list(self._mails)

    def wait(self, n=1, seconds=PATIENCE):
        """The mails, as soon as there are n of them."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._mails) >= n,
                                          seconds):
                raise TimeoutError(f"the sink has got {len(self._mails)} "
                                   f"of {n} mails in {seconds} s")
            return list(self._mails)
