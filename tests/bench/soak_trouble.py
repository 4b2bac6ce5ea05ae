# SPDX-License-Identifier: MIT
"""soak_trouble - what happens at the site of soak_site.py while mail comes:
domains come and go, members want codes, configurations are read again, and
bounded faults, one after the other."""

import collections
import contextlib
import http.client
import signal
import threading
import time

import soak_site as site_of
from harness import smtp
from harness.stage import until
from soak_site import BOX, CODES, OURS, PROGRAMS

KILLED = -signal.SIGKILL


class Course:
    """A thread that takes its turn again and again, until it is closed."""

    def __init__(self, wrong, seconds, name):
        self._wrong, self._seconds, self.name = wrong, seconds, name
        self.over = threading.Event()
        self.counts = collections.Counter()
        self._thread = threading.Thread(target=self._run, name=name)

    def begin(self):
        self._thread.start()
        return self

    def _run(self):
        while not self.over.wait(self._seconds):
            try:
                self.turn()
            except Exception as trouble:  # pylint: disable=broad-except
                self._wrong.append(f"{self.name}: {trouble!r}")
                return

    def turn(self):
        raise NotImplementedError

    def close(self):
        self.over.set()
        self._thread.join()


class Command:
    """postward(1) as an administrator uses it: again while it says 75, which
    may mean that it is done and nobody has heard so (db.h)."""

    def __init__(self, site, name):
        self._site, self.name = site, f"{name}, exit status"
        self.counts = collections.Counter()
        self.tries = 0  # of the last one

    def run(self, *words):
        for number in range(60):
            self.tries = number + 1
            host = self._site.hosts[number % 2].postward
            done = host.run(*words, "-c", host.file)
            self.counts[done.returncode] += 1
            if done.returncode != 75:
                break
            time.sleep(1)
        return done.returncode, done.stderr


class Domains(Course):
    """Those of the store: at most three at once; every second one has an SRS
    domain of its own.  New ones have mail as soon as the command is done."""

    def __init__(self, site, wrong, seconds):
        super().__init__(wrong, seconds, "domains")
        self._site, self.command = site, Command(site, "postward domain")
        self._lock = threading.Lock()
        self._live, self._left = [], []  # names; (name, since when it is gone)
        self._number = 0
        self.post = None

    def one_of(self, chance):
        with self._lock:
            return chance.choice(self._live) if self._live else None

    def turn(self):
        self._look_at_left()
        if len(self._live) >= 3:
            self._remove()
        self._add()

    def _add(self):
        self._number += 1
        label = f"t{self._number}"
        more = (["--srs-domain", f"bounce.{label}.test"]
                if self._number % 2 else [])
        self._do("add", f"{label}.test", "--catch-all",
                 f"all.{label}@{BOX}", *more)
        if self._number == 1:
            # That there is no row at all is believed for a second (domains.h).
            time.sleep(2)
        with self._lock:
            self._live.append(f"{label}.test")

    def _remove(self):
        with self._lock:
            name = self._live.pop(0)
        time.sleep(1)  # whoever has chosen it has written
        until(f"mail for {name} that has come",
              lambda: not self.post.holds(name))
        self._do("remove", name, "--yes")
        self._left.append((name, time.monotonic()))

    def _do(self, *words):
        status, said = self.command.run("domain", *words)
        # Of a try before, of which the answer was lost.
        if status != 0 and "already" not in said:
            self._wrong.append(f"domain {' '.join(words)}: {said}")
        self.counts[words[0]] += 1

    def _look_at_left(self):
        """What they have kept of it is old by then."""
        for name, since in self._left:
            if time.monotonic() - since > (15 if self._site.short else 45):
                self._left.remove((name, since))
                for host in self._site.hosts:
                    said = smtp.rcpt(
                        host.postfix.port, site_of.peer_of("g", 1),
                        "ann@g1.test", f"late@{name}")
                    self.counts[f"left: {said[:1]}xx"] += 1
                    if said.startswith("2"):
                        self._wrong.append(f"{name} is gone: {said}")
                return


class Codes(Course):
    """A new target for somebody: its code is mail of our own."""

    def __init__(self, site, wrong, seconds):
        super().__init__(wrong, seconds, "codes")
        self.command = Command(site, "postward forward")
        self.asked = {}  # target: how many codes it may get

    def turn(self):
        number = len(self.asked)
        account = f"m{number % site_of.MEMBERS}@{OURS}"
        target = f"c{number}@{CODES}"
        status, said = self.command.run("forward", "add", account, target)
        if status == 0:
            self.asked[target] = self.command.tries
        else:
            self._wrong.append(f"forward add {account} {target}: {said}")
        self.command.run("forward", "remove", account, target)


class Visits(Course):
    """The pages of newcomers and members, and all figures of all programs."""

    def __init__(self, site, wrong, seconds):
        super().__init__(wrong, seconds, "visits")
        self._site = site

    def turn(self):
        for number, host in enumerate(self._site.hosts, 1):
            place = host.postward.signup_place
            for path in ("/", "/member"):
                self._get(place, path)
            for at, _ in enumerate(PROGRAMS):
                self._get(("127.0.0.1", self._site.metrics_port(number) + at),
                          "/metrics")

    def _get(self, place, path):
        client = http.client.HTTPConnection(*place, timeout=60)
        try:
            client.request("GET", path, headers={
                "X-Forwarded-For": "198.51.100.7"})
            answer = client.getresponse()
            answer.read()
            self.counts[f"{path} {answer.status}"] += 1
        except OSError:
            self.counts[f"{path} nobody there"] += 1
        finally:
            client.close()


class Reloads(Course):
    def __init__(self, site, wrong, seconds):
        super().__init__(wrong, seconds, "reloads")
        self._site = site

    def turn(self):
        for host in self._site.hosts:
            for program in host.programs().values():
                with contextlib.suppress(ProcessLookupError):
                    program.signal(signal.SIGHUP)
                    self.counts["SIGHUP"] += 1


class Faults(Course):
    """One after the other, each when its part of the time is over, if the one
    before is.  What they did stands in `told`.

    Its thread stays until it is closed: what it has started ends with it
    (setpriv --pdeathsig)."""

    def __init__(self, site, wrong, seconds):
        super().__init__(wrong, 0.2, "faults")
        self._site, self._whole = site, seconds
        self._long = 8 if site.short else 30
        self._began, self._left = time.monotonic(), threading.Event()
        self.told = []
        _, second = site.hosts
        first_node, second_node, third_node = site.galera.nodes
        self._plan = [
            (0.08, "slapd killed", self.without_slapd),
            (0.15, "node 2 killed", lambda: self.lose(second_node)),
            (0.24, "DNS silent", lambda: self.silence(self._site.dns)),
            (0.30, "logs rotated", site.rotate_logs),
            (0.32, "a list's server silent",
             lambda: self.silence(self._site.list_dns)),
            (0.36, "policyd killed", lambda: self.kill(second, "policyd")),
            (0.38, "milter killed", lambda: self.kill(second, "milter")),
            (0.40, "mailer killed", lambda: self.kill(second, "mailer")),
            (0.42, "forwarder killed",
             lambda: self.kill(second, "forwarder")),
            (0.45, "node 1 killed", lambda: self.lose(first_node)),
            (0.56, "a target defers", self.defer),
            (0.62, "slapd killed", self.without_slapd),
            (0.68, "logs rotated", site.rotate_logs),
            (0.70, "DNS slow", self.slow),
            (0.74, "node 3 killed", lambda: self.lose(third_node)),
        ]

    def _run(self):
        super()._run()
        self._left.wait()

    def close(self):
        self._left.set()
        super().close()

    @property
    def are_over(self):
        return not self._plan

    def turn(self):
        passed = time.monotonic() - self._began
        if not self._plan or passed < self._plan[0][0] * self._whole:
            return
        _, name, act = self._plan[0]
        act()
        now = time.monotonic() - self._began
        self.told.append((name, passed, now))
        print(f"{passed:6.0f} s to {now:.0f} s: {name}", flush=True)
        self._plan.pop(0)

    def without_slapd(self):
        self._site.slapd.kill()
        self.over.wait(self._long)
        self._site.slapd.start()

    def lose(self, node):
        self._site.galera.lose(node)
        self.over.wait(self._long)
        self._site.galera.join(node)

    def silence(self, dns):
        dns.is_silent = True
        self.over.wait(self._long)
        dns.is_silent = False

    def slow(self):
        self._site.dns.delay = 1
        self.over.wait(self._long)
        self._site.dns.delay = 0

    def kill(self, host, name):
        host.programs()[name].kill()
        self.over.wait(3)
        host.start(name)

    def defer(self):
        target = f"m2.0@{BOX}"
        self._site.sink.refused[target] = "450 4.2.1 Later"
        self.over.wait(self._long)
        del self._site.sink.refused[target]
