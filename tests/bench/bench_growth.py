#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench_growth.py - what Postward costs as its store grows: 1,000, 100,000 and
1,000,000 accounts, with as many mails in the outbox and a tenth as many
requests, on SQLite and on MariaDB.

    tests/bench/bench_growth.py [--build DIR] [--accounts N]...
        [--only sqlite|mariadb] [--seconds S] [--rounds N]

The sizes are measured in turn, so that a busy machine is as busy for all;
figures are medians, and those behind the first size are told as multiples of
it.  Makes what is missing in build/bench.  Nothing is cached: the forwarder has
`forward-cache = 0s`.  Needs MariaDB's server for its part.
"""

import argparse
import contextlib
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import time

import bench_stage
from bench_stage import figures, machine, tool
from harness.mariadb import Mariadb
from harness.postward import Postward
from harness.stage import Stage

DOMAIN = "grown.test"
SIZES = (1000, 100_000, 1_000_000)
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n" \
          " WHERE i + 1 < {n}) "
# The same SQL for both; {i} is a number of seven digits.
ROWS = (
    ("account (address, state, created)", "{n}",
     "{user}, 'active', {now} - i"),
    ("forward (account, target, state, created, verified_at)", "{n}",
     "{user}, {target}, 'active', {now} - i, {now} - i"),
    # Half waits, and most of that for a while; the other half was sent.
    ("outbox (id, dedup_key, about, recipient, template, texts, state,"
     " created, next_try, deadline, lease_until, sent, attempts)", "{n}",
     "{mail}, {mail}, {mail}, {target}, 'welcome', '{{}}',"
     " CASE WHEN i % 2 = 0 THEN 'new' ELSE 'sent' END, {now} - i % 86400,"
     " CASE WHEN i < 10 THEN {now} ELSE {now} + 600 + i % 1000 END,"
     " {now} + 864000, 0, 0, 0"),
    ("request (id, userid, address, reserved, email, state, code_expires,"
     " code_sent, code_wrong, codes, created, proven, decided)", "{n} / 10",
     "{mail}, {user}, {user}, {user}, {target},"
     " CASE WHEN i % 3 = 0 THEN 'asked' ELSE 'approved' END,"
     " {now} + 86400, {now}, 0, 1, {now} - i, 0, 0"),
)


def statements(n, engine, rows=ROWS):
    """What fills the tables of a store for n accounts."""
    padded = "SUBSTR(CONCAT('0000000', i), -7)" if engine == "mariadb" \
        else "SUBSTR('0000000' || i, -7)"
    join = "CONCAT({0}, {1})" if engine == "mariadb" else "({0} || {1})"
    names = {"n": n, "now": int(time.time())}
    names["user"] = join.format(join.format("'user'", padded),
                                f"'@{DOMAIN}'")
    names["target"] = join.format(join.format("'user'", "i"),
                                  "'@mailbox.test'")
    names["mail"] = join.format("'mail'", padded)
    for table, count, columns in rows:
        count = count.format(**names)
        yield (f"INSERT INTO {table} "
               + (NUMBERS.format(n=count) if engine == "mariadb" else "")
               + f"SELECT {columns.format(**names)} FROM n",
               NUMBERS.format(n=count))


def fill_sqlite(database, n):
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        for insert, numbers in statements(n, "sqlite"):
            db.execute(numbers + insert)


def fill_mariadb(server, name, n, rows=ROWS):
    for insert, _ in statements(n, "mariadb", rows):
        sql = f"SET max_recursive_iterations = 10000000; {insert}"
        done = subprocess.run(
            ["mariadb", "--no-defaults", "-u", "root", "-S", server.socket,
             "-e", sql, name], text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise OSError(done.stderr)


class Grown:
    """A store of a size, with a forwarder."""

    def __init__(self, stage, engine, n, server):
        self.n = n
        own = stage.keep(Stage())
        sockets = own.folder / "sockets"
        sockets.mkdir()
        settings = {"": {"domains": [DOMAIN], "forward-cache": "0s",
                         "forward-stale": "0s"},
                    "forwarder": {"group": "root"}}
        self.postward = Postward(own, sockets, "127.0.0.1:1", settings)
        if server:
            server.ask(f"CREATE DATABASE grown{n}")
            self.url = server.url(f"grown{n}")
            self.postward.change({"store": {"url": self.url}})
        else:
            self.url = f"sqlite:{self.postward.database}"
        self.postward.cli("store init")
        if server:
            fill_mariadb(server, f"grown{n}", n)
        else:
            fill_sqlite(self.postward.database, n)
        self.keys = own.folder / "keys"
        self.keys.write_text("".join(
            f"user{i * 7919 % n:07d}@{DOMAIN}\n" for i in range(200_000)))
        self.postward.start_forwarder()
        self.asked = 0

    def lookups(self, connections, seconds):
        """Of names in no order, another part each time."""
        self.asked = (self.asked + 50_000) % 200_000
        return figures(tool("bench_load"), "forward",
                       self.postward.forwarder_socket, connections, seconds,
                       0, self.keys, self.asked)

    def steps(self, seconds):
        done = subprocess.run(
            [tool("store_bench"), self.url, str(self.n), str(seconds)],
            text=True, capture_output=True, check=False)
        result = {}
        for line in done.stdout.splitlines():
            name, *pairs = line.split(" ", 4)
            if not line.split(" bad=")[1].startswith("0"):
                raise OSError(line)
            result[name] = float(pairs[0].partition("=")[2])
        if done.returncode != 0:
            raise OSError(done.stderr)
        return result


def table(title, unit, stores, results):
    """results: {what: {size: [figures]}}; a row each."""
    print(f"\n{title}\n\n| {unit} | "
          + " | ".join(f"{s.n:,}" for s in stores) + " |")
    print("|---" * (len(stores) + 1) + "|")
    for what, by_size in results.items():
        base = by_size[stores[0].n]
        cells = []
        for store in stores:
            values = by_size[store.n]
            ratio = statistics.median(a / b for a, b in zip(values, base))
            cell = f"{statistics.median(values):,.1f}"
            cells.append(cell if store is stores[0]
                         else f"{cell} ({ratio:.2f} x)")
        print(f"| {what} | " + " | ".join(cells) + " |", flush=True)


def measure(stores, options):
    lookups, steps = {}, {}
    for _ in range(options.rounds):
        for connections in (1, 16):
            for store in stores:
                got = store.lookups(connections, options.seconds)
                of = lookups.setdefault(
                    f"table forward, {connections} connections", {})
                of.setdefault(store.n, []).append(1e6 / got["rate"])
        for store in stores:
            for name, us in store.steps(options.seconds / 10).items():
                steps.setdefault(name, {}).setdefault(store.n, []).append(us)
    return lookups, steps


def run(engine, options):
    with contextlib.closing(Stage()) as stage:
        server = Mariadb(stage, "db", [
            "--innodb-buffer-pool-size=512M"]).start() \
            if engine == "mariadb" else None
        stores = [Grown(stage, engine, n, server) for n in options.accounts]
        lookups, steps = measure(stores, options)
        table(f"{engine}: microseconds a lookup that nobody has cached",
              "accounts", stores, lookups)
        table(f"{engine}: microseconds a step of one connection, median",
              "accounts", stores, steps)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--accounts", type=int, action="append")
    parser.add_argument("--only", choices=("sqlite", "mariadb"))
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    options.accounts = options.accounts or list(SIZES)
    os.environ["POSTWARD_BUILD"] = str(options.build
                                       or bench_stage.make_build())
    print(machine())
    for engine in ("sqlite", "mariadb"):
        if options.only in (None, engine):
            run(engine, options)


if __name__ == "__main__":
    sys.exit(main())
