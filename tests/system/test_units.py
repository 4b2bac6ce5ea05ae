# SPDX-License-Identifier: MIT
"""What systemd is told: the units, the users and the folders, and what a
program with the web form's own user can read."""

import re
import subprocess

import pytest

from harness.installed import Installed, install, units
from harness.members import asked, requests
from harness.postward import ROOT, Postward, build
from harness.protocols import MapClient

OTHERS = ["policyd", "forwarder", "milter", "mailer"]


@pytest.fixture
def installed(stage):
    return Installed(stage)


def values(unit, key):
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.M)


# ---- where things are


def programs(folder):
    return {word for unit in units(folder)
            for line in values(unit, "ExecStart")
            for word in line.split()[:1] if "/postward" in word}


def test_installed_elsewhere_units_start_what_is_there(stage):
    install(stage.folder / "to", "--prefix", "/srv/pw")
    to = stage.folder / "to/srv/pw"
    found = programs(to / "lib/systemd/system")
    assert len(found) == 6
    for path in found:
        assert path.startswith("/srv/pw/")
        assert (stage.folder / "to" / path[1:]).is_file()


def test_configured_for_elsewhere_all_names_that_place(stage):
    done = subprocess.run(
        ["cmake", "-S", ROOT, "-B", stage.folder / "b", "-G", "Ninja",
         "-DBUILD_TESTING=OFF", "-DCMAKE_INSTALL_PREFIX=/srv/pw"], text=True,
        check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    made = stage.folder / "b/conf"
    assert {path.rpartition("/")[0] for path in programs(made / "systemd")} \
        == {"/srv/pw/sbin", "/srv/pw/bin"}
    for file in [*units(made / "systemd"), made / "systemd/postward.tmpfiles",
                 made / "text/postward.conf", made / "text/postward.conf.5",
                 made / "text/site/postward.conf"]:
        text = file.read_text()
        # Root's own need not be kept from secrets.
        assert "/srv/pw/etc/postward" in text or re.search(
            "provision|check", file.name)
        assert not re.search(r"(?<!/srv/pw)/etc/postward", text), file
        assert "/usr/share/postward" not in text.replace(
            "/srv/pw/share/postward", ""), file


# ---- the configuration


def test_what_is_installed_is_short_and_stays_as_it_is(stage):
    """Everything is in conf.d, and in the sample, which nobody edits."""
    etc = stage.folder / "root/etc/postward"
    install(stage.folder / "root")
    file, sample = etc / "postward.conf", ROOT / "conf/site/postward.conf"
    assert file.read_text() == sample.read_text()
    assert list((etc / "conf.d").iterdir()) == []
    assert (stage.folder / "root/usr/share/postward/postward.conf").is_file()
    (etc / "conf.d/50-site.conf").write_text('domains = { "remotes.club" }\n')
    file.write_text(file.read_text() + 'hostname = "mx.remotes.club"\n')
    before = file.read_text()
    install(stage.folder / "root")
    assert file.read_text() == before
    done = subprocess.run([build() / "bin/postward-mailer", "-t", "-c", file],
                          text=True, check=False, capture_output=True)
    assert f"{etc}/conf.d/50-site.conf: included\n" in done.stdout
    assert "expected at least one" not in done.stderr


# ---- the units


def test_systemd_understands_the_units(installed):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units(installed.units)],
        text=True, check=False, capture_output=True)
    assert [line for line in done.stderr.splitlines()
            if "postward-" in line and "is not executable" not in line] == []


def test_the_sandbox_is_tight(installed):
    """In tenths of systemd's exposure, from 0 to 100."""
    for unit in units(installed.units):
        # Two are run now and then, by programs of others: adduser, sendmail.
        most = {"postward-provision": 40, "postward-held": 70,
                "postward-check": 80}.get(unit.stem,
                                                                   16)
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true",
             f"--threshold={most}", unit], text=True, check=False,
            capture_output=True)
        assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_a_program_that_dies_is_always_started_again(installed):
    for name in [*OTHERS, "signup"]:
        unit = installed.units / f"postward-{name}.service"
        assert values(unit, "RestartSec") == ["1s"]
        assert values(unit, "StartLimitIntervalSec") == ["0"]


def test_systemd_knows_when_a_program_serves_and_when_it_hangs(installed):
    for name in [*OTHERS, "signup"]:
        unit = installed.units / f"postward-{name}.service"
        assert values(unit, "Type") == ["notify"]
        assert values(unit, "NotifyAccess") == ["main"]
        assert values(unit, "WatchdogSec") == ["2min"]
        # Debian 12 has no notify-reload.
        assert values(unit, "ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_provisioning_does_not_name_root(installed):
    """With User=root, systemd 257 takes CAP_SETUID away."""
    unit = installed.units / "postward-provision.service"
    assert values(unit, "User") == []
    assert "CAP_SETUID" in " ".join(values(unit, "CapabilityBoundingSet"))


def test_who_the_programs_are(installed):
    for name in OTHERS:
        unit = installed.units / f"postward-{name}.service"
        assert values(unit, "User") == ["postward"]
        assert "approvals.secret" in " ".join(
            values(unit, "InaccessiblePaths"))
    # The one who signs mail.
    assert [unit.stem for unit in units(installed.units)
            if values(unit, "User")
            and "/dkim" not in " ".join(values(unit, "InaccessiblePaths"))
            ] == ["postward-milter"]
    unit = installed.units / "postward-signup.service"
    assert values(unit, "User") == ["postward-signup"]
    assert values(unit, "SupplementaryGroups") == ["postward-store"]
    for unit in units(installed.units):
        # Each would take the folder away from the other user.
        assert values(unit, "StateDirectory") == []


# ---- the web form's user


@pytest.fixture
def postward(stage, nsd, installed):
    """In the installed folders, with the secrets that a site has."""
    etc = installed.root / "etc/postward"
    it = Postward(stage, installed.root / "var/spool/postfix/postward",
                  nsd.address, {
                      "dkim": {"keys": str(etc / "dkim")},
                      "srs": {"domain": ["remotes.club"],
                              "secrets-file": str(etc / "srs.secret")}})
    it.database = installed.root / "var/lib/postward/postward.db"
    it.file = etc / "postward.conf"
    it.change({"store": {"url": f"sqlite:{it.database}"}})
    it.cli("store init")
    it.cli("dkim key add remotes.club --selector pw1")
    it.cli("account add ann@remotes.club")
    it.cli("forward add --confirmed ann@remotes.club ann@mailbox.example")
    for name in "mailer.password", "dqs.key":
        (etc / name).write_text("secret\n")
        installed.give(etc / name, "postward", 0o600)
    return it


# Who reads them, but root.
SECRETS = {"srs.secret": ["postward"], "mailer.password": ["postward"],
           "dqs.key": ["postward"], "codes.secret": ["postward-signup"],
           "approvals.secret": [],
           "dkim/remotes.club/pw1.pem": ["postward"]}


def reads(installed, user, path):
    return subprocess.run([*installed.as_user(user), "cat", path],
                          check=False, capture_output=True).returncode == 0


def test_the_form_reads_no_secret_of_others(installed, postward):
    # This machine may have no such group, to which `store init` gives it.
    installed.make_folders()
    for _ in range(2):
        for name, readers in SECRETS.items():
            path = postward.file.parent / name
            assert [user for user in ("postward", "postward-signup")
                    if reads(installed, user, path)] == readers, name
        # Each boot, and each package, does it again.
        installed.make_folders()
    assert reads(installed, "postward-signup", postward.file)


def test_the_milter_has_its_keys(installed, postward):
    installed.make_folders()
    postward.prefix = installed.as_user("postward")
    postward.start_milter()
    assert "dkim: " not in postward.milter.log()
    file = postward.file.parent / "dkim/remotes.club/pw1.pem"
    file.chmod(0o600)
    postward.reload(postward.milter)
    assert f"dkim: {file}: Permission denied" in postward.milter.log()


def test_nobody_else_reads_the_store(installed, postward):
    for user in "postward", "postward-signup":
        assert reads(installed, user, postward.database)
    folder = postward.database.parent
    assert folder.stat().st_mode & 0o7777 == 0o2770
    assert postward.database.stat().st_mode & 0o777 == 0o660
    # As files of an older version are.
    postward.database.chmod(0o640)
    installed.make_folders()
    assert postward.database.stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("first", ["signup", "forwarder"])
def test_both_users_have_the_store(installed, postward, first):
    """Whoever of them opens it first makes the side files."""
    for file in postward.database.parent.glob("postward.db-*"):
        file.unlink()
    installed.make_folders()
    starts = [("postward", postward.start_forwarder),
              ("postward-signup", postward.start_signup)]
    for user, start in reversed(starts) if first == "signup" else starts:
        postward.prefix = installed.as_user(user)
        start()
    asked(postward)
    assert [row["userid"] for row in requests(postward)] == ["nina"]
    with MapClient(postward.forwarder_socket) as forwarder:
        assert forwarder.ask("forward", "ann@remotes.club") == \
            "OK ann@mailbox.example"


def test_the_form_starts_without_what_it_may_not_read(installed, postward):
    installed.make_folders()
    prefix = installed.as_user("postward-signup")
    for name, status in ("signup", 0), ("policyd", 1):
        done = subprocess.run(
            [*prefix, build() / f"bin/postward-{name}", "-t", "-c",
             postward.file], text=True, check=False, capture_output=True)
        assert done.returncode == status, done.stderr
    assert "srs.secret: Permission denied" in done.stderr


# ---- approvals


FORGED = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
key = "ssh-ed25519 " + "A" * 60
db.execute("PRAGMA foreign_keys = ON")
db.execute("INSERT INTO request (id, userid, address, reserved, email, pubkey,"
           " state, code_hash, code_expires, code_sent, code_wrong, codes,"
           " created, proven, decided) VALUES ('0123456789abcdefghijklmnop',"
           " 'eve', 'eve@remotes.club', 'eve@remotes.club',"
           " 'eve@mailbox.example', ?, 'approved', 'x', 1, 1, 0, 1, 1, 1, 1)",
           (key,))
db.execute("INSERT INTO provision (request, next_try, lease_until, attempts,"
           " done) VALUES ('0123456789abcdefghijklmnop', 1, 0, 0, 0)")
"""


def test_a_row_that_the_form_forges_runs_nothing(installed, postward):
    ran = postward.database.parent.parent / "ran"
    script = postward.file.parent / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    postward.change({"provision": {"command": [str(script)]}})
    subprocess.run([*installed.as_user("postward-signup"), "/usr/bin/python3",
                    "-c", FORGED, postward.database], check=True)
    argv = ["request", "provision", "-c", postward.file]
    first = postward.run(*argv)
    assert first.returncode == 1
    assert first.stderr.startswith("postward: eve: forged: ")
    again = postward.run(*argv)
    assert (again.returncode, again.stderr) == (0, "")
    assert not ran.exists()
    shown = postward.cli("request show eve")
    assert "forged, or approved before" in shown and "never run" in shown
    row = postward.cli_json("request list")[0]
    assert (row["approval"], row["provision"]["state"]) == (
        "unsigned", "forged")
    approved = postward.run("request", "approve", "eve", "-c", postward.file)
    assert approved.returncode == 1 and "forged" in approved.stderr
    postward.prefix = installed.as_user("postward")
    postward.start_forwarder()
    with MapClient(postward.forwarder_socket) as forwarder:
        assert forwarder.ask("forward", "eve@remotes.club") == "NOTFOUND "
