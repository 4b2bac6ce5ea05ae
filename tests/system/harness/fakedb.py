# SPDX-License-Identifier: MIT
"""fakedb - a MariaDB server that is none: it greets, and then asks for the
password in another way, or lets its bytes drip."""

import socket
import socketserver
import struct
import threading
import time

from .fake_server import FakeServer

CAN_TLS = 0x0800
PLUGIN_AUTH = 0x00080000
# Long passwords, found rows, database, protocol 4.1, transactions, secure
# connection, plugins.
CAN = (0x1 | 0x2 | 0x8 | 0x200 | 0x2000 | 0x8000 | PLUGIN_AUTH)
OK = b"\x00\x00\x00\x02\x00\x00\x00"


def packet(number, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def greeting(can=CAN, plugin=b"mysql_native_password"):
    return packet(0, b"\x0a" + b"5.5.5-10.11.6-MariaDB\x00" + bytes(4)
                  + b"abcdefgh\x00" + struct.pack("<H", can & 0xffff)
                  + b"\x21" + struct.pack("<H", 2)
                  + struct.pack("<H", can >> 16) + b"\x15" + bytes(6)
                  + bytes(4) + b"ijklmnopqrst\x00" + plugin + b"\x00")


def switch_to(plugin):
    if plugin == "mysql_old_password":
        return b"\xfe"
    return b"\xfe" + plugin.encode() + b"\x00" + b"abcdefghijklmnopqrst\x00"


class FakeDb(FakeServer):
    """talk(connection): what is said to one client.  heard: all bytes that
    came from all of them."""

    def __init__(self, talk):
        self.heard = bytearray()
        self.clients = 0
        fake = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                fake.clients += 1
                try:
                    talk(self.request)
                    while more := self.request.recv(4096):
                        fake.heard += more
                except OSError:
                    pass

        super().__init__(Handler)

    def read(self, connection):
        """One packet of the client's: its number and what is in it."""
        header = self._exactly(connection, 4)
        length = int.from_bytes(header[:3], "little")
        return header[3], self._exactly(connection, length)

    def _exactly(self, connection, length):
        octets = b""
        while len(octets) < length:
            more = connection.recv(length - len(octets))
            if not more:
                raise ConnectionResetError
            self.heard += more
            octets += more
        return octets


def drip(connection, octets, gap):
    """One byte after the other, until the client is tired of it."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in octets:
        connection.sendall(bytes([octet]))
        gap.wait(0.3)


FETCH = 0x1c  # COM_STMT_FETCH
EXECUTE = 0x17  # COM_STMT_EXECUTE


class Tiring:
    """Before a real server: what it says to one client drips from that
    client's n-th page of rows on."""

    def __init__(self, port, n):
        self._real, self._n = port, n
        self.dripped = False
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._listener.close()

    def _accept(self):
        try:
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,),
                                 daemon=True).start()
        except OSError:
            pass

    def _serve(self, client):
        server = socket.create_connection(("127.0.0.1", self._real))
        tired = threading.Event()
        threading.Thread(target=self._answer, args=(server, client, tired),
                         daemon=True).start()
        fetches, buffer = 0, b""
        try:
            while more := client.recv(65536):
                buffer += more
                while len(buffer) >= 5:
                    end = 4 + int.from_bytes(buffer[:3], "little")
                    if len(buffer) < end:
                        break
                    fetches += buffer[3] == 0 and buffer[4] == FETCH
                    self._look(buffer[3:end])
                    buffer = buffer[end:]
                if fetches >= self._n:
                    self.dripped = True
                    tired.set()
                server.sendall(more)
        except OSError:
            pass
        server.close()

    def _look(self, asked):
        pass

    def _answer(self, server, client, tired):
        try:
            while more := server.recv(65536):
                if tired.is_set():
                    drip(client, more, self._over)
                else:
                    client.sendall(more)
        except OSError:
            pass
        client.close()


class Sorting(Tiring):
    """Before a real server: it takes so many seconds to make a long answer
    ready."""

    def __init__(self, port, seconds):
        super().__init__(port, float("inf"))
        self._seconds = seconds
        self.sorted = 0

    def _look(self, asked):
        if asked[:2] == bytes([0, EXECUTE]) and asked[6] == 1:  # a cursor
            self.sorted += 1
            time.sleep(self._seconds)
