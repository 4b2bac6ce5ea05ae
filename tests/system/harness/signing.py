# SPDX-License-Identifier: MIT
"""signing - keys that a server of ours signs with (DKIM)."""

import shutil
import subprocess


class Keys:
    """Those of one server, and what it would publish."""

    def __init__(self, stage):
        self.folder = stage.folder / "dkim"
        self.domain = self.folder / "remotes.club"
        self.domain.mkdir(parents=True)
        self.make("pw1")

    def make(self, selector, kind=("-algorithm", "RSA")):
        file = self.domain / f"{selector}.pem"
        subprocess.run(["openssl", "genpkey", *kind, "-out", file],
                       check=True, capture_output=True)
        shutil.chown(file, group="postfix")
        file.chmod(0o640)

    def record(self, name, **_):
        selector = name.decode().partition("._domainkey.remotes.club")[0]
        public = subprocess.run(
            ["openssl", "pkey", "-in", self.domain / f"{selector}.pem",
             "-pubout"], check=True, capture_output=True, text=True).stdout
        return ("v=DKIM1; p=" + "".join(public.splitlines()[1:-1])).encode()
