#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""debian.py - does debian/ agree with the rest of the source?

Prints a line for each thing that does not, exits 1 if there is one.

    debian.py [ROOT]
"""

import re
import sys
from pathlib import Path

# Where debian/control has another word for it, or none is needed.
ESSENTIAL = {"build-essential", "pkg-config"}


def found(pattern, text):
    match = re.search(pattern, text, re.M | re.S)
    return match[1] if match else ""


def versions(root):
    """The same everywhere."""
    wanted = found(r"^project\(postward VERSION (\S+)",
                   (root / "CMakeLists.txt").read_text())
    packaged = found(r"\A\S+ \(([^)]*)\)",
                     (root / "debian/changelog").read_text())
    if packaged != wanted:
        yield f"debian/changelog: {packaged}; CMakeLists.txt: {wanted}"


def names(relations):
    """Of the first of alternatives, without versions and architectures."""
    return {re.match(r"[\w.+-]+", part.strip())[0]
            for part in relations.split(",") if part.strip()}


def build_depends(root):
    """What builds the package is what tools/deps installs for the build."""
    deps = set(found(r'^build="([^"]*)"',
                     (root / "tools/deps").read_text()).split()) - ESSENTIAL
    control = {name for name in names(found(
        r"^Build-Depends:(.*?)^(?=\S)", (root / "debian/control").read_text()))
        if not name.startswith(("debhelper", "dh-", "pkgconf"))}
    for name in sorted(deps - control):
        yield f"debian/control: Build-Depends has no {name}; tools/deps has it"
    for name in sorted(control - deps):
        yield f"tools/deps: no {name}; debian/control has it"


def scripts(root):
    """Each has its place for what debhelper adds."""
    for path in sorted((root / "debian").glob("postward.p*")):
        if path.suffix in (".postinst", ".prerm", ".postrm", ".preinst"):
            if "\n#DEBHELPER#\n" not in path.read_text():
                yield f"debian/{path.name}: no #DEBHELPER#"


def wrong(root):
    for rule in (versions, build_depends, scripts):
        yield from rule(root)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1
                else Path(__file__).parents[2])
    lines = list(wrong(root))
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
