# SPDX-License-Identifier: MIT
"""Set-ups of Postfix that are wrong in several ways at once: each is found by
name, and all that is printed, run by sh, makes them right; and set-ups that are
only unusual, of which nothing is said."""

import pathlib
import subprocess

import pytest

from harness.stage import Stage, until
from test_doctor_postfix import Patient

FORWARDER = "socketmap:unix:postward/forwarder:forward"
MILTER = "{{ unix:postward/milter, default_action=tempfail }}"
POLICYD = ("check_policy_service {{ unix:postward/policyd, "
           "default_action=DEFER }}")
NOBODY = "127.0.0.1:1"  # where nobody answers

# (a set-up, {a check that finds it: what it names}, lines of main.cf)
BROKEN = [
    ("tables that cannot be opened",
     {"tables": ["smtpd_client_restrictions", "smtpd_sender_restrictions",
                 "header_checks", "transport_maps", "virtual_alias_maps",
                 "relay_recipient_maps"]},
     ["smtpd_client_restrictions = check_client_access hash:{folder}/clients",
      "smtpd_sender_restrictions = check_sender_access "
      "texthash:/nowhere/senders, reject_non_fqdn_sender",
      "header_checks = regexp:{folder}/none",
      "transport_maps = inline:{{example.org=smtp:}}, hash:{folder}/sources",
      f"virtual_alias_maps = {FORWARDER}, fnord:{{folder}}/virtual",
      "relay_recipient_maps = texthash:{folder}/relayed"]),
    ("values that nobody can read",
     {"postfix-values": ["smtpd_timeout", "smtpd_helo_required",
                         "default_process_limit"]},
     ["smtpd_timeout = 5minutes", "smtpd_helo_required = maybe",
      "default_process_limit = many"]),
    ("limits that ordinary mail does not keep",
     {"mail-limits": ["message_size_limit", "smtpd_recipient_limit",
                      "maximal_queue_lifetime", "soft_bounce",
                      "smtpd_tls_security_level",
                      "smtpd_client_message_rate_limit",
                      "default_destination_rate_delay",
                      "smtp_destination_rate_delay",
                      "virtual_alias_expansion_limit",
                      "virtual_alias_recursion_limit"]},
     ["message_size_limit = 1000", "smtpd_recipient_limit = 1",
      "maximal_queue_lifetime = 0", "soft_bounce = yes",
      "smtpd_tls_security_level = encrypt",
      "smtpd_client_message_rate_limit = 1",
      "default_destination_rate_delay = 1d",
      "virtual_alias_expansion_limit = 1",
      "virtual_alias_recursion_limit = 1"]),
    ("mail that may not leave",
     {"delivery": ["default_transport", "transport_maps", "content_filter",
                   "smtp_bind_address"]},
     ["default_transport = error:none", "content_filter = filter:[::1]:25",
      "transport_maps = inline:{{{{*=discard:}}}}",
      "smtp_bind_address = 192.0.2.1"]),
    ("mail of members that may not leave",
     {"targets": ["transport_maps"],
      "delivery": ["sender_dependent_default_transport_maps"]},
     ["transport_maps = inline:{{{{other.example=retry:}}}}, "
      "inline:{{{{mailbox.example=error:no}}}}",
      "sender_dependent_default_transport_maps = "
      "inline:{{{{@remotes.club=error:no}}}}"]),
    ("mail that waits for who looks after it",
     {"delivery": ["defer_transports"]}, ["defer_transports = local, smtp"]),
    ("a transport that nobody has",
     {"delivery": ["transport_maps"]},
     ["transport_maps = inline:{{{{*=mailman:}}}}"]),
    ("addresses that become others",
     {"rewriting": ["masquerade_domains", "canonical_maps",
                    "sender_canonical_maps", "smtp_generic_maps"],
      "forwards-first": ["virtual_alias_maps"]},
     ["masquerade_domains = example.org",
      "canonical_maps = regexp:{folder}/everybody",
      "sender_canonical_maps = static:me@remotes.club",
      "smtp_generic_maps = static:me@remotes.club",
      f"virtual_alias_maps = regexp:{{folder}}/everybody, {FORWARDER}"]),
    ("one member elsewhere",
     {"forwards-first": ["virtual_alias_maps"]},
     ["virtual_alias_maps = inline:{{{{ann@remotes.club=x@example.net}}}}, "
      + FORWARDER]),
    ("one member elsewhere, too",
     {"forward-tables": ["virtual_alias_maps"],
      "forwards-first": ["virtual_alias_maps"]},
     ["virtual_alias_maps = unionmap:{{"
      "inline:{{{{ann@remotes.club=x@example.net}}}}," + FORWARDER + "}}"]),
    ("neighbours that do not answer",
     {"neighbours": ["smtpd_milters", "smtpd_milters",
                     "smtpd_recipient_restrictions", "content_filter"]},
     [f"smtpd_milters = {MILTER}, inet:{NOBODY}, unix:opendkim/none",
      f"smtpd_recipient_restrictions = check_policy_service inet:{NOBODY}, "
      + POLICYD, f"content_filter = smtp:[127.0.0.1]:1"]),
    ("a resolver that was", {"chroot-files": ["resolv.conf"]},
     ["smtp_dns_support_level = enabled"]),
    ("another's key", {"tls-certificate": ["tls-certificate"]},
     ["smtpd_tls_security_level = may",
      "smtpd_tls_cert_file = {folder}/own.crt",
      "smtpd_tls_key_file = {folder}/other.key"]),
    ("notifications pass while the milter is down",
     {"bounces-seen": ["non_smtpd_milters"]},
     ["non_smtpd_milters = "
      "{{ unix:postward/milter, default_action=accept }}"]),
    ("domains of others, no room, and nobody's name",
     {"open-relay": ["virtual_alias_domains"],
      "queue-room": ["queue-room"], "hostname": ["smtp_helo_name"]},
     ["virtual_alias_domains = socketmap:unix:postward/forwarder:domain, "
      "static:all", "queue_minfree = 99999999999999",
      "smtp_helo_name = localhost"]),
    ("milters for nobody",
     {"milter-reached": ["smtpd_milter_maps"]},
     ["smtpd_milter_maps = static:DISABLE"]),
    ("refused at DATA, and after it",
     {"mail-accepted": ["smtpd_data_restrictions",
                        "smtpd_end_of_data_restrictions"]},
     ["smtpd_data_restrictions = reject",
      "smtpd_end_of_data_restrictions = permit_mynetworks, reject"]),
    ("nobody asked while policyd is down, by a parameter",
     {"policy-reached": ["smtpd_recipient_restrictions"]},
     ["smtpd_policy_service_default_action = DUNNO",
      "smtpd_recipient_restrictions = "
      "check_policy_service unix:postward/policyd"]),
]

# Services that are not there, and what is added to master.cf.
MASTER = [
    ("no way out", {"services": ["smtp/unix"]}, ["smtp unix"], ""),
    ("nobody to tell", {"services": ["bounce/unix", "retry/unix"]},
     ["bounce unix", "retry unix"], ""),
    ("a cleanup that is not there", {"services": ["early/unix"]}, [],
     "-o cleanup_service_name=early"),
]

# Unusual, but nothing is wrong with it.
FINE = [
    ["recipient_delimiter =", "disable_vrfy_command = yes",
     "strict_rfc821_envelopes = yes", "smtputf8_enable = no",
     "message_size_limit = 0", "bounce_queue_lifetime = 1d",
     "smtpd_client_connection_count_limit = 10",
     "smtpd_client_restrictions = reject_unknown_reverse_client_hostname, "
     "check_client_access cidr:{folder}/clients.cidr",
     "smtpd_data_restrictions = reject_unauth_pipelining, permit",
     "transport_maps = texthash:{folder}/transport",
     "mydestination = localhost, $myhostname",
     "header_checks = regexp:{folder}/own",
     "myorigin = $mydomain", "always_bcc ="],
    ["smtpd_relay_restrictions =",
     "smtpd_recipient_restrictions = permit_mynetworks, "
     "reject_unauth_destination, reject_non_fqdn_recipient, "
     f"{POLICYD}, permit",
     "smtpd_sender_restrictions = reject_non_fqdn_sender, "
     "check_sender_access inline:{{{{junk.example=REJECT}}}}",
     f"virtual_alias_maps = texthash:{{folder}}/virtual, {FORWARDER}",
     "canonical_maps = inline:{{{{root=postmaster@remotes.club}}}}",
     "compatibility_level = 3.6",
     "mynetworks = 127.0.0.0/8, 10.0.0.0/8, [::1]/128",
     "virtual_mailbox_domains = other.example",
     "maximal_queue_lifetime = 3", "smtpd_timeout = 120s"],
]

FILES = {
    "everybody": "/^.*@(remotes|example)\\.(club|com|org)$/ you@example.net\n",
    "sources": "example.org smtp:\n",
    "clients.cidr": "192.0.2.66/32 REJECT\n",
    "transport": "intern.example smtp:[10.0.0.1]\n",
    "own": "/^X-Spam-Flag:/ IGNORE\n",
    "virtual": "root@other.example ann@remotes.club\n",
}


@pytest.fixture(scope="module")
def patient():
    with Stage() as stage:
        it = Patient(stage)
        for name, text in FILES.items():
            (it.folder / name).write_text(text)
        etc = it.world.postfix.queue / "etc"
        etc.mkdir()
        (etc / "resolv.conf").write_text("nameserver 192.0.2.53\n")
        (etc / "services").write_bytes(
            pathlib.Path("/etc/services").read_bytes())
        for name in ("own", "other"):
            certificate(it.folder, name)
        yield it


def certificate(folder, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj",
         "/CN=mx.remotes.club", "-keyout", folder / f"{name}.key", "-out",
         folder / f"{name}.crt"], check=True, capture_output=True)


def once(patient, lines):
    """Each parameter stands in main.cf once."""
    patient.breaks([])
    patient.sh([f"postconf -X {line.partition('=')[0].strip()}"
                for line in lines])
    text = (patient.folder / "main.cf").read_text()
    patient.write(text + "".join(patient.filled(line) + "\n"
                                 for line in lines), patient.master)


def wrong(looks):
    return [look for look in looks if look["state"] not in ("ok", "note")]


def finds_and_mends(patient, name, checks):
    only = ",".join(checks)
    _, looks = patient.looks("--only", only)
    found = {}
    for look in wrong(looks):
        found.setdefault(look["name"], []).append(look["what"])
    assert {check: sorted(what) for check, what in found.items()} == {
        check: sorted(what) for check, what in checks.items()}, (name, looks)
    patient.sh([cure for look in wrong(looks) for cure in look["cure"]])
    status, looks = patient.looks("--only", only)
    assert status == 0, looks
    patient.passes_mail()


@pytest.mark.parametrize("name, checks, lines", BROKEN,
                         ids=[row[0] for row in BROKEN])
def test_finds_and_mends_all(patient, name, checks, lines):
    once(patient, lines)
    finds_and_mends(patient, name, checks)


@pytest.mark.parametrize("name, checks, without, option", MASTER,
                         ids=[row[0] for row in MASTER])
def test_finds_what_master_cf_lacks(patient, name, checks, without, option):
    patient.breaks(option or [])
    lines = (patient.folder / "master.cf").read_text().splitlines(True)
    patient.write(patient.main, "".join(
        line for line in lines
        if not any(line.startswith(start) for start in without)))
    finds_and_mends(patient, name, checks)


@pytest.mark.parametrize("lines", FINE, ids=range(len(FINE)))
def test_says_nothing_of_what_is_only_unusual(patient, lines):
    once(patient, lines)
    patient.sh(["postfix reload"])
    _, looks = patient.looks("--only", "postfix")
    assert wrong(looks) == []
    patient.passes_mail()


def test_port_25_is_for_this_machine_alone(patient):
    """Nothing is reloaded: it would listen at port 25 for all the world."""
    patient.write(patient.main, patient.master
                  + "127.0.0.1:smtp inet n - y - - smtpd\n")
    _, [look] = patient.looks("--only", "interfaces")
    assert (look["state"], look["what"]) == ("broken", "127.0.0.1:smtp/inet")
    patient.sh([cure for cure in look["cure"] if "reload" not in cure])
    assert patient.looks("--only", "interfaces")[0] == 0


@pytest.mark.parametrize("line, what", [
    ("inet_interfaces = 192.0.2.1", "inet_interfaces"),
    ("inet_interfaces = $myhostname, localhost", "inet_interfaces"),
    ("inet_protocols = ipv6", "inet_protocols")])
def test_nobody_can_come(patient, line, what):
    """Nothing is restarted: nobody would end it."""
    patient.write(patient.main, patient.master
                  + "10025 inet n - y - - smtpd\n")
    patient.sh(["postconf -e 'myhostname = localhost' "
                f"'{line}'"])
    _, [look] = patient.looks("--only", "interfaces")
    assert (look["state"], look["what"]) == ("broken", what)
    assert look["cure"][-2:] == ["postfix stop", "postfix start"]
    patient.sh([cure for cure in look["cure"] if "postconf" in cure])
    assert patient.looks("--only", "interfaces")[0] == 0


def test_who_comes_meets_silence(patient):
    patient.breaks("-o smtpd_upstream_proxy_protocol=haproxy")
    patient.sh(["postfix reload"])
    look = until("silence", lambda: [
        look for look in patient.looks("--only", "greeting")[1]
        if "smtpd_upstream_proxy_protocol" in look["words"]])[0]
    patient.sh(look["cure"])
    until("a greeting", lambda: patient.looks("--only", "greeting")[0] == 0)
    patient.passes_mail()


def test_port_25_is_nobodys(patient):
    patient.write(patient.main, "".join(
        line for line in patient.master.splitlines(True)
        if "127.0.0.1:" not in line))
    _, [look] = patient.looks("--only", "greeting")
    assert look["cure"][0] == (
        "postconf -M 'smtp/inet=smtp inet n - y - - smtpd'")


def test_a_program_that_gives_up(patient):
    """Only the log knows; and for a minute it would not be started again."""
    once(patient, ["qmgr_message_active_limit = 19999"])
    with open(patient.world.postfix.log, "a", encoding="ascii") as log:
        log.write("Nov 29 05:00:00 mx postfix/qmgr[1]: fatal: invalid "
                  "qmgr_message_active_limit parameter\n")
    _, [look] = patient.looks("--only", "postfix-log")
    assert look["state"] == "warning"
    patient.sh(look["cure"])
    assert "qmgr_message_active" not in (patient.folder / "main.cf").read_text()
    until("a log without it", lambda: patient.looks(
        "--only", "postfix-log")[0] == 0)
