# SPDX-License-Identifier: MIT
"""bench_policy - the parts of bench.py that ask policyd and nobody else,
beside another build of it (--beside) and a server that does nothing."""

import pathlib
import sqlite3
import subprocess
import time

import bench_peers
import bench_world as world
from bench_stage import (DELAY_MS, figures, median, ms, processor_seconds,
                         shared_out, status_of, tool)
from harness.stage import free_port

CONNECTIONS = (1, 16, 64)


def ratio(mine, others, name):
    """Round by round, as the machine is another from round to round."""
    ratios = sorted(one[name] / other[name]
                    for one, other in zip(mine, others))
    return f"{ratios[len(ratios) // 2]:.2f} ({ratios[0]:.2f} to " \
        f"{ratios[-1]:.2f})"


def latency(results):
    figures = median(results)
    shown = f"p50 {ms(figures['p50'])}, p99 {ms(figures['p99'])}"
    if "processor" in figures:
        shown += f", {1e6 * figures['processor']:.1f} µs of a processor"
    return shown


def commit_of(build):
    """What was built there, or where that is."""
    done = subprocess.run(["git", "-C", build, "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or build


class PolicyParts:
    def spend(self, program, *asked):
        """Figures of a load, and what a request has cost the program: that
        says most where a machine does something else meanwhile."""
        before = processor_seconds([program])
        done = self.load(*asked)
        spent = processor_seconds([program]) - before
        return {**done, "processor": spent / done["requests"]}

    @property
    def beside(self):
        return commit_of(self.options.beside)

    def builds(self, resolver=None, **settings):
        """[ours, that of --beside], started."""
        wanted = [None, *([self.options.beside] if self.options.beside else ())]
        made = [self.postward(resolver, programs=programs, **settings)
                for programs in wanted]
        for one in made:
            one.start_policyd()
        return made

    def policy(self):
        """policyd, all answers of DNS known."""
        builds = self.builds()
        size = (self.folder / "warm").read_text().count("\n\n")
        for one in builds:  # all there is to know
            known = self.load("policy", one.policyd_socket, 16, "warm", 0,
                              size)
        for connections in CONNECTIONS:
            mine, *another, nothing = self.rounds(
                *(lambda one=one: self.spend(
                    one.policyd, "policy", one.policyd_socket, connections,
                    "warm") for one in builds),
                lambda: self.load("policy-any", self.null("policy"),
                                  connections, "warm"))
            of = [("does nothing", nothing)]
            of += [(self.beside, one) for one in another]
            self.add(f"policy requests/s, warm, {connections} "
                     f"connection{'s' * (connections > 1)}",
                     f"{median(mine)['rate']:,.0f}, {latency(mine)}",
                     "; ".join(f"{ratio(mine, its, 'rate')} of "
                               f"{median(its)['rate']:,.0f}, {latency(its)} "
                               f"({name})" for name, its in of))
        print(f"  of {size} requests "
              f"{100 * known['refused'] / known['requests']:.1f} % were "
              f"refused, as the world expects")

    def peers(self):
        """policyd beside policy servers of other houses, each of which does a
        part of what it does; all answers of DNS known."""
        ours = self.builds()[0]
        bench_peers.take_the_log(self)
        for name, does, path, start in bench_peers.PEERS:
            if not pathlib.Path(path).exists():
                self.add(f"policy requests/s beside {name}", "not installed")
                continue
            servers = [("policy", ours.policyd_socket),
                       ("policy-any", start(self))]
            for connections in CONNECTIONS:
                mine, its = self.rounds(*(
                    lambda kind=kind, place=place: self.load(
                        kind, place, connections, "warm")
                    for kind, place in servers))
                self.add(f"policy requests/s beside {name}, {connections} "
                         f"connection{'s' * (connections > 1)}",
                         f"{median(mine)['rate']:,.0f}, {latency(mine)}",
                         f"{median(mine)['rate'] / median(its)['rate']:.0f} × "
                         f"{median(its)['rate']:,.0f}, {latency(its)} "
                         f"({name}: {does})")
                if self.options.quick:
                    break

    def of_new(self, place, first):
        """Each request is of a sender, a client and a domain never seen."""
        return figures(tool("bench_load"), "-t", "names", place, 16, 0,
                       self.options.requests // 50, self.folder / "names",
                       first, 10 ** 9)

    def greylist(self):
        """policyd with greylisting, senders known and new, beside one without
        and postgrey."""
        on, off = (self.postward(**changes) for changes in (
            {'check "greylist"': {"action": "defer"}}, {}))
        places = [on.start_policyd() or on.policyd_socket,
                  off.start_policyd() or off.policyd_socket]
        names = ["off"]
        if pathlib.Path(bench_peers.POSTGREY).exists():
            bench_peers.take_the_log(self)
            places.append(bench_peers.start_postgrey(self, "--delay=1"))
            names.append("postgrey")
        size = (self.folder / "warm").read_text().count("\n\n")
        for place in places:
            self.load("policy-any", place, 16, "warm", 0, size)
        with sqlite3.connect(on.database, timeout=60) as store:
            store.execute("UPDATE greylist SET first_seen = first_seen - 301")
        store.close()
        time.sleep(2)  # postgrey's
        for place in places:
            self.load("policy-any", place, 16, "warm", 0, size)
        for what, measure in (
                ("known", lambda place, _: self.load("policy-any", place, 16,
                                                     "warm")),
                ("new", self.of_new)):
            results = [[] for _ in places]
            for turn in range(self.options.rounds):
                for place, result in zip(places, results):
                    result.append(measure(place, turn * self.options.requests))
            mine, *others = results
            self.add(f"policy requests/s, greylisting, {what} senders, 16 "
                     "connections", f"{median(mine)['rate']:,.0f}, "
                     f"{latency(mine)}",
                     "; ".join(f"{ratio(mine, its, 'rate')} of "
                               f"{median(its)['rate']:,.0f}, {latency(its)} "
                               f"({name})"
                               for name, its in zip(names, others)))

    def cold(self):
        """policyd, nothing known, and DNS slow."""
        port = free_port()
        self.start("delay50", "bench_delay", port, self.nsd.port, DELAY_MS)
        results = [[], []]
        for _ in range(self.options.rounds):
            for one, result in zip(self.builds(f"127.0.0.1:{port}"), results):
                result.append(self.load("policy", one.policyd_socket, 64,
                                        "cold", 0, world.DOMAINS))
                one.policyd.stop()
        mine, another = results
        self.add(f"policy requests/s, cold, {DELAY_MS} ms a DNS answer, "
                 "64 at once",
                 f"{median(mine)['rate']:,.0f}, {latency(mine)}",
                 f"{ratio(mine, another, 'rate')} of "
                 f"{median(another)['rate']:,.0f}, {latency(another)} "
                 f"({self.beside})" if another else "")

    def memory(self):
        """policyd's, at most."""
        for connections in (64, 1000):
            most = []
            for one in self.builds(policyd={"max-connections": 1100}):
                self.load("policy", one.policyd_socket, connections, "warm")
                most.append(
                    f"{status_of(one.policyd, 'VmHWM'):.1f} MB, afterwards "
                    f"{shared_out([one.policyd.pid]):.1f} MB of its own (PSS)")
                one.policyd.stop()
            self.add(f"memory of policyd, {connections:,} connections",
                     most[0], "".join(f"{other} ({self.beside})"
                                      for other in most[1:]))
