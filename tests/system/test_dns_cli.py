# SPDX-License-Identifier: MIT
"""`postward dns`: the records to publish, and whether DNS has them."""

import json

import pytest

from harness.nsd import Nsd
from harness.postward import Postward
from harness.signing import Keys
from harness.stage import Stage
from harness.world import srs

HOST = ("--address", "192.0.2.25", "--address", "2001:db8::25")
DONE, NO, LATER = 0, 1, 75


class Publisher:
    """Has a key of remotes.club, and domains of SRS and of authors."""

    def __init__(self, stage, records=()):
        self.keys = Keys(stage)
        settings = {"dkim": {"keys": str(self.keys.folder)}, **srs(stage),
                    "forwarding": {"from-domain": "fwd.remotes.club"}}
        settings["srs"]["domain"] = "srs.remotes.club"
        self.postward = Postward(stage, stage.folder / "run",
                                 Nsd(stage, list(records)).address, settings)

    def run(self, *words, host=HOST):
        return self.postward.run("dns", *words, *host, "-c",
                                 self.postward.file)

    def rows(self, *words, **more):
        return json.loads(self.run(*words, "--json", **more).stdout)


def test_what_is_printed_is_a_zone_that_is_right(stage):
    publisher = Publisher(stage)
    zone = publisher.run().stdout.splitlines()
    records = [line for line in zone if not line.startswith(";") and line]
    with Stage() as other:
        resolver = "--resolver", Nsd(other, records).address
        done = publisher.run("remotes.club", "--check", *resolver)
        assert done.returncode == DONE, done.stdout
        assert "✗" not in done.stdout and "? " not in done.stdout
        rows = publisher.rows("--check", *resolver)
        assert {row["note"] for row in rows if row["state"] != "right"} == {
            f"no key yet: postward dkim key add {domain}"
            for domain in ("srs.remotes.club", "fwd.remotes.club",
                           "guild.club")}
        done = publisher.run("--check", *resolver)
    assert done.returncode == NO
    assert "postward dkim key add srs.remotes.club" in done.stdout


def test_mail_comes_last(stage):
    rows = Publisher(stage).rows()
    steps = [row["step"] for row in rows]
    assert steps == sorted(steps)
    assert [row["step"] for row in rows if row["type"] == "MX"] == [3] * 4
    assert rows[0] == {"name": "mx.remotes.club", "type": "A",
                       "value": "192.0.2.25", "step": 1, "note": None}


@pytest.mark.parametrize("name, type_, record, state, found", [
    ("mx.remotes.club", "A", "mx.remotes.club. A 192.0.2.7", "wrong",
     "192.0.2.7, and 192.0.2.25 is missing"),
    ("mx.remotes.club", "A", None, "missing", None),
    ("25.2.0.192.in-addr.arpa", "PTR",
     "25.2.0.192.in-addr.arpa. PTR host25.provider.example.", "wrong",
     "host25.provider.example."),
    ("remotes.club", "MX", "remotes.club. MX 10 elsewhere.example.", "wrong",
     "10 elsewhere.example."),
    ("remotes.club", "MX", "remotes.club. MX 50 mx.remotes.club.", "right",
     "50 mx.remotes.club."),
    # By address, not by name alone.
    ("remotes.club", "MX", "remotes.club. MX 10 other.example.\n"
     "other.example. A 192.0.2.25", "right", "10 other.example."),
    ("remotes.club", "MX", "remotes.club. MX 10 mx.remotes.club.\n"
     "mx.remotes.club. CNAME other.example.", "doubtful", "is an alias of"),
    ("remotes.club", "MX", "remotes.club. MX 10 192.0.2.25.", "wrong",
     "is an address where"),
    ("remotes.club", "MX", "remotes.club. MX 0 .", "wrong", "takes no mail"),
    ("remotes.club", "MX", "remotes.club. A 192.0.2.25", "doubtful",
     "its own address leads here"),
    ("remotes.club", "MX", "remotes.club. MX 20 mx.remotes.club.\n"
     "remotes.club. MX 10 old.example.\nold.example. A 192.0.2.7", "doubtful",
     "mail goes elsewhere first: old.example is 192.0.2.7"),
    ("mx.remotes.club", "A", "mx.remotes.club. A 192.0.2.25\n"
     "mx.remotes.club. A 192.0.2.7", "doubtful", "192.0.2.7: not an address"),
    ("mx.remotes.club", "A", "mx.remotes.club. A 127.0.1.1", "wrong",
     "127.0.1.1: nobody outside reaches"),
    ("25.2.0.192.in-addr.arpa", "PTR",
     "25.2.0.192.in-addr.arpa. PTR mx.remotes.club.\n"
     "mx.remotes.club. A 192.0.2.7", "wrong", "does not lead back"),
    # It is the meaning that counts.
    ("remotes.club", "TXT", 'remotes.club. TXT "v=spf1 ip4:192.0.2.0/24 '
     'ip6:2001:db8::/32 ~all"', "right", None),
    ("remotes.club", "TXT", 'remotes.club. TXT "v=spf1 ip4:192.0.2.25 -all"',
     "wrong", "fail for 2001:db8::25"),
    ("remotes.club", "TXT", 'remotes.club. TXT "v=spf1 include:nobody.test"',
     "wrong", "permerror for 192.0.2.25"),
    ("remotes.club", "TXT", 'remotes.club. TXT "google-site=1"', "missing",
     None),
    ("remotes.club", "TXT", 'remotes.club. TXT "v=spf1 mx -all"\n'
     'remotes.club. TXT "v=spf1 a -all"', "wrong", "one only"),
    ("remotes.club", "TXT", 'remotes.club. TXT "v=spf1 +all"', "wrong",
     "all the world"),
    ("_dmarc.remotes.club", "TXT",
     '_dmarc.remotes.club. TXT "v=DMARC1; p=quarantine"', "right", None),
    ("_dmarc.guild.club", "TXT",
     '_dmarc.guild.club. TXT "v=DMARC1; p=reject"', "doubtful",
     "postward dkim key add guild.club"),
    ("_dmarc.remotes.club", "TXT", '_dmarc.remotes.club. TXT "v=DMARC1; '
     'p=none; rua=mailto:x@reports.example"', "doubtful",
     "remotes.club._report._dmarc.reports.example. TXT"),
    ("_dmarc.remotes.club", "TXT", '_dmarc.remotes.club. TXT "v=DMARC1; '
     'p=none; rua=mailto:x@reports.example"\n'
     'remotes.club._report._dmarc.reports.example. TXT "v=DMARC1"', "right",
     None),
    ("_smtp._tls.remotes.club", "TXT",
     '_smtp._tls.remotes.club. TXT "v=TLSRPTv1"', "wrong", "rua"),
    ("_dmarc.remotes.club", "TXT", '_dmarc.remotes.club. TXT "v=DMARC1; p=no"',
     "wrong", "p=no"),
    ("_dmarc.remotes.club", "TXT",
     '_dmarc.remotes.club. TXT "v=DMARC1; p=none"\n'
     '_dmarc.remotes.club. TXT "v=DMARC1; p=reject"', "wrong", "p=reject"),
    ("pw1._domainkey.remotes.club", "TXT",
     'pw1._domainkey.remotes.club. TXT "v=DKIM1; p="', "wrong", None),
    ("pw1._domainkey.remotes.club", "TXT", None, "missing", None),
])
def test_what_is_there_instead_is_said(stage, name, type_, record, state,
                                       found):
    publisher = Publisher(stage, [record] if record else [])
    [row] = [row for row in publisher.rows("--check")
             if (row["name"], row["type"]) == (name, type_)
             and not (type_ == "TXT" and row["step"] == 1)]
    assert row["state"] == state, row
    assert found is None or found in row["found"], row


def test_text_of_others_is_made_printable(stage):
    publisher = Publisher(
        stage, [r'_dmarc.remotes.club. TXT "v=DMARC1; p=none; \027[31mred"'])
    done = publisher.run("remotes.club", "--check")
    assert "\033[31mred" not in done.stdout


def test_a_resolver_that_is_dead_is_no_missing_record(stage):
    publisher = Publisher(stage)
    done = publisher.run("--check", "--resolver", "127.0.0.1:1",
                         "--dns-timeout", "200")
    assert done.returncode in (NO, LATER), done.stdout
    rows = publisher.rows("remotes.club", "--check", "--resolver",
                          "127.0.0.1:1", "--dns-timeout", "200")
    assert {row["state"] for row in rows} == {"unknown"}


@pytest.mark.parametrize("words, says", [
    (("elsewhere.example",), "elsewhere.example: not a domain of ours"),
    (("not a domain",), "not a domain: "),
    (("--address", "mx"), "--address mx: expected an address"),
])
def test_what_is_wrong_is_said(stage, words, says):
    publisher = Publisher(stage)
    publisher.postward.cli("store init")  # which may know other domains
    done = publisher.run(*words, host=())
    assert done.returncode == NO
    assert says in done.stderr


def test_without_an_address_it_says_how_to_tell_it(stage):
    """In a container whose addresses the world does not reach."""
    rows = Publisher(stage).rows("remotes.club", host=())
    first = rows[0]
    assert (first["name"], first["type"]) == ("mx.remotes.club", "A")
    assert first["value"] is not None or "--address" in first["note"]
