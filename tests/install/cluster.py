#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""cluster.py ROOT ROOT - two mail exchangers, booted in those folders, which have
the package in /root/postward, and three nodes of MariaDB.  What docs/cluster.md
says is typed; then a node is killed, and one exchanger stopped: mail goes on,
and none is lost or sent twice.  tools/debian runs it in a network of its own.
"""

import collections
import pathlib
import re
import signal
import smtplib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system"), str(ROOT / "tools")]

from faultdns import FaultDNS  # noqa: E402
from harness.mariadb import Galera  # noqa: E402
from harness.smtpsink import SmtpSink  # noqa: E402
from harness.stage import Stage, until  # noqa: E402
from machine import Machine, Network  # noqa: E402
from world import DNS, THEIRS, Flow, Strangers  # noqa: E402

PACKAGE = "/root/postward/postward_*.deb"
ADDRESSES = {"mx1.remotes.club": "192.0.2.25", "mx2.remotes.club": "192.0.2.26"}
BOTH = [("MX", f"10 {name}.") for name in ADDRESSES]
ZONES = {
    "remotes.club": [*BOTH, ("TXT", '"v=spf1 mx -all"')],
    "srs.remotes.club": [*BOTH, ("TXT", '"v=spf1 mx -all"')],
    **{name: [("A", address)] for name, address in ADDRESSES.items()},
    **{".".join(reversed(address.split("."))) + ".in-addr.arpa":
       [("PTR", f"{name}.")] for name, address in ADDRESSES.items()},
}
ANN = "ann@remotes.club", "ann@gmail.example"
PENDING = 12  # codes that are mailed while an exchanger stops


class Database(Galera):
    """Its nodes are reached from the exchangers."""

    @staticmethod
    def _arguments(port):
        return [*Galera._arguments(port), f"--bind-address={THEIRS}"]

    def hosts(self):
        return ",".join(f"{THEIRS}:{node.port}" for node in self.nodes)


class Exchanger(Machine):
    def __init__(self, stage, root, name, world):
        self.name, self.address = name, ADDRESSES[name]
        self.file_of = pathlib.Path(root)
        network = Network(stage, name.partition(".")[0], self.address, THEIRS)
        (self.file_of / "etc/hostname").write_text(f"{name}\n")
        (self.file_of / "etc/hosts").write_text(
            f"127.0.0.1 localhost\n127.0.1.1 {name} {name.split('.')[0]}\n")
        (self.file_of / "etc/resolv.conf").unlink(missing_ok=True)
        (self.file_of / "etc/resolv.conf").write_text(f"nameserver {THEIRS}\n")
        super().__init__(stage, root, network=network)
        self.ask("systemctl mask unbound")
        self.run(f"apt-get install -y {PACKAGE}")
        self._world = world

    def types(self, block):
        """Of docs/cluster.md."""
        for line in block:
            self.run(line.removeprefix("sudo "))
        self.run(f"postconf -e 'relayhost = [{THEIRS}]:"
                 f"{self._world.sink.port}' && systemctl reload postfix")


class Town(Strangers):
    """Mail for us goes to the exchanger that is named, or to any."""

    def __init__(self, stage):
        subprocess.run(["ip", "address", "add", f"{THEIRS}/32", "dev", "lo"],
                       check=True)
        zones = {**DNS, **ZONES}
        del zones["mx.remotes.club"]
        self.dns = FaultDNS(zones, port=53, host=THEIRS)
        stage.keep(self.dns)
        super().__init__(SmtpSink(stage, (THEIRS, 0)))
        self.there = list(ADDRESSES.values())

    def sends(self, recipient, subject="hello", sender="sam@example.org",
              to=None):
        """As mail servers do, to the next exchanger if one does not take it."""
        return any(Strangers.sends(recipient, subject, sender, to=one)
                   for one in ([to] if to else self.there))

    def reaches(self, exchanger, subject):
        until(f"{exchanger.name} to take it", lambda: self.sends(
            ANN[0], subject, to=exchanger.address))
        mail = self.has(subject)
        assert mail.recipients == [ANN[1]], mail
        assert mail.sender.startswith("SRS0="), mail
        print(f"-- {subject}: {mail.sender}", flush=True)
        return mail


def page():
    """The commands of docs/cluster.md: of the first exchanger, between both, of
    the others."""
    text = (ROOT / "docs/cluster.md").read_text()
    return [block.splitlines() for block in
            re.findall(r"^```\n(sudo .*?)```$", text, re.M | re.S)]


def settle(stage, roots, town, database):
    first_types, carried, next_types = page()
    one = Exchanger(stage, roots[0], "mx1.remotes.club", town)
    settings = re.search(r"^```\n(store \{.*?)```$", (
        ROOT / "docs/cluster.md").read_text(), re.M | re.S)[1]
    settings = settings.replace("db1,db2,db3", database.hosts())
    one.file("/etc/postward/conf.d/store.conf").write_text(settings)
    one.file("/etc/postward/store.password").write_text("geheim\n")
    one.run("chown postward: /etc/postward/store.password && "
            "chmod 0600 /etc/postward/store.password")
    one.types(first_types)
    other = Exchanger(stage, roots[1], "mx2.remotes.club", town)
    one.run(carried[0].removeprefix("sudo "))
    name = re.search(r"/\S+\.tar", carried[0])[0]
    other.file(name).write_bytes(one.file(name).read_bytes())
    other.types(next_types)
    return one, other


def new_database(stage):
    database = Database(stage)
    database.start()
    database.nodes[0].ask(
        "CREATE USER postward@'%' IDENTIFIED BY 'geheim'; "
        "GRANT ALL ON postward.* TO postward@'%'")
    return database


def is_one_site(town, one, other):
    """What one knows, the other does."""
    one.run(f"postward account add {ANN[0]} && "
            f"postward forward add --confirmed {' '.join(ANN)}")
    sender = town.reaches(one, "by the first").sender
    town.reaches(other, "by the second")
    until("the bounce to be taken", lambda: town.sends(
        sender, "bounce", "", to=other.address))
    assert town.has("bounce").recipients == ["sam@example.org"]
    keys = [machine.ask("cd /etc/postward && sha256sum *.secret dkim/*/*")
            for machine in (one, other)]
    assert keys[0] == keys[1] and "dkim" in keys[0], keys


def goes_on_without_a_node(town, one, other, database):
    print("\n== A node is killed", flush=True)
    database.nodes[0].kill()
    for number, machine in enumerate((one, other)):
        town.reaches(machine, f"without a node, {number}")
    database.join(database.nodes[0])


def adds_pending(machine, number):
    who = f"new{number}@remotes.club"
    until(f"{who} to be added", lambda: machine.ask(
        f"postward account add {who}; postward forward add {who} "
        f"box{number}@mailbox.example >/dev/null && echo added"))


def codes(town):
    return collections.Counter(
        mail.recipients[0] for mail in town.sink.mails
        if mail.recipients[0].startswith("box"))


def goes_on_without_an_exchanger(town, one, other):
    print("\n== An exchanger is stopped", flush=True)
    for number in range(PENDING):
        adds_pending(other if number % 2 else one, number)
    with Flow(town, ANN[0]) as flow:
        one.close()
        for number in range(PENDING, PENDING + 3):
            adds_pending(other, number)
        taken = flow.taken
        until("more mail", lambda: flow.taken > taken + 5)
        print("\n== It comes back", flush=True)
        one.boot()
        taken = flow.taken
        until("more mail", lambda: flow.taken > taken + 5)
    wanted = {f"box{n}@mailbox.example": 1 for n in range(PENDING + 3)}
    until("all codes", lambda: len(codes(town)) >= len(wanted))
    assert codes(town) == wanted, codes(town)
    print(f"-- {len(wanted)} codes were mailed, each once", flush=True)
    town.reaches(one, "by the first again")
    town.reaches(other, "by the second still")


def perform(stage, roots):
    town = Town(stage)
    database = new_database(stage)
    one, other = settle(stage, roots, town, database)
    is_one_site(town, one, other)
    goes_on_without_a_node(town, one, other, database)
    goes_on_without_an_exchanger(town, one, other)
    assert codes(town) and max(codes(town).values()) == 1


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Stage() as stage:
        try:
            perform(stage, sys.argv[1:])
        except (AssertionError, OSError, smtplib.SMTPException) as wrong:
            print(f"\n{type(wrong).__name__}: {wrong}")
            print("\n".join(stage.logs().values())[-5000:])
            for root in sys.argv[1:]:
                subprocess.run(["journalctl", "-n", "60", "--no-pager", "-D",
                                f"{root}/var/log/journal"], check=False)
            return 1
    print("\nTwo exchangers are one site.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
