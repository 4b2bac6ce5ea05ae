# SPDX-License-Identifier: MIT
"""The key of a list that is paid for is told to nobody: not to the client, not
in logs, metrics and tables."""

import json

import pytest

from faultdns import FaultDNS
from harness import smtp
from harness.postward import Postward
from harness.protocols import ask_policyd as ask
from harness.stage import free_port
from harness.world import DNS, FORWARDS, LISTED, World
from test_metrics import get

KEY = "abcdefkey"
DONE, NO, USAGE, TRY_LATER = 0, 1, 2, 75
SAM, ANN = "sam@example.org", "ann@remotes.club"

# The zone that is asked, how the configuration says so, and its name.
KINDS = {
    "named": (f"{KEY}.zen.dq.example", f"{KEY}.zen.dq.example",
              {"name": "zen.example"}, "zen.example"),
    "known": (f"{KEY}.zen.dq.spamhaus.net", f"{KEY}.zen.dq.spamhaus.net",
              {}, "zen.dq.spamhaus.net"),
    "file": (f"{KEY}.zen.dq.example", "zen.dq.example", {"key-file": None},
             "zen.dq.example"),
}


class Keyed:
    """A list with a key, and how postward.conf has it."""

    def __init__(self, stage, kind):
        self.zone, title, keys, self.name = KINDS[kind]
        self.file = stage.folder / "list.key"
        self.file.write_text(KEY + "\n")
        self.file.chmod(0o600)
        keys = {key: value or str(self.file) for key, value in keys.items()}
        self.settings = {
            f'dnsbl "{title}"': {"codes": ["127.0.0.2"], **keys},
            f'rhsbl "{title}"': {"codes": ["127.0.1.2"],
                                 "action": "score", **keys}}
        listing = [("A", "127.0.0.2"),
                   ("TXT", f'"See https://check.example/?key={KEY.upper()}&'
                           f'name=66.2.0.192.{self.zone}"')]
        self.dns = {**DNS,
                    f"2.0.0.127.{self.zone}": [("A", "127.0.0.2")],
                    f"test.{self.zone}": [("A", "127.0.1.2")],
                    f"66.2.0.192.{self.zone}": listing,
                    f"example.org.{self.zone}": [
                        ("A", "127.0.1.2"), ("TXT", f'"{self.zone}"')]}


@pytest.fixture(params=KINDS)
def keyed(request, stage):
    return Keyed(stage, request.param)


@pytest.fixture
def faults(keyed):
    with FaultDNS(keyed.dns, ttl=1) as dns:
        yield dns


@pytest.fixture
def postward(stage, keyed, faults):
    it = Postward(stage, stage.folder / "run", faults.address, keyed.settings)
    it.make_store(FORWARDS)
    return it


def told_nowhere(*texts):
    assert all(text.strip() for text in texts)
    found = [line for text in texts for line in text.splitlines()
             if KEY in line.lower()]
    assert not found


def test_a_listed_client_and_the_log(postward, keyed, faults):
    port = free_port()
    postward.change({"metrics": {"listen": f"127.0.0.1:{port}"}})
    postward.start_policyd()
    answer = ask(postward, client_address="192.0.2.66")
    assert answer.startswith("554 5.7.1 Service unavailable; client "
                             f"[192.0.2.66] blocked using {keyed.name}; See ")
    postward.says(postward.policyd, f"check=dnsbl.{keyed.name}")
    # What falls ill while it is asked, and what is found out by its test.
    faults[f"10.2.0.192.{keyed.zone}"] = [("A", "127.255.255.254")]
    ask(postward)
    postward.says(postward.policyd, f"list {keyed.name} is suspended: ")
    faults[f"2.0.0.127.{keyed.zone}"] = "NXDOMAIN"
    postward.reload(postward.policyd)
    status, page = get(port)
    assert status == 200
    assert page.count(f'postward_list_well{{list="{keyed.name}"}}') == 1
    postward.change({"log": {"format": "json"}})
    postward.reload(postward.policyd)
    # A file that is wrong: what is wrong in it, not which key.
    right = postward.file.read_text()
    postward.file.write_text(right.replace('"127.0.0.2"', '"192.0.2.1"'))
    postward.reload(postward.policyd, "the old configuration stays")
    postward.policyd.stop()
    told_nowhere(answer, page, postward.policyd.log())


@pytest.mark.parametrize("argv, status", [
    (("explain", "--client", "192.0.2.66", "--helo", "mail.example.org",
      "--from", SAM, "--to", ANN), NO),
    (("dnsbl", "192.0.2.66"), NO),
    (("dnsbl", "example.org"), NO),
    (("dnsbl",), NO),
])
def test_commands(postward, keyed, faults, argv, status):
    for sick in (False, True):
        if sick:
            faults[f"1.0.0.127.{keyed.zone}"] = [("A", "127.0.0.2")]
        for more in ((), ("--json",)):
            done = postward.run(*argv, "-c", str(postward.file), *more)
            assert done.returncode == status or not sick
            assert keyed.name in done.stdout
            told_nowhere(done.stdout + done.stderr)


def test_check_warns_of_a_key_that_others_see(postward, keyed):
    postward.file.chmod(0o644)
    done = postward.run("check", "-c", str(postward.file))
    told_nowhere(done.stdout + done.stderr)
    known = keyed.name == "zen.dq.spamhaus.net"
    assert ("give the section a name" in " ".join(done.stdout.split())) == known
    postward.file.chmod(0o640)
    done = postward.run("check", "-c", str(postward.file))
    assert "everybody can read" not in " ".join(done.stdout.split())


def test_a_key_that_cannot_be_read_stops_who_asks(stage):
    keyed = Keyed(stage, "file")
    with FaultDNS(keyed.dns, ttl=1) as faults:
        postward = Postward(stage, stage.folder / "run", faults.address,
                            keyed.settings)
        postward.make_store(FORWARDS)
        postward.start_policyd()
        assert ask(postward, client_address="192.0.2.66").startswith("554 ")
        # After a reload the old one stays,
        keyed.file.rename(stage.folder / "gone")
        postward.reload(postward.policyd, "the old configuration stays")
        assert ask(postward, client_address="192.0.2.66").startswith("554 ")
        for command in (("explain", "--client", "192.0.2.66"), ("dnsbl",)):
            done = postward.run(*command, "-c", str(postward.file))
            assert done.returncode == TRY_LATER
            assert str(keyed.file) in done.stderr
        done = postward.run("check", "-c", str(postward.file))
        assert str(keyed.file) in done.stdout
        # nothing is started,
        postward.policyd.stop()
        with pytest.raises(OSError, match="list.key: No such file"):
            postward.start_policyd()
        # and who asks no lists does not mind.
        postward.start_milter()
        postward.start_forwarder()


def test_in_the_milter(stage, keyed, faults):
    world = World(stage, {"milter": {"enforce": True},
                          "resolver": {"servers": [faults.address]},
                          **keyed.settings}, [
        "smtpd_recipient_restrictions =",
        "smtpd_reject_unlisted_recipient = no"])
    reply = smtp.rcpt(world.postfix.port, LISTED, SAM, ANN)
    assert reply.startswith("554 5.7.1 Service unavailable; client "
                            f"[192.0.2.66] blocked using {keyed.name}; ")
    world.postward.milter.stop()
    told_nowhere(reply, world.postward.milter.log(),
                 world.postward.policyd.log())
    told_nowhere(*[text for text in stage.logs().values() if text.strip()])
