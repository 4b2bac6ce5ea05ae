# SPDX-License-Identifier: MIT
"""auth_vectors - the vectors for DKIM, ARC and DMARC, where they are there."""

import base64
import json

from .spf_suite import VECTORS


def cases(name):
    """The cases of a file such as "dkim/dkim-verify.json"; [] without it."""
    try:
        return json.loads((VECTORS / name).read_text("utf-8"))["cases"]
    except FileNotFoundError:
        return []


def message(case):
    return base64.b64decode(case["message"])


def quoted(text):
    """A string of a TXT record, as a zone file has it: several, if it is
    longer than one can be."""
    octets = text.encode("utf-8")
    return " ".join(
        '"' + "".join(chr(c) if 32 <= c < 127 and chr(c) not in '"\\'
                      else f"\\{c:03}" for c in octets[at:at + 255]) + '"'
        for at in range(0, max(len(octets), 1), 255))


def behaviours(case):
    """What faultdns.py is to know: {name: behaviour}."""
    known = {}
    for name, given in case["dns"].items():
        if isinstance(given, str):
            known[name] = given
            continue
        records = [("TXT", " ".join(quoted(s) for s in strings))
                   for strings in given.get("TXT", [])]
        records += [("A", address) for address in given.get("A", [])]
        records += [("MX", f"10 {host}.") for host in given.get("MX", [])]
        known[name] = records
    return known
