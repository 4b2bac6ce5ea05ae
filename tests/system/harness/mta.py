# SPDX-License-Identifier: MIT
"""mta - a mail server that answers what it is told to, and keeps count."""

import base64
import collections
import dataclasses
import email
import email.policy
import socketserver
import threading

from .stage import PATIENCE

HANG = "hang"    # no answer, and the connection stays
CLOSE = "close"  # no answer, and it is gone

DEFAULTS = {
    "CONNECT": "220 mta.example ESMTP",
    "STARTTLS": "220 2.0.0 Go on",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go on",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


@dataclasses.dataclass
class Message:
    sender: str = ""  # all that follows FROM:, TO:
    recipient: str = ""
    octets: bytes = b""
    encrypted: bool = False
    user: str = ""

    @property
    def parsed(self):
        return email.message_from_bytes(self.octets,
                                        policy=email.policy.SMTPUTF8)

    @property
    def text(self):
        return self.parsed.get_content().replace("\r\n", "\n")


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.mta = self.server.mta
        self.mta.sessions += 1
        self.message = Message()
        self.encrypted, self.user = False, ""
        try:
            if self.mta.implicit:
                self.encrypt()
            self.file = self.request.makefile("rb")
            if self.say("CONNECT"):
                while line := self.file.readline(4096):
                    if not self.command(line.decode().rstrip("\r\n")):
                        return
        except OSError:
            pass

    def encrypt(self):
        self.request = self.mta.tls.wrap_socket(self.request, server_side=True)
        self.encrypted = True

    def send(self, reply):
        self.request.sendall(f"{reply}\r\n".encode())

    def say(self, name, default=None):
        """What was to be said there; false: no more."""
        reply = self.mta.reply(name) or default or DEFAULTS[name]
        if callable(reply):
            reply = reply()
        if reply == HANG:
            self.mta.released.wait(PATIENCE)
        if reply in (HANG, CLOSE):
            return False
        self.send(reply)
        self.last = reply
        return not reply.startswith("421") and name != "QUIT"

    def command(self, line):
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        self.mta.commands.append(line)
        if verb == "EHLO":
            words = list(self.mta.extensions)
            if self.mta.tls and not self.encrypted:
                words.append("STARTTLS")
            if self.mta.users:
                words.append("AUTH PLAIN")
            return self.say("EHLO", "\r\n".join(
                [f"250-{word}" for word in ["mta.example", *words]]
                + ["250 HELP"]))
        if verb == "HELO":
            return self.say("EHLO", "250 mta.example")
        if verb == "STARTTLS":
            go_on = self.say("STARTTLS")
            if go_on and self.last.startswith("220"):
                self.encrypt()
                self.file = self.request.makefile("rb")
            return go_on
        if verb == "AUTH":
            return self.authenticate(rest)
        if verb == "MAIL":
            self.message = Message(rest.partition(":")[2],
                                   encrypted=self.encrypted, user=self.user)
        elif verb == "RCPT":
            self.message.recipient = rest.partition(":")[2]
        elif verb == "DATA":
            return self.take()
        return self.say(verb)

    def authenticate(self, rest):
        words = rest.split(" ")
        if len(words) == 1:
            self.send("334 ")
            words.append(self.file.readline(4096).decode().strip())
        _, user, password = base64.b64decode(words[1]).decode().split("\0")
        right = self.mta.users.get(user) == password
        self.user = user if right else ""
        return self.say("AUTH", "235 2.7.0 Ok" if right
                        else "535 5.7.8 Wrong password")

    def take(self):
        if not self.say("DATA"):
            return False
        if not self.last.startswith("354"):
            return True
        lines = []
        while (line := self.file.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if not line:
            return False
        self.message.octets = b"".join(lines)
        return self.say("END", lambda: self.mta.add(self.message))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class Mta:
    """tls: an ssl.SSLContext; implicit: from the first byte; users: those
    that may authenticate, with their passwords."""

    def __init__(self, stage, tls=None, implicit=False, users=None):
        self.extensions = ["8BITMIME", "SMTPUTF8", "SIZE 1000000"]
        self.tls, self.implicit, self.users = tls, implicit, users or {}
        self.commands, self.sessions = [], 0
        self.released = threading.Event()
        self._scripts = collections.defaultdict(collections.deque)
        self._always = {}
        self._messages = []
        self._changed = threading.Condition()
        self._server = None
        self.port = 0
        self.start()
        stage.keep(self)

    def start(self):
        """Where it was before."""
        self._server = Server(("127.0.0.1", self.port), Session)
        self._server.mta = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever,
                                        kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    def close(self):
        self.released.set()
        if self._server is not None:
            self.stop()

    def script(self, name, *replies):
        """The next answers to that command: CONNECT, EHLO... END, the end of
        the message; a callable is called for it."""
        self._scripts[name].extend(replies)

    def always(self, name, reply):
        self._always[name] = reply

    def reply(self, name):
        if self._scripts[name]:
            return self._scripts[name].popleft()
        return self._always.get(name)

    def add(self, message):
        """Takes it, and says so."""
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()
            return f"250 2.0.0 Ok: queued as Q{len(self._messages)}"

    @property
    def messages(self):
        with self._changed:
            return list(self._messages)

    def wait(self, n=1, seconds=PATIENCE):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._messages) >= n,
                                          seconds):
                raise TimeoutError(f"the MTA has got {len(self._messages)} "
                                   f"of {n} messages in {seconds} s")
            return list(self._messages)
