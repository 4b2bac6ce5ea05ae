# SPDX-License-Identifier: MIT
"""bench_mail - Postfix servers that differ in nothing but whom they ask, and
the mail that is sent through them."""

import os
import re
import time
import types

import bench_world as world
from bench_stage import (connects, figures, make_postward, processor_seconds,
                         tool)
from harness.postfix import Postfix
from harness.stage import Stage, free_port, until


class MailServer:
    """A Postfix whose mail goes to smtp-sink(1).  Of two settings of one name
    the later counts."""

    def __init__(self, stage, *settings, services=""):
        own = stage.keep(Stage())
        port = free_port()
        own.start("sink", "/usr/sbin/smtp-sink", "-u", "nobody",
                  f"127.0.0.1:{port}", "1000")
        until("smtp-sink", lambda: connects(port))
        lines = (
            f"relay_domains = {world.CLUB}",
            f"relay_transport = smtp:[127.0.0.1]:{port}",
            "fast_flush_domains =", "virtual_alias_domains =",
            "virtual_alias_maps =", "queue_run_delay = 300s",
            "default_process_limit = 200", "in_flow_delay = 0",
            "smtp_destination_concurrency_limit = 50",
            "initial_destination_concurrency = 20",
            "smtpd_helo_required = yes",
            # Each smtpd lives as long as the bench does: what starting one
            # costs says nothing of whom it asks.
            "max_use = 100000", "max_idle = 1000s", *settings)
        self.postfix = type("Served", (Postfix,), {"services": services})(
            own, types.SimpleNamespace(port=port),
            list({line.partition("=")[0].strip(): line
                  for line in lines}.values()))
        self.sockets = self.postfix.queue / "postward"
        self.sockets.mkdir()
        self.asked = []  # the programs that it asks
        self._log_before = 0

    def send(self, file, sessions, what, count, checked):
        """Figures; rate is of all sessions until the last mail was delivered,
        and what was delivered is what was accepted; processor: milliseconds
        that a session has cost Postfix and whom it asks."""
        programs = [self.postfix.master, *self.asked]
        self._log_before = self.postfix.log.stat().st_size
        began, spent = time.monotonic(), processor_seconds(programs)
        result = figures(tool("bench_smtp"), self.postfix.port, sessions,
                         count, what, file, "checked" if checked else "any")
        if what == "message":
            until("an empty queue", self._is_empty, 120)
            result["rate"] = count / (time.monotonic() - began)
            self._check_delivered(int(result["accepted"]))
        result["processor"] = \
            1000 * (processor_seconds(programs) - spent) / count
        return result

    def _is_empty(self):
        time.sleep(0.02)
        return not any(files for name in ("incoming", "active", "deferred")
                       for _, _, files in os.walk(self.postfix.queue / name))

    def _log(self):
        with open(self.postfix.log, encoding="utf-8") as log:
            log.seek(self._log_before)
            return log.read()

    def _check_delivered(self, accepted):
        until("the log of all deliveries",
              lambda: self._log().count(" status=") >= accepted)
        other = re.findall(r".* status=(?!sent).*", self._log())
        if other or self._log().count(" status=sent") != accepted:
            raise OSError(f"{accepted} mails were accepted, "
                          f"{self._log().count(' status=sent')} delivered; "
                          f"{other[:1]}")


def guarded(stage, resolver, programs, *settings):
    """One that asks the programs of that build; None: those under test."""
    server = MailServer(stage, *settings)
    postward = make_postward(stage, resolver, server.sockets, programs,
                             policyd={"group": "postfix"},
                             milter={"group": "postfix"})
    postward.start_policyd()
    postward.start_milter()
    return server


def pair(stage, resolver, null, *settings):
    """(ours, the one that asks servers that do nothing).  null(kind, path)
    starts such a server."""
    ours = guarded(stage, resolver, None, *settings)
    nothing = MailServer(stage, *settings)
    for kind, name in (("policy", "policyd"), ("milter", "milter")):
        null(kind, nothing.sockets / name)
    return ours, nothing
