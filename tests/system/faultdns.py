#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""faultdns - a small DNS server that answers as told, and misbehaves as told.

    with FaultDNS({"example.org": [("A", "192.0.2.1"), ("MX", "10 mx")],
                   "slow.test": ("DELAY", 2, [("A", "192.0.2.2")]),
                   "*.bad.test": "SERVFAIL"}) as dns:
        ... dns.address ... dns.questions ...

A name's behaviour is one of

    [(TYPE, text), ...]       these records; no others exist
    FAULT                     one of FAULTS, below
    (FAULT, records)          the same; where a fault lets an answer through,
                              it has these records
    ("DELAY", seconds, records)

and may be changed while the server runs.  A behaviour under (name, TYPE)
counts for that type alone.  A wildcard, "*.example.org", is for all names
below example.org that are not there.  What is not there is NXDOMAIN.

From a shell:

    faultdns.py --port 5300 ZONEFILE

where a line of the zone file is "name TYPE data", "name FAULT" or
"name DELAY seconds"; lines of one name add up.
"""

import argparse
import collections
import socketserver
import struct
import sys
import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

FAULTS = (
    "NXDOMAIN",          # no such name
    "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR",
    "TIMEOUT",           # silence
    "GARBAGE",           # bytes that are no message
    "WRONG_ID",          # the answer to nobody's question
    "TRUNCATE",          # cut off over UDP, whole over TCP
    "TRUNCATE_FOREVER",  # cut off over TCP too
    "DELAY",             # the answer, but late
)
RCODES = ("SERVFAIL", "REFUSED", "NOTIMP", "FORMERR")
MOST_ALIASES = 10

Question = collections.namedtuple("Question", "name type transport time")
Behaviour = collections.namedtuple("Behaviour", "fault seconds records")
NOTHING = Behaviour(None, 0, [])


def with_parents(name):
    """The name and those above it, without the root."""
    while name:
        yield name
        name = name.partition(".")[2]


def read_behaviour(given):
    """The one form of what may be written in several."""
    if isinstance(given, list):
        return Behaviour(None, 0, given)
    if isinstance(given, str):
        given = (given, [])
    fault, *seconds, records = given
    if fault not in FAULTS or (fault == "DELAY") != bool(seconds):
        raise ValueError(f"not a behaviour: {given!r}")
    return Behaviour(fault, float(seconds[0]) if seconds else 0, records)


class FaultDNS:
    """The server, in threads of its own, until it is closed."""

    def __init__(self, names=None, port=0, ttl=60, host="127.0.0.1"):
        self.ttl = ttl
        self.verifies = False  # and says so to who asks it (RFC 6840 5.7)
        self.questions = []
        self._names = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        for name, given in (names or {}).items():
            self[name] = given
        self._servers = self._bind(host, port)
        self.port = self._servers[0].server_address[1]
        self.address = f"{host}:{self.port}"
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,),
                             daemon=True).start()

    def __setitem__(self, name, given):
        name, rdtype = name if isinstance(name, tuple) else (name, None)
        with self._lock:
            self._names[name.lower().rstrip("."), rdtype] = \
                read_behaviour(given)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._stopping.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def asked(self, name, rdtype=None):
        """How often that was asked, over any transport."""
        return sum(q.name == name and rdtype in (None, q.type)
                   for q in list(self.questions))

    def _bind(self, host, port):
        """UDP and TCP on one port, which the kernel may choose."""
        for attempt in range(20):
            tcp = TcpServer((host, port), TcpHandler)
            try:
                udp = UdpServer(tcp.server_address, UdpHandler)
            except OSError:
                tcp.server_close()
                if port != 0 or attempt == 19:
                    raise
                continue
            tcp.faultdns = udp.faultdns = self
            return tcp, udp

    def _find(self, name, rdtype):
        """The behaviour of a name, None if the name is not there."""
        with self._lock:
            known = dict(self._names)

        def behaviour_at(owner):
            return known.get((owner, rdtype)) or known.get((owner, None))

        there = {above for owner, _ in known for above in with_parents(owner)}
        if name in there:
            return behaviour_at(name) or NOTHING
        # RFC 4592 3.3.1: the wildcard just below the closest name there is.
        closest = next((n for n in with_parents(name) if n in there), "")
        return behaviour_at(f"*.{closest}" if closest else "*")

    def _add_records(self, reply, name, rdtype):
        """Fills the answer section, following aliases."""
        for _ in range(MOST_ALIASES):
            behaviour = self._find(name, rdtype)
            if behaviour is None or behaviour.fault == "NXDOMAIN":
                reply.set_rcode(dns.rcode.NXDOMAIN)
                return
            texts = {}
            for kind, text in behaviour.records:
                texts.setdefault(kind.upper(), []).append(text)
            kind = rdtype if rdtype in texts else "CNAME"
            if kind not in texts:
                return
            rrset = dns.rrset.from_text_list(
                name + ".", self.ttl, "IN", kind, texts[kind],
                origin=dns.name.root, relativize=False)
            reply.answer.append(rrset)
            if kind == rdtype:
                return
            name = str(rrset[0].target).lower().rstrip(".")

    def _reply(self, query, behaviour, name, rdtype):
        reply = dns.message.make_response(query, recursion_available=True)
        if behaviour.fault in RCODES:
            reply.set_rcode(dns.rcode.from_text(behaviour.fault))
            return reply
        if self.verifies and query.flags & dns.flags.AD:
            reply.flags |= dns.flags.AD
        self._add_records(reply, name, rdtype)
        wanted = dns.rdatatype.from_text(rdtype)
        if not any(rrset.rdtype == wanted for rrset in reply.answer):
            reply.authority.append(dns.rrset.from_text(
                ".", self.ttl, "IN", "SOA",
                f"ns.invalid. admin.invalid. 1 2 3 4 {self.ttl}"))
        return reply

    def answer(self, wire, transport):
        """The bytes to send back, or None for none."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = str(question.name).lower().rstrip(".")
        rdtype = dns.rdatatype.to_text(question.rdtype)
        self.questions.append(
            Question(name, rdtype, transport, time.monotonic()))
        behaviour = self._find(name, rdtype) or NOTHING
        if behaviour.fault == "TIMEOUT":
            return None
        if behaviour.fault == "GARBAGE":
            return b"\xff" * 20
        if behaviour.fault == "DELAY":
            self._stopping.wait(behaviour.seconds)
        reply = self._reply(query, behaviour, name, rdtype)
        if behaviour.fault == "WRONG_ID":
            reply.id ^= 1
        if behaviour.fault == "TRUNCATE_FOREVER" or (
                behaviour.fault == "TRUNCATE" and transport == "udp"):
            return cut_off(reply)
        if transport == "tcp":
            return reply.to_wire(max_size=65535)
        try:
            return reply.to_wire(max_size=max(query.payload, 512))
        except dns.exception.TooBig:
            return cut_off(reply)


def cut_off(reply):
    reply.answer, reply.authority = [], []
    reply.flags |= dns.flags.TC
    return reply.to_wire()


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65535


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class UdpHandler(socketserver.BaseRequestHandler):
    def handle(self):
        wire, sock = self.request
        reply = self.server.faultdns.answer(wire, "udp")
        if reply is not None:
            sock.sendto(reply, self.client_address)


class TcpHandler(socketserver.StreamRequestHandler):
    def handle(self):
        while len(length := self.rfile.read(2)) == 2:
            wire = self.rfile.read(struct.unpack("!H", length)[0])
            reply = self.server.faultdns.answer(wire, "tcp")
            if reply is not None:
                self.wfile.write(struct.pack("!H", len(reply)) + reply)


def read_zone(lines):
    """What the lines of a zone file say, as FaultDNS takes it."""
    names = {}
    for number, line in enumerate(lines, 1):
        words = line.split(None, 2)
        if not words or words[0][0] in "#;":
            continue
        if len(words) < 2:
            raise ValueError(f"line {number}: expected NAME TYPE DATA")
        name, word, data = (words + [""])[:3]
        fault, seconds, records = names.get(name, (None, [], []))
        if word.upper() == "DELAY":
            fault, seconds = "DELAY", [float(data)]
        elif word.upper() in FAULTS:
            fault, seconds = word.upper(), []
        else:
            records.append((word, data.strip()))
        names[name] = (fault, seconds, records)
    return {name: (fault, *seconds, records) if fault else records
            for name, (fault, seconds, records) in names.items()}


def main():
    parser = argparse.ArgumentParser(
        description="A DNS server that misbehaves as told.")
    parser.add_argument("--port", type=int, default=0,
                        help="of 127.0.0.1, UDP and TCP; 0: any")
    parser.add_argument("zonefile")
    options = parser.parse_args()
    with open(options.zonefile, encoding="utf-8") as zone:
        names = read_zone(zone)
    with FaultDNS(names, port=options.port) as server:
        print(f"faultdns: listening on {server.address}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(0)


if __name__ == "__main__":
    main()
