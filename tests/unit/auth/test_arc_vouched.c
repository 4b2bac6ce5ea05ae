/* SPDX-License-Identifier: MIT */
#include "auth/arc.h"
#include "check.h"

#define PASS "mx.l.example; dmarc=pass (p=reject) header.from=bank.example"
#define FAIL "mx.f.example; dmarc=fail header.from=bank.example"

/* The list trusts l.example and f.example. */
static void
believes_those_that_are_listed(void **state)
{
	static const char *const sealers[] = {"l.example", "f.example"};
	static const struct {
		const char *name;
		struct arc_result chain;
		struct arc_set sets[3];
		const char *author;  /* NULL: bank.example */
		const char *vouched; /* NULL: nobody */
	} rows[] = {
	    {"no chain", {.n = 0}, {{0}}, NULL, NULL},
	    {"a list that saw it", {ARC_PASS, .n = 1},
		{{"l.example", "s", PASS}}, NULL, "l.example"},
	    {"below it", {ARC_PASS, .n = 1}, {{"mx.l.example", "s", PASS}},
		NULL, "mx.l.example"},
	    {"a name that ends the same", {ARC_PASS, .n = 1},
		{{"evil-l.example", "s", PASS}}, NULL, NULL},
	    {"a stranger", {ARC_PASS, .n = 1}, {{"evil.example", "s", PASS}},
		NULL, NULL},
	    {"a chain that fails", {ARC_FAIL, .n = 1},
		{{"l.example", "s", PASS}}, NULL, NULL},
	    {"a part of the body is open",
		{ARC_PASS, .n = 1, .body_unsigned = 1},
		{{"l.example", "s", PASS}}, NULL, NULL},
	    {"a list, and who forwards after it", {ARC_PASS, .n = 2},
		{{"l.example", "s", PASS}, {"f.example", "s", FAIL}}, NULL,
		"l.example"},
	    {"the newest that says so", {ARC_PASS, .n = 2},
		{{"l.example", "s", PASS}, {"f.example", "s", PASS}}, NULL,
		"f.example"},
	    {"a stranger after it", {ARC_PASS, .n = 2},
		{{"l.example", "s", PASS}, {"evil.example", "s", FAIL}}, NULL,
		NULL},
	    {"a stranger between", {ARC_PASS, .n = 3},
		{{"l.example", "s", PASS}, {"evil.example", "s", FAIL},
		    {"f.example", "s", FAIL}},
		NULL, NULL},
	    {"a stranger before it", {ARC_PASS, .n = 2},
		{{"evil.example", "s", FAIL}, {"l.example", "s", PASS}}, NULL,
		"l.example"},
	    {"only the stranger saw it", {ARC_PASS, .n = 2},
		{{"evil.example", "s", PASS}, {"l.example", "s", FAIL}}, NULL,
		NULL},
	    {"it did not pass", {ARC_PASS, .n = 1}, {{"l.example", "s", FAIL}},
		NULL, NULL},
	    {"nobody looked", {ARC_PASS, .n = 1},
		{{"l.example", "s", "mx; spf=pass"}}, NULL, NULL},
	    {"of another author", {ARC_PASS, .n = 1},
		{{"l.example", "s", PASS}}, "evil.example", NULL},
	    {"of one below", {ARC_PASS, .n = 1}, {{"l.example", "s", PASS}},
		"www.bank.example", NULL},
	    {"of nobody", {ARC_PASS, .n = 1},
		{{"l.example", "s", "mx; dmarc=pass"}}, NULL, NULL},
	    {"of no domain", {ARC_PASS, .n = 1},
		{{"l.example", "s", "mx; dmarc=pass header.from=\"a b\""}},
		NULL, NULL},
	    {"of an address", {ARC_PASS, .n = 1},
		{{"l.example", "s",
		    "mx; dmarc=pass header.from=Ann@Bank.Example"}},
		NULL, "l.example"},
	    {"of two", {ARC_PASS, .n = 1},
		{{"l.example", "s", PASS " header.from=evil.example"}}, NULL,
		NULL},
	    {"it says both", {ARC_PASS, .n = 1},
		{{"l.example", "s",
		    FAIL ";"
			 "dmarc=pass "
			 "header.from=bank.example"}},
		NULL, NULL},
	    {"in a comment only", {ARC_PASS, .n = 1},
		{{"l.example", "s",
		    "mx; spf=pass (; dmarc=pass header.from=bank.example)"}},
		NULL, NULL},
	    {"in quotes only", {ARC_PASS, .n = 1},
		{{"l.example", "s",
		    "mx; spf=fail smtp.mailfrom=\"; dmarc=pass "
		    "header.from=bank.example;\""}},
		NULL, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arc_result chain = rows[i].chain;
		const struct arc_set *set;

		chain.sets = rows[i].sets;
		set = arc_vouched(a, &chain, sealers, COUNT(sealers),
		    rows[i].author == NULL ? "bank.example" : rows[i].author);
		CHECK_STR(set == NULL ? NULL : set->domain, rows[i].vouched,
		    rows[i].name);
		CHECK(arc_vouched(a, &chain, NULL, 0, "bank.example") == NULL,
		    rows[i].name);
		CHECK(arc_vouched(a, &chain, sealers, COUNT(sealers), NULL) ==
			  NULL,
		    rows[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(believes_those_that_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
