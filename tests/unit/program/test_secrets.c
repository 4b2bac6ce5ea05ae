/* SPDX-License-Identifier: MIT */
#include "program/secrets.h"

#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	struct arena *arena;
	char *folder, *path;
	const char *const *secrets;
	size_t n;
	bool open_to_all;
	struct err err;
};

static int
set_up(void **state)
{
	struct arena *a = arena_new();
	struct fixture *f = arena_take(a, sizeof(*f));

	f->arena = a;
	f->folder = arena_copy_text(a, "/tmp/secrets.XXXXXX");
	CHECK(mkdtemp(f->folder) != NULL, "folder");
	f->path = arena_printf(a, "%s/srs.secret", f->folder);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	CHECK(rmdir(f->folder) == 0, "rmdir");
	arena_free(f->arena);
	return 0;
}

static void
put(struct fixture *f, const char *bytes, size_t len)
{
	int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0, f->path);
	CHECK(write(fd, bytes, len) == (ssize_t)len, f->path);
	close(fd);
}

static enum rc
get(struct fixture *f)
{
	return secrets_read(f->arena, f->path, &f->secrets, &f->n,
	    &f->open_to_all, &f->err);
}

static void
reads_one_secret_a_line(void **state)
{
	static const struct {
		const char *name, *text;
		size_t n;
		const char *first, *last;
	} rows[] = {
	    {"one", "secret\n", 1, "secret", "secret"},
	    {"without a new line", "secret", 1, "secret", "secret"},
	    {"of PostSRSd", "nR6v+lw2/XCxmQaQxNIHmXyE\n", 1,
		"nR6v+lw2/XCxmQaQxNIHmXyE", "nR6v+lw2/XCxmQaQxNIHmXyE"},
	    {"rotated", "new\nold\n", 2, "new", "old"},
	    {"comments, empty lines", "# why\n\nnew\n\n#x\nold\n\n", 2, "new",
		"old"},
	    {"written on Windows", "new\r\nold\r\n", 2, "new", "old"},
	    {"with a byte order mark", "\xef\xbb\xbfnew\r\nold\r\n", 2, "new",
		"old"},
	    {"a mark before a comment", "\xef\xbb\xbf# why\r\nnew\r\n", 1,
		"new", "new"},
	    {"spaces count", " a b \n", 1, " a b ", " a b "},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		put(f, rows[i].text, strlen(rows[i].text));
		CHECK(get(f) == RC_OK, rows[i].name);
		CHECK(f->n == rows[i].n, rows[i].name);
		CHECK_STR(f->secrets[0], rows[i].first, rows[i].name);
		CHECK_STR(f->secrets[f->n - 1], rows[i].last, rows[i].name);
		CHECK(!f->open_to_all, rows[i].name);
	}
}

static void
says_what_is_wrong_with_the_file(void **state)
{
	struct fixture *f = *state;
	char much[70000];

	memset(much, 'x', sizeof(much));

	CHECK(get(f) == RC_NONE, "absent");
	CHECK(strstr(f->err.text, f->path) != NULL, f->err.text);
	put(f, "", 0);
	CHECK(get(f) == RC_PERM, "empty");
	put(f, "# nothing\n", 10);
	CHECK(get(f) == RC_PERM, "comments only");
	put(f, "a\0b\n", 4);
	CHECK(get(f) == RC_PERM, "a NUL");
	put(f, much, sizeof(much));
	CHECK(get(f) == RC_PERM, "too long");
	unlink(f->path);
	CHECK(mkdir(f->path, 0700) == 0, "mkdir");
	CHECK(get(f) == RC_TEMP, "a folder");
	CHECK(rmdir(f->path) == 0, "rmdir");
}

static void
notices_who_else_can_read_it(void **state)
{
	struct fixture *f = *state;

	put(f, "secret\n", 7);
	CHECK(chmod(f->path, 0640) == 0 && get(f) == RC_OK, "group");
	CHECK(!f->open_to_all, "group");
	CHECK(chmod(f->path, 0644) == 0 && get(f) == RC_OK, "all");
	CHECK(f->open_to_all, "all");
}

static void
makes_one_that_nobody_knows(void **state)
{
	struct fixture *f = *state;
	const char *first;
	struct stat st;

	CHECK(secrets_make(f->path, f->folder, &f->err) == RC_OK, f->err.text);
	CHECK(stat(f->path, &st) == 0 && (st.st_mode & 0777) == 0600, "mode");
	CHECK(get(f) == RC_OK && f->n == 1, "readable");
	first = f->secrets[0];
	CHECK(strlen(first) == 32, first);
	CHECK(secrets_make(f->path, f->folder, &f->err) == RC_NONE, "again");
	CHECK(get(f) == RC_OK, "again");
	CHECK_STR(f->secrets[0], first, "left alone");
	unlink(f->path);
	CHECK(secrets_make(f->path, f->folder, &f->err) == RC_OK, f->err.text);
	CHECK(get(f) == RC_OK && strcmp(f->secrets[0], first) != 0, "another");
}

static void
leaves_no_half_made_file(void **state)
{
	struct fixture *f = *state;
	const char *path = arena_printf(f->arena, "%s/x/srs", f->folder);

	CHECK(secrets_make(path, f->folder, &f->err) == RC_TEMP, "no folder");
	CHECK(strstr(f->err.text, path) != NULL, f->err.text);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(reads_one_secret_a_line),
	    IN_FOLDER(says_what_is_wrong_with_the_file),
	    IN_FOLDER(notices_who_else_can_read_it),
	    IN_FOLDER(makes_one_that_nobody_knows),
	    IN_FOLDER(leaves_no_half_made_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
