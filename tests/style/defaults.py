#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""defaults.py - does a key default to what the sample and the manual say?

The code: .def of a row of the table of keys; action, mode, points and
on-temp-error of checks and lists: the rows in lib/policy/check_*.c.

conf/postward.conf    "#key = value", unless the comment behind it or above it
                      has another: "default: value".  A key whose default is
                      nothing may have an example.
conf/postward.conf.5  "Default: value." within the key's paragraph, or
                      ".Li value ,", "the default".  Of several keys, or of
                      the same key of several sections, one after another
                      unless it is one value for all.

Prints a line for each that differs or does not tell, exits 1 if there is one.

    defaults.py [ROOT]
"""

import re
import sys
from pathlib import Path

from docs import EXAMPLE, PAGE, SETTINGS, mdoc_words, read, shown

CHECKS = "lib/policy/check_*.c"
POINTS = "lib/policy/finding.h"
PLACES = "lib/program/CMakeLists.txt"

ROW = re.compile(r'^ {4}\{"([\w-]*)",\s*"([\w-]+)",\s*CONFIG_\w+,(.*?)\},?$',
                 re.M | re.S)
DEF = re.compile(r'\.def = (?:"([^"]*)"|(\w+))')
PLACE = re.compile(r'(POSTWARD_\w+)="\$\{CMAKE_INSTALL_FULL_SYSCONFDIR\}'
                   r'([^"]*)"')
# How .def of a check is written, and what it means.
CHECK = re.compile(r"^const struct check check_(\w+) =.*?\.def = (\w+),",
                   re.M | re.S)

SAMPLE = re.compile(r"^\s*#?\s*([\w-]+) = (\{[^}]*\}|\"[^\"]*\"|\S+)"
                    r"(?:\s+#(.*))?$")
OPENED = re.compile(r'^\s*#?([\w-]+) (?:"[^"]*" )?\{')


def folded(value):
    """A value as it is compared: lists by commas, no quotes."""
    value = re.sub(r"^\{\s*|\s*\}$", "", value.strip())
    return re.sub(r",\s+", ",", value.replace('"', ""))


def defaults_of_checks(root):
    """(what most checks do by themselves, names of those that defer)."""
    points = re.search(r"CHECK_POINTS (\d+)", read(root, POINTS))
    rows = [row for path in sorted(Path(root).glob(CHECKS))
            for row in CHECK.findall(path.read_text())]
    common = {"action": "reject", "mode": "enforce",
              "points": points[1] if points else "?",
              "on-temp-error": "accept"}
    return common, {check for check, kind in rows
                    if kind == "CHECK_REJECTS_OR_DEFERS"}


def defaults_of_code(root):
    """{(section, key): default}, "" for nothing."""
    places = {name: "/etc" + rest
              for name, rest in PLACE.findall(read(root, PLACES))}
    common, _ = defaults_of_checks(root)
    found = {}
    for section, key, rest in ROW.findall(read(root, SETTINGS)):
        match = DEF.search(rest)
        if section in ("check", "dnsbl", "rhsbl") and key in common:
            found[section, key] = common[key]
        elif match is None:
            found[section, key] = ""
        else:
            text, macro = match.groups()
            found[section, key] = text if macro is None else places[macro]
    return found


def told_in(comment):
    """What a comment tells as the default, or None."""
    match = re.search(r"[Dd]efault: ([^;]*)", comment or "")
    return folded(match[1]) if match else None


def sample_problems(root, code):
    section, above = "", ""
    for number, line in enumerate(read(root, EXAMPLE).splitlines(), 1):
        opened, given = OPENED.match(line), SAMPLE.match(line)
        if opened and not given:
            section = opened[1]
        if given and (section, given[1]) in code:
            default = code[section, given[1]]
            values = [folded(given[2]), told_in(given[3]), told_in(above)]
            if default != "" and default not in values:
                yield (f"{EXAMPLE}:{number}: {shown(section, given[1])} "
                       f"defaults to {default}, not {values[0]}")
        elif re.match(r"^#?\}", line):
            section = ""
        above = line.lstrip(" \t#") if re.match(r"\s*#", line) else ""


def plain(lines):
    """The text of macro lines."""
    words = []
    for line in lines:
        if line.startswith("."):
            line = re.sub(r"^\.\w\w |(?<= )(Li|Pa|Ns|Cm|Ar|Ql|Ic)(?= )", "",
                          line)
            line = re.sub(r" ([.,;:])(?= |$)", r"\1", line)
        words.append(line)
    return " ".join(words)


def paragraphs(text):
    """(line, sections, keys, lines) of each ".It Cm key"."""
    current, found = [""], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith((".Sh", ".Ss")):
            current = list(mdoc_words(line)) if line.startswith(".Ss") else []
            found.append((number, [], [], []))
        elif line.startswith(".It Cm "):
            found.append((number, current or [""],
                          list(mdoc_words(line, {"Cm"})), []))
        elif found:
            found[-1][3].append(line)
    return [row for row in found if row[2]]


def told_by(lines):
    """The values that a paragraph gives as the default, or None."""
    text = plain(lines)
    match = re.search(r"Default: (.*?)(?:;|\.(?: |$)|: )", text)
    if match:
        return [folded(value) for value in re.split(r", | and ", match[1])]
    match = re.search(r"(\S+)[,:]+ the default", text)
    return [folded(match[1].rstrip(",:"))] if match else None


def is_told(told, wanted):
    """One after another; a list as one value or as several."""
    return told[:len(wanted)] == wanted or \
        told == [item for value in wanted for item in value.split(",")]


def page_problems(root, code):
    for number, sections, keys, lines in paragraphs(read(root, PAGE)):
        known = [s for s in sections if any((s, key) in code for key in keys)]
        if not known and any(("", key) in code for key in keys):
            known = [""]
        wanted = list(dict.fromkeys(code[section, key] for section in known
                                    for key in keys if (section, key) in code))
        if not any(wanted):
            continue
        told = told_by(lines)
        name = shown(known[0], " , ".join(keys))
        if told is None:
            yield (f"{PAGE}:{number}: does not tell the default of {name}: "
                   f"{', '.join(wanted)}")
        elif not is_told(told, wanted):
            yield (f"{PAGE}:{number}: {name} defaults to {', '.join(wanted)}, "
                   f"not {', '.join(told)}")


def deferring_problems(root):
    """The checks that defer by themselves are named by the manual."""
    _, deferring = defaults_of_checks(root)
    match = re.search(r"Default: accept; for (.*?): defer",
                      plain(read(root, PAGE).splitlines()))
    told = set(re.split(r", | and ", match[1])) if match else set()
    if told != deferring:
        yield (f"{PAGE}:1: on-temp-error of {', '.join(sorted(deferring))} "
               f"is defer, not that of {', '.join(sorted(told))}")


def problems(root):
    code = defaults_of_code(root)
    if not code:
        yield f"{SETTINGS}:1: no table of keys"
    yield from sample_problems(root, code)
    yield from page_problems(root, code)
    yield from deferring_problems(root)


def main():
    here = Path(__file__).resolve().parents[2]
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here
    found = list(problems(root))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
