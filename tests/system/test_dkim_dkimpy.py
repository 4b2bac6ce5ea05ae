# SPDX-License-Identifier: MIT
"""DKIM beside dkimpy, on thousands of random messages.

Each is signed with random tags and a random key record, and then changed on its
way or not.  Where the two differ on whether the signature passes, one of them
is wrong, or the RFC leaves it open.  KINDS names each way in which dkimpy
differs, by what we say of the message, and the section that decides.  A
difference of another kind fails the test.
"""

import collections
import random

import pytest

dkim = pytest.importorskip("dkim", reason="python3-dkim is not installed")
from harness.dkim_random import (  # noqa: E402
    CASES, NAME, NOW, SEED, Case, Driver, Keys, random_cases)

# What we say -> why dkimpy, which lets it pass, is not followed.
KINDS = {
    "h= does not sign From": "6376 5.4, 6.1.1",
    "rsa-sha1 proves nothing": "8301 3.1",
    "it has expired": "6376 3.5: judged when the message comes; dkimpy "
                      "has a tolerance",
    "x= is not after t=": "6376 3.5",
    "the key is not for SHA-256": "6376 3.6.1, h=",
    "the key is not for mail": "6376 3.6.1, s=",
    "the key is not for identities": "6376 3.6.1, t=s",
    "the key is of another kind": "8463 4.2, 6376 3.6.1, k=",
    "l= is longer than the body": "6376 3.5, 6.1.3",
    "k= of the key is not known": "6376 3.6.1",
    "v= of the key is not DKIM1": "6376 3.6.1",
    "i= has no domain": "6376 3.5",
    "i= is no quoted-printable": "6376 2.11",
    "q= has no method": "6376 3.5",
    "h= is no list of names": "6376 3.5, ABNF of h=",
    "c= is not known": "6376 3.5",
}

# What dkimpy says, or how it fails, where we let it pass -> why.
THEIRS = {
    "UnknownKeyTypeError": "6376 3.6.1: s= is a list",
    "q= value is not dns/txt (b'dns/txt:http')": "6376 3.5: q= is a list",
    "t= value is in the future": "6376 3.5 lets clocks differ",
    "unknown signature algorithm: b'RSA-sha256'": "5234 2.3: in any case",
    "(i=b'ann=40example.org'": "6376 3.5: i= is quoted-printable",
}


@pytest.fixture
def driver():
    it = Driver()
    yield it
    it.close()


def theirs(message, keys):
    """Does it pass, and if not, what dkimpy says, or "no" alone."""
    def look_up(name, timeout=5):
        return keys.get(name.decode().rstrip(".").lower(), "").encode() or None
    try:
        passes = dkim.DKIM(message, timeout=5).verify(dnsfunc=look_up)
        return passes, "" if passes else "no"
    except Exception as problem:  # dkimpy has IndexError and the like, too
        return False, f"{type(problem).__name__}: {problem}"


@pytest.fixture
def stopped_clock(monkeypatch):
    monkeypatch.setattr(dkim.time, "time", lambda: NOW)


def test_differs_where_it_must(driver, stopped_clock):
    seen = collections.Counter()
    for number, case in random_cases():
        keys = {NAME: case.key}
        ours = driver.ask(case.message, keys=keys)[0]
        passes, what = theirs(case.message, keys)
        if (ours["result"] == "pass") == passes:
            seen["pass" if passes else "no pass"] += 1
            continue
        known, said = (KINDS, ours["problem"]) if passes else (THEIRS, what)
        kind = next((kind for kind in known if kind in said), None)
        if said == "no":
            kind = case.why_not()
        seen[kind] += 1
        assert kind, (f"seed {SEED}, case {number}: we say {ours}, dkimpy "
                      f"{what or 'pass'}\n{case.key}\n{case.message!r}")
    print("\n".join(f"{n:6} {kind}" for kind, n in seen.most_common()))
    assert seen["pass"] > CASES / 10
    assert seen["no pass"] > CASES / 10


def test_others_verify_what_we_sign(driver, stopped_clock):
    """With dkimpy, also after the next host has folded it anew."""
    draw = random.Random(SEED)
    keys = Keys()
    for number in range(50):
        case = Case(draw, keys)
        message = case.message[case.message.index(b"\r\nFrom:") + 2:] \
            if b"\r\nFrom:" in case.message else b"From: a@b\r\n\r\nx\r\n"
        value = driver.ask(message, pem=keys.pem.decode(), domain="example.org",
                           selector="sel")["value"]
        for fold in "\r\n\t", " ", "\r\n        ":
            signed = ("DKIM-Signature: " + value.replace("\n\t", fold) +
                      "\r\n").encode() + message
            assert theirs(signed, {NAME: f"p={keys.rsa}"}) == (True, ""), number
