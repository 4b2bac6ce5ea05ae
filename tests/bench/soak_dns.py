# SPDX-License-Identifier: MIT
"""soak_dns - a way to a DNS server that is slow for a while, and on which DNS
lists die and come back."""

import asyncio
import random
import socket
import struct
import threading

DELAYS = (0, 0, 0.02, 0.1, 0.5, 1, 3)  # seconds, at most
WELL, SILENT, REFUSING, WILD = "well", "silent", "refusing", "wild"
SAYS = {REFUSING: "127.255.255.254", WILD: "127.0.0.2"}


def question_of(packet):
    """(name, type, where the question ends)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1"))
        at += 1 + packet[at]
    rdtype, = struct.unpack_from("!H", packet, at + 1)
    return ".".join(labels).lower(), rdtype, at + 5


def answer_with(packet, address, rdtype, end):
    """The answer with that address, or with nothing to another question."""
    is_a = rdtype == 1
    record = struct.pack("!HHHLH4s", 0xC00C, 1, 1, 1, 4,
                         socket.inet_aton(address))
    return (packet[:2] + struct.pack("!HHHHH", 0x8580, 1, int(is_a), 0, 0)
            + packet[12:end] + (record if is_a else b""))


class SoakDns:
    """UDP on 127.0.0.1.  delay, is_silent, and states of lists, may change at
    any time; it runs in a thread of its own."""

    def __init__(self, server_port, lists):
        self.delay = 0
        self.is_silent = False
        self.states = dict.fromkeys(lists, WELL)
        self._server = ("127.0.0.1", server_port)
        self._pending, self._next = {}, 0
        self._loop = asyncio.new_event_loop()
        self._clients = self._socket()
        self._out = self._socket()
        self.port = self._clients.getsockname()[1]
        self._loop.add_reader(self._clients, self._take, self._clients,
                              self._asked)
        self._loop.add_reader(self._out, self._take, self._out,
                              self._answered)
        self._thread = threading.Thread(target=self._loop.run_forever,
                                        daemon=True)
        self._thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @staticmethod
    def _socket():
        it = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        it.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        it.bind(("127.0.0.1", 0))
        it.setblocking(False)
        return it

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._clients.close()
        self._out.close()

    @staticmethod
    def _take(its, handle):
        try:
            while True:
                handle(*its.recvfrom(4096))
        except OSError:  # no more, or nobody there
            pass

    def _later(self, packet, client):
        def give():
            try:
                self._clients.sendto(packet, client)
            except OSError:
                pass  # it did not wait
        if self.delay == 0:
            give()
        else:
            self._loop.call_later(random.uniform(0, self.delay), give)

    def _asked(self, packet, client):
        name, rdtype, end = question_of(packet)
        state = next((state for zone, state in self.states.items()
                      if name.endswith("." + zone)), WELL)
        if self.is_silent or state == SILENT:
            return
        if state in SAYS:
            self._later(answer_with(packet, SAYS[state], rdtype, end), client)
            return
        self._next = (self._next + 1) % 65536
        self._pending[self._next] = client, packet[:2]
        self._out.sendto(struct.pack("!H", self._next) + packet[2:],
                         self._server)

    def _answered(self, packet, _):
        client, number = self._pending.pop(struct.unpack_from("!H", packet)[0],
                                           (None, None))
        if client:
            self._later(number + packet[2:], client)
