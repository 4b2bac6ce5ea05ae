# SPDX-License-Identifier: MIT
"""DMARC beside a reference written from the text of RFC 9989 alone.

The reference is slow and sees all at once; the engine asks DNS for as little as
it can.  Where they may differ is said where the word is cautious.
"""

import collections
import json
import os
import random
import subprocess

from harness.dmarc_random import case_of
from harness.dmarc_reference import FAILS, Identifier, evaluate, \
    questions_of_walk
from harness.postward import build

CASES = 4000
SEED = int(os.environ.get("POSTWARD_SEED", 9989))

# What counts of an outcome besides result and alignment.
FIELDS = ("org", "policy_domain", "published", "from_tag", "policy")


def cases():
    source = random.Random(SEED)
    return [case_of(source) for _ in range(CASES)]


def line_of(case):
    return json.dumps({
        "author": case.author, "spf": case.spf, "dkim": case.dkim,
        "zone": case.zone})


def answers_to(given):
    done = subprocess.run(
        [build() / "tests/system/dmarc_driver"], check=True,
        capture_output=True, text=True,
        input="".join(line_of(case) + "\n" for case in given))
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(identifier):
    """With the domain as DNS has it."""
    return identifier and Identifier(identifier.domain.lower().rstrip("."),
                                     identifier.result)


def alignments(outcome):
    return outcome["spf_aligned"], *outcome["dkim_aligned"]


def are_alignments_cautious(case, got, found):
    """The engine does not try what an answer that it lacks could be: what aligns
    by each of them does not count as aligned."""
    proven = [all(it) for it in zip(*(alignments(outcome._asdict())
                                      for outcome in found))]
    return FAILS in case.zone.values() and all(
        proof or not claim
        for claim, proof in zip(alignments(got), proven, strict=True))


def is_result_cautious(case, got, wanted):
    """The same: as nothing is known to be aligned, it is a temperror."""
    return (got["result"] == "temperror" and wanted in ("pass", "fail") and
            FAILS in case.zone.values())


def differences(case, got):
    """What differs, and is not cautious; "cautious" if that is all."""
    dkim = [plain(it) for it in case.dkim]
    result, found = evaluate(case.zone, case.author, plain(case.spf), dkim)
    walk = list(questions_of_walk(case.zone, case.author))
    if got["author_walk"] != walk:
        yield f"walk {walk}"
    if got["result"] != result:
        yield ("cautious" if is_result_cautious(case, got, result)
               else f"result {result}")
        return
    if result == "temperror":
        return
    for field in FIELDS:
        possible = {getattr(it, field) for it in found}
        if got[field] not in possible and not (
                got[field] is None and len(possible) > 1):
            yield f"{field} {possible}"
    if alignments(got) not in {alignments(it._asdict()) for it in found}:
        yield ("cautious" if are_alignments_cautious(case, got, found)
               else f"aligned {found}")


def test_agrees_with_the_reference():
    given = cases()
    wrong, seen = [], collections.Counter()
    for case, got in zip(given, answers_to(given), strict=True):
        found = set(differences(case, got))
        seen[got["result"]] += 1
        seen["cautious"] += "cautious" in found
        if found - {"cautious"}:
            wrong.append((case, got, found))
    for each in wrong[:5]:
        print(*each, sep="\n", end="\n\n")
    print(seen)
    assert not wrong, f"{len(wrong)} of {CASES} differ"
    # All of it is met with, and hardly any caution.
    assert min(seen[it] for it in ("none", "pass", "fail", "temperror")) > (
        CASES / 50)
    assert seen["cautious"] < CASES / 50
