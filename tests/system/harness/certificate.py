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
