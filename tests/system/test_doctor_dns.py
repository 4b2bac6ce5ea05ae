# SPDX-License-Identifier: MIT
"""`postward check`: what is wrong with our DNS, our certificates and the way
out is named by the right check, with the record or command that cures it."""

import contextlib
import dataclasses
import json
import os
import subprocess

import pytest

from faultdns import FaultDNS
from harness import island
from harness.https import Authority, Https
from harness.postfix import Postfix
from harness.postward import Postward
from harness.signing import Keys
from harness.smtpsink import SmtpSink
from harness.stage import Stage
from harness.world import srs

HOST, JOIN = "mx.remotes.club", "join.remotes.club"
FOUR, SIX = "192.0.2.25", "2001:db8::25"
PTR = "25.2.0.192.in-addr.arpa"
SRS = "srs.remotes.club"
STS = "mta-sts.remotes.club"
STS_FILE = f"""\
version: STSv1
mode: enforce
mx: {HOST}
max_age: 86400
"""
FORM = '<form><input type="hidden" name="csrf" value="x"></form>'
LIST = {"2.0.0.127.bl.test": [("A", "127.0.0.2")]}

SETTINGS = {
    "": {"domains": ["remotes.club"]},
    "forwarding": {"from-domain": "fwd.remotes.club"},
    "resolver": {"timeout": "60s"},
    "policy": {"deadline": "50s", "list-deadline": "60s"},
    "signup": {"url": f"https://{JOIN}/"},
    'dnsbl "bl.test"': {"codes": ["127.0.0.2-127.0.0.11",
                                  "127.0.0.99: -3 (good)"]},
}


class TlsPostfix(Postfix):
    services = "tlsmgr unix - - y 1000? 1 tlsmgr\n"


class Patient:
    """A host in whose DNS, certificates and files all is well."""

    def __init__(self, stage):
        island.move_to(f"{FOUR}/32", f"{SIX}/128")
        island.run("ip", "-6", "route", "add", "default", "dev", "lo")
        self.stage = stage
        self.dns = FaultDNS(LIST, port=53)
        self.dns.verifies = True
        self.authority = Authority(stage.folder)
        self.authority.certificate(HOST, JOIN, STS)
        self.web = Https(self._certificate, self.authority.key)
        self.postfix = TlsPostfix(stage, SmtpSink(stage), [
            "smtpd_tls_security_level = may", "max_use = 1",
            "smtpd_milters =",
            f"smtpd_tls_cert_file = {self._certificate}",
            f"smtpd_tls_key_file = {self.authority.key}"])
        self.keys = Keys(stage, "fwd.remotes.club", SRS)
        secrets = srs(stage)
        secrets["srs"]["domain"] = SRS
        self.settings = {**SETTINGS, **secrets,
                         "dkim": {"keys": str(self.keys.folder)}}
        self.postward = Postward(stage, stage.folder / "run",
                                 self.dns.address, self.settings)
        self.postward.make_store({"ann@remotes.club": ["ann@mailbox.example"]})
        self.postward.start_forwarder()
        self.printed = self.run("dns", "--json")
        self.zone = {}
        self.recover()

    @property
    def _certificate(self):
        return self.authority.folder / "cert.pem"

    def recover(self):
        """All that `postward dns` prints, and what else a site may have."""
        for name in self.zone:
            self.dns[name] = "NXDOMAIN"
        self.zone = {
            JOIN: [("A", FOUR)], STS: [("CNAME", f"{HOST}.")],
            "_mta-sts.remotes.club": [("TXT", '"v=STSv1; id=1"')], **LIST}
        for line in self.printed:
            if line["value"] is not None:
                self.zone.setdefault(line["name"], []).append(
                    (line["type"], in_quotes(line)))
        for name, records in self.zone.items():
            self.dns[name] = records
        self.web.pages.clear()
        self.web.pages[JOIN, "/"] = FORM
        self.web.pages[STS, "/.well-known/mta-sts.txt"] = STS_FILE

    def run(self, *words, status=range(4)):
        done = self.postward.run(
            *words, "-c", self.postward.file, env={
                **os.environ, "SSL_CERT_FILE": str(self.authority.file)})
        assert done.returncode in status, (words, done.stderr)
        return json.loads(done.stdout)

    def check(self, *words):
        return self.run("check", "--json", "--postfix-config",
                        self.postfix.configuration, *words)

    def set(self, records):
        for name, behaviour in records.items():
            self.zone[name] = behaviour
            self.dns[name] = behaviour

    def set_line(self, line):
        """A line of a zone, in place of what has its name and type."""
        name, kind, value = line.split(" ", 2)
        name = name.rstrip(".").lower()
        there = self.zone.get(name, [])
        if not isinstance(there, list):
            there = []
        self.set({name: [(t, text) for t, text in there
                         if t not in (kind, "CNAME")] + [(kind, value)]})


def in_quotes(line):
    text = line["value"]
    return text if line["type"] != "TXT" else " ".join(
        f'"{text[at:at + 250]}"' for at in range(0, len(text), 250))


@pytest.fixture(scope="module")
def patient():
    why = island.missing()
    if why:
        pytest.skip(why)
    with Stage() as stage:
        it = Patient(stage)
        yield it
        it.web.close()
        it.dns.close()


@dataclasses.dataclass
class Row:
    """A broken host: the check that has to see it, and some of its words."""
    check: str
    words: str
    zone: dict
    cured: bool = True  # by the lines that are printed
    state: str = ""     # any but ok


def txt(*texts):
    return [("TXT", f'"{text}"') for text in texts]


ROWS = {
    "no address": Row("host-address", "there is none", {HOST: txt(
        "v=spf1 a -all")}),
    "127.0.1.1": Row("host-address", "nobody outside reaches", {HOST: [
        ("A", "127.0.1.1"), ("AAAA", SIX)]}),
    "an old address, too": Row("host-address", "192.0.2.7: not an", {HOST: [
        ("A", FOUR), ("A", "192.0.2.7"), ("AAAA", SIX)]}, state="warning"),
    "an old IPv6 address, too": Row("host-address", "2001:db8::7: not an", {
        HOST: [("A", FOUR), ("AAAA", SIX), ("AAAA", "2001:db8::7")]}),
    "no PTR": Row("reverse-name", "there is none", {PTR: "NXDOMAIN"}),
    "the provider's PTR": Row("reverse-name", "host25.provider.example", {
        PTR: [("PTR", "host25.provider.example.")]}),
    "a PTR that does not lead back": Row(
        "reverse-name", "does not lead back", {HOST: [
            ("A", "192.0.2.7"), ("AAAA", SIX)]}, cured=False),
    "no SPF for HELO": Row("helo-spf", "there is none", {HOST: [
        ("A", FOUR), ("AAAA", SIX)]}),
    "MX elsewhere": Row("mx", "is 192.0.2.7, which is not here", {
        "remotes.club": [("MX", "10 old.example.")],
        "old.example": [("A", "192.0.2.7")]}, state="broken"),
    "MX that is an alias": Row("mx", "alias of", {
        "remotes.club": [("MX", "10 www.remotes.club.")],
        "www.remotes.club": [("CNAME", f"{HOST}.")]}, state="warning"),
    "MX that is an address": Row("mx", "is an address where", {
        "remotes.club": [("MX", f"10 {FOUR}.")]}),
    "null MX": Row("mx", "takes no mail", {
        "remotes.club": [("MX", "0 .")]}),
    "no MX": Row("mx", "there is none", {"remotes.club": txt(
        "v=spf1 -all")}),
    "MX to nowhere": Row("mx", "has no address", {
        "remotes.club": [("MX", "10 gone.example.")]}),
    "SPF without us": Row("spf", f"fail for {FOUR}", {"remotes.club": [
        ("MX", f"10 {HOST}."), *txt("v=spf1 ip4:192.0.2.9 -all")]}),
    "two SPF records": Row("spf", "one only", {"remotes.club": [
        ("MX", f"10 {HOST}."), *txt("v=spf1 mx -all", "v=spf1 a -all")]}),
    "SPF with too many lookups": Row("spf", "permerror", {"remotes.club": [
        ("MX", f"10 {HOST}."), *txt("v=spf1 " + " ".join(
            f"a:{HOST[:2]}{n}.remotes.club" for n in range(11)) + " -all")],
        **{f"{HOST[:2]}{n}.remotes.club": [("A", "192.0.2.9")]
           for n in range(11)}}),
    "SRS domain without SPF": Row("srs-domain", "there is none", {SRS: [
        ("MX", f"10 {HOST}.")]}, state="broken"),
    "SRS domain without MX": Row("srs-domain", "there is none", {SRS: txt(
        f"v=spf1 a:{HOST} -all")}, state="broken"),
    "no DMARC": Row("dmarc", "there is none", {
        "_dmarc.remotes.club": "NXDOMAIN"}),
    "DMARC that nobody can apply": Row("dmarc", "it has no p", {
        "_dmarc.remotes.club": txt("v=DMARC1; p=no")}),
    "two DMARC records": Row("dmarc", "one only", {
        "_dmarc.remotes.club": txt("v=DMARC1; p=none", "v=DMARC1; p=reject")}),
    "reports that nobody takes": Row("dmarc", "TXT \"v=DMARC1\"", {
        "_dmarc.remotes.club": txt(
            "v=DMARC1; p=none; rua=mailto:a@reports.example")}, cured=False),
    "TLS-RPT without an address": Row("tls-report", "rua", {
        "_smtp._tls.remotes.club": txt("v=TLSRPTv1;")}),
    "MTA-STS without an id": Row("mta-sts", "id", {
        "_mta-sts.remotes.club": txt("v=STSv1;")}),
    "MTA-STS without a host": Row("mta-sts", "no address", {
        STS: "NXDOMAIN"}),
    "another key in TLSA": Row("tlsa", "none fits", {
        f"_25._tcp.{HOST}": [("TLSA", "3 1 1 " + "00" * 32)]}),
    "TLSA of the web": Row("tlsa", "none is of a kind", {
        f"_25._tcp.{HOST}": [("TLSA", "1 1 1 " + "00" * 32)]}),
    "CAA of others": Row("caa", "forbid", {
        "remotes.club": [("MX", f"10 {HOST}."), *txt("v=spf1 mx -all"),
                         ("CAA", '0 issue "digicert.com"')]}),
    "on a list": Row("listed", f"{FOUR} is listed", {
        "25.2.0.192.bl.test": [("A", "127.0.0.2"), *txt("Sent junk")]},
        cured=False, state="broken"),
    "a list that refuses this resolver": Row("lists-answer", "resolver", {
        "2.0.0.127.bl.test": [("A", "127.255.255.254")]}, cured=False),
    "a form without an address": Row("form-page", "has no address", {
        JOIN: "NXDOMAIN"}, cured=False),
}


def found(patient, check):
    return [f for f in patient.check("--only", check) if f["name"] == check]


def wrong(findings):
    return [f for f in findings if f["state"] not in ("ok", "note")]


def test_a_list_may_speak_for_us(patient):
    patient.dns["25.2.0.192.bl.test"] = [("A", "127.0.0.99")]
    [row] = [f for f in found(patient, "listed") if FOUR in str(f)]
    assert row["state"] == "ok"
    assert "127.0.0.99: it speaks for us" in str(row)


def test_all_is_well(patient):
    patient.recover()
    findings = patient.check("--only", "dns,lists,outside")
    assert not wrong(findings), findings
    assert {f["name"] for f in findings} >= {row.check for row in
                                             ROWS.values()}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_broken_is_named_and_cured(patient, name):
    row = ROWS[name]
    patient.recover()
    patient.set(row.zone)
    seen = [f for f in found(patient, row.check) if f["state"] != "ok"]
    assert any(row.words in f["words"] for f in seen), seen
    assert not row.state or row.state in {f["state"] for f in seen}, seen
    if not row.cured:
        return
    for line in {cure for f in seen for cure in f["cure"]}:
        patient.set_line(line)
    assert not wrong(found(patient, row.check)), patient.zone


def test_a_record_is_no_cure_for_itself(patient):
    """Who lets our name in needs no other record, but the name its address."""
    patient.recover()
    patient.set({HOST: [("A", "192.0.2.7"), *txt("v=spf1 a -all")]})
    findings = wrong(patient.check("--only", "host-address,helo-spf,spf,"
                                   "srs-domain"))
    cures = [cure for f in findings for cure in f["cure"]]
    assert {f["name"] for f in findings} > {"helo-spf", "spf"}, findings
    assert f"{HOST}. A {FOUR}" in cures
    assert not [cure for cure in cures if "v=spf1" in cure], cures


def test_dns_check_says_the_same(patient):
    """What one calls wrong or missing, the other does not call well."""
    kinds = {"A": "host-address", "AAAA": "host-address", "PTR": "reverse-name", "MX": "mx"}
    for name, row in ROWS.items():
        if row.check not in kinds.values():
            continue
        patient.recover()
        patient.set(row.zone)
        lines = {kinds.get(line["type"]) for line in patient.run(
            "dns", "--check", "--json") if line["state"] != "right"}
        assert row.check in lines, name


def test_an_answer_that_does_not_come_is_not_missing(patient):
    patient.recover()
    patient.set({"remotes.club": "SERVFAIL", PTR: "TIMEOUT"})
    with settings(patient, {"resolver": {"timeout": "2s"}}):
        findings = patient.check("--only", "mx,spf,reverse-name")
    states = {f["state"] for f in findings if SIX not in f["what"]}
    assert states == {"unknown"}, findings


@contextlib.contextmanager
def settings(patient, changes):
    patient.postward.change(changes)
    yield
    patient.postward.change({"resolver": {
        "servers": [patient.dns.address], **SETTINGS["resolver"]}})


def test_a_dead_resolver_is_one_thing_that_is_wrong(patient):
    patient.recover()
    with settings(patient, {"resolver": {"servers": ["127.0.0.9:53"]}}):
        findings = patient.check("--only", "dns,lists,outside")
    states = {}
    for finding in findings:
        states.setdefault(finding["state"], set()).add(finding["name"])
    assert states["broken"] == {"resolver"}, findings
    assert all("no resolver answers" in f["words"] for f in findings
               if f["state"] == "unknown"), findings


def test_one_of_two_resolvers_is_dead_or_public(patient):
    patient.recover()
    for server, words in (("127.0.0.9:53", "waits for it first"),
                          ("8.8.8.8", "Google")):
        with settings(patient, {"resolver": {"servers": [
                patient.dns.address, server]}}):
            [bad] = [f for f in found(patient, "resolver")
                     if server in f["what"] and words in f["words"]]
        assert bad["state"] in ("warning", "broken"), bad


def test_resolv_conf_is_mended_by_what_is_printed(patient):
    file = patient.stage.folder / "resolv.conf"
    file.write_text("nameserver 127.0.0.1\nnameserver 127.0.0.9\n")
    island.put(file, "/etc/resolv.conf")
    patient.recover()
    with settings(patient, {"resolver": {"servers": []}}):
        cures = [cure for f in wrong(found(patient, "resolver"))
                 for cure in f["cure"] if "sed" in cure]
        assert cures
        for cure in cures:
            # A file that is mounted cannot be replaced.
            subprocess.run(["sh", "-c", cure.replace(
                "sed -i", "sed -i.old").replace("/etc/resolv.conf",
                                                str(file))], check=True)
        assert "127.0.0.9" not in file.read_text()


CERTIFICATES = {
    "of another name": (("www.remotes.club",), {}, "is not for"),
    "expired": ((HOST, JOIN, STS), {"days": -1}, "has expired"),
    "about to expire": ((HOST, JOIN, STS), {"days": 3}, "expires in"),
    "its own authority": ((HOST, JOIN, STS), {"own": True},
                          "vouches for the certificate"),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_is_looked_at(patient, name):
    names, how, words = CERTIFICATES[name]
    patient.recover()
    patient.web.show(patient.authority.certificate(*names, **how))
    for check in ("form-page", "mta-sts", "smtp-certificate"):
        seen = [f for f in found(patient, check) if f["state"] != "ok"]
        own = name == "its own authority" and check == "smtp-certificate"
        assert any((words if not own else "its own authority") in f["words"]
                   for f in seen), (check, seen)
    patient.web.show(patient.authority.certificate(HOST, JOIN, STS))
    for check in ("form-page", "mta-sts", "smtp-certificate"):
        assert not wrong(found(patient, check)), check


def test_the_form_is_looked_for_on_the_page(patient):
    patient.recover()
    for page, words in ((None, "status 404"), ("It works!", "another page")):
        patient.web.pages[JOIN, "/"] = page
        [bad] = wrong(found(patient, "form-page"))
        assert words in bad["words"] and bad["state"] == "broken", bad


@pytest.mark.parametrize("policy, words", [
    (STS_FILE.replace(HOST, "old.example"), f'"mx: {HOST}"'),
    (STS_FILE.replace("enforce", "on"), "mode"),
    ("<html>", "version"),
    (None, "status 404"),
])
def test_a_policy_of_mta_sts_is_read(patient, policy, words):
    patient.recover()
    patient.web.pages[STS, "/.well-known/mta-sts.txt"] = policy
    [bad] = wrong(found(patient, "mta-sts"))
    assert words in bad["words"] and bad["state"] == "broken", bad


def test_the_way_out_is_tried_only_if_somebody_asks(patient):
    patient.recover()
    patient.set({"gmail.com": [("MX", "5 mx.gmail.example.")],
                 "mx.gmail.example": [("A", "127.0.0.77")]})
    names = {f["name"] for f in patient.check("--only", "outside")}
    assert "outward" not in names
    [bad] = patient.check("--only", "outside,outward", "--outside")[-1:]
    assert (bad["name"], bad["state"]) == ("outward", "broken"), bad
    sink = SmtpSink(patient.stage, ("127.0.0.77", 25))
    [good] = found(patient, "outward")
    assert good["state"] == "ok", good
    assert not sink.mails


def test_words_of_others_are_printable(patient):
    patient.recover()
    patient.set({"_dmarc.remotes.club": txt("v=DMARC1; \\027[31m p=x")})
    done = patient.postward.run("check", "--only", "dns", "-c",
                                patient.postward.file)
    assert "\033" not in done.stdout and "[31m" in done.stdout


def test_tlsa_counts_where_the_resolver_vouches_for_it(patient):
    patient.recover()
    patient.set({f"_25._tcp.{HOST}": [("TLSA", "3 1 1 " + "00" * 32)]})
    patient.dns.verifies = False
    [seen] = found(patient, "tlsa")
    patient.dns.verifies = True
    assert seen["state"] == "note" and "does not vouch" in seen["words"]


def test_a_way_out_by_ipv6_is_there_if_dns_says_so(patient):
    patient.recover()
    island.run("ip", "-6", "route", "del", "default")
    [bad] = found(patient, "ipv6-route")
    island.run("ip", "-6", "route", "add", "default", "dev", "lo")
    assert bad["state"] == "warning" and SIX in bad["words"], bad
    assert not wrong(found(patient, "ipv6-route"))
