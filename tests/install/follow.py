#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""follow.py ROOT NUMBER - boots the bare Debian of that number in that folder,
which has the package in /root/postward, follows README.md in it from the first
line of its installation, and sees mail forwarded; then what package_life.py
does.  tools/debian runs it in a network of its own.
"""

import pathlib
import signal
import smtplib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system"), str(ROOT / "tools")]

import broken  # noqa: E402
import package_life  # noqa: E402
import readme  # noqa: E402
from harness.stage import Stage, until  # noqa: E402
from machine import Machine  # noqa: E402
from newcomer import Newcomer  # noqa: E402
from world import World  # noqa: E402


def tells_what_is_held(machine, world):
    """The administrator, by mail, as the timer does it."""
    machine.file("/etc/postfix/hold").write_text("/^Subject: hold/ HOLD\n")
    machine.run("postconf -e header_checks=regexp:/etc/postfix/hold && "
                "systemctl reload postfix")
    until("a message is held", lambda: holds_one(machine))
    before = len(world.sink.mails)
    machine.run("systemctl start postward-held")
    mail = world.sink.wait(before + 1)[before]
    assert mail.recipients == ["you@gmail.example"], mail.recipients
    assert b"1 message is held at mx" in mail.text, mail.text
    machine.run("postward held list && postsuper -d ALL hold && "
                "postconf -X header_checks && systemctl reload postfix")


def holds_one(machine):
    """Postfix takes a moment to be told anew."""
    machine.run("printf 'Subject: hold\\n\\nit\\n' | "
                "sendmail sam@mailbox.example")
    return machine.ask("postward held list -q")


def until_forwarded(machine, world, began):
    """What README.md says up to a first forwarded mail."""
    newcomer = Newcomer(machine)
    steps = list(readme.steps((ROOT / "README.md").read_text()))
    while steps:
        step = steps.pop(0)
        newcomer.follow(step)
        if step.section == "Install":
            world.is_reached()
        if step.section == "A member, by hand":
            break
    world.writes_to("ann@remotes.club", "ann@gmail.example")
    print(f"-- {time.monotonic() - began:.0f} s after the first command",
          flush=True)
    return newcomer, steps


def has_new_members(machine, world, newcomer, steps):
    for step in steps:
        if any("request approve" in command for command in step.commands):
            world.asks_for("nora")
            world.asks_for("otto")
        newcomer.follow(step)
    until("the welcome", lambda: [
        mail for mail in world.sink.mails
        if mail.recipients == ["nora@mailbox.example"]][1:])
    until("otto's answer", lambda: [
        mail for mail in world.sink.mails
        if mail.recipients == ["otto@mailbox.example"]][1:])
    world.writes_to("nora@remotes.club", "nora@mailbox.example", "to nora")
    until("nora's account", lambda: machine.ask("id -u nora"))
    machine.run("getent passwd nora && cat ~nora/.ssh/authorized_keys")
    tells_what_is_held(machine, world)


def is_well(machine):
    units = machine.ask("systemctl --failed --plain --no-legend")
    assert "postward" not in units and "postfix" not in units, units
    warned = machine.ask("postconf -n 2>&1 >/dev/null")
    assert warned == "", warned


def is_broken(stage, root):
    """The shortest way to a site, then what may befall it."""
    machine = Machine(stage, root)
    world = World(machine, stage)
    machine.run(f"apt-get install -y {package_life.FILE}")
    machine.run(package_life.SETUP)
    world.is_reached()
    machine.run("postward account add ann@remotes.club && postward forward "
                "add --confirmed ann@remotes.club ann@gmail.example")
    world.writes_to("ann@remotes.club", "ann@gmail.example")
    broken.Site(machine, world, stage).walk()


def perform(stage, root, number):
    if number == "broken":
        is_broken(stage, root)
        return
    machine = Machine(stage, root)
    world = World(machine, stage)
    life = package_life.Life(machine, world)
    life.leaves_nothing_when_never_used()
    newcomer, steps = until_forwarded(machine, world, time.monotonic())
    is_well(machine)
    if number == "13":
        has_new_members(machine, world, newcomer, steps)
        is_well(machine)
        machine.run("systemd-analyze --no-pager security | grep postward")
        life.is_upgraded()
        machine.reboot()
        world.writes_to("ann@remotes.club", "ann@gmail.example", "booted")
        is_well(machine)
        life.is_removed()
        life.comes_back()
    life.is_purged()


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Stage() as stage:
        try:
            perform(stage, *sys.argv[1:])
        except (AssertionError, OSError, smtplib.SMTPException) as wrong:
            print(f"\n{type(wrong).__name__}: {wrong}")
            journal = pathlib.Path(sys.argv[1], "var/log/journal")
            print("\n".join(stage.logs().values())[-5000:])
            subprocess.run(["journalctl", "-n", "60", "--no-pager", "-D",
                            journal], check=False)
            return 1
    print("\nREADME.md holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
