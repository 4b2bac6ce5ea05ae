# SPDX-License-Identifier: MIT
"""signing - keys that a server of ours signs with (DKIM)."""

import shutil
import subprocess


class AuthorKey:
    """That others sign with, all the same one; its record is for a zone."""

    def __init__(self, folder):
        file = folder / "author.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", file,
                        "2048"], check=True, capture_output=True)
        public = subprocess.run(
            ["openssl", "rsa", "-in", file, "-pubout"], check=True,
            capture_output=True, text=True).stdout
        record = "v=DKIM1; p=" + "".join(public.splitlines()[1:-1])
        self.pem = file.read_bytes()
        self.halves = " ".join(f'"{record[at:at + 200]}"'
                               for at in range(0, len(record), 200))


class Keys:
    """Those of one server, and what it would publish: of the first domain,
    and a key of each other one."""

    def __init__(self, stage, *others):
        self.folder = stage.folder / "dkim"
        self.domain = self.folder / "remotes.club"
        for domain in (*others, "remotes.club"):
            self.domain = self.folder / domain
            self.domain.mkdir(parents=True)
            self.make("pw1")

    def make(self, selector, kind=("-algorithm", "RSA")):
        file = self.domain / f"{selector}.pem"
        subprocess.run(["openssl", "genpkey", *kind, "-out", file],
                       check=True, capture_output=True)
        shutil.chown(file, group="postfix")
        file.chmod(0o640)

    def record(self, name, **_):
        selector, _, domain = name.decode().strip(".").partition(
            "._domainkey.")
        public = subprocess.run(
            ["openssl", "pkey", "-in", self.folder / domain
             / f"{selector}.pem", "-pubout"], check=True, capture_output=True, text=True).stdout
        return ("v=DKIM1; p=" + "".join(public.splitlines()[1:-1])).encode()
