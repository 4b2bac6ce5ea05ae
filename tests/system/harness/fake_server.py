# SPDX-License-Identifier: MIT
"""fake_server - a server on loopback that is none: a thread for each client,
which a handler of socketserver talks to."""

import socketserver
import threading


class FakeServer:
    """Answers from now on; a context manager ends it."""

    def __init__(self, handler):
        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever,
                         daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._server.server_close()
