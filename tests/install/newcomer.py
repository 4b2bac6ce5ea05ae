# SPDX-License-Identifier: MIT
"""newcomer - follows README.md with somebody's eyes: does not know more than
it."""

import re

# Domain, host name and SRS domain are as it says; then one's mailbox, and yes.
ANSWERS = {"postward setup": "\n\n\nyou@gmail.example\n\n"}
# What ends with another status than 0 when there is something to tell: what is
# left to do, and what somebody would be answered.
TELLS = {"postward check": (0, 1, 2, 3, 75), "postward explain": (0, 1, 75)}


class Newcomer:
    def __init__(self, machine):
        self.machine = machine
        self.code = None

    def follow(self, step):
        print(f"\n== {step.section}", flush=True)
        if step.file:
            file = self.machine.file(step.file)
            file.parent.mkdir(exist_ok=True)
            file.write_text(step.text)
        for command in step.commands:
            self._type(command)

    def _type(self, command):
        command = re.sub(r"\bsudo ", "", command)
        if self.code is not None:
            command = re.sub(r"\bCODE\b", self.code, command)
        command = re.sub(r"^(apt(-get)? install) ", r"\1 -y ", command)
        name = " ".join(command.split()[:2])
        output = self.machine.run(command, TELLS.get(name, (0,)),
                                  ANSWERS.get(name, ""))
        found = re.search(r"\b\w{5}-\w{5}\b", output)
        self.code = found[0] if found else self.code
