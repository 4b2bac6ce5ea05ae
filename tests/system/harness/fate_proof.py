# SPDX-License-Identifier: MIT
"""fate_proof - messages sent through us to a strict receiver, and what we said
of each beside what became of it."""

import collections
import concurrent.futures
import dataclasses
import re

from . import fate_messages, smtp, strict_receiver
from .nsd import Nsd
from .signing import Keys
from .smtp import Peer
from .stage import Stage, until
from .strict_receiver import ACCEPTED, REFUSED, SPAM
from .world import RECORDS, World, srs

AT_ONCE = 4  # clients

# Which receiver each judge plays, and the mail exchanger that tells.
PLAYS = {"rspamd": "gmail", "OpenDMARC": "strict"}
EXCHANGERS = {"rspamd": "mx.google.com", "OpenDMARC": "mx.mailbox.example"}

# All is to reach the end of a message.
OFF = ("spf", "helo_unknown", "helo_self", "sender_unknown")

UNSURE = "unsure"
PREDICTED = (ACCEPTED, UNSURE, SPAM, REFUSED)
REAL = (ACCEPTED, SPAM, REFUSED)

# Where others' programs see it otherwise, and why.  {policy: whose identifier
# it hangs on, or any}
OLDER = {
    "np=reject": ("any", "RFC 7489 knows no np"),
    "np=none": ("any", "RFC 7489 knows no np"),
    "t=y, reject": ("any", "RFC 7489 knows no t"),
    "t=y, quarantine": ("any", "RFC 7489 knows no t"),
    "pct=0": ("any", "RFC 9989 knows no pct"),
    "psd=n": ("near", "RFC 7489 has a list of suffixes, and knows no psd"),
    "psd=y": ("any", "RFC 7489 has a list of suffixes, and knows no psd"),
    "record below": ("near", "RFC 7489 has a list of suffixes, and no walk"),
}
SIGNATURES = {
    ("OpenDMARC", "short"): "OpenDKIM takes l=0 for a signature of the body",
    ("OpenDMARC", "sha1"): "OpenDKIM verifies rsa-sha1, against RFC 8301",
    ("rspamd", "sha1"): "rspamd verifies rsa-sha1, against RFC 8301",
}
FORMS = {
    ("OpenDMARC", "Sender"): "OpenDMARC does not count Sender",
    ("OpenDMARC", "no Date"): "RequiredHeaders wants a Date; no large receiver "
                              "says so",
}


def differs(case, judge):
    """Why the judge may see it otherwise than we; None: it must not."""
    site = case.site
    whose, why = OLDER.get(site.policy, ("", None))
    if whose == "any" or (whose and whose in (case.near, case.signature)):
        return why
    if (judge, case.signature, site.strict) == ("OpenDMARC", "near", True) \
            and site.author == site.org:
        return "OpenDMARC aligns what is below From's domain, despite adkim=s"
    return FORMS.get((judge, case.what)) or SIGNATURES.get(
        (judge, case.signature))


@dataclasses.dataclass
class Sent:
    """What was answered to a case, and what our log says of it."""
    reply: str
    said: dict

    @property
    def action(self):
        return self.said.get("fate", "none")

    def predicted(self, receiver):
        """What is refused before its fate is asked for has one."""
        if "fate" not in self.said and self.reply.startswith("5"):
            return REFUSED
        for one in self.said.get("at", "").split(","):
            name, _, outcome = one.partition(":")
            if name == receiver:
                return outcome if outcome in (SPAM, UNSURE) else REFUSED
        return ACCEPTED


class Pass:
    """All messages through a world of their own.  mode: of forwarding; in
    shadow mode nothing else refuses one.  decides: the judge that answers, as
    the receiver that it plays."""

    def __init__(self, stage, cases, zone, mode, decides):
        self.cases = cases
        keys = Keys(stage)
        ours = keys.record(b"pw1._domainkey.remotes.club").decode()
        halves = " ".join(f'"{ours[at:at + 200]}"'
                          for at in range(0, len(ours), 200))
        records = [*(record for record in RECORDS
                     if not record.startswith("mailbox.example. MX")),
                   f"mailbox.example. MX 10 {EXCHANGERS[decides]}.",
                   *strict_receiver.RECORDS, *zone,
                   f"pw1._domainkey.remotes.club. TXT {halves}"]
        nsd = Nsd(stage, records)
        self.receiver = strict_receiver.StrictReceiver(stage, nsd, records,
                                                       decides)
        off = [*OFF, *(["from_header"] if mode == "shadow" else [])]
        self.world = World(
            stage, {"forwarding": {"mode": mode},
                    "dkim": {"keys": str(keys.folder)}, **srs(stage),
                    **{f'check "{name}"': {"action": "off"} for name in off}},
            [f"relayhost = [127.0.0.1]:{self.receiver.port}"], nsd=nsd)
        self.sent = self._run()
        self.judged = self.receiver.judged

    def _run(self):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            replies = list(pool.map(self._send, self.cases))
        until("all has left", lambda: all(
            one["queue_name"] == "hold" for one in
            self.world.postfix.queued()))
        for judge in self.receiver.judges:
            judge.end()
        lines = dict(re.findall(
            r"^(?=.* state=END-OF-MESSAGE)(?=.* helo=c(\d+)\.helo)(.*)$",
            self.world.postward.milter.log(), re.M))
        return {case.number: Sent(reply, dict(re.findall(
            r" ([a-z_]+)=(\S+)", lines.get(str(case.number), ""))))
            for case, reply in zip(self.cases, replies)}

    def _send(self, case):
        peer = Peer(fate_messages.CLIENT, "mail.example.org", case.helo)
        return smtp.send(self.world.postfix.port, peer, case.sender,
                         [case.recipient], case.octets)[-1]

    def judgement(self, number, judge):
        """None: it has not left."""
        found = self.judged.get(number)
        return found and found[[one.name for one in
                                self.receiver.judges].index(judge)]

    def dmarc(self, judge):
        """How often it passes, of those that the judge takes."""
        taken = [one.dmarc for one in
                 (self.judgement(number, judge) for number in self.judged)
                 if one.outcome != REFUSED]
        return taken.count("pass"), len(taken)


@dataclasses.dataclass
class Row:
    """What was said of a case, and what a judge did."""
    case: fate_messages.Case
    predicted: str
    real: str
    why: str  # it may be otherwise; None: it must not
    told: str

    def __str__(self):
        return (f"{self.case}: predicted {self.predicted}, {self.real}: "
                f"{self.told}")


class Proof:
    """enforced: what we do, for each judge; past: all of it sent past the
    verdict."""

    def __init__(self, enforced, past):
        self.enforced, self.past = enforced, past

    def rows(self, judge):
        enforced = self.enforced[judge]
        for case in enforced.cases:
            sent = enforced.sent[case.number]
            judged = enforced.judgement(case.number, judge) or \
                self.past.judgement(case.number, judge)
            yield Row(case, sent.predicted(PLAYS[judge]), judged.outcome,
                      differs(case, judge),
                      f"{sent.said.get('fate_case')} {sent.said.get('at')}; "
                      f"{judged.reply}; dmarc={judged.dmarc}")

    def false_accepts(self, judge):
        """They were to be accepted, and are refused."""
        return [row for row in self.rows(judge) if row.why is None
                and (row.predicted, row.real) == (ACCEPTED, REFUSED)]

    def false_refusals(self, judge):
        """(those that were to be refused and are taken, of how many)"""
        rows = [row for row in self.rows(judge)
                if row.why is None and row.predicted == REFUSED]
        return [row for row in rows if row.real != REFUSED], len(rows)

    def bounces(self, judge):
        """Notifications of the enforced pass: {case: why it may be}"""
        enforced, found = self.enforced[judge], {}
        for mail in enforced.receiver.notifications:
            number = int(re.findall(rb"^X-Case: (\d+)", mail.text, re.M)[0])
            found[number] = differs(enforced.cases[number], judge)
        return found

    def table(self, judge):
        """Lines: of each kind of case, and predicted outcome, how many were
        accepted, hidden as spam, refused."""
        counts = collections.defaultdict(collections.Counter)
        for row in self.rows(judge):
            for kind in (row.case.kind, "all"):
                counts[kind][row.predicted, row.real] += 1
        lines = [f"{judge}, as {PLAYS[judge]}: accepted/spam/refused, by what "
                 "was predicted",
                 f"{'case':16}{'n':>6}" + "".join(
                     f"{name:>14}" for name in PREDICTED)]
        for kind, count in counts.items():
            if kind != "all":
                lines.append(table_line(kind, count))
        return [*lines, table_line("all", counts["all"])]

    def differing(self, judge):
        """Lines: why others see it otherwise, and how often they did."""
        counts = collections.Counter(
            (row.why, row.predicted, row.real) for row in self.rows(judge)
            if row.why and row.predicted != row.real)
        return [f"  {count:4} predicted {predicted}, {real}: {why}"
                for (why, predicted, real), count in sorted(counts.items())]


def table_line(kind, count):
    cells = []
    for predicted in PREDICTED:
        each = [count[predicted, real] for real in REAL]
        cells.append("/".join(map(str, each)) if any(each) else "-")
    return f"{kind:16}{sum(count.values()):6}" + "".join(
        f"{cell:>14}" for cell in cells)


def proof_of(cases, zone):
    """The worlds are gone when it is there."""
    def sent(mode, judge):
        with Stage() as stage:
            return Pass(stage, cases, zone, mode, judge)

    return Proof({judge: sent("enforce", judge) for judge in PLAYS},
                 sent("shadow", "OpenDMARC"))
