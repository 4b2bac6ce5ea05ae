/* SPDX-License-Identifier: MIT */
#include "store/private/schema.h"

#include <stddef.h>

/* MariaDB commits at each CREATE TABLE, so that a version may be found half
   done: hence IF NOT EXISTS.  Lengths that SQLite would not mind are checked. A
   version that was released is never changed: later changes are a new version.
 */
static const char *const version_1[] = {
    "CREATE TABLE IF NOT EXISTS postward_schema ("
    " version INTEGER NOT NULL,"
    " applied BIGINT NOT NULL,"
    " PRIMARY KEY (version))",

    "CREATE TABLE IF NOT EXISTS account ("
    " address VARCHAR(320) NOT NULL,"
    " state VARCHAR(10) NOT NULL,"
    " created BIGINT NOT NULL,"
    " PRIMARY KEY (address),"
    " CHECK (LENGTH(address) <= 320),"
    " CHECK (state IN ('active', 'suspended')))",

    "CREATE TABLE IF NOT EXISTS forward ("
    " account VARCHAR(320) NOT NULL,"
    " target VARCHAR(320) NOT NULL,"
    " state VARCHAR(10) NOT NULL,"
    " code_hash VARCHAR(128),"
    " code_expires BIGINT,"
    " verified_at BIGINT,"
    " created BIGINT NOT NULL,"
    " PRIMARY KEY (account, target),"
    " FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE,"
    " CHECK (LENGTH(target) <= 320),"
    " CHECK (state IN ('pending', 'active', 'paused')))",

    NULL,
};

/* A sender is ADDRESS_MAX bytes, and more when it is quoted again. */
static const char *const version_2[] = {
    "CREATE TABLE IF NOT EXISTS srs_token ("
    " token CHAR(32) NOT NULL,"
    " sender VARCHAR(1024) NOT NULL,"
    " expires BIGINT NOT NULL,"
    " PRIMARY KEY (token),"
    " CHECK (LENGTH(sender) <= 1024))",

    "CREATE INDEX IF NOT EXISTS srs_token_expires ON srs_token (expires)",

    NULL,
};

/* SQLite's ADD COLUMN knows no IF NOT EXISTS, nor needs it: its versions are
   whole or absent.  For SQLite those words are a comment. */
static const char *const version_3[] = {
    "ALTER TABLE forward ADD COLUMN /*M! IF NOT EXISTS */"
    " code_wrong INTEGER NOT NULL DEFAULT 0",

    NULL,
};

/* A time that has not come is 0 here, so that a lease that is over and one that
   never was compare alike.  A key of InnoDB has room for 768 characters. */
static const char *const version_4[] = {
    "CREATE TABLE IF NOT EXISTS request ("
    " id VARCHAR(64) NOT NULL,"
    " userid VARCHAR(64) NOT NULL,"
    " address VARCHAR(320) NOT NULL,"
    " reserved VARCHAR(320)," /* the address, unless it was refused */
    " email VARCHAR(320) NOT NULL,"
    " pubkey TEXT,"
    " note TEXT,"
    " state VARCHAR(10) NOT NULL,"
    " code_hash VARCHAR(128),"
    " code_expires BIGINT NOT NULL,"
    " code_sent BIGINT NOT NULL,"
    " code_wrong INTEGER NOT NULL,"
    " codes INTEGER NOT NULL,"
    " created BIGINT NOT NULL,"
    " proven BIGINT NOT NULL,"
    " decided BIGINT NOT NULL,"
    " reason TEXT,"
    " PRIMARY KEY (id),"
    " UNIQUE (reserved),"
    " CHECK (LENGTH(address) <= 320),"
    " CHECK (LENGTH(email) <= 320),"
    " CHECK (state IN ('asked', 'proven', 'approved', 'refused')))",

    "CREATE INDEX IF NOT EXISTS request_address ON request (address)",
    "CREATE INDEX IF NOT EXISTS request_email ON request (email)",
    "CREATE INDEX IF NOT EXISTS request_state"
    " ON request (state, code_expires)",

    "CREATE TABLE IF NOT EXISTS outbox ("
    " id VARCHAR(64) NOT NULL,"
    " dedup_key VARCHAR(700) NOT NULL,"
    " about VARCHAR(700) NOT NULL,"
    " recipient VARCHAR(320) NOT NULL,"
    " template VARCHAR(64) NOT NULL,"
    " texts TEXT NOT NULL,"
    " state VARCHAR(10) NOT NULL,"
    " created BIGINT NOT NULL,"
    " next_try BIGINT NOT NULL,"
    " deadline BIGINT NOT NULL,"
    " lease_until BIGINT NOT NULL,"
    " lease_owner VARCHAR(255),"
    " sent BIGINT NOT NULL,"
    " attempts INTEGER NOT NULL,"
    " queue_id VARCHAR(255),"
    " last_error TEXT,"
    " PRIMARY KEY (id),"
    " UNIQUE (dedup_key),"
    " CHECK (LENGTH(dedup_key) <= 700),"
    " CHECK (LENGTH(about) <= 700),"
    " CHECK (LENGTH(recipient) <= 320),"
    " CHECK (state IN ('new', 'sent', 'failed', 'bounced')))",

    "CREATE INDEX IF NOT EXISTS outbox_about ON outbox (about)",
    /* The same order as in outbox_due: rows that came together are due
       together. */
    "CREATE INDEX IF NOT EXISTS outbox_due"
    " ON outbox (state, next_try, created, id)",

    "CREATE TABLE IF NOT EXISTS rate_limit ("
    " name VARCHAR(320) NOT NULL,"
    " counted INTEGER NOT NULL,"
    " ends BIGINT NOT NULL,"
    " PRIMARY KEY (name),"
    " CHECK (LENGTH(name) <= 320))",

    "CREATE INDEX IF NOT EXISTS rate_limit_ends ON rate_limit (ends)",

    "CREATE TABLE IF NOT EXISTS provision ("
    " request VARCHAR(64) NOT NULL,"
    " next_try BIGINT NOT NULL,"
    " lease_until BIGINT NOT NULL,"
    " lease_owner VARCHAR(255),"
    " attempts INTEGER NOT NULL,"
    " done BIGINT NOT NULL,"
    " last_error TEXT,"
    " PRIMARY KEY (request),"
    " FOREIGN KEY (request) REFERENCES request (id) ON DELETE CASCADE)",

    "CREATE INDEX IF NOT EXISTS provision_due ON provision (done, next_try)",

    "ALTER TABLE forward ADD COLUMN /*M! IF NOT EXISTS */"
    " replaces INTEGER NOT NULL DEFAULT 0",

    NULL,
};

/* What an administrator has signed; see members/approval.h. */
static const char *const version_5[] = {
    "ALTER TABLE request ADD COLUMN /*M! IF NOT EXISTS */"
    " approval VARCHAR(128)",

    NULL,
};

/* What a member has chosen for mail to him (policy/fate_strategy.h); NULL: what
   postward.conf says. */
static const char *const version_6[] = {
    "ALTER TABLE account ADD COLUMN /*M! IF NOT EXISTS */"
    " strategy VARCHAR(16)"
    " CHECK (strategy IN ('keep', 'hold', 'reject', 'rewrite'))",

    NULL,
};

/* See author_token_table.h.  An account may be of another source than the
   table, or an address of a catch-all. */
static const char *const version_7[] = {
    "CREATE TABLE IF NOT EXISTS author_token ("
    " token CHAR(32) NOT NULL,"
    " account VARCHAR(320) NOT NULL,"
    " author VARCHAR(1024) NOT NULL,"
    " created BIGINT NOT NULL,"
    " used BIGINT NOT NULL,"
    " PRIMARY KEY (token, account),"
    " CHECK (LENGTH(account) <= 320),"
    " CHECK (LENGTH(author) <= 1024))",

    "CREATE INDEX IF NOT EXISTS author_token_used ON author_token (used)",

    NULL,
};

/* What was decided and of what it came (decision_table.h); senders that a
   member lets pass or blocks (sender_rule_table.h); targets that fail
   (target_health_table.h); members who have signed in.

   forward.failing: since when no mail goes to an active target because it
   fails; 0: it works, or nobody knows better. */
static const char *const version_8[] = {
    "CREATE TABLE IF NOT EXISTS decision ("
    " id VARCHAR(40) NOT NULL,"
    " account VARCHAR(320) NOT NULL,"
    " at BIGINT NOT NULL,"
    " action VARCHAR(10) NOT NULL,"
    " sender VARCHAR(320),"  /* NULL: not known */
    " queue_id VARCHAR(64)," /* NULL: not known yet */
    " host VARCHAR(255) NOT NULL,"
    " record TEXT NOT NULL,"
    " PRIMARY KEY (id, account),"
    " CHECK (LENGTH(account) <= 320),"
    " CHECK (LENGTH(sender) <= 320),"
    " CHECK (action IN ('accept', 'hold', 'defer', 'reject')))",

    "CREATE INDEX IF NOT EXISTS decision_account"
    " ON decision (account, at, action)",
    "CREATE INDEX IF NOT EXISTS decision_sender ON decision (sender, at)",
    "CREATE INDEX IF NOT EXISTS decision_queue_id ON decision (queue_id)",
    "CREATE INDEX IF NOT EXISTS decision_at ON decision (at)",

    "CREATE TABLE IF NOT EXISTS sender_rule ("
    " account VARCHAR(320) NOT NULL,"
    " sender VARCHAR(320) NOT NULL,"
    " rule VARCHAR(10) NOT NULL,"
    " created BIGINT NOT NULL,"
    " PRIMARY KEY (account, sender),"
    " FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE,"
    " CHECK (LENGTH(sender) <= 320),"
    " CHECK (rule IN ('allow', 'block')))",

    "ALTER TABLE forward ADD COLUMN /*M! IF NOT EXISTS */"
    " failing BIGINT NOT NULL DEFAULT 0",

    "CREATE TABLE IF NOT EXISTS target_failure ("
    " account VARCHAR(320) NOT NULL,"
    " target VARCHAR(320) NOT NULL,"
    " message VARCHAR(100) NOT NULL,"
    " kind VARCHAR(10) NOT NULL,"
    " status VARCHAR(16)," /* NULL: it told none */
    " at BIGINT NOT NULL,"
    " PRIMARY KEY (account, target, message),"
    " FOREIGN KEY (account, target) REFERENCES forward (account, target)"
    " ON DELETE CASCADE,"
    " CHECK (kind IN ('hard', 'policy', 'soft', 'remote')))",

    "CREATE INDEX IF NOT EXISTS target_failure_at ON target_failure (at)",

    "CREATE TABLE IF NOT EXISTS target_health ("
    " id VARCHAR(64) NOT NULL,"
    " account VARCHAR(320) NOT NULL,"
    " target VARCHAR(320) NOT NULL,"
    " state VARCHAR(10) NOT NULL,"
    " since BIGINT NOT NULL,"
    " pauses INTEGER NOT NULL,"
    " status VARCHAR(16),"
    " reason VARCHAR(500),"
    " probe VARCHAR(64),"
    " probed BIGINT NOT NULL,"
    " code_hash VARCHAR(128),"
    " code_expires BIGINT NOT NULL,"
    " code_wrong INTEGER NOT NULL,"
    " told BIGINT NOT NULL,"
    " next_try BIGINT NOT NULL,"
    " lease_until BIGINT NOT NULL,"
    " lease_owner VARCHAR(255),"
    " attempts INTEGER NOT NULL,"
    " PRIMARY KEY (id),"
    " UNIQUE (account, target),"
    " FOREIGN KEY (account, target) REFERENCES forward (account, target)"
    " ON DELETE CASCADE,"
    " CHECK (state IN ('well', 'suspected', 'paused')))",

    "CREATE INDEX IF NOT EXISTS target_health_due"
    " ON target_health (state, next_try)",
    "CREATE INDEX IF NOT EXISTS target_health_probe ON target_health (probe)",

    "CREATE TABLE IF NOT EXISTS member_code ("
    " account VARCHAR(320) NOT NULL,"
    " purpose VARCHAR(16) NOT NULL,"
    " code_hash VARCHAR(128) NOT NULL,"
    " code_expires BIGINT NOT NULL,"
    " code_wrong INTEGER NOT NULL,"
    " PRIMARY KEY (account, purpose),"
    " FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE)",

    "CREATE TABLE IF NOT EXISTS member_session ("
    " token_hash VARCHAR(128) NOT NULL,"
    " account VARCHAR(320) NOT NULL,"
    " browser VARCHAR(128) NOT NULL,"
    " created BIGINT NOT NULL,"
    " used BIGINT NOT NULL,"
    " PRIMARY KEY (token_hash),"
    " FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE)",

    "CREATE INDEX IF NOT EXISTS member_session_account"
    " ON member_session (account)",
    "CREATE INDEX IF NOT EXISTS member_session_used ON member_session (used)",

    "ALTER TABLE account ADD COLUMN /*M! IF NOT EXISTS */"
    " digest INTEGER NOT NULL DEFAULT 0",

    NULL,
};

/* Domains beside those of postward.conf (domain_table.h); whom greylisting has
   seen (greylist_table.h); how much more a sender, a member, a receiver may
   have (token_bucket_table.h); which checks a member has chosen for himself
   (account_check_table.h).  The indexes keep lists and clean-up from sorting or
   reading a whole table of a million rows.

   SQLite keeps accounts and forwards in the order of their keys, as InnoDB does
   anyway: to look one up costs half as many pages. */
static const char *const version_9[] = {
    "CREATE TABLE IF NOT EXISTS domain ("
    " name VARCHAR(255) NOT NULL,"
    " srs_domain VARCHAR(255)," /* NULL: the first of srs.domain */
    " strategy VARCHAR(16),"
    " created BIGINT NOT NULL,"
    " removed BIGINT NOT NULL," /* since when; 0: it is served */
    " PRIMARY KEY (name),"
    " CHECK (LENGTH(name) <= 255),"
    " CHECK (LENGTH(srs_domain) <= 255),"
    " CHECK (strategy IN ('keep', 'hold', 'reject', 'rewrite')))",

    "CREATE INDEX IF NOT EXISTS domain_srs_domain ON domain (srs_domain)",
    "CREATE INDEX IF NOT EXISTS domain_removed ON domain (removed)",

    "CREATE TABLE IF NOT EXISTS greylist ("
    " name VARCHAR(64) NOT NULL,"
    " first_seen BIGINT NOT NULL,"
    " last_seen BIGINT NOT NULL,"
    " passes INTEGER NOT NULL,"
    " expires BIGINT NOT NULL,"
    " PRIMARY KEY (name))",

    "CREATE INDEX IF NOT EXISTS greylist_expires ON greylist (expires)",

    "CREATE TABLE IF NOT EXISTS token_bucket ("
    " name VARCHAR(400) NOT NULL,"
    " level BIGINT NOT NULL,"    /* thousandths of a token, */
    " level_at BIGINT NOT NULL," /* at that time, in milliseconds */
    " PRIMARY KEY (name),"
    " CHECK (LENGTH(name) <= 400))",

    "CREATE INDEX IF NOT EXISTS token_bucket_level_at"
    " ON token_bucket (level_at)",

    "CREATE TABLE IF NOT EXISTS account_check ("
    " account VARCHAR(320) NOT NULL,"
    " name VARCHAR(100) NOT NULL,"
    " choice VARCHAR(10) NOT NULL,"
    " created BIGINT NOT NULL,"
    " PRIMARY KEY (account, name),"
    " FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE,"
    " CHECK (choice IN ('on', 'off')))",

    SCHEMA_SQLITE "CREATE TABLE account_of_9 ("
		  " address VARCHAR(320) NOT NULL,"
		  " state VARCHAR(10) NOT NULL,"
		  " created BIGINT NOT NULL,"
		  " strategy VARCHAR(16)"
		  " CHECK (strategy IN ('keep', 'hold', 'reject', 'rewrite')),"
		  " digest INTEGER NOT NULL DEFAULT 0,"
		  " PRIMARY KEY (address),"
		  " CHECK (LENGTH(address) <= 320),"
		  " CHECK (state IN ('active', 'suspended'))) WITHOUT ROWID",
    SCHEMA_SQLITE "INSERT INTO account_of_9"
		  " SELECT address, state, created, strategy, digest"
		  " FROM account ORDER BY address",
    SCHEMA_SQLITE "DROP TABLE account",
    SCHEMA_SQLITE "ALTER TABLE account_of_9 RENAME TO account",

    SCHEMA_SQLITE "CREATE TABLE forward_of_9 ("
		  " account VARCHAR(320) NOT NULL,"
		  " target VARCHAR(320) NOT NULL,"
		  " state VARCHAR(10) NOT NULL,"
		  " code_hash VARCHAR(128),"
		  " code_expires BIGINT,"
		  " verified_at BIGINT,"
		  " created BIGINT NOT NULL,"
		  " code_wrong INTEGER NOT NULL DEFAULT 0,"
		  " replaces INTEGER NOT NULL DEFAULT 0,"
		  " failing BIGINT NOT NULL DEFAULT 0,"
		  " PRIMARY KEY (account, target),"
		  " FOREIGN KEY (account) REFERENCES account (address)"
		  " ON DELETE CASCADE,"
		  " CHECK (LENGTH(target) <= 320),"
		  " CHECK (state IN ('pending', 'active', 'paused')))"
		  " WITHOUT ROWID",
    SCHEMA_SQLITE "INSERT INTO forward_of_9"
		  " SELECT account, target, state, code_hash, code_expires,"
		  " verified_at, created, code_wrong, replaces, failing"
		  " FROM forward ORDER BY account, target",
    SCHEMA_SQLITE "DROP TABLE forward",
    SCHEMA_SQLITE "ALTER TABLE forward_of_9 RENAME TO forward",

    "CREATE INDEX IF NOT EXISTS account_digest_day ON account (digest)",
    "CREATE INDEX IF NOT EXISTS outbox_created ON outbox (created, id)",
    "CREATE INDEX IF NOT EXISTS outbox_state_created"
    " ON outbox (state, created, id)",
    "CREATE INDEX IF NOT EXISTS outbox_deadline ON outbox (state, deadline)",
    "CREATE INDEX IF NOT EXISTS request_created ON request (created, id)",

    NULL,
};

const char *const *const schema_versions[] = {
    version_1,
    version_2,
    version_3,
    version_4,
    version_5,
    version_6,
    version_7,
    version_8,
    version_9,
    NULL,
};
