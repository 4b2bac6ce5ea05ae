# SPDX-License-Identifier: MIT
"""A directory as source of accounts: OpenLDAP's slapd, over TLS."""

import base64

import pytest

from harness.certificate import Authority
from harness.nsd import Nsd
from harness.postward import Postward
from harness.protocols import MapClient
from harness.slapd import ADMIN, BASE, PASSWORD, Slapd, entry, member
from harness.stage import Stage
from harness.world import RECORDS

LOCAL = ["DNS:localhost", "IP:127.0.0.1"]
BINARY = ":: " + base64.b64encode(b"good@mailbox.example\0x").decode()
ODD = ":: " + base64.b64encode(b"\xff\xfe@mailbox.example").decode()

ENTRIES = [
    member("lea", "lea@mailbox.example"),
    member("max", "max@mailbox.example", "max@elsewhere.example"),
    entry("ida", ["ida@remotes.club", "ida.b@remotes.club"],
          mailRoutingAddress="SMTP:ida@mailbox.example"),
    # To another of the directory, and to one of the store.
    member("kay", "max@remotes.club", "ann@remotes.club"),
    member("eve", "eve@mailbox.example", accountStatus="Disabled"),
    member("nobody"),
    member("odd", "no mailbox", "ok@mailbox.example"),
    entry("bin", ["bin@remotes.club"],
          anyOctets=[BINARY, ODD, "bin@mailbox.example"]),
    entry("twin1", ["twin@remotes.club"]),
    entry("twin2", ["twin@remotes.club"]),
    entry("star", ["*@remotes.club"], mailForwardingAddress="s@m.example"),
    # More than an account may have.
    member("many", *(f"m{n}@mailbox.example" for n in range(30))),
    entry("catch", ["@guild.club"], mailForwardingAddress="all@m.example"),
]


def settings_for(stage, *urls, **changes):
    secret = stage.folder / "directory.password"
    secret.write_text(PASSWORD + "\n")
    return {
        "": {"sources": ["store", "ldap"]},
        "ldap": {"url": list(urls), "base": f"ou=people,{BASE}",
                 "attributes": ["mailRoutingAddress",
                                "mailForwardingAddress", "anyOctets"],
                 "state-attribute": "accountStatus", "bind": ADMIN,
                 "password-file": str(secret), **changes}}


class Site:
    """A stage with a directory over TLS, and one who asks it."""

    def __init__(self, stage, settings=None):
        self.stage = stage
        self.authority = Authority(stage.folder)
        self.slapd = Slapd(stage, ENTRIES,
                           self.authority.sign("localhost", LOCAL)).start()
        nsd = Nsd(stage, RECORDS)
        self.postward = Postward(stage, stage.folder / "run", nsd.address)
        self.set(**{"": {}, **(settings or {})})
        self.postward.make_store({"ann@remotes.club": ["ann@mailbox.example"],
                                  "bob@remotes.club": []})

    def set(self, *urls, **changes):
        top = changes.pop("", {})
        told = settings_for(self.stage, *(urls or [self.slapd.tls_url]),
                            **{"ca": str(self.authority.ca), **changes})
        told[""].update(top)
        self.postward.change(told)

    def ask(self, address):
        with MapClient(self.postward.forwarder_socket) as client:
            return client.ask("forward", address)


@pytest.fixture(scope="module")
def site():
    with Stage() as stage:
        it = Site(stage)
        it.postward.start_forwarder()
        it.postward.start_policyd()
        yield it


@pytest.mark.parametrize("address, answer", [
    ("lea@remotes.club", ["lea@mailbox.example"]),
    ("LEA@Remotes.Club", ["lea@mailbox.example"]),
    ("lea+shop@remotes.club", ["lea@mailbox.example"]),
    ("max@remotes.club", ["max@mailbox.example", "max@elsewhere.example"]),
    ("ida.b@remotes.club", ["ida@mailbox.example"]),
    ("kay@remotes.club", ["max@mailbox.example", "max@elsewhere.example",
                          "ann@mailbox.example"]),
    ("odd@remotes.club", ["ok@mailbox.example"]),
    ("bin@remotes.club", ["bin@mailbox.example"]),
    ("whoever@guild.club", ["all@m.example"]),
    ("ann@remotes.club", ["ann@mailbox.example"]),
])
def test_finds_targets(site, address, answer):
    told = site.ask(address)
    assert told.startswith("OK ")
    assert sorted(told[3:].split(",")) == sorted(answer)


@pytest.mark.parametrize("address", [
    "zoe@remotes.club", "nobody@remotes.club", "eve@remotes.club",
    # The star is in the directory as it stands, and is found by itself only.
    "l*@remotes.club", "lea)(uid=*@remotes.club", "le\\61@remotes.club",
    "läa@remotes.club", "bob@remotes.club"])
def test_finds_nobody_else(site, address):
    assert site.ask(address) == "NOTFOUND "


def test_a_star_is_a_star(site):
    assert site.ask("*@remotes.club") == "OK s@m.example"


def test_two_entries_are_nobodys_answer(site):
    assert site.ask("twin@remotes.club").startswith("TEMP ")
    site.postward.says(site.postward.forwarder, "two entries have that "
                       f"address: uid=twin1,ou=people,{BASE} and uid=twin2")


def test_leaves_out_what_is_too_much(site):
    assert len(site.ask("many@remotes.club").split(",")) == 20
    told = site.postward.cli_json("account show", "many@remotes.club")
    assert told["note"].startswith("more than 20 targets")


def test_tells_where_an_account_is_from(site):
    told = site.postward.cli_json("account show", "bin@remotes.club")
    assert told == {
        "address": "bin@remotes.club", "source": "ldap", "state": "active",
        "strategy": None, "created": None, "forwards": [],
        "leads_to": ["bin@mailbox.example"],
        "note": "a value of anyOctets is no address"}
    assert "Source     ldap" in site.postward.cli("account show",
                                                  "lea@remotes.club")
    done = site.postward.run("explain", "-c", str(site.postward.file),
                             "--client", "192.0.2.10", "--from",
                             "sam@example.org", "--to", "lea@remotes.club")
    assert "forwards to 1 target, source ldap" in done.stdout
    done = site.postward.run("account", "show", "-c",
                             str(site.postward.file), "zoe@remotes.club")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no such account" in done.stderr
