/* SPDX-License-Identifier: MIT */
#include "dns_zone.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Opens a zone file with that text. */
static enum rc
open_text(const char *text, struct dns **out, struct err *err)
{
	char path[] = "/tmp/postward-zone-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	enum rc rc;

	fputs(text, file);
	fclose(file);
	rc = dns_open_zone(path, out, err);
	unlink(path);
	return rc;
}

static struct dns *
zone(const char *text)
{
	struct err err = {.text = ""};
	struct dns *dns = NULL;

	if (open_text(text, &dns, &err) != RC_OK)
		fail_msg("%s", err.text);
	return dns;
}

static struct dns_query
ask(struct dns *dns, struct arena *a, const char *name, enum dns_type type)
{
	struct dns_query query = {.name = name, .type = type};

	dns_ask(dns, a, &query, 1, 0);
	return query;
}

static const char mixed[] =
    "; a comment\n"
    "$TTL 300\n"
    "example.test. 60 IN A 192.0.2.1\n"
    "example.test A 192.0.2.2 ; another\n"
    "\n"
    "    AAAA 2001:db8::1\n"
    "Example.TEST MX 20 MX2.example.test.\n"
    "example.test MX 10 mx1.example.test\n"
    "null.test MX 0 .\n"
    "text.test TXT \"v=spf1 \" \"-all\\\"\\000;\"\n"
    "text.test TXT bare\\032word\n"
    "1.2.0.192.in-addr.arpa PTR Host.example.test\n"
    "example.test SOA ns.test. me.test. ( 1 2 ; serial\n"
    "  3 4 5 )\n"
    "$ORIGIN sub.test.\n"
    "@ A 192.0.2.3\n"
    "www CNAME @\n"
    "far CNAME example.test.\n"
    "gone CNAME nobody.example.test.\n";

static void
answers_every_type(void **state)
{
	static const struct {
		const char *name, *asked;
		enum dns_type type;
		size_t n;
		const char *first;
	} cases[] = {
	    {"addresses", "EXAMPLE.test", DNS_A, 2, "192.0.2.1"},
	    {"owner of the line before", "example.test", DNS_AAAA, 1,
		"2001:db8::1"},
	    {"exchangers", "example.test", DNS_MX, 2, "mx1.example.test"},
	    {"null MX", "null.test", DNS_MX, 1, ""},
	    {"pointer", "1.2.0.192.in-addr.arpa", DNS_PTR, 1,
		"host.example.test"},
	    {"origin", "sub.test", DNS_A, 1, "192.0.2.3"},
	    {"alias", "www.sub.test", DNS_A, 1, "192.0.2.3"},
	    {"alias elsewhere", "far.sub.test", DNS_A, 2, "192.0.2.1"},
	};
	struct arena *a = arena_new();
	struct dns *dns = zone(mixed);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_query got =
		    ask(dns, a, cases[i].asked, cases[i].type);
		const struct dns_record *first = got.records;

		CHECK(got.rc == RC_OK, cases[i].name);
		CHECK(got.n == cases[i].n, cases[i].name);
		CHECK_STR(first->name != NULL ? first->name
					      : ip_text(a, &first->ip),
		    cases[i].first, cases[i].name);
	}
	dns_close(dns);
	arena_free(a);
}

static void
joins_the_strings_of_a_text(void **state)
{
	struct arena *a = arena_new();
	struct dns *dns = zone(mixed);
	struct dns_query got = ask(dns, a, "text.test", DNS_TXT);

	(void)state;
	assert_int_equal(got.n, 2);
	assert_int_equal(got.records[0].text_len, 14);
	assert_memory_equal(got.records[0].text, "v=spf1 -all\"\0;", 15);
	assert_string_equal(got.records[1].text, "bare word");
	dns_close(dns);
	arena_free(a);
}

static void
tells_no_such_name_from_no_such_records(void **state)
{
	static const struct {
		const char *name, *asked;
		enum dns_type type;
		bool no_such_name;
	} cases[] = {
	    {"no such records", "null.test", DNS_A, false},
	    {"only names below it", "in-addr.arpa", DNS_A, false},
	    {"no such name", "nobody.test", DNS_A, true},
	    {"nothing below it", "www.example.test", DNS_A, true},
	    {"another zone", "example.org", DNS_A, true},
	    {"an alias of no such name", "gone.sub.test", DNS_A, false},
	};
	struct arena *a = arena_new();
	struct dns *dns = zone(mixed);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_query got =
		    ask(dns, a, cases[i].asked, cases[i].type);

		CHECK(got.rc == RC_NONE, cases[i].name);
		CHECK(got.no_such_name == cases[i].no_such_name, cases[i].name);
		CHECK(got.n == 0, cases[i].name);
	}
	dns_close(dns);
	arena_free(a);
}

static void
fails_where_the_zone_says_so(void **state)
{
	struct arena *a = arena_new();
	struct dns *dns = zone("slow.test TIMEOUT\n"
			       "bad.test SERVFAIL\n"
			       "half.test A 192.0.2.1\n"
			       "half.test TIMEOUT\n"
			       "alias.test CNAME bad.test\n");

	(void)state;
	assert_string_equal(ask(dns, a, "slow.test", DNS_A).problem,
	    "no answer in time");
	assert_string_equal(ask(dns, a, "bad.test", DNS_MX).problem,
	    "SERVFAIL from the resolver");
	assert_int_equal(ask(dns, a, "half.test", DNS_A).rc, RC_OK);
	assert_int_equal(ask(dns, a, "half.test", DNS_TXT).rc, RC_TEMP);
	assert_int_equal(ask(dns, a, "alias.test", DNS_A).rc, RC_TEMP);
	dns_close(dns);
	arena_free(a);
}

static void
expands_wildcards_below_the_closest_name(void **state)
{
	static const struct {
		const char *asked;
		enum rc rc;
	} cases[] = {
	    {"x.wild.test", RC_OK},
	    {"x.y.wild.test", RC_OK},
	    {"wild.test", RC_NONE},
	    {"there.wild.test", RC_NONE},
	    {"x.there.wild.test", RC_NONE},
	    {"x.below.wild.test", RC_NONE},
	};
	struct arena *a = arena_new();
	struct dns *dns = zone("*.wild.test A 192.0.2.1\n"
			       "there.wild.test TXT here\n"
			       "name.below.wild.test TXT here\n");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(ask(dns, a, cases[i].asked, DNS_A).rc == cases[i].rc,
		    cases[i].asked);
	dns_close(dns);
	arena_free(a);
}

static void
leaves_a_loop_of_aliases(void **state)
{
	struct arena *a = arena_new();
	struct dns *dns = zone("one.test CNAME two.test\n"
			       "two.test CNAME one.test\n");

	(void)state;
	assert_int_equal(ask(dns, a, "one.test", DNS_A).rc, RC_TEMP);
	dns_close(dns);
	arena_free(a);
}

static void
knows_nothing_in_an_empty_zone(void **state)
{
	struct arena *a = arena_new();
	struct dns *dns = zone("");

	(void)state;
	assert_int_equal(ask(dns, a, "example.test", DNS_A).rc, RC_NONE);
	dns_close(dns);
	arena_free(a);
}

static void
names_the_line_that_is_wrong(void **state)
{
	static const struct {
		const char *name, *text, *problem;
	} cases[] = {
	    {"address", "a.test A 192.0.2.1\na.test A 192.0.2\n",
		":2: expected an address of that type"},
	    {"address of the other kind", "a.test A ::1",
		":1: expected an address of that type"},
	    {"type", "a.test B c", ":1: expected a type of record"},
	    {"no type", "a.test 300 IN", ":1: expected a type of record"},
	    {"preference", "a.test MX b.test", ":1: expected a preference"},
	    {"large preference", "a.test MX 65536 b",
		":1: expected a preference"},
	    {"owner", "a..test A 192.0.2.1", ":1: expected a domain name"},
	    {"no owner", " A 192.0.2.1", ":1: expected a domain name"},
	    {"too much", "a.test A 192.0.2.1 x",
		":1: expected the end of the line"},
	    {"behind a failure", "a.test TIMEOUT x",
		":1: expected the end of the line"},
	    {"parenthesis", "a.test A ( 192.0.2.1\n\n",
		":3: expected a closing parenthesis"},
	    {"byte", "a.test TXT \\256", ":1: expected bytes up to \\255"},
	    {"directive", "$INCLUDE other", ":1: expected $ORIGIN or $TTL"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {.text = ""};
		struct dns *dns;

		CHECK(open_text(cases[i].text, &dns, &err) == RC_PERM,
		    cases[i].name);
		CHECK(strstr(err.text, cases[i].problem) != NULL, err.text);
	}
}

static void
needs_a_file_that_is_there(void **state)
{
	struct err err;
	struct dns *dns;

	(void)state;
	assert_int_equal(dns_open_zone("/nonexistent/zone", &dns, &err),
	    RC_TEMP);
	assert_non_null(strstr(err.text, "/nonexistent/zone"));
}

static void
refuses_names_that_cannot_be_asked(void **state)
{
	static const struct {
		const char *name, *asked;
		bool valid;
	} cases[] = {
	    {"plain", "example.test", true},
	    {"one label", "test", true},
	    {"odd but printable", "_a%b!c.test", true},
	    {"empty", "", false},
	    {"dot at the end", "example.test.", false},
	    {"dot at the start", ".example.test", false},
	    {"empty label", "example..test", false},
	    {"space", "exam ple.test", true},
	    {"backslash", "exam\\ple.test", false},
	    {"line end", "example.test\n", false},
	    {"not ASCII", "ex\xc3\xa4mple.test", false},
	    {"label of 63",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a",
		true},
	    {"label of 64",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa",
		false},
	};
	struct arena *a = arena_new();
	struct dns *dns = zone("");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_query got = ask(dns, a, cases[i].asked, DNS_A);

		CHECK(dns_name_valid(cases[i].asked) == cases[i].valid,
		    cases[i].name);
		CHECK((got.rc == RC_PERM) == !cases[i].valid, cases[i].name);
	}
	dns_close(dns);
	arena_free(a);
}

static void
limits_names_to_253_bytes(void **state)
{
	char name[256];

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[253] = '\0';
	assert_true(dns_name_valid(name));
	name[253] = 'a';
	name[254] = '\0';
	assert_false(dns_name_valid(name));
}

static void
answers_many_questions_each_its_own(void **state)
{
	struct dns_query queries[] = {
	    {.name = "a.test", .type = DNS_A},
	    {.name = "not\\a\\name", .type = DNS_A},
	    {.name = "a.test", .type = DNS_TXT},
	    {.name = "A.test", .type = DNS_A},
	};
	struct arena *a = arena_new();
	struct dns *dns = zone("a.test A 192.0.2.1\n");

	(void)state;
	dns_ask(dns, a, queries, COUNT(queries), 0);
	assert_int_equal(queries[0].rc, RC_OK);
	assert_int_equal(queries[1].rc, RC_PERM);
	assert_int_equal(queries[2].rc, RC_NONE);
	assert_int_equal(queries[3].rc, RC_OK);
	assert_ptr_equal(queries[0].records, queries[3].records);
	dns_close(dns);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_every_type),
	    cmocka_unit_test(joins_the_strings_of_a_text),
	    cmocka_unit_test(tells_no_such_name_from_no_such_records),
	    cmocka_unit_test(fails_where_the_zone_says_so),
	    cmocka_unit_test(expands_wildcards_below_the_closest_name),
	    cmocka_unit_test(leaves_a_loop_of_aliases),
	    cmocka_unit_test(knows_nothing_in_an_empty_zone),
	    cmocka_unit_test(names_the_line_that_is_wrong),
	    cmocka_unit_test(needs_a_file_that_is_there),
	    cmocka_unit_test(refuses_names_that_cannot_be_asked),
	    cmocka_unit_test(limits_names_to_253_bytes),
	    cmocka_unit_test(answers_many_questions_each_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
