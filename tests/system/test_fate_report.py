# SPDX-License-Identifier: MIT
"""What `postward fate report` counts, of lines that a milter has written."""

import json
import os

import pytest

from harness.stage import Stage
from test_fate import Fates, letter




class Log:
    """A milter that has seen a shop, a list, an honest man and a joker."""

    def __init__(self, stage):
        fates = Fates(stage, {"mode": "shadow"})
        self.postward = fates.world.postward
        for _ in range(3):
            fates.send(letter("strict.example"), "sue@strict.example")
        fates.send(letter("lax.example"), "sue@lax.example")
        fates.send(letter("quiet.example"), "sam@example.org")
        # Whose names are lines of their own.
        joke = ('"x]: queue_id=4X fate=reject author=bank.example '
                'at=gmail:5.7.1"@lax.example')
        fates.send(letter("lax.example").replace(
            b"<sue@lax.example>", f"<{joke}>".encode()), joke)
        fates.send(letter("lax.example").replace(
            b"lax.example>", b"lax.example>, x@fate=hold.example"),
            "sue@lax.example")
        fates.send(letter("xn--80ak6aa92e.example"), "sam@example.org")
        self.file = stage.folder / "mail.log"
        self.file.write_text(
            "Nov 28 20:00:00 mx postfix/smtpd[7]: connect from unknown\n"
            + fates.world.postward.says(fates.world.postward.milter,
                                        "xn--80ak6aa92e.example"))

    def report(self, *argv, **more):
        return self.postward.run("fate", "report", *argv, "-c",
                                 self.postward.file, **more)


@pytest.fixture(scope="module")
def log():
    with Stage() as stage:
        yield Log(stage)


def test_counts_what_the_milter_has_said(log):
    done = log.report("--json", log.file)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["messages"] == 7
    assert (told["shadow"]["reject"], told["shadow"]["sign"]) == (4, 3)
    assert told["done"]["reject"] == 0
    first = told["senders"][0]
    assert (first["author"], first["reject"]) == ("strict.example", 3)
    assert first["cases"] == {"spf-only": 3}
    assert first["at"] == {"strict": 3}
    assert told["at"]["gmail"]["reject"] == 0
    assert "bank.example" not in [one["author"] for one in told["senders"]]


def test_is_a_table_for_people(log):
    done = log.report(log.file)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("What became of ")
    [shop] = [line for line in lines if "strict.example" in line]
    assert shop.split()[:4] == ["strict.example", "3", "0", "0"]
    assert shop.split()[-3:] == ["spf-only", "strict", "3"]
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) <= 100


def test_reads_several_and_standard_input(log):
    done = log.report("--json", log.file, log.file)
    assert json.loads(done.stdout)["senders"][0]["reject"] == 6
    with open(log.file, encoding="utf-8") as file:
        done = log.report("--json", "-", stdin=file)
    assert json.loads(done.stdout)["senders"][0]["reject"] == 3


def with_journal(log, text, status=0):
    """The environment in which that is what the journal has."""
    folder = log.file.parent / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "journal").write_text(text)
    program = folder / "journalctl"
    program.write_text(f'#!/bin/sh\necho "$@" >{folder}/asked\n'
                       f"cat {folder}/journal\nexit {status}\n")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def test_reads_the_journal(log):
    text = "".join(line.partition("]: ")[2] + "\n"
                   for line in log.file.read_text().splitlines())
    done = log.report("--json", "--since", "2d", env=with_journal(log, text))
    assert json.loads(done.stdout)["senders"][0]["reject"] == 3
    asked = (log.file.parent / "bin/asked").read_text().split()
    assert "--since=-2d" in asked
    assert "--identifier=postward/milter" in asked


def test_says_where_else_to_look(log):
    done = log.report(env=with_journal(log, ""))
    assert (done.returncode, done.stdout) == (1, "")
    assert "/var/log/mail.log" in done.stderr
    done = log.report(env=with_journal(log, "", 1))
    assert (done.returncode, done.stdout) == (75, "")
    assert "systemd-journal" in done.stderr


@pytest.mark.parametrize("argv, status", [
    (["--since", "soon"], 2),
    (["--since", "7"], 2),
    (["--since", "7d", "/dev/null"], 2),
    (["/no/such/file"], 1),
    (["/"], 1),
    (["/dev/null"], 1),
])
def test_what_cannot_be_counted_is_told(log, argv, status):
    done = log.report(*argv)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("postward: ")


def test_a_line_without_end_is_no_line(log):
    long = log.file.parent / "long.log"
    long.write_text("x" * 100_000 + log.file.read_text() + "y" * 100_000)
    told = json.loads(log.report("--json", long).stdout)
    assert told["senders"][0]["reject"] == 3
