# SPDX-License-Identifier: MIT
"""memory - how much a command needs at most, and how long.

Linux counts what a process had before exec, too, which is all of a test's
Python: so a small one starts the command.
"""

import json
import subprocess

MEASURE = r"""
import json, os, subprocess, sys, time
began = time.monotonic()
command = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(command.pid, 0)
with open(sys.argv[1], "w") as out:
    json.dump((os.waitstatus_to_exitcode(status), used.ru_maxrss,
               time.monotonic() - began,
               used.ru_utime + used.ru_stime), out)
"""


def measured(stage, argv, **more):
    """(exit status, kilobytes, seconds, seconds of a processor)"""
    told = stage.folder / "measured"
    subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", MEASURE, told,
                    *argv], check=True, **more)
    return json.loads(told.read_text())
