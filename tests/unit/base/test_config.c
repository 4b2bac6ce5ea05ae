/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/config.h"
#include "base/str.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND 1000
#define DAY    ((int64_t)24 * 3600 * SECOND)

static const char *
wrong_listen(struct arena *a, const char *value)
{
	if (str_starts(value, "unix:/"))
		return NULL;
	return arena_printf(a, "expected \"unix:/path\"");
}

static const struct config_choice actions[] = {
    {"reject", 0}, {"defer", 1}, {"score", 2}, {"off", 3}, {NULL, 0}};
static const struct config_choice names[] = {
    {"helo", 0}, {"sender", 1}, {NULL, 0}};
static const char *const checks[] = {"recipient", "helo_unknown", "spf", NULL};

static const struct config_key keys[] = {
    {"", "hostname", CONFIG_TEXT, .def = ""},
    {"", "delimiter", CONFIG_TEXT, .def = "+"},
    {"", "domains", CONFIG_LIST, .def = ""},
    {"", "home-forwards", CONFIG_YES_NO, .def = "no"},
    {"policyd", "listen", CONFIG_LIST, "unix:/a,unix:/b",
	.wrong = wrong_listen},
    {"policyd", "max-connections", CONFIG_NUMBER, "1000", .low = 1,
	.high = 100000},
    {"policyd", "deadline", CONFIG_DURATION, "15s", .high = 21 * DAY},
    {"policyd", "group", CONFIG_TEXT, .def = NULL, .old_name = "team"},
    {"check", "action", CONFIG_CHOICE, "reject", .choices = actions,
	.titled = true, .titles = checks},
    {"check", "points", CONFIG_NUMBER, .low = -10, .high = 10},
    {"list", "of", CONFIG_LIST, "helo,sender", .choices = names,
	.titled = true},
};

static enum rc
read_text(const char *text, struct config **out, struct err *err)
{
	return config_read(text, "FILE", keys, COUNT(keys), out, err);
}

static struct config *
config_of(const char *text)
{
	struct config *c;
	struct err err;

	if (read_text(text, &c, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return c;
}

static void
check_list(struct config_list list, const char *want, const char *name)
{
	struct arena *a = arena_new();
	struct str joined;

	str_init(&joined, a);
	for (size_t i = 0; i < list.n; i++)
		str_addf(&joined, "%s<%s>", i > 0 ? " " : "", list.items[i]);
	CHECK_STR(joined.text, want, name);
	arena_free(a);
}

static void
has_defaults_for_all_that_is_not_said(void **state)
{
	struct config *c = config_of("");

	(void)state;
	assert_string_equal(config_text(c, "", NULL, "hostname"), "");
	assert_string_equal(config_text(c, "", NULL, "delimiter"), "+");
	assert_null(config_text(c, "policyd", NULL, "group"));
	assert_int_equal(config_number(c, "policyd", NULL, "max-connections"),
	    1000);
	assert_int_equal(config_number(c, "policyd", NULL, "deadline"),
	    15 * SECOND);
	assert_false(config_flag(c, "", NULL, "home-forwards"));
	check_list(config_list(c, "", NULL, "domains"), "", "domains");
	check_list(config_list(c, "policyd", NULL, "listen"),
	    "<unix:/a> <unix:/b>", "listen");
	assert_int_equal(config_titles(c, "check").n, 0);
	assert_false(config_given(c, "policyd", NULL, "listen"));
	config_free(c);
}

static void
reads_every_type(void **state)
{
	struct config *c = config_of("hostname = mx.example.org\n"
				     "domains = { \"a.example\", b.example, }\n"
				     "home-forwards = yes\n"
				     "policyd {\n"
				     "  listen = { \"unix:/c\" }\n"
				     "  max-connections = 7\n"
				     "  deadline = 500ms\n"
				     "}\n"
				     "check spf { action = \"score\" }\n");

	(void)state;
	assert_string_equal(config_text(c, "", NULL, "hostname"),
	    "mx.example.org");
	check_list(config_list(c, "", NULL, "domains"),
	    "<a.example> <b.example>", "domains");
	assert_true(config_flag(c, "", NULL, "home-forwards"));
	check_list(config_list(c, "policyd", NULL, "listen"), "<unix:/c>",
	    "listen");
	assert_int_equal(config_number(c, "policyd", NULL, "max-connections"),
	    7);
	assert_int_equal(config_number(c, "policyd", NULL, "deadline"), 500);
	assert_string_equal(config_text(c, "check", "spf", "action"), "score");
	assert_true(config_given(c, "check", "spf", "action"));
	assert_false(config_given(c, "check", "spf", "points"));
	config_free(c);
}

static void
reads_lists_in_every_form(void **state)
{
	static const struct {
		const char *name, *text, *domains;
	} cases[] = {
	    {"empty", "domains = {}", ""},
	    {"one without braces", "domains = a", "<a>"},
	    {"comma at the end", "domains = { a, }", "<a>"},
	    {"comments inside", "domains = { a, # x\n/* y */ b }", "<a> <b>"},
	    {"nine", "domains = {1,2,3,4,5,6,7,8,9}",
		"<1> <2> <3> <4> <5> <6> <7> <8> <9>"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config *c = config_of(cases[i].text);

		check_list(config_list(c, "", NULL, "domains"),
		    cases[i].domains, cases[i].name);
		CHECK(config_given(c, "", NULL, "domains"), cases[i].name);
		config_free(c);
	}
}

static void
replaces_a_default_list_with_an_empty_one(void **state)
{
	struct config *c = config_of("policyd { listen = {} }\n"
				     "list a { of = {} } list b {}");

	(void)state;
	check_list(config_list(c, "policyd", NULL, "listen"), "", "listen");
	assert_true(config_given(c, "policyd", NULL, "listen"));
	check_list(config_list(c, "list", "a", "of"), "", "of a");
	check_list(config_list(c, "list", "b", "of"), "<helo> <sender>",
	    "of b");
	config_free(c);
}

static void
keeps_titles_in_the_order_of_the_file(void **state)
{
	struct config *c = config_of("list \"z y\" { of = helo }\n"
				     "check spf {}\n"
				     "list a {}\n"
				     "list \"\" { of = sender }\n");

	(void)state;
	check_list(config_titles(c, "list"), "<z y> <a> <>", "list");
	check_list(config_titles(c, "check"), "<spf>", "check");
	check_list(config_list(c, "list", "z y", "of"), "<helo>", "z y");
	check_list(config_list(c, "list", "", "of"), "<sender>", "none");
	assert_string_equal(config_text(c, "check", "spf", "action"), "reject");
	config_free(c);
}

static void
reads_a_title_that_is_not_there_as_an_empty_section(void **state)
{
	struct config *c = config_of("check spf { action = off }");

	(void)state;
	assert_string_equal(config_text(c, "check", "recipient", "action"),
	    "reject");
	assert_false(config_given(c, "check", "recipient", "action"));
	config_free(c);
}

static void
joins_the_pieces_of_a_section(void **state)
{
	struct config *c = config_of("policyd { max-connections = 7 }\n"
				     "hostname = x\n"
				     "policyd { deadline = 1s }\n");

	(void)state;
	assert_int_equal(config_number(c, "policyd", NULL, "max-connections"),
	    7);
	assert_int_equal(config_number(c, "policyd", NULL, "deadline"), SECOND);
	config_free(c);
}

static void
says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    /* names */
	    {"policyd { max-connectons = 5 }",
		"FILE:1: unknown key \"max-connectons\" in policyd; did you "
		"mean \"max-connections\"?"},
	    {"# x\n\n/* y\n*/ hostnme = x",
		"FILE:4: unknown key \"hostnme\"; did you mean \"hostname\"?"},
	    {"\n\npolcyd { }",
		"FILE:3: unknown section \"polcyd\"; did you mean "
		"\"policyd\"?"},
	    {"policyd {\n team = x }",
		"FILE:2: unknown key \"team\" in policyd; did you mean "
		"\"group\"?"},
	    {"check x { team = x }", "FILE:1: unknown key \"team\" in check"},
	    {"team = x", "FILE:1: unknown key or section \"team\""},
	    {"include = x", "FILE:1: unknown key or section \"include\""},
	    {"list a {\n hello = 1 }", "FILE:2: unknown key \"hello\" in list"},
	    {"\n\n\n\n\n\ncheck \"helo_unknwon\" {\n action = off\n}",
		"FILE:7: check \"helo_unknwon\": expected one of recipient, "
		"helo_unknown, spf; did you mean \"helo_unknown\"?"},
	    {"check x {}", "FILE:1: check \"x\": expected one of recipient, "
			   "helo_unknown, spf"},
	    {"policyd {\n# x\ndomains = x }",
		"FILE:3: unknown key \"domains\" in policyd"},

	    /* values */
	    {"policyd {\n# x\n// y\n  max-connections = \"many\" }",
		"FILE:4: policyd.max-connections = \"many\": expected a whole "
		"number from 1 to 100000"},
	    {"policyd { max-connections = 0 }",
		"FILE:1: policyd.max-connections = \"0\": expected a whole "
		"number from 1 to 100000"},
	    {"policyd { deadline = 5 }",
		"FILE:1: policyd.deadline = \"5\": expected a length of time "
		"from 0 to 21d"},
	    {"policyd { deadline = 22d }",
		"FILE:1: policyd.deadline = \"22d\": expected a length of time "
		"from 0 to 21d"},
	    {"home-forwards = maybe",
		"FILE:1: home-forwards = \"maybe\": expected yes or no"},
	    {"check spf { action = rejct }",
		"FILE:1: check \"spf\".action = \"rejct\": expected one of "
		"reject, defer, score, off; did you mean \"reject\"?"},
	    {"policyd { listen = {\n\"unix:/a\",\n\"inet:b\"}}",
		"FILE:3: policyd.listen = \"inet:b\": expected "
		"\"unix:/path\""},
	    {"list a { of = { helo, rcpt } }",
		"FILE:1: list \"a\".of = \"rcpt\": expected one of helo, "
		"sender"},
	    {"home-forwards = \"\\n\"",
		"FILE:1: home-forwards = \"\\x0a\": expected yes or no"},

	    /* how often */
	    {"hostname = a\nhostname = a", "FILE:2: hostname is given twice"},
	    {"domains = {a,b}\ndomains = {c}",
		"FILE:2: domains is given twice"},
	    {"domains = {a,b} domains = {}", "FILE:1: domains is given twice"},
	    {"policyd { deadline = 1s }\npolicyd { deadline = 1s }",
		"FILE:2: policyd.deadline is given twice"},
	    {"check spf {}\ncheck spf {}",
		"FILE:2: found duplicate title 'spf'"},
	    {"hostname = { a, b }", "FILE:1: hostname: expected one value"},
	    {"policyd { deadline = {} }",
		"FILE:1: policyd.deadline: expected one value"},

	    /* syntax */
	    {"\n\n'' x", "FILE:3: expected a key or a section"},
	    {"hostname", "FILE:1: premature end of file"},
	    {"\n}", "FILE:2: unexpected closing brace"},
	    {"hostname\n\n a", "FILE:3: missing equal sign after option "
			       "'hostname'"},
	    {"hostname { }", "FILE:1: missing equal sign after option "
			     "'hostname'"},
	    {"policyd = 5", "FILE:1: missing opening brace for section "
			    "'policyd'"},
	    {"check { }", "FILE:1: missing title for section 'check'"},
	    {"domains = { a b }", "FILE:1: unexpected token 'b'"},
	    {"hostname = , x", "FILE:1: unexpected token ','"},
	    {"policyd {\n", "FILE:1: this \"{\" is never closed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config *c = (struct config *)&cases;
		struct err err = {"no error"};

		CHECK(read_text(cases[i].text, &c, &err) == RC_PERM,
		    cases[i].text);
		CHECK(c == NULL, cases[i].text);
		CHECK_STR(err.text, cases[i].error, cases[i].text);
	}
}

static void
keeps_the_first_error(void **state)
{
	struct config *c;
	struct err err;

	(void)state;
	assert_int_equal(read_text("x1 = 1\nhostname = 5\nx2 = 2 }", &c, &err),
	    RC_PERM);
	assert_string_equal(err.text, "FILE:1: unknown key or section \"x1\"");
}

static void
shows_a_stranger_no_more_than_a_line(void **state)
{
	char text[3000] = "home-forwards = ";
	struct config *c;
	struct err err;

	(void)state;
	memset(text + strlen(text), 'a', 2000);
	assert_int_equal(read_text(text, &c, &err), RC_PERM);
	assert_non_null(strstr(err.text, "aaa...\": expected yes or no"));
}

static void
needs_nobody_to_tell(void **state)
{
	struct config *c;

	(void)state;
	assert_int_equal(read_text("x = 1", &c, NULL), RC_PERM);
	assert_int_equal(read_text("\"", &c, NULL), RC_PERM);
}

/* Writes a file of its own and gives its name, to be unlinked and freed. */
static char *
file_of(const char *bytes, size_t len)
{
	char *path = strdup("/tmp/postward-test-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	return path;
}

static void
reads_a_file(void **state)
{
	static const char text[] = "hostname = ~/a\n";
	static const char good[] = "hostname = \"~/a\"\n";
	char *path = file_of(good, strlen(good)), *bad;
	struct config *c;
	struct err err;
	char want[200];

	(void)state;
	assert_int_equal(config_open(path, keys, COUNT(keys), &c, &err), RC_OK);
	assert_string_equal(config_text(c, "", NULL, "hostname"), "~/a");
	config_free(c);
	bad = file_of(text, strlen(text));
	assert_int_equal(config_open(bad, keys, COUNT(keys), &c, &err),
	    RC_PERM);
	snprintf(want, sizeof(want), "%s:1: unexpected \"~\" outside quotes",
	    bad);
	assert_string_equal(err.text, want);
	unlink(path);
	unlink(bad);
	free(path);
	free(bad);
}

static void
fails_for_now_where_there_is_no_file(void **state)
{
	struct config *c;
	struct err err;

	(void)state;
	assert_int_equal(config_open("/nonexistent/x", keys, COUNT(keys), &c,
			     &err),
	    RC_TEMP);
	assert_string_equal(err.text,
	    "/nonexistent/x: No such file or directory");
	assert_int_equal(config_open("/", keys, COUNT(keys), &c, &err),
	    RC_TEMP);
	assert_string_equal(err.text, "/: Is a directory");
	assert_null(c);
}

static void
refuses_files_that_are_no_text(void **state)
{
	char *path = file_of("hostname = \"a\0b\"", 16);
	struct config *c;
	struct err err;

	(void)state;
	assert_int_equal(config_open(path, keys, COUNT(keys), &c, &err),
	    RC_PERM);
	assert_non_null(strstr(err.text, ": not text: holds a NUL"));
	unlink(path);
	free(path);
}

static void
refuses_what_is_too_long(void **state)
{
	size_t most = 1024 * 1024;
	char *text = calloc(1, most + 2), *path;
	struct config *c;
	struct err err;

	(void)state;
	memset(text, '\n', most);
	config_free(config_of(text));
	text[most] = '\n';
	assert_int_equal(read_text(text, &c, &err), RC_PERM);
	assert_string_equal(err.text, "FILE: longer than 1 MiB");
	path = file_of(text, most + 1);
	assert_int_equal(config_open(path, keys, COUNT(keys), &c, &err),
	    RC_PERM);
	assert_non_null(strstr(err.text, ": longer than 1 MiB"));
	unlink(path);
	free(path);
	free(text);
}

static void *
read_often(void *wrong)
{
	for (int i = 0; i < 200; i++) {
		struct config *c;
		struct err err;
		enum rc rc =
		    read_text(wrong != NULL ? "\n\nx = 1" : "hostname = a", &c,
			&err);

		if (rc == RC_OK)
			config_free(c);
		if (rc != (wrong != NULL ? RC_PERM : RC_OK))
			return (void *)"another's answer";
		if (wrong != NULL && !str_starts(err.text, "FILE:3: "))
			return (void *)"another's error";
	}
	return NULL;
}

static void
may_be_read_by_several_threads(void **state)
{
	static char wrong[] = "wrong";
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, read_often,
		    i % 2 == 0 ? NULL : wrong);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *problem = NULL;

		pthread_join(threads[i], &problem);
		CHECK_STR(problem, NULL, "thread");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_defaults_for_all_that_is_not_said),
	    cmocka_unit_test(reads_every_type),
	    cmocka_unit_test(reads_lists_in_every_form),
	    cmocka_unit_test(replaces_a_default_list_with_an_empty_one),
	    cmocka_unit_test(keeps_titles_in_the_order_of_the_file),
	    cmocka_unit_test(
		reads_a_title_that_is_not_there_as_an_empty_section),
	    cmocka_unit_test(joins_the_pieces_of_a_section),
	    cmocka_unit_test(says_what_is_wrong_and_where),
	    cmocka_unit_test(keeps_the_first_error),
	    cmocka_unit_test(shows_a_stranger_no_more_than_a_line),
	    cmocka_unit_test(needs_nobody_to_tell),
	    cmocka_unit_test(reads_a_file),
	    cmocka_unit_test(fails_for_now_where_there_is_no_file),
	    cmocka_unit_test(refuses_files_that_are_no_text),
	    cmocka_unit_test(refuses_what_is_too_long),
	    cmocka_unit_test(may_be_read_by_several_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
