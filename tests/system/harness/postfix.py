# SPDX-License-Identifier: MIT
"""postfix - a private Postfix, wired to Postward as conf/postfix says.

Needs root, or tools/rootly.  The master(8) daemon is started directly: it is
our child, so it ends with us, and nothing of /etc/postfix is read or checked.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import textwrap

from .postward import ROOT
from .stage import PATIENCE, free_port, until

DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")

# As in /etc/postfix/postfix-files.
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
          "incoming", "private", "saved", "trace")

MAIN = """\
    compatibility_level = 3.6
    queue_directory = {folder}/queue
    data_directory = {folder}/data
    maillog_file = {folder}/mail.log
    maillog_file_prefixes = {folder}
    # Not /etc/postfix: under tools/rootly its files are nobody's.
    meta_directory = {folder}/etc

    myhostname = mx.remotes.club
    mydestination =
    mynetworks =
    alias_maps =
    local_recipient_maps =
    local_transport = error:5.1.1 no local mail here
    inet_protocols = ipv4
    # Who started this one; see Postfix._answers.
    smtpd_banner = $myhostname ESMTP ({name})

    # The tests say who they are with XCLIENT.
    smtpd_authorized_xclient_hosts = 127.0.0.1
    smtpd_peername_lookup = no
    smtpd_error_sleep_time = 0
    smtpd_client_connection_count_limit = 0
    smtpd_tls_security_level = none

    # All mail goes to the sink, and nothing is asked of the real DNS.
    relayhost = [127.0.0.1]:{sink}
    smtp_dns_support_level = disabled
    smtp_host_lookup = native
    smtp_tls_security_level = none
    notify_classes =
    queue_run_delay = 1s
    minimal_backoff_time = 1s
    maximal_backoff_time = 1s

    """

MASTER = """\
    127.0.0.1:{port} inet n - y - - smtpd
    pickup unix n - y 60 1 pickup
    cleanup unix n - y - 0 cleanup
    qmgr unix n - n 1 1 qmgr
    rewrite unix - - y - - trivial-rewrite
    bounce unix - - y - 0 bounce
    defer unix - - y - 0 bounce
    trace unix - - y - 0 bounce
    smtp unix - - y - - smtp
    showq unix n - y - - showq
    error unix - - y - - error
    retry unix - - y - - error
    anvil unix - - y - 1 anvil
    scache unix - - y - 1 scache
    postlog unix-dgram n - n - 1 postlogd
    """


SYSTEM = "127.0.0.1:10587"  # of conf/postfix/master.cf


class Postfix:
    """Its smtpd and cleanup see only the queue folder, as in Debian.
    settings: lines of main.cf that replace those of the same name.  port: of
    the listener for everybody; system_port: of that for our own mail.
    services: more lines of master.cf."""
    services = ""

    def __init__(self, stage, sink, settings=()):
        self._name = stage.folder.name
        self._folder = stage.folder / "postfix"
        self.configuration = self._folder / "etc"
        self.queue = self._folder / "queue"
        self._make_folders()
        self._write("main.cf", replaced(textwrap.dedent(MAIN).format(
            folder=self._folder, sink=sink.port, name=self._name)
            + (ROOT / "conf/postfix/main.cf").read_text(), settings))
        self.log = self._folder / "mail.log"
        stage.watch("postfix's log", self.log)
        for _ in range(20):
            self.port, self.system_port = free_port(), free_port()
            if self._starts(stage):
                return
        raise OSError("postfix does not start; see its log")

    def _make_folders(self):
        """As postfix-files says; the sockets' folder is Postward's to make."""
        for folder in (self._folder, self.configuration, self.queue,
                       self.queue / "pid"):
            folder.mkdir(mode=0o755)
        for name in QUEUES:
            folder_of(self.queue / name, "postfix", None, 0o700)
        folder_of(self.queue / "maildrop", "postfix", "postdrop", 0o730)
        folder_of(self.queue / "public", "postfix", "postdrop", 0o710)
        folder_of(self._folder / "data", "postfix", None, 0o700)

    def _write(self, name, text):
        """With a date in the past: Postfix waits until a configuration is a
        second old, as somebody might still be writing it."""
        file = self.configuration / name
        file.write_text(text)
        os.utime(file, (0, 0))

    def _starts(self, stage):
        system = (ROOT / "conf/postfix/master.cf").read_text()
        self._write("master.cf", textwrap.dedent(MASTER).format(
            port=self.port) + self.services
            + system.replace(SYSTEM, f"127.0.0.1:{self.system_port}"))
        self.master = stage.start("master", DAEMONS / "master", "-s", "-c",
                                  self.configuration, own_session=True)
        until("an answer of postfix", lambda: self.master.status is not None
              or self._answers())
        return self.master.status is None

    def _answers(self):
        """Is it this one that has the port?"""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as smtp:
                return self._name in smtp.makefile().readline()
        except OSError:
            return False

    def postmap(self, key, table):
        """What one of Postward's tables says: (exit status, answer)."""
        done = self._run("/usr/sbin/postmap", "-q", key, table)
        return done.returncode, done.stdout.strip() or done.stderr.strip()

    def queued(self):
        """The messages that wait, as postqueue -j describes them."""
        done = self._run("/usr/sbin/postqueue", "-j")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sendmail(self, sender, recipient, text="Subject: hello\n\nHello!\n"):
        """As a user of this machine does."""
        done = subprocess.run(
            ["/usr/sbin/sendmail", "-C", self.configuration, "-i", "-f",
             sender, recipient], input=text, text=True, cwd=self.queue,
            capture_output=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise OSError(f"sendmail: {done.stderr}")

    def _run(self, program, *argv):
        return subprocess.run(
            [program, "-c", self.configuration, *argv], text=True,
            cwd=self.queue, capture_output=True, timeout=PATIENCE, check=False)


def replaced(text, settings):
    """Each parameter once: Postfix warns of a second one, and postlogd(8) does
    so through its own socket, which is full when a network namespace allows
    ten datagrams; then it waits for itself."""
    names = {line.partition("=")[0].strip() for line in settings}
    kept, keeps = [], True
    for line in text.splitlines():
        if not line.startswith((" ", "\t", "#")):
            keeps = line.partition("=")[0].strip() not in names
        if keeps:
            kept.append(line)
    return "".join(f"{line}\n" for line in [*kept, *settings])


def folder_of(folder, user, group, mode):
    folder.mkdir()
    shutil.chown(folder, user, group)
    folder.chmod(mode)
