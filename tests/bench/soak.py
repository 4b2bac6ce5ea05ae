#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""soak.py - policyd, milter and forwarder under steady load in a bad world.

    tests/bench/soak.py [--minutes M] [--mariadb] [--tame] [--build DIR]
    tests/bench/soak.py --everything [--minutes M] [--build DIR]

DNS takes up to three seconds, DNS lists fall silent, refuse to answer and come
back, one lists the whole world until half-time (not with --tame), each program
reads its configuration again every second, the store is locked, taken away and
put back, or the MariaDB server killed and started again.  It fails when

- a program ends, or a sanitizer reports;
- a mail that must pass is refused or bounced: to put it off is right;
- a client gets no answer;
- memory grows: the median of the last quarter is compared with that of the
  second; or descriptors or threads, of which the most is compared;
- mail that must pass does not pass soon after all is well again.

Needs what bench.py needs.  Prints what it sees every ten seconds.

With --everything it is two mail exchangers, each a Postfix with all of
Postward, caches of its own, and Galera's three nodes as their store, with a
directory (slapd) as second source of accounts; domains of the store that come
and go, greylisting, limits, iprev, a list with points and a resolver of its
own, switches of members, decisions kept, seals and signatures, rewritten
authors, targets that fail, codes by mail, the web form and figures.  Twelve
messages a second of fifteen kinds come; nodes, slapd and programs are killed
with SIGKILL and come back, name servers fall silent, configurations are read
again and logs rotated.  It fails when

- a mail that was taken comes to a target not at all, or twice;
- a member's mail is refused, or an unknown recipient's, or a domain's that is
  gone, is taken;
- codes are lost or come twice, seals or signatures are missing;
- anything waits in the end that should have gone;
- a program ends by itself, or says what none of these faults explains;
- memory, descriptors or threads grow after five minutes.

Below ten minutes all is quicker, and memory is shown, not judged: 2 minutes to
try it.  It needs python3-dkim, slapd and ldap-utils, and Galera, too.
"""

import argparse
import contextlib
import itertools
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import statistics
import sys
import threading
import time

import bench_stage
import bench_world as world
from bench_stage import figures, status_of, tool
from harness.mariadb import Mariadb
from harness.nsd import Nsd
from harness.postfix import Postfix
from harness.smtpsink import Server, Session
from harness.stage import SANITIZER, Stage, until
from soak_dns import DELAYS, REFUSING, SILENT, WELL, WILD, SoakDns
from soak_everything import Everything

WILD_LIST = "bl4.test"  # on which is nobody
# How quarters are compared, and what the last may have more than the second: a
# part, and so much.  A client's new connections may come before its old ones
# have gone.  Those to the store are kept, up to 8 (lib/store/db.c), and when
# the pool is full is chance: three files each, or a socket.
MARGINS = {"rss": (statistics.median, 0.10, 2.0), "fds": (max, 0, 16),
           "store": (max, 0, 48), "threads": (max, 0, 16)}
MARIADB_MARGINS = {**MARGINS, "fds": (max, 0, 16 + 8)}


class Sink:
    """Takes mail and throws it away."""
    extensions, refused = (), {}

    def __init__(self):
        self._server = Server(("127.0.0.1", 0), Session)
        self._server.sink = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever,
                         daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def add(self, mail):
        pass


class Soak:
    def __init__(self, stage, options):
        self.stage = stage
        self.options = options
        self.seconds = options.minutes * 60
        self.failures = []
        self.series = {}  # (program, what): [figure]
        self.counts = dict.fromkeys(("requests", "refused", "sessions",
                                     "accepted"), 0)
        self.over = threading.Event()
        self.chance = random.Random(1)
        nsd = Nsd(stage, list(world.records()))
        self.dns = stage.keep(SoakDns(nsd.port, (*world.LISTS, world.NAMES)))
        self.write_files()
        self.postfix = Postfix(stage, stage.keep(Sink()), (
            "default_process_limit = 50", "fast_flush_domains ="))
        self.mariadb = Mariadb(stage).start() if options.mariadb else None
        self.start_postward()

    def write_files(self):
        folder = self.stage.folder
        world.write_policy(folder / "policy", 20000)
        world.write_members(folder / "forward", 20000)
        world.write_senders(folder / "srs-forward", 20000)
        world.write_sessions(folder / "sessions", 20000)
        (folder / "good").write_text("".join(
            block + "\n\n" for block in
            (folder / "policy").read_text().split("\n\n")
            if block.startswith("expect=accept")))

    def start_postward(self):
        group = {"group": "postfix"}
        settings = {"policyd": group, "forwarder": group, "milter": group}
        if self.mariadb:
            settings["store"] = {"url": self.mariadb.url()}
            self.mariadb.ask("CREATE DATABASE IF NOT EXISTS postward")
        if not self.options.tame:
            self.dns.states[WILD_LIST] = WILD
        self.postward = bench_stage.make_postward(
            self.stage, self.dns.address, self.postfix.queue / "postward",
            **settings)
        self.postward.start()
        self.programs = {it.name: it for it in (
            self.postward.policyd, self.postward.forwarder,
            self.postward.milter)}

    def fail(self, why):
        self.failures.append(why)
        self.over.set()

    # ---- clients; each in a thread

    def client(self, words):
        """Again and again, with new connections and other requests."""
        number = 0
        while not self.over.is_set():
            began = time.monotonic()
            try:
                done = figures(*words, number)
            except OSError as problem:
                self.fail(f"a client: {problem}")
                return
            for key in self.counts:
                self.counts[key] += done.get(key, 0)
            number += int(done.get("requests", 0) + done.get("sessions", 0))
            self.over.wait(1 - (time.monotonic() - began))

    def clients(self):
        folder = self.stage.folder
        yield (tool("bench_load"), "-t", "policy", self.postward.policyd_socket,
               16, 0, 400, folder / "policy")
        for table in ("forward", "srs-forward"):
            yield (tool("bench_load"), "-t", table,
                   self.postward.forwarder_socket, 8, 0, 100, folder / table)
        yield (tool("bench_smtp"), self.postfix.port, 8, 40, "message",
               folder / "sessions", "trouble")

    # ---- trouble; each in a thread

    def reload(self):
        while not self.over.wait(1):
            for program in self.programs.values():
                with contextlib.suppress(ProcessLookupError):
                    program.signal(signal.SIGHUP)

    def spoil_dns(self):
        half = time.monotonic() + self.seconds / 2
        while not self.over.wait(5):
            self.dns.delay = self.chance.choice(DELAYS)
            for zone in self.dns.states:
                if not (zone == WILD_LIST and time.monotonic() < half):
                    self.dns.states[zone] = self.chance.choice(
                        (WELL, WELL, SILENT, REFUSING))
        self.dns.delay = 0
        self.dns.states = dict.fromkeys(self.dns.states, WELL)

    def spoil_store(self):
        troubles = (self.restart,) if self.mariadb else (self.lock, self.hide)
        for trouble in itertools.cycle(troubles):
            if self.over.wait(self.chance.uniform(5, 15)):
                return
            trouble(self.chance.uniform(1, 8))

    def restart(self, seconds):
        self.mariadb.kill()
        self.over.wait(seconds)
        self.mariadb.start()

    def lock(self, seconds):
        with contextlib.closing(sqlite3.connect(
                self.postward.database, timeout=10)) as database:
            database.execute("BEGIN EXCLUSIVE")
            self.over.wait(seconds)
            database.rollback()

    def hide(self, seconds):
        folder = self.postward.database.parent
        hidden = folder.with_name("hidden")
        folder.rename(hidden)
        self.over.wait(seconds)
        hidden.rename(folder)

    # ---- what is looked at

    def sample(self):
        for name, program in self.programs.items():
            if program.status is not None:
                self.fail(f"{name} has ended with {program.status}: "
                          f"{program.log()[-2000:]}")
                return
            for what, figure in (
                    ("rss", status_of(program, "VmRSS")),
                    *descriptors(program).items(),
                    ("threads", status_of(program, "Threads"))):
                self.series.setdefault((name, what), []).append(figure)

    def show(self, began):
        now = "  ".join(
            f"{name} " + "/".join(f"{self.series[name, what][-1]:.0f}"
                                  for what in MARGINS)
            for name in self.programs)
        print(f"{time.monotonic() - began:6.0f} s  {now}  "
              f"{self.counts['requests']:,.0f} requests, "
              f"{self.counts['sessions']:,.0f} sessions", flush=True)

    def compare(self):
        margins = MARIADB_MARGINS if self.mariadb else MARGINS
        for (name, what), figures_ in self.series.items():
            typical, part, more = margins[what]
            quarter = len(figures_) // 4
            before = typical(figures_[quarter:2 * quarter])
            after = typical(figures_[-quarter:])
            line = " ".join(f"{figure:.{int(what == 'rss')}f}"
                            for figure in figures_)
            print(f"{name} {what}: {before:.1f} to {after:.1f}: {line}")
            if after > before * (1 + part) + more:
                self.failures.append(f"{what} of {name} grew from "
                                     f"{before:.1f} to {after:.1f}")

    def check_logs(self):
        for name, text in self.stage.logs().items():
            if SANITIZER.search(text):
                self.failures.append(f"{name}: a sanitizer has reported")
        mail = self.postfix.log.read_text(errors="replace")
        for line in re.findall(r".* status=bounced .*|.*: (?:fatal|panic): .*",
                               mail)[:3]:
            self.failures.append(f"Postfix: {line}")

    def check_recovery(self):
        """What must pass passes when nothing is wrong any more."""
        def passes():
            try:
                return figures(tool("bench_load"), "policy",
                               self.postward.policyd_socket, 4, 0, 500,
                               self.stage.folder / "good")
            except OSError as problem:
                self.last = problem
                return None
        try:
            until("good mail that passes again", passes, 120)
        except TimeoutError as late:
            self.failures.append(f"{late}: {self.last}")

    def stop(self):
        for name, program in self.programs.items():
            if program.status is None and program.stop() != 0:
                self.failures.append(f"{name} has stopped with "
                                     f"{program.status}")

    def run(self):
        threads = [threading.Thread(target=self.client, args=(words,))
                   for words in self.clients()]
        threads += [threading.Thread(target=it) for it in (
            self.reload, self.spoil_dns, self.spoil_store)]
        began = time.monotonic()
        print("memory in MB/descriptors/the store's/threads", flush=True)
        for thread in threads:
            thread.start()
        try:
            while not self.over.wait(min(10, self.seconds / 40)):
                self.sample()
                if not self.failures:
                    self.show(began)
                if time.monotonic() - began >= self.seconds:
                    break
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        if not self.failures:
            self.compare()
            self.check_recovery()
        self.stop()
        self.check_logs()
        for key, count in self.counts.items():
            print(f"{count:,.0f} {key}")
        return self.failures


def descriptors(program):
    """How many of the store's files, and how many others."""
    folder, files = pathlib.Path(f"/proc/{program.pid}/fd"), []
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            files.append(os.readlink(folder / name))
    of_store = sum("postward.db" in file for file in files)
    return {"fds": len(files) - of_store, "store": of_store}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="(30)")
    parser.add_argument("--mariadb", action="store_true",
                        help="a server that is killed, instead of SQLite")
    parser.add_argument("--everything", action="store_true",
                        help="two mail exchangers, a cluster, a directory")
    parser.add_argument("--tame", action="store_true",
                        help="no list that lists the whole world")
    parser.add_argument("--build", type=pathlib.Path,
                        help="the programs that are built there")
    parser.add_argument("--logs", type=pathlib.Path,
                        help="where --everything leaves them")
    parser.add_argument(bench_stage.INSIDE, action="store_true",
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = arguments()
    shutil.which("ip") or sys.exit("soak.py: needs ip(8) of iproute2")
    if not options.inside:
        options.build = options.build or bench_stage.make_build()
        bench_stage.alone(__file__, [*sys.argv[1:], "--build",
                                     str(options.build.resolve())])
    os.environ["POSTWARD_BUILD"] = str(options.build)
    # So that the stage is left in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Stage() as stage:
        failures = (Everything if options.everything else Soak)(
            stage, options).run()
    for failure in failures:
        print(f"FAILED: {failure}")
    print("failed" if failures else "all is well")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
