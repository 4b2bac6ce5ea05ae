/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/clock.h"
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LEN_MAX ((size_t)100)

static void
write_whole(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
reads_all_or_says_why_not(void **state)
{
	char folder[] = "/tmp/file.XXXXXX", *text, *path;
	struct arena *a = arena_new();
	struct stat st;
	struct err err;
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = arena_printf(a, "%s/file", folder);
	assert_int_equal(file_read(a, path, LEN_MAX, &text, &len, NULL, &err),
	    RC_NONE);
	assert_non_null(strstr(err.text, path));
	write_whole(path, "two\nlines\n");
	assert_int_equal(file_read(a, path, LEN_MAX, &text, &len, &st, &err),
	    RC_OK);
	assert_string_equal(text, "two\nlines\n");
	assert_int_equal(len, 10);
	assert_int_equal(st.st_size, 10);
	assert_int_equal(file_read(a, path, 10, &text, &len, NULL, &err),
	    RC_OK);
	assert_int_equal(len, 10);
	assert_int_equal(file_read(a, path, 9, &text, &len, NULL, &err), RC_OK);
	assert_true(len > 9);
	unlink(path);
	assert_int_equal(file_read(a, folder, LEN_MAX, &text, &len, NULL, &err),
	    RC_TEMP);
	assert_int_equal(file_read(a, "/dev/null", LEN_MAX, &text, &len, NULL,
			     &err),
	    RC_OK);
	assert_int_equal(len, 0);
	rmdir(folder);
	arena_free(a);
}

/* As editors of Windows write them. */
static void
passes_over_a_byte_order_mark(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		enum rc rc;
		const char *text;
	} rows[] = {
	    {"a mark", "\xef\xbb\xbfone\r\n", 8, RC_OK, "one\r\n"},
	    {"nothing else", "\xef\xbb\xbf", 3, RC_OK, ""},
	    {"one of two", "\xef\xbb\xbf\xef\xbb\xbfx", 7, RC_OK,
		"\xef\xbb\xbfx"},
	    {"half", "\xef\xbb", 2, RC_OK, "\xef\xbb"},
	    {"elsewhere", "x\xef\xbb\xbf", 4, RC_OK, "x\xef\xbb\xbf"},
	    {"UTF-16", "\xff\xfeo\0n\0", 6, RC_PERM, NULL},
	    {"UTF-16, big", "\xfe\xff\0o\0n", 6, RC_PERM, NULL},
	    {"UTF-32, big", "\0\0\xfe\xff\0\0\0o", 8, RC_PERM, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[] = "/tmp/file.XXXXXX", *text;
		int fd = mkstemp(path);
		struct err err = {""};
		enum rc rc;
		size_t len;

		CHECK(write(fd, rows[i].bytes, rows[i].len) ==
			  (ssize_t)rows[i].len,
		    path);
		close(fd);
		rc = file_read(a, path, LEN_MAX, &text, &len, NULL, &err);
		unlink(path);
		CHECK(rc == rows[i].rc, rows[i].name);
		if (rc == RC_OK) {
			CHECK_STR(text, rows[i].text, rows[i].name);
			CHECK(len == strlen(rows[i].text), rows[i].name);
		} else
			CHECK_STR(err.text,
			    arena_printf(a,
				"%s: this is UTF-16: save it as "
				"UTF-8",
				path),
			    rows[i].name);
	}
	arena_free(a);
}

/* A moment that takes longer, on a busy machine, looks like the end. */
#define MOMENT_MS 50

struct writer {
	const char *path;
	atomic_bool done, too_slow;
};

static void *
write_for_ever(void *context)
{
	struct writer *w = context;

	while (!w->done) {
		int64_t began = clock_ms();

		write_whole(w->path, "whole\n");
		if (clock_ms() - began > MOMENT_MS)
			w->too_slow = true;
	}
	return NULL;
}

/* In place: first it is empty. */
static void
never_gives_half_of_what_is_being_written(void **state)
{
	char path[] = "/tmp/file.XXXXXX", *text;
	struct writer w = {.path = path};
	struct arena *a = arena_new();
	pthread_t thread;
	enum rc rc;
	struct err err;
	size_t len;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(pthread_create(&thread, NULL, write_for_ever, &w), 0);
	rc = file_read(a, path, LEN_MAX, &text, &len, NULL, &err);
	w.done = true;
	pthread_join(thread, NULL);
	if (rc != RC_OK)
		assert_non_null(strstr(err.text, "somebody is writing it"));
	else if (!w.too_slow)
		assert_string_equal(text, "whole\n");
	assert_int_equal(file_read(a, path, LEN_MAX, &text, &len, NULL, &err),
	    RC_OK);
	assert_string_equal(text, "whole\n");
	unlink(path);
	arena_free(a);
}

static void
names_the_folder_of_a_path(void **state)
{
	static const char *const rows[][2] = {
	    {"/etc/postward/srs.secret", "/etc/postward"},
	    {"/postward.db", "/"},
	    {"postward.db", "."},
	    {"", "."},
	    {"keys/", "keys"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(file_folder(a, rows[i][0]), rows[i][1]);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_all_or_says_why_not),
	    cmocka_unit_test(passes_over_a_byte_order_mark),
	    cmocka_unit_test(names_the_folder_of_a_path),
	    cmocka_unit_test(never_gives_half_of_what_is_being_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
