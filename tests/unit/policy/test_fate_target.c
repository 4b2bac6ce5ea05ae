/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "policy/fate_target.h"

#include <string.h>

static void
an_exchanger_tells_who_receives(void **state)
{
	static const struct {
		const char *host;
		enum fate_receiver receiver;
	} rows[] = {
	    {"gmail-smtp-in.l.google.com", FATE_GMAIL},
	    {"aspmx.l.google.com", FATE_GMAIL},
	    {"SMTP.Google.COM", FATE_GMAIL},
	    {"aspmx2.googlemail.com", FATE_GMAIL},
	    {"example-org.mail.protection.outlook.com", FATE_OUTLOOK},
	    {"hotmail-com.olc.protection.outlook.com", FATE_OUTLOOK},
	    {"example-org.o-v1.mx.microsoft", FATE_OUTLOOK},
	    {"mta5.am0.yahoodns.net", FATE_YAHOO},
	    {"mx-aol.mail.gm0.yahoodns.net", FATE_YAHOO},
	    {"mx01.mail.icloud.com", FATE_ICLOUD},
	    {"mx-in.g.apple.com", FATE_ICLOUD},
	    {"google.com", FATE_GMAIL},
	    {"notgoogle.com", FATE_STRICT},
	    {"google.com.example.org", FATE_STRICT},
	    {"outlook.com", FATE_STRICT},
	    {"mx.example.org", FATE_STRICT},
	    {"com", FATE_STRICT},
	    {"", FATE_STRICT},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(fate_receiver_of_host(a, rows[i].host) ==
			  rows[i].receiver,
		    rows[i].host);
	arena_free(a);
}

#define BIT(receiver) (1U << FATE_##receiver)

static void
the_best_exchangers_count(void **state)
{
	static const struct {
		const char *name;
		enum rc rc;
		struct {
			unsigned preference;
			const char *host;
		} mx[3];
		unsigned set;
	} rows[] = {
	    {"one", RC_OK, {{5, "gmail-smtp-in.l.google.com"}}, BIT(GMAIL)},
	    {"two of one", RC_OK,
		{{5, "a.l.google.com"}, {10, "b.l.google.com"}}, BIT(GMAIL)},
	    {"a filter before it", RC_OK,
		{{5, "mx.filter.example"}, {10, "a.l.google.com"}},
		BIT(STRICT)},
	    {"a spare behind it", RC_OK,
		{{5, "a.l.google.com"}, {10, "mx.spare.example"}}, BIT(GMAIL)},
	    {"two alike", RC_OK,
		{{5, "a.l.google.com"}, {5, "mx1.mail.icloud.com"},
		    {9, "mx.spare.example"}},
		BIT(GMAIL) | BIT(ICLOUD)},
	    {"that takes no mail", RC_OK, {{0, ""}}, BIT(STRICT)},
	    {"no record", RC_NONE, {{0, NULL}}, BIT(STRICT)},
	    {"no answer", RC_TEMP, {{0, NULL}}, BIT(STRICT)},
	    {"no name", RC_PERM, {{0, NULL}}, BIT(STRICT)},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_record records[3] = {0};
		struct dns_query q = {.rc = rows[i].rc, .records = records};

		for (; q.n < 3 && rows[i].mx[q.n].host != NULL; q.n++) {
			records[q.n].preference = rows[i].mx[q.n].preference;
			records[q.n].name = rows[i].mx[q.n].host;
		}
		CHECK(fate_receivers_of(a, &q) == rows[i].set, rows[i].name);
	}
	arena_free(a);
}

static void
domains_are_told_once(void **state)
{
	static const char *const first[] = {
	    "ann@gmail.com", "\"a@b c\"@GMail.com", "ann@example.org"};
	static const char *const second[] = {
	    "bob@example.org", "bob@org", "bob@[192.0.2.1]"};
	const struct forwards one = {.targets = first, .n = 3};
	const struct forwards other = {.targets = second, .n = 3};
	struct arena *a = arena_new();
	const char *all = NULL;

	(void)state;
	CHECK_STR(fate_targets_at(a, NULL, 0), NULL, "none");
	all = fate_targets_add(a, all, &one);
	all = fate_targets_add(a, all, &other);
	CHECK_STR(all, "gmail.com example.org org [192.0.2.1]", "text");
	CHECK_STR(fate_targets_at(a, all, 0), "gmail.com", "first");
	CHECK_STR(fate_targets_at(a, all, 3), "[192.0.2.1]", "last");
	CHECK_STR(fate_targets_at(a, all, 4), NULL, "no more");
	arena_free(a);
}

static void
no_more_are_kept_than_tell_that_there_are_more(void **state)
{
	struct arena *a = arena_new();
	const char *all = NULL, *target;
	const struct forwards one = {.targets = &target, .n = 1};

	(void)state;
	for (int i = 0; i < 100; i++) {
		target = arena_printf(a, "ann@d%d.example", i);
		all = fate_targets_add(a, all, &one);
	}
	CHECK_STR(fate_targets_at(a, all, FATE_TARGETS_MAX), "d10.example",
	    "one more");
	CHECK_STR(fate_targets_at(a, all, FATE_TARGETS_MAX + 1), NULL,
	    "the rest");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_exchanger_tells_who_receives),
	    cmocka_unit_test(the_best_exchangers_count),
	    cmocka_unit_test(domains_are_told_once),
	    cmocka_unit_test(no_more_are_kept_than_tell_that_there_are_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
