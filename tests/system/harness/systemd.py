# SPDX-License-Identifier: MIT
"""systemd - what is told to it (sd_notify(3)), at a socket in its place."""

import socket

from .stage import PATIENCE


class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))

    def environment(self, watchdog_ms=None):
        """For Postward.prefix: env(1) becomes the program."""
        more = [] if watchdog_ms is None else [
            f"WATCHDOG_USEC={watchdog_ms * 1000}"]
        return ["env", f"NOTIFY_SOCKET={self.path}", *more]

    def hears(self, timeout=PATIENCE):
        """The next message, as {name: value}; {} if none comes."""
        self._socket.settimeout(timeout)
        try:
            text = self._socket.recv(4096).decode()
        except (TimeoutError, BlockingIOError):
            return {}
        return dict(line.split("=", 1) for line in text.splitlines())

    def told_already(self):
        messages = []
        while True:
            messages.append(self.hears(0))
            if not messages[-1]:
                return messages[:-1]

    def close(self):
        self._socket.close()
