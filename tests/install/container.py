# SPDX-License-Identifier: MIT
"""container - the image, booted read-only on a data folder, with a network of
its own; and the world, on the other end of its cable."""

import subprocess

from faultdns import FaultDNS
from harness.smtpsink import SmtpSink
from machine import Machine
from world import DNS, OURS, THEIRS, Strangers

CABLE = "192.0.2.1"
# What an administrator may write before the first boot.
NETWORK = f"[Match]\nName=host0\n[Network]\nAddress={OURS}/24\n"
# The world's names have no signatures.
RESOLVER = f"""server:
    module-config: "iterator"
forward-zone:
    name: "."
    forward-addr: {THEIRS}
"""


def ip(words, check=True):
    subprocess.run(["ip", *words.split()], check=check,
                   stderr=None if check else subprocess.DEVNULL)


class Container(Machine):
    def __init__(self, stage, root, data):
        self.data = data
        super().__init__(stage, root, folder="/", options=[
            "--read-only", f"--bind={data}:/data",
            "--network-interface=host0", "--console=read-only"])

    def boot(self):
        """It takes the cable along when it ends."""
        ip("link delete world", check=False)
        ip("link add world type veth peer name host0")
        ip(f"address add {CABLE}/24 dev world")
        ip("link set world up")
        super().boot()


class World(Strangers):
    def __init__(self, stage):
        ip(f"address add {THEIRS}/32 dev lo")
        stage.keep(FaultDNS(DNS, port=53, host=THEIRS))
        super().__init__(SmtpSink(stage, (THEIRS, 25)))


def lay_out(data):
    """What is told before the first boot, but the answers."""
    for name, text in (("etc/systemd/network/10-host0.network", NETWORK),
                       ("etc/unbound/unbound.conf.d/world.conf", RESOLVER)):
        (data / name).parent.mkdir(parents=True)
        (data / name).write_text(text)
