# SPDX-License-Identifier: MIT
"""world - all others in the Internet, on addresses of the network that they
share with the machine."""

import collections
import smtplib
import subprocess
import threading

from demo_members import code_in, sent
from faultdns import FaultDNS
from harness.members import ssh_key
from harness.smtpsink import SmtpSink
from harness.stage import PATIENCE, until
from harness.web import Visitor

OURS, THEIRS = "192.0.2.25", "192.0.2.10"
DNS = {
    "remotes.club": [("MX", "10 mx.remotes.club."), ("TXT", '"v=spf1 mx -all"')],
    "srs.remotes.club": [("MX", "10 mx.remotes.club."),
                         ("TXT", '"v=spf1 a:mx.remotes.club -all"')],
    "mx.remotes.club": [("A", OURS), ("TXT", '"v=spf1 a -all"')],
    "25.2.0.192.in-addr.arpa": [("PTR", "mx.remotes.club.")],
    "example.org": [("MX", "10 mail.example.org."),
                    ("TXT", '"v=spf1 mx -all"')],
    "mail.example.org": [("A", THEIRS)],
    "mx.example.org": [("A", "192.0.2.1")],
    "10.2.0.192.in-addr.arpa": [("PTR", "mail.example.org.")],
    "gmail.example": [("MX", "10 mail.example.org.")],
    "mailbox.example": [("MX", "10 mail.example.org.")],
}


class Strangers:
    """Who writes to the machine; what goes out of it ends in their sink."""

    def __init__(self, sink):
        self.sink = sink

    def writes_to(self, recipient, target, subject="hello"):
        """A stranger does, and the mail arrives there: returns it."""
        until(f"{recipient} to be taken",
              lambda: self.sends(recipient, subject))
        mail = self.has(subject)
        print(f"-- mail to {recipient} has arrived: from <{mail.sender}> to "
              f"{mail.recipients}", flush=True)
        assert mail.recipients == [target]
        assert mail.sender.startswith("SRS0=")
        return mail

    def has(self, subject):
        """The mail of that subject, which has come once."""
        field = f"Subject: {subject}"
        mail, = until(f"mail with {field}", lambda: [
            mail for mail in self.sink.mails
            if mail.field("Subject") == field])
        return mail

    @staticmethod
    def sends(recipient, subject="hello", sender="sam@example.org", to=OURS):
        """False: to be tried again, as mail servers do."""
        try:
            with smtplib.SMTP(to, 25, "mail.example.org", PATIENCE,
                              (THEIRS, 0)) as session:
                session.sendmail(sender, [recipient],
                                 "From: sam@example.org\r\n"
                                 f"Subject: {subject}\r\n\r\nhello\r\n")
        except smtplib.SMTPRecipientsRefused as refused:
            (code, words), = refused.recipients.values()
            print(f"-- {code} {words.decode()}", flush=True)
            assert code < 500, words
            return False
        except smtplib.SMTPResponseException as refused:
            print(f"-- {refused}", flush=True)
            assert refused.smtp_code < 500, refused
            return False
        except (smtplib.SMTPServerDisconnected, ConnectionError,
                TimeoutError) as gone:
            print(f"-- {gone}", flush=True)
            return False
        return True


class World(Strangers):
    def __init__(self, machine, stage):
        self.machine = machine
        for address in (OURS, THEIRS):
            subprocess.run(["ip", "address", "add", f"{address}/32", "dev",
                            "lo"], check=True)
        self.dns = FaultDNS(DNS, port=53)
        stage.keep(self.dns)
        machine.file("/etc/resolv.conf").unlink(missing_ok=True)
        machine.file("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        # What the package recommends would be a second one there.
        machine.ask("systemctl mask unbound")
        super().__init__(SmtpSink(stage))

    def is_reached(self):
        """There is no other host: the world's mail goes to one place."""
        self.machine.run("postconf -e 'relayhost = "
                         f"[127.0.0.1]:{self.sink.port}' && "
                         "systemctl reload postfix")

    def asks_for(self, userid):
        """On the web form, with the code that is mailed."""
        mailbox = f"{userid}@mailbox.example"
        before = len(self.sink.mails)
        with Visitor(("127.0.0.1", 8080)) as visitor:
            page = sent(visitor, visitor.get("/"), userid=userid, email=mailbox,
                        pubkey=ssh_key(), note="hello")
            mail = self.sink.wait(before + 1)[before]
            assert mail.recipients == [mailbox]
            answer = sent(visitor, page, code=code_in(mail))
            assert answer.page.heading == "Your mailbox is confirmed"
        print(f"-- {userid} has shown that {mailbox} is theirs", flush=True)


class Flow:
    """Strangers write to an address all the time, one mail after the other, each
    until it is taken.  Left, all that were taken have arrived, and once."""

    def __init__(self, world, recipient):
        self.world, self.recipient = world, recipient
        self.taken, self._tried, self._wrong = 0, 0, []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self):
        try:
            while not self._over.is_set() or self._tried > self.taken:
                self._tried = self.taken + 1
                if self.world.sends(self.recipient, f"flow {self._tried}"):
                    self.taken += 1
                self._over.wait(0.1)
        except (AssertionError, OSError, smtplib.SMTPException) as wrong:
            self._wrong.append(wrong)

    def _arrived(self):
        """How often, by the field that tells them apart."""
        fields = [mail.field("Subject") for mail in self.world.sink.mails]
        return collections.Counter(
            field for field in fields if field.startswith("Subject: flow "))

    def __enter__(self):
        self._thread.start()
        until("a first mail", lambda: self.taken or self._wrong)
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._thread.join()
        assert not self._wrong, self._wrong
        wanted = {f"Subject: flow {n}": 1 for n in range(1, self.taken + 1)}
        until("all of them", lambda: len(self._arrived()) >= len(wanted))
        assert self._arrived() == wanted
        print(f"-- {self.taken} mails have been taken meanwhile, and each has "
              "arrived once", flush=True)
