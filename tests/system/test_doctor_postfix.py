# SPDX-License-Identifier: MIT
"""What is wrong with a Postfix is found by name, and the printed cure mends it:
run by sh as it is printed, it makes the check green, and mail flows."""

import json
import os
import subprocess

import pytest

from harness import smtp
from harness.postward import build
from harness.stage import PATIENCE, Stage, until
from harness.world import HONEST, World, srs

SAM, ANN = "sam@example.org", "ann@remotes.club"
OURS = "check_policy_service { unix:postward/policyd, default_action=DEFER }"

# (a set-up, the check that finds it, its lines of main.cf, or else "-o ..." of
# the smtpd that strangers come to)
BROKEN = [
    ("a domain of ours is local, too", "our-domains",
     ["mydestination = localhost, remotes.club"]),
    ("by another name", "our-domains",
     ["mydomain = remotes.club", "mydestination = localhost, $mydomain"]),
    ("between braces", "our-domains",
     ["mydomain = guild.club", "mydestination = ${mydomain} localhost"]),
    ("in a file", "our-domains", ["mydestination = {folder}/domains"]),
    ("in a table", "our-domains",
     ["virtual_mailbox_domains = texthash:{folder}/domains.map"]),
    ("relayed", "our-domains", ["relay_domains = club"]),
    ("an open relay", "open-relay",
     ["smtpd_relay_restrictions = permit, reject_unauth_destination"]),
    ("open by nothing", "open-relay",
     ["smtpd_relay_restrictions = permit_mynetworks"]),
    ("open, as it only warns", "open-relay",
     ["smtpd_relay_restrictions = permit_mynetworks, warn_if_reject "
      "reject_unauth_destination, permit_sasl_authenticated"]),
    ("open by a class", "open-relay",
     ["smtpd_restriction_classes = friends", "friends = PERMIT",
      "smtpd_relay_restrictions = friends, reject_unauth_destination"]),
    ("open by a table", "open-relay",
     ["smtpd_relay_restrictions = check_sender_access static:OK, "
      "reject_unauth_destination"]),
    ("open by a parameter", "open-relay",
     ["mine = permit", "smtpd_relay_restrictions = $mine, "
      "reject_unauth_destination"]),
    ("open at one service", "open-relay",
     "-o { smtpd_relay_restrictions = permit }"),
    ("everybody is ours", "mynetworks", ["mynetworks = 0.0.0.0/0"]),
    ("of IPv6, too", "mynetworks", ["mynetworks = 127.0.0.0/8 [::]/0"]),
    ("half of them", "mynetworks", ["mynetworks = 127.0.0.0/8, 128.0.0.0/1"]),
    ("at one service", "mynetworks", "-o mynetworks=0.0.0.0/0"),
    ("a table of all", "mynetworks", ["mynetworks = static:all"]),
    ("policyd behind permit", "policy-reached",
     [f"smtpd_recipient_restrictions = permit_mynetworks, permit, {OURS}"]),
    ("behind what takes mail for us", "policy-reached",
     [f"smtpd_recipient_restrictions = permit_auth_destination {OURS}"]),
    ("behind a table that says OK", "policy-reached",
     ["smtpd_recipient_restrictions = check_recipient_access "
      f"inline:{{{{ remotes.club=OK }}}}, {OURS}"]),
    ("behind a class", "policy-reached",
     ["smtpd_restriction_classes = easy", "easy = permit_mynetworks, permit",
      f"smtpd_recipient_restrictions = easy, {OURS}"]),
    ("only warned of", "policy-reached",
     [f"smtpd_recipient_restrictions = warn_if_reject {OURS}"]),
    ("not asked at one service", "policy-reached",
     "-o smtpd_recipient_restrictions=permit_mynetworks"),
    ("passed while it is down", "policy-reached",
     ["smtpd_recipient_restrictions = check_policy_service "
      "{{ unix:postward/policyd, default_action=DUNNO }}"]),
    ("refused while it is down", "policy-reached",
     ["smtpd_recipient_restrictions = check_policy_service "
      "{{ unix:postward/policyd, { default_action = REJECT } }}"]),
    ("strangers refused by a word", "mail-accepted",
     ["smtpd_sender_restrictions = permit_mynetworks, reject"]),
    ("strangers refused behind policyd", "mail-accepted",
     [f"smtpd_recipient_restrictions = {OURS}, permit_mynetworks, reject"]),
    ("a file of all", "mynetworks", ["mynetworks = {folder}/networks"]),
    ("too early to ask", "delay-reject", ["smtpd_delay_reject = no"]),
    ("a milter that nobody needs", "milter-reached",
     ["smtpd_milters = {{ unix:postward/milter, default_action=accept }}"]),
    ("no milter by a word", "milter-reached",
     ["receive_override_options = no_milters"]),
    ("by a word at one service", "milter-reached",
     "-o receive_override_options=no_unknown_recipient_checks,no_milters"),
    ("no milter at one service", "milter-reached", "-o smtpd_milters="),
    ("a milter elsewhere", "milter-reached",
     ["smtpd_milters = unix:{queue}/postward/milter"]),
    ("aliases as they are", "aliases-expanded",
     ["receive_override_options = no_address_mappings"]),
    ("subjects are changed", "header-checks",
     ["header_checks = regexp:{folder}/checks"]),
    ("fields are taken out, in two lines", "header-checks",
     ["header_checks = proxy:regexp:{folder}/split"]),
    ("bodies are changed", "header-checks",
     ["body_checks = regexp:{folder}/body"]),
    ("on the way out", "header-checks",
     ["smtp_header_checks = regexp:{folder}/checks"]),
    ("another delimiter", "recipient-delimiter", ["recipient_delimiter = -"]),
    ("nobody's name", "hostname", ["myhostname = localhost.localdomain"]),
    ("another's name", "hostname", ["myhostname = mail.remotes.club"]),
    ("a banner without a name", "greeting", ["smtpd_banner = ESMTP here"]),
    ("no certificate", "tls-certificate",
     ["smtpd_tls_security_level = may",
      "smtpd_tls_cert_file = {folder}/none.pem"]),
    ("said twice", "postfix-config",
     ["alias_maps = hash:/etc/none", "alias_maps ="]),
    ("a slip", "postfix-config", ["smtpd_recipient_restriction = permit"]),
    ("a line cut", "signatures-kept", ["smtp_line_length_limit = 998"]),
    ("fields for strangers", "signatures-kept",
     ["remote_header_rewrite_domain = remotes.club"]),
    ("no helo", "senders", ["smtpd_helo_required = no"]),
    ("no helo at one service", "senders", "-o smtpd_helo_required=no"),
    ("nothing forwarded", "forward-tables", ["virtual_alias_maps ="]),
    ("none of ours", "forward-tables",
     ["virtual_alias_domains = remotes.club"]),
    ("bounces unseen", "bounces-seen", ["internal_mail_filter_classes ="]),
    ("nobody is refused", "unlisted-recipients",
     ["smtpd_reject_unlisted_recipient = no"]),
]

FILES = {
    "domains": "# ours\nother.example\nremotes.club\n",
    "domains.map": "guild.club yes\nother.example yes\n",
    "checks": "/^Received:/ IGNORE\n/^Subject: .*/ REPLACE Subject: no\n",
    "networks": "127.0.0.0/8\n::/0 # IPv6\n",
    "split": "/^(From|To):/\n\tignore\n",
    "body": "/secret/ IGNORE\n",
}


class Patient:
    """A Postfix that is broken, looked at, and mended."""

    def __init__(self, stage):
        self.world = World(stage, {**srs(stage), "mailer": {
            "smtp": "smtp://127.0.0.1:1"}}, ["inet_interfaces = all"])
        self.folder = self.world.postfix.configuration
        self.main = (self.folder / "main.cf").read_text()
        self.master = (self.folder / "master.cf").read_text()
        self.env = {**os.environ, "MAIL_CONFIG": str(self.folder),
                    "PATH": f"{build() / 'bin'}:{os.environ['PATH']}"}
        for name, text in FILES.items():
            (self.folder / name).write_text(text)

    def breaks(self, what):
        """With those lines, or that option of the strangers' smtpd."""
        port = self.world.postfix.port
        main, master = self.main, self.master
        if isinstance(what, str):
            line = f"127.0.0.1:{port} inet n - y - - smtpd\n"
            assert line in master
            master = master.replace(line, f"{line}    {what}\n")
        else:
            main += "".join(self.filled(line) + "\n" for line in what)
        self.write(main, master)

    def filled(self, line):
        for name, value in (("{folder}", self.folder),
                            ("{queue}", self.world.postfix.queue),
                            ("{{", "{"), ("}}", "}")):
            line = line.replace(name, str(value))
        return line

    def write(self, main, master):
        """With a date in the past, as Postfix would wait a second."""
        for name, text in (("main.cf", main), ("master.cf", master)):
            (self.folder / name).write_text(text)
            os.utime(self.folder / name, (0, 0))

    def looks(self, *words):
        done = self.world.postward.run(
            "check", "--json", "-c", self.world.postward.file, *words,
            env=self.env)
        return done.returncode, json.loads(done.stdout)

    def sh(self, commands):
        """As somebody types them."""
        done = subprocess.run(
            ["sh", "-e"], input="\n".join(commands) + "\n", text=True,
            env=self.env, cwd="/", timeout=PATIENCE, capture_output=True,
            check=False)
        assert done.returncode == 0, (commands, done.stderr)
        for name in ("main.cf", "master.cf"):
            os.utime(self.folder / name, (0, 0))

    def passes_mail(self):
        """A mail for a member comes through."""
        before = len(self.world.sink.mails)
        until("mail is taken", lambda: smtp.send(
            self.world.postfix.port, HONEST, SAM, [ANN])[-1].startswith(
                "250 2.0.0"))
        assert self.world.sink.wait(before + 1)[before].recipients == [
            "ann@mailbox.example"]


@pytest.fixture(scope="module")
def patient():
    with Stage() as stage:
        yield Patient(stage)


@pytest.mark.parametrize("name, check, what", BROKEN,
                         ids=[row[0] for row in BROKEN])
def test_finds_and_mends(patient, name, check, what):
    patient.breaks(what)
    if check == "greeting":
        # An smtpd that waits for a client has read the files of before.
        patient.sh(["postfix reload"])
        until(f"{name} is greeted with", lambda: patient.looks(
            "--only", check)[0] != 0)
    status, looks = patient.looks("--only", check)
    wrong = [look for look in looks if look["state"] in ("broken", "warning")]
    assert status in (1, 2) and wrong, (name, looks)
    assert {look["name"] for look in wrong} == {check}
    patient.sh([cure for look in wrong for cure in look["cure"]])
    status, looks = patient.looks("--only", check)
    assert status == 0, (looks, (patient.folder / "main.cf").read_text()[-900:])
    patient.passes_mail()


def test_all_is_well_at_first(patient):
    patient.write(patient.main, patient.master)
    patient.sh(["postfix reload"])
    _, looks = patient.looks("--only", "postfix")
    assert [look for look in looks
            if look["state"] not in ("ok", "note")] == []
    patient.passes_mail()
