# SPDX-License-Identifier: MIT
"""The openspf suite for RFC 7208: the scenarios of its YAML file.

How to read it: an SPF record stands for a TXT record where the name has no
TXT of its own; "TXT: NONE" means that it has none; a bare TIMEOUT makes the
questions time out that nothing else answers.
"""

import collections
import os
import pathlib

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
VECTORS = pathlib.Path(os.environ.get("POSTWARD_VECTORS",
                                      REPOSITORY.parent / "shared/vectors"))
SUITE = VECTORS / "spf/rfc7208-tests.yml"

Scenario = collections.namedtuple("Scenario", "name zone tests")


def records_of(entries):
    """The records of one name."""
    pairs = [pair for entry in entries if isinstance(entry, dict)
             for pair in entry.items()]
    own_txt = any(kind == "TXT" for kind, _ in pairs)
    for kind, value in pairs:
        if kind == "SPF" and own_txt or value == "NONE":
            continue
        if kind in ("SPF", "TXT"):
            strings = value if isinstance(value, list) else [value]
            yield "TXT", [string.encode("latin-1") for string in strings]
        else:
            yield kind, value
    if "TIMEOUT" in entries:
        yield "TIMEOUT", None


def zone_of(scenario):
    return {str(name).lower(): list(records_of(entries))
            for name, entries in scenario["zonedata"].items()}


def scenarios():
    """None at all if the suite is not there."""
    if not SUITE.exists():
        return []
    return [Scenario(it["description"], zone_of(it), it["tests"])
            for it in yaml.safe_load_all(SUITE.read_text()) if it]


def problem_of(test, got):
    """None, or what is wrong with a result."""
    allowed = test["result"]
    if isinstance(allowed, str):
        allowed = [allowed]
    if got["result"] not in allowed:
        return f"{got['result']}, not {' or '.join(allowed)}"
    wanted = test.get("explanation")
    if wanted == "DEFAULT":
        wanted = None
    elif wanted is None:
        return None
    if got["explanation"] != wanted:
        return f"explanation {got['explanation']!r}, not {wanted!r}"
    return None
