# SPDX-License-Identifier: MIT
"""What an upgrade of the package does to the store."""

import contextlib
import sqlite3

from harness.postward import Postward
from harness.schema import make_version_6

DONE, TRY_LATER = 0, 75


def run(postward, words):
    done = postward.run(*words.split(), "-c", str(postward.file))
    return done.returncode, done.stdout


def make_old(database):
    """As version 6 has left it; returns the newest."""
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        newest, = db.execute(
            "SELECT MAX(version) FROM postward_schema").fetchone()
        make_version_6(db)
    return newest


def test_no_store_is_no_fault(stage, nsd):
    postward = Postward(stage, stage.folder / "run", nsd.address)
    assert run(postward, "store upgrade") == (DONE, "")
    assert not postward.database.exists()


def test_a_file_is_migrated(stage, nsd):
    postward = Postward(stage, stage.folder / "run", nsd.address)
    postward.cli("store init")
    newest = make_old(postward.database)
    assert run(postward, "account list")[0] == TRY_LATER
    status, out = run(postward, "store upgrade")
    assert status == DONE and f"from version 6 to {newest}" in out
    assert run(postward, "account list")[0] == DONE


def test_a_server_is_left_alone(stage, nsd):
    postward = Postward(stage, stage.folder / "run", nsd.address)
    postward.change({"store": {"url": "mariadb://post@127.0.0.1:1/postward"}})
    status, out = run(postward, "store upgrade")
    assert status == DONE and "type: postward store migrate" in out
