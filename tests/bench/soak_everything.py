# SPDX-License-Identifier: MIT
"""soak_everything - what `soak.py --everything` does: see there."""

import calendar
import collections
import itertools
import json
import os
import re
import statistics
import time

import soak_site as site_of
from bench_stage import status_of
from harness.stage import SANITIZER, until
from soak_mail import KINDS, Account, Post
from soak_site import Site, words_of
from soak_trouble import KILLED, Codes, Domains, Faults, Reloads, Visits

RATE = 12     # messages a second, at most
WARM = 300    # seconds after its start, a program is as large as it gets
WINDOW = 150  # over which figures are taken
SETTLE = 600  # seconds for the rest of the mail
# What may be more in the end: a part, and so much.
MARGINS = {"rss": (statistics.median, 0.10, 2.0), "fds": (max, 0, 16),
           "threads": (max, 0, 16)}
GRACE = 60  # seconds after a fault, in which it may still be spoken of
# Lines at levels warn and error, and the faults in which they may be said.
EXPLAINED = (
    (r"directory", "slapd"),
    (r"list \S+ is suspended|no answer in \d+ ms", "DNS|server silent"),
    (r"Lost connection to server|not in step with its cluster|"
     r"[Cc]an't connect|gone away", "node"),
    # Two hosts wrote at once, and at once again: docs/scale.md, "Conflicts".
    (r"Deadlock found", ""),
    # The store took half a second: a busy machine.
    (r"limits are those of this host alone|greylisting lets pass", ""),
    (r"problem talking to service rewrite", "rotated"),
    # Postfix' queue manager had not yet read that it was called before.
    (r"service qmgr\(public/qmgr\): Resource temporarily unavailable", ""),
    (r"result=later reply=4", "killed"),
    (r"(?i)connect to (?:milter service unix:)?postward/|problem talking to "
     r"server postward/|lookup error: (?:connection refused|no such file|"
     r"unexpected disconnect)|"
     r"milter unix:postward/milter: (?:can't read|read error)", "killed"),
    (r"virtual_alias_domains|virtual_alias_maps|lookup error for|socketmap "
     "server temporary error", "killed"),
    (r"status=bounced .*550 5.1.1 No such mailbox|target=<gone@box.test> .*"
     "result=paused", ""),
)


class Everything:
    def __init__(self, stage, options):
        self.seconds, self.logs = options.minutes * 60, options.logs
        if self.logs:
            self.logs.mkdir(parents=True, exist_ok=True)
        short = options.minutes < 10
        self.part = self.seconds / 1800 if short else 1  # of the times above
        self.site = Site(stage, short)
        self.account = Account()
        self.failures = self.account.wrong
        self.series = collections.defaultdict(list)
        self.memory_grows = not short  # caches fill for minutes
        self.site.sink.listener = self.account.arrived
        self.domains = Domains(self.site, self.failures, 5 if short else 20)
        self.codes = Codes(self.site, self.failures, 3 if short else 10)
        self.visits = Visits(self.site, self.failures, 15)
        self.reloads = Reloads(self.site, self.failures, 10 if short else 60)

    def run(self):
        self.began = time.monotonic()
        self.post = self.domains.post = Post(self.site, self.account,
                                             self.domains, RATE)
        self.faults = Faults(self.site, self.failures, self.seconds)
        courses = [self.domains, self.codes, self.visits, self.reloads,
                   self.faults]
        for course in courses:
            course.begin()
        try:
            self.watch()
        except OSError as trouble:
            self.failures.append(str(trouble))
        finally:
            self.post.over.set()
            self.faults.over.set()
            for course in courses[:-1]:
                course.close()
            self.settle()
            self.post.close()
            self.tell()
            self.faults.close()
        return self.failures

    # ---- while it goes on

    def watch(self):
        step = max(min(10, self.seconds / 60), 2)
        for number in itertools.count():
            self.reloads.over.wait(step)
            self.sample()
            if number % 6 == 5:
                self.show()
            if (time.monotonic() - self.began >= self.seconds
                    and self.faults.are_over):
                return

    def sample(self):
        now = time.monotonic() - self.began
        for number, host in enumerate(self.site.hosts, 1):
            for name, program in host.programs().items():
                figures = figures_of(program)
                if program.status is None and figures:
                    self.series[number, name, program.pid].append(
                        (now, figures))
                elif program.status not in (None, KILLED):
                    raise OSError(f"{name} {number} has ended with "
                                  f"{program.status}")

    def show(self):
        account = self.account
        with account.lock:
            print(f"{time.monotonic() - self.began:6.0f} s  "
                  f"{len(account.expected)} copies owed, "
                  f"{len(account.got)} came, {self.post.waiting} letters "
                  f"wait, {len(account.codes)} codes, "
                  f"{account.notifications} other mail, "
                  f"{len(self.failures)} failures", flush=True)

    # ---- the end

    def settle(self):
        for what, condition in (
                ("the last letter", lambda: self.post.waiting == 0),
                ("empty queues", lambda: not any(
                    host.postfix.queued() for host in self.site.hosts)),
                ("an empty outbox", lambda: self.site.ask(
                    "SELECT COUNT(*) FROM outbox WHERE state = 'new'")
                 == "0"),
                ("empty queues at last", lambda: not any(
                    host.postfix.queued() for host in self.site.hosts))):
            try:
                until(what, condition, SETTLE)
            except TimeoutError as late:
                self.failures.append(str(late))
        for number, host in enumerate(self.site.hosts, 1):
            for mail in host.postfix.queued()[:3]:
                self.failures.append(f"in queue {number}: {mail}")

    def tell(self):
        self.tell_of_mail()
        self.tell_of_ours()
        self.tell_of_programs()
        self.tell_of_logs()

    def tell_of_mail(self):
        account = self.account
        owed = collections.Counter(account.expected.values())
        came = collections.Counter(account.expected[key] for key in
                                   account.got if key in account.expected)
        print("\nanswers to recipients, by kind of mail\n"
              f"{'':12}{'taken':>8}{'put off':>9}{'refused':>9}"
              f"{'none':>6}{'copies':>8}{'came':>8}")
        for kind in KINDS:
            counts = [account.replies[kind, code]
                      for code in ("2", "4", "5", "none")]
            print(f"{kind:12}{counts[0]:8}{counts[1]:9}{counts[2]:9}"
                  f"{counts[3]:6}{owed[kind]:8}{came[kind]:8}")
        for what, keys in (("lost", account.lost()),
                           ("doubled", account.doubled()),
                           ("came unasked", account.unasked())):
            print(f"{what}: {len(keys)}")
            if keys:
                self.failures.append(f"{len(keys)} {what}: " + ", ".join(
                    f"{account.expected.get(key, '?')} {key}"
                    for key in keys[:5]))
        for what, count in account.unsigned.items():
            self.failures.append(f"{count} mails with {what}")
        print("put off:")
        for why, count in account.reasons.most_common(15):
            print(f"{count:8} {why}")

    def tell_of_ours(self):
        codes, asked = self.account.codes, self.codes.asked
        lost = [target for target in asked if not codes[target]]
        twice = [target for target in codes if len(codes[target]) > 1]
        print(f"codes: {len(asked)} asked for, {len(codes)} came, "
              f"{len(twice)} twice; {self.account.notifications} "
              "notifications")
        # A mailer that dies before it has written what it has sent: BUGS of
        # postward-mailer(8).
        twice = [target for target in twice if not (
            len({name for _, name in codes[target]}) <= asked.get(target, 0)
            and self.was_fault("node|mailer", codes[target][0][0]))]
        if lost or twice:
            self.failures.append(f"codes lost: {lost[:5]}; twice: {twice[:5]}")
        for course in (self.domains, self.domains.command,
                       self.codes.command, self.visits, self.reloads):
            print(f"{course.name}: " + ", ".join(
                f"{name}: {count}" for name, count in
                sorted(course.counts.items())))
        for table in ("decision", "greylist", "token_bucket", "srs_token",
                      "author_token", "domain"):
            print(f"{table}: {self.site.ask(f'SELECT COUNT(*) FROM {table}')}"
                  " rows")
        taken = self.account.replies["sender", "2"]
        allowed = self.site.sender_limit * (1 + self.seconds / 3600) + 4
        print(f"limit of a sender: {taken} taken, {allowed:.0f} allowed")
        # While no node answers, each host has the limit for itself.
        if self.site.has_limits and taken > 2 * allowed:
            self.failures.append("a sender had more than twice his limit")

    # ---- programs

    def windows(self, points):
        """Figures after warm-up, and at the end; none if it lived too
        shortly."""
        start, end = points[0][0], points[-1][0]
        warm, window = start + WARM * self.part, WINDOW * self.part
        if warm + window > end - window:
            return None
        return ([it for at, it in points if warm <= at < warm + window],
                [it for at, it in points if at >= end - window])

    def tell_of_programs(self):
        print(f"\n{'after warm-up, and at the end':34}"
              f"{'RSS, MB':>16}{'descriptors':>14}{'threads':>12}")
        for (number, name, pid), points in sorted(self.series.items()):
            both = self.windows(points)
            if not both or not all(both):
                continue
            line = f"{name} {number} ({points[0][0]:.0f} s on, {pid})"
            told = []
            for what, (typical, part, more) in MARGINS.items():
                before, after = (typical(it[what] for it in window)
                                 for window in both)
                told.append(f"{before:.{int(what == 'rss')}f} to "
                            f"{after:.{int(what == 'rss')}f}")
                if self.memory_grows and after > before * (1 + part) + more:
                    self.failures.append(f"{what} of {line} grew from "
                                         f"{before:.1f} to {after:.1f}")
            print(f"{line:34}{told[0]:>16}{told[1]:>14}{told[2]:>12}")

    # ---- logs

    def was_fault(self, words, at):
        """One whose name has such words; at: of time.time()."""
        at = self.since_began(at)
        return any(re.search(words, name) and begin - 2 <= at <= end + GRACE
                   for name, begin, end in self.faults.told)

    def since_began(self, at):
        return at - (time.time() - time.monotonic() + self.began)

    def explained(self, text, at):
        """Before the first letter Postfix may be there before the others."""
        if self.since_began(at) < 0:
            return True
        return any(re.search(pattern, text) and (
            not words or self.was_fault(words, at))
            for pattern, words in EXPLAINED)

    def lines(self):
        """(whose, when, text) of warnings and errors."""
        for number, host in enumerate(self.site.hosts, 1):
            for name in site_of.PROGRAMS:
                log = self.site.log_of(host, name)
                if SANITIZER.search(log):
                    self.failures.append(f"{name}: a sanitizer has reported")
                for at, text in levelled(log):
                    yield f"{name} {number}", at, text
            for line in self.site.mail_log(host).splitlines():
                if TROUBLE.search(line):
                    yield f"Postfix {number}", time_of(line), line[16:]

    def tell_of_logs(self):
        self.keep_logs()
        said, strange = collections.Counter(), collections.defaultdict(list)
        for whose, at, text in self.lines():
            known = (whose[:-2], words_of(text.partition(": ")[2]))
            said[known] += 1
            if not self.explained(text, at):
                strange[known].append((at, whose, text))
        print(f"\nwarnings and errors: {sum(said.values())}, of which "
              f"{sum(map(len, strange.values()))} come of no fault")
        for (name, words), count in said.most_common(40):
            print(f"{count:6} {name}: {words}")
        for (name, _), lines in strange.items():
            at, whose, text = lines[0]
            self.failures.append(
                f"{len(lines)} lines of {name}, the first at "
                f"{self.since_began(at):.0f} s by {whose}: {text}")

    def keep_logs(self):
        for number, host in enumerate(self.site.hosts, 1):
            for name in site_of.PROGRAMS if self.logs else ():
                (self.logs / f"{name}-{number}").write_text(
                    self.site.log_of(host, name))
            if self.logs:
                (self.logs / f"mail-{number}").write_text(
                    self.site.mail_log(host))


def figures_of(program):
    """None: it is just being killed."""
    try:
        return {"rss": status_of(program, "VmRSS"),
                "fds": len(os.listdir(f"/proc/{program.pid}/fd")),
                "threads": status_of(program, "Threads")}
    except (AttributeError, OSError):  # it has no memory any more
        return None


TROUBLE = re.compile(
    r"(?:warning|error|fatal|panic): |status=bounced|status=expired")


def time_of(line):
    """Of a line of Postfix, of this year."""
    year = time.localtime().tm_year
    return time.mktime(time.strptime(f"{year} {line[:15]}",
                                     "%Y %b %d %H:%M:%S"))


def levelled(log):
    """(when, text) of what is more than information."""
    for line in log.splitlines():
        try:
            said = json.loads(line)
        except ValueError:  # a part, where a log was rotated
            if line:
                yield time.time(), f"no JSON: {line}"
            continue
        if said["level"] in ("warn", "error"):
            at = calendar.timegm(time.strptime(said["time"][:19],
                                               "%Y-%m-%dT%H:%M:%S"))
            yield at, f"{said['level']}: " + said.get("message", " ".join(
                f"{key}={value}" for key, value in said.items()
                if key not in ("time", "level", "program")))
