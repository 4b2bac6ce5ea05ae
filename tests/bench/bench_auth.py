# SPDX-License-Identifier: MIT
"""bench_auth - the parts of bench.py that are about who has written a message:
DKIM, DMARC, and what they cost on the way of a mail."""

import pathlib
import re
import statistics
import subprocess
import sys

import bench_debian
import bench_forwarding as forwarding
import bench_signed as signed
from bench_stage import DELAY_MS, figures, median, ms, status_of, tool
from harness.smtpsink import SmtpSink
from harness.stage import free_port


class AuthParts:
    """Of Bench."""

    def dkim(self):
        """DKIM alone, in seconds of one core."""
        folder = self.folder / "dkim"
        folder.mkdir()
        commands = {"": [tool("dkim_bench")]}
        if tool("dkim_peer").exists():
            commands["libopendkim"] = [tool("dkim_peer")]
        if signed.dkim:
            commands["dkimpy"] = [sys.executable, pathlib.Path(__file__)
                                  .with_name("dkim_bench.py")]
        for name in {"libopendkim", "dkimpy"} - set(commands):
            print(f"  without {name}, which is not installed")
        seconds = self.options.seconds / self.options.rounds
        mine, *peers = (median_figures(results) for results in self.rounds(*(
            lambda command=command: dkim_figures(*command, seconds, "", folder)
            for command in commands.values())))
        for what, (rate, unit, its) in mine.items():
            beside = f"{rate / its:.2f} of {its:,.0f} (OpenSSL alone)"
            for name, figures_of in zip(list(commands)[1:], peers):
                if what in figures_of:
                    other = figures_of[what][0]
                    beside += f"; {rate / other:.1f} × {other:,.0f} ({name})"
            self.add(f"DKIM: {what}, {unit}", f"{rate:,.0f}", beside)

    def needs_signed(self):
        if self.signed is None:
            print("  left out: python3-dkim, which signs the mail, is not "
                  "installed")
        return self.signed is not None

    def end(self):
        """The milter's answer to a message, nothing known, and DNS slow."""
        if not self.needs_signed():
            return
        count = 20 if self.options.quick else signed.DOMAINS
        file = self.signed.write("end", count, 2000)
        port = free_port()
        self.start("delay-end", "bench_delay", port, self.nsd.port, DELAY_MS)
        results = []
        for _ in range(self.options.rounds):
            ours = self.postward(f"127.0.0.1:{port}")
            ours.start_milter()
            results.append(figures(
                tool("bench_milter"), ours.milter_socket, 8, count, file,
                "apart", *signed.RESULTS))
            ours.milter.stop()
        mine = median(results)
        self.add(f"end of a message, cold, {DELAY_MS} ms a DNS answer, "
                 "8 at once", f"p50 {ms(mine['p50'])}, "
                 f"p95 {ms(mine['p95'])}, p99 {ms(mine['p99'])}",
                 "SPF, DKIM, DMARC; every second record of SPF includes "
                 "another")

    def bodies(self):
        """The milter's memory, at most."""
        if not self.needs_signed():
            return
        at_once, size = (4, 10 ** 6) if self.options.quick else (64, 5 * 10**7)
        file = self.signed.write("bodies", 1, size)
        ours = self.postward()
        ours.start_milter()
        done = figures(tool("bench_milter"), ours.milter_socket, at_once,
                       at_once, file, "together", *signed.RESULTS)
        self.add(f"memory of the milter, {at_once} messages of "
                 f"{size // 10**6} MB at once",
                 f"{status_of(ours.milter, 'VmHWM'):.1f} MB",
                 f"{at_once * size / 1e6 / done['seconds']:,.0f} MB/s, each "
                 "byte hashed")
        ours.milter.stop()

    def forwarding(self):
        """Postfix that forwards signed mail: policyd, milter, forwarder."""
        if not self.needs_signed():
            return
        checked = SmtpSink(self.stage)
        names = ["Postward", "null"]
        servers = [
            forwarding.forwarding_postward(self.stage, self.nsd.address,
                                           checked),
            forwarding.forwarding_null(self.stage, checked)]
        without = bench_debian.missing()
        if without:
            print(f"  without Debian's stack: no {', '.join(without)}")
        else:
            names.append("Debian")
            servers.append(forwarding.forwarding_debian(self.stage, checked))
        for what, size, share_of in (("2 KB", 2000, 1), ("100 KB", 10**5, 3)):
            domains = 10 if self.options.quick else signed.DOMAINS // share_of
            file = self.signed.write(f"mail{size}", domains, size)
            for name, server in zip(names, servers):
                if name != "null":
                    forwarding.check_forwarded(server, checked, file)
            count = int(200 * self.options.seconds / share_of) + 16
            measures = [lambda server=server: server.send(
                file, 16, "message", count, True) for server in servers]
            for measure in measures:
                measure()  # so that each is warm
            self.add_forwarding(what, self.rounds(*measures))

    def add_forwarding(self, what, results):
        others = ("a milter that does nothing",
                  "policyd-spf-python, OpenDKIM, OpenDMARC, PostSRSd")
        mine, *its = results
        for title, key, shown, joined in (
                ("messages/s", "rate", "{:,.0f}", ("of", "×")),
                ("ms of a processor a message", "processor", "{:.1f}",
                 ("×", "of"))):
            beside = "; ".join(
                f"{ratio(mine, other, key)} {joint} "
                f"{shown.format(median(other)[key])} ({name})"
                for other, name, joint in zip(its, others, joined))
            self.add(f"Postfix forwards signed mail of {what}, {title}",
                     shown.format(median(mine)[key]), beside)


def dkim_figures(*argv):
    """{what: (rate, unit, that of OpenSSL alone)}."""
    done = subprocess.run([str(arg) for arg in argv], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {what: (float(rate), unit, float(bare or 0))
            for what, rate, unit, bare in re.findall(
                r"^(.*?) +(\d+) (\S+)(?: +bare +(\d+).*)?$", done.stdout,
                re.M)}


def median_figures(results):
    """Of several runs of dkim_figures."""
    return {what: (statistics.median(one[what][0] for one in results), unit,
                   statistics.median(one[what][2] for one in results))
            for what, (_, unit, _) in results[0].items()}


def ratio(mine, its, key):
    """The median of the rounds, and how far they are apart."""
    parts = [one[key] / other[key] for one, other in zip(mine, its)]
    spread = f" ({min(parts):.2f} to {max(parts):.2f})" \
        if len(parts) > 1 else ""
    return f"{statistics.median(parts):.2f}{spread}"
