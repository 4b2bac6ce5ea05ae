#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""coverage - which lines of lib/ and of the programs the tests have run.

    tools/coverage.py BUILD              the figures of a build with
                                         POSTWARD_COVERAGE (build/coverage)
    tools/coverage.py --floor 90 BUILD   fails if lib/ has less, in percent
    tools/coverage.py --forget BUILD     the next figures are of the next run

Says them by room, then which files have less than 90 % and the lines that were
not run.  A line is run if any process of any test has run it."""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ("policyd", "milter", "forwarder", "mailer", "signup", "cli")
ENOUGH = 90  # percent
RANGES_SHOWN = 12

# Of gcov, about an object that never ran, or that holds no code.
QUIET = ("cannot open data file, assuming not executed", "no functions found")


def room(path):
    """lib/base, policyd...; None for what is not measured."""
    parts = pathlib.PurePath(path).parts
    if len(parts) == 3 and parts[0] == "lib":
        return "/".join(parts[:2])
    return parts[0] if len(parts) == 2 and parts[0] in PROGRAMS else None


def documents(build):
    """gcov's account of each object, that of those which never ran, too."""
    notes = sorted(str(note) for folder in ("lib", *PROGRAMS)
                   for note in (build / folder).rglob("*.gcno"))
    if not notes:
        sys.exit(f"coverage: {build} is not built with POSTWARD_COVERAGE")
    done = subprocess.run(["gcov", "--json-format", "--stdout", *notes],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, cwd=build, check=False)
    # One that is killed while it writes may leave half a file behind.
    for line in done.stderr.splitlines():
        if not line.endswith(QUIET):
            print(f"coverage: {line}", file=sys.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def merged(documents, root=ROOT):
    """{file below root: {line: times}}: a header, or what two programs are
    made of, is in several objects."""
    files = collections.defaultdict(collections.Counter)
    for document in documents:
        folder = pathlib.Path(document["current_working_directory"])
        for file in document["files"]:
            path = pathlib.Path(folder / file["file"]).resolve()
            if not path.is_relative_to(root):
                continue
            path = str(path.relative_to(root))
            if room(path) is None:
                continue
            for line in file["lines"]:
                files[path][line["line_number"]] += line["count"]
    return files


def ranges(lines, missed):
    """"3-5 9": runs of missed lines; one without code between two of them
    does not end a run."""
    found = []
    for line in sorted(lines):
        if line not in missed:
            found.append(None)
        elif found and found[-1]:
            found[-1][1] = line
        else:
            found.append([line, line])
    return [str(first) if first == last else f"{first}-{last}"
            for first, last in filter(None, found)]


def percent(covered, lines):
    return 100 * covered / lines if lines else 100.0


def tally(files):
    """{room: [lines, covered]}, and of lib and all."""
    sums = collections.defaultdict(lambda: [0, 0])
    for path, lines in files.items():
        names = [room(path), "total"]
        if path.startswith("lib/"):
            names.append("lib")
        for name in names:
            sums[name][0] += len(lines)
            sums[name][1] += sum(1 for times in lines.values() if times)
    return sums


def report(files):
    sums = tally(files)
    last = ("lib", "total")
    order = sorted(name for name in sums if name not in last)
    order.sort(key=lambda name: not name.startswith("lib/"))
    print(f"{'':<18}{'lines':>7}{'run':>7}{'%':>7}")
    for name in [*order, *(name for name in last if name in sums)]:
        lines, covered = sums[name]
        print(f"{name:<18}{lines:>7}{covered:>7}"
              f"{percent(covered, lines):>7.1f}")
    print(f"\nunder {ENOUGH} %, and the lines that were not run:")
    for path, lines in sorted(files.items()):
        missed = {line for line, times in lines.items() if not times}
        share = percent(len(lines) - len(missed), len(lines))
        if share < ENOUGH:
            where = ranges(lines, missed)
            more = " ..." if len(where) > RANGES_SHOWN else ""
            print(f"{path} {share:.1f} %: "
                  f"{' '.join(where[:RANGES_SHOWN])}{more}")


def is_under(floor, files):
    """Says so, if lib/ is."""
    lines, covered = tally(files)["lib"]
    if percent(covered, lines) >= floor:
        return False
    print(f"\ncoverage: lib/ has {percent(covered, lines):.1f} %, less than "
          f"{floor:g} %: what is new there needs tests")
    return True


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floor", type=float, default=0)
    parser.add_argument("--forget", action="store_true")
    parser.add_argument("build", type=pathlib.Path)
    options = parser.parse_args()
    if options.forget:
        for data in options.build.rglob("*.gcda"):
            data.unlink()
        return False
    files = merged(documents(options.build.resolve()))
    report(files)
    return is_under(options.floor, files)


if __name__ == "__main__":
    sys.exit(main())
