# SPDX-License-Identifier: MIT
"""Signed mail on the way that mail takes: Postfix, the milter, DNS.  What the
milter writes into the header is what the vectors expect, for each message.

The milter's clock is set to the time at which the messages came."""

import re
import socket
import time
import types

import pytest

from faultdns import FaultDNS
from harness import auth_vectors
from harness.clock import ahead
from harness.postfix import Postfix
from harness.postward import Postward, build
from harness.smtpsink import SmtpSink
from harness.stage import PATIENCE, Stage
from harness.world import FORWARDS, srs

CASES = (auth_vectors.cases("dkim/dkim-verify.json")
         + auth_vectors.cases("arc/arc-verify.json"))
TIMES = sorted({case["now"] for case in CASES})

# What Postfix changes before a milter sees it, and passes on so: a CR alone
# becomes a space, white space before a colon goes, and a field is cut after
# some 59 KB.
CHANGED_BY_POSTFIX = ("bare-cr", "space-before-colon-simple", "60000")

pytestmark = pytest.mark.skipif(
    not CASES, reason="the vectors are not here (POSTWARD_VECTORS)")


class Server:
    """A Postfix that forwards, as if it were `now`."""

    def __init__(self, stage, now):
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
        self.postward.prefix = ahead(
            stage, build() / "bin/postward-milter", now - int(time.time()))
        self.postward.start_milter()

    def knows(self, names):
        with self.dns._lock:
            self.dns._names.clear()
        self.dns["example.org"] = [("A", "192.0.2.10")]
        for name, behaviour in names.items():
            self.dns[name] = behaviour

    def take(self, number, text):
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
            say(b"MAIL FROM:<sam+%d@example.org> BODY=8BITMIME\r\n" % number)
            said = say(b"RCPT TO:<ann@remotes.club>\r\n")
            if not said.startswith("250"):
                return said
            say(b"DATA\r\n")
            stuffed = re.sub(rb"(?m)^\.", b"..", text)
            end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
            return say(stuffed + end)


def results(mail, method):
    """The words behind "dkim=" or "arc=" in our field, from the left."""
    ours = next(line for line in mail.fields("Authentication-Results")
                if "mx.remotes.club" in line)
    return re.findall(rf"[; ]{method}=(\w+)", ours)


def said_of(case, mail):
    return results(mail, "dkim" if isinstance(case["expect"], list) else "arc")


def is_as_expected(case, got):
    wanted = case["expect"]
    if isinstance(wanted, dict):
        return (got or ["none"])[0] in [wanted["cv"], *wanted.get("also", [])]
    if not wanted:
        return got in ([], ["none"])
    if case.get("limit"):
        wanted = wanted[:len(got)]
        got = [one["result"] if word == "policy" else word
               for word, one in zip(got, wanted)]
    return len(got) == len(wanted) and all(
        word in [one["result"], *one.get("also", [])]
        for word, one in zip(got, wanted))


@pytest.fixture(scope="module", params=TIMES)
def done(request):
    """{number: (answer, mail or None)} of all messages of that time."""
    with Stage() as stage:
        server = Server(stage, request.param)
        answers = {}
        for number, case in enumerate(CASES):
            if case["now"] != request.param:
                continue
            server.knows(auth_vectors.behaviours(case))
            answers[number] = server.take(number, auth_vectors.message(case))
        taken = [n for n, answer in answers.items()
                 if answer.startswith("250")]
        mails = {int(re.search(r"=sam\+(\d+)@", mail.sender)[1]): mail
                 for mail in server.sink.wait(len(taken))}
        yield types.SimpleNamespace(answers=answers, mails=mails)


def test_each_message_is_told_what_it_is(done):
    wrong = []
    for number, answer in done.answers.items():
        case = CASES[number]
        if number not in done.mails:
            wrong.append((case["id"], answer))
        elif not is_as_expected(case, said_of(case, done.mails[number])):
            wrong.append((case["id"], said_of(case, done.mails[number]),
                          case["expect"]))
    print(f"{len(done.answers)} messages, otherwise: {wrong}")
    assert [one for one in wrong
            if not any(word in one[0] for word in CHANGED_BY_POSTFIX)] == []
