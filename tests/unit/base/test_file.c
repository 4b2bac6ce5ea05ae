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

#define MOST ((size_t)100)

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
	assert_int_equal(file_read(a, path, MOST, &text, &len, NULL, &err),
	    RC_NONE);
	assert_non_null(strstr(err.text, path));
	write_whole(path, "two\nlines\n");
	assert_int_equal(file_read(a, path, MOST, &text, &len, &st, &err),
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
	assert_int_equal(file_read(a, folder, MOST, &text, &len, NULL, &err),
	    RC_TEMP);
	assert_int_equal(file_read(a, "/dev/null", MOST, &text, &len, NULL,
			     &err),
	    RC_OK);
	assert_int_equal(len, 0);
	rmdir(folder);
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
	rc = file_read(a, path, MOST, &text, &len, NULL, &err);
	w.done = true;
	pthread_join(thread, NULL);
	if (rc != RC_OK)
		assert_non_null(strstr(err.text, "somebody is writing it"));
	else if (!w.too_slow)
		assert_string_equal(text, "whole\n");
	assert_int_equal(file_read(a, path, MOST, &text, &len, NULL, &err),
	    RC_OK);
	assert_string_equal(text, "whole\n");
	unlink(path);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_all_or_says_why_not),
	    cmocka_unit_test(never_gives_half_of_what_is_being_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
