# SPDX-License-Identifier: MIT
"""A directory as source of accounts: OpenLDAP's slapd, over TLS."""

import base64
import http.client
import json
import os
import threading

import pytest

from harness.certificate import Authority
from harness.members import ask as fill_in
from harness.nsd import Nsd
from harness.postward import Postward
from harness.protocols import MapClient, PolicyClient
from harness.slapd import ADMIN, BASE, PASSWORD, Slapd, entry, member
from harness.stage import Stage, free_port, until
from harness.web import Visitor
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
                 "password-file": str(secret), "start-tls": True,
                 "verify": True, "connections": 10, **changes}}


class Site:
    """A stage with a directory over TLS, and one who asks it."""

    def __init__(self, stage, settings=None):
        self.stage = stage
        self.authority = Authority(stage.folder)
        self.certificate = self.authority.sign("localhost", LOCAL)
        self.slapd = Slapd(stage, ENTRIES, self.certificate).start()
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


def test_nobody_signs_up_as_somebody_of_the_directory(site):
    site.postward.change({"signup": {"per-hour": 1000}})
    site.postward.start_signup()
    for name, refused in (("lea", True), ("zoe", False)):
        visitor = Visitor(site.postward.signup_place, "198.51.100.1")
        page = fill_in(visitor, userid=name)
        assert ("is taken" in page.text) == refused, page.text
        assert (page.status == 303) != refused
    site.postward.signup.stop()


# ---- TLS, bind, base: what is wrong is said in plain words


def check(site, *urls, before=(), **changes):
    """The words about each server."""
    site.set(*urls, **changes)
    done = site.postward.run("check", "--only", "directory", "--json", "-c",
                             str(site.postward.file), **dict(before))
    site.set()
    return [(row["state"], row["words"]) for row in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def wrong(site):
    """One more server, in whose place another one seems to be."""
    return Slapd(site.stage, [], site.certificate, "wrong")


def test_a_directory_that_is_well(site):
    assert check(site) == [("ok", "answers over TLS, and has the base")]
    assert check(site, site.slapd.url) == [
        ("ok", "answers over TLS, and has the base")]
    assert check(site, site.slapd.url, **{"start-tls": False}) == [
        ("ok", "answers, and has the base")]
    # The server's own certificate is as good as who has signed it.
    assert check(site, ca=str(site.certificate[0])) == [
        ("ok", "answers over TLS, and has the base")]


@pytest.mark.parametrize("names, days, words", [
    (["DNS:ldap.elsewhere.example", "DNS:*.local"],
     2, "TLS: its certificate is for ldap.elsewhere.example, *.local, and not "
        "for localhost"),
    (LOCAL, -1, "TLS: its certificate has expired on 20"),
])
def test_a_certificate_that_is_wrong(site, wrong, names, days, words):
    wrong.change_certificate(site.authority.sign(f"wrong{days}", names, days))
    wrong.start()
    for url in (wrong.tls_url, wrong.url):
        (state, told), = check(site, url)
        assert state == "broken" and told.startswith(words), told
        # Who is told not to look does not.
        assert check(site, url, verify=False) == [
            ("ok", "answers over TLS, and has the base")]
    wrong.program.stop()


def test_who_has_signed_is_not_trusted(site):
    other = Authority(site.stage.folder, "other")
    words = "TLS: its certificate is signed by nobody whom ldap.ca names"
    # Nor by what OpenLDAP's tools are told.
    lax = {"env": {**os.environ, "LDAPTLS_REQCERT": "never",
                   "LDAPTLS_CACERT": str(site.authority.ca)}}
    for before in ({}, lax):
        (state, told), = check(site, before=before, ca=str(other.ca))
        assert state == "broken" and told.startswith(words), told
    # Of an address as host, the certificate's addresses count.
    assert check(site, f"ldaps://127.0.0.1:{site.slapd.tls_port}")[0][0] \
        == "ok"


def test_tls_is_never_left_out(site):
    bare = Slapd(site.stage, [], None, "bare").start()
    (state, told), = check(site, bare.url)
    assert (state, told) == (
        "broken", "StartTLS: Protocol error: unsupported extended operation")
    (state, told), = check(site, f"ldaps://localhost:{bare.port}")
    assert state == "broken" and told.startswith("TLS: "), told
    bare.program.stop()


@pytest.mark.parametrize("changes, words", [
    ({"bind": f"cn=other,{BASE}"}, f"bind as cn=other,{BASE}: Invalid cred"),
    ({"base": "dc=nowhere"}, 'search below "dc=nowhere": No such object'),
    ({"password-file": "/nowhere/password"},
     "/nowhere/password: No such file or directory: let this user read"),
    ({"ca": "/nowhere/ca"}, "/nowhere/ca: No such file or directory"),
    ({"ca": "/dev/null"}, "/dev/null: no certificates can be read"),
])
def test_what_else_is_wrong(site, changes, words):
    (state, told), = check(site, **changes)
    assert state == "broken" and told.startswith(words), told


def test_each_server_is_told_of(site):
    states = check(site, site.slapd.tls_url, "ldaps://127.0.0.1:1")
    assert states == [("ok", "answers over TLS, and has the base"),
                      ("warning", "Connection refused")]
    assert check(site, site.slapd.tls_url, base=f"uid=%{{local}},{BASE}") \
        == [("ok", "answers over TLS, and has the base")]


def test_ldap_conf_changes_nothing(site):
    """A size limit of 1 would hide that there are two."""
    conf = site.stage.folder / "ldap.conf"
    conf.write_text("SIZELIMIT 1\nTIMELIMIT 1\nDEREF always\n"
                    "REFERRALS on\nURI ldap://127.0.0.1:1\n"
                    "TLS_REQCERT never\nNETWORK_TIMEOUT 1\n")
    done = site.postward.run(
        "account", "show", "-c", str(site.postward.file),
        "twin@remotes.club", env={**os.environ, "LDAPCONF": str(conf),
                                  "LDAPSIZELIMIT": "1"})
    assert done.returncode == 75 and "uid=twin2" in done.stderr


# ---- connections


def connections(port):
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    web.request("GET", "/metrics")
    page = web.getresponse().read().decode()
    web.close()
    return int(next(line.rsplit(" ", 1)[1] for line in page.splitlines()
                    if line.startswith(
                        "postward_directory_connections_total ")))


def test_connections_stay_and_are_handed_on(site):
    port = free_port()
    site.set(**{"connections": 3})
    site.postward.change({"metrics": {"listen": f"127.0.0.1:{port}"}})
    site.postward.reload(site.postward.forwarder)
    port += 2  # the forwarder's
    site.ask("lea@remotes.club")
    before = connections(port)
    for _ in range(20):
        site.ask("lea@remotes.club")
    assert connections(port) == before
    site.postward.reload(site.postward.forwarder)
    site.ask("lea@remotes.club")
    assert connections(port) == before
    # Others count as others.
    site.set(**{"connections": 2})
    site.postward.reload(site.postward.forwarder)
    site.ask("lea@remotes.club")
    assert connections(port) == before + 1
    # All at once, on no more than there may be.
    threads = [threading.Thread(target=lambda: [
        site.ask("max@remotes.club") for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert before + 1 <= connections(port) <= before + 2
    site.set()
    site.postward.change({"metrics": {"listen": ""}})


# ---- bad days


class Load(threading.Thread):
    """One who asks policyd about an address, over and over."""

    def __init__(self, site, address):
        super().__init__(daemon=True)
        self.answers = []
        self._site, self._address = site, address
        self._over = threading.Event()

    def run(self):
        with PolicyClient(self._site.postward.policyd_socket) as client:
            while not self._over.is_set():
                self.answers.append(client.ask(
                    recipient=self._address, sender="sam@example.org"))

    def more(self, n=3):
        """So many that were asked from now on."""
        at = len(self.answers) + 1  # one may be on its way
        until("answers", lambda: len(self.answers) >= at + n)
        return self.answers[at:]

    def end(self):
        self._over.set()
        self.join()


def test_killed_under_load(site):
    """Known members go on, others wait, nobody is refused; and it comes
    back."""
    postward = site.postward
    site.set(**{"": {"forward-stale": "1h"}})
    postward.reload(postward.policyd)
    since = len(postward.policyd.log())
    known = [Load(site, f"{name}@remotes.club") for name in ("lea", "max")]
    unknown = Load(site, "zoe@remotes.club")
    for load in (*known, unknown):
        load.start()
    for load in known:
        assert set(load.more()) == {"DUNNO"}
    assert all(answer.startswith("550 5.1.1 ") for answer in unknown.more())
    site.slapd.kill()
    until("the first that waits", lambda: unknown.answers[-1][:1] == "4")
    for load in known:
        assert set(load.more(20)) == {"DUNNO"}
    later = unknown.more(20)
    assert all(answer[:3] == "450" or answer[:3] == "451"
               for answer in later), later
    site.slapd.start()
    until("it is back", lambda: unknown.answers[-1].startswith("550 5.1.1 "))
    for load in (*known, unknown):
        load.end()
    for load in known:
        assert set(load.answers) == {"DUNNO"}
    log = postward.says(postward.policyd, "answers again", since=since)
    lines = [line for line in log.splitlines()
             if "left alone" in line or "answers again" in line]
    assert len(lines) == 2, lines
    assert f"error: directory: {site.slapd.tls_url} is left alone: " in \
        lines[0]
    site.set(**{"": {"forward-stale": "0s"}})
    postward.reload(postward.policyd)


def test_the_next_server_is_asked(site):
    second = Slapd(site.stage, ENTRIES,
                   site.certificate, "second").start()
    site.set(site.slapd.tls_url, second.tls_url)
    postward = site.postward
    postward.reload(postward.forwarder)
    assert site.ask("lea@remotes.club") == "OK lea@mailbox.example"
    since = len(postward.forwarder.log())
    site.slapd.kill()
    for _ in range(20):
        assert site.ask("lea@remotes.club") == "OK lea@mailbox.example"
        assert site.ask("zoe@remotes.club") == "NOTFOUND "
    postward.says(postward.forwarder, f"{site.slapd.tls_url} is left alone",
                  since=since)
    second.kill()
    assert site.ask("lea@remotes.club").startswith("TEMP ")
    site.slapd.start()
    until("the first is back", lambda: site.ask("lea@remotes.club")
          == "OK lea@mailbox.example")
    log = postward.says(postward.forwarder,
                        f"{site.slapd.tls_url} answers again", since=since)
    assert log.count(f"{site.slapd.tls_url} is left alone") == 1
    site.set()
    postward.reload(postward.forwarder)
