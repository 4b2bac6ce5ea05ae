#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench_hosts.py - several mail exchangers on a Galera cluster of three nodes:
what each costs the cluster, and what the loss of a node costs them.

    tests/bench/bench_hosts.py [--build DIR] [--accounts N] [--seconds S]
        [--rate MAILS] [--exchangers N]...

An exchanger is a policyd and a forwarder with caches of their own, asked about
MAILS mails a second: who gets mail how often follows Zipf's law.  All run on
this machine, so that rates say nothing of many machines; what a mail costs the
cluster does.  The figures are those of docs/scale.md.  Needs MariaDB's server
and galera-4.
"""

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import random
import subprocess
import sys
import time

import bench_stage
import bench_world as world
from bench_growth import DOMAIN, ROWS, fill_mariadb
from bench_stage import figures, machine, processor_seconds, tool
from harness.mariadb import Galera
from harness.postward import Postward
from harness.stage import Stage, until

COUNTED = ("Com_stmt_execute", "Com_select", "Com_commit",
           "wsrep_replicated", "wsrep_replicated_bytes",
           "wsrep_local_cert_failures", "wsrep_local_bf_aborts",
           "Threads_connected")
WRITES = ("srs_token", "outbox_put", "decisions_20")


def draw(n, count, seed):
    """Numbers below n, some much more often than others."""
    dice = random.Random(seed)
    return [min(n - 1, int(n ** dice.random()) - 1) for _ in range(count)]


class Exchanger:
    def __init__(self, stage, number, cluster, accounts, mails):
        own = stage.keep(Stage())
        sockets = own.folder / "sockets"
        sockets.mkdir()
        nodes = [f"127.0.0.1:{node.port}" for node in cluster.nodes]
        first = number % len(nodes)
        hosts = ",".join(nodes[first:] + nodes[:first])
        group = {"group": "root"}
        self.postward = Postward(own, sockets, "127.0.0.1:1", {
            "": {"hostname": f"mx{number}.{DOMAIN}", "domains": [DOMAIN],
                 "forward-cache": "60s", "forward-stale": "1h"},
            "allow": {"clients": ["192.0.2.0/24"]},
            "store": {"url": f"mariadb://root@{hosts}/postward?tls=off"},
            "policyd": group, "forwarder": group})
        drawn = draw(accounts, mails, number)
        self.requests = own.folder / "requests"
        self.requests.write_text("".join(world.POLICY.format(
            number=at, client="192.0.2.1", name="mail.example.org",
            helo="mail.example.org", sender=f"s{at}@example.org",
            recipient=f"user{member:07d}@{DOMAIN}", expected="accept")
            for at, member in enumerate(drawn)))
        self.keys = own.folder / "keys"
        self.keys.write_text("".join(f"user{member:07d}@{DOMAIN}\n"
                                     for member in drawn))
        self.at = 0

    def start(self):
        self.postward.start_policyd()
        self.postward.start_forwarder()

    def second(self, mails):
        """What Postfix asks about so many mails, one after another: (answers
        that wait, longest in milliseconds)."""
        worst = 0
        for kind, place, file in (
                ("policy", self.postward.policyd_socket, self.requests),
                ("forward", self.postward.forwarder_socket, self.keys)):
            got = figures(tool("bench_load"), "-t", kind, place, 4, 0, mails,
                          file, self.at)
            worst = max(worst, got["max"] / 1000)
        self.at += mails
        return worst


def counters(cluster):
    """Of all nodes that live, and the seconds of their processors."""
    total = dict.fromkeys(COUNTED, 0)
    alive = [node for node in cluster.nodes if node.program.status is None]
    for node in alive:
        said = node.ask("SHOW GLOBAL STATUS") or ""
        for name, _, value in (line.partition("\t")
                               for line in said.splitlines()):
            for wanted in COUNTED:
                if name.lower() == wanted.lower():
                    total[wanted] += int(value)
    total["processor"] = processor_seconds(
        [node.program for node in alive])
    return total


def load(exchangers, seconds, rate):
    """Each second its mails; longest answer in milliseconds."""
    worst = 0
    with concurrent.futures.ThreadPoolExecutor(len(exchangers)) as pool:
        for _ in range(seconds):
            end = time.monotonic() + 1
            worst = max(worst, *pool.map(lambda e: e.second(rate),
                                         exchangers), 0)
            time.sleep(max(0, end - time.monotonic()))
    return worst


def mails(cluster, exchangers, options):
    before = counters(cluster)
    worst = load(exchangers, options.seconds, options.rate)
    time.sleep(2)  # what is written behind the answers
    after = counters(cluster)
    count = options.seconds * options.rate * len(exchangers)
    per = {name: (after[name] - before[name]) / count for name in after}
    conflicts = sum(after[name] - before[name] for name in (
        "wsrep_local_cert_failures", "wsrep_local_bf_aborts"))
    print(f"| {len(exchangers)} | {count:,} | {per['Com_stmt_execute']:.2f}"
          f" | {per['wsrep_replicated']:.3f}"
          f" | {per['wsrep_replicated_bytes']:,.0f}"
          f" | {conflicts} | {after['Threads_connected']}"
          f" | {1000 * per['processor']:.2f} ms | {worst:.0f} ms |",
          flush=True)


def write_costs(cluster, options):
    """The same steps by processes at nodes of their own."""
    print("\n| writes | writers | each, median | 99 % | all together |\n"
          "|---|---|---|---|---|")
    for step in WRITES:
        for writers in (1, 2, 4):
            argv = [[str(tool("store_bench")),
                     f"mariadb://root@127.0.0.1:"
                     f"{cluster.nodes[i % 3].port}/postward?tls=off",
                     str(options.accounts), "5", step]
                    for i in range(writers)]
            running = [subprocess.Popen(one, stdout=subprocess.PIPE,
                                        text=True) for one in argv]
            got = [one.communicate()[0] for one in running]
            pairs = [dict(pair.split("=") for pair in line.split()[1:5])
                     for line in got]
            median, high = (sorted(float(p[name]) for p in pairs)[
                writers // 2] / 1000 for name in ("p50", "p99"))
            total = sum(int(p["n"]) - int(p["bad"]) for p in pairs) / 5
            bad = sum(int(p["bad"]) for p in pairs)
            print(f"| {step} | {writers} | {median:.2f} ms | {high:.2f} ms | "
                  f"{total:,.0f} a second{f', {bad} put off' if bad else ''}"
                  " |", flush=True)


def lose_a_node(cluster, exchangers, options):
    """Those whose first node it is ask another."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load, exchangers, options.seconds, options.rate)
        time.sleep(3)
        cluster.nodes[0].kill()
        worst = loading.result()
    print(f"\nA node lost under that load, {len(exchangers)} exchangers: the "
          f"longest answer took {worst:.0f} ms; none was wrong.")


def run(options):
    with contextlib.closing(Stage()) as stage:
        cluster = Galera(stage)
        cluster.start()
        several = max(options.exchangers)
        count = (3 * options.seconds + 10) * options.rate
        exchangers = [Exchanger(stage, i, cluster, options.accounts, count)
                      for i in range(several)]
        cluster.nodes[0].ask("CREATE DATABASE IF NOT EXISTS postward")
        exchangers[0].postward.cli("store init")
        fill_mariadb(cluster.nodes[0], "postward", options.accounts,
                     [row for row in ROWS if row[0].startswith(
                         ("account", "forward"))])
        until("all nodes know", lambda: all(node.ask(
            "SELECT COUNT(*) FROM postward.forward") == str(options.accounts)
            for node in cluster.nodes))
        for exchanger in exchangers:
            exchanger.start()
        print("| exchangers | mails | statements a mail | transactions | bytes "
              "replicated | conflicts | connections | processor of all nodes "
              "| longest answer |\n|---|---|---|---|---|---|---|---|---|")
        for n in options.exchangers:
            mails(cluster, exchangers[:n], options)
        write_costs(cluster, options)
        lose_a_node(cluster, exchangers[:2], options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--exchangers", type=int, action="append")
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    options.exchangers = options.exchangers or [1, 2, 4]
    os.environ["POSTWARD_BUILD"] = str(options.build
                                       or bench_stage.make_build())
    print(machine(), "\n")
    run(options)


if __name__ == "__main__":
    sys.exit(main())
