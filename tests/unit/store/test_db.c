/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "store/temp_store.h"

#include <pthread.h>
#include <time.h>

static void
refuses_urls_without_a_driver(void **state)
{
	static const char *const urls[] = {"", "sqlite",
	    "sqlite:", "sqlite:relative.db", "/var/lib/postward.db",
	    "oracle:/x"};
	struct store *store;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		CHECK(store_open(urls[i], NULL, &store, &err) == RC_PERM,
		    urls[i]);
		CHECK(strstr(err.text, "expected sqlite:/path") != NULL,
		    err.text);
	}
}

static void
tells_its_url(void **state)
{
	struct temp_store *t = *state;

	CHECK_STR(store_url(t->store), t->url, "url");
}

static void
closes_no_store(void **state)
{
	(void)state;
	store_close(NULL);
}

static void
says_what_is_forbidden_for_good(void **state)
{
	static const struct {
		const char *name, *sql;
		enum rc rc;
	} cases[] = {
	    {"new",
		"INSERT INTO account (address, state, created) VALUES ('a@b', "
		"'active', 0)",
		RC_OK},
	    {"again",
		"INSERT INTO account (address, state, created) VALUES ('a@b', "
		"'active', 0)",
		RC_PERM},
	    {"no such state",
		"INSERT INTO account (address, state, created) VALUES ('b@b', "
		"'odd', 0)",
		RC_PERM},
	    {"nobody's forward",
		"INSERT INTO forward (account, target, state, created) "
		"VALUES ('z@b', 'x@y', 'active', 0)",
		RC_PERM},
	    {"nothing changed", "DELETE FROM account WHERE address = 'z@b'",
		RC_NONE},
	};
	struct temp_store *t = *state;
	struct db *db = temp_store_take(t);

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(db_run(db, NULL, cases[i].sql, "") == cases[i].rc,
		    cases[i].name);
	store_give(t->store, db);
}

static void
returns_the_values_it_was_given(void **state)
{
	static const struct {
		const char *text;
		int64_t integer;
	} cases[] = {
	    {"ann@example.org", 0},
	    {"", -1},
	    {"J\xc3\xb6rg '; DROP TABLE account; --", INT64_MAX},
	    {NULL, INT64_MIN},
	};
	struct temp_store *t = *state;
	struct db *db = temp_store_take(t);
	struct db_row *row;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(db_start(db, "SELECT ?2, ?1", "si", &row, NULL,
			  cases[i].text, cases[i].integer) == RC_OK,
		    "start");
		CHECK(db_next(row, NULL) == RC_OK, "row");
		CHECK_STR(db_text(row, 1, t->arena), cases[i].text, "text");
		CHECK(db_integer(row, 0) == cases[i].integer, "integer");
		CHECK(db_next(row, NULL) == RC_NONE, "no more");
		db_end(row);
	}
	store_give(t->store, db);
}

static void
changes_all_or_nothing(void **state)
{
	struct temp_store *t = *state;
	struct db *db = temp_store_take(t), *other = temp_store_take(t);

	CHECK(db_begin(db, NULL) == RC_OK, "begin");
	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	CHECK(count_accounts(other) == 0, "not before commit");
	db_abandon(db);
	CHECK(count_accounts(db) == 0, "abandoned");

	CHECK(db_begin(db, NULL) == RC_OK, "begin");
	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	CHECK(db_commit(db, NULL) == RC_OK, "commit");
	CHECK(count_accounts(other) == 1, "committed");
	store_give(t->store, db);
	store_give(t->store, other);
}

/* Counted by their -wal files, as SQLite closes the database itself late. */
static unsigned
connections(const struct temp_store *t)
{
	char *wal = arena_printf(t->arena, "%s-wal", t->path);
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned n = 0;

	CHECK(dir != NULL, "/proc/self/fd");
	while ((entry = readdir(dir)) != NULL) {
		char to[PATH_MAX];
		ssize_t len =
		    readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1);

		to[len > 0 ? len : 0] = '\0';
		n += strcmp(to, wal) == 0;
	}
	closedir(dir);
	return n;
}

static void
keeps_some_connections_for_later(void **state)
{
	struct temp_store *t = *state;
	struct db *taken[20], *again;

	needs_a_file();
	for (size_t i = 0; i < COUNT(taken); i++)
		taken[i] = temp_store_take(t);
	CHECK(connections(t) == COUNT(taken), "one each");
	store_give(t->store, taken[0]);
	again = temp_store_take(t);
	CHECK(again == taken[0], "used again");
	for (size_t i = 0; i < COUNT(taken); i++)
		store_give(t->store, taken[i]);
	CHECK(connections(t) == 4, "at most so many");
}

static void *
work(void *context)
{
	struct temp_store *t = context;

	for (int i = 0; i < 50; i++) {
		struct db *db;

		if (store_take(t->store, &db, NULL) != RC_OK)
			return "take";
		if (i % 10 == 0 &&
		    db_run(db, NULL, "UPDATE account SET created = created + 1",
			"") != RC_OK)
			return "update";
		if (count_accounts(db) != 1)
			return "count";
		store_give(t->store, db);
	}
	return NULL;
}

static void
serves_threads(void **state)
{
	struct temp_store *t = *state;
	pthread_t threads[8];
	struct db *db = temp_store_take(t);

	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	store_give(t->store, db);
	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, work, t) == 0, "start");
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;

		CHECK(pthread_join(threads[i], &failed) == 0, "join");
		CHECK_STR((char *)failed, NULL, "thread");
	}
}

/* The server's, where there is one: hosts may differ, and leases may not. */
static void
tells_the_time_of_the_store(void **state)
{
	struct temp_store *t = *state;
	int64_t before = time(NULL), now = 0;

	CHECK(store_now(t->store, &now, NULL) == RC_OK, "now");
	assert_in_range(now, before, time(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_urls_without_a_driver),
	    NEEDS_NAME(tells_its_url),
	    cmocka_unit_test(closes_no_store),
	    NEEDS_STORE(says_what_is_forbidden_for_good),
	    NEEDS_STORE(returns_the_values_it_was_given),
	    NEEDS_STORE(changes_all_or_nothing),
	    NEEDS_STORE(keeps_some_connections_for_later),
	    NEEDS_STORE(serves_threads),
	    NEEDS_STORE(tells_the_time_of_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
