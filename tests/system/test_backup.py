# SPDX-License-Identifier: MIT
"""A backup, taken while programs write, and put back elsewhere."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import threading

import pytest

from harness.postward import build
from harness.protocols import MapClient
from harness.schema import make_version_6

LONG = "a" * 60  # of two of them SRS makes a token in the store


def backup(postward, file):
    return postward.run("store", "backup", str(file), "-c",
                        str(postward.file))


def restore(postward, file, *argv):
    return postward.run("store", "restore", str(file), *map(str, argv))


def store_of(postward):
    """The file that the configuration names."""
    for line in postward.file.read_text().splitlines():
        if "sqlite:" in line:
            return line.split("sqlite:")[1].split('"')[0]
    raise LookupError


def rows(file, sql):
    with contextlib.closing(sqlite3.connect(file)) as db:
        return {row[0] for row in db.execute(sql)}


@pytest.fixture
def house(postward):
    postward.change({"srs": {"domain": "remotes.club",
                             "secrets-file": str(postward.file.parent / "srs")}})
    postward.cli("store init")
    return postward


def test_under_load(house, stage):
    """What was committed before it began is in it, and programs start on it."""
    house.start_forwarder()
    stop = threading.Event()

    def write():
        for i in range(100000):
            if stop.is_set():
                return
            with MapClient(house.forwarder_socket) as forwarder:
                forwarder.ask("srs-forward", f"{LONG}{i}@{LONG}.example")

    with MapClient(house.forwarder_socket) as forwarder:
        sender = f"{LONG}.early@{LONG}.example"
        early = forwarder.ask("srs-forward", sender).removeprefix("OK ")
    thread = threading.Thread(target=write)
    thread.start()
    try:
        before = (rows(store_of(house), "SELECT address FROM account"),
                  rows(store_of(house), "SELECT token FROM srs_token"))
        file = stage.folder / "site.tar"
        done = backup(house, file)
    finally:
        stop.set()
        thread.join()
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    there = stage.folder / "there"
    done = restore(house, file, "--root", there)
    assert done.returncode == 0, done.stderr
    copy = f"{there}{store_of(house)}"
    assert rows(copy, "PRAGMA integrity_check") == {"ok"}
    assert before[0] <= rows(copy, "SELECT address FROM account")
    assert before[1] <= rows(copy, "SELECT token FROM srs_token")
    for name in ("srs",):
        old = house.file.parent / name
        new = there / str(old).lstrip("/")
        assert new.read_bytes() == old.read_bytes()
        assert new.stat().st_mode == old.stat().st_mode
    # In the place of the one that was.
    house.change({"store": {"url": f"sqlite:{copy}"}})
    back = house.run("srs", "reverse", early, "-c", str(house.file))
    assert back.stdout.strip().endswith(sender), back


def test_all_that_is_the_sites_own(house, stage):
    """Whatever key names it, however its path is written, and once."""
    site = stage.folder / "site"
    for name in ("own/20-a.conf", "own/30-b.conf", "texts/welcome.txt",
                 "keys/remotes.club/s1.pem", "keys/remotes.club/s0.pem",
                 "keys/other.club/s1.pem", "list.key", "name.key",
                 "smtp.password", "form.password", "codes", "approvals"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("#\n" if name.startswith("own/") else name)
        (site / name).chmod(0o600)
    (site / "own/30-b.conf").write_text(
        f'rhsbl "name.test" {{ key-file = "{site}/name.key" }}\n')
    house.change({
        "": {"include": ["site/own/*.conf"]},
        "dkim": {"keys": f"{site}/keys"},
        "secrets": {"codes": f"{site}/texts/../codes",
                    "approvals": f"{site}/./approvals"},
        "mailer": {"templates": f"{site}//texts",
                   "password-file": f"{site}/smtp.password"},
        "signup": {"store-password-file": f"{site}/form.password"},
        'dnsbl "list.test"': {"key-file": f"{site}/list.key"},
        'dnsbl "again.test"': {"key-file": f"{site}//list.key"}})
    file, there = stage.folder / "site.tar", stage.folder / "there"
    done = house.run("store", "backup", str(file), "-c",
                     os.path.relpath(house.file, "/"), cwd="/")
    assert done.returncode == 0, done.stderr
    done = restore(house, file, "--root", there)
    assert done.returncode == 0, done.stderr
    own = [house.file, house.file.parent / "srs",
           *(path for path in site.rglob("*") if path.is_file())]
    for path in own:
        got = there / str(path).lstrip("/")
        assert got.read_bytes() == path.read_bytes()
        assert got.stat().st_mode == path.stat().st_mode
    assert f"\n{len(own) + 1} files restored" in done.stdout


def test_tar_reads_it(house, stage):
    file = stage.folder / "site.tar"
    assert backup(house, file).returncode == 0
    out = stage.folder / "out"
    out.mkdir()
    subprocess.run(["tar", "xf", file], cwd=out, check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=out,
                   check=True)


def test_what_is_not_whole_changes_nothing(house, stage):
    file = stage.folder / "site.tar"
    assert backup(house, file).returncode == 0
    whole = file.read_bytes()
    at = whole.index(b"ann@remotes.club")
    for spoilt in (b"", whole[:512], whole[:-2048], whole[:len(whole) // 2],
                   whole[:at] + b"x" + whole[at + 1:], b"\0" * 2048):
        file.write_bytes(spoilt)
        there = stage.folder / "there"
        done = restore(house, file, "--root", there)
        assert done.returncode == 1 and "site.tar: " in done.stderr
        assert not there.exists()


def test_what_is_in_the_way(house, stage):
    file = stage.folder / "site.tar"
    assert backup(house, file).returncode == 0
    house.cli("account add late@remotes.club")
    store = store_of(house)
    done = restore(house, file)
    assert done.returncode == 1 and "is there; --force" in done.stderr
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("SELECT * FROM account").fetchall()
        done = restore(house, file, "--force")
        assert done.returncode == 1 and "programs use it" in done.stderr
    assert restore(house, file, "--force").returncode == 0
    query = "SELECT address FROM account WHERE address LIKE 'late@%'"
    assert rows(store, query) == set()
    folder, name = os.path.split(store)
    aside = [f for f in os.listdir(folder)
             if f.startswith(f"{name}.before-") and not f.endswith("-wal")]
    assert rows(f"{folder}/{aside[0]}", query) == {"late@remotes.club"}


def test_killed(house, stage):
    """Whenever it is: the old one or the new one."""
    file = stage.folder / "site.tar"
    assert backup(house, file).returncode == 0
    for i in range(12):
        argv = [build() / "bin/postward", "store", "backup", file, "-c",
                house.file]
        program = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(i * 0.02)
        program.send_signal(signal.SIGKILL)
        program.wait()
        shutil.rmtree(stage.folder / "there", ignore_errors=True)
        assert restore(house, file, "--root",
                       stage.folder / "there").returncode == 0
    assert backup(house, file).returncode == 0
    assert not [f for f in os.listdir(stage.folder)
                if f.startswith(".site.tar")]


def test_migration_copies_first(house):
    store = store_of(house)
    with contextlib.closing(sqlite3.connect(store)) as db:
        version = max(rows(store, "SELECT version FROM postward_schema"))
        make_version_6(db)
        db.commit()
    assert version >= 7
    assert "backup-6.db: version 6, as it was" in house.cli("store migrate")
    copy = f"{os.path.dirname(store)}/backup-6.db"
    assert max(rows(copy, "SELECT version FROM postward_schema")) == 6
    assert rows(copy, "SELECT address FROM account") == \
        rows(store, "SELECT address FROM account")
    os.unlink(copy)
    house.cli("store migrate")
    assert not os.path.exists(copy)
