# SPDX-License-Identifier: MIT
"""postfix_bare - a private Postfix as an administrator left it, which knows
nothing of Postward; `postfix check, reload, start, stop` work on it."""

import os
import shutil
import subprocess

from .postfix import DAEMONS, QUEUES, folder_of
from .stage import PATIENCE, free_port, until

# What keeps it apart from the machine's own; stands before all else.
PLACE = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_protocols = ipv4
smtpd_peername_lookup = no
"""

MASTER = """\
# A comment that stays.
127.0.0.1:{port} inet n - y - - {smtpd}
pickup unix n - y 60 1 pickup
cleanup unix n - y - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - y - - trivial-rewrite
bounce unix - - y - 0 bounce
defer unix - - y - 0 bounce
trace unix - - y - 0 bounce
verify unix - - y - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - y - - smtp
local unix - n n - - local
showq unix n - y - - showq
error unix - - y - - error
retry unix - - y - - error
anvil unix - - y - 1 anvil
scache unix - - y - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class BarePostfix:
    """main: its main.cf behind PLACE; smtpd: of the service for everybody;
    services: more lines of master.cf."""

    def __init__(self, stage, main, smtpd="smtpd", services=""):
        self.folder = stage.folder / "postfix"
        self.configuration = self.folder / "etc"
        self.queue = self.folder / "queue"
        for folder in (self.folder, self.configuration, self.queue,
                       self.queue / "pid"):
            folder.mkdir(mode=0o755)
        for name in QUEUES:
            folder_of(self.queue / name, "postfix", None, 0o700)
        folder_of(self.queue / "maildrop", "postfix", "postdrop", 0o730)
        folder_of(self.queue / "public", "postfix", "postdrop", 0o710)
        folder_of(self.folder / "data", "postfix", None, 0o700)
        for name in ("postfix-files", "dynamicmaps.cf"):
            shutil.copy(f"/etc/postfix/{name}", self.configuration)
        self.main = self.configuration / "main.cf"
        self.master = self.configuration / "master.cf"
        self.port = free_port()
        self.write(self.main, PLACE.format(folder=self.folder) + main)
        self.write(self.master, MASTER.format(port=self.port, smtpd=smtpd)
                   + services)
        stage.watch("postfix's log", self.folder / "mail.log")

    @staticmethod
    def write(file, text):
        """With a date in the past, or Postfix waits until it is older."""
        file.write_text(text)
        os.utime(file, (0, 0))

    def start(self, stage):
        """As our child, so that it ends with us."""
        running = stage.start("master", DAEMONS / "master", "-s", "-c",
                              self.configuration, own_session=True)
        until("postfix's start", lambda: running.status is not None
              or self.run("postfix", "status").returncode == 0)
        assert running.status is None, running.log()
        return running

    def run(self, program, *argv):
        return subprocess.run(
            [f"/usr/sbin/{program}", "-c", self.configuration, *argv],
            text=True, capture_output=True, timeout=PATIENCE, check=False)

    def parameters(self):
        """As they are set, in their order."""
        return self.run("postconf", "-n").stdout

    def files(self):
        return self.main.read_bytes(), self.master.read_bytes()
