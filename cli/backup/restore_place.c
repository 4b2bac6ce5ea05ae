/* SPDX-License-Identifier: MIT */
#include "restore_place.h"

#include "store/sqlite_copy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 * 1024)

/* What SQLite would bring into a database of that name. */
static const char *const side_files[] = {"-wal", "-journal"};

#define SIDE_FILES (sizeof(side_files) / sizeof(*side_files))

bool
restore_is_sqlite(FILE *from, const struct backup_member *member)
{
	static const char magic[] = "SQLite format 3";
	char begin[sizeof(magic)];

	return fseek(from, member->at, SEEK_SET) == 0 &&
	       fread(begin, 1, sizeof(begin), from) == sizeof(begin) &&
	       memcmp(begin, magic, sizeof(magic)) == 0;
}

/* What is in the head of a database about its mode and last change (SQLite's
   file format, 1.3): sqlite_copy_ready writes that. */
static void
blank_sqlite_mode(char *head, size_t len)
{
	static const struct {
		size_t at, len;
	} fields[] = {{18, 2}, {24, 4}, {92, 8}};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (fields[i].at + fields[i].len <= len)
			memset(head + fields[i].at, 0, fields[i].len);
}

static bool
is_same_content(FILE *from, const struct backup_member *member, FILE *there,
    bool sqlite)
{
	char want[CHUNK], got[CHUNK];
	uint64_t left = member->head.size;

	if (fseek(from, member->at, SEEK_SET) != 0)
		return false;
	while (left > 0) {
		size_t n = left < CHUNK ? (size_t)left : CHUNK;

		if (fread(want, 1, n, from) != n ||
		    fread(got, 1, n, there) != n)
			return false;
		if (sqlite && left == member->head.size) {
			blank_sqlite_mode(want, n);
			blank_sqlite_mode(got, n);
		}
		if (memcmp(want, got, n) != 0)
			return false;
		left -= n;
	}
	return getc(there) == EOF;
}

static bool
has_changes_beside(const char *path)
{
	struct arena *a = arena_new();
	bool has = false;

	for (size_t i = 0; i < SIDE_FILES; i++) {
		struct stat st;

		has |= stat(arena_printf(a, "%s%s", path, side_files[i]),
			   &st) == 0 &&
		       st.st_size > 0;
	}
	arena_free(a);
	return has;
}

bool
restore_is_there(FILE *from, const struct backup_member *member,
    const char *path)
{
	bool sqlite = restore_is_sqlite(from, member), same;
	FILE *there = fopen(path, "re");

	if (there == NULL)
		return false;
	same = !(sqlite && has_changes_beside(path)) &&
	       is_same_content(from, member, there, sqlite);
	fclose(there);
	return same;
}

/* Is it that file already? */
static bool
is_same_file(const char *one, const char *two)
{
	struct stat a, b;

	return lstat(one, &a) == 0 && lstat(two, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A second name for a file that is there; `suffix` is behind the whole of it.
   RC_NONE: that name is another file's. */
static enum rc
link_aside(struct arena *a, const char *path, const char *aside,
    const char *suffix, struct err *err)
{
	const char *from = arena_printf(a, "%s%s", path, suffix);
	const char *to = arena_printf(a, "%s%s", aside, suffix);

	int problem = link(from, to) == 0 ? 0 : errno;

	if (problem == 0 || problem == ENOENT || is_same_file(from, to))
		return RC_OK;
	return problem == EEXIST
		   ? RC_NONE
		   : err_set(err, RC_TEMP, "%s: %s", to, strerror(problem));
}

static enum rc
link_all_aside(struct arena *a, const char *path, const char *aside,
    bool sqlite, struct err *err)
{
	enum rc rc = link_aside(a, path, aside, "", err);

	for (size_t i = 0; i < SIDE_FILES && sqlite && rc == RC_OK; i++)
		rc = link_aside(a, path, aside, side_files[i], err);
	return rc;
}

/* Until it has gone, it belongs to a database of that name, whoever wrote that
   one. */
static enum rc
remove_side_files(struct arena *a, const char *path, struct err *err)
{
	for (size_t i = 0; i < SIDE_FILES; i++) {
		const char *side = arena_printf(a, "%s%s", path, side_files[i]);

		if (unlink(side) != 0 && errno != ENOENT)
			return err_set(err, RC_TEMP, "%s: %s", side,
			    strerror(errno));
	}
	return RC_OK;
}

enum rc
restore_put_aside(struct arena *a, const char *path, bool sqlite, int64_t now,
    struct err *err)
{
	const char *aside =
	    arena_printf(a, "%s.before-%lld", path, (long long)now);
	enum rc rc;

	/* Then there is nothing beside it, unless it is damaged. */
	if (sqlite && access(path, F_OK) == 0)
		sqlite_copy_settle(path, err);
	rc = link_all_aside(a, path, aside, sqlite, err);
	for (int i = 2; rc == RC_NONE; i++)
		rc = link_all_aside(a, path, arena_printf(a, "%s.%d", aside, i),
		    sqlite, err);
	return rc == RC_OK && sqlite ? remove_side_files(a, path, err) : rc;
}
