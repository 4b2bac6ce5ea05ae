# SPDX-License-Identifier: MIT
"""package_life - what becomes of the package on the machine: an upgrade while
mail flows, removal, a second installation, purging."""

import contextlib
import re
import sqlite3
import subprocess

from harness.schema import make_version_6
from harness.stage import until
from world import Flow

FILE = "/root/postward/postward_*.deb"
# What there is to be compared; the rest changes by itself.
LISTED = ("find / -xdev ( -path /proc -o -path /sys -o -path /run -o -path /tmp"
          " -o -path /dev -o -path /var/log -o -path /var/cache -o -path"
          " /var/lib/apt -o -path /var/lib/dpkg -o -path /var/spool/postfix/[a-o]*"
          " -o -path /home -o -path /root ) -prune -o -print")
# What changes beside us: users, who stay, Postfix, systemd.
OTHERS = re.compile(
    r"/etc/(\w+-|resolv\.conf|\.pwd\.lock|postfix/.*|aliases\.db)"
    r"|/etc/systemd/system/unbound\.service"
    r"|/var/(lib/(systemd|postfix|private)|tmp|mail|spool)(/.*)?")
# And what the administrator has made by hand.
BY_HAND = {"/etc/cron.d/postward"}
SETUP = ("postward setup --postfix --domain remotes.club --hostname "
         "mx.remotes.club --srs-domain srs.remotes.club --mailbox "
         "you@gmail.example")
BROKEN = "/etc/postward/conf.d/broken.conf"


def newer(package):
    """The same with a higher version, and with other words in what an
    administrator might have changed."""
    folder = package.parent / "newer"
    subprocess.run(["dpkg-deb", "-R", package, folder], check=True)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", "Version: 99", control.read_text(),
                              flags=re.M))
    short = folder / "etc/postward/postward.conf"
    if short.exists():
        short.write_text(short.read_text() + "# One more remark.\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", folder,
                    package.parent / "newer.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["rm", "-r", folder], check=True)


def make_old(store):
    """As the version of before has left it."""
    with contextlib.closing(sqlite3.connect(store, timeout=60)) as db, db:
        make_version_6(db)


class Life:
    def __init__(self, machine, world):
        self.machine, self.world = machine, world
        self._bare = set()
        self._postfix = set()

    def leaves_nothing_when_never_used(self):
        """Also keeps what the machine is like without the package, but with all
        that it depends on."""
        print("\n== Installed, and never used", flush=True)
        self.machine.run(f"apt-get install -y {FILE}")
        self.starts_nothing()
        self._postfix = self.postfix_settings()
        self.machine.run("apt-get purge -y postward")
        self._bare = self.files()
        assert not [name for name in self._bare if "postward" in name]

    def starts_nothing(self):
        units = self.machine.ask("systemctl list-unit-files --no-legend "
                                 "'postward*'").splitlines()
        assert len(units) > 6, units
        for unit in units:
            assert unit.split()[1] in ("disabled", "static"), unit
        active = self.machine.ask("systemctl list-units --no-legend 'postward*'")
        assert active == "", active

    def files(self):
        listed = LISTED.replace("(", r"\(").replace(")", r"\)")
        return set(self.machine.ask(listed).splitlines())

    def postfix_settings(self):
        """But for the one that is ours."""
        lines = self.machine.ask("postconf -n; postconf -M").splitlines()
        return {line for line in lines if not line.startswith("relayhost")}

    def running(self):
        """Each program of ours that runs, with its first process."""
        units = self.machine.ask(
            "systemctl list-units --no-legend --plain --state=active "
            "'postward*' | cut -d' ' -f1").split()
        return {unit: self.machine.ask(f"systemctl show -P MainPID {unit}")
                for unit in units}

    def is_upgraded(self):
        print("\n== Upgrade, while mail flows", flush=True)
        package, = self.machine.root.glob(FILE.lstrip("/"))
        newer(package)
        sender = self.world.writes_to("ann@remotes.club", "ann@gmail.example",
                                      "before the upgrade").sender
        before = self.running()
        with Flow(self.world, "ann@remotes.club"):
            make_old(self.machine.file("/var/lib/postward/postward.db"))
            self.machine.run("apt-get install -y ./newer.deb")
        after = self.running()
        assert before.keys() == after.keys(), (before, after)
        assert len(before) >= 4, before
        for unit, pid in before.items():
            assert unit.endswith(".timer") or after[unit] != pid, unit
        self.has_migrated()
        # A bounce of a mail of before still finds its way.
        until("the bounce to be taken",
              lambda: self.world.sends(sender, "bounce", ""))
        assert self.world.has("bounce").recipients == ["sam@example.org"]

    def has_migrated(self):
        out = self.machine.run("postward store migrate")
        assert "nothing to do" in out
        self.machine.run("test -s /var/lib/postward/backup-6.db")
        self.machine.run("postward forward list")

    def is_removed(self):
        """Postfix is as it was, and does its work, whatever ours has been
        like."""
        print("\n== Removed", flush=True)
        self.machine.run("systemctl stop 'postward-*'; echo domian = x "
                         f">{BROKEN}; apt-get remove -y postward")
        assert self.postfix_settings() == self._postfix
        assert self.running() == {}
        self.machine.run("printf 'Subject: other mail\\n\\nit\\n' | "
                         "sendmail -f root sue@mailbox.example")
        assert self.world.has("other mail").recipients == [
            "sue@mailbox.example"]

    def comes_back(self):
        print("\n== Installed again, on what was kept", flush=True)
        self.machine.run(f"rm {BROKEN}; apt-get install -y {FILE}")
        self.machine.run(SETUP)
        self.world.writes_to("ann@remotes.club", "ann@gmail.example",
                             "once more")

    def is_purged(self):
        print("\n== Purged", flush=True)
        self.machine.run("apt-get purge -y postward")
        left = [name for name in self.files() - self._bare - BY_HAND
                if "postward" in name or not OTHERS.fullmatch(name)]
        assert not left, sorted(left)
        units = self.machine.ask("systemctl --all --no-legend list-units "
                                 "'postward*'")
        assert "loaded active" not in units, units
