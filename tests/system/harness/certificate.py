# SPDX-License-Identifier: MIT
"""certificate - one for a host, which is its own authority."""

import subprocess


def certificate(folder, name):
    """The certificate and its key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"], check=True, capture_output=True)
    for path in (folder / "key.pem", folder / "cert.pem"):
        path.chmod(0o644)
    return folder / "cert.pem", folder / "key.pem"


class Authority:
    """One that signs certificates for hosts; ca is its own."""

    def __init__(self, folder, name="Test"):
        self._folder = folder / f"ca-{name}"
        self._folder.mkdir()
        self._key = self._folder / "ca.key"
        self.ca = self._folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                      "-days", "2", "-subj", f"/CN={name} CA", "-keyout",
                      self._key, "-out", self.ca)
        self.ca.chmod(0o644)

    @staticmethod
    def _openssl(*argv):
        subprocess.run(["openssl", *map(str, argv)], check=True,
                       capture_output=True)

    def sign(self, name, names, days=2):
        """The certificate for names, such as "DNS:localhost", and its key;
        days -1: it has expired."""
        key, asked, signed, more = (self._folder / f"{name}.{end}" for end in
                                    ("key", "csr", "pem", "ext"))
        more.write_text(f"subjectAltName={','.join(names)}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj",
                      f"/CN={name}", "-keyout", key, "-out", asked)
        self._openssl("x509", "-req", "-in", asked, "-CA", self.ca, "-CAkey",
                      self._key, "-CAcreateserial", "-days", days, "-extfile",
                      more, "-out", signed)
        for path in (key, signed):
            path.chmod(0o644)
        return signed, key
