#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench_trace - how long `postward trace` takes to find one mail of the last
day among 10 million lines of Postfix' log.

usage: tests/bench/bench_trace.py [--lines N] [--build FOLDER] [--times N]

Writes a log of a day in a temporary folder ($TMPDIR; 1.5 GB), and asks for one
mail in it in several ways; each time is the median.  The file is in the page
cache, as it was just written; `memchr` is what it takes to read it once.  Fails
if an answer is wrong.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = 86400
WAITS = "0FFFFF9876543"
# Six lines of one mail, as they are logged; the seconds stand before them.
MAIL = (" mx postfix/smtpd[{n}]: {id}: client=mail{n}.example.org[192.0.2.{b}]"
        "\n", " mx postfix/cleanup[{n}]: {id}: message-id=<{id}.{n}@mail."
        "example.org>\n", " mx postfix/qmgr[400]: {id}: from=<SRS0=OgUS=JS="
        "example.org=user{n}@remotes.club>, size=31567, nrcpt=1 (queue active)"
        "\n", " mx postfix/smtp[{n}]: {id}: to=<{to}@mailbox.example>, "
        "orig_to=<{to}@remotes.club>, relay=mx.mailbox.example[192.0.2.{b}]:25,"
        " delay=0.83, delays=0.02/0.01/0.3/0.5, dsn=2.0.0, status=sent (250 "
        "2.0.0 Ok: queued as 4Xb{n})\n", " mx postfix/qmgr[400]: {id}: removed"
        "\n", " mx postfix/smtpd[{n}]: disconnect from mail{n}.example.org"
        "[192.0.2.{b}] ehlo=2 mail=1 rcpt=1 data=1 quit=1 commands=6/7\n")


def mail_lines(number, stamp, to):
    ident = f"{number % 0xfffff:05X}{0x1000000 + number:07X}"
    return "".join(stamp + line.format(n=number % 30000, b=number % 250,
                                       id=ident, to=to) for line in MAIL)


def stamp_of(second):
    return time.strftime("%b %e %H:%M:%S", time.localtime(second))


def write_log(file, lines, now):
    """Ann's mail is the one in the middle; the id of that."""
    mails = lines // len(MAIL)
    wanted = mails // 2
    stamps = {}
    for number in range(mails):
        if number == 10:
            file.write(stamp_of(now - DAY) + MAIL[0].format(n=1, b=1, id=WAITS)
                       + stamp_of(now - DAY) + MAIL[3].format(
                           n=1, b=1, id=WAITS, to="kim").replace(
                               "status=sent", "status=deferred"))
        second = now - DAY + DAY * number // mails
        if second not in stamps:
            stamps = {second: stamp_of(second)}
        to = "ann" if number == wanted else f"member{number % 5000}"
        text = mail_lines(number, stamps[second], to)
        if number == wanted:
            ident = text.partition("]: ")[2].partition(":")[0]
        file.write(text)
    return ident


class Bench:
    def __init__(self, build, folder, times):
        self.postward = build / "bin/postward"
        self.folder = folder
        self.times = times
        self.conf = folder / "postward.conf"
        self.conf.write_text('hostname = "mx.remotes.club"\n'
                             'domains = { "remotes.club" }\n'
                             f'store {{ url = "sqlite:{folder}/store.db" }}\n')
        subprocess.run([self.postward, "store", "init", "-c", self.conf],
                       check=True, capture_output=True)

    def ask(self, log, *argv):
        """(seconds, what was told)"""
        took = []
        for _ in range(self.times):
            start = time.monotonic()
            done = subprocess.run(
                [self.postward, "trace", *argv, "--json", "-c", self.conf,
                 "--log", log], capture_output=True, text=True, check=False)
            took.append(time.monotonic() - start)
        return statistics.median(took), json.loads(done.stdout)

    def many(self, log, *argv):
        seconds, told = self.ask(log, *argv)
        print(f"  {f'{len(told)} mails of a domain':44} {seconds:6.2f} s")
        return len(told) > 1000

    def row(self, name, log, ident, *argv):
        seconds, told = self.ask(log, *argv)
        right = ([mail["queue_id"] for mail in told]
                 == ([] if ident is None else [ident]))
        print(f"  {name:44} {seconds:6.2f} s{'' if right else '  WRONG'}",
              flush=True)
        return right


def read_once(log):
    start = time.monotonic()
    with open(log, "rb", buffering=0) as file:
        while block := file.read(1 << 18):
            block.find(b"\0")
    return time.monotonic() - start


def bench(options, folder):
    it = Bench(options.build, folder, options.times)
    log = folder / "mail.log"
    now = int(time.time())
    with open(log, "w", encoding="ascii", buffering=1 << 20) as file:
        ident = write_log(file, options.lines, now)
    print(f"{options.lines} lines, {log.stat().st_size / 1e9:.2f} GB, of a day")
    print(f"  {'reading it once':44} {read_once(log):6.2f} s")
    return all([
        it.row("a member, the whole day", log, ident,
               "--to", "ann@remotes.club"),
        it.row("a member, since 13 hours", log, ident,
               "--to", "ann@remotes.club", "--since", "13h"),
        it.row("a member, since an hour: none", log, None,
               "--to", "ann@remotes.club", "--since", "1h"),
        it.row("a target", log, ident, "--to", "ann@mailbox.example"),
        it.row("a queue id", log, ident, "--queue-id", ident),
        it.row("somebody of whom there is none", log, None,
               "--to", "zed@remotes.club"),
        it.row("a mail that still waits", log, WAITS,
               "--to", "kim@remotes.club"),
        it.many(log, "--to", "@remotes.club")])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--build", type=pathlib.Path,
                        default=ROOT / "build/bench")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pw-trace-") as folder:
        return 0 if bench(options, pathlib.Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
