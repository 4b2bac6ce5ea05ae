# SPDX-License-Identifier: MIT
"""What a restore leaves behind, whenever it ends, and what programs make of
it."""

import contextlib
import os
import shutil
import sqlite3
import time

import pytest

from harness.kills import can_trace, walk
from harness.mta import Mta
from harness.protocols import MapClient, ask_policyd
from harness.schema import make_version_6
from harness.stage import until

TEXTS = ('{"userid": "ann", "address": "ann@remotes.club", '
         '"mailbox": "ann@mail.example"}')
WAITED = "it waited when a backup was made, and may have been sent since"


@contextlib.contextmanager
def opened(file):
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        yield db


def rows(file, sql):
    with opened(file) as db:
        return {row[0] for row in db.execute(sql)}


@pytest.fixture
def house(postward):
    postward.change({"srs": {"domain": "remotes.club",
                             "secrets-file": str(postward.file.parent / "srs")}})
    postward.cli("store init")
    return postward


class Site:
    """A backup of it, and of what it was before that."""

    def __init__(self, house, folder):
        self.house, self.folder = house, folder
        self.srs = house.file.parent / "srs"
        self.there = folder / "there"

    def backup(self, name):
        file = self.folder / name
        self.house.cli("store backup", str(file))
        return file

    def restore(self, file, *argv, prefix=()):
        before, self.house.prefix = self.house.prefix, list(prefix)
        try:
            return self.house.run("store", "restore", str(file), "--root",
                                  str(self.there), *argv)
        finally:
            self.house.prefix = before

    def at(self, path):
        return self.there / str(path).lstrip("/")

    def accounts(self):
        """Of a copy: whoever looks leaves files beside it."""
        copy = self.folder / "look"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.at(self.house.database).parent, copy)
        file = copy / self.house.database.name
        assert rows(file, "PRAGMA integrity_check") == {"ok"}
        return rows(file, "SELECT address FROM account")


@pytest.fixture
def site(house, stage):
    return Site(house, stage.folder)


def told(site):
    """Of each file what it says."""
    return (site.at(site.house.file).read_bytes(),
            site.at(site.srs).read_bytes(), frozenset(site.accounts()))


def changed_site(site):
    """Two backups, and what each says."""
    files, says = [], []
    for name in ("old", "new"):
        files.append(site.backup(f"{name}.tar"))
        assert site.restore(files[-1], "--force").returncode == 0
        says.append(told(site))
        site.srs.write_text("another secret, which is long enough\n")
        site.house.change({"policy": {"reject-at": 7}})
        site.house.cli(f"account add {name}@remotes.club")
    shutil.rmtree(site.there)
    assert all(old != new for old, new in zip(*says))
    return files, says


@pytest.mark.skipif(not can_trace(), reason="strace may not trace here")
@pytest.mark.parametrize("argv, calls", [
    (["--force"], ("rename", "link")), ([], ("rename",))])
def test_killed_at_any_step(site, argv, calls):
    """Each file is the old or the new one, and a second run finishes."""
    (old, new), says = changed_site(site)
    kept = site.folder / "kept"
    if argv:
        assert site.restore(old).returncode == 0
        shutil.copytree(site.there, kept)

    def attempt(prefix):
        shutil.rmtree(site.there, ignore_errors=True)
        if argv:
            shutil.copytree(kept, site.there)
        done = site.restore(new, *argv, prefix=prefix)
        if argv:
            for is_now, before, after in zip(told(site), *says):
                assert is_now in (before, after)
        if done.returncode == 0:
            assert told(site) == says[1]
            return False
        again = site.restore(new, *argv)
        assert again.returncode == 0, again.stderr
        assert told(site) == says[1]
        assert not list(site.there.rglob("*.restored*"))
        return True

    assert walk(attempt, calls) >= 5


@pytest.mark.parametrize("gone", [True, False])
def test_changes_of_another_database(site, gone):
    """What programs that were killed have left beside it is not read into the
    one that is restored, and is kept with the old one."""
    file = site.backup("site.tar")
    assert site.restore(file).returncode == 0
    before = site.accounts()
    store = site.at(site.house.database)
    wal = store.with_name(f"{store.name}-wal")
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("INSERT INTO account (address, state, created) SELECT "
                   "'late@remotes.club', state, created FROM account LIMIT 1")
        db.commit()
        kept = wal.read_bytes()
        db.rollback()
        main = store.read_bytes()
    assert kept
    wal.write_bytes(kept)
    store.write_bytes(main)
    if gone:
        store.unlink()
    done = site.restore(file, "--force")
    assert done.returncode == 0, done.stderr
    assert site.accounts() == before
    aside, = (path for path in store.parent.iterdir()
              if ".before-" in path.name and path.suffix[-4:] != "-wal") \
        if not gone else [None]
    if gone:
        assert [path for path in store.parent.iterdir()
                if path.name.endswith("-wal") and ".before-" in path.name]
    else:
        assert "late@remotes.club" in rows(aside,
                                           "SELECT address FROM account")


def test_programs_answer_on_it(site, stage):
    """The machine was lost; this is another one."""
    house = site.house
    house.start_forwarder()
    with MapClient(house.forwarder_socket) as forwarder:
        sender = forwarder.ask("srs-forward", "bob@other.example")
    file = site.backup("site.tar")
    store = house.database
    done = house.run("store", "restore", str(file), "--force")
    assert done.returncode == 1 and "programs use it; stop them" in done.stderr
    house.forwarder.stop()
    shutil.rmtree(store.parent)
    house.file.unlink()
    site.srs.unlink()
    done = house.run("store", "restore", str(file))
    assert done.returncode == 0, done.stderr
    house.start_forwarder()
    house.start_policyd()
    with MapClient(house.forwarder_socket) as forwarder:
        assert forwarder.ask("forward", "ann@remotes.club").startswith("OK ")
        assert forwarder.ask("srs-reverse", sender.removeprefix("OK ")) == \
            "OK bob@other.example"
    answer = ask_policyd(house, recipient="ann@remotes.club")
    assert answer.startswith(("DUNNO", "PREPEND")), answer
    assert "550" in ask_policyd(house, recipient="nobody@remotes.club")


def put_mail(file, key, **values):
    now = int(time.time())
    row = {"id": f"{key:>026}", "dedup_key": key, "about": "request:1",
           "recipient": f"{key}@mail.example", "template": "welcome",
           "texts": TEXTS,
           "state": "new", "created": now - 5, "next_try": now,
           "deadline": now + 3600, "lease_until": 0, "sent": 0,
           "attempts": 0, **values}
    with opened(file) as db:
        db.execute(f"INSERT INTO outbox ({', '.join(row)}) VALUES "
                   f"({', '.join('?' * len(row))})", list(row.values()))


def mails(file):
    with opened(file) as db:
        return {key: (state, error) for key, state, error in db.execute(
            "SELECT dedup_key, state, last_error FROM outbox")}


@pytest.mark.parametrize("running", [True, False])
def test_mail_that_waited(site, stage, running):
    """Programs that run send it themselves; a house that moves takes it
    along.  Nothing is sent twice, nor what is too late."""
    house, mta, now = site.house, Mta(stage), int(time.time())
    house.change({"mailer": {"smtp": f"smtp://127.0.0.1:{mta.port}"}})
    put_mail(house.database, "waits")
    put_mail(house.database, "leased", lease_until=now - 1,
             lease_owner="mailer that died")
    put_mail(house.database, "late", deadline=now - 1)
    put_mail(house.database, "sent", state="sent", sent=now - 2)
    if running:
        house.start_forwarder()
        with MapClient(house.forwarder_socket) as forwarder:
            forwarder.ask("forward", "ann@remotes.club")
    file = site.backup("site.tar")
    if running:
        house.forwarder.stop()
    assert mails(house.database)["waits"][0] == "new"
    house.database.unlink()
    done = house.run("store", "restore", str(file), "--force")
    assert done.returncode == 0, done.stderr
    put_mail(house.database, "after")
    house.start_mailer()
    until("an empty outbox", lambda: all(
        state != "new" for state, _ in mails(house.database).values()))
    house.mailer.stop()
    states = mails(house.database)
    if running:
        assert {states[key] for key in ("waits", "leased", "late")} == \
            {("failed", WAITED)}
    else:
        assert states["late"][0] == "failed"
    arrived = sorted(message.recipient for message in mta.messages)
    assert arrived == [f"<{key}@mail.example>" for key in (
        ["after"] if running else ["after", "leased", "waits"])]


def test_versions(site):
    """An older one is brought up to date, a newer one is not for us."""
    store = site.house.database
    version = max(rows(store, "SELECT version FROM postward_schema"))
    with opened(store) as db:
        make_version_6(db)
    old = site.backup("old.tar")
    with opened(store) as db:
        db.execute("INSERT INTO postward_schema (version, applied) "
                   f"VALUES ({version + 1}, 0)")
    new = site.backup("new.tar")
    done = site.restore(new)
    assert done.returncode == 1
    assert "a newer Postward has written it" in done.stderr
    assert not [path for path in site.there.rglob("*") if path.is_file()]
    shutil.rmtree(store.parent)
    done = site.house.run("store", "restore", str(old), "--force")
    assert done.returncode == 0, done.stderr
    assert "from version 6 to" in site.house.cli("store migrate")
    assert "ann@remotes.club" in site.house.cli("account list")


def test_twice_in_one_second(site):
    """What each run has put aside is still there."""
    file = site.backup("site.tar")
    assert site.restore(file).returncode == 0
    for i in range(3):
        site.at(site.srs).write_text(f"secret {i}\n")
        assert site.restore(file, "--force").returncode == 0
    kept = {path.read_text() for path in site.at(site.srs).parent.iterdir()
            if ".before-" in path.name and path.name.startswith("srs.")}
    assert kept == {f"secret {i}\n" for i in range(3)}
    assert os.listdir(site.at(site.srs).parent).count("srs") == 1
