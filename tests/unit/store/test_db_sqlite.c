/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "base/clock.h"
#include "store/account_table.h"
#include "store/stranger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define NOBODY 65534

static void
says_how_to_make_a_missing_store(void **state)
{
	struct temp_store *t = *state;

	check_trouble(t, "no such file", "postward store init");
	CHECK(access(t->path, F_OK) != 0, "looking made a file");
}

static void
says_which_folder_is_missing(void **state)
{
	struct temp_store *t = *state;
	char *url = arena_printf(t->arena, "sqlite:%s/no/x.db", t->folder);
	struct store *store;
	struct err err;
	int from, to;

	CHECK(store_open(url, NULL, &store, NULL) == RC_OK, url);
	CHECK(store_migrate(store, &from, &to, &err) == RC_TEMP, "migrate");
	CHECK(strstr(err.text, "/no: No such file") != NULL, err.text);
	store_close(store);
}

static void
makes_the_file_for_owner_and_group(void **state)
{
	struct temp_store *t = *state;
	mode_t mask = umask(0077);
	struct stat st;

	temp_store_make(t);
	umask(mask);
	CHECK(stat(t->path, &st) == 0, t->path);
	CHECK((st.st_mode & 07777) == 0640, "mode");
}

/* The web form's user is in no other group of ours. */
static void
gives_it_to_the_group_that_has_the_folder(void **state)
{
	struct temp_store *t = *state;
	static const char *const names[] = {"", "-wal", "-shm"};
	mode_t mask;
	struct stat st;

	CHECK(chmod(t->folder, 02770) == 0, "chmod");
	mask = umask(0027);
	temp_store_make(t);
	umask(mask);
	for (size_t i = 0; i < COUNT(names); i++) {
		char *path = arena_printf(t->arena, "%s%s", t->path, names[i]);

		CHECK(stat(path, &st) == 0, path);
		CHECK((st.st_mode & 07777) == 0660, path);
	}
}

static void
gives_the_file_to_the_owner_of_its_folder(void **state)
{
	struct temp_store *t = *state;
	static const char *const names[] = {"", "-wal", "-shm"};
	struct stat st;

	if (geteuid() != 0) {
		print_message("only root can give files away\n");
		skip();
	}
	CHECK(chown(t->folder, NOBODY, NOBODY) == 0, "chown");
	temp_store_make(t);
	for (size_t i = 0; i < COUNT(names); i++) {
		char *path = arena_printf(t->arena, "%s%s", t->path, names[i]);

		CHECK(stat(path, &st) == 0, path);
		CHECK(st.st_uid == NOBODY && st.st_gid == NOBODY, path);
	}
}

static void
overwrite(const char *path, off_t from, off_t to)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0, path);
	for (off_t at = from; at < to; at++)
		CHECK(pwrite(fd, "\xa5", 1, at) == 1, path);
	close(fd);
}

static void
says_when_it_is_no_database(void **state)
{
	struct temp_store *t = *state;
	struct err err;
	int from, to;

	overwrite(t->path, 0, 100);
	check_trouble(t, "not a database", "restore it from a backup");
	CHECK(store_migrate(t->store, &from, &to, &err) == RC_TEMP, "migrate");
	CHECK(strstr(err.text, "not a database") != NULL, err.text);
}

static void
says_when_it_is_malformed(void **state)
{
	struct temp_store *t = *state;

	overwrite(t->path, 100, 8192);
	check_trouble(t, "malformed", "restore it from a backup");
}

static void
says_when_it_is_a_folder(void **state)
{
	struct temp_store *t = *state;

	CHECK(mkdir(t->path, 0700) == 0, t->path);
	check_trouble(t, "unable to open", "read and write it");
	CHECK(rmdir(t->path) == 0, t->path);
}

static void
waits_for_an_exclusive_lock_only_so_long(void **state)
{
	struct temp_store *t = *state;
	sqlite3 *other =
	    stranger(t, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");

	store_set_wait(t->store, 1);
	check_trouble(t, "locked", "fuser");
	sqlite3_close(other);
	store_give(t->store, temp_store_take(t));
}

/* Of the five seconds that it would wait, the thread has none left. */
static void
waits_no_longer_than_the_thread_may(void **state)
{
	struct temp_store *t = *state;
	sqlite3 *other =
	    stranger(t, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
	int64_t start = clock_ms();

	store_set_deadline(start + 100);
	check_trouble(t, "locked", "fuser");
	CHECK(clock_ms() - start >= 100, "it waits");
	CHECK(clock_ms() - start < 3000, "and no longer");
	store_set_deadline(INT64_MAX);
	sqlite3_close(other);
	store_give(t->store, temp_store_take(t));
}

static void
waits_for_another_writer_only_so_long(void **state)
{
	struct temp_store *t = *state;
	sqlite3 *other = stranger(t, "BEGIN IMMEDIATE");
	struct err err;
	struct db *db;

	store_set_wait(t->store, 1);
	db = temp_store_take(t);
	CHECK(count_accounts(db) == 0, "reading goes on");
	CHECK(db_begin(db, &err) == RC_TEMP, "begin");
	CHECK(strstr(err.text, "locked") != NULL, err.text);
	CHECK(add_account(db, "ann@example.org", &err) == RC_TEMP, "add");
	sqlite3_close(other);
	CHECK(add_account(db, "ann@example.org", &err) == RC_OK, err.text);
	store_give(t->store, db);
}

/* Modes mean nothing to root. */
static void
become_nobody(void)
{
	CHECK(geteuid() != 0 || seteuid(NOBODY) == 0, "seteuid");
}

static void
become_oneself(void)
{
	CHECK(seteuid(getuid()) == 0, "seteuid");
}

static void
set_modes(const struct temp_store *t, mode_t folder, mode_t file)
{
	static const char *const names[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < COUNT(names); i++)
		CHECK(chmod(arena_printf(t->arena, "%s%s", t->path, names[i]),
			  file) == 0,
		    names[i]);
	CHECK(chmod(t->folder, folder) == 0, t->folder);
}

static void
reads_what_it_cannot_write(void **state)
{
	struct temp_store *t = *state;
	struct err err = {""};
	struct db *db;
	int64_t n;
	enum rc take, add;

	sqlite3_close(stranger(t,
	    "INSERT INTO account (address, state, created) VALUES "
	    "('ann@example.org', 'active', 1)"));
	temp_store_make(t); /* a stranger takes the side files away */
	set_modes(t, 0555, 0444);
	become_nobody();
	take = store_take(t->store, &db, &err);
	n = take == RC_OK ? count_accounts(db) : 0;
	add = take == RC_OK ? add_account(db, "bob@example.org", &err) : take;
	if (take == RC_OK)
		store_give(t->store, db);
	become_oneself();
	CHECK(take == RC_OK, err.text);
	CHECK(n == 1, "read");
	CHECK(add == RC_TEMP, "add");
	CHECK(strstr(err.text, "let this user write it") != NULL, err.text);

	set_modes(t, 0755, 0640);
	db = temp_store_take(t);
	CHECK(add_account(db, "bob@example.org", NULL) == RC_OK, "healed");
	store_give(t->store, db);
}

static void
says_when_it_may_not_read(void **state)
{
	struct temp_store *t = *state;
	struct err err = {""};
	struct db *db;
	enum rc rc;

	set_modes(t, 0755, 0);
	become_nobody();
	rc = store_take(t->store, &db, &err);
	become_oneself();
	CHECK(rc == RC_TEMP, "take");
	CHECK(strstr(err.text, "Permission denied") != NULL, err.text);
}

static void
says_when_the_disk_is_full(void **state)
{
	struct temp_store *t = *state;
	struct db *db = temp_store_take(t);
	struct err err = {""};
	struct db_row *row;
	enum rc rc = RC_OK;

	CHECK(db_start(db, "PRAGMA max_page_count = 1", "", &row, NULL) ==
		  RC_OK,
	    "limit");
	CHECK(db_next(row, NULL) == RC_OK, "limit");
	db_end(row);
	CHECK(db_begin(db, NULL) == RC_OK, "begin");
	for (int i = 0; i < 1000 && rc == RC_OK; i++)
		rc = add_account(db, arena_printf(t->arena, "%0200d@x.org", i),
		    &err);
	db_abandon(db);
	store_give(t->store, db);
	CHECK(rc == RC_TEMP, "full");
	CHECK(strstr(err.text, "full: make room") != NULL, err.text);

	db = temp_store_take(t);
	CHECK(count_accounts(db) == 0, "all of it or nothing");
	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "healed");
	store_give(t->store, db);
}

static void
follows_a_store_that_is_deleted_and_made_again(void **state)
{
	struct temp_store *t = *state;
	struct db *used = temp_store_take(t), *idle = temp_store_take(t);
	struct store *other;
	struct db *db;

	CHECK(add_account(idle, "old@example.org", NULL) == RC_OK, "old");
	store_give(t->store, idle);
	CHECK(unlink(t->path) == 0, t->path);
	check_trouble(t, "no such file", "postward store init");

	temp_store_make(t);
	CHECK(store_open(t->url, NULL, &other, NULL) == RC_OK, t->url);
	CHECK(store_take(other, &db, NULL) == RC_OK, "other");
	CHECK(add_account(db, "new@example.org", NULL) == RC_OK, "new");
	CHECK(add_account(used, "lost@example.org", NULL) == RC_TEMP, "lost");
	store_give(t->store, used);
	used = temp_store_take(t);
	CHECK(count_accounts(used) == 1, "the new one");
	CHECK(add_account(used, "newer@example.org", NULL) == RC_OK, "newer");
	CHECK(count_accounts(db) == 2, "the new one's side files");
	store_give(t->store, used);
	store_give(other, db);
	store_close(other);
}

static enum rc
find_nobody(struct db *db, void *context, struct err *err)
{
	struct account account;

	return account_find(db, context, "nobody@example.org", &account, err);
}

struct removal {
	struct temp_store *temp;
	int runs;
};

static enum rc
add_while_they_are_removed(struct db *db, void *context, struct err *err)
{
	struct removal *r = context;
	struct arena *a = r->temp->arena;

	if (r->runs++ == 0) {
		unlink(arena_printf(a, "%s-wal", r->temp->path));
		unlink(arena_printf(a, "%s-shm", r->temp->path));
	}
	return account_add(db, "kept@example.org", 1, err);
}

static enum rc
remove_and_find_nobody(struct db *db, void *context, struct err *err)
{
	struct removal *r = context;

	if (r->runs++ == 0)
		unlink(arena_printf(r->temp->arena, "%s-wal", r->temp->path));
	return find_nobody(db, r->temp->arena, err);
}

/* As a restore by hand does it. */
static void
notices_that_its_side_files_are_gone(void **state)
{
	struct temp_store *t = *state;
	struct removal add = {.temp = t}, change = {.temp = t};
	struct removal ask = {.temp = t};
	struct db *db;

	CHECK(store_do(t->store, add_while_they_are_removed, &add, NULL) ==
		  RC_OK,
	    "once more, at the new files");
	CHECK(add.runs == 2, "written to files that had no name");
	db = temp_store_take(t);
	CHECK(count_accounts(db) == 1, "kept");
	CHECK(account_delete(db, "kept@example.org", NULL) == RC_OK, "kept");
	store_give(t->store, db);

	CHECK(store_change(t->store, add_while_they_are_removed, &change,
		  NULL) == RC_OK,
	    "a transaction");
	CHECK(change.runs == 2, "committed to files that had no name");
	db = temp_store_take(t);
	CHECK(count_accounts(db) == 1, "kept");
	store_give(t->store, db);

	CHECK(store_do(t->store, remove_and_find_nobody, &ask, NULL) == RC_NONE,
	    "no");
	CHECK(ask.runs == 2, "not believed at once");
}

static void
notices_a_copy_over_it(void **state)
{
	struct temp_store *t = *state;
	const char *copy =
	    arena_printf(t->arena, "cp %s %s.copy", t->path, t->path);
	struct db *db = temp_store_take(t);
	struct db *again;

	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	store_give(t->store, db);
	again = temp_store_take(t);
	CHECK(again == db, "the same");
	store_give(t->store, again);
	CHECK(system(copy) == 0, copy);
	copy = arena_printf(t->arena, "cp %s.copy %s", t->path, t->path);
	CHECK(system(copy) == 0, copy);
	CHECK(store_do(t->store, find_nobody, t->arena, NULL) == RC_NONE, "no");
	unlink(arena_printf(t->arena, "%s.copy", t->path));
}

static void
finds_nothing_of_the_old_in_a_restored_backup(void **state)
{
	struct temp_store *t = *state;
	char *backup = arena_printf(t->arena, "%s/backup", t->folder);
	struct db *db = temp_store_take(t);

	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	store_give(t->store, db);
	sqlite3_close(stranger(t,
	    arena_printf(t->arena, "VACUUM INTO '%s'", backup)));
	db = temp_store_take(t);
	CHECK(add_account(db, "bob@example.org", NULL) == RC_OK, "add");
	store_give(t->store, db);
	store_close(t->store);

	CHECK(rename(backup, t->path) == 0, "restore");
	CHECK(store_open(t->url, NULL, &t->store, NULL) == RC_OK, t->url);
	db = temp_store_take(t);
	CHECK(count_accounts(db) == 1, "as it was");
	store_give(t->store, db);
}

static void
says_when_a_table_is_gone(void **state)
{
	struct temp_store *t = *state;
	struct db *db;
	struct err err = {""};

	sqlite3_close(stranger(t, "DROP TABLE account"));
	db = temp_store_take(t);
	CHECK(add_account(db, "ann@example.org", &err) == RC_TEMP, "add");
	CHECK(strstr(err.text, "no such table: account") != NULL, err.text);
	store_give(t->store, db);
}

static void
runs_nothing_that_stands_in_the_file(void **state)
{
	struct temp_store *t = *state;
	struct db *db;

	sqlite3_close(stranger(t,
	    "CREATE TRIGGER evil AFTER INSERT ON account BEGIN "
	    "DELETE FROM account; END"));
	db = temp_store_take(t);
	CHECK(add_account(db, "ann@example.org", NULL) == RC_OK, "add");
	CHECK(count_accounts(db) == 1, "trigger");
	store_give(t->store, db);
}

static void
reads_no_view_in_place_of_a_table(void **state)
{
	struct temp_store *t = *state;
	struct db *db;
	struct err err = {""};

	sqlite3_close(stranger(t,
	    "ALTER TABLE account RENAME TO other; "
	    "CREATE VIEW account AS SELECT * FROM other"));
	db = temp_store_take(t);
	CHECK(add_account(db, "ann@example.org", &err) == RC_TEMP, "add");
	store_give(t->store, db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_NAME(says_how_to_make_a_missing_store),
	    NEEDS_NAME(says_which_folder_is_missing),
	    NEEDS_NAME(makes_the_file_for_owner_and_group),
	    NEEDS_NAME(gives_it_to_the_group_that_has_the_folder),
	    NEEDS_NAME(gives_the_file_to_the_owner_of_its_folder),
	    NEEDS_STORE(says_when_it_is_no_database),
	    NEEDS_STORE(says_when_it_is_malformed),
	    NEEDS_NAME(says_when_it_is_a_folder),
	    NEEDS_STORE(waits_for_an_exclusive_lock_only_so_long),
	    NEEDS_STORE(waits_no_longer_than_the_thread_may),
	    NEEDS_STORE(waits_for_another_writer_only_so_long),
	    NEEDS_STORE(reads_what_it_cannot_write),
	    NEEDS_STORE(says_when_it_may_not_read),
	    NEEDS_STORE(says_when_the_disk_is_full),
	    NEEDS_STORE(follows_a_store_that_is_deleted_and_made_again),
	    NEEDS_STORE(notices_that_its_side_files_are_gone),
	    NEEDS_STORE(notices_a_copy_over_it),
	    NEEDS_STORE(finds_nothing_of_the_old_in_a_restored_backup),
	    NEEDS_STORE(says_when_a_table_is_gone),
	    NEEDS_STORE(runs_nothing_that_stands_in_the_file),
	    NEEDS_STORE(reads_no_view_in_place_of_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
