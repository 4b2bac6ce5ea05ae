# SPDX-License-Identifier: MIT
"""The house as its CMake files describe it: folders, what they are built
from, and what they may use.

A part is a folder in a program's, without a CMake file of its own: its sources
are listed as "part/file.c" in that of the program.
"""

import re
from dataclasses import dataclass, field

COMMAND = re.compile(r"([A-Za-z_]\w*)\s*\(([^()]*)\)")
KEYWORDS = {"SOURCES", "DEPENDS", "PACKAGES", "MANUAL", "DIRECTORY",
            "STATIC", "PUBLIC", "PRIVATE", "INTERFACE"}


@dataclass
class Target:
    name: str
    folder: str
    line: int
    program: bool = False
    manual: str = ""
    depends: list = field(default_factory=list)
    packages: list = field(default_factory=list)


@dataclass
class House:
    targets: dict = field(default_factory=dict)  # by name
    folders: set = field(default_factory=set)    # "lib/net", "policyd"
    sources: dict = field(default_factory=dict)  # of a folder: its .c files
    whole: dict = field(default_factory=dict)    # of a part: the program's

    def of_folder(self, folder):
        return [t for t in self.targets.values() if t.folder == folder]

    def uses(self, folder):
        """The folders whose headers it reaches, its own among them; a part
        those of its program."""
        if folder in self.whole:
            return {folder} | self.uses(self.whole[folder])
        found, left = {folder}, [t.name for t in self.of_folder(folder)]
        seen = set()
        while left:
            target = self.targets.get(left.pop())
            if target is None or target.name in seen:
                continue
            seen.add(target.name)
            found.add(target.folder)
            left += target.depends
        return found

    def programs(self):
        return [t for t in self.targets.values() if t.program]


def commands(text):
    """Yields line, command and words; variables are left as they are."""
    text = re.sub(r"#.*", "", text)
    for found in COMMAND.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield line, found[1], found[2].replace('"', " ").split()


def grouped(words):
    groups, current = {"": []}, ""
    for word in words:
        if word in KEYWORDS:
            current = word
        groups.setdefault(current, [])
        if word != current:
            groups[current].append(word)
    return groups


def add_sources(house, folder, words):
    for word in words:
        if not word.endswith(".c"):
            continue
        part, _, name = word.rpartition("/")
        where = folder
        if re.fullmatch(r"\w+", part):
            where = f"{folder}/{part}"
            house.folders.add(where)
            house.whole[where] = folder
        house.sources.setdefault(where, set()).add(name)


def read_folder(house, folder, text):
    house.folders.add(folder)
    house.sources.setdefault(folder, set())
    for line, command, words in commands(text):
        add_sources(house, folder, words)
        if not words:
            continue
        name, groups = words[0], grouped(words[1:])
        if command in ("postward_library", "postward_program", "add_library",
                       "add_executable"):
            house.targets[name] = Target(
                name, folder, line, command == "postward_program",
                "".join(groups.get("MANUAL", [])),
                list(groups.get("DEPENDS", [])),
                groups.get("PACKAGES", []))
        elif command == "target_link_libraries" and name in house.targets:
            house.targets[name].depends += [
                word for group in groups.values() for word in group]


def read_house(root):
    """lib/* and the folders of programs, which have a postward_program."""
    house = House()
    for path in sorted(root.glob("lib/*/CMakeLists.txt")):
        read_folder(house, f"lib/{path.parent.name}", path.read_text())
    for path in sorted(root.glob("*/CMakeLists.txt")):
        if "postward_program(" in path.read_text():
            read_folder(house, path.parent.name, path.read_text())
    return house
