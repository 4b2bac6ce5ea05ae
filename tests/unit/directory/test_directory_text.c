/* SPDX-License-Identifier: MIT */
#include "directory/directory_text.h"

#include "check.h"

static void
reads_where_servers_are(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
		const char *host, *port;
		bool tls;
	} cases[] = {
	    {"ldaps://ldap.example", RC_OK, "ldap.example", "636", true},
	    {"LDAPS://ldap.example/", RC_OK, "ldap.example", "636", true},
	    {"ldap://ldap.example", RC_OK, "ldap.example", "389", false},
	    {"ldaps://ldap.example:1636", RC_OK, "ldap.example", "1636", true},
	    {"ldap://[::1]:1389/", RC_OK, "::1", "1389", false},
	    {"ldaps://[::1]", RC_OK, "::1", "636", true},
	    {"ldap.example", RC_PERM, NULL, NULL, false},
	    {"ldapi://%2frun%2fslapd", RC_PERM, NULL, NULL, false},
	    {"ldaps://", RC_PERM, NULL, NULL, false},
	    {"ldaps://:636", RC_PERM, NULL, NULL, false},
	    {"ldaps://ldap.example:", RC_PERM, NULL, NULL, false},
	    {"ldaps://ldap.example:port", RC_PERM, NULL, NULL, false},
	    {"ldaps://ldap.example:123456", RC_PERM, NULL, NULL, false},
	    {"ldaps://[::1", RC_PERM, NULL, NULL, false},
	    {"ldaps://[::1]x", RC_PERM, NULL, NULL, false},
	    {"ldaps://ldap.example/dc=example", RC_PERM, NULL, NULL, false},
	    {"ldaps://user@ldap.example", RC_PERM, NULL, NULL, false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct directory_server got = {0};
		struct err err = {""};

		CHECK(directory_url_read(a, cases[i].text, &got, &err) ==
			  cases[i].rc,
		    cases[i].text);
		if (cases[i].rc != RC_OK) {
			CHECK(strstr(err.text, "expected ldaps://") != NULL,
			    cases[i].text);
			continue;
		}
		CHECK_STR(got.url, cases[i].text, cases[i].text);
		CHECK_STR(got.host, cases[i].host, cases[i].text);
		CHECK_STR(got.port, cases[i].port, cases[i].text);
		CHECK(got.tls == cases[i].tls, cases[i].text);
	}
	arena_free(a);
}

static void
knows_a_filter_when_it_sees_one(void **state)
{
	static const struct {
		const char *filter;
		bool right;
	} cases[] = {
	    {"(mail=%{address})", true},
	    {"(&(objectClass=person)(|(mail=%{address})(uid=%{local})))", true},
	    {"(proxyAddresses=smtp:%{address})", true},
	    {"(cn=50%)(uid=%{local})", false},
	    {"(&(cn=50%)(uid=%{local}))", true},
	    {"", false},
	    {"mail=%{address}", false},
	    {"(mail=%{address}", false},
	    {"(mail=%{address}))", false},
	    {"(mail=ann@remotes.club)", false},
	    {"(associatedDomain=%{domain})", false},
	    {"(mail=%{addres})", false},
	    {"(&(mail=%{address})(cn=%{})", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK((directory_filter_wrong(cases[i].filter) == NULL) ==
			  cases[i].right,
		    cases[i].filter);
	CHECK(directory_base_wrong("") == NULL, "the root");
	CHECK(directory_base_wrong("ou=%{domain},dc=example") == NULL, "names");
	CHECK(directory_base_wrong("example") != NULL, "no entry");
	CHECK(directory_base_wrong("ou=%{host},dc=example") != NULL, "name");
}

/* What an address may hold, RFC 4515 3 and RFC 4514 2.4. */
static void
a_name_is_never_more_than_a_value(void **state)
{
	static const struct {
		const char *local, *text, *expanded;
	} cases[] = {
	    {"ann", "(mail=%{local}@%{domain})", "(mail=ann@remotes.club)"},
	    {"ann", "(|(mail=%{address})(uid=%{local}))",
		"(|(mail=ann@remotes.club)(uid=ann))"},
	    {"a*b", "(uid=%{local})", "(uid=a\\2ab)"},
	    {"a)(uid=*", "(uid=%{local})", "(uid=a\\29\\28uid\\3d\\2a)"},
	    {"a\\2a", "(uid=%{local})", "(uid=a\\5c2a)"},
	    {"\xc3\xa4", "(uid=%{local})", "(uid=\\c3\\a4)"},
	    {"%{domain}", "(uid=%{local})", "(uid=\\25\\7bdomain\\7d)"},
	    {"a,ou=x", "uid=%{local},dc=x", "uid=a\\2cou\\3dx,dc=x"},
	    {" #a+\"<>;", "uid=%{local}", "uid=\\20\\23a\\2b\\22\\3c\\3e\\3b"},
	    {"ann", "(cn=100%)", "(cn=100%)"},
	    {"ann", "(cn=%{other})", "(cn=%{other})"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct directory_names names = {
		    .address =
			arena_printf(a, "%s@remotes.club", cases[i].local),
		    .local = cases[i].local,
		    .domain = "remotes.club",
		};

		CHECK_STR(directory_expand(a, cases[i].text, &names),
		    cases[i].expanded, cases[i].text);
	}
	arena_free(a);
}

static void
knows_what_of_a_base_is_fixed(void **state)
{
	static const char *const rows[][2] = {
	    {"dc=example", "dc=example"},
	    {"ou=%{domain},dc=example", "dc=example"},
	    {"uid=%{local},ou=%{domain},ou=people,dc=x", "ou=people,dc=x"},
	    {"ou=%{domain}", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(directory_base_fixed(rows[i][0]), rows[i][1],
		    rows[i][0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_where_servers_are),
	    cmocka_unit_test(knows_a_filter_when_it_sees_one),
	    cmocka_unit_test(a_name_is_never_more_than_a_value),
	    cmocka_unit_test(knows_what_of_a_base_is_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
