#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench_domains - what a domain costs, among 1, 1,000 and 100,000 of them.

usage: tests/bench/bench_domains.py [--build FOLDER] [--domains N,...]
                                    [--accounts N] [--seconds S] [--rounds N]

Makes a store (SQLite) with as many accounts each time, in so many domains of the
store, beside one of postward.conf that nobody asks about.  Asks policyd
about recipients and the forwarder about `forward` and `domain`, all of them in
turn and anew in each round, until their caches are as full as they get; then
looks how large the programs are, and how long a start and a reload of the
milter take with a folder of keys for each domain.  Prints each figure beside
that of one domain; the median of the rounds counts.  Fails if an answer is wrong.

--file has all domains in postward.conf instead.
"""

import argparse
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

from harness.stage import Stage, until  # noqa: E402  pylint: disable=C0413

CONNECTIONS = 16
REQUEST = ("expect=accept\nrequest=smtpd_access_policy\nprotocol_state=RCPT\n"
           "protocol_name=ESMTP\nclient_address=127.0.0.1\n"
           "client_name=localhost\nreverse_client_name=localhost\n"
           "helo_name=localhost\nsender=\nrecipient={}\nrecipient_count=0\n\n")


def domain(number):
    return f"d{number:06}.example"


class Site:
    """A store, a configuration, a folder of keys and files of questions."""

    def __init__(self, stage, count, arguments):
        self.stage = stage
        self.folder = stage.folder / str(count)
        self.folder.mkdir()
        self.build = arguments.build
        self.file = self.folder / "postward.conf"
        domains = [domain(number) for number in range(count)]
        self.configure(domains if arguments.file else ["remotes.club"])
        subprocess.run([self.build / "bin/postward", "store", "init", "-c",
                        self.file], check=True, capture_output=True)
        self.fill([] if arguments.file else domains,
                  [f"user{n}@{domains[n % count]}"
                   for n in range(arguments.accounts)])
        self.ask(domains)
        self.keys(domains)

    def configure(self, domains):
        listed = ", ".join(f'"{name}"' for name in domains)
        self.file.write_text(f"""
hostname = "mx.remotes.club"
domains = {{ {listed} }}
log {{ to = "stderr" level = "warn" }}
resolver {{ servers = {{ "127.0.0.1:9" }} timeout = "1s" }}
store {{ url = "sqlite:{self.folder}/store.db" }}
decisions {{ keep = "0s" }}
dkim {{ keys = "{self.folder}/dkim" }}
policyd {{ listen = {{ "unix:{self.folder}/policyd" }} group = "" }}
forwarder {{ listen = {{ "unix:{self.folder}/forwarder" }} group = "" }}
milter {{ listen = "unix:{self.folder}/milter" group = "" }}
""")

    def fill(self, domains, accounts):
        with sqlite3.connect(self.folder / "store.db") as db:
            db.executemany(
                "INSERT INTO domain (name, created, removed) VALUES (?, 1, 0)",
                [(name,) for name in domains])
            db.executemany(
                "INSERT INTO account (address, state, created) "
                "VALUES (?, 'active', 1)", [(name,) for name in accounts])
            db.executemany(
                "INSERT INTO forward (account, target, state, created) "
                "VALUES (?, ?, 'active', 1)",
                [(name, f"x{n}@mailbox.example")
                 for n, name in enumerate(accounts)])
        db.close()
        # So that each thread begins elsewhere than at the account before.
        self.accounts = accounts[::7] + accounts[3::7]

    def ask(self, domains):
        (self.folder / "policy").write_text(
            "".join(map(REQUEST.format, self.accounts)))
        (self.folder / "forward").write_text(
            "".join(name + "\n" for name in self.accounts))
        names = domains * (1 + 1000 // len(domains))
        (self.folder / "domain").write_text(
            "".join(name + "\n" for name in names))

    def keys(self, domains):
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                        self.folder / "key.pem"], check=True)
        (self.folder / "key.pem").chmod(0o640)
        for name in domains:
            (self.folder / "dkim" / name).mkdir(parents=True)
            shutil.copy(self.folder / "key.pem",
                        self.folder / "dkim" / name / "s.pem")

    def start(self, name):
        begun = time.monotonic()
        program = self.stage.start(f"{name} of {self.folder.name}",
                                   self.build / f"bin/postward-{name}", "-c",
                                   self.file)
        until(f"{name}", lambda: (self.folder / name).is_socket()
              or program.status is not None)
        return program, time.monotonic() - begun

    def load(self, kind, place, file, seconds, requests=0):
        done = subprocess.run(
            [self.build / "tests/bench/bench_load", kind, self.folder / place,
             str(CONNECTIONS), str(seconds), str(requests), self.folder / file],
            check=True, capture_output=True, text=True).stdout
        said = dict(re.findall(r"(\w+)=([\d.]+)", done))
        if said["bad"] != "0":
            sys.exit(f"bench_domains: wrong answers: {done}")
        return float(said["rate"])

    def figures(self, seconds):
        """One round: {what: figure}."""
        out = {}
        forwarder, out["start of the forwarder, ms"] = self.start("forwarder")
        policyd, _ = self.start("policyd")
        milter, out["start of the milter, ms"] = self.start("milter")
        for what, kind, place in (
                ("RCPT of policyd, answers/s", "policy-any", "policyd"),
                ("table forward, lookups/s", "forward", "forwarder"),
                ("table domain, lookups/s", "domain", "forwarder")):
            file = "policy" if kind == "policy-any" else kind
            # All once before, however many they are.
            self.load(kind, place, file, 0, 100000)
            out[what] = self.load(kind, place, file, seconds)
        for name, program in (("policyd", policyd), ("forwarder", forwarder),
                              ("milter", milter)):
            out[f"memory of {name}, MB"] = resident(program.pid)
        out["reload of the milter, ms"] = self.reload(milter)
        for program in (forwarder, policyd, milter):
            program.stop()
        for key in out:
            out[key] *= 1000 if key.endswith(" ms") else 1
        return out

    def reload(self, program):
        """The line is written when all is done."""
        self.file.write_text(self.file.read_text().replace('"warn"', '"info"'))
        begun = time.monotonic()
        program.signal(1)
        until("a reload", lambda: "configuration read again" in program.log())
        took = time.monotonic() - begun
        self.file.write_text(self.file.read_text().replace('"info"', '"warn"'))
        return took


def resident(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def tell(counts, rounds):
    for what in rounds[counts[0]][0]:
        line = f"{what:32}"
        one = statistics.median(r[what] for r in rounds[counts[0]])
        for count in counts:
            figure = statistics.median(r[what] for r in rounds[count])
            shown = f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"
            line += f" | {shown:>8} ({figure / one:.2f} ×)"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build/bench")
    parser.add_argument("--domains", default="1,1000,100000")
    parser.add_argument("--accounts", type=int, default=100000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file", action="store_true")
    arguments = parser.parse_args()
    counts = [int(n) for n in arguments.domains.split(",")]
    with Stage() as stage:
        sites = {n: Site(stage, n, arguments) for n in counts}
        rounds = {n: [] for n in counts}
        for _ in range(arguments.rounds):
            for n, site in sites.items():
                rounds[n].append(site.figures(arguments.seconds))
        print(f"{'domains':32} " + " | ".join(f"{n:>16,}" for n in counts))
        tell(counts, rounds)
        for n in counts:
            shutil.rmtree(stage.folder / str(n))


if __name__ == "__main__":
    main()
