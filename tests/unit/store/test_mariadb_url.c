/* SPDX-License-Identifier: MIT */
#include "store/mariadb_url.h"

#include "check.h"

static void
reads_where_the_hosts_are(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		struct mariadb_host hosts[3];
	} cases[] = {
	    {"u@db1/postward", 1, {{"db1", 3306}}},
	    {"u@db1,db2:3307,db3/postward", 3,
		{{"db1", 3306}, {"db2", 3307}, {"db3", 3306}}},
	    {"u@192.0.2.1:1,[2001:db8::1]:65535,[::1]/postward", 3,
		{{"192.0.2.1", 1}, {"2001:db8::1", 65535}, {"::1", 3306}}},
	    {"u@localhost/postward", 1, {{"localhost", 3306}}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mariadb_url url;

		CHECK_STR(mariadb_url_read(a, cases[i].text, &url), NULL,
		    cases[i].text);
		CHECK_STR(url.user, "u", cases[i].text);
		CHECK_STR(url.database, "postward", cases[i].text);
		CHECK_STR(url.socket, NULL, cases[i].text);
		CHECK(url.tls == MARIADB_TLS_OFF, cases[i].text);
		CHECK(url.n_hosts == cases[i].n, cases[i].text);
		for (size_t k = 0; k < url.n_hosts; k++) {
			CHECK_STR(url.hosts[k].name, cases[i].hosts[k].name,
			    cases[i].text);
			CHECK(url.hosts[k].port == cases[i].hosts[k].port,
			    cases[i].text);
		}
	}
	arena_free(a);
}

static void
reads_what_stands_behind_the_question_mark(void **state)
{
	static const struct {
		const char *text, *socket, *ca;
		enum mariadb_tls tls;
	} cases[] = {
	    {"u@localhost/p?socket=/run/s", "/run/s", NULL, MARIADB_TLS_OFF},
	    {"u@/p?socket=/run/s", "/run/s", NULL, MARIADB_TLS_OFF},
	    {"u@h/p?tls=off", NULL, NULL, MARIADB_TLS_OFF},
	    {"u@h/p?tls=require", NULL, NULL, MARIADB_TLS_REQUIRE},
	    {"u@h/p?tls=verify", NULL, NULL, MARIADB_TLS_VERIFY},
	    {"u@h/p?ca=/etc/ca.pem&tls=verify", NULL, "/etc/ca.pem",
		MARIADB_TLS_VERIFY},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mariadb_url url;

		CHECK_STR(mariadb_url_read(a, cases[i].text, &url), NULL,
		    cases[i].text);
		CHECK_STR(url.socket, cases[i].socket, cases[i].text);
		CHECK_STR(url.ca, cases[i].ca, cases[i].text);
		CHECK(url.tls == cases[i].tls, cases[i].text);
		CHECK(url.n_hosts == 1, cases[i].text);
	}
	arena_free(a);
}

static void
says_what_it_expected(void **state)
{
	static const struct {
		const char *text, *wrong;
	} cases[] = {
	    {"", "mariadb://user@host,host/database"},
	    {"db1/postward", "mariadb://user@host,host/database"},
	    {"@db1/postward", "mariadb://user@host,host/database"},
	    {"u@db1", "mariadb://user@host,host/database"},
	    {"u@/postward", "mariadb://user@host,host/database"},
	    {"u@db1,,db2/postward", "mariadb://user@host,host/database"},
	    {"u@db 1/postward", "mariadb://user@host,host/database"},
	    {"u:secret@db1/postward", "password-file"},
	    {"u@db1/", "database of letters"},
	    {"u@db1/a.b", "database of letters"},
	    {"u@db1/a`b", "database of letters"},
	    {"u@db1/a/b", "database of letters"},
	    {"u@db1:0/p", "port from 1 to 65535"},
	    {"u@db1:65536/p", "port from 1 to 65535"},
	    {"u@db1:/p", "port from 1 to 65535"},
	    {"u@db1:3306x/p", "port from 1 to 65535"},
	    {"u@[::1/p", "] after an IPv6 address"},
	    {"u@[db1]/p", "IPv6 address in brackets"},
	    {"u@[::1]x/p", "port after ]"},
	    {"u@h,h,h,h,h,h,h,h,h,h,h,h,h,h,h,h,h/p", "at most 16 hosts"},
	    {"u@h/p?tls=yes", "tls=off, tls=require or tls=verify"},
	    {"u@h/p?ca=/x", "tls=verify beside ca="},
	    {"u@h/p?ca=x&tls=verify", "ca=/path"},
	    {"u@h/p?compress=1", "socket=/path"},
	    {"u@h/p?", "socket=/path"},
	    {"u@h/p?socket=/s", "no host but localhost"},
	    {"u@a,b/p?socket=/s", "no host but localhost"},
	    {"u@/p?socket=/s&tls=require", "no tls= beside socket="},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mariadb_url url;
		const char *wrong = mariadb_url_read(a, cases[i].text, &url);

		CHECK(wrong != NULL, cases[i].text);
		CHECK(strncmp(wrong, "expected ", 9) == 0, wrong);
		CHECK(strstr(wrong, cases[i].wrong) != NULL, wrong);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_where_the_hosts_are),
	    cmocka_unit_test(reads_what_stands_behind_the_question_mark),
	    cmocka_unit_test(says_what_it_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
