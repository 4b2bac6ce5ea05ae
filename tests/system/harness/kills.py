# SPDX-License-Identifier: MIT
"""kills - SIGKILL for a program just before its n-th call of the kernel to
change something, n = 1, 2... until it is through alive: every step at which a
power failure or kill -9 could find it."""

import subprocess

# What changes a file, or tells somebody else.
CALLS = ("pwrite64", "fdatasync", "ftruncate", "unlink", "sendto", "sendmsg")


def can_trace():
    """A container may forbid it."""
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"],
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def killer(call, number):
    """What a program is started with."""
    # LeakSanitizer is a tracer too, and there can be only one.
    return ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-D", "-f", "-qq",
            "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=SIGKILL:when={number}"]


def walk(attempt, calls=CALLS):
    """attempt(prefix) says whether the program was killed.  How many points
    were walked."""
    points = 0
    for call in calls:
        number = 1
        while attempt(killer(call, number)):
            points += 1
            number += 1
    return points
