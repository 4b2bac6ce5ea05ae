/* SPDX-License-Identifier: MIT */
/*
 * temp_store - a store in a folder of its own, for the tests of all that needs
 * one.  If POSTWARD_TEST_STORE is the URL of a MariaDB database, it is one more
 * database of that server instead.
 */
#pragma once

#include "check.h"

#include "base/arena.h"
#include "store/db.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_store {
	struct arena *arena;
	char *folder, *path, *url;
	struct store *store;
};

/* For tests of what only a file can suffer. */
static inline void
needs_a_file(void)
{
	if (getenv("POSTWARD_TEST_STORE") != NULL)
		skip();
}

/* "mariadb://.../database?..." with another name for the database. */
static inline char *
another_database(struct arena *a, const char *url)
{
	static unsigned number;
	const char *options = strchr(url, '?');
	const char *end = options != NULL ? options : url + strlen(url);
	const char *slash = end;

	while (*slash != '/')
		slash--;
	return arena_printf(a, "%.*s/test_%d_%u%s", (int)(slash - url), url,
	    (int)getpid(), number++, end);
}

/* The store is opened; it is not made yet. */
static inline struct temp_store *
temp_store_new(void)
{
	struct arena *a = arena_new();
	struct temp_store *t = arena_take(a, sizeof(*t));
	const char *tmp = getenv("TMPDIR");
	const char *server = getenv("POSTWARD_TEST_STORE");

	t->arena = a;
	t->folder = arena_printf(a, "%s/postward-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	CHECK(mkdtemp(t->folder) != NULL, "temporary folder");
	t->path = arena_printf(a, "%s/postward.db", t->folder);
	t->url = server != NULL ? another_database(a, server)
				: arena_printf(a, "sqlite:%s", t->path);
	CHECK(store_open(t->url, NULL, &t->store, NULL) == RC_OK, "store");
	return t;
}

static inline void
temp_store_make(struct temp_store *t)
{
	struct err err = {""};
	int from, to;
	enum rc rc = store_migrate(t->store, &from, &to, &err);

	CHECK(rc == RC_OK, err.text);
}

/* The connection, which must be had. */
static inline struct db *
temp_store_take(struct temp_store *t)
{
	struct err err = {""};
	struct db *db = NULL;
	enum rc rc = store_take(t->store, &db, &err);

	CHECK(rc == RC_OK, err.text);
	return db;
}

static inline void
remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	CHECK(dir != NULL, path);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	CHECK(rmdir(path) == 0, path);
}

static inline void
temp_store_free(struct temp_store *t)
{
	store_close(t->store);
	remove_folder(t->folder);
	arena_free(t->arena);
}

/* For cmocka: a store that is made, or only named. */
static inline int
make_store(void **state)
{
	struct temp_store *t = temp_store_new();

	temp_store_make(t);
	*state = t;
	return 0;
}

static inline int
name_store(void **state)
{
	*state = temp_store_new();
	return 0;
}

static inline int
remove_store(void **state)
{
	temp_store_free(*state);
	return 0;
}

static inline enum rc
add_account(struct db *db, const char *address, struct err *err)
{
	return db_run(db, err,
	    "INSERT INTO account (address, state, created) "
	    "VALUES (?1, 'active', ?2)",
	    "si", address, (int64_t)1);
}

static inline int64_t
count_accounts(struct db *db)
{
	struct db_row *row;
	int64_t n;

	CHECK(db_start(db, "SELECT COUNT(*) FROM account", "", &row, NULL) ==
		  RC_OK,
	    "count");
	CHECK(db_next(row, NULL) == RC_OK, "count");
	n = db_integer(row, 0);
	db_end(row);
	return n;
}

/* The store fails for now, naming the file and the way out. */
static inline void
check_trouble(struct temp_store *t, const char *what, const char *way_out)
{
	struct err err = {""};
	struct db *db;

	CHECK(store_take(t->store, &db, &err) == RC_TEMP, what);
	CHECK(strstr(err.text, t->path) != NULL, err.text);
	CHECK(strstr(err.text, what) != NULL, err.text);
	CHECK(strstr(err.text, way_out) != NULL, err.text);
}

#define NEEDS_NAME(f)                                                          \
	cmocka_unit_test_setup_teardown(f, name_store, remove_store)
#define NEEDS_STORE(f)                                                         \
	cmocka_unit_test_setup_teardown(f, make_store, remove_store)
