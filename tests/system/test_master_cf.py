# SPDX-License-Identifier: MIT
"""The listener for our own mail, as its file has it added to master.cf: done
twice it is there once."""

import os
import re
import shutil
import subprocess

import pytest

from harness.postward import ROOT
from harness.stage import PATIENCE

LINES = ROOT / "conf/postfix/master.cf"
OTHER = "smtp inet n - y - - smtpd\n"

if shutil.which("postconf") is None:
    pytest.skip("no Postfix here", allow_module_level=True)


def command():
    """That of the file itself."""
    text = re.sub(r"^#\t?", "", LINES.read_text(), flags=re.M)
    return re.search(r"^(postconf -Me .*\\\n.*)$", text, re.M)[1].replace(
        "/usr/share/postward/postfix/master.cf", str(LINES))


def run(folder, command):
    return subprocess.run(["sh", "-ec", command], check=True, text=True,
                          timeout=PATIENCE, stdout=subprocess.PIPE,
                          env={**os.environ,
                               "MAIL_CONFIG": str(folder)}).stdout


def test_twice_is_once(tmp_path):
    (tmp_path / "main.cf").write_text("")
    (tmp_path / "master.cf").write_text(OTHER)
    run(tmp_path, command())
    once = (tmp_path / "master.cf").read_text()
    run(tmp_path, command())
    assert (tmp_path / "master.cf").read_text() == once
    assert len(run(tmp_path, "postconf -M").splitlines()) == 2
    said = run(tmp_path, "postconf -P '127.0.0.1:10587/inet/*'")
    wanted = re.findall(r"^ +-o (\S+)=(.*)$", LINES.read_text(), re.M)
    assert len(wanted) > 10
    assert sorted(line.partition("inet/")[2] for line in said.splitlines()) \
        == sorted(f"{name} = {value}".rstrip() for name, value in wanted)


def test_one_that_was_changed_is_ours_again(tmp_path):
    (tmp_path / "main.cf").write_text("")
    (tmp_path / "master.cf").write_text(OTHER + LINES.read_text().replace(
        "smtpd_milters=", "smtpd_milters=unix:no"))
    run(tmp_path, command())
    assert run(tmp_path, "postconf -Ph '127.0.0.1:10587/inet/smtpd_milters'"
               ).strip() == ""
    assert len(run(tmp_path, "postconf -M").splitlines()) == 2
