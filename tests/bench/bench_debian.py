# SPDX-License-Identifier: MIT
"""bench_debian - what Debian offers for the same: SPF by policyd-spf-python,
DKIM by OpenDKIM, DMARC by OpenDMARC, senders by PostSRSd, as their manuals put
them beside Postfix."""

import pathlib

import bench_signed as signed
from bench_stage import connects
from harness.stage import free_port, until

PROGRAMS = {
    "postfix-policyd-spf-python": "/usr/bin/policyd-spf",
    "opendkim": "/usr/sbin/opendkim",
    "opendmarc": "/usr/sbin/opendmarc",
    "postsrsd": "/usr/sbin/postsrsd",
}

SPF = """\
debugLevel = 1
TestOnly = 1
HELO_reject = Fail
Mail_From_reject = Fail
PermError_reject = False
TempError_Defer = False
skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1
"""

DKIM = """\
Syslog yes
SyslogSuccess yes
Mode v
Nameservers 127.0.0.1
UMask 000
AuthservID {host}
Socket local:{socket}
PidFile {folder}/opendkim.pid
"""

DMARC = """\
Syslog true
UMask 0000
AuthservID {host}
TrustedAuthservIDs {host}
PublicSuffixList {suffixes}
Socket local:{socket}
PidFile {folder}/opendmarc.pid
"""


def missing():
    """Packages that are not installed."""
    return [package for package, program in PROGRAMS.items()
            if not pathlib.Path(program).exists()]


class DebianStack:
    """What Postfix is told of it: settings, services; programs: those that
    Postfix does not start itself."""

    def __init__(self, stage, host, club):
        self._stage = stage
        self._host = host
        self.programs = []
        spf = stage.folder / "policyd-spf.conf"
        spf.write_text(SPF)
        self.services = (
            "policyd-spf unix - n n - 0 spawn\n    user=nobody argv="
            f"{PROGRAMS['postfix-policyd-spf-python']} {spf}\n")
        forward, reverse = self._start_postsrsd(club)
        self.settings = (
            "policyd-spf_time_limit = 3600",
            "smtpd_recipient_restrictions = reject_unauth_destination, "
            "check_policy_service unix:private/policyd-spf",
            "smtpd_milters = unix:postward/opendkim, unix:postward/opendmarc",
            f"sender_canonical_maps = tcp:127.0.0.1:{forward}",
            "sender_canonical_classes = envelope_sender",
            f"recipient_canonical_maps = tcp:127.0.0.1:{reverse}",
            "recipient_canonical_classes = envelope_recipient, "
            "header_recipient")

    def _start(self, name, *argv):
        self.programs.append(self._stage.start(name, PROGRAMS[name], *argv))

    def _start_postsrsd(self, club):
        secret = self._stage.folder / "postsrsd.secret"
        secret.write_text("for the bench\n")
        forward, reverse = free_port(), free_port()
        self._start("postsrsd", "-4", "-s", secret, "-d", club, "-l",
                    "127.0.0.1", "-f", forward, "-r", reverse)
        until("postsrsd", lambda: connects(forward) and connects(reverse))
        return forward, reverse

    def start_milters(self, sockets):
        """In this folder, which is Postfix's to see."""
        suffixes = self._stage.folder / "suffixes"
        suffixes.write_text(f"{signed.TOP}\n")
        for name, text, option in (("opendkim", DKIM, "-x"),
                                   ("opendmarc", DMARC, "-c")):
            file, socket = self._stage.folder / name, sockets / name
            file.write_text(text.format(
                host=self._host, socket=socket, folder=self._stage.folder,
                suffixes=suffixes))
            self._start(name, "-f", option, file)
            until(name, socket.exists)
