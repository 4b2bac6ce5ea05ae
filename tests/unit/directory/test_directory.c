/* SPDX-License-Identifier: MIT */
#include "directory/directory.h"

#include "check.h"

#include <pthread.h>
#include <stdio.h>

/* Nobody listens there. */
static const char *const urls[] = {"ldap://127.0.0.1:1", "ldaps://[::1]:1"};
static const char *const attributes[] = {"mailRoutingAddress"};
static const char *const others[] = {"ldap://127.0.0.1:2", "ldaps://[::1]:1"};

static struct directory_settings
settings_of(size_t servers)
{
	return (struct directory_settings){
	    .urls = urls,
	    .n_urls = servers,
	    .base = "dc=example",
	    .filter = "(mail=%{address})",
	    .attributes = attributes,
	    .n_attributes = 1,
	    .state = "",
	    .ca = "/nowhere/ca",
	    .bind = "",
	    .password_file = "",
	    .verify = true,
	    .timeout_ms = 10000,
	    .connections = 2,
	};
}

static unsigned lines;
static char last[300];

static void
count_line(bool good, const char *line)
{
	CHECK(!good, line);
	snprintf(last, sizeof(last), "%s", line);
	lines++;
}

static enum rc
find_ann(struct directory *d, struct err *err)
{
	const struct directory_names ann = {
	    "ann@remotes.club", "ann", "remotes.club"};
	struct arena *a = arena_new();
	struct directory_entry unused;
	enum rc rc = directory_find(d, a, &ann, 10000, &unused, err);

	arena_free(a);
	return rc;
}

static void
a_server_that_fails_is_left_alone_and_told_of_once(void **state)
{
	const struct directory_settings settings = settings_of(1);
	struct directory *d = directory_open(&settings);
	struct err err;

	(void)state;
	lines = 0;
	directory_log_to(d, count_line);
	assert_int_equal(find_ann(d, &err), RC_TEMP);
	CHECK_STR(err.text, "directory ldap://127.0.0.1:1: Connection refused",
	    "asked");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(find_ann(d, &err), RC_TEMP);
		CHECK_STR(err.text,
		    "directory: no server answers: Connection refused",
		    "not asked");
	}
	assert_int_equal(lines, 1);
	CHECK_STR(last, "ldap://127.0.0.1:1 is left alone: Connection refused",
	    "line");
	directory_close(d);
}

/* The certificates cannot be read, so that nothing is said to the second
   either. */
static void
each_server_is_tried_once_for_a_question(void **state)
{
	const struct directory_settings settings = settings_of(2);
	struct directory *d = directory_open(&settings);
	struct err err;

	(void)state;
	lines = 0;
	directory_log_to(d, count_line);
	assert_int_equal(find_ann(d, &err), RC_TEMP);
	assert_non_null(strstr(err.text, "ldaps://[::1]:1: /nowhere/ca: "));
	assert_int_equal(lines, 2);
	directory_close(d);
}

static void *
find_ann_often(void *context)
{
	struct directory *d = directory_keep(context);
	struct err err;

	for (int i = 0; i < 50; i++)
		CHECK(find_ann(d, &err) == RC_TEMP, err.text);
	directory_close(d);
	return NULL;
}

static void
threads_share_it(void **state)
{
	const struct directory_settings settings = settings_of(2);
	struct directory *d = directory_open(&settings);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, find_ann_often, d) == 0,
		    "start");
	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK(pthread_join(threads[i], NULL) == 0, "join");
	directory_close(d);
}

static void
knows_when_a_reload_changes_nothing(void **state)
{
	const struct directory_settings mine = settings_of(2);
	struct directory_settings same = mine, other;

	(void)state;
	CHECK(directory_same(&mine, &same), "the same");
	other = mine;
	other.n_urls = 1;
	CHECK(!directory_same(&mine, &other), "a server less");
	other = mine;
	other.urls = others;
	CHECK(!directory_same(&mine, &other), "another server");
	other = mine;
	other.filter = "(uid=%{local})";
	CHECK(!directory_same(&mine, &other), "another filter");
	other = mine;
	other.verify = false;
	CHECK(!directory_same(&mine, &other), "less care");
	other = mine;
	other.connections = 3;
	CHECK(!directory_same(&mine, &other), "more connections");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_server_that_fails_is_left_alone_and_told_of_once),
	    cmocka_unit_test(each_server_is_tried_once_for_a_question),
	    cmocka_unit_test(threads_share_it),
	    cmocka_unit_test(knows_when_a_reload_changes_nothing),
	};

	if (!directory_is_built)
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
