/* SPDX-License-Identifier: MIT */
/*
 * Records written to break things.  libspf2 as it is would smash its stack,
 * lose terms, ask thousands of questions or ask the wrong ones.
 */
#include "auth/spf.h"

#include "auth/private/spf_dns.h"
#include "base/str.h"
#include "spf_zone.h"

#include <stdio.h>
#include <time.h>

static void
add_times(struct str *s, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_add(s, text);
}

/* The check of a record for example.org, in a zone with some more lines. */
static struct spf_result
check_record(struct spf_zone *z, const char *record, const char *lines)
{
	struct arena *a = arena_new();

	*z = spf_zone_open(arena_printf(a, "example.org TXT \"%s\"\n%s", record,
	    lines));
	arena_free(a);
	return spf_zone_check(z, "192.0.2.1", "ann@example.org");
}

static void
survives_the_explanation_of_512_bytes(void **state)
{
	struct arena *a = arena_new();
	struct spf_zone z;
	struct spf_result r;
	struct str lines;

	(void)state;
	str_init(&lines, a);
	str_add(&lines, "e.d TXT \"");
	add_times(&lines, "%{d}", 127);
	str_add(&lines, "AAAA\"\n");
	r = check_record(&z, "v=spf1 -all exp=e.d", lines.text);
	assert_int_equal(r.verdict, SPF_FAIL);
	assert_true(strlen(r.explanation) <= SPF_EXPLANATION_MAX + 3);
	spf_zone_close(&z);
	arena_free(a);
}

static void
survives_long_targets(void **state)
{
	static const char *const ends[] = {".example.org", "%{d}", "."};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct spf_zone z;
		struct str record;

		str_init(&record, a);
		str_add(&record, "v=spf1 a:");
		add_times(&record, "%{d}", 127);
		add_times(&record, "A", 6000);
		str_addf(&record, "%s ~all", ends[i]);
		CHECK(check_record(&z, record.text, "").verdict ==
			  (i == 2 ? SPF_PERMERROR : SPF_SOFTFAIL),
		    ends[i]);
		spf_zone_close(&z);
	}
	arena_free(a);
}

static void
loses_no_term_of_a_long_record(void **state)
{
	static const struct {
		const char *name, *term;
		size_t n;
		const char *end;
		enum spf_verdict verdict;
	} cases[] = {
	    {"64 ip4", " ip4:198.51.100.1", 64, " -all", SPF_FAIL},
	    {"26 ip6", " ip6:2001:db8::1", 26, " -all", SPF_FAIL},
	    {"70 ip4, then ours", " ip4:198.51.100.1", 70,
		" ip4:192.0.2.1 -all", SPF_PASS},
	    {"1000 ip4", " ip4:198.51.100.1", 1000, " ip4:192.0.2.1 -all",
		SPF_PASS},
	    {"modifiers", " aaaaaaaaaaaaaaaaaaaaaaa=bbbbbbbbbbbbbbbb", 100,
		" -all", SPF_FAIL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_zone z;
		struct str record;

		str_init(&record, a);
		str_add(&record, "v=spf1");
		add_times(&record, cases[i].term, cases[i].n);
		str_add(&record, cases[i].end);
		CHECK(check_record(&z, record.text, "").verdict ==
			  cases[i].verdict,
		    cases[i].name);
		spf_zone_close(&z);
	}
	arena_free(a);
}

static void
keeps_all_of_a_short_domain(void **state)
{
	struct spf_zone z;
	struct spf_result r = check_record(&z,
	    "v=spf1 exists:%{i}._spf.%{d2} exists:%{d9}.x.org -all",
	    "192.0.2.1._spf.xample.org A 127.0.0.2\n"
	    "example.org.x.org A 127.0.0.2\n");

	(void)state;
	assert_int_equal(r.verdict, SPF_PASS);
	assert_string_equal(r.term, "exists:%{d9}.x.org");
	spf_zone_close(&z);
}

/* Ten includes in each record, endlessly deep. */
static void
asks_few_questions_of_a_tree_of_includes(void **state)
{
	struct spf_zone z;
	struct spf_result r = check_record(&z,
	    "v=spf1 include:0.example.org include:1.example.org "
	    "include:2.example.org include:3.example.org include:4.example.org "
	    "include:5.example.org include:6.example.org include:7.example.org "
	    "include:8.example.org include:9.example.org",
	    "*.example.org TXT \"v=spf1 include:0.%{d} include:1.%{d} "
	    "include:2.%{d} include:3.%{d} include:4.%{d} include:5.%{d} "
	    "include:6.%{d} include:7.%{d} include:8.%{d} include:9.%{d}\"\n");

	(void)state;
	print_message("include tree: %u questions\n", r.queries);
	assert_int_equal(r.verdict, SPF_PERMERROR);
	assert_true(r.queries <= SPF_QUERIES_MAX);
	spf_zone_close(&z);
}

/* As many as the limits allow: each with ten hosts of its own. */
static void
asks_few_questions_of_ten_mx(void **state)
{
	struct arena *a = arena_new();
	struct spf_zone z;
	struct spf_result r;
	struct str lines;

	(void)state;
	str_init(&lines, a);
	for (int i = 0; i < 10; i++)
		for (int k = 0; k < 10; k++)
			str_addf(&lines, "m%d.org MX 1 h%d-%d.org\n", i, i, k);
	r = check_record(&z,
	    "v=spf1 mx:m0.org mx:m1.org mx:m2.org mx:m3.org mx:m4.org "
	    "mx:m5.org mx:m6.org mx:m7.org mx:m8.org mx:m9.org ?all",
	    lines.text);
	assert_int_equal(r.verdict, SPF_NEUTRAL);
	assert_int_equal(r.queries, 1 + 10 * 11);
	spf_zone_close(&z);
	arena_free(a);
}

static void
reads_65000_exclamation_marks_quickly(void **state)
{
	struct arena *a = arena_new();
	struct spf_zone z;
	struct spf_result r;
	struct str record;
	clock_t start;

	(void)state;
	str_init(&record, a);
	str_add(&record, "v=spf1 ");
	add_times(&record, "!", 65000);
	r = check_record(&z, record.text, "");
	assert_int_equal(r.verdict, SPF_PERMERROR);
	assert_true(strlen(r.problem) < 200);
	start = clock();
	spf_zone_check(&z, "192.0.2.1", "ann@example.org");
	assert_true(clock() - start < CLOCKS_PER_SEC / 20);
	spf_zone_close(&z);
	arena_free(a);
}

/* Names of 300 bytes, empty labels, spaces and backslashes. */
static void
asks_dns_for_no_impossible_name(void **state)
{
	static const char *const locals[] = {"a b", "a\\b", "a..b", ".",
	    "\x01\x7f", "a\r\nb", "%{d}", "\"a b\"", "t0-0.x", "\\000"};
	struct spf_zone z = spf_zone_open(
	    "example.org TXT \"v=spf1 a:%{l}.example.org mx:%{l}.%{l}.org "
	    "ptr:%{l}.org exists:%{l}%{l}%{l}.org include:ok.org ~all\"\n"
	    "ok.org TXT \"v=spf1 -exists:%{L}.%{l2r.-}.org\"\n");
	struct spf_result r;

	(void)state;
	for (size_t i = 0; i < COUNT(locals); i++) {
		r = spf_zone_check(&z, "192.0.2.1",
		    arena_printf(z.arena, "%s@example.org", locals[i]));
		CHECK(r.verdict == SPF_SOFTFAIL || r.verdict == SPF_PERMERROR,
		    locals[i]);
	}
	spf_zone_close(&z);
}

/* A stranger's text that looks like one of our own tokens for libspf2. */
static void
takes_no_token_from_strangers(void **state)
{
	struct spf_zone z;
	struct spf_result r = check_record(&z,
	    "v=spf1 include:t0-0.x a:t0-0.x mx:t1-0.x include:t9-9.x ~all",
	    "t0-0.x TXT \"v=spf1 exists:t0-3.x redirect=t0-1.x\"\n"
	    "t0-1.x TXT \"v=spf1 -exists:t1-0-0.x\"\n"
	    "t1-0.x MX 1 t0-0-0.x\n"
	    "t1-0-0.x A 127.0.0.1\n"
	    "t9-9.x TXT \"v=spf1 ~all\"\n");

	(void)state;
	assert_int_equal(r.verdict, SPF_SOFTFAIL);
	assert_string_equal(r.term, "~all");
	spf_zone_close(&z);
}

/* Random zones. */
static unsigned
number(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

static void
add_random_spec(struct str *s, unsigned *seed)
{
	static const char *const parts[] = {"a.org", "b.org", "c.org", "%{d}",
	    "%{l}", "%{p}", "%{h}", "%{ir}.%{v}", "%{s-}", "%{D2r}", "%{l99.}",
	    "x.", "..", "%%", "%_", "t0-1.x", "%{o}.b.org", "/24", "//0", "-",
	    "%{", "%{x}", "\\\\", "\\001", "\\255", ":", "=",
	    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	     "a")};

	for (unsigned n = 1 + number(seed, 3); n > 0; n--) {
		/* Most of them right, so that more than errors is found. */
		str_add(s,
		    parts[number(seed, number(seed, 4) ? 8 : COUNT(parts))]);
		if (number(seed, 3) == 0)
			str_add(s, ".org");
	}
}

static void
add_random_record(struct str *s, unsigned *seed)
{
	static const char *const names[] = {"a", "mx", "ptr", "include:",
	    "exists:", "a:", "mx:", "ptr:", "redirect=", "exp=", "a/0", "mx/0",
	    "a//0", "mx/24//64", "all", "ip4:192.0.2.0/24", "ip4:10.0.0.0/8",
	    "ip6:2001:db8::/32", "ip6:::/0", "moo=", "moo"};
	static const char *const signs[] = {"", "", "", "+", "-", "~", "?"};

	str_add(s, "v=spf1");
	for (unsigned n = number(seed, 12); n > 0; n--) {
		const char *name =
		    names[number(seed, number(seed, 8) ? 15 : COUNT(names))];
		const char *sign = signs[number(seed, COUNT(signs))];

		str_addf(s, " %s%s", strchr(name, '=') ? "" : sign, name);
		if (strchr(":=", name[strlen(name) - 1]) != NULL)
			add_random_spec(s, seed);
	}
}

static const char *
random_zone(struct arena *a, unsigned *seed)
{
	static const char *const domains[] = {"example.org", "a.org", "b.org",
	    "c.org", "example.org.b.org", "*.org"};
	static const char *const lines[] = {"%s A 192.0.2.1\n",
	    "%s A 198.51.100.1\n", "%s AAAA 2001:db8::1\n", "%s MX 1 a.org\n",
	    "%s MX 2 b.org\n", "%s MX 0 .\n", "%s MX 3 c\\\\d.org\n",
	    "%s TIMEOUT\n", "%s CNAME b.org\n",
	    "1.2.0.192.in-addr.arpa PTR %s\n",
	    "1.2.0.192.in-addr.arpa PTR x\\001y.%s\n"};
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < COUNT(domains); i++) {
		for (unsigned n = number(seed, 4); n > 0; n--) {
			const char *line = lines[number(seed, COUNT(lines))];
			const char *mark = strstr(line, "%s");

			str_add_bytes(&s, line, (size_t)(mark - line));
			str_addf(&s, "%s%s", domains[i], mark + 2);
		}
		if (number(seed, 8) == 0)
			continue;
		str_addf(&s, "%s TXT \"", domains[i]);
		add_random_record(&s, seed);
		str_add(&s, "\"\n");
	}
	return s.text;
}

static void
check_result(const struct spf_result *r, const char *zone)
{
	const char *texts[] = {r->explanation, r->problem, r->term};

	CHECK(r->queries <= SPF_QUERIES_MAX + 1 + SPF_PTR_MAX, zone);
	CHECK(r->lookups <= SPF_TERMS_MAX + 1, zone);
	CHECK(r->voids <= SPF_VOIDS_MAX + 1, zone);
	CHECK((r->problem != NULL) ==
		  (r->verdict == SPF_TEMPERROR || r->verdict == SPF_PERMERROR),
	    zone);
	for (size_t i = 0; i < COUNT(texts); i++)
		for (const char *p = texts[i]; p != NULL && *p != '\0'; p++)
			CHECK(*p >= ' ' && *p <= '~', zone);
}

static void
survives_random_zones(void **state)
{
	static const char *const clients[] = {"192.0.2.1", "2001:db8::1"};
	const char *given = getenv("POSTWARD_SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)time(NULL);
	unsigned seen[SPF_PERMERROR + 1] = {0};

	(void)state;
	print_message("POSTWARD_SEED=%u\n", seed);
	for (int i = 0; i < 200; i++) {
		struct arena *a = arena_new();
		const char *zone = random_zone(a, &seed);
		struct spf_zone z = spf_zone_open(zone);

		for (size_t k = 0; k < COUNT(clients); k++) {
			struct spf_result r = spf_zone_check(&z, clients[k],
			    "a-b.c d@example.org");

			check_result(&r, zone);
			seen[r.verdict]++;
		}
		spf_zone_close(&z);
		arena_free(a);
	}
	for (size_t i = 0; i < COUNT(seen); i++)
		print_message("%s %u\n", spf_verdict_name((enum spf_verdict)i),
		    seen[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(survives_the_explanation_of_512_bytes),
	    cmocka_unit_test(survives_long_targets),
	    cmocka_unit_test(loses_no_term_of_a_long_record),
	    cmocka_unit_test(keeps_all_of_a_short_domain),
	    cmocka_unit_test(asks_few_questions_of_a_tree_of_includes),
	    cmocka_unit_test(asks_few_questions_of_ten_mx),
	    cmocka_unit_test(reads_65000_exclamation_marks_quickly),
	    cmocka_unit_test(asks_dns_for_no_impossible_name),
	    cmocka_unit_test(takes_no_token_from_strangers),
	    cmocka_unit_test(survives_random_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
