# SPDX-License-Identifier: MIT
"""world - the small world in which the tests and the demo send mail.

remotes.club and guild.club are ours.  ann has a forward, bob has none.
example.org is an honest sender; 192.0.2.66 and junk.example are on blocklists.
"""

import ipaddress

from .nsd import Nsd
from .postfix import Postfix
from .postward import Postward
from .smtp import Peer
from .smtpsink import SmtpSink


def reverse(address):
    """As a DNS list knows it: "1.2.0.192", or 32 nibbles."""
    return ipaddress.ip_address(address).reverse_pointer.rsplit(".", 2)[0]


RECORDS = [
    "example.org. MX 10 mail.example.org.",
    "mail.example.org. A 192.0.2.10",
    "mailbox.example. MX 10 mx.mailbox.example.",
    "mx.mailbox.example. A 192.0.2.20",
    # Says that it takes no mail (RFC 7505).
    "silent.example. MX 0 .",
    "junk.example. MX 10 mail.junk.example.",
    "mail.junk.example. A 192.0.2.30",
    # SPF: a domain that names its servers, and what it says to others.
    "bank.example. MX 10 mail.example.org.",
    'bank.example. TXT "v=spf1 ip4:192.0.2.10 -all exp=why.bank.example"',
    'why.bank.example. TXT "%{i} is not a mail server of %{d}"',
    "soft.example. MX 10 mail.example.org.",
    'soft.example. TXT "v=spf1 ~all"',
    "wrong.example. MX 10 mail.example.org.",
    'wrong.example. TXT "v=spf1 ip4:192.0.2.0/33 -all"',
    "hard.example. MX 10 mail.example.org.",
    'hard.example. TXT "v=spf1 ip4:192.0.2.10 -all"',
    # One of ours, of which strangers only might be told.
    'guild.club. TXT "v=spf1 ip4:192.0.2.99 ~all"',
    # A blocklist of addresses, and one of domains (RFC 5782).
    "2.0.0.127.bl.test. A 127.0.0.2",
    "66.2.0.192.bl.test. A 127.0.0.2",
    '66.2.0.192.bl.test. TXT "Sent junk, see https://bl.test/192.0.2.66"',
    f"{reverse('2001:db8::66')}.bl.test. A 127.0.0.3",
    # Not a listing, but "you may not ask" (see dns_list.h).
    "67.2.0.192.bl.test. A 127.255.255.254",
    # Listed for something that we do not mind.
    "68.2.0.192.bl.test. A 127.0.0.99",
    "TEST.rhs.test. A 127.0.1.2",
    "junk.example.rhs.test. A 127.0.1.2",
    'junk.example.rhs.test. TXT "Known for junk"',
]

# What faultdns.py knows, until a test spoils it.
DNS = {
    "mail.example.org": [("A", "192.0.2.10")],
    "example.org": [("MX", "10 mail.example.org.")],
    "10.2.0.192.bl.test": "NXDOMAIN",
    # What makes lists of them (RFC 5782 5).
    "2.0.0.127.bl.test": [("A", "127.0.0.2")],
    "test.rhs.test": [("A", "127.0.1.2")],
}

LISTS = {
    'dnsbl "bl.test"': {"codes": ["127.0.0.2-127.0.0.11"]},
    'rhsbl "rhs.test"': {"codes": ["127.0.1.2-127.0.1.99"]},
}

FORWARDS = {
    "ann@remotes.club": ["ann@mailbox.example"],
    "bob@remotes.club": [],
    # A chain, and a team of a member and a guest.
    "annie@remotes.club": ["ann@remotes.club"],
    "team@remotes.club": ["ann@remotes.club", "carl@mailbox.example"],
    "postmaster@remotes.club": ["ann@mailbox.example"],
    # Whose mailbox may be full.
    "kim@remotes.club": ["kim@mailbox.example"],
    # A second domain, all of which goes to one mailbox.
    "@guild.club": ["gil@mailbox.example"],
}

# An honest server, but none of bank.example's.
STRANGER = Peer("192.0.2.30", "mail.junk.example", "mail.example.org")
HONEST = Peer("192.0.2.10", "mail.example.org")
LISTED = Peer("192.0.2.66", "mail.example.org")


def srs(stage):
    """The settings with which senders are rewritten."""
    secrets = stage.folder / "srs.secret"
    secrets.write_text("a secret for the test\n")
    secrets.chmod(0o600)
    return {"srs": {"domain": "remotes.club", "secrets-file": str(secrets)}}


class World:
    """Everything between a sender and a mailbox, on one stage.  nsd: of
    somebody who needed it before; made: another host has made the store."""

    def __init__(self, stage, settings=None, postfix=(), records=(),
                 nsd=None, made=False):
        self.nsd = nsd or Nsd(stage, [*RECORDS, *records])
        self.sink = SmtpSink(stage)
        self.postfix = Postfix(stage, self.sink, postfix)
        self.postward = Postward(stage, self.postfix.queue / "postward",
                                 self.nsd.address, LISTS)
        self.postward.change({"policyd": {"group": "postfix"},
                              "forwarder": {"group": "postfix"},
                              "milter": {"group": "postfix"},
                              "spf": {"header": True}})
        self.postward.change(settings or {})
        self.postward.mail_config = self.postfix.configuration
        if not made:
            self.postward.make_store(FORWARDS)
        self.postward.start()

    def open_the_door(self):
        """What newcomers need, too: the form, and what sends them mail."""
        self.postward.change({
            "mailer": {"smtp": f"smtp://127.0.0.1:{self.postfix.system_port}"},
            "signup": {"title": "The Remotes' Club",
                       "url": "http://%s:%d" % self.postward.signup_place}})
        self.postward.start_mailer()
        self.postward.start_signup()
