#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs.py - do the code and its documentation agree, in both directions?

Prints a line for each thing that is missing or too much, exits 1 if there is
one.  How it is told what documents a thing:

conf/postward.conf    "deadline = ..." within "policyd {", also behind a "#"
                      that no space follows; "# " begins prose.
conf/postward.conf.5  ".Ss policyd and forwarder" begins the keys of these
                      sections, other headings those at the top of the file.
                      A key is ".It Cm deadline", or is mentioned where it is
                      as elsewhere: ".Cm action , mode".
cli/postward.1        ".It Cm account add Ar address", ".Fl -json".

    docs.py [ROOT]
"""

import re
import subprocess
import sys
from pathlib import Path

from cmake_lists import read_house

SETTINGS = "lib/program/settings.c"
EXAMPLE = "conf/postward.conf"
PAGE = "conf/postward.conf.5"
COMMANDS = "cli"
MANUAL = "cli/postward.1"

# The rows of the tables in the code.
KEY = re.compile(r'^\s*\{"([\w-]*)",\s*"([\w-]+)",\s*CONFIG_', re.M)
# A text that is by default, or in the example, where a file is.
PATH_DEFAULT = re.compile(r'^\s*\{"([\w-]*)",\s*"([\w-]+)",\s*CONFIG_TEXT,'
                          r'\s*\.def = (?:POSTWARD_|"/)', re.M)
PATH_EXAMPLE = re.compile(r'^\s*#?([\w-]+)\s*=\s*"/', re.M)
TEXT = re.compile(r'^\s*\{"([\w-]*)",\s*"([\w-]+)",\s*CONFIG_TEXT\b', re.M)
COMMAND = re.compile(r'^\s*\{"([\w-]+)",\s*(?:"([\w -]+)"|NULL),\s*"', re.M)
OPTION = re.compile(r'^\s*\[OPTION_\w+\] = \{"([\w-]+)"', re.M)

# A key, the beginning of a section, its end.
SETTING = re.compile(r'([\w-]+)\s*=|([\w-]+)\s*(?:"")?\s*\{|\}')
MACRO = re.compile(r"[A-Z][a-z]")


def read(root, name):
    path = root / name
    return path.read_text() if path.is_file() else ""


def shown(section, key):
    return f"{section} {key}" if section else key


def keys_of_table(text):
    return set(KEY.findall(text))


def bare(text):
    """An example without comments, and without what its values are."""
    text = re.sub(r"^([ \t]*)#(?=\t|[^\s#])", r"\1", text, flags=re.M)
    text = re.sub(r'"[^"\n]*"', '""', text)
    text = re.sub(r"#.*", "", text)
    return re.sub(r"=\s*\{[^{}]*\}",
                  lambda found: "=" + "\n" * found[0].count("\n"), text)


def keys_of_example(text):
    """The line of each section and key; the same may stand there twice."""
    found, section, text = [], "", bare(text)
    for match in SETTING.finditer(text):
        key, opened = match.groups()
        if key is None:
            section = opened or ""
            continue
        found.append((section, key, text.count("\n", 0, match.start()) + 1))
    return found


def mdoc_words(line, macros=None):
    """The words of a macro line but punctuation: all, or those that belong to
    one of these macros."""
    within = False
    for word in line.lstrip(".").split():
        if MACRO.fullmatch(word):
            within = macros is None or word in macros
        elif within and re.search(r"\w", word):
            yield word


def keys_of_page(text, table):
    """As keys_of_example; of mere mentions only those that are keys."""
    found, current = [], [""]
    sections = {section for section, _ in table}
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith((".Sh", ".Ss")):
            current = [word for word in mdoc_words(line)
                       if word in sections] or [""]
        elif line.startswith((".It Cm ", ".Cm ")):
            found += [(section, key, number)
                      for key in mdoc_words(line, {"Cm"})
                      for section in current
                      if line.startswith(".It") or (section, key) in table]
    return found


def key_problems(root):
    table = keys_of_table(read(root, SETTINGS))
    if not table:
        yield f"{SETTINGS}:1: no table of keys"
    for name, found in ((EXAMPLE, keys_of_example(read(root, EXAMPLE))),
                        (PAGE, keys_of_page(read(root, PAGE), table))):
        if not (root / name).is_file():
            yield f"{name}:1: no such file"
        for section, key in sorted(table - {row[:2] for row in found}):
            yield f"{name}:1: does not tell of {shown(section, key)}"
        for section, key, line in found:
            if (section, key) not in table:
                yield f"{name}:{line}: there is no {shown(section, key)}"


def path_problems(root):
    """`store backup` saves what a key names that is CONFIG_FILE or
    CONFIG_FOLDER."""
    code, example = read(root, SETTINGS), read(root, EXAMPLE)
    shown_as_path = set(PATH_EXAMPLE.findall(example))
    for section, key in sorted(
            set(PATH_DEFAULT.findall(code))
            | {row for row in TEXT.findall(code) if row[1] in shown_as_path}):
        yield (f"{SETTINGS}:1: {shown(section, key)} is the path of a file: "
               "CONFIG_FILE, or CONFIG_FOLDER")


def command_problems(root):
    code = "".join(path.read_text()
                   for path in sorted((root / COMMANDS).glob("*.c")))
    table = {" ".join(filter(None, row)) for row in COMMAND.findall(code)}
    if not table:
        yield f"{COMMANDS}: no table of commands"
    if not (root / MANUAL).is_file():
        yield f"{MANUAL}:1: no such file"
    text, found = read(root, MANUAL), set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith(".It Cm "):
            continue
        words = list(mdoc_words(line, {"Cm"}))
        names = {" ".join(words[:n]) for n in (1, 2, 3)} & table
        if not names:
            yield f"{MANUAL}:{number}: there is no {' '.join(words[:2])}"
        found |= names
    for name in sorted(table - found):
        yield f"{MANUAL}:1: does not tell of {name}"
    for option in OPTION.findall(code):
        if not re.search(rf"\bFl -{option}(?![\w-])", text):
            yield f"{MANUAL}:1: does not tell of --{option}"


def program_problems(root):
    for program in read_house(root).programs():
        where = f"{program.folder}/CMakeLists.txt:{program.line}"
        if not program.manual:
            yield f"{where}: {program.name} has no manual page"
        elif not (root / program.folder / program.manual).is_file():
            yield (f"{where}: {program.name} has no manual page: "
                   f"{program.folder}/{program.manual} is missing")


def lint_problems(root):
    pages = sorted(str(path.relative_to(root))
                   for path in root.glob("*/*.[1-8]"))
    if not pages:
        return
    try:
        run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages],
                             cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        yield "mandoc: not installed"
        return
    for line in (run.stdout + run.stderr).splitlines():
        yield line.removeprefix("mandoc: ")


def problems(root):
    yield from key_problems(root)
    yield from path_problems(root)
    yield from command_problems(root)
    yield from program_problems(root)
    yield from lint_problems(root)


def main():
    here = Path(__file__).resolve().parents[2]
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here
    found = list(problems(root))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
