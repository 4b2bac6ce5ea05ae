/* SPDX-License-Identifier: MIT */
#include "setup_answers.h"

#include "base/file.h"
#include "check.h"

#include <string.h>

static enum rc
take_all(struct arena *a, const char *const texts[SETUP_KEYS],
    struct setup_site *site, struct err *err)
{
	enum rc rc = RC_OK;

	for (int key = 0; rc == RC_OK && key < SETUP_KEYS; key++)
		rc = setup_answer_take(a, (enum setup_key)key, texts[key], site,
		    err);
	return rc;
}

static void
takes_what_will_do(void **state)
{
	static const struct {
		const char *name, *texts[SETUP_KEYS];
		const char *problem; /* begins so; NULL: it will do */
	} rows[] = {
	    {"as it should be",
		{"remotes.club", "mx.remotes.club", "srs.remotes.club",
		    "ann@gmail.example"},
		NULL},
	    {"several domains",
		{"remotes.club, guild.club", "mx.remotes.club",
		    "srs.remotes.club", "<ann@gmail.example>"},
		NULL},
	    {"one domain for all",
		{"Remotes.Club.", "mx.remotes.club", "remotes.club",
		    "ann@gmail.example"},
		NULL},
	    {"no domain", {" , ", "", "", ""}, "expected a domain"},
	    {"no dot", {"remotes", "", "", ""}, "remotes: expected a whole"},
	    {"an address for a domain", {"a@b.example", "", "", ""},
		"a@b.example: "},
	    {"an IP address", {"192.0.2.1", "", "", ""}, "192.0.2.1: expected"},
	    {"placeholder", {"remotes.club", "localhost.localdomain", "", ""},
		"that is no name"},
	    {"the domain itself", {"remotes.club", "remotes.club", "", ""},
		"the server needs"},
	    {"SRS at the host",
		{"remotes.club", "mx.remotes.club", "mx.remotes.club", ""},
		"mail to the server's own"},
	    {"a mailbox within",
		{"a.example b.example", "mx.a.example", "srs.a.example",
		    "ann@B.example"},
		"it must be outside"},
	    {"a mailbox at the SRS domain",
		{"a.example", "mx.a.example", "srs.a.example",
		    "ann@srs.a.example"},
		"it must be outside"},
	    {"no mailbox",
		{"a.example", "mx.a.example", "srs.a.example", "ann"}, ""},
	    {"a command",
		{"a.example", "mx.a.example", "srs.a.example", "|/bin/sh"}, ""},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct setup_site site = {0};
		struct err err = {""};
		enum rc rc = take_all(a, rows[i].texts, &site, &err);
		const char *problem = rows[i].problem;

		CHECK((rc == RC_OK) == (problem == NULL), rows[i].name);
		if (problem != NULL)
			CHECK(strncmp(err.text, problem, strlen(problem)) == 0,
			    arena_printf(a, "%s: %s", rows[i].name, err.text));
	}
	arena_free(a);
}

static void
offers_what_is_likely(void **state)
{
	static const struct {
		const char *machine, *domain, *hostname;
	} rows[] = {
	    {"mx.remotes.club", "remotes.club", "mx.remotes.club"},
	    {"mx.eu.remotes.club", "eu.remotes.club", "mx.eu.remotes.club"},
	    {"remotes.club", "remotes.club", "mx.remotes.club"},
	    {"MX.Remotes.Club", "remotes.club", "mx.remotes.club"},
	    {"localhost.localdomain", NULL, NULL},
	    {"localhost", NULL, NULL},
	    {"debian", NULL, NULL},
	    {"debian.lan", NULL, NULL},
	    {"", NULL, NULL},
	    {NULL, NULL, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct setup_site site = {0};
		const char *domain = setup_answer_default(a, SETUP_DOMAIN,
		    &site, rows[i].machine);

		CHECK_STR(domain, rows[i].domain, rows[i].machine);
		if (domain == NULL)
			continue;
		CHECK(setup_answer_take(a, SETUP_DOMAIN, domain, &site, NULL) ==
			  RC_OK,
		    rows[i].machine);
		CHECK_STR(setup_answer_default(a, SETUP_HOSTNAME, &site,
			      rows[i].machine),
		    rows[i].hostname, rows[i].machine);
		CHECK_STR(setup_answer_default(a, SETUP_SRS_DOMAIN, &site,
			      rows[i].machine),
		    arena_printf(a, "srs.%s", domain), rows[i].machine);
	}
	arena_free(a);
}

static void
reads_a_file_of_answers(void **state)
{
	static const struct {
		const char *text, *domain, *mailbox, *problem;
	} rows[] = {
	    {"", NULL, NULL, NULL},
	    {"domain = remotes.club\nmailbox=\"ann@gmail.example\"\r\n",
		"remotes.club", "ann@gmail.example", NULL},
	    {"# no\n\n  domain =  a.example , b.example \n",
		"a.example , b.example", NULL, NULL},
	    {"domian = x\n", NULL, NULL,
		"f:1: no key \"domian\"; did you mean \"domain\"?"},
	    {"\ncolour = x\n", NULL, NULL, "f:2: no key \"colour\""},
	    {"domain\n", NULL, NULL, "f:1: expected key = value"},
	    {"domain =\n", NULL, NULL, "f:1: domain has no value"},
	    {"domain = a\ndomain = b\n", NULL, NULL, "f:2: domain stands"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct setup_answers got;
		struct err err = {""};
		enum rc rc = setup_answers_read(a, "f", rows[i].text,
		    strlen(rows[i].text), &got, &err);

		CHECK((rc == RC_OK) == (rows[i].problem == NULL), rows[i].text);
		if (rc == RC_OK) {
			CHECK_STR(got.text[SETUP_DOMAIN], rows[i].domain,
			    rows[i].text);
			CHECK_STR(got.text[SETUP_MAILBOX], rows[i].mailbox,
			    rows[i].text);
		} else {
			CHECK(strncmp(err.text, rows[i].problem,
				  strlen(rows[i].problem)) == 0,
			    err.text);
		}
	}
	arena_free(a);
}

static void
has_the_file_that_is_installed(void **state)
{
	struct arena *a = arena_new();
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(file_read(a, "conf/site/postward.conf", 65536, &text,
			     &len, NULL, NULL),
	    RC_OK);
	assert_string_equal(setup_main_configuration, text);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_what_will_do),
	    cmocka_unit_test(offers_what_is_likely),
	    cmocka_unit_test(reads_a_file_of_answers),
	    cmocka_unit_test(has_the_file_that_is_installed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
