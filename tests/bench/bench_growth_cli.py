#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench_growth_cli - seconds and memory of the commands that print or read many
rows, for 1,000, 100,000 and 1,000,000 accounts.

usage: tests/bench/bench_growth_cli.py [--sizes N,N,...] [--build FOLDER]
                                       [--mariadb]

Fills a store (SQLite; --mariadb: a server of its own) with `postward import` of
a file in no order, and then, of SQLite, with as many mails, decisions and
failures by SQL, and a tenth as many requests and domains.  Seconds are those of
a processor, user and system; in brackets those on the clock.  Memory is the
most that was resident.  Needs 3 GB in $TMPDIR for a million.
"""

import argparse
import contextlib
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

from harness.mariadb import Mariadb  # noqa: E402
from harness.memory import measured  # noqa: E402
from harness.postward import Postward  # noqa: E402
from harness.stage import Stage  # noqa: E402

RECORD = ("state=RCPT action={action}{by} would-action={action}{would} "
          "would-points=0 points=0 client=192.0.2.66 helo=mail.example.org "
          "from=<{sender}> to=<{account}> instance=1.{i} ms=2 "
          'found="check=helo_syntax outcome={outcome} why=\\"a name\\" '
          'action=reject"')
BY = ' check=helo_syntax finding=1 reply="550 5.7.1 no"'
WOULD = (' would-check=helo_syntax would-finding=1 would-reply="550 5.7.1 no"')
MILTER = ("Nov 29 08:00:00 mx postward/milter[1]: queue_id={i:X} state=END-OF-"
          "MESSAGE action=accept spf=pass dkim=none dmarc=pass "
          "author=s{sender}.example fate=reject fate_mode=shadow "
          "fate_case=spf-only survives=no at=gmail:5.7.26 "
          "client=mail.example.org[192.0.2.10] helo=mail.example.org "
          "from=<a@s{sender}.example> recipients=1 ms=1\n")
COMMANDS = [
    "account list", "account list --json", "forward list",
    "forward list --json", "export", "export --format postfixadmin"]
BY_SQL = [
    "request list", "request list --json", "domain list",
    "domain list --json", "replay", "replay --json", "fate report @",
    "fate report --json @"]


def accounts(n):
    rows = [f"member{i:07}@remotes.club,m{i}@mailbox{i % 977}.example,active,"
            "no,\n" for i in range(n)]
    random.Random(n).shuffle(rows)
    return "address,target,state,suspended,strategy\n" + "".join(rows)


def decisions(n, now):
    for i in range(n):
        rejected = i % 5 < 2
        account = f"member{i:07}@remotes.club"
        sender = f"u{i}@s{i % (n // 5)}.example"
        action = "reject" if rejected else "accept"
        yield (f"{i:026}", account, now - i % 86400, action, sender, "mx",
               RECORD.format(action=action, by=BY if rejected else "",
                             would=WOULD if rejected else "", sender=sender,
                             account=account, i=i,
                             outcome="hit" if rejected else "fine"))


# Table, columns, values by the number of the row (i) and the time (now).
TABLES = [
    (1, "outbox(id,dedup_key,about,recipient,template,texts,state,created,"
     "next_try,deadline,lease_until,sent,attempts)",
     lambda i, now: (f"o{i:07}", f"k{i}", f"member{i:07}@remotes.club",
                     f"m{i}@mailbox{i % 977}.example", "code", "{}", "sent",
                     now - i, now, now, 0, now, 1)),
    (1, "target_failure(account,target,message,kind,status,at)",
     lambda i, now: (f"member{i:07}@remotes.club",
                     f"m{i}@mailbox{i % 977}.example", f"q{i}", "hard",
                     "5.1.1", now - i % 86400)),
    (10, "request(id,userid,address,reserved,email,state,code_expires,"
     "code_sent,code_wrong,codes,created,proven,decided)",
     lambda i, now: (f"r{i:07}", f"user{i}", f"user{i}@remotes.club",
                     f"user{i}@remotes.club", f"u{i}@x.example", "proven",
                     now + 86400, now, 0, 1, now - i, now, 0)),
    (10, "domain(name,created,removed)",
     lambda i, now: (f"d{i:06}.example", now, 0)),
]


class Growth:
    def __init__(self, stage, options, n):
        self.stage = stage
        self.n = n
        self.cells = {}
        url = {"url": Mariadb(stage).start().url()} if options.mariadb else {}
        self.postward = Postward(stage, stage.folder / "run", "127.0.0.1:9",
                                 {"store": url} if url else {})
        self.program = options.build / "bin/postward"
        self.postward.run("store", "init", "-c", self.postward.file)
        self.file = stage.folder / "accounts.csv"
        self.file.write_text(accounts(n))
        self.log = stage.folder / "mail.log"

    def run(self, words):
        argv = [str(self.log) if word == "@" else word
                for word in words.split()]
        with open(self.stage.folder / "printed", "wb") as out:
            status, kilobytes, clock, processor = measured(
                self.stage, [self.program, *argv, "-c", self.postward.file],
                stdout=out, stdin=subprocess.DEVNULL)
        if status != 0:
            sys.exit(f"postward {words}: status {status}")
        self.cells[words.replace(str(self.file), "FILE").replace("@", "FILE")
                   ] = (f"{processor:.2f} s ({clock:.1f}) "
                        f"{kilobytes / 1000:.0f} MB")

    def fill(self):
        now = int(time.time())
        with contextlib.closing(sqlite3.connect(
                self.postward.database)) as store:
            store.execute("PRAGMA synchronous = OFF")
            for part, table, row in TABLES:
                marks = ",".join("?" * (table.count(",") + 1))
                store.executemany(
                    f"INSERT INTO {table} VALUES ({marks})",
                    (row(i, now) for i in range(self.n // part)))
            store.executemany(
                "INSERT INTO decision(id,account,at,action,sender,host,record)"
                " VALUES (?,?,?,?,?,?,?)", decisions(self.n, now))
            store.commit()
        with open(self.log, "w") as log:
            log.writelines(MILTER.format(i=i, sender=i % (self.n // 5))
                           for i in range(self.n))

    def all(self, options):
        self.run(f"import {self.file} --format csv --dry-run --json")
        self.run(f"import {self.file} --format csv")
        self.run(f"import {self.file} --format csv --dry-run")
        for words in COMMANDS:
            self.run(words)
        if not options.mariadb:
            self.fill()
            for words in BY_SQL:
                self.run(words)
        return self.cells


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build/release")
    parser.add_argument("--mariadb", action="store_true")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    os.environ["POSTWARD_BUILD"] = str(options.build)
    columns = []
    for n in sizes:
        with Stage() as stage:
            columns.append(Growth(stage, options, n).all(options))
        print(f"{n:,} accounts: measured", file=sys.stderr)
    print("| `postward` | " + " | ".join(f"{n:,}" for n in sizes) + " |")
    print("|---|" + "---|" * len(sizes))
    for words in columns[0]:
        print(f"| `{words}` | " + " | ".join(
            column[words] for column in columns) + " |")


if __name__ == "__main__":
    main()
