# SPDX-License-Identifier: MIT
"""What tools/coverage.py makes of llvm-cov's account."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import coverage  # noqa: E402


@pytest.mark.parametrize("path, room", [
    ("lib/base/arena.c", "lib/base"),
    ("policyd/main.c", "policyd"),
    ("tests/unit/check.h", None),
    ("tests/unit/base/test_arena.c", None),
    ("build/coverage/lib/outbox/template_built_in.c", None),
])
def test_what_is_measured(path, room):
    assert coverage.room(path) == room


def test_an_account_is_read(tmp_path):
    """Relative to the build's folder or absolute; twice of one file."""
    files = coverage.merged(f"""SF:../lib/net/stream.c
FN:1,stream_open
DA:1,0
DA:2,3
LF:2
end_of_record
SF:{tmp_path}/lib/net/stream.c
DA:1,7
DA:3,0
end_of_record
SF:/usr/include/x.h
DA:1,1
end_of_record
SF:{tmp_path}/tests/unit/x.c
DA:1,1
end_of_record
""", tmp_path / "build", tmp_path)
    assert files == {"lib/net/stream.c": {1: 7, 2: 3, 3: 0}}


@pytest.mark.parametrize("lines, missed, said", [
    ([1, 2, 3], [], []),
    ([1, 2, 3], [2], ["2"]),
    ([1, 2, 3, 9], [1, 2, 9], ["1-2", "9"]),
    ([1, 2, 8, 9], [2, 8], ["2-8"]),
])
def test_runs_of_missed_lines(lines, missed, said):
    assert coverage.ranges(lines, set(missed)) == said


FILES = {
    "lib/base/str.c": {1: 1, 2: 1, 3: 1, 4: 1},
    "lib/net/dns.c": {1: 0, 2: 1, 3: 0, 4: 0},
    "cli/main.c": {1: 0, 2: 0},
}


def test_sums_by_room(capsys):
    coverage.report(FILES)
    out = capsys.readouterr().out
    for row in ("lib/base 4 4 100.0", "lib/net 4 1 25.0", "cli 2 0 0.0",
                "lib 8 5 62.5", "total 10 5 50.0"):
        assert row.split() in [line.split() for line in out.splitlines()]
    assert "lib/net/dns.c 25.0 %: 1 3-4" in out
    assert "str.c" not in out


@pytest.mark.parametrize("floor, under", [(0, False), (62.5, False),
                                          (62.6, True), (90, True)])
def test_the_floor_is_of_lib_alone(floor, under, capsys):
    assert coverage.is_under(floor, FILES) == under
    assert ("62.5 %" in capsys.readouterr().out) == under
