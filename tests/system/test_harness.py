# SPDX-License-Identifier: MIT
"""The tests' own tools, where a test that uses them would not show it."""

import os
import subprocess

import pytest

from harness.stage import quick, without


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has what is dropped")
def test_root_of_a_container_gives_up_what_it_inherits(tmp_path):
    file = tmp_path / "read-only"
    file.write_text("")
    file.chmod(0o444)
    write = ["sh", "-c", 'echo >>"$1"', "sh", file]
    container = ["setpriv", "--inh-caps", "+dac_override"]
    assert subprocess.run([*container, *write], check=False).returncode == 0
    done = subprocess.run([*container, *without("dac_override"), *write],
                          check=False, capture_output=True)
    assert done.returncode != 0


def test_once_in_time_is_in_time():
    times = iter([9, 7, 0.5, 9])
    assert quick(1, lambda: next(times)) == 0.5
    with pytest.raises(AssertionError):
        quick(1, lambda: 1, tries=3)
