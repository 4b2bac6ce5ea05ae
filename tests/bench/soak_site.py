# SPDX-License-Identifier: MIT
"""soak_site - two mail exchangers with all that Postward can do: three nodes of
Galera below both, a directory beside it, and a world that sends them mail."""

import dataclasses
import re
import shutil

from bench_stage import leave_out_unknown
from harness.certificate import Authority
from harness.mariadb import Galera
from harness.nsd import Nsd
from harness.postfix import Postfix
from harness.postward import Postward
from harness.signing import AuthorKey, Keys
from harness.slapd import ADMIN, BASE, PASSWORD, Slapd, member
from harness.smtp import Peer
from harness.smtpsink import SmtpSink
from harness.stage import Stage, free_port
from soak_dns import SoakDns

OURS, SRS, REWRITES = ("remotes.club", "srs.remotes.club", "fwd.remotes.club")
BOX, OUTSIDE, CODES = "box.test", "outside.test", "codes.test"
MEMBERS, LISTED, CHAINS = 40, 30, 5  # of the store, the directory, both
SIGNED, PLAIN, ALIGNED, FAILING = 60, 30, 10, 10
HOME = Peer("192.0.2.99", "home.test")
JUNK = Peer("198.51.100.66", "junk.test")
GONE, STAYS = f"gone@{BOX}", f"stays@{BOX}"
PROGRAMS = ("policyd", "milter", "forwarder", "mailer", "signup")


def targets_of(name):
    """Of a member of the store or of the directory: m7@ has two."""
    return [f"{name}.{n}@{BOX}" for n in range(1 + int(name[1:]) % 3)]


def peer_of(kind, number):
    net = {"g": 18, "p": 19, "r": 20, "f": 21}[kind]
    return Peer(f"198.{net}.{number // 200}.{number % 200 + 1}",
                f"mta.{kind}{number}.test")


def host_records(kind, number):
    """Mail of it is taken; its reverse name leads back."""
    name, peer = f"{kind}{number}.test", peer_of(kind, number)
    yield f"{name}. MX 10 {peer.name}."
    yield f"{name}. A {peer.address}"
    yield f"{peer.name}. A {peer.address}"
    back = ".".join(reversed(peer.address.split(".")))
    yield f"{back}.in-addr.arpa. PTR {peer.name}."


def records(key):
    """The world's: senders who sign and have SPF and DMARC (g), only SPF and
    DMARC (r), nothing (p), SPF that fails (f), and more of those with SPF than
    anybody counts, below many.test."""
    for kind, count in (("g", SIGNED), ("p", PLAIN), ("r", ALIGNED),
                        ("f", FAILING)):
        for number in range(count):
            yield from host_records(kind, number)
    for kind, count in (("g", SIGNED), ("r", ALIGNED)):
        for number in range(count):
            name, own = f"{kind}{number}.test", peer_of(kind, number).address
            spf = f"ip4:{own}"
            if number % 2:
                yield f'_spf.{name}. TXT "v=spf1 {spf} -all"'
                spf = f"include:_spf.{name}"
            yield f'{name}. TXT "v=spf1 {spf} -all"'
            yield f'_dmarc.{name}. TXT "v=DMARC1; p=reject"'
            yield f"s1._domainkey.{name}. TXT {key.halves}"
    for number in range(FAILING):
        yield f'f{number}.test. TXT "v=spf1 ip4:203.0.113.1 -all"'
    yield '*.many.test. TXT "v=spf1 ip4:100.0.0.0/8 -all"'
    yield "*.many.test. MX 10 mail.many.test."
    yield "*.many.test. A 192.0.2.1"
    yield "junk.test. A 198.51.100.66"
    for name in (OURS, SRS, REWRITES):
        yield f"{name}. MX 10 mx1.{OURS}."
        yield f'{name}. TXT "v=spf1 ip4:192.0.2.1 ip4:{HOME.address} -all"'
    for name in (BOX, OUTSIDE, CODES):
        yield f"{name}. MX 10 aspmx.l.google.com."
    yield "2.0.0.127.bl.test. A 127.0.0.2"
    yield "66.100.51.198.bl.test. A 127.0.0.2"
    yield "2.0.0.127.points.test. A 127.0.0.2"
    for number in range(0, PLAIN, 3):
        back = peer_of("p", number).address.split(".")
        yield f"{'.'.join(reversed(back))}.points.test. A 127.0.0.4"
    yield "test.rhs.test. A 127.0.1.2"


class Sink(SmtpSink):
    """Tells its listener of each mail and keeps none."""
    listener = None

    def add(self, mail):
        self.listener(mail)


@dataclasses.dataclass
class Host:
    """A mail exchanger: its own Postfix, programs, caches."""
    stage: Stage
    postfix: Postfix
    postward: Postward

    def programs(self):
        return {name: getattr(self.postward, name) for name in PROGRAMS}

    def start(self, name):
        getattr(self.postward, f"start_{name}")()


class Site:
    """short: greylisting and caches are quicker, so that two minutes show all
    of it."""

    def __init__(self, stage, short):
        self.stage, self.short = stage, short
        self.sender_limit = 30 if short else 120  # authenticated, in an hour
        self.key = AuthorKey(stage.folder)
        self.nsd = Nsd(stage, list(records(self.key)), ttl=30)
        lists = ("bl.test", "points.test", "rhs.test")
        self.dns = stage.keep(SoakDns(self.nsd.port, lists))
        self.list_dns = stage.keep(SoakDns(self.nsd.port, ()))
        self.sink = Sink(stage)
        self.sink.refused[GONE] = "550 5.1.1 No such mailbox"
        self.galera = Galera(stage)
        self.galera.start()
        self.galera.nodes[0].ask(
            "CREATE USER post@'127.0.0.1'; "
            "GRANT ALL ON postward.* TO post@'127.0.0.1'")
        self.make_directory()
        self.make_secrets()
        self.hosts = [self.make_host(number) for number in (1, 2)]
        self.make_store()
        self.has_limits = "rate {" in self.hosts[0].postward.file.read_text()
        for host in self.hosts:
            for name in PROGRAMS:
                host.start(name)

    # ---- what both have

    def make_directory(self):
        self.authority = Authority(self.stage.folder)
        pair = self.authority.sign("localhost", ["DNS:localhost"])
        entries = [member(f"l{n}", *targets_of(f"l{n}"))
                   for n in range(LISTED)]
        entries += [member(f"c{n}", f"m{n}@{OURS}") for n in range(CHAINS)]
        self.slapd = Slapd(self.stage, entries, pair).start()

    def make_secrets(self):
        self.keys = Keys(self.stage, SRS, REWRITES)
        folder = self.stage.folder
        for name, text in (("srs", "for the soak\n"),
                           ("directory", f"{PASSWORD}\n")):
            file = folder / f"{name}.secret"
            file.write_text(text)
            file.chmod(0o600)

    def make_store(self):
        """Members by hand: the command takes a while for each."""
        first = self.hosts[0].postward
        names = [f"m{n}" for n in range(MEMBERS)]
        now = "UNIX_TIMESTAMP()"
        accounts = [f"('{name}@{OURS}', 'active', {now})"
                    for name in (*names, "fails")]
        forwards = [f"('{name}@{OURS}', '{target}', 'active', {now})"
                    for name in names for target in targets_of(name)]
        forwards += [f"('fails@{OURS}', '{target}', 'active', {now})"
                     for target in (GONE, STAYS)]
        done = self.galera.nodes[0].ask(
            "USE postward; INSERT INTO account (address, state, created) "
            f"VALUES {','.join(accounts)}; INSERT INTO forward (account, "
            f"target, state, created) VALUES {','.join(forwards)}; SELECT 1")
        if done != "1":
            raise OSError("the members could not be made")
        for name in names[:3]:
            first.cli("account checks", f"{name}@{OURS}", "greylist", "off")

    # ---- one of the two

    def make_host(self, number):
        stage = self.stage.keep(Stage())
        postfix = Postfix(stage, self.sink, (
            f"myhostname = mx{number}.{OURS}", "default_process_limit = 30",
            f"relay_domains = {OUTSIDE}", "relay_transport = smtp",
            "fast_flush_domains ="))
        postward = Postward(stage, postfix.queue / "postward",
                            self.dns.address, self.settings(number, postfix))
        postward.mail_config = postfix.configuration
        leave_out_unknown(postward)
        postward.cli("store init")
        return Host(stage, postfix, postward)

    def settings(self, number, postfix):
        folder, group = self.stage.folder, {"group": "postfix"}
        quick = self.short
        return {
            "": {"hostname": f"mx{number}.{OURS}", "domains": [OURS],
                 "sources": ["store", "ldap"], "forward-stale": "1h",
                 "forward-cache": "5s" if quick else "20s"},
            "log": {"to": "stderr", "format": "json"},
            # Full before memory is looked at.
            "resolver": {"servers": [self.dns.address], "cache": 1000,
                         "timeout": "5s"},
            "store": {"url": self.url(number)},
            "secrets": {"codes": f"{folder}/codes.secret",
                        "approvals": f"{folder}/approvals.secret"},
            "ldap": {"url": [self.slapd.tls_url], "base":
                     f"ou=people,{BASE}", "bind": ADMIN, "password-file":
                     f"{folder}/directory.secret", "ca":
                     str(self.authority.ca), "timeout": "3s"},
            "srs": {"domain": SRS, "secrets-file": f"{folder}/srs.secret"},
            "policyd": group, "forwarder": group, "milter": group,
            "dkim": {"keys": str(self.keys.folder)},
            "arc": {"seal": True},
            "forwarding": {"mode": "enforce", "spf-only": "rewrite",
                           "from-domain": REWRITES},
            "decisions": {"keep": "14d", "per-day": 1000000},
            "mailer": {"smtp": f"smtp://127.0.0.1:{postfix.system_port}",
                       "retry-min": "2s"},
            "signup": {"title": "Soak", "url": "http://localhost/join"},
            "metrics": {"listen": f"127.0.0.1:{self.metrics_port(number)}"},
            **self.checks(quick),
        }

    def checks(self, quick):
        return {
            "spf": {"header": True},
            'check "iprev"': {"action": "score", "points": 2},
            'check "greylist"': {"action": "defer"},
            "greylist": {"delay": "10s" if quick else "30s", "window": "1h"},
            "rate": {"sender": f"{self.sender_limit} in 1h",
                     "member": "20000 in 1h", "target": "1000000 in 1h"},
            "members": {"may-switch": ["greylist", "dnsbl", "spf"]},
            "allow": {"clients": [HOME.address]},
            'dnsbl "bl.test"': {"action": "reject"},
            'dnsbl "points.test"': {
                "codes": ["127.0.0.2: reject (spam)", "127.0.0.[4..7]: 3"],
                "resolver": [self.list_dns.address]},
            'rhsbl "rhs.test"': {"codes": ["127.0.1.2-127.0.1.99"]},
        }

    def url(self, number):
        """Each host has a node that it asks first."""
        hosts = self.galera.hosts().split(",")
        turned = hosts[number - 1:] + hosts[:number - 1]
        return f"mariadb://post@{','.join(turned)}/postward"

    def metrics_port(self, number):
        if not hasattr(self, "_ports"):
            self._ports = {}
        return self._ports.setdefault(number, free_port())

    # ---- what the store says

    def ask(self, sql):
        """By the first node that answers; None: no node does."""
        for node in self.galera.nodes:
            if node.program.status is None:
                said = node.ask(f"USE postward; {sql}")
                if said is not None:
                    return said
        return None

    def rotate_logs(self):
        """Postfix' as `postfix logrotate` does; what the programs write to
        stderr is copied and cut."""
        for host in self.hosts:
            log = host.postfix.log
            number = len(list(log.parent.glob("mail.log*")))
            log.rename(log.with_name(f"mail.log.{number}"))
            host.postfix.master.signal(1)
            for name in PROGRAMS:
                file = host.stage.folder / f"{name}.log"
                with open(file.with_suffix(".old"), "ab") as old, \
                        open(file, "rb") as now:
                    shutil.copyfileobj(now, old)
                with open(file, "r+b") as now:
                    now.truncate()

    @staticmethod
    def log_of(host, name):
        """All that it has said, whoever had that name."""
        file = host.stage.folder / f"{name}.log"
        return "".join(it.read_text(errors="replace") for it in (
            file.with_suffix(".old"), file) if it.exists())

    @staticmethod
    def mail_log(host):
        logs = sorted(host.postfix.log.parent.glob("mail.log*"),
                      key=lambda it: it.stat().st_mtime)
        return "".join(it.read_text(errors="replace") for it in logs)


def words_of(text):
    """The same for lines that differ in names, addresses and numbers."""
    text = re.sub(r"\S+@\S+|\b[0-9a-f]{8,}\b|\d+", "N", text)
    return re.sub(r"\b[\w-]*N[\w.:/-]*", "N", text)[:150]
