# SPDX-License-Identifier: MIT
"""`postward postfix`: a Postfix that has settings of its own asks Postward, and
is afterwards as it was before."""

import json
import re
import subprocess

import pytest

from harness.kills import can_trace
from harness.nsd import Nsd
from harness.postfix_bare import BarePostfix
from harness.postward import Postward, build
from harness.stage import PATIENCE, free_port, until
from harness.world import FORWARDS, LISTS, RECORDS

DEBIAN = """\
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no

# appending .domain is the MUA's job.
append_dot_mydomain = no
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated
 defer_unauth_destination
myhostname = mx.remotes.club
alias_maps =
mydestination = $myhostname, localhost.remotes.club, , localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
mailbox_size_limit = 0
recipient_delimiter = +
inet_interfaces = all
"""

OWN = DEBIAN + """\
smtpd_recipient_restrictions =
    permit_mynetworks,
    reject_non_fqdn_recipient,
# a comment within
    reject_unlisted_recipient,
    check_client_access static:{DUNNO why},
    permit
smtpd_milters = unix:/nowhere/opendkim
milter_default_action = accept
non_smtpd_milters = $smtpd_milters
virtual_alias_maps = inline:{ {hosting.example=anything}
    {web@hosting.example=web@mailbox.example} }
smtpd_sender_restrictions = reject_unknown_sender_domain, permit
local_header_rewrite_clients = permit_mynetworks
"""

INDIRECT = DEBIAN + """\
my_rules = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = $my_rules, permit
# Twice, which Postfix warns of.
smtpd_helo_required = no
mailbox_size_limit = 0
smtpd_helo_required = no
"""

STARTS = {
    "debian": (DEBIAN, {}),
    "nothing at all": ("myhostname = mx.remotes.club\nalias_maps =\n", {}),
    "its own lists": (OWN, {}),
    "by other names": (INDIRECT, {}),
    "postscreen": (DEBIAN, {
        "smtpd": "postscreen",
        "services": "smtpd pass - - y - - smtpd\n"
                    "dnsblog unix - - y - 0 dnsblog\n"
                    "tlsproxy unix - - y - 0 tlsproxy\n"}),
    "submission": (DEBIAN, {
        "services": "submission-not inet n - y - - smtpd\n".replace(
            "submission-not", "127.0.0.1:%d" % free_port())
        + "  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject"
          "\n"}),
}

THREE = [("postmaster@remotes.club", "250 "),
         ("postward-without-forward@remotes.club",
          "550 5.1.1 .*No forwarding address"),
         (r"\w+@remotes.club", "550 5.1.1 .*User unknown"),
         # A catch-all knows everybody.
         (r"\w+@guild.club", "250 ")]


class Site:
    """main: of Postfix; the programs are not started."""

    def __init__(self, stage, main=DEBIAN, settings=None, **more):
        self.stage = stage
        self.nsd = Nsd(stage, RECORDS)
        self.postfix = BarePostfix(stage, main, **more)
        self.postward = Postward(stage, self.postfix.queue / "postward",
                                 self.nsd.address, LISTS)
        self.postward.change({
            "policyd": {"group": "postfix"},
            "forwarder": {"group": "postfix"},
            "milter": {"group": "postfix"},
            "mailer": {"smtp": f"smtp://127.0.0.1:{free_port()}"},
            **(settings or {})})
        self.postward.make_store(FORWARDS)
        self.before = stage.folder / "postfix-before"

    def command(self, verb, *argv):
        return [build() / "bin/postward", "postfix", verb, "-c",
                self.postward.file, "--postfix-config",
                self.postfix.configuration, *argv]

    def run(self, verb, *argv):
        done = self.postward.run(*self.command(verb, *argv)[1:])
        print(done.stdout, done.stderr)
        return done

    def records(self):
        return list(self.stage.folder.glob("*postfix-before*"))


@pytest.fixture
def site(stage):
    it = Site(stage)
    it.postward.start()
    it.postfix.start(stage)
    return it


@pytest.mark.parametrize("name", STARTS)
def test_enabled_and_disabled_again_it_is_as_before(stage, name):
    main, more = STARTS[name]
    site = Site(stage, main, **more)
    before = site.postfix.files()
    site.postward.start()
    site.postfix.start(stage)
    assert site.run("status").returncode == 1
    done = site.run("enable")
    assert done.returncode == 0, done.stderr
    for recipient, answer in THREE:
        assert re.search(f"^  {recipient}: {answer}", done.stdout, re.M)
    assert "postward-ask" not in site.postfix.master.read_text()
    wired = site.postfix.files()
    assert site.run("status").returncode == 0
    told = json.loads(site.run("status", "--json").stdout)
    assert told["wired"] and {part["state"] for part in told["parts"]} <= {
        "ours", "there"}
    # Again, it changes nothing.
    assert "nothing changed" in site.run("enable").stdout
    assert site.postfix.files() == wired
    assert "# appending .domain" in wired[0].decode() or \
        "# appending .domain" not in main
    assert site.run("disable").returncode == 0
    assert site.postfix.files() == before
    assert site.records() == []
    assert "nothing to undo" in site.run("disable").stdout


def test_what_the_site_has_is_kept(stage):
    site = Site(stage, OWN)
    site.postward.start()
    site.postfix.start(stage)
    assert site.run("enable").returncode == 0
    said = dict(line.split(" =", 1) for line in
                site.postfix.parameters().splitlines())
    ours = "check_policy_service { unix:postward/policyd, timeout=20s, " \
           "default_action=DEFER }"
    assert said["smtpd_recipient_restrictions"].split(", ", 1)[1:] == [
        f"reject_non_fqdn_recipient, {ours.split(', ', 1)[0]}, "
        f"{ours.split(', ', 1)[1]}, reject_unlisted_recipient, "
        "check_client_access static:{DUNNO why}, permit"]
    assert said["smtpd_milters"].strip() == (
        "{ unix:postward/milter, default_action=tempfail }, "
        "unix:/nowhere/opendkim")
    assert said["non_smtpd_milters"].strip() == "$smtpd_milters"
    assert said["milter_default_action"].strip() == "accept"
    assert said["virtual_alias_maps"].endswith(
        ", socketmap:unix:postward/forwarder:forward")
    # The domains of its own map are still its own.
    assert "hosting.example=anything" in said["virtual_alias_domains"]
    assert "virtual_alias_expansion_limit" not in said


def test_what_was_changed_since_stays(site):
    before = site.postfix.parameters()
    assert site.run("enable").returncode == 0
    for setting in ("smtpd_helo_required = no", "mailbox_size_limit = 7",
                    "smtpd_milters = unix:/nowhere/a, { unix:postward/milter, "
                    "default_action=tempfail }, unix:/nowhere/b"):
        site.postfix.run("postconf", "-e", setting)
    assert "smtpd_helo_required              changed" in \
        site.run("status").stdout
    done = site.run("disable")
    assert done.returncode == 0
    assert "smtpd_helo_required was changed since" in done.stdout
    assert site.postfix.parameters() == before.replace(
        "mailbox_size_limit = 0", "mailbox_size_limit = 7").replace(
        "smtpd_peername_lookup", "smtpd_helo_required = no\n"
        "smtpd_milters = unix:/nowhere/a, unix:/nowhere/b\n"
        "smtpd_peername_lookup")
    assert "postward" not in site.postfix.master.read_text()


def refused(site, words):
    before = site.postfix.files()
    done = site.run("enable")
    assert done.returncode != 0
    assert words in done.stderr
    assert site.postfix.files() == before
    assert site.records() == []


def test_a_domain_that_is_delivered_here_is_told(site):
    for line in ("mydestination = $myhostname, remotes.club, localhost",
                 "mydestination = $myhostname $mydomain localhost"):
        site.postfix.run("postconf", "-e", line)
        refused(site, "mydestination has remotes.club")
    for name in ("virtual_mailbox_domains", "relay_domains"):
        site.postfix.run("postconf", "-e", "mydestination = localhost",
                         f"{name} = inline:{{remotes.club=x}}")
        refused(site, f"{name} has remotes.club")
        site.postfix.run("postconf", "-X", name)
    site.postfix.run("postconf", "-e", "mydestination = $myhostname, "
                     "remotes.club, localhost", "myorigin = remotes.club")
    assert site.run("enable", "--yes").returncode == 0
    said = site.postfix.parameters()
    assert "mydestination = $myhostname, localhost\n" in said
    assert "myorigin = $myhostname\n" in said


def test_a_wrong_answer_rolls_it_back(site):
    """A check of the site's own refuses everybody before we are asked."""
    site.postfix.run("postconf", "-e",
                     "smtpd_client_restrictions = static:REJECT")
    refused(site, "asked about postmaster@remotes.club, Postfix said \"554 ")


def test_programs_that_do_not_answer_are_told(stage):
    site = Site(stage)
    site.postfix.start(stage)
    site.postward.start_forwarder()
    refused(site, "systemctl start postward-milter")


def test_a_broken_main_cf_is_left_alone(site):
    with site.postfix.main.open("a") as main:
        main.write("this is no setting\n")
    before = site.postfix.files()
    assert site.run("enable").returncode != 0
    assert site.postfix.files() == before


def test_a_folder_without_main_cf_is_named(site):
    site.postfix.main.unlink()
    done = site.run("enable")
    assert done.returncode != 0
    assert f"{site.postfix.main}: No such file" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_one_that_is_stopped_is_started_or_left_stopped(stage):
    site = Site(stage)
    site.postward.start()
    site.postfix.run("postconf", "-e",
                     "smtpd_client_restrictions = static:REJECT")
    refused(site, "Postfix is as it was before")
    assert site.postfix.run("postfix", "status").returncode != 0
    site.postfix.run("postconf", "-X", "smtpd_client_restrictions")
    before = site.postfix.files()
    try:
        assert site.run("enable").returncode == 0
        assert site.postfix.run("postfix", "status").returncode == 0
    finally:
        site.postfix.run("postfix", "stop")
    # And given back, whatever our own configuration has become.
    site.postward.file.write_text("domian = x\n")
    done = site.run("disable")
    assert done.returncode == 0
    assert "domian" in done.stderr
    assert site.postfix.files() == before
    assert site.postfix.run("postfix", "status").returncode != 0


def test_the_commands_of_a_dry_run_do_the_same(site):
    before = site.postfix.files()
    commands = site.run("enable", "--dry-run").stdout
    assert site.postfix.files() == before
    subprocess.run(["sh", "-e"], check=True, timeout=PATIENCE, text=True,
                   input=commands.replace("postfix reload", ""))
    assert site.run("status").returncode == 0
    assert "nothing changed" in site.run("enable").stdout


def test_two_at_once(site):
    first = subprocess.Popen(site.command("enable"), text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until("the first", lambda: site.records() or first.poll() is not None)
    second = site.run("disable")
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert second.returncode == 75 or second.returncode == 0
    if second.returncode == 75:
        assert "somebody else" in second.stderr
        assert site.run("status").returncode == 0


def killed(site, call, number):
    """Was it killed at that call of its own, before it was through?"""
    done = subprocess.run(
        ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-D", "-qq", "-o",
         "/dev/null", "-e", f"trace={call}",
         "-e", f"inject={call}:signal=SIGKILL:when={number}",
         *site.command("enable")],
        stdout=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    return done.returncode != 0


@pytest.mark.skipif(not can_trace(), reason="strace may not trace here")
@pytest.mark.parametrize("call, step", [("rename", 1), ("clone3,clone", 9)])
def test_killed_at_any_step(site, call, step):
    """What comes then ends in one of the two states."""
    before = site.postfix.files()
    number = 1
    while killed(site, call, number):
        then = ("enable", "disable")[number // step % 2]
        assert site.run(then).returncode == 0
        assert site.run("status").returncode == (then == "disable")
        assert "postward-ask" not in site.postfix.master.read_text()
        assert site.run("disable").returncode == 0
        assert parameters_of(site.postfix.files()) == parameters_of(before)
        number += step
    assert number > 4


def parameters_of(files):
    """Lines, whatever their order and folding is."""
    text = re.sub(r"\n[ \t]+", " ", files[0].decode())
    return (sorted(" ".join(line.split()) for line in text.splitlines()
                   if line and not line.startswith("#")),
            files[1])
