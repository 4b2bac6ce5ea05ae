# SPDX-License-Identifier: MIT
"""stage - a temporary folder and the programs that run in it."""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 300  # seconds, for machines much slower and busier than yours

SANITIZER = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def until(what, condition, seconds=PATIENCE):
    """Returns the first true value of condition(), or raises in the end."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimeoutError(f"{seconds} s have passed without {what}")
        time.sleep(0.01)


def quick(seconds, act, tries=20):
    """act() returns how long it took.  It must be quick once: a busy machine
    can hold up any one of them, but one that waits for what it need not is
    slow each time."""
    took = []
    while not took or took[-1] >= seconds:
        if len(took) == tries:
            raise AssertionError(f"not once within {seconds} s: {took}")
        took.append(act())
    return took[-1]


def free_port():
    """Below the ports that the kernel gives to clients: nobody gets it before
    the program for which it is meant, but by a rare accident."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as tcp, socket.socket(
                type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def without(*capabilities):
    """What a program is started with that must not have them, though we are
    root.  What we inherit goes too (some containers' root has it): exec would
    give it back."""
    if os.geteuid() != 0:
        return []
    dropped = ",".join(f"-{name}" for name in capabilities)
    return ["setpriv", "--bounding-set", dropped, "--inh-caps", dropped]


class Program:
    """One process; what it says goes to a log file."""

    def __init__(self, name, argv, log, own_session=False):
        self.name = name
        self._log = log
        self._log_before = log.stat().st_size if log.exists() else 0
        # With pdeathsig it dies with the test that started it, however that
        # one ends; in a process group of its own it does not hear a Ctrl-C.
        # Not in a session of its own, unless it wants one: to the scheduler
        # (autogroup) it would be another party than those that ask it, which
        # slows down both.
        with open(log, "ab") as out:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *map(str, argv)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                process_group=None if own_session else 0,
                start_new_session=own_session)

    @property
    def pid(self):
        return self._process.pid

    @property
    def status(self):
        """None while it runs; as of subprocess after that."""
        return self._process.poll()

    def log(self):
        """What this one has said, not one of the same name before it."""
        octets = self._log.read_bytes()[self._log_before:]
        return octets.decode(errors="backslashreplace")

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def wait(self, seconds=PATIENCE):
        return self._process.wait(seconds)

    def stop(self, seconds=PATIENCE):
        """Ends it in good order and returns its exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(
                f"{self.name} did not end within {seconds} s") from None

    def close(self):
        if self.status is None:
            self.stop()
        if SANITIZER.search(self.log()):
            raise AssertionError(f"{self.name}: a sanitizer has reported:\n"
                                 + self.log()[-8000:])


class Stage:
    present = []  # those that have not been left
    apart = False  # programs in sessions of their own, all of them

    def __init__(self):
        # Short, as the path of a unix socket has room for 107 bytes; open to
        # the users that a program may change to.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pw-"))
        self.folder.chmod(0o755)
        self._acts = []
        self._logs = {}
        Stage.present.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def keep(self, act):
        """act.close() will be called when the stage is left."""
        self._acts.append(act)
        return act

    def watch(self, name, path):
        """One more file to show when a test has failed."""
        self._logs[name] = path

    def start(self, name, *argv, own_session=False):
        log = self.folder / f"{name}.log"
        self.watch(name, log)
        return self.keep(Program(name, argv, log, own_session or Stage.apart))

    def logs(self):
        return {name: path.read_text(errors="backslashreplace")
                for name, path in self._logs.items() if path.exists()}

    def close(self):
        """The last that came goes first; every one goes, whatever fails."""
        failures = []
        Stage.present.remove(self)
        while self._acts:
            try:
                self._acts.pop().close()
            except (AssertionError, OSError) as failure:
                failures.append(failure)
        for folder, _, _ in os.walk(self.folder):
            os.chmod(folder, 0o700)  # a test may have made it read-only
        shutil.rmtree(self.folder)
        if failures:
            raise failures[0]
