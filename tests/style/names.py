#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""names.py - can a function be found by its name?

A debugger, a profile and grep know a function by its name alone.  So nearly
each has a name of its own in the whole tree: fewer than SHARED percent of all
functions may have one that several files define, and one that is a single
word, such as find or add, may not be shared at all.  main is left out, and so
are the tests.

Prints a line for each definition that is too much, exits 1 if there is one.

    names.py [ROOT]
"""

import sys
from collections import defaultdict
from pathlib import Path

from cmake_lists import read_house
from layers import functions

SHARED = 4  # percent


def definitions(root):
    """Of each name, the places where a function of that name is defined."""
    found = defaultdict(list)
    for folder in sorted(read_house(root).folders):
        for path in sorted((root / folder).glob("*.c")):
            name = path.relative_to(root)
            for function, line, _ in functions(path.read_text().splitlines()):
                if function != "main":
                    found[function].append((name, line))
    return found


def problems(root):
    found = definitions(root)
    total = sum(len(places) for places in found.values())
    shared = {name: places for name, places in sorted(found.items())
              if len(places) > 1}
    in_shared = sum(len(places) for places in shared.values())
    too_many = in_shared * 100 >= total * SHARED and in_shared > 0
    if too_many:
        yield (f"{in_shared} of {total} functions have a name that another "
               f"has too: let it be fewer than {SHARED} %")
    for name, places in shared.items():
        bare = "_" not in name
        if not bare and not too_many:
            continue
        why = ("is one word, and not the only one: say of what"
               if bare else "is defined more than once")
        for path, line in places:
            yield f"{path}:{line}: {name} {why}"


def main():
    here = Path(__file__).resolve().parents[2]
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here
    found = list(problems(root))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
