# SPDX-License-Identifier: MIT
"""strict_receiver - the next host of what we forward: others' programs judge
each copy, as the published rules of large receivers say.

Two judges, each with a Postfix of its own, see the same copy from the same
client: OpenDKIM with OpenDMARC, and rspamd.  Both know RFC 7489 and its list
of public suffixes; where RFC 9989 sees it otherwise, they differ from us.
"""

import dataclasses
import re
import shutil
import subprocess
import textwrap
import threading

from . import rspamd
from .nsd import Nsd
from .postfix import Postfix
from .smtp import Peer, session
from .smtpsink import SmtpSink
from .stage import Stage, until

OURS = Peer("192.0.2.99", "mx.remotes.club")  # as which our copies come
SUFFIXES = ("club", "example", "org", "test")

RECORDS = [
    f'mx.remotes.club. A {OURS.address}',
    f'mx.remotes.club. TXT "v=spf1 ip4:{OURS.address} -all"',
    f'remotes.club. TXT "v=spf1 ip4:{OURS.address} -all"',
    'remotes.club. MX 10 mx.remotes.club.',
]

ACCEPTED, SPAM, REFUSED = "accepted", "spam", "refused"

OPENDKIM = """\
    Mode v
    Socket local:{sockets}/opendkim
    AuthservID judge.example
    Nameservers 127.0.0.1
    UMask 000
    Background no
    AutoRestart no
    Syslog no
    """

# RequiredHeaders: each field as often as RFC 5322 3.6 allows.
OPENDMARC = """\
    Socket local:{sockets}/opendmarc
    AuthservID judge.example
    TrustedAuthservIDs judge.example
    PublicSuffixList {folder}/suffixes
    RejectFailures true
    RejectMultiValueFrom true
    RequiredHeaders true
    SPFIgnoreResults true
    SPFSelfValidate true
    UMask 000
    Background false
    AutoRestart false
    Syslog false
    """

# They ask the server of resolv.conf, at port 53: in a network of their own it
# is ours.
ISLAND = """\
    ip link set lo up
    mount --bind {folder}/resolv.conf /etc/resolv.conf
    trap 'trap - TERM; kill 0; wait' TERM
    /usr/sbin/nsd -d -c {folder}/nsd53.conf &
    opendkim -f -x {folder}/opendkim.conf &
    opendmarc -f -c {folder}/opendmarc.conf &
    wait
    """

FORCED = """\
    rules {
        AUTHORS {
            action = "reject";
            expression = "JUDGE_AUTHORS";
            message = "5.7.1 not one author";
        }
        DOUBLED {
            action = "reject";
            expression = "JUDGE_DOUBLED";
            message = "5.7.1 a field is there twice";
        }
        MESSAGE_ID {
            action = "reject";
            expression = "JUDGE_MESSAGE_ID";
            message = "5.7.1 no Message-ID";
        }
        DMARC {
            action = "reject";
            expression = "DMARC_POLICY_REJECT";
            message = "5.7.26 DMARC";
        }
        NOTHING {
            action = "reject";
            expression = "!R_SPF_ALLOW & !R_DKIM_ALLOW";
            message = "5.7.26 neither SPF nor DKIM";
        }
        QUARANTINE {
            action = "add header";
            expression = "DMARC_POLICY_QUARANTINE";
        }
    }
    """

# What Gmail asks of the form of a message.
FORM = """\
    local function judge(name, callback)
      rspamd_config:register_symbol{
        name = name, type = "normal", score = 0.0, callback = callback}
    end
    judge("JUDGE_AUTHORS", function(task)
      local from = task:get_from("mime")
      return task:get_header_count("From") ~= 1 or not from or #from ~= 1
        or (from[1].domain or "") == ""
    end)
    judge("JUDGE_MESSAGE_ID", function(task)
      return task:get_header_count("Message-ID") == 0
    end)
    judge("JUDGE_DOUBLED", function(task)
      for _, name in ipairs({"Date", "Sender", "Reply-To", "To", "Cc",
          "Message-ID", "In-Reply-To", "References", "Subject"}) do
        if task:get_header_count(name) > 1 then return true, name end
      end
      return false
    end)
    """

LOCAL = {
    "actions.conf": "reject = 1000;\nadd_header = 900;\ngreylist = null;\n",
    "force_actions.conf": textwrap.dedent(FORCED),
    "milter_headers.conf": 'use = ["authentication-results"];\n',
    "../rspamd.local.lua": textwrap.dedent(FORM),
}


def missing():
    """Why it cannot be started; "": it can."""
    for program in ("opendkim", "opendmarc"):
        if shutil.which(program, path="/usr/sbin:/usr/bin") is None:
            return f"{program} is not installed"
    tried = subprocess.run(["unshare", "--mount", "--net", "true"],
                           capture_output=True, text=True, check=False)
    return rspamd.missing() or tried.stderr.strip()


@dataclasses.dataclass
class Judgement:
    outcome: str
    reply: str
    dmarc: str = "none"  # pass, fail, none; "?": refused before that


class Judge:
    """A Postfix with milters of others."""

    def __init__(self, stage, name, milters):
        self.name = name
        self._sink = SmtpSink(stage)
        self.host = Postfix(stage, self._sink, [
            "myhostname = judge.example", "mynetworks = 127.0.0.0/8",
            "virtual_alias_domains =", "virtual_alias_maps =",
            "relay_domains = mailbox.example", "relay_transport = smtp",
            "non_smtpd_milters =", "smtpd_recipient_restrictions =",
            "smtpd_sender_restrictions =", f"smtpd_milters = {milters}",
            "smtpd_helo_required = no"])
        self._queued = {}  # queue id: judgement

    def offer(self, mail):
        with session(self.host.port, OURS) as smtp:
            replies = [smtp.from_(mail.sender), smtp.to(mail.recipients[0])]
            reply = next((one for one in replies if one[0] != "2"), None)
            reply = reply or smtp.content(mail.text)
        judgement = Judgement(ACCEPTED if reply[0] == "2" else REFUSED, reply,
                              "?")
        if reply[0] == "2":
            self._queued[reply.rpartition(" ")[2]] = judgement
        elif "5.7.26" in reply or "DMARC" in reply:
            judgement.dmarc = "fail"
        return judgement

    def end(self):
        """Reads what they have written into what they took."""
        for mail in self._sink.wait(len(self._queued)):
            header = mail.text.partition(b"\r\n\r\n")[0].decode(
                errors="replace")
            queue_id = re.search(
                r"^Received: .*\r\n(?:\s.*\r\n)*?.*\bid (\w+)", header,
                re.M)[1]
            judgement = self._queued[queue_id]
            said = " ".join(
                field for field in mail.fields("Authentication-Results")
                if "judge.example" in field)
            found = re.search(r"dmarc=(\w+)", said)
            judgement.dmarc = found[1] if found else "none"
            if (mail.fields("X-Spam") and "Yes" in mail.field("X-Spam")) or \
                    re.search(r"dmarc=fail \(p=quarantine", said):
                judgement.outcome = SPAM


def opendmarc_judge(stage, records):
    """Beside a name server at port 53, in a network of their own."""
    folder = stage.folder
    judge = Judge(stage, "OpenDMARC",
                  "unix:judge/opendkim, unix:judge/opendmarc")
    sockets = judge.host.queue / "judge"
    sockets.mkdir(mode=0o755)
    (folder / "suffixes").write_text("\n".join(SUFFIXES) + "\n")
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    for name, text in (("opendkim", OPENDKIM), ("opendmarc", OPENDMARC)):
        (folder / f"{name}.conf").write_text(textwrap.dedent(text).format(
            folder=folder, sockets=sockets))
    nsd = Nsd(stage, records)
    (folder / "nsd53.conf").write_text(
        (folder / "nsd/nsd.conf").read_text().replace(f"@{nsd.port}", "@53"))
    program = stage.start(
        "opendmarc", "unshare", "--mount", "--net", "sh", "-c",
        textwrap.dedent(ISLAND).format(folder=folder))
    until("OpenDKIM and OpenDMARC", lambda: program.status is not None or all(
        (sockets / name).exists() for name in ("opendkim", "opendmarc")))
    if program.status is not None:
        raise OSError(f"no judge: {program.log()}")
    return judge


def rspamd_judge(stage, nsd):
    filter_ = rspamd.Rspamd(stage, nsd.address, LOCAL, SUFFIXES)
    return Judge(stage, "rspamd", filter_.milter)


class StrictReceiver(SmtpSink):
    """Where our Postfix sends everything.  A copy is answered as the judge of
    that name does; what goes to others is taken: notifications, which nobody
    should get."""

    def __init__(self, stage, nsd, records, decides):
        super().__init__(stage)
        self._decides = decides
        self.judges = [
            rspamd_judge(stage.keep(Stage()), nsd),
            opendmarc_judge(stage.keep(Stage()), records)]
        self.judged = {}  # number of the case: [a judgement of each judge]
        self.copies = {}  # the same: as they came
        self.notifications = []
        self.troubles = []
        self._lock = threading.Lock()

    def take(self, mail):
        if mail.recipients != ["gil@mailbox.example"]:
            self.notifications.append(mail)
            return "250 2.0.0 Ok"
        number = int(re.search(rb"^X-Case: (\d+)", mail.text, re.M)[1])
        judgements = [judge.offer(mail) for judge in self.judges]
        if any(one.reply[0] == "4" for one in judgements):
            self.troubles.append([one.reply for one in judgements])
            return "451 4.3.0 A judge has trouble"
        with self._lock:
            self.judged[number] = judgements
            self.copies[number] = mail
        return next(one.reply for judge, one in zip(self.judges, judgements)
                    if judge.name == self._decides)
