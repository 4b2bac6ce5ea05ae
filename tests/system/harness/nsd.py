# SPDX-License-Identifier: MIT
"""nsd - a private name server that knows the whole world: one root zone.

A name that is not in the records does not exist, as with a real resolver.
"""

import textwrap

import dns.exception
import dns.message
import dns.query

from .stage import free_port, until

CONFIGURATION = """\
    server:
      ip-address: 127.0.0.1@{port}
      do-ip6: no
      server-count: 1
      username: ""
      chroot: ""
      database: ""
      pidfile: ""
      zonesdir: "{folder}"
      xfrdir: "{folder}"
      xfrdfile: ""
      zonelistfile: "{folder}/zone.list"
      rrl-ratelimit: 0
    remote-control:
      control-enable: no
    zone:
      name: "."
      zonefile: "root.zone"
    """

ZONE = """\
    $ORIGIN .
    $TTL {ttl}
    @ SOA ns.harness. nobody.harness. 1 3600 600 86400 {ttl}
    @ NS ns.harness.
    ns.harness. A 127.0.0.1
    who.harness. TXT "{name}"
    """


class Nsd:
    """records: lines of a zone file, with whole names: "a.example. A ...".
    ttl: seconds, also for what does not exist."""

    def __init__(self, stage, records, ttl=60):
        self._folder = stage.folder / "nsd"
        self._folder.mkdir()
        zone = textwrap.dedent(ZONE).format(
            name=stage.folder.name, ttl=ttl)
        (self._folder / "root.zone").write_text(
            zone + "\n".join(records) + "\n")
        for _ in range(20):
            self.port = free_port()
            if self._starts(stage):
                return
        raise OSError("nsd does not start; see its log")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _starts(self, stage):
        file = self._folder / "nsd.conf"
        file.write_text(textwrap.dedent(CONFIGURATION).format(
            port=self.port, folder=self._folder))
        program = stage.start("nsd", "/usr/sbin/nsd", "-d", "-c", file)
        until("an answer of nsd", lambda: program.status is not None
              or self._is_ours(stage.folder.name))
        return program.status is None

    def _is_ours(self, name):
        question = dns.message.make_query("who.harness.", "TXT")
        try:
            answer = dns.query.udp(question, "127.0.0.1", port=self.port,
                                   timeout=0.2)
        except (dns.exception.DNSException, OSError):
            return False
        return name in str(answer)
