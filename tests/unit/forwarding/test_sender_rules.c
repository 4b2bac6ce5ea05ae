/* SPDX-License-Identifier: MIT */
#include "forwarding/sender_rules.h"

#include "forwarding/forwards.h"
#include "store/account_table.h"
#include "store/with_db.h"

#include <stdio.h>

static void
the_most_exact_rule_counts(void **state)
{
	static const struct sender_rule rules[] = {
	    {"", "example.org", false, 0},
	    {"", "sue@example.org", true, 0},
	    {"", "good.example.org", true, 0},
	    {"", "net", false, 0},
	    {"", "j\xc3\xb6rg@example.com", true, 0},
	    /* Whatever comes first. */
	    {"", "zoe@b.test", true, 0},
	    {"", "a.b.test", true, 0},
	    {"", "b.test", false, 0},
	};
	static const struct {
		const char *key;
		enum sender_said said;
		const char *by;
	} rows[] = {
	    {"sue@example.org", SENDER_ALLOWED, "sue@example.org"},
	    {"sam@example.org", SENDER_BLOCKED, "example.org"},
	    {"sue@sub.example.org", SENDER_BLOCKED, "example.org"},
	    {"sue@good.example.org", SENDER_ALLOWED, "good.example.org"},
	    {"sue@x.good.example.org", SENDER_ALLOWED, "good.example.org"},
	    {"sue@badexample.org", SENDER_UNNAMED, NULL},
	    {"sue@any.net", SENDER_BLOCKED, "net"},
	    {"sue@net", SENDER_BLOCKED, "net"},
	    {"sue@planet", SENDER_UNNAMED, NULL},
	    {"zoe@b.test", SENDER_ALLOWED, "zoe@b.test"},
	    {"sue@a.b.test", SENDER_ALLOWED, "a.b.test"},
	    {"sue@b.test", SENDER_BLOCKED, "b.test"},
	    {"sue@org", SENDER_UNNAMED, NULL},
	    {"j\xc3\xb6rg@example.com", SENDER_ALLOWED,
		"j\xc3\xb6rg@example.com"},
	    {"x\xc3\xb6rg@example.com", SENDER_UNNAMED, NULL},
	    {"\"a@example.org\"@example.com", SENDER_UNNAMED, NULL},
	    {"example.org", SENDER_UNNAMED, NULL},
	    {NULL, SENDER_UNNAMED, NULL},
	};
	struct with_db *w = *state;
	const char *text = sender_rules_text(w->arena, rules, COUNT(rules));

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *by = NULL;

		CHECK(sender_rules_find(w->arena, text, rows[i].key, &by) ==
			  rows[i].said,
		    rows[i].key);
		CHECK_STR(by, rows[i].by, rows[i].key);
	}
	CHECK_STR(sender_rules_text(w->arena, rules, 0), NULL, "none");
	CHECK(sender_rules_find(w->arena, NULL, "a@b", NULL) == SENDER_UNNAMED,
	    "no rules");
}

static void
reads_what_people_type(void **state)
{
	static const struct {
		const char *typed, *sender;
	} rows[] = {
	    {"sue@example.org", "sue@example.org"},
	    {" Sue@Example.ORG\n", "sue@example.org"},
	    {"example.org", "example.org"},
	    {"@Example.org", "example.org"},
	    {"b\xc3\xbc"
	     "cher.example",
		"xn--bcher-kva.example"},
	    {"", NULL},
	    {"@", NULL},
	    {"sue@", NULL},
	    {"sue example.org", NULL},
	    {"a@b@example.org", NULL},
	};
	struct with_db *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = NULL;
		struct err err = {""};
		enum rc rc =
		    sender_rule_read(w->arena, rows[i].typed, &got, &err);

		if (rows[i].sender == NULL) {
			CHECK(rc == RC_PERM, rows[i].typed);
			CHECK(err.text[0] != '\0', rows[i].typed);
		} else {
			CHECK(rc == RC_OK, err.text);
			CHECK_STR(got, rows[i].sender, rows[i].typed);
		}
	}
}

static void
an_account_has_so_many(void **state)
{
	struct with_db *w = *state;
	char sender[40];
	struct sender_rule rule = {"ann@remotes.club", sender, true, 1};
	struct err err = {""};

	strcpy(sender, "0.example");
	CHECK(sender_rules_add(w->db, w->arena, &rule, &err) == RC_NONE,
	    "no account");
	account_add(w->db, rule.account, 1, NULL);
	for (int i = 0; i < SENDER_RULES_MAX; i++) {
		snprintf(sender, sizeof(sender), "%d.example", i);
		CHECK(sender_rules_add(w->db, w->arena, &rule, &err) == RC_OK,
		    err.text);
	}
	rule.allow = false;
	CHECK(sender_rules_add(w->db, w->arena, &rule, &err) == RC_OK,
	    "one that is there may change");
	strcpy(sender, "more.example");
	CHECK(sender_rules_add(w->db, w->arena, &rule, &err) == RC_PERM,
	    "one more");
	assert_string_equal(err.text,
	    "ann@remotes.club has 200 rules already; remove some first");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(the_most_exact_rule_counts),
	    NEEDS_DB(reads_what_people_type),
	    NEEDS_DB(an_account_has_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
