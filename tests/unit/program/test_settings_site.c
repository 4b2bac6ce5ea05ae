/* SPDX-License-Identifier: MIT */
#include "program/private/settings_parts.h"

#include "program/open_text.h"

static void
accounts_come_from_where_it_says(void **state)
{
	static const struct {
		const char *text;
		enum forwards_source sources[FORWARDS_SOURCES];
		size_t n;
		bool homes;
	} cases[] = {
	    {"", {FORWARDS_STORE}, 1, false},
	    {"home-forwards = yes", {FORWARDS_STORE, FORWARDS_HOME}, 2, true},
	    {"sources = { \"store\", \"ldap\" }\n"
	     "ldap { url = \"ldaps://ldap.example\" }",
		{FORWARDS_STORE, FORWARDS_LDAP}, 2, false},
	    {"sources = { \"home\", \"store\" }",
		{FORWARDS_HOME, FORWARDS_STORE}, 2, true},
	    {"sources = { \"home\", \"store\" }\nhome-forwards = yes",
		{FORWARDS_HOME, FORWARDS_STORE}, 2, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings *s = must_open_ours(cases[i].text);
		const struct forwards_settings *f = &s->forwards;

		CHECK(f->n_sources == cases[i].n, cases[i].text);
		for (size_t k = 0; k < cases[i].n; k++)
			CHECK(f->sources[k] == cases[i].sources[k],
			    cases[i].text);
		CHECK((f->home_of != NULL) == cases[i].homes, cases[i].text);
		CHECK((f->directory != NULL) ==
			  (strstr(cases[i].text, "ldap") != NULL),
		    cases[i].text);
		settings_free(s);
	}
}

#define LDAP "sources = { \"store\", \"ldap\" }\n"
#define AT   "url = { \"ldaps://ldap.example\" }"

static void
a_directory_is_read_whole(void **state)
{
	struct settings *s = must_open_ours(LDAP "ldap { " AT " }");
	const struct directory_settings *d = &s->directory;

	(void)state;
	CHECK(d->start_tls && d->verify, "TLS is verified by default");
	CHECK_STR(d->filter, "(mailLocalAddress=%{address})", "filter");
	CHECK(d->n_attributes == 2 && d->n_suspended == 4, "lists");
	CHECK(d->timeout_ms == 5000 && d->connections == 10, "limits");
	CHECK(d->scope == DIRECTORY_SUBTREE, "scope");
	CHECK_STR(d->ca, "/etc/ssl/certs/ca-certificates.crt", "the system's");
	settings_free(s);
	s = must_open_ours(LDAP
	    "ldap { url = { \"ldaps://a\", \"ldap://b:390\" }\n"
	    "base = \"dc=b\" scope = \"one\" filter = \"(uid=%{local})\"\n"
	    "attributes = \"forward\" state-attribute = \"state\"\n"
	    "suspended-values = \"no\" start-tls = no verify = no\n"
	    "ca = \"/ca\" bind = \"cn=b\" password-file = \"/p\"\n"
	    "timeout = \"2s\" connections = 3 }");
	d = &s->directory;
	CHECK(d->n_urls == 2, "url");
	CHECK_STR(d->urls[1], "ldap://b:390", "url");
	CHECK_STR(d->base, "dc=b", "base");
	CHECK(d->scope == DIRECTORY_ONE_LEVEL, "scope");
	CHECK_STR(d->attributes[0], "forward", "attributes");
	CHECK_STR(d->state, "state", "state-attribute");
	CHECK_STR(d->suspended[0], "no", "suspended-values");
	CHECK(!d->start_tls && !d->verify, "TLS");
	CHECK_STR(d->ca, "/ca", "ca");
	CHECK_STR(d->bind, "cn=b", "bind");
	CHECK_STR(d->password_file, "/p", "password-file");
	CHECK(d->timeout_ms == 2000 && d->connections == 3, "limits");
	settings_free(s);
}

static void
a_directory_that_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {LDAP, "ldap.url: needed where sources names ldap"},
	    {"ldap { url = \"ldap.example\" }", "expected ldaps://HOST"},
	    {"ldap { filter = \"mail=x\" }", "expected a filter"},
	    {"ldap { base = \"example\" }", "expected an entry"},
	    {"ldap { attributes = \"a b\" }", "expected an attribute"},
	    {"ldap { state-attribute = \"a=b\" }", "expected an attribute"},
	    {LDAP "ldap { " AT " attributes = {} }", "ldap.attributes"},
	    {LDAP "ldap { " AT " bind = \"cn=a\" }", "ldap.password-file"},
	    {LDAP "ldap { " AT " password-file = \"/p\" }", "ldap.bind"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		must_refuse_ours(cases[i].text, cases[i].says);
}

static void
sources_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"sources = { \"home\" }", "expected \"store\" among them"},
	    {"sources = {}", "expected \"store\" among them"},
	    {"sources = { \"store\", \"store\" }", "there twice"},
	    {"sources = { \"store\", \"hom\" }", "did you mean \"home\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		must_refuse_ours(cases[i].text, cases[i].says);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accounts_come_from_where_it_says),
	    cmocka_unit_test(a_directory_is_read_whole),
	    cmocka_unit_test(a_directory_that_makes_no_sense_is_refused),
	    cmocka_unit_test(sources_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
