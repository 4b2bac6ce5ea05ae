# SPDX-License-Identifier: MIT
"""https - a web server with certificates of an authority of the test."""

import http.server
import ssl
import subprocess
import threading


class Authority:
    """Who is asked by SSL_CERT_FILE=its file."""

    def __init__(self, folder, organization="Let's Encrypt"):
        self.folder = folder / "authority"
        self.folder.mkdir(mode=0o755)
        self.file = self.folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                      "90", "-subj", f"/O={organization}/CN=Test", "-keyout",
                      self.folder / "ca.key", "-out", self.file)
        self._openssl("genrsa", "-out", self.folder / "key.pem", "2048")
        (self.folder / "key.pem").chmod(0o600)

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    @property
    def key(self):
        return self.folder / "key.pem"

    def certificate(self, *names, days=60, known_as="cert", own=False):
        """A file for those names; own: it is its own authority."""
        file, asked = (self.folder / f"{known_as}.{end}"
                       for end in ("pem", "csr"))
        extension = self.folder / "names"
        extension.write_text("subjectAltName=" + ",".join(
            f"DNS:{name}" for name in names))
        self._openssl("req", "-new", "-key", self.key, "-subj", "/CN=host",
                      "-out", asked)
        signer = (["-signkey", self.key] if own else
                  ["-CA", self.file, "-CAkey", self.folder / "ca.key",
                   "-CAcreateserial"])
        self._openssl("x509", "-req", "-in", asked, *signer, "-days",
                      str(days), "-extfile", extension, "-out", file)
        return file


class Https:
    """pages: {(host, path): text}; a host that is not there has status 404.
    What it shows may be changed while it runs."""

    def __init__(self, certificate, key, port=443):
        self.pages = {}
        self._key = key
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.show(certificate)
        pages = self.pages

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                host = self.headers.get("Host", "").partition(":")[0]
                page = pages.get((host, self.path))
                self.send_response(404 if page is None else 200)
                self.end_headers()
                self.wfile.write((page or "nothing").encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("", port), Handler)
        self._server.socket = self._context.wrap_socket(
            self._server.socket, server_side=True,
            do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def show(self, certificate):
        """From the next connection on."""
        self._context.load_cert_chain(certificate, self._key)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
