# SPDX-License-Identifier: MIT
"""What is said and who reads it: a log that is not read holds up nobody."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess

import pytest

from harness.postward import answers, build
from harness.protocols import PolicyClient
from harness.stage import PATIENCE, until

MANY = 1000  # requests, whose lines fill the smallest pipe fifty times


@pytest.fixture
def talking(postward):
    """Policyd, and the end of the pipe that it writes its log to."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen(
            [*postward.prefix, build() / "bin/postward-policyd", "-c",
             postward.file], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=writing) as program, \
            open(reading, encoding="utf-8") as log:
        os.close(writing)
        try:
            until("an answer", lambda: answers(postward.policyd_socket))
            yield program, log
        finally:
            with contextlib.suppress(ProcessLookupError):
                program.kill()


def ask_many(postward):
    with PolicyClient(postward.policyd_socket) as client:
        for number in range(MANY):
            assert client.ask(instance=f"{number}", queue_id=f"Q{number}") == "DUNNO"


def test_a_log_that_nobody_reads_holds_up_no_answer(postward, talking):
    program, _ = talking
    ask_many(postward)
    program.send_signal(signal.SIGTERM)
    assert program.wait(PATIENCE) == 0


def test_all_is_said_in_order_before_the_end(postward, talking):
    program, log = talking
    ask_many(postward)
    program.send_signal(signal.SIGTERM)
    lines = log.read().splitlines()
    assert program.wait(PATIENCE) == 0
    assert re.findall(r"queue_id=Q(\d+)", "\n".join(lines)) == [
        str(number) for number in range(MANY)]
    assert lines[-1].endswith(": stopped")


def test_why_it_does_not_start_comes_out(postward):
    """Not even that is lost with the thread that writes."""
    postward.change({"policyd": {"listen": ["unix:/proc/nowhere/policyd"]}})
    done = subprocess.run(
        [*postward.prefix, build() / "bin/postward-policyd", "-c",
         postward.file], timeout=PATIENCE, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1
    assert "/proc/nowhere" in done.stderr
