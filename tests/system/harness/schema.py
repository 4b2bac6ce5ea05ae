# SPDX-License-Identifier: MIT
"""A store of today made as an older version has left it."""

# What version 6 did not have, as statements of SQLite.
TO_VERSION_6 = (
    "DROP INDEX account_digest_day", "DROP INDEX outbox_created",
    "DROP INDEX outbox_state_created", "DROP INDEX outbox_deadline",
    "DROP INDEX request_created",
    "DROP TABLE domain", "DROP TABLE greylist", "DROP TABLE token_bucket",
    "DROP TABLE account_check",
    "DROP TABLE author_token", "DROP TABLE decision",
    "DROP TABLE sender_rule", "DROP TABLE target_failure",
    "DROP TABLE target_health", "DROP TABLE member_code",
    "DROP TABLE member_session", "ALTER TABLE forward DROP COLUMN failing",
    "ALTER TABLE account DROP COLUMN digest",
    "DELETE FROM postward_schema WHERE version > 6")


def make_version_6(db):
    """db: a connection of the module sqlite3."""
    for statement in TO_VERSION_6:
        db.execute(statement)
