/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "auth/survival.h"

#include <string.h>

#define DAY ((int64_t)24 * 3600)

#define KEEPS                                                                  \
	{                                                                      \
		true, true, true                                               \
	}
#define CONVERTS                                                               \
	{                                                                      \
		true, false, false                                             \
	}

struct survival_row {
	const char *name;
	const char *signed_names[6]; /* h= */
	struct message_form form;
	struct survival_server server;
	bool body_replaced, claims_removed;
	int64_t expires; /* in days from now; -1: never */
	enum survival expected;
	const char *why; /* how it begins */
};

/* What is there: two Received, one Authentication-Results of somebody else. */
static const struct mail_field fields[] = {
    {"Received", " by b", 5},
    {"Authentication-Results", " c; none", 8},
    {"Received", " by a", 5},
    {"From", " x@example.org", 14},
};

static void
signatures_live_if_nothing_that_they_sign_is_touched(void **state)
{
	static const struct survival_row rows[] = {
	    {"as it should be", {"from", "subject"}, {0}, {0}, false, false, -1,
		SURVIVAL_YES, NULL},
	    {"nobody may add one more", {"from", "from", "subject"}, {0}, {0},
		false, false, -1, SURVIVAL_YES, NULL},
	    {"what is there of trace", {"from", "received", "received"}, {0},
		{0}, false, false, -1, SURVIVAL_YES, NULL},
	    {"more of it than is there",
		{"from", "Received", "received", "RECEIVED"}, {0}, {0}, false,
		false, -1, SURVIVAL_NO, "it signs Received"},
	    {"results of others, which stay",
		{"from", "authentication-results"}, {0}, {0}, false, false, -1,
		SURVIVAL_YES, NULL},
	    {"results in our name, which go",
		{"from", "authentication-results"}, {0}, {0}, false, true, -1,
		SURVIVAL_NO, "it signs Authentication-Results"},
	    {"results that may not come",
		{"from", "authentication-results", "authentication-results"},
		{0}, {0}, false, false, -1, SURVIVAL_NO,
		"it signs Authentication-Results"},
	    {"a seal that may not come", {"from", "arc-seal"}, {0}, {0}, false,
		false, -1, SURVIVAL_NO, "it signs ARC-Seal"},
	    {"a field too long", {"from"}, {.long_field = true}, KEEPS, false,
		false, -1, SURVIVAL_NO, "a field is longer"},
	    {"a bare CR", {"from"}, {.bare_cr = true}, KEEPS, false, false, -1,
		SURVIVAL_NO, "the body has a CR"},
	    {"another body", {"from"}, {0}, KEEPS, true, false, -1, SURVIVAL_NO,
		"the body is replaced"},
	    {"8 bits, kept", {"from"}, {.eight_bit = true}, KEEPS, false, false,
		-1, SURVIVAL_YES, NULL},
	    {"8 bits, perhaps kept", {"from"}, {.eight_bit = true}, {0}, false,
		false, -1, SURVIVAL_UNSURE, "the mail server may convert"},
	    {"8 bits, for who takes them", {"from"}, {.eight_bit = true},
		CONVERTS, false, false, -1, SURVIVAL_UNSURE,
		"the mail server may convert"},
	    {"long lines, kept", {"from"}, {.long_line = true}, KEEPS, false,
		false, -1, SURVIVAL_YES, NULL},
	    {"long lines, perhaps kept", {"from"}, {.long_line = true}, {0},
		false, false, -1, SURVIVAL_UNSURE,
		"the mail server breaks long lines"},
	    {"long lines, broken", {"from"}, {.long_line = true}, CONVERTS,
		false, false, -1, SURVIVAL_NO,
		"the mail server breaks long lines"},
	    {"long lines, where only these are kept", {"from"},
		{.long_line = true}, {true, false, true}, false, false, -1,
		SURVIVAL_YES, NULL},
	    {"8 bits there", {"from"}, {.eight_bit = true}, {true, false, true},
		false, false, -1, SURVIVAL_UNSURE,
		"the mail server may convert"},
	    {"a week", {"from"}, {0}, KEEPS, false, false, 7, SURVIVAL_YES,
		NULL},
	    {"as long as the queue", {"from"}, {0}, KEEPS, false, false, 5,
		SURVIVAL_YES, NULL},
	    {"an hour", {"from"}, {0}, KEEPS, false, false, 1, SURVIVAL_UNSURE,
		"it expires before"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct survival_row *row = &rows[i];
		const struct survival_way way = {
		    .fields = fields,
		    .n = sizeof(fields) / sizeof(*fields),
		    .form = &row->form,
		    .server = row->server,
		    .body_replaced = row->body_replaced,
		    .claims_removed = row->claims_removed,
		    .now = 1000,
		    .queue_seconds = 5 * DAY,
		};
		struct dkim_result signature = {
		    .verdict = DKIM_PASS,
		    .expires =
			row->expires < 0 ? -1 : 1000 + row->expires * DAY,
		    .names = row->signed_names,
		};
		const char *why;

		while (signature.n_names < 6 &&
		       row->signed_names[signature.n_names] != NULL)
			signature.n_names++;
		CHECK_STR(survival_name(survival_of(a, &signature, &way, &why)),
		    survival_name(row->expected), row->name);
		if (row->why == NULL)
			CHECK_STR(why, NULL, row->name);
		else
			CHECK(why != NULL &&
				  strncmp(why, row->why, strlen(row->why)) == 0,
			    row->name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		signatures_live_if_nothing_that_they_sign_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
