#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""dkim_bench.py - what dkim_bench measures, with dkimpy.

    dkim_bench.py SECONDS "" FOLDER      FOLDER: what dkim_bench has saved"""

import pathlib
import sys
import time

import dkim


def rate(act, seconds):
    """In seconds of this process."""
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        act()
        count += 1
    return count / (time.process_time() - start)


def main():
    seconds, folder = float(sys.argv[1]), pathlib.Path(sys.argv[3])
    record = (folder / "record").read_bytes()
    key = (folder / "key.pem").read_bytes()
    letters = {name: (folder / f"{name}.eml").read_bytes()
               for name in ("2", "100")}

    def verify(text):
        assert dkim.verify(text, dnsfunc=lambda name, timeout=5: record)

    def sign(text):
        dkim.sign(text, b"s1", b"example.org", key,
                  canonicalize=(b"relaxed", b"relaxed"))

    for name, text in letters.items():
        print(f"verify RSA-2048, {name} KB  "
              f"{rate(lambda text=text: verify(text), seconds):.0f} /s")
    print("sign RSA-2048, 2 KB  "
          f"{rate(lambda: sign(letters['2']), seconds):.0f} /s")


if __name__ == "__main__":
    main()
