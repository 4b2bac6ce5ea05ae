# SPDX-License-Identifier: MIT
"""rspamd - a real rspamd as a milter, that asks nobody but our name server.

It reads the configuration of its package, and ours where an administrator has
his: local.d.  Modules that learn, count, or ask the network are off.
"""

import contextlib
import os
import pathlib
import signal
import textwrap

from .postward import answers
from .stage import free_port, until

PROGRAM = pathlib.Path("/usr/bin/rspamd")
PACKAGE = pathlib.Path("/etc/rspamd")

MODULES = {"dkim", "dmarc", "force_actions", "milter_headers", "spf"}

OFF = "enabled = false;\n"

LOCAL = {
    # "all": a text that stands for what is to be marked, beside GTUBE that
    # is to be refused.
    "options.inc": """\
        dns {{ nameserver = ["{dns}"]; timeout = 20s; }}
        local_addrs = [];
        filters = "dkim";
        gtube_patterns = "all";
        enable_test_patterns = true;
        url_tld = "{folder}/suffixes";
        disable_hyperscan = true;
        task_timeout = 120s;
        """,
    "logging.inc": 'type = "console";\n',
    "worker-normal.inc": OFF,
    "worker-controller.inc": OFF,
    # As its manual has it for a milter that needs no other process.
    "worker-proxy.inc": """\
        bind_socket = "127.0.0.1:{port}";
        upstream "local" {{
            default = yes;
            self_scan = yes;
        }}
        """,
}

# What it makes of it: X-Spam: Yes; a refusal.
MARKED = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
REFUSED = MARKED.replace("YJS", "XJS")


def missing():
    """Why it cannot be started; "": it can."""
    return "" if PROGRAM.exists() else "rspamd is not installed"


class Rspamd:
    """local: {file of local.d: text}, beside or in place of the above.
    suffixes: the domains under which anybody has one."""

    def __init__(self, stage, dns, local=None, suffixes=("example", "club",
                                                         "org", "test")):
        self._folder = stage.folder / "rspamd"
        for name in ("local.d", "override.d", "db", "log"):
            (self._folder / name).mkdir(parents=True)
        (self._folder / "suffixes").write_text("\n".join(suffixes) + "\n")
        for module in PACKAGE.glob("modules.d/*.conf"):
            if module.stem not in MODULES:
                self._write(module.name, OFF)
        for name, text in (local or {}).items():
            self._write(name, text)
        for _ in range(20):
            self.port = free_port()
            if self._starts(stage, dns):
                stage.keep(self)
                return
        raise OSError("rspamd does not start; see its log")

    @property
    def milter(self):
        """As smtpd_milters has it."""
        return f"inet:127.0.0.1:{self.port}"

    def close(self):
        """All its processes: in good order they wait for minutes for tasks
        that there may be."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()

    def _write(self, name, text):
        (self._folder / "local.d" / name).write_text(text)

    def _starts(self, stage, dns):
        for name, text in LOCAL.items():
            self._write(name, textwrap.dedent(text).format(
                dns=dns, port=self.port, folder=self._folder))
        places = {"LOCAL_CONFDIR": "", "DBDIR": "db", "RUNDIR": "db",
                  "LOGDIR": "log"}
        self.program = stage.start(
            "rspamd", PROGRAM, "-f", "-i", "-c", PACKAGE / "rspamd.conf",
            *(f"--var={name}={self._folder / sub}"
              for name, sub in places.items()))
        until("an answer of rspamd", lambda: self.program.status is not None
              or "main" in self.program.log()
              and answers(("127.0.0.1", self.port)))
        return self.program.status is None
