#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench.py - how fast Postward is on this machine, beside servers that do
nothing, beside another build, and beside the peers that are installed
(PostSRSd, policyd-spf-python, policyd-weight, postfwd, postgrey, pyspf,
libopendkim, dkimpy, OpenDKIM, OpenDMARC).

    tests/bench/bench.py [--seconds S] [--rounds N] [--apart] [--only PART]...
                         [--beside BUILD]

Builds what it needs in build/bench, makes a world of 1,000 domains in a network
of its own, and prints the table of README.md.  Servers that are compared are
measured in turn, N times, and the median counts: machines are noisy.  Every
answer is compared with what the world expects; a wrong one ends the bench.
Needs iproute2, and root or user namespaces (else exit status 77); for the parts
end, forwarding and bodies python3-dkim.  Debian's packages of the peers:
postsrsd postfix-policyd-spf-python policyd-weight postfwd postgrey python3-spf
opendkim opendmarc python3-dkim, and to build dkim_peer libopendkim-dev.
"""

import argparse
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time

import bench_mail
import bench_signed as signed
import bench_stage
import bench_world as world
from bench_auth import AuthParts
from bench_policy import PolicyParts, ratio
from bench_stage import (DELAY_MS, connects, figures, median, ms, status_of,
                         tool)
from harness.nsd import Nsd
from harness.stage import Stage, free_port, until

SRS_PEER = pathlib.Path("/usr/sbin/postsrsd")


@dataclasses.dataclass
class Row:
    what: str
    ours: str
    beside: str = ""


class Bench(AuthParts, PolicyParts):
    def __init__(self, stage, options):
        self.stage = stage
        self.options = options
        self.folder = stage.folder
        self.rows = []
        self.signed = signed.SignedWorld(self.folder) if signed.dkim else None
        # What was learned once stays known.
        self.nsd = Nsd(stage, [*world.records(), *(
            self.signed.records() if self.signed else ())], ttl=86400)
        self.resolv()
        size = 2000 if options.quick else 20000
        world.write_policy(self.folder / "warm", size)
        world.write_policy(self.folder / "cold", world.DOMAINS)
        world.write_names(self.folder / "names")
        world.write_members(self.folder / "members", size)
        world.write_senders(self.folder / "senders", size)
        world.write_sessions(self.folder / "sessions", size)

    def resolv(self):
        """The peers read /etc/resolv.conf, which is our own here, and want a
        server at port 53."""
        file = self.folder / "resolv.conf"
        file.write_text("nameserver 127.0.0.1\n")
        subprocess.run(["mount", "--bind", file, "/etc/resolv.conf"],
                       check=True)
        self.start("delay0", "bench_delay", "53", self.nsd.port, "0")

    def start(self, name, program, *argv):
        return self.stage.start(name, tool(program), *argv)

    def postward(self, resolver=None, **settings):
        return bench_stage.make_postward(
            self.stage, resolver or self.nsd.address, **settings)

    def null(self, kind, path=None):
        path = path or self.folder / f"null-{kind}"
        if not path.exists():
            self.start(f"null-{kind}", "bench_null", kind, path)
            until(f"the null {kind}", path.exists)
        return path

    def load(self, kind, path, connections, file, seconds=None, requests=0,
             *more):
        return figures(
            tool("bench_load"), kind, path, connections,
            self.options.seconds if seconds is None else seconds, requests,
            self.folder / file, *more)

    def rounds(self, *measures):
        """The figures of each, measured one after another in rounds."""
        results = [[] for _ in measures]
        for _ in range(self.options.rounds):
            for result, measure in zip(results, measures):
                result.append(measure())
        return results

    def in_turn(self, *measures):
        """The median figures of each."""
        return [median(result) for result in self.rounds(*measures)]

    def add(self, *row):
        self.rows.append(Row(*row))
        what, ours, beside = (*row, "")[:3]
        print(f"  {what:56} {ours}" + (f"\n{'':59}{beside}" if beside else ""),
              flush=True)

    # ---- parts

    def kept(self):
        """policyd that keeps its decisions, as many as it ever writes, beside
        one that keeps none; all answers of DNS known."""
        both = []
        for decisions in ({"per-day": 5000000}, {"keep": "0s"}):
            one = self.postward(decisions=decisions)
            one.start_policyd()
            self.load("policy", one.policyd_socket, 16, "warm", 0,
                      (self.folder / "warm").read_text().count("\n\n"))
            both.append(one)
        def measure(one):
            before = bench_stage.processor_seconds([one.policyd])
            done = self.load("policy", one.policyd_socket, 64, "warm")
            spent = bench_stage.processor_seconds([one.policyd]) - before
            return {**done, "processor": spent / done["requests"]}
        keeps, keeps_none = self.rounds(*(
            lambda one=one: measure(one) for one in both))
        for name, shown in (
                ("rate", "{:,.0f}".format), ("p99", ms),
                ("processor", lambda s: f"{1e6 * s:.1f} µs a request")):
            ratios = sorted(mine[name] / other[name]
                            for mine, other in zip(keeps, keeps_none))
            self.add(f"policy, decisions kept, 64 connections, {name}",
                     shown(median(keeps)[name]),
                     f"{ratios[len(ratios) // 2]:.3f} "
                     f"({ratios[0]:.3f} to {ratios[-1]:.3f}) of "
                     f"{shown(median(keeps_none)[name])} (keeps none)")

    def replay(self):
        """postward replay, without DNS: decisions of policyd, many times."""
        ours = self.postward()
        ours.start_policyd()
        self.load("policy", ours.policyd_socket, 1, "warm", 0, 100)
        ours.policyd.stop()
        want = 2000 if self.options.quick else 300000
        with contextlib.closing(sqlite3.connect(ours.database)) as db, db:
            rows = db.execute("SELECT * FROM decision").fetchall()
            db.executemany(
                "INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((f"x{i}", rows[0][1], rows[0][2] - i // 4,
                  *rows[i % len(rows)][3:])
                 for i in range(want - len(rows))))
        new = ours.file.with_name("new.conf")
        new.write_text(ours.file.read_text().replace(
            "policy {", "policy {\n\treject-at = 5", 1))
        rates = []
        for _ in range(self.options.rounds):
            began = time.monotonic()
            ours.cli("replay", "--config", new)
            rates.append(want / (time.monotonic() - began))
        self.add("replay, decisions/s",
                 f"{statistics.median(rates):,.0f}",
                 f"{len(rows[0][-1]):,} bytes a record")

    def names(self):
        """policyd, asked about ever new domains and clients."""
        requests = self.options.requests
        names = max(requests // 10, 1)
        ours = self.postward()
        ours.start_policyd()
        # A line for each of millions of requests would fill the disk.
        ours.change({"log": {"level": "warn"}})
        ours.policyd.signal(signal.SIGHUP)
        sizes = []
        for quarter in range(4):
            done = self.load("names", ours.policyd_socket, 64, "names", 0,
                             requests // 4, quarter * requests // 4, names)
            sizes.append(status_of(ours.policyd, "VmRSS"))
        self.add(f"memory of policyd, {requests:,} requests with {names:,} "
                 "names", f"{sizes[0]:.1f} MB after a quarter, {sizes[1]:.1f} "
                 f"after half, {sizes[3]:.1f} at the end",
                 f"{done['rate']:,.0f} requests/s in the last quarter")

    def tables(self):
        """forwarder."""
        ours = self.postward()
        ours.start_forwarder()
        null = self.null("socketmap")
        peer = self.postsrsd()
        for table, file in (("forward", "members"),
                            ("srs-forward", "senders")):
            for connections in (16, 64):
                measures = [lambda path=path: self.load(
                    table, path, connections, file)
                    for path in (ours.forwarder_socket, null)]
                if peer and table == "srs-forward":
                    measures.append(lambda: self.load(
                        "tcp", f"127.0.0.1:{peer}", connections, file))
                mine, nothing, *its = self.in_turn(*measures)
                beside = of_nothing(mine, nothing)
                if its:
                    beside += f"; {mine['rate'] / its[0]['rate']:.1f} × " \
                        f"{its[0]['rate']:,.0f} (PostSRSd)"
                self.add(f"table {table}, lookups/s, {plural(connections)}",
                         f"{mine['rate']:,.0f}, p99 {ms(mine['p99'])}",
                         beside)

    def postsrsd(self):
        """The port of its table for senders, or None."""
        if not SRS_PEER.exists():
            return None
        secret, port = self.folder / "postsrsd.secret", free_port()
        secret.write_text("for the bench\n")
        self.stage.start("postsrsd", SRS_PEER, "-s", secret, "-d", world.CLUB,
                         "-l", "127.0.0.1", "-f", port, "-r", free_port())
        until("postsrsd", lambda: connects(port))
        return port

    def compare(self, shown, sessions, what, count, nothing, *settings):
        """Adds a row: ours, and those beside it, each warm."""
        servers = bench_mail.pair(self.stage, self.nsd.address, self.null,
                                  *settings)
        measures = [lambda server=server, checked=checked: server.send(
            self.folder / "sessions", sessions, what, count, checked)
            for server, checked in zip(servers, (True, False))]
        if self.options.beside:
            another = bench_mail.guarded(self.stage, self.nsd.address,
                                         self.options.beside, *settings)
            measures.append(lambda: another.send(
                self.folder / "sessions", sessions, what, count, True))
        for measure in measures:
            measure()
        mine, none, *its = self.rounds(*measures)
        beside = of_nothing(median(mine), median(none), nothing)
        if its:
            beside += f"; {ratio(mine, its[0], 'rate')} of " \
                f"{median(its[0])['rate']:,.0f} ({self.beside})"
        self.add(shown, f"{median(mine)['rate']:,.0f}", beside)
        print(f"  of {count} senders {share(median(mine), 'sessions')} were "
              f"refused, as the world expects")

    def sessions(self):
        """Postfix with policyd, up to RCPT."""
        self.compare("Postfix, sessions/s up to RCPT, 64 at once", 64, "rcpt",
                     int(1000 * self.options.seconds) + 64,
                     "policy that does nothing", "smtpd_milters =")

    def messages(self):
        """Postfix with policyd and milter, up to the delivery."""
        self.compare("Postfix, senders/s up to the delivery, 16 at once", 16,
                     "message", int(300 * self.options.seconds) + 16,
                     "policy and milter that do nothing, so that all is "
                     "delivered")

    def spf(self):
        """SPF alone, on one core, DNS in memory."""
        seconds = self.options.seconds / 4
        ours = spf_figures(tool("spf_bench"), seconds)
        try:
            its = spf_figures(sys.executable, pathlib.Path(__file__)
                              .with_name("spf_bench.py"), seconds)
        except subprocess.CalledProcessError:
            its = {}  # no pyspf
        for name, rate in ours.items():
            beside = its.get(name) and \
                f"{rate / its[name]:.0f} × {its[name]:,.0f} (pyspf)"
            self.add(f"SPF evaluations/s, {name}", f"{rate:,.0f}",
                     beside or "")

    PARTS = ("policy", "peers", "greylist", "kept", "replay", "cold", "memory", "names",
             "tables", "sessions", "messages", "spf", "dkim", "end", "bodies", "forwarding")


def spf_figures(*argv):
    """{case: evaluations a second}."""
    done = subprocess.run([str(arg) for arg in argv], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {name.strip(): float(rate) for name, rate in
            re.findall(r"^(.*?)\s+(?:zone|pyspf)\s+(\d+)", done.stdout, re.M)}


def of_nothing(mine, nothing, what="does nothing"):
    return f"{mine['rate'] / nothing['rate']:.2f} of " \
        f"{nothing['rate']:,.0f} ({what})"


def share(result, whole):
    return f"{100 * result['refused'] / result[whole]:.1f} %"


def plural(n):
    return f"{n} connection" if n == 1 else f"{n} connections"


def load():
    return f"load average {os.getloadavg()[0]:.1f}"


def print_table(rows):
    print("\n| what | Postward | beside |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.ours} | {row.beside} |")


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4,
                        help="of each measurement (4)")
    parser.add_argument("--rounds", type=int, default=3, help="(3)")
    parser.add_argument("--requests", type=int, default=100000,
                        help="of the part names (100000), each tenth with a "
                             "new name")
    parser.add_argument("--only", choices=Bench.PARTS, action="append")
    parser.add_argument("--apart", action="store_true",
                        help="servers in sessions of their own")
    parser.add_argument("--quick", action="store_true",
                        help="only to see that all of it works")
    parser.add_argument("--build", type=pathlib.Path,
                        help="measure what is built there")
    parser.add_argument("--beside", type=pathlib.Path, metavar="BUILD",
                        help="the programs built there, too, in the parts\n"
                             "that are about policyd and Postfix")
    parser.add_argument(bench_stage.INSIDE, action="store_true",
                        help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.requests = 0.1, 1, 400
    return options


def main():
    options = arguments()
    shutil.which("ip") or sys.exit("bench.py: needs ip(8) of iproute2")
    if not options.inside:
        options.build = options.build or bench_stage.make_build()
        bench_stage.alone(__file__, [*sys.argv[1:], "--build",
                                     str(options.build.resolve())])
    os.environ["POSTWARD_BUILD"] = str(options.build)
    Stage.apart = options.apart
    # So that the stage is left in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{bench_stage.machine()}, {options.rounds} rounds of "
          f"{options.seconds:g} s, {load()}")
    with Stage() as stage:
        bench = Bench(stage, options)
        for name in options.only or Bench.PARTS:
            part = getattr(bench, name)
            print(f"\n{name}: {part.__doc__}", flush=True)
            part()
            print(f"  {load()}", flush=True)
        print_table(bench.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
