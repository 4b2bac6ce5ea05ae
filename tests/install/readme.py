# SPDX-License-Identifier: MIT
"""readme - the commands that README.md tells a newcomer to type, in its order.

What is shown there is what is tested: a block of commands, or a block that
belongs into a file that the words before it name.
"""

import dataclasses
import re

SECTIONS = ["Install", "The lines for main.cf", "A member, by hand",
            "New members, by themselves"]
COMMAND = re.compile(r"(sudo|cmake|postconf|tools/)")
FILE = re.compile(r"`(/etc/[\w./-]+)`:\s*$")


@dataclasses.dataclass(frozen=True)
class Step:
    section: str
    commands: tuple = ()  # each a line for the shell
    file: str = ""        # or else where the text belongs
    text: str = ""


def joined(lines):
    """One line for each command, without its remark."""
    commands, pending = [], ""
    for line in lines:
        line = re.sub(r"\s{2,}#.*", "", line.rstrip())
        pending = f"{pending} {line.strip()}" if pending else line
        if pending.endswith("\\"):
            pending = pending[:-1].rstrip()
        elif not pending.endswith("|"):
            commands.append(pending)
            pending = ""
    return tuple(commands)


def step(section, before, block):
    if COMMAND.match(block):
        return Step(section, joined(block.splitlines()))
    found = FILE.search(before)
    return Step(section, file=found[1], text=block) if found else None


def steps(text):
    for section in SECTIONS:
        part = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## )", text,
                         re.M | re.S)
        if part is None:
            raise AssertionError(f"README.md has no section {section}")
        # Words, block, words, block..., words.
        pieces = re.split(r"^```\n", part[1], flags=re.M)
        for before, block in zip(pieces[::2], pieces[1::2]):
            it = step(section, before, block)
            if it is not None:
                yield it

