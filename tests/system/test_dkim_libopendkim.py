# SPDX-License-Identifier: MIT
"""DKIM beside libopendkim, on the random messages of test_dkim_dkimpy.py.

Both tables name each way in which the two differ, and the section that decides.
A difference of another kind fails the test."""

import collections

import pytest

from harness.postward import build

pytest.importorskip("dkim", reason="python3-dkim is not installed")
from harness.dkim_random import (  # noqa: E402
    CASES, NAME, SEED, Driver, random_cases)

pytestmark = pytest.mark.skipif(
    not (build() / "tests/system/libopendkim_driver").exists(),
    reason="libopendkim-dev is not installed")

# What we say -> why libopendkim, which lets it pass, is not followed.
KINDS = {
    "is there twice": "6376 3.2: no list has a tag twice",
    "the key is of another kind than a=": "8463 4.2, 6376 3.6.1, k=",
    "rsa-sha1 proves nothing": "8301 3.1",
    "q= has no method": "6376 3.5: http is none",
    "it has expired": "6376 3.5: at x= it has; libopendkim says so a second "
                      "later",
}

# What libopendkim says where we let it pass, of which messages -> why.
THEIRS = {
    ("Syntax error", lambda case: not case.has_one_author()):
        "6376 6.1: a verifier judges the signature; who looks at From is to "
        "refuse what has no one author (8.15), as DMARC does",
    ("signature timestamp in the future", lambda case: True):
        "6376 3.5 lets clocks differ, and says not how much",
    ("unable to apply public key",
     lambda case: case.keys.rsa_alone[:40] in case.key):
        "6376 3.6.1: p= of RSA is an RSAPublicKey, too",
    ("unauthorized subdomain",
     lambda case: case.tags["i"] == "ann=40example.org"):
        "6376 3.5: i= is quoted-printable, and its domain is d=",
}


@pytest.fixture
def drivers():
    both = Driver(), Driver("libopendkim_driver")
    yield both
    for one in both:
        one.close()


def kind_of(case, ours, theirs):
    """Of the difference; None: nobody has explained it."""
    if theirs["result"] == "pass":
        return next((kind for kind in KINDS if kind in ours["problem"]), None)
    return next((said for said, is_such in THEIRS
                 if said == theirs["problem"] and is_such(case)), None)


def test_differs_where_it_must(drivers):
    seen = collections.Counter()
    for number, case in random_cases():
        ours, theirs = (driver.ask(case.message, keys={NAME: case.key})
                        for driver in drivers)
        ours = ours[0]
        if (ours["result"] == "pass") == (theirs["result"] == "pass"):
            seen[theirs["result"]] += 1
            continue
        kind = kind_of(case, ours, theirs)
        seen[kind] += 1
        assert kind, (f"seed {SEED}, case {number}: we say {ours}, libopendkim "
                      f"{theirs}\n{case.key}\n{case.message!r}")
    print("\n".join(f"{n:6} {kind}" for kind, n in seen.most_common()))
    assert seen["pass"] > CASES / 10
    assert seen["no"] > CASES / 10
