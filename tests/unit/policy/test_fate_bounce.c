/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "policy/fate.h"

#include <string.h>

static const struct fate_settings defaults = {
    .unauthenticated = FATE_SIGN,
    .spf_only = FATE_REJECT,
    .policy_fails = FATE_HOLD,
};

#define TO(set)  .author = "example.org", .receivers = (set)
#define LIVES    .dkim_aligned = true, .survives = SURVIVAL_YES
#define DOUBLED  .form = {.doubled = "Subject"}
#define NAMELESS .form = {.no_message_id = true}
#define SEVERAL  .form = {.several_addresses = true}
#define REJECT   .policy = DMARC_POLICY_REJECT

enum {
	GMAIL = 1U << FATE_GMAIL,
	OUTLOOK = 1U << FATE_OUTLOOK,
	STRICT = 1U << FATE_STRICT,
};

struct bounce_row {
	const char *name;
	struct fate_facts facts;
	const char *what, *action;
	const char *reply; /* all of it; NULL: none */
};

static void
check_bounce_row(struct arena *a, const struct bounce_row *row)
{
	struct fate fate = fate_of(a, &row->facts, &defaults);

	CHECK_STR(fate_case_name(fate.what), row->what, row->name);
	CHECK_STR(fate_action_name(fate.action), row->action, row->name);
	CHECK_STR(fate.reply.code == 0 ? NULL : reply_line(a, &fate.reply),
	    row->reply, row->name);
}

static void
what_comes_back_for_its_form_is_refused(void **state)
{
	static const char two[] = "550 5.7.1 The host that it is forwarded to "
				  "refuses it: it has more than one field "
				  "Subject";
	static const char none[] = "550 5.7.1 The host that it is forwarded to "
				   "refuses it: it has no Message-ID";
	static const struct bounce_row rows[] = {
	    {"doubled", {TO(GMAIL), LIVES, DOUBLED}, "malformed", "reject",
		two},
	    {"for all of them", {TO(GMAIL | STRICT), LIVES, DOUBLED},
		"malformed", "reject", two},
	    {"no Message-ID", {TO(GMAIL), LIVES, NAMELESS}, "malformed",
		"reject", none},
	    {"which others do not mind", {TO(STRICT), LIVES, NAMELESS},
		"aligned", "forward", NULL},
	    {"several addresses", {TO(GMAIL), LIVES, SEVERAL}, "malformed",
		"reject",
		"550 5.7.1 The host that it is forwarded to refuses it: From "
		"has several addresses"},
	    {"which others do not mind, too", {TO(STRICT), LIVES, SEVERAL},
		"aligned", "forward", NULL},
	    {"a date is only missed by some",
		{TO(STRICT), LIVES, .form = {.no_date = true},
		    .other_spf = true},
		"aligned", "forward", NULL},
	    {"who would tell somebody else",
		{TO(STRICT), LIVES, .form = {.no_date = true}}, "malformed",
		"reject",
		"550 5.7.1 The host that it is forwarded to refuses it: it "
		"has no Date"},
	    {"and no large receiver misses it",
		{TO(GMAIL | OUTLOOK), LIVES, .form = {.no_date = true}},
		"aligned", "forward", NULL},
	    {"nor this one", {TO(OUTLOOK), LIVES, DOUBLED}, "aligned",
		"forward", NULL},
	    {"one of two, and the sender may be anybody",
		{TO(GMAIL | OUTLOOK), LIVES, DOUBLED}, "malformed", "reject",
		two},
	    {"one of two, and the sender is who he says",
		{TO(GMAIL | OUTLOOK), LIVES, DOUBLED, .spf_aligned = true},
		"aligned", "forward", NULL},
	    {"or at least his own domain's",
		{TO(GMAIL | OUTLOOK), LIVES, DOUBLED, .other_spf = true},
		"aligned", "forward", NULL},
	    {"or nobody is told",
		{TO(GMAIL | OUTLOOK), LIVES, DOUBLED, .notification = true},
		"aligned", "forward", NULL},
	    {"nobody knows who will get it", {TO(0), LIVES, DOUBLED}, "aligned",
		"forward", NULL},
	    {"without a policy", {TO(GMAIL), NAMELESS}, "malformed", "reject",
		none},
	    {"a member keeps what DMARC fails, and not that",
		{TO(GMAIL), .spf_aligned = true, REJECT, NAMELESS,
		    .strategies = 1U << STRATEGY_KEEP},
		"malformed", "reject", none},
	    {"what is held is held",
		{TO(GMAIL), .other_dkim = true, .from_list = true, REJECT,
		    NAMELESS},
		"policy-fails", "hold", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_bounce_row(a, &rows[i]);
	arena_free(a);
}

static void
what_nobody_speaks_for_at_the_next_host_is_refused(void **state)
{
	static const char sign[] = "550 5.7.26 Nothing of example.org passes "
				   "when forwarded: sign with DKIM";
	static const struct bounce_row rows[] = {
	    {"SPF ends here", {TO(GMAIL), .stays = true, .spf_aligned = true},
		"sender-stays", "reject", sign},
	    {"that of another too",
		{TO(GMAIL), .stays = true, .other_spf = true}, "sender-stays",
		"reject", sign},
	    {"nothing passes", {TO(STRICT), .stays = true}, "sender-stays",
		"reject", sign},
	    {"this one may take it", {TO(OUTLOOK), .stays = true},
		"unauthenticated", "sign", NULL},
	    {"one of two", {TO(GMAIL | OUTLOOK), .stays = true}, "sender-stays",
		"reject", sign},
	    {"one of two, and the sender is told",
		{TO(GMAIL | OUTLOOK), .stays = true, .spf_aligned = true},
		"spf-only-no-policy", "sign", NULL},
	    {"a signature goes with it",
		{TO(GMAIL), .stays = true, .other_dkim = true,
		    .other_lives = true},
		"unaligned", "sign", NULL},
	    {"which dies", {TO(GMAIL), .stays = true, .other_dkim = true},
		"sender-stays", "reject", sign},
	    {"the author's own", {TO(GMAIL), .stays = true, LIVES}, "aligned",
		"forward", NULL},
	    {"the sender is rewritten", {TO(GMAIL), .spf_aligned = true},
		"spf-only-no-policy", "sign", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_bounce_row(a, &rows[i]);
	arena_free(a);
}

#define BITS 15

static struct fate_facts
facts_of_bits(unsigned i)
{
	return (struct fate_facts){
	    .author = i & 1 ? "example.org" : NULL,
	    .from_list = i & 2,
	    .dkim_aligned = i & 4,
	    .survives = i & 8 ? SURVIVAL_YES : SURVIVAL_NO,
	    .spf_aligned = i & 16,
	    .other_dkim = i & 32,
	    .other_lives = i & 32 && i & 8,
	    .other_spf = i & 64,
	    .stays = i & 128,
	    .notification = i & 256,
	    .policy = (enum dmarc_policy)(i >> 9 & 3),
	    .form = {.doubled = i & 2048 ? "Date" : NULL,
		.no_message_id = i & 4096},
	    .rewritable = i & 8192,
	    .strategies = i & 16384 ? 1U << STRATEGY_KEEP : 0,
	};
}

/* True: somebody has chosen that this is sent, DMARC notwithstanding. */
static bool
is_chosen(const struct fate *fate)
{
	return (fate->what == FATE_SPF_ONLY ||
		   fate->what == FATE_SIGNATURE_BREAKS ||
		   fate->what == FATE_POLICY_FAILS ||
		   fate->what == FATE_POLICY_QUARANTINE) &&
	       fate->action == FATE_SIGN;
}

/* Of all messages to all receivers: what none of them takes is not accepted,
   and of what only some take nobody innocent is told. */
static void
nothing_is_sent_to_come_back(void **state)
{
	static const struct fate_settings keeps = {
	    .unauthenticated = FATE_SIGN,
	    .spf_only = FATE_SIGN,
	    .policy_fails = FATE_SIGN,
	};
	struct arena *a = arena_new();

	(void)state;
	for (unsigned i = 0; i < 1 << (BITS + 6); i++) {
		struct fate_facts f = facts_of_bits(i & ((1 << BITS) - 1));
		unsigned refused_by = 0;
		struct fate fate;

		f.receivers = i >> BITS & FATE_ALL_RECEIVERS;
		fate = fate_of(a, &f, i >> (BITS + 5) ? &keeps : &defaults);
		for (unsigned r = 0; r < FATE_RECEIVERS; r++)
			if (fate.at[r].outcome == FATE_REFUSED &&
			    (f.receivers & 1U << r) != 0)
				refused_by |= 1U << r;
		if (fate.action < FATE_HOLD && !is_chosen(&fate) &&
		    refused_by != 0) {
			assert_int_not_equal(refused_by, f.receivers);
			assert_true(f.spf_aligned || f.other_spf ||
				    f.notification);
		}
		arena_reset(a);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_comes_back_for_its_form_is_refused),
	    cmocka_unit_test(
		what_nobody_speaks_for_at_the_next_host_is_refused),
	    cmocka_unit_test(nothing_is_sent_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
