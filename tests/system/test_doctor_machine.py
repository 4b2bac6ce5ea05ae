# SPDX-License-Identifier: MIT
"""What keeps Postfix from our programs is found by name, as Postfix would meet
it, and mended by the printed cure; so are clock, disk, queue and the results
for Prometheus."""

import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from harness import island, smtp
from harness.stage import Stage, until
from harness.world import HONEST
from test_doctor_postfix import ANN, SAM, Patient


@pytest.fixture(scope="module")
def patient():
    with Stage() as stage:
        yield Patient(stage)


def close_the_folder(patient):
    patient.world.postward.policyd_socket.parent.chmod(0o700)


def give_socket_to_root(patient):
    shutil.chown(patient.world.postward.policyd_socket, "root", "root")


def take_the_right_to_ask(patient):
    patient.world.postward.policyd_socket.chmod(0o600)


@pytest.mark.parametrize("breaks", [
    close_the_folder, give_socket_to_root, take_the_right_to_ask])
def test_asks_as_postfix_does(patient, breaks):
    breaks(patient)
    status, looks = patient.looks("--only", "policyd")
    [look] = looks
    assert (status, look["state"]) == (2, "broken"), look
    assert "the user postfix may not ask it" in look["words"]
    patient.sh(look["cure"])
    assert patient.looks("--only", "programs")[0] == 0
    patient.passes_mail()


def test_a_socket_without_a_program(patient):
    patient.world.postward.forwarder.kill()
    status, looks = patient.looks("--only", "programs")
    assert status == 2
    [look] = [look for look in looks if look["state"] == "broken"]
    assert look["name"] == "forwarder"
    assert "is postward-forwarder running?" in look["words"]
    patient.world.postward.start_forwarder()
    assert patient.looks("--only", "forwarder")[0] == 0


def test_a_program_that_does_not_answer(patient):
    """It accepts connections, and no more."""
    program = patient.world.postward.forwarder
    program.signal(signal.SIGSTOP)
    try:
        _, [look] = patient.looks("--only", "forwarder")
    finally:
        program.signal(signal.SIGCONT)
    assert look["state"] == "broken" and "no answer" in look["words"]
    assert patient.looks("--only", "forwarder")[0] == 0


def test_a_group_that_is_not_there(patient):
    postward = patient.world.postward
    before = postward.file.read_text()
    postward.file.write_text(re.sub(r'(milter \{[^}]*group = )"\w*"',
                                    r'\1"nobodies"', before))
    try:
        _, looks = patient.looks("--only", "users")
    finally:
        postward.file.write_text(before)
    [look] = [look for look in looks if look["what"] == "milter.group"]
    assert look["state"] == "broken" and "nobodies" in look["words"]


def test_a_postmaster_who_is_nobody(patient):
    """He gets what another domain's has."""
    patient.world.postward.run("account", "delete", "postmaster@remotes.club",
                               "-c", patient.world.postward.file)
    status, looks = patient.looks("--only", "postmaster")
    assert status == 1
    patient.sh([cure for look in looks for cure in look["cure"]])
    assert patient.looks("--only", "postmaster")[0] == 0


@pytest.mark.parametrize("line", ["hostnam = \"mx.remotes.club\"",
                                  "qqqqqqq = 1"])
def test_a_configuration_that_cannot_be_read(patient, line):
    file = patient.world.postward.file
    before = file.read_text()
    file.write_text(re.sub("(?m)^hostname.*\n", "", before) + line + "\n")
    try:
        status, [look] = patient.looks("--only", "site")
        assert (status, look["name"], look["state"]) == (
            2, "configuration", "broken")
        patient.sh(look["cure"])
        assert patient.looks("--only", "configuration")[0] == 0
    finally:
        file.write_text(before)


HOSTS = """
cp -a /etc {folder}/etc
mount --bind {folder}/etc /etc
printf '127.0.1.1 mx.remotes.club mx\\n::1 MX.remotes.club\\n' >>/etc/hosts
{check} && exit 1
{check} --json | python3 -c '
import json, sys
print("\\n".join(c for look in json.load(sys.stdin) for c in look["cure"]))
' | sh -e
grep '^127.0.1.1 mx$' /etc/hosts
{check}
"""


def test_hosts_take_the_name_for_this_machine(patient):
    """In an /etc of its own, where sed may write."""
    why = island.missing()
    if why:
        pytest.skip(why)
    check = (f"postward check --only hosts-file -c "
             f"{patient.world.postward.file}")
    folder = patient.folder / "hosts"
    folder.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         HOSTS.format(folder=folder, check=check)],
        env=patient.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


SYSTEMCTL = """#!/bin/sh
if [ $1 = show ]; then
	shift 3
	for unit; do
		[ -e {folder}/$unit ] && cat {folder}/$unit || cat {folder}/well
		echo
	done
	exit
fi
for unit; do :; done
state={folder}/$unit
case $1 in
unmask) sed -i 's/=masked/=disabled/; s/LoadState=.*/LoadState=loaded/' $state ;;
enable)
	! grep -q =masked $state || exit 1
	sed -i 's/UnitFileState=.*/UnitFileState=enabled/' $state
	[ $2 != --now ] || sed -i 's/ActiveState=.*/ActiveState=active/' $state ;;
reload) cp {folder}/well $state ;;
esac
"""

WELL = """ActiveState=active
UnitFileState=enabled
Result=success
NRestarts=0
LoadState=loaded
"""

UNITS = """
mount -t tmpfs none /run
mkdir -p /run/systemd/system
{check} --json >{folder}/found
python3 -c '
import json
for look in json.load(open("{folder}/found")):
    print("\\n".join(look["cure"]))
' | sh -e || exit 1
{check}
"""


def test_units_of_a_systemd_that_says_so(patient):
    """Masked, disabled, and with a configuration of before."""
    why = island.missing()
    if why:
        pytest.skip(why)
    folder = patient.folder / "systemd"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(SYSTEMCTL.format(folder=folder))
    program.chmod(0o755)
    well = WELL + "StateChangeTimestampMonotonic=4000000000000000\n"
    for name, text in {
            "well": well,
            "postfix.service": well.replace("enabled", "disabled"),
            "postward-milter.service": well.replace(
                "=active", "=inactive").replace("=enabled", "=masked").replace(
                    "=loaded", "=masked"),
            "postward-forwarder.service": WELL
            + "StateChangeTimestampMonotonic=1\n"}.items():
        (folder / name).write_text(text)
    check = (f"postward check --only units,configuration-loaded -c "
             f"{patient.world.postward.file}")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         UNITS.format(folder=folder, check=check)],
        env={**patient.env, "PATH": f"{folder}:{patient.env['PATH']}"},
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {(look["name"], look["what"])
             for look in json.loads((folder / "found").read_text())}
    assert found == {
        ("units", "postward-milter.service"), ("units", "postfix.service"),
        ("configuration-loaded", "postward-forwarder.service")}


def test_mail_of_the_machine_itself_has_a_domain(patient):
    mailname = patient.folder / "mailname"
    mailname.write_text("localhost\n")
    patient.breaks([f"myorigin = {mailname}"])
    status, [look] = patient.looks("--only", "hostname")
    assert status == 2 and look["what"] == "myorigin", look
    patient.sh([line for line in look["cure"] if "reload" not in line])
    assert patient.looks("--only", "hostname")[0] == 0
    patient.write(patient.main, patient.master)


def test_the_queue_says_what_waits(patient):
    """More than a hundred would be too many; one is none."""
    patient.world.sink.refused["ann@mailbox.example"] = "450 4.2.1 Busy"
    smtp.send(patient.world.postfix.port, HONEST, SAM, [ANN])
    until("a message in the queue", lambda: any(
        one["queue_name"] == "deferred"
        for one in patient.world.postfix.queued()))
    _, [look] = patient.looks("--only", "queue")
    assert look["state"] == "ok" and look["words"].startswith("1 messages")
    del patient.world.sink.refused["ann@mailbox.example"]


def test_what_it_cannot_see_it_says(patient):
    """Every line of these groups, and never an empty one."""
    _, looks = patient.looks("--only", "machine")
    assert {look["name"] for look in looks} == {
        "users", "access", "clock", "hosts-file", "disk", "versions", "units",
        "configuration-loaded", "denials"}
    assert all(look["words"] for look in looks)
    if os.path.exists("/run/systemd/system"):
        return
    [units] = [look for look in looks if look["name"] == "units"]
    assert units["words"].startswith("not looked at: ")


def test_postfix_that_is_stopped(patient):
    """The last: nobody starts it again."""
    assert patient.looks("--only", "postfix-running")[0] == 0
    patient.sh(["postfix stop"])
    status, looks = patient.looks("--only", "postfix-running,greeting")
    assert status == 2
    assert [(look["state"], look["cure"]) for look in looks] == [
        ("broken", ["postfix start"])] * 2
