# SPDX-License-Identifier: MIT
"""A backup that only a passphrase opens, and one that comes through a pipe."""

import os
import re
import subprocess
import tarfile

import pytest

from harness.postward import ROOT, build
from harness.stage import PATIENCE

PASSPHRASE = "Ünter Linden 5 "
MANUAL = ROOT / "conf/postward-backup.5"


@pytest.fixture
def house(postward, stage):
    """Whose large files go to a folder of the test's."""
    stage.folder.joinpath("tmp").mkdir()
    stage.folder.joinpath("passphrase").write_text(f"{PASSPHRASE}\r\nmore\n")
    stage.folder.joinpath("passphrase").chmod(0o640)
    stage.folder.joinpath("out").mkdir()
    postward.change({"srs": {"domain": "remotes.club", "secrets-file":
                             str(postward.file.parent / "srs")}})
    postward.cli("store init")
    return postward


def store(house, stage, words, *argv, stdin=subprocess.DEVNULL):
    """A finished process, with bytes."""
    env = {**os.environ, "TMPDIR": str(stage.folder / "tmp")}
    done = subprocess.run(
        [build() / "bin/postward", "store", *words.split(), *argv],
        env=env, stdin=stdin, capture_output=True, timeout=PATIENCE,
        check=False)
    assert not os.listdir(stage.folder / "tmp")
    return done


def backup(house, stage, *argv):
    return store(house, stage, "backup", "-c", house.file, *argv)


def sealed(house, stage):
    file = stage.folder / "out/site.backup"
    done = backup(house, stage, "--passphrase-file",
                  stage.folder / "passphrase", file)
    assert done.returncode == 0, done.stderr
    assert b"encrypted" in done.stderr
    return file


def manual_example(passphrase):
    """The program that the manual shows."""
    code = re.search(r"^\.Sh EXAMPLES$.*?^\.Bd -literal$\n(.*?)^\.Ed$",
                     MANUAL.read_text(), re.M | re.S)[1]
    return code.replace(r"\e", "\\").replace("/root/passphrase",
                                             str(passphrase))


def test_the_manual_opens_it(house, stage):
    file = sealed(house, stage)
    assert os.listdir(stage.folder / "out") == ["site.backup"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"ann@remotes.club" not in file.read_bytes()
    archive = stage.folder / "site.tar"
    with file.open("rb") as stdin, archive.open("wb") as stdout:
        subprocess.run(["/usr/bin/python3", "-c", manual_example(
            stage.folder / "passphrase")], stdin=stdin, stdout=stdout,
            check=True)
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        tar.extractall(stage.folder / "unpacked")
    assert str(house.database).lstrip("/") in names
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"],
                   cwd=stage.folder / "unpacked", check=True)


def test_restored_with_its_passphrase_only(house, stage):
    file, there = sealed(house, stage), stage.folder / "there"
    key = stage.folder / "passphrase"
    wrong = stage.folder / "wrong"
    wrong.write_text(PASSPHRASE.strip())
    wrong.chmod(0o600)
    whole = file.read_bytes()
    file.with_name("cut").write_bytes(whole[:-1])
    file.with_name("more").write_bytes(whole + b"\0")
    file.with_name("plain").write_bytes(b"")
    assert backup(house, stage, file.with_name("plain")).returncode == 0
    for name, argv, says in (
            ("site.backup", [], "it is encrypted: --passphrase-file"),
            ("site.backup", ["--passphrase-file", wrong],
             "this is not its passphrase"),
            ("site.backup", ["--passphrase-file", wrong.with_name("none")],
             "none: No such file"),
            ("plain", ["--passphrase-file", key], "it is not encrypted"),
            ("cut", ["--passphrase-file", key], "not whole, or was changed"),
            ("more", ["--passphrase-file", key], "not whole, or was changed")):
        done = store(house, stage, "restore", file.with_name(name), "--root",
                     there, *argv)
        words = done.stderr.decode()
        assert done.returncode == 1 and says in words, words
        assert words.count("\n") == 1 and not there.exists()
    done = store(house, stage, "restore", file, "--root", there,
                 "--passphrase-file", key)
    assert done.returncode == 0, done.stderr
    assert (there / str(house.file).lstrip("/")).read_bytes() == \
        house.file.read_bytes()


def test_files_of_passphrases(house, stage):
    key, file = stage.folder / "key", stage.folder / "out/site.backup"
    for text, mode, says in (("word\n", 0o644, "chmod o="),
                             ("word\n", 0o602, "chmod o="),
                             ("", 0o600, "no passphrase in its first line"),
                             ("\nword\n", 0o600, "no passphrase in its first"),
                             ("wo\0rd\n", 0o600, "not a file of text")):
        key.write_text(text)
        key.chmod(mode)
        done = backup(house, stage, file, "--passphrase-file", key)
        assert done.returncode == 1 and says in done.stderr.decode()
        assert not os.listdir(stage.folder / "out")


def test_through_pipes(house, stage):
    for argv in ([], ["--passphrase-file", stage.folder / "passphrase"]):
        done = backup(house, stage, "-", *argv)
        assert done.returncode == 0, done.stderr
        there = stage.folder / f"there-{len(argv)}"
        reader, writer = os.pipe()
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                              stdout=writer) as cat:
            os.close(writer)
            feeder = subprocess.Popen(
                [build() / "bin/postward", "store", "restore", "-", "--root",
                 there, *argv], stdin=reader, stdout=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": str(stage.folder / "tmp")})
            os.close(reader)
            cat.stdin.write(done.stdout)
        assert feeder.wait(PATIENCE) == 0
        assert (there / str(house.database).lstrip("/")).is_file()
        assert not os.listdir(stage.folder / "tmp")


def test_places_where_no_file_can_be(house, stage):
    """What is there stays, and the folder is named."""
    fifo, folder = stage.folder / "fifo", stage.folder / "out"
    os.mkfifo(fifo)
    for place, says in ((stage.folder / "none/site.tar",
                         f"{stage.folder}/none: No such file or directory"),
                        (fifo / "site.tar", "fifo: "),
                        (folder, "out: not a file\n"),
                        (fifo, "fifo: not a file; - is standard output")):
        done = backup(house, stage, place)
        words = done.stderr.decode()
        assert done.returncode == 1 and says in words, words
        assert ".new" not in words
    assert fifo.is_fifo() and not os.listdir(folder)
