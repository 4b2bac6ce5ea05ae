/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "policy/fate.h"

#include <string.h>

static const struct fate_settings defaults = {
    .unauthenticated = FATE_SIGN,
    .spf_only = FATE_REJECT,
    .policy_fails = FATE_HOLD,
};

#define X          .author = "example.org"
#define REJECT     .policy = DMARC_POLICY_REJECT
#define QUARANTINE .policy = DMARC_POLICY_QUARANTINE
#define LIVES      .dkim_aligned = true, .survives = SURVIVAL_YES
#define DIES       .dkim_aligned = true, .survives = SURVIVAL_NO, .why = "because"

enum {
	DEF = 1U << STRATEGY_DEFAULT,
	KEEP = 1U << STRATEGY_KEEP,
	HOLD = 1U << STRATEGY_HOLD,
	REFUSE = 1U << STRATEGY_REJECT,
	REWRITE = 1U << STRATEGY_REWRITE,
};

#define CHOSEN(set) .strategies = (set)
#define SPF_ONLY    X, .spf_aligned = true, REJECT
#define FAILS       X, .other_dkim = true, REJECT

static void
members_choose(void **state)
{
	static const struct {
		const char *name;
		struct fate_facts facts;
		const char *action, *what;
	} rows[] = {
	    {"nobody", {SPF_ONLY, CHOSEN(DEF)}, "reject", "spf-only"},
	    {"keep", {SPF_ONLY, CHOSEN(KEEP)}, "sign", "spf-only"},
	    {"hold", {SPF_ONLY, CHOSEN(HOLD)}, "hold", "spf-only"},
	    {"reject", {SPF_ONLY, CHOSEN(REFUSE)}, "reject", "spf-only"},
	    {"a signature that dies",
		{X, DIES, .spf_aligned = true, REJECT, CHOSEN(KEEP)}, "sign",
		"signature-breaks"},
	    {"keep what fails", {FAILS, .other_spf = true, CHOSEN(KEEP)},
		"sign", "policy-fails"},
	    /* Somebody else would be told that it did not arrive. */
	    {"keep what nobody sent", {FAILS, CHOSEN(KEEP)}, "reject",
		"policy-fails"},
	    {"or what may die", {X, DIES, REJECT, CHOSEN(KEEP)}, "reject",
		"signature-breaks"},
	    {"reject what fails", {FAILS, CHOSEN(REFUSE)}, "reject",
		"policy-fails"},
	    {"quarantine", {X, .other_dkim = true, QUARANTINE, CHOSEN(REFUSE)},
		"reject", "policy-quarantine"},
	    {"held is only what may be a list",
		{X, .other_spf = true, REJECT, CHOSEN(HOLD)}, "reject",
		"policy-fails"},
	    {"the stricter is what is configured",
		{SPF_ONLY, CHOSEN(DEF | KEEP)}, "reject", "spf-only"},
	    {"or it is not", {FAILS, CHOSEN(DEF | REFUSE)}, "reject",
		"policy-fails"},
	    {"nor here", {FAILS, CHOSEN(DEF | KEEP)}, "hold", "policy-fails"},
	    {"of three", {SPF_ONLY, CHOSEN(KEEP | HOLD | REFUSE)}, "reject",
		"spf-only"},
	    {"of two", {SPF_ONLY, CHOSEN(KEEP | HOLD)}, "hold", "spf-only"},
	    {"forged is forged", {X, REJECT, CHOSEN(KEEP)}, "reject", "forged"},
	    {"of nobody", {.author = NULL, CHOSEN(KEEP)}, "reject",
		"no-author"},
	    {"nobody knows", {X, .temporary = true, CHOSEN(KEEP)}, "later",
		"unknown"},
	    {"marked", {X, LIVES, .marked = "X: y", CHOSEN(KEEP)}, "reject",
		"marked"},
	    {"what arrives is forwarded", {X, LIVES, REJECT, CHOSEN(REFUSE)},
		"forward", "aligned"},
	    {"nothing passes, no policy", {X, CHOSEN(REFUSE)}, "sign",
		"unauthenticated"},
	};
	static const struct fate_settings settings = {
	    .unauthenticated = FATE_SIGN,
	    .spf_only = FATE_REJECT,
	    .policy_fails = FATE_HOLD,
	    .spam = FATE_REJECT,
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fate fate = fate_of(a, &rows[i].facts, &settings);

		CHECK_STR(fate_action_name(fate.action), rows[i].action,
		    rows[i].name);
		CHECK_STR(fate_case_name(fate.what), rows[i].what,
		    rows[i].name);
	}
	arena_free(a);
}

#define VOUCHED .vouched = "it came by the list x.example, which is trusted"

/* By a sealer or a list that is trusted: what would be held goes on, and no
   more. */
static void
who_is_vouched_for_is_not_held(void **state)
{
	static const struct fate_settings rejects = {
	    .unauthenticated = FATE_REJECT,
	    .spf_only = FATE_REJECT,
	    .policy_fails = FATE_REJECT,
	};
	static const struct {
		const char *name;
		struct fate_facts facts;
		const struct fate_settings *settings;
		const char *what, *action;
	} rows[] = {
	    {"signed by a list", {FAILS, VOUCHED}, &defaults, "policy-fails",
		"sign"},
	    {"sent by one", {X, .other_spf = true, REJECT, VOUCHED}, &defaults,
		"policy-fails", "sign"},
	    {"quarantine", {X, .other_dkim = true, QUARANTINE, VOUCHED},
		&defaults, "policy-quarantine", "sign"},
	    {"only the seal holds", {X, REJECT, VOUCHED}, &defaults,
		"policy-fails", "sign"},
	    {"without a policy", {X, VOUCHED}, &rejects, "unaligned", "sign"},
	    {"the owner refuses them", {FAILS, VOUCHED}, &rejects,
		"policy-fails", "reject"},
	    {"a member has them held", {FAILS, VOUCHED, CHOSEN(HOLD)},
		&defaults, "policy-fails", "hold"},
	    {"held, as it is a list's",
		{X, .other_spf = true, REJECT, VOUCHED, CHOSEN(HOLD)},
		&defaults, "policy-fails", "hold"},
	    {"who only has SPF", {SPF_ONLY, VOUCHED}, &defaults, "spf-only",
		"reject"},
	    {"nobody has written it", {.author = NULL, VOUCHED}, &defaults,
		"no-author", "reject"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fate fate = fate_of(a, &rows[i].facts, rows[i].settings);
		bool told = strstr(fate.why, "x.example") != NULL;

		CHECK_STR(fate_case_name(fate.what), rows[i].what,
		    rows[i].name);
		CHECK_STR(fate_action_name(fate.action), rows[i].action,
		    rows[i].name);
		CHECK(told == (strncmp(rows[i].what, "policy", 6) == 0),
		    rows[i].name);
	}
	arena_free(a);
}

static void
a_set_of_strategies_is_a_text(void **state)
{
	static const struct {
		const char *text, *again;
		unsigned set;
	} rows[] = {
	    {NULL, NULL, DEF},
	    {"", NULL, DEF},
	    {"keep", "keep", KEEP},
	    {"hold default", "default hold", DEF | HOLD},
	    {"reject rewrite", "reject rewrite", REFUSE | REWRITE},
	    {"keep  of-tomorrow", "default keep", DEF | KEEP},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = arena_printf(a, "row %zu", i);

		CHECK(strategies_read(a, rows[i].text) == rows[i].set, name);
		CHECK_STR(strategies_text(a, rows[i].set), rows[i].again, name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_choose),
	    cmocka_unit_test(who_is_vouched_for_is_not_held),
	    cmocka_unit_test(a_set_of_strategies_is_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
