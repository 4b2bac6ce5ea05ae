#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""layers.py - is the house still built as ARCHITECTURE.md says?

Dependencies point down only.  Who may use whom is read from the CMake files,
so that it is written once.  Prints a line for each violation, exits 1 if
there is one.

    layers.py [ROOT]
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cmake_lists import read_house

FILE_MOST, HEADER_MOST, FUNCTION_MOST = 500, 150, 60

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.M)
FUNCTION_NAME = re.compile(r"^([a-z_]\w*)\(")


class File:
    def __init__(self, root, path):
        self.path = path
        self.name = str(path.relative_to(root))
        self.folder = str(path.parent.relative_to(root))
        self.text = path.read_text()
        self.lines = self.text.splitlines()
        self.includes = [(self.text.count("\n", 0, found.start()) + 1,
                          found[1]) for found in INCLUDE.finditer(self.text)]

    def found(self, root, include):
        """The project's file that an include means, or None."""
        for start in (self.path.parent, self.path.parent.parent,
                      root / "lib", root):
            path = Path(os.path.normpath(start / include))
            if path.is_file() and path.is_relative_to(root):
                return str(path.relative_to(root))
        return None


def files(root, folders):
    return [File(root, path) for folder in sorted(folders)
            for path in sorted((root / folder).glob("*.[ch]"))]


def cycles(graph):
    """Yields each cycle that a walk in depth meets, as a list of nodes."""
    done, path = set(), []

    def walk(node):
        if node in path:
            yield path[path.index(node):] + [node]
        elif node not in done:
            path.append(node)
            for following in sorted(graph.get(node, ())):
                yield from walk(following)
            path.pop()
            done.add(node)

    for node in sorted(graph):
        yield from walk(node)


def cmake_problems(root, house):
    """The graph of targets: no cycle, and programs use libraries only."""
    for target in house.targets.values():
        where = f"{target.folder}/CMakeLists.txt:{target.line}"
        for name in target.depends:
            used = house.targets.get(name)
            if used is None or used.folder == target.folder:
                continue
            if not used.folder.startswith("lib/"):
                yield (f"{where}: {target.folder} may not depend on {name}: "
                       f"{used.folder} is a program")
    graph = {t.name: t.depends for t in house.targets.values()}
    for cycle in cycles(graph):
        target = house.targets[cycle[0]]
        yield (f"{target.folder}/CMakeLists.txt:{target.line}: "
               f"dependency cycle: {' -> '.join(cycle)}")
    for path in sorted(root.glob("lib/*/*.c")):
        folder = f"lib/{path.parent.name}"
        if folder not in house.folders:
            yield f"{folder}/{path.name}:1: {folder} has no CMakeLists.txt"


def listed_problems(house, sources):
    for file in sources:
        if (file.name.endswith(".c") and
                file.path.name not in house.sources.get(file.folder, ())):
            where = house.whole.get(file.folder, file.folder)
            yield f"{file.name}:1: is not listed in {where}/CMakeLists.txt"


def is_private(name):
    return os.path.basename(os.path.dirname(name)) == "private"


def room_of(folder):
    """lib/net of lib/net/private; else the folder itself."""
    return folder.removesuffix("/private")


def claim_problems(sources):
    """What a header says of itself, the compiler must know."""
    for file in sources:
        said = " ".join(file.text.replace("\n *", " ").split())
        if (file.folder.startswith("lib/") and file.path.suffix == ".h" and
                not is_private(file.name) and
                re.search(r"Internal to|Seen by [^.]*\bonly\b", said)):
            yield (f"{file.name}:1: is for {file.folder} only: "
                   f"move it to {file.folder}/private")


def include_problem(file, include, target, house):
    """What is wrong with one include of the project's own; None if nothing."""
    if target.endswith(".c"):
        return f"{include} is no header"
    folder = os.path.dirname(target)
    if is_private(target):
        room = os.path.dirname(folder)
        if room == room_of(file.folder) and (file.name.endswith(".c") or
                                             is_private(file.name)):
            return None
        return f"{include} is private to the sources of {room}"
    if folder == room_of(file.folder) != file.folder:
        return None
    if folder == file.folder:
        if folder.startswith("lib/") and "/" not in include:
            return f'write "{folder[4:]}/{include}"'
        return None
    uses = house.uses(room_of(file.folder))
    if folder in uses and (folder.startswith("lib/") or
                           folder == house.whole.get(file.folder)):
        return None
    below = sorted(use[4:] for use in uses if use.startswith("lib/") and
                   use != file.folder)
    return (f"{file.folder} may not include {include}, "
            f"only {', '.join(below) or 'itself'}")


def include_problems(root, house, sources):
    of_files, of_folders = {}, {}
    for file in sources:
        for line, include in file.includes:
            target = file.found(root, include)
            if target is None or include.startswith("."):
                continue
            of_files.setdefault(file.name, set()).add(target)
            room, used = (room_of(folder) for folder in
                          (file.folder, os.path.dirname(target)))
            if used != room:
                of_folders.setdefault(room, set()).add(used)
            problem = include_problem(file, include, target, house)
            if problem is not None:
                yield f"{file.name}:{line}: {problem}"
    for kind, graph in ("files", of_files), ("folders", of_folders):
        for cycle in cycles(graph):
            yield (f"{cycle[0]}:1: include cycle between {kind}: "
                   f"{' -> '.join(cycle)}")


def relative_problems(everything):
    for file in everything:
        for line, include in file.includes:
            if include.startswith("."):
                yield f"{file.name}:{line}: relative include \"{include}\""


def own_header(path):
    """Of a .c: the header of its name, public or private; or None."""
    name = path.with_suffix(".h").name
    for header in path.parent / name, path.parent / "private" / name:
        if header.exists():
            return header
    return None


def own_header_problems(sources):
    """A .c begins with its own header, which so proves to need no other."""
    for file in sources:
        header = own_header(file.path)
        if file.path.suffix != ".c" or header is None:
            continue
        own = str(header.relative_to(file.path.parent))
        if file.folder.startswith("lib/"):
            own = f"{file.folder[4:]}/{own}"
        if not file.includes or file.includes[0][1] != own:
            line = file.includes[0][0] if file.includes else 1
            yield f"{file.name}:{line}: the first include must be \"{own}\""


def once_problems(everything):
    for file in everything:
        if file.path.suffix == ".h" and "#pragma once" not in file.lines:
            yield f"{file.name}:1: no #pragma once"


def functions(lines):
    """Name, first and last line of each; a brace in the first column opens a
    function and nothing else, clang-format sees to that."""
    name, first = None, 0
    for number, line in enumerate(lines, 1):
        found = FUNCTION_NAME.match(line)
        if found:
            name, first = found[1], number
        elif line == "}" and name is not None:
            yield name, first, number
            name = None


def size_problems(sources):
    for file in sources:
        most = HEADER_MOST if file.path.suffix == ".h" else FILE_MOST
        if len(file.lines) > most:
            yield f"{file.name}:{most + 1}: {len(file.lines)} lines, over {most}"
        for name, first, last in functions(file.lines):
            length = last - first + 1
            if length > FUNCTION_MOST:
                yield (f"{file.name}:{first}: {name} has {length} lines, "
                       f"over {FUNCTION_MOST}")


def compiler_says(root, file, flags):
    """The compiler's first complaint about a header all by itself."""
    run = subprocess.run(
        [os.environ.get("CC", "cc"), "-fsyntax-only", "-std=c17",
         "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wstrict-prototypes",
         "-Werror", f"-I{root / 'lib'}", f"-I{file.path.parent}",
         f"-I{file.path.parent.parent}", *flags,
         "-x", "c", "-"],
        input=f'#include "{file.path}"\n', capture_output=True, text=True)
    if run.returncode == 0:
        return None
    for line in run.stderr.splitlines():
        if "error:" in line:
            return line.split("error:", 1)[1].strip()
    return run.stderr.strip() or "the compiler failed"


def header_problem(root, house, file):
    said = compiler_says(root, file, [])
    packages = [package
                for target in house.of_folder(room_of(file.folder))
                for package in target.packages]
    if said is not None and packages:
        flags = subprocess.run(["pkg-config", "--cflags", *packages],
                               capture_output=True, text=True).stdout.split()
        said = compiler_says(root, file, flags)
    if said is None:
        return None
    return f"{file.name}:1: does not compile alone: {said}"


def header_problems(root, house, sources):
    """Of those that no .c begins with; the build has compiled the others."""
    begun = {own_header(file.path) for file in sources
             if file.path.suffix == ".c"}
    headers = [file for file in sources if file.path.suffix == ".h"
               and file.path not in begun]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda h: header_problem(root, house, h), headers)
        yield from filter(None, found)


def problems(root):
    house = read_house(root)
    sources = files(root, house.folders | {
        f"{folder}/private" for folder in house.folders})
    everything = sources + files(root, {
        str(path.parent.relative_to(root))
        for path in root.glob("tests/**/*.[ch]")})
    yield from cmake_problems(root, house)
    yield from listed_problems(house, sources)
    yield from claim_problems(sources)
    yield from include_problems(root, house, sources)
    yield from relative_problems(everything)
    yield from own_header_problems(sources)
    yield from once_problems(everything)
    yield from size_problems(sources)
    yield from header_problems(root, house, sources)


def main():
    here = Path(__file__).resolve().parents[2]
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here
    found = list(problems(root))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
