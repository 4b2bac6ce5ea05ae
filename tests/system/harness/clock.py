# SPDX-License-Identifier: MIT
"""clock - a program whose clock is ahead of all others."""

import re
import subprocess

AHEAD = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_REALTIME)
		t->tv_sec += SECONDS;
	return rc;
}
"""


def ahead(stage, program, seconds):
    """What it is started with, for its clock to be so much ahead."""
    source, library = stage.folder / "ahead.c", stage.folder / "ahead.so"
    source.write_text(AHEAD)
    subprocess.run(["cc", "-shared", "-fPIC", f"-DSECONDS={seconds}", "-o",
                    library, source], check=True)
    # A sanitizer wants to come first.
    linked = subprocess.run(["ldd", program], check=True, text=True,
                            capture_output=True).stdout
    first = re.findall(r"=> (\S*/lib[at]san\S*)", linked)
    return ["env", "LD_PRELOAD=" + ":".join([*first, str(library)])]
