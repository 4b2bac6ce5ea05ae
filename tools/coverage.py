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
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ("policyd", "milter", "forwarder", "mailer", "signup", "cli")
PROFILES = "profiles"  # in the build's folder, as cmake/Postward.cmake says
ENOUGH = 90  # percent
RANGES_SHOWN = 12

def room(path):
    """lib/base, policyd...; None for what is not measured."""
    parts = pathlib.PurePath(path).parts
    if len(parts) == 3 and parts[0] == "lib":
        return "/".join(parts[:2])
    return parts[0] if len(parts) == 2 and parts[0] in PROGRAMS else None


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode:
        sys.exit(f"coverage: {command[0]} failed")
    return done.stdout


def account(build):
    """llvm-cov's of the programs, which are made of all that is measured, as
    lines of lcov; what tests have run of it is counted, too."""
    programs = sorted(map(str, (build / "bin").glob("postward*")))
    raw = sorted(map(str, (build / PROFILES).glob("*.profraw")))
    if not programs or not raw:
        sys.exit(f"coverage: {build} was not built with POSTWARD_COVERAGE, "
                 "or no test was run")
    # One that is killed while it writes may leave half a file behind.
    run("llvm-profdata", "merge", "-sparse", "-failure-mode=all",
        "-o", str(build / PROFILES / "all"), *raw)
    others = [part for program in programs[1:]
              for part in ("-object", program)]
    return run("llvm-cov", "export", "-format=lcov", "-instr-profile",
               str(build / PROFILES / "all"), programs[0], *others)


def merged(account, build, root=ROOT):
    """{file below root: {line: times}}."""
    files = collections.defaultdict(collections.Counter)
    lines = None
    for word, _, rest in (line.partition(":")
                          for line in account.splitlines()):
        if word == "SF":
            path = (build / rest).resolve()
            path = str(path.relative_to(root)
                       if path.is_relative_to(root) else path)
            lines = files[path] if room(path) else None
        elif word == "DA" and lines is not None:
            number, times = rest.split(",")[:2]
            lines[int(number)] += int(times)
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
        for data in (options.build / PROFILES).glob("*"):
            data.unlink()
        return False
    build = options.build.resolve()
    files = merged(account(build), build)
    report(files)
    return is_under(options.floor, files)


if __name__ == "__main__":
    sys.exit(main())
