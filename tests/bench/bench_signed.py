# SPDX-License-Identifier: MIT
"""bench_signed - signed mail for a member of the club: each message is of an
author in a subdomain whose organization has signed it and has a DMARC record,
and comes from a client that the author's SPF record allows."""

import base64
import subprocess

import bench_world as world

try:
    import dkim
except ImportError:
    dkim = None  # python3-dkim

DOMAINS = 400
TOP = "bench"  # not test, of which libunbound knows that there is nothing
KEYS = 4  # of big providers, that sign for many domains
RECIPIENT = f"member@{world.CLUB}"
SELECTOR = "s1"
RESULTS = ("spf=pass", "dkim=pass", "dmarc=pass")

LINES = (b"Dear members, on Monday we meet at the usual place for lunch.",
         b"Whoever cannot come may say so, in a line or two;  we will wait ",
         b"for nobody, as last time.", b"", b"> On Friday somebody wrote:",
         b"> the minutes are at https://remotes.example/minutes/2026-11.html",
         b"-- ")

HEADER = """\
Received: from mta.{author} (mta.{author} [{client}])
\tby out.{author} (Postfix) with ESMTPS id 4CbXyz1234
\tfor <{recipient}>; Fri, 27 Nov 2026 10:00:00 +0000 (UTC)
From: Ann Example <ann@{author}>
To: Bob Example <{recipient}>
Cc: Carl <carl@{author}>, Dora <dora@{author}>
Subject: Lunch on Monday, at the usual place
Date: Fri, 27 Nov 2026 10:00:00 +0000
Message-ID: <20261127100000.{number}@{author}>
Reply-To: ann@{author}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""


def organization(number):
    return f"org{number}.{TOP}"


def author(number):
    return f"news.{organization(number)}"


def client(number):
    """An address that is on no list."""
    return f"198.20.{number // 250}.{number % 250 + 1}"


class SignedWorld:
    """Its keys are made anew each time."""

    def __init__(self, folder):
        self._folder = folder / "signed"
        self._folder.mkdir()
        self._keys = [self._make_key(n) for n in range(KEYS)]

    def _make_key(self, number):
        """(PEM to sign with, base64 for DNS)."""
        file = self._folder / f"key{number}.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                "rsa_keygen_bits:2048", "-out", file)
        der = openssl("pkey", "-in", file, "-pubout", "-outform", "DER")
        return file.read_bytes(), base64.b64encode(der).decode()

    def records(self):
        """Lines of a zone file."""
        for number in range(DOMAINS):
            name, own = author(number), client(number)
            public = self._keys[number % KEYS][1]
            spf = f"ip4:{own}"
            if number % 2:  # a hoster's
                yield f'_spf.{name}. TXT "v=spf1 {spf} -all"'
                spf = f"include:_spf.{name}"
            yield f'{name}. TXT "v=spf1 {spf} -all"'
            yield f"{name}. MX 10 mta.{name}."
            yield f"{name}. A {own}"
            yield f"mta.{name}. A {own}"
            yield (f'_dmarc.{organization(number)}. TXT '
                   f'"v=DMARC1; p=reject; rua=mailto:dmarc@{name}"')
            yield (f"{SELECTOR}._domainkey.{organization(number)}. TXT "
                   f'"v=DKIM1; k=rsa; p=" "{public[:200]}" "{public[200:]}"')

    def message(self, number, size):
        """Signed, of about so many bytes; no line begins with a dot."""
        head = HEADER.format(author=author(number), client=client(number),
                             number=number, recipient=RECIPIENT)
        text = head.replace("\n", "\r\n").encode()
        whole = b"".join(line + b"\r\n" for line in LINES)
        text += whole * max(round((size - len(text)) / len(whole)), 1)
        return dkim.sign(
            text, SELECTOR.encode(), organization(number).encode(),
            self._keys[number % KEYS][0],
            canonicalize=(b"relaxed", b"relaxed")) + text

    def write(self, name, count, size):
        """A file of sessions (session_file.h), a domain for each."""
        lines = []
        for number in range(count):
            file = self._folder / f"{name}-{number}.eml"
            file.write_bytes(self.message(number, size))
            lines.append("\t".join((
                client(number), f"mta.{author(number)}",
                f"mta.{author(number)}", f"bounce@{author(number)}", RECIPIENT,
                "accept", str(file))) + "\n")
        sessions = self._folder / f"{name}.sessions"
        sessions.write_text("".join(lines))
        return sessions


def openssl(*argv):
    return subprocess.run(["openssl", *argv], check=True,
                          capture_output=True).stdout
