/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "base/clock.h"
#include "store/account_table.h"
#include "store/forward_table.h"
#include "store/stranger.h"

#include <fcntl.h>
#include <pthread.h>

static void
migrates_once(void **state)
{
	struct temp_store *t = *state;
	int from = -1, to = -1;
	struct db *db;

	CHECK(store_migrate(t->store, &from, &to, NULL) == RC_OK, "first");
	CHECK(from == 0 && to > 0, "first");
	db = temp_store_take(t);
	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	store_give(t->store, db);

	CHECK(store_migrate(t->store, &from, &to, NULL) == RC_OK, "second");
	CHECK(from == to && to > 0, "second");
	db = temp_store_take(t);
	CHECK(count_accounts(db) == 1, "still there");
	store_give(t->store, db);
}

/* As a version 3 with members in it was left. */
static void
migrates_what_members_have(void **state)
{
	struct temp_store *t = *state;
	struct forward got;
	struct account account;
	int from, to;
	struct db *db;

	sqlite3_close(stranger(t,
	    "DROP INDEX account_digest_day; DROP TABLE domain; "
	    "DROP TABLE greylist; DROP TABLE token_bucket; "
	    "DROP TABLE account_check; "
	    "DROP TABLE provision; DROP TABLE request; DROP TABLE outbox; "
	    "DROP TABLE rate_limit; ALTER TABLE forward DROP COLUMN replaces; "
	    "ALTER TABLE account DROP COLUMN strategy; "
	    "DROP TABLE target_failure; DROP TABLE target_health; "
	    "ALTER TABLE account DROP COLUMN digest; "
	    "ALTER TABLE forward DROP COLUMN failing; "
	    "DELETE FROM postward_schema WHERE version > 3; "
	    "INSERT INTO account VALUES ('ann@x', 'active', 1); "
	    "INSERT INTO forward VALUES "
	    "('ann@x', 'a@y', 'pending', 'beef', 30, NULL, 10, 2)"));
	check_trouble(t, "tables are version 3", "postward store migrate");
	CHECK(store_migrate(t->store, &from, &to, NULL) == RC_OK, "migrate");
	CHECK(from == 3 && to >= 4, "versions");
	db = temp_store_take(t);
	CHECK(forward_find(db, t->arena, "ann@x", "a@y", &got, NULL) == RC_OK,
	    "find");
	CHECK_STR(got.code_hash, "beef", "code");
	CHECK(got.code_expires == 30 && got.created == 10, "times");
	CHECK(got.code_wrong == 2 && !got.replaces, "new column");
	CHECK(account_find(db, t->arena, "ann@x", &account, NULL) == RC_OK,
	    "account");
	CHECK_STR(account.strategy, NULL, "has chosen nothing");
	store_give(t->store, db);
}

static void
says_when_tables_are_older(void **state)
{
	struct temp_store *t = *state;
	int fd = open(t->path, O_CREAT | O_WRONLY, 0640);

	CHECK(fd >= 0, t->path);
	close(fd);
	check_trouble(t, "tables are version 0", "postward store migrate");
	temp_store_make(t);
	store_give(t->store, temp_store_take(t));
}

static void
says_when_tables_are_newer(void **state)
{
	struct temp_store *t = *state;
	struct err err;
	int from, to;

	sqlite3_close(stranger(t,
	    "INSERT INTO postward_schema VALUES (99, 0)"));
	check_trouble(t, "tables are version 99", "upgrade this program");
	CHECK(store_migrate(t->store, &from, &to, &err) == RC_TEMP, "migrate");
	CHECK(strstr(err.text, "upgrade this program") != NULL, err.text);
}

static void
notices_newer_tables_while_running(void **state)
{
	struct temp_store *t = *state;

	clock_set(1000, 1000);
	store_give(t->store, temp_store_take(t));
	sqlite3_close(stranger(t,
	    "INSERT INTO postward_schema VALUES (99, 0)"));
	clock_advance(1000);
	check_trouble(t, "tables are version 99", "upgrade this program");
}

static void
migrates_all_or_nothing(void **state)
{
	struct temp_store *t = *state;
	struct err err = {""};
	sqlite3 *other;
	int from, to;

	other = stranger(t, "CREATE TABLE other (x INTEGER); CREATE INDEX "
			    "forward ON other (x)");
	CHECK(store_migrate(t->store, &from, &to, &err) == RC_TEMP, "migrate");
	CHECK(strstr(err.text, "already an index named forward") != NULL,
	    err.text);
	CHECK(sqlite3_exec(other, "SELECT 1 FROM account", NULL, NULL, NULL) ==
		  SQLITE_ERROR,
	    "account");
	CHECK(sqlite3_exec(other, "DROP INDEX forward", NULL, NULL, NULL) ==
		  SQLITE_OK,
	    "drop");
	sqlite3_close(other);
	temp_store_make(t);
}

static void *
migrate(void *context)
{
	const struct temp_store *t = context;
	struct store *store;
	int from, to;

	if (store_open(t->url, NULL, &store, NULL) != RC_OK)
		return "open";
	if (store_migrate(store, &from, &to, NULL) != RC_OK)
		return "migrate";
	store_close(store);
	return NULL;
}

static void
migrates_while_others_do(void **state)
{
	struct temp_store *t = *state;
	pthread_t threads[4];

	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, migrate, t) == 0,
		    "start");
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;

		CHECK(pthread_join(threads[i], &failed) == 0, "join");
		CHECK_STR((char *)failed, NULL, "thread");
	}
	store_give(t->store, temp_store_take(t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_NAME(migrates_once),
	    NEEDS_STORE(migrates_what_members_have),
	    NEEDS_NAME(says_when_tables_are_older),
	    NEEDS_STORE(says_when_tables_are_newer),
	    NEEDS_NAME(migrates_all_or_nothing),
	    NEEDS_NAME(migrates_while_others_do),
	    NEEDS_STORE(notices_newer_tables_while_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
