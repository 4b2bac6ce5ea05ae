#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench_fate - is what is said of a forwarded copy what becomes of it?

2,000 messages, of all that SPF, DKIM and DMARC can say and of many forms, go
through Postfix and Postward to a strict receiver, where OpenDKIM with OpenDMARC
and rspamd judge each: once as the verdict has it, once past the verdict.

usage: tools/rootly tests/bench/bench_fate.py [--number N] [--build FOLDER]

Fails if a copy that was said to be accepted is refused, if more than 2 % of
those said to be refused are taken, or if anybody gets a bounce; but where
others' programs see it otherwise, which is told with the reason.
"""

import argparse
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

from harness import fate_messages, strict_receiver  # noqa: E402
from harness.fate_proof import PLAYS, proof_of  # noqa: E402
from harness.stage import Stage  # noqa: E402

TAKEN_MAX = 0.02  # of those that were to be refused


def rate(passes):
    return f"{passes[0]} of {passes[1]} ({passes[0] / passes[1]:.1%})"


def report(proof, judge):
    """Prints it; true: all is as it should be."""
    wrong = proof.false_accepts(judge)
    taken, refused = proof.false_refusals(judge)
    print("", *proof.table(judge), sep="\n")
    print("  where it may differ:", *proof.differing(judge), sep="\n")
    print(f"  said to be accepted, and refused: {len(wrong)}")
    print(f"  said to be refused, and taken: {len(taken)} of {refused}")
    print(*(f"    {row}" for row in [*wrong, *taken]), sep="\n", end="")
    print(f"  DMARC passes past the verdict: {rate(proof.past.dmarc(judge))};"
          f" with it: {rate(proof.enforced[judge].dmarc(judge))}")
    return report_bounces(proof, judge) and not wrong and \
        len(taken) <= TAKEN_MAX * refused


def report_bounces(proof, judge):
    bounces = proof.bounces(judge)
    print(f"  bounces: {len(bounces)}", *(
        f"    {proof.past.cases[number]}: {why}"
        for number, why in sorted(bounces.items())), sep="\n")
    return all(bounces.values())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--build", type=pathlib.Path, default=None)
    options = parser.parse_args()
    if options.build is not None:
        os.environ["POSTWARD_BUILD"] = str(options.build.resolve())
    if why := strict_receiver.missing():
        print(f"bench_fate.py: {why}", file=sys.stderr)
        return 77
    begin = time.monotonic()
    with Stage() as stage:
        key = fate_messages.Key(stage.folder)
        proof = proof_of(*fate_messages.all_cases(key, int(time.time()),
                                                  options.number))
    print(f"{len(proof.past.cases)} messages, sent thrice: "
          f"{time.monotonic() - begin:.0f} s")
    well = [report(proof, judge) for judge in PLAYS]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
