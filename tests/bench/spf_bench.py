#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""spf_bench.py - what spf_bench measures, with pyspf: evaluations a second."""

import sys
import time

import spf

ZONE = {
    ("example.org", "TXT"): [[b"v=spf1 include:_spf.example.org "
                              b"ip4:203.0.113.0/24 mx -all"]],
    ("_spf.example.org", "TXT"): [[b"v=spf1 ip4:198.51.100.0/25 "
                                   b"ip4:198.51.100.128/26 "
                                   b"ip6:2001:db8::/32 ?all"]],
    ("example.org", "MX"): [(10, "mail.example.org")],
    ("mail.example.org", "A"): ["192.0.2.1"],
}
CASES = [("pass by mx", "192.0.2.1", "pass"), ("fail", "192.0.2.9", "fail"),
         ("pass in include", "198.51.100.1", "pass")]


def look_up(name, kind, *_):
    return [((name, kind), value) for value in ZONE.get((name, kind), [])]


def rate(ip, verdict, seconds):
    count, start = 0, time.monotonic()
    while time.monotonic() - start < seconds:
        for _ in range(100):
            assert spf.check2(ip, "ann@example.org",
                              "mail.example.org")[0] == verdict
        count += 100
    return count / (time.monotonic() - start)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2
    spf.DNSLookup = look_up
    for name, ip, verdict in CASES:
        print(f"{name:16} pyspf {rate(ip, verdict, seconds):6.0f}/s")


if __name__ == "__main__":
    main()
