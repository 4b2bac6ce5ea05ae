/* SPDX-License-Identifier: MIT */
#include "program/settings.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rc
open_text(const char *text, struct settings **out, struct err *err)
{
	char path[] = "/tmp/settings.XXXXXX";
	int fd = mkstemp(path);
	enum rc rc;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "domains = a.b\nhostname = a.b\n%s\n", text) >
		    0);
	close(fd);
	rc = settings_open(path, out, err);
	unlink(path);
	return rc;
}

static struct settings *
must_open(const char *text)
{
	struct settings *s;
	struct err err;

	if (open_text(text, &s, &err) != RC_OK)
		fail_msg("%s", err.text);
	return s;
}

static void
lists_are_called_by_a_name_without_their_key(void **state)
{
	static const struct {
		const char *title, *keys, *zone, *name;
		bool named;
	} cases[] = {
	    {"zen.example", "", "zen.example", "zen.example", false},
	    {"Abcdefkey.zen.example", "name = zen", "abcdefkey.zen.example",
		"zen", true},
	    {"0a1b2c.zen.dq.spamhaus.net", "", "0a1b2c.zen.dq.spamhaus.net",
		"zen.dq.spamhaus.net", false},
	    {"k.combined.mail.abusix.zone",
		"name = k.combined.mail.abusix.zone",
		"k.combined.mail.abusix.zone", "combined.mail.abusix.zone",
		true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[300];
		struct settings *s;

		snprintf(text, sizeof(text), "dnsbl \"%s\" { %s }\n",
		    cases[i].title, cases[i].keys);
		s = must_open(text);
		CHECK_STR(s->policy.lists[0].zone, cases[i].zone,
		    cases[i].title);
		CHECK_STR(s->policy.lists[0].name, cases[i].name,
		    cases[i].title);
		CHECK(s->policy.lists[0].named == cases[i].named,
		    cases[i].title);
		CHECK(s->lists_trouble == NULL, cases[i].title);
		settings_free(s);
	}
}

static void
codes_may_lead_to_something_of_their_own(void **state)
{
	struct settings *s =
	    must_open("dnsbl \"white.example\" {\n"
		      "codes = { \"127.0.[2..20].[1;2]: -2 (trusted)\",\n"
		      "\"127.0.[2..20].3: pass\", \"127.0.0.4\" }\n"
		      "action = score points = 7 }\n");
	const struct dns_list *list = &s->policy.lists[0];
	static const struct {
		enum action action;
		int points;
		const char *words;
	} want[] = {
	    {ACTION_SCORE, -2, "trusted"},
	    {ACTION_PASS, 7, NULL},
	    {ACTION_SCORE, 7, NULL},
	};

	(void)state;
	assert_int_equal(list->n_codes, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		struct check_settings got =
		    list_code_settings(&list->codes[i], &list->settings);

		CHECK(got.action == want[i].action, list->codes[i].words);
		assert_int_equal(got.points, want[i].points);
		CHECK_STR(list->codes[i].words, want[i].words, "words");
	}
	settings_free(s);
}

/* The lists that conf/postward.conf shows behind two marks. */
static void
published_codes_can_be_read(void **state)
{
	static const struct {
		const char *zone;
		size_t n_codes;
	} want[] = {
	    {"zen.spamhaus.org", 4},
	    {"list.dnswl.org", 4},
	    {"hostkarma.junkemailfilter.com", 5},
	    {"dbl.spamhaus.org", 5},
	    {"multi.surbl.org", 4},
	    {"multi.uribl.com", 3},
	};
	char line[200], text[8000] = "";
	FILE *sample = fopen("conf/postward.conf", "r");
	struct settings *s;

	(void)state;
	assert_non_null(sample);
	while (fgets(line, sizeof(line), sample) != NULL)
		if (strncmp(line, "##", 2) == 0)
			strcat(text, line + 2);
	fclose(sample);
	s = must_open(text);
	assert_int_equal(s->policy.n_lists, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		CHECK_STR(s->policy.lists[i].zone, want[i].zone, want[i].zone);
		CHECK(s->policy.lists[i].n_codes == want[i].n_codes,
		    want[i].zone);
	}
	settings_free(s);
}

static void
lists_may_have_servers_of_their_own(void **state)
{
	struct settings *s =
	    must_open("dnsbl \"a.example\" { resolver = \"127.0.0.1:5353\" }\n"
		      "dnsbl \"b.example\" {}\n"
		      "dnsbl \"c.example\" { resolver = { \"192.0.2.1\", "
		      "\"[2001:db8::1]:53\" } }\n"
		      "rhsbl \"d.example\" { resolver = { \"127.0.0.1:5353\" } "
		      "}\n");
	static const struct {
		unsigned resolver;
		const char *asked_at;
	} want[] = {
	    {1, "127.0.0.1:5353"},
	    {0, NULL},
	    {2, "192.0.2.1, [2001:db8::1]:53"},
	    {1, "127.0.0.1:5353"},
	};

	(void)state;
	assert_int_equal(s->resolver.n_others, 2);
	assert_int_equal(s->resolver.others[1].n, 2);
	assert_string_equal(s->resolver.others[0].items[0], "127.0.0.1:5353");
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct dns_list *list = &s->policy.lists[i];

		CHECK(list->resolver == want[i].resolver, list->zone);
		CHECK_STR(list->asked_at, want[i].asked_at, list->zone);
	}
	settings_free(s);
}

static void
too_many_servers_are_refused(void **state)
{
	char text[2000] = "", *end = text;
	struct settings *s;
	struct err err;

	(void)state;
	for (int i = 1; i <= DNS_OTHERS_MAX; i++)
		end += sprintf(end,
		    "dnsbl \"l%d.example\" { resolver = \"192.0.2.%d\" }\n", i,
		    i);
	settings_free(must_open(text));
	sprintf(end, "rhsbl \"x.example\" { resolver = \"192.0.2.99\" }\n");
	assert_int_equal(open_text(text, &s, &err), RC_PERM);
	assert_non_null(strstr(err.text,
	    "rhsbl x.example: resolver: expected at most 15 different ones"));
}

static void
the_key_of_a_list_may_stand_in_a_file(void **state)
{
	static const struct {
		const char *name, *content, *zone, *trouble;
	} cases[] = {
	    {"a key", "abcdefkey\n", "abcdefkey.zen.example", NULL},
	    {"comment", "# of 2026\nabcdefkey", "abcdefkey.zen.example", NULL},
	    {"empty", "\n", "zen.example", "no secret in it"},
	    {"two", "abcdefkey\nother\n", "zen.example", "expected one line"},
	    {"a sentence", "the abcdefkey\n", "zen.example",
		"expected one line"},
	    {"a domain", "abcdefkey.zen\n", "zen.example", "expected one line"},
	};
	char path[] = "/tmp/key.XXXXXX", text[400];
	int fd = mkstemp(path);
	struct settings *s;

	(void)state;
	assert_true(fd >= 0);
	snprintf(text, sizeof(text),
	    "dnsbl \"zen.example\" { key-file = \"%s\" }\n", path);
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].content);

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, cases[i].content, len, 0), len);
		s = must_open(text);
		CHECK_STR(s->policy.lists[0].zone, cases[i].zone,
		    cases[i].name);
		CHECK_STR(s->policy.lists[0].name, "zen.example",
		    cases[i].name);
		CHECK((s->lists_trouble != NULL) == (cases[i].trouble != NULL),
		    cases[i].name);
		if (cases[i].trouble != NULL) {
			CHECK(strstr(s->lists_trouble, cases[i].trouble),
			    cases[i].name);
			CHECK(!strstr(s->lists_trouble, "abcdefkey"),
			    cases[i].name);
		}
		settings_free(s);
	}
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "abcdefkey", 9, 0), 9);
	s = must_open(text);
	assert_non_null(strstr(s->lists_note, "everybody can read it"));
	settings_free(s);
	close(fd);
	unlink(path);
	s = must_open(text);
	assert_non_null(strstr(s->lists_trouble, "No such file"));
	settings_free(s);
}

static void
an_error_shows_no_key_of_a_list(void **state)
{
	static const char *const files[] = {
	    "dnsbl \"abcdefkey.zen.dq.example\" { points = many }",
	    "dnsbl \"abcdefkey.zen.dq.example\" { codes = 1.2.3.4 }",
	    "rhsbl \"abcdefkey.zen.dq.example\" { name = \"a b\" }",
	    "rhsbl \"abcdefkey.zen..dq.example\" { }",
	    "rhsbl \"a1b2c3d4e5abcdefkey.example\" { of = all }",
	    ("dnsbl \"abcdefkey.zen.dq.example\" { }\n"
	     "dnsbl \"abcdefkey.zen.dq.example\" { }"),
	    "dnsbl \"abcdefkey.zen.dq.example\" { key-file = \"x\" }",
	    "dnsbl \"abcdefkey.zen.dq.example\" { kay-file = \"x\" }",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct settings *s;
		struct err err = {"no error"};

		CHECK(open_text(files[i], &s, &err) == RC_PERM, files[i]);
		if (strstr(err.text, "abcdefkey") != NULL)
			fail_msg("%s", err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_may_have_servers_of_their_own),
	    cmocka_unit_test(too_many_servers_are_refused),
	    cmocka_unit_test(published_codes_can_be_read),
	    cmocka_unit_test(codes_may_lead_to_something_of_their_own),
	    cmocka_unit_test(lists_are_called_by_a_name_without_their_key),
	    cmocka_unit_test(the_key_of_a_list_may_stand_in_a_file),
	    cmocka_unit_test(an_error_shows_no_key_of_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
