# SPDX-License-Identifier: MIT
"""SPF in tests: zones, and the driver that checks against them.

A zone is a dict: a name in lower case, without a dot at its end, to a list of
records, each (type, value).  Values: A, AAAA, PTR, CNAME a text; MX a pair;
TXT a list of strings, as bytes.  A record ("TIMEOUT", None) makes every
question for the name time out that no other record answers.
"""

import json
import subprocess

import dns.name

from .postward import build


def text_of(strings):
    """The strings of a TXT record as a zone file has them."""
    def escaped(byte):
        if byte in b'"\\' or not 32 <= byte < 127:
            return f"\\{byte:03}"
        return chr(byte)
    return " ".join('"' + "".join(map(escaped, string)) + '"'
                    for string in strings or [b""])


def name_of(name):
    """A name as a zone file has it."""
    def escaped(char):
        if char in ' "();@$\\' or not " " < char <= "~":
            return f"\\{ord(char):03}"
        return char
    return "".join(map(escaped, name.rstrip("."))) + "."


def data_of(kind, value):
    if kind == "TXT":
        return text_of(value)
    if kind == "MX":
        return f"{value[0]} {name_of(value[1])}"
    if kind in ("PTR", "CNAME"):
        return name_of(value)
    return value or ""


def zone_file(zone):
    return "".join(f"{name_of(name)} {kind} {data_of(kind, value)}\n"
                   for name, records in zone.items()
                   for kind, value in records)


def behaviours(zone, transport="udp"):
    """The zone as FaultDNS takes it; "tcp": no answer over UDP is whole."""
    names = {}
    for name, records in zone.items():
        owner = str(dns.name.from_text(name_of(name)))[:-1].lower()
        answers = [(kind, data_of(kind, value)) for kind, value in records
                   if kind != "TIMEOUT"]
        names[owner, None] = (answers if transport == "udp"
                              else ("TRUNCATE", answers))
        if len(answers) < len(records):
            names[owner, None] = "TIMEOUT"
            for kind in {kind for kind, _ in answers}:
                names[owner, kind] = [it for it in answers if it[0] == kind]
    return names


class Driver:
    """spf_driver, asked one check after the other."""

    def __init__(self, *args):
        self._process = subprocess.Popen(
            [build() / "tests/system/spf_driver", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def check(self, ip, sender, helo, **more):
        line = json.dumps(dict(ip=ip, sender=sender, helo=helo, **more))
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        assert self._process.wait() == 0, "spf_driver failed"


def check_at_once(server, timeout_ms, checks):
    """The results of that many checks, all begun at the same time."""
    lines = "".join(json.dumps(check) + "\n" for check in checks)
    done = subprocess.run(
        [build() / "tests/system/spf_driver", "server", server,
         str(timeout_ms), str(len(checks))],
        input=lines.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
