# SPDX-License-Identifier: MIT
"""`postward dmarc`: DMARC from given results, and the vectors for it."""

import json
import os
import pathlib

import pytest

from faultdns import FaultDNS
from harness.nsd import Nsd
from harness.postward import ROOT, Postward
from harness.spf import text_of
from harness.stage import Stage

DONE, NO, USAGE, TRY_LATER = 0, 1, 2, 75

RECORDS = [
    'example.com. A 192.0.2.1',
    '_dmarc.example.com. TXT "v=DMARC1; p=reject; sp=quarantine; t=y"',
    'www.example.com. A 192.0.2.1',
    '_dmarc.cname.example. CNAME _dmarc.provider.example.',
    '_dmarc.provider.example. TXT "v=DMARC1; " "p=quarantine"',
    '_dmarc.np.example. TXT "v=DMARC1; p=none; np=reject"',
    'alias.np.example. CNAME nowhere.np.example.',
    'top. TXT "x"',
    '_dmarc.top. TXT "v=DMARC1; p=reject"',
]


@pytest.fixture(scope="module")
def asked():
    with Stage() as stage:
        nsd = Nsd(stage, RECORDS)
        yield Postward(stage, stage.folder / "run", nsd.address)


def run(postward, *argv):
    """(status, stdout, stderr)"""
    done = postward.run("dmarc", "-c", str(postward.file), *argv)
    return done.returncode, done.stdout, done.stderr


def result_of(postward, *argv):
    status, out, err = run(postward, "--json", *argv)
    assert err == ""
    return status, json.loads(out)


# ---- the command


def test_json(asked):
    assert result_of(
        asked, "--from-field", "Ann <ann@www.example.com>",
        "--spf", "bounce.example.com=pass", "--dkim", "example.com=fail",
        "--dkim", "x.Example.com=PASS") == (DONE, {
            "result": "pass", "from_domain": "www.example.com",
            "org": "example.com", "policy_domain": "example.com",
            "published": "quarantine", "from_tag": "sp", "policy": "none",
            "spf_aligned": True, "dkim_aligned": [False, True],
            "author_walk": ["_dmarc.www.example.com", "_dmarc.example.com",
                            "_dmarc.com"],
            "problem": None})


def test_text(asked):
    status, out, err = run(asked, "--from-field", "ann@example.com",
                           "--spf", "example.com=softfail",
                           "--dkim", "x.example.com=temperror",
                           "--dkim", "example.com=pass")
    assert (status, err) == (DONE, "")
    rows = dict(line.split(None, 1) for line in out.splitlines()
                if not line.startswith(" "))
    assert rows == {
        "result": "pass", "author": "example.com",
        "organization": "example.com", "record": "of     example.com",
        "published": "p=reject", "policy": "quarantine",
        "aligned": "dkim=example.com", "asked": "_dmarc.example.com"}


@pytest.mark.parametrize("argv, status, result", [
    (["--from-field", "ann@example.com"], NO, "fail"),
    (["--from-field", "ann@cname.example"], NO, "fail"),
    (["--from-field", "ann@none.example"], DONE, "none"),
    (["--from-field", "ann@example.com", "--spf", "example.com=temperror"],
     TRY_LATER, "temperror"),
    (["--from-field", "ann@a.top", "--dkim", "b.top=pass"], DONE, "pass"),
    # Nobody, and too many.
    (["--from-field", ""], NO, "none"),
    (["--from-field", "a@example.com, b@example.org"], NO, "none"),
    (["--from-field", "a@example.com", "--from-field", "a@example.com"],
     NO, "none"),
    (["--from-field", "a@example.com", "a@example.com"], NO, "none"),
])
def test_exit_status(asked, argv, status, result):
    found, out = result_of(asked, *argv)
    assert (found, out["result"]) == (status, result)
    assert (out["problem"] is None) == (result in ("pass", "fail"))


def test_an_alias_of_nothing_exists(asked):
    _, out = result_of(asked, "--from-field", "ann@alias.np.example")
    assert (out["from_tag"], out["policy"]) == ("p", "none")
    _, out = result_of(asked, "--from-field", "ann@nowhere.np.example")
    assert (out["from_tag"], out["policy"]) == ("np", "reject")


@pytest.mark.parametrize("argv, complaint", [
    ([], "--from-field"),
    (["--spf", "example.com=pass"], "--from-field"),
    (["--from-field", "a@example.com", "--spf", "pass"], "DOMAIN=RESULT"),
    (["--from-field", "a@example.com", "--spf", "=pass"], "DOMAIN=RESULT"),
    (["--from-field", "a@example.com", "--spf", "a.example=yes"],
     "DOMAIN=RESULT"),
    (["--from-field", "a@example.com", "--dkim", "a.example=softfail"],
     "DOMAIN=RESULT"),
    (["--from-field", "a@example.com", "--helo", "a.example"], "no such"),
])
def test_wrong_usage(asked, argv, complaint):
    status, out, err = run(asked, *argv)
    assert (status, out) == (USAGE, "")
    assert complaint in err


def test_prints_nothing_that_a_terminal_obeys(asked):
    status, out, err = run(asked, "--from-field", "a@\x1bc.example",
                           "--dkim", "\x1bc=pass")
    assert status == NO
    assert "\x1b" not in out + err and "\\x1b" in out


# ---- vectors


VECTORS = pathlib.Path(os.environ.get(
    "POSTWARD_VECTORS", ROOT.parent / "shared/vectors"))
FILE = VECTORS / "dmarc/dmarc.json"
CASES = json.loads(FILE.read_text())["cases"] if FILE.is_file() else []

# For one question of a case in which one is never answered.
TIMEOUT_MS = 5000


def records_of(given):
    for kind, values in given.items():
        for value in values:
            if kind == "TXT":
                value = text_of([it.encode() for it in value])
            elif kind == "MX":
                value = " ".join(value)
            yield kind, value


def behaviours(zone):
    return {name: given if isinstance(given, str) else list(records_of(given))
            for name, given in zone.items()}


def options_of(case):
    for value in case["from_field"]:
        yield f"--from-field={value}"
    if case["spf"]:
        yield f"--spf={case['spf']['domain']}={case['spf']['result']}"
    for signature in case["dkim"]:
        yield f"--dkim={signature['d']}={signature['result']}"
    if "TIMEOUT" in case["dns"].values():
        yield f"--dns-timeout={TIMEOUT_MS}"


@pytest.mark.skipif(not CASES, reason=f"there is no {FILE}: see "
                    "POSTWARD_VECTORS")
def test_vectors_are_whole():
    assert len(CASES) >= 70


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.get("undecided")],
    ids=lambda case: case["id"] if isinstance(case, dict) else "none")
def test_vector(asked, case):
    with FaultDNS(behaviours(case["dns"])) as server:
        _, got = result_of(asked, "--resolver", server.address,
                           *options_of(case))
    want = dict(case["expect"])
    results = {want.pop("result"), *want.pop("also_result", ())}
    assert got["result"] in results
    assert got["from_domain"] == case["from_domain"]
    assert {key: got[key] for key in want} == want
    if case.get("author_walk") is not None:
        assert got["author_walk"] == case["author_walk"]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("undecided")
             and "\0" not in "".join(case["from_field"])],
    ids=lambda case: case["id"] if isinstance(case, dict) else "none")
def test_vector_that_is_left_open(asked, case):
    with FaultDNS(behaviours(case["dns"])) as server:
        _, got = result_of(asked, "--resolver", server.address,
                           *options_of(case))
    assert got["from_domain"] == case["from_domain"]
