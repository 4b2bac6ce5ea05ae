# SPDX-License-Identifier: MIT
"""The part of tools/demo in which a domain signs what it writes: run that."""

import subprocess

import dkim

DOMAIN = "shop.example"
TEXT = f"""\
From: The Shop <orders@{DOMAIN}>
To: ann@remotes.club
Subject: Your order
Date: Fri, 27 Nov 2026 10:00:00 +0000
Message-ID: <1@{DOMAIN}>

One lamp, 20 euros.
""".replace("\n", "\r\n")


class Signer:
    """A shop that says: refuse what is not signed by me."""

    def __init__(self, stage):
        key = stage.folder / "shop.key"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", key,
                        "2048"], check=True, capture_output=True)
        public = subprocess.run(
            ["openssl", "rsa", "-in", key, "-pubout"], check=True,
            capture_output=True, text=True).stdout
        self._key = key.read_bytes()
        self._record = "v=DKIM1; p=" + "".join(public.splitlines()[1:-1])

    def records(self):
        halves = " ".join(f'"{self._record[at:at + 200]}"'
                          for at in range(0, len(self._record), 200))
        return [f"{DOMAIN}. MX 10 mail.example.org.",
                f'{DOMAIN}. TXT "v=spf1 ip4:192.0.2.10 -all"',
                f"s1._domainkey.{DOMAIN}. TXT {halves}",
                f'_dmarc.{DOMAIN}. TXT "v=DMARC1; p=reject"']

    def signed(self):
        text = TEXT.encode()
        return (dkim.sign(text, b"s1", DOMAIN.encode(), self._key)
                + text).decode()

    def message(self, kind):
        return {
            "signed": self.signed,
            "changed": lambda: self.signed().replace("20 euros", "90 euros"),
            "unsigned": lambda: TEXT,
            "two authors": lambda: "From: mum@example.org\r\n" + TEXT,
        }[kind]()
