/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "policy/fate.h"

#include <string.h>

static const struct fate_settings defaults = {
    .unauthenticated = FATE_SIGN,
    .spf_only = FATE_REJECT,
    .policy_fails = FATE_HOLD,
};

#define AT(author_) .author = (author_)
#define X           AT("example.org")
#define REJECT      .policy = DMARC_POLICY_REJECT
#define QUARANTINE  .policy = DMARC_POLICY_QUARANTINE
#define LIVES       .dkim_aligned = true, .survives = SURVIVAL_YES
#define UNSURE                                                                 \
	.dkim_aligned = true, .survives = SURVIVAL_UNSURE, .why = "because"
#define DIES .dkim_aligned = true, .survives = SURVIVAL_NO, .why = "because"

#define ALL_REFUSE                                                             \
	"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,strict:5.7.26"
#define ALL_HIDE "gmail:spam,outlook:spam,yahoo:spam,icloud:spam,strict:spam"
#define ALL_UNSURE                                                             \
	"gmail:unsure,outlook:unsure,yahoo:unsure,icloud:unsure,strict:unsure"
#define BULK "outlook:unsure"

struct fate_case_row {
	const char *name;
	struct fate_facts facts;
	const char *what, *action;
	const char *reply; /* how it begins */
	const char *at;
};

static void
check_fate_row(struct arena *a, const struct fate_case_row *row,
    const struct fate_settings *settings)
{
	struct fate fate = fate_of(a, &row->facts, settings);
	const char *reply =
	    fate.reply.code == 0 ? NULL : reply_line(a, &fate.reply);

	CHECK_STR(fate_case_name(fate.what), row->what, row->name);
	CHECK_STR(fate_action_name(fate.action), row->action, row->name);
	CHECK_STR(fate_at(a, &fate), row->at, row->name);
	if (row->reply == NULL)
		CHECK_STR(reply, NULL, row->name);
	else
		CHECK(reply != NULL &&
			  strncmp(reply, row->reply, strlen(row->reply)) == 0,
		    row->name);
	CHECK(fate.why != NULL && strstr(fate.why, "%s") == NULL, row->name);
}

static void
each_message_has_one_fate(void **state)
{
	static const struct fate_case_row rows[] = {
	    {"nobody has written it", {.author = NULL}, "no-author", "reject",
		"550 5.7.1 The field From must name one author",
		"gmail:5.7.1,outlook:5.7.1,yahoo:5.7.1,icloud:5.7.1,"
		"strict:5.7.1"},
	    {"nobody knows", {X, .temporary = true}, "unknown", "later",
		"451 4.7.0 What speaks for example.org cannot be found out",
		ALL_UNSURE},
	    {"a key is missing, and SPF would not do",
		{X, .temporary = true, .spf_aligned = true, REJECT}, "unknown",
		"later", "451 4.7.0 ", ALL_UNSURE},
	    {"a key is missing that nobody needs",
		{X, .temporary = true, .spf_aligned = true},
		"spf-only-no-policy", "sign", NULL, BULK},
	    {"an answer is missing that nobody needs",
		{X, LIVES, .temporary = true, REJECT}, "aligned", "forward",
		NULL, NULL},
	    {"signed by the author", {X, LIVES, REJECT}, "aligned", "forward",
		NULL, NULL},
	    {"signed, without a policy", {X, LIVES}, "aligned", "forward", NULL,
		NULL},
	    {"a signature that may live", {X, UNSURE, REJECT}, "aligned",
		"sign", NULL, ALL_UNSURE},
	    {"the same without a policy", {X, UNSURE}, "aligned", "sign", NULL,
		NULL},
	    {"SPF only, reject", {X, .spf_aligned = true, REJECT}, "spf-only",
		"reject",
		"550 5.7.26 DMARC of example.org cannot pass when forwarded: "
		"sign with DKIM",
		ALL_REFUSE},
	    {"SPF only, quarantine", {X, .spf_aligned = true, QUARANTINE},
		"spf-only", "reject", "550 5.7.26 ", ALL_HIDE},
	    {"SPF only, no policy", {X, .spf_aligned = true},
		"spf-only-no-policy", "sign", NULL, BULK},
	    {"a signature that dies, reject", {X, DIES, REJECT},
		"signature-breaks", "reject", "550 5.7.26 ", ALL_REFUSE},
	    {"the same with SPF", {X, DIES, .spf_aligned = true, REJECT},
		"signature-breaks", "reject", "550 5.7.26 ", ALL_REFUSE},
	    {"a signature that dies, no policy", {X, DIES},
		"spf-only-no-policy", "sign", NULL, BULK},
	    {"signed by another, reject", {X, .other_dkim = true, REJECT},
		"policy-fails", "hold", NULL, ALL_REFUSE},
	    {"sent by a list, reject",
		{X, .other_spf = true, .from_list = true, REJECT},
		"policy-fails", "hold", NULL, ALL_REFUSE},
	    {"sent by another, reject", {X, .other_spf = true, REJECT},
		"policy-fails", "reject", "550 5.7.1 DMARC of example.org",
		ALL_REFUSE},
	    {"signed by another, quarantine",
		{X, .other_dkim = true, QUARANTINE}, "policy-quarantine",
		"hold", NULL, ALL_HIDE},
	    {"signed by another, no policy", {X, .other_dkim = true},
		"unaligned", "sign", NULL, BULK},
	    {"nothing passes, reject", {X, REJECT}, "forged", "reject",
		"550 5.7.26 ", ALL_REFUSE},
	    {"nothing passes, quarantine", {X, QUARANTINE}, "forged", "reject",
		"550 5.7.26 ", ALL_HIDE},
	    {"nothing passes, no policy", {X}, "unauthenticated", "sign", NULL,
		BULK},
	    {"that says it is of Gmail", {AT("gmail.com"), .other_spf = true},
		"unaligned", "sign", NULL, "gmail:spam,outlook:unsure"},
	    {"nothing passes, and the sender stays", {X, .stays = true},
		"unauthenticated", "sign", NULL,
		"gmail:5.7.26,outlook:unsure,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {"others sign, and the sender stays",
		{X, .stays = true, .other_dkim = true, .other_lives = true},
		"unaligned", "sign", NULL, BULK},
	    {"the author signs, and the sender stays",
		{X, LIVES, .stays = true}, "aligned", "forward", NULL, NULL},
	    {"two subjects", {X, LIVES, .form = {.doubled = "Date"}}, "aligned",
		"forward", NULL, "gmail:5.7.1,strict:5.7.1"},
	    {"no message id", {X, LIVES, .form = {.no_message_id = true}},
		"aligned", "forward", NULL, "gmail:5.7.1"},
	    {"no date", {X, LIVES, .form = {.no_date = true}}, "aligned",
		"forward", NULL, "strict:unsure"},
	    {"several addresses of one domain",
		{X, LIVES, .form = {.several_addresses = true}}, "aligned",
		"forward", NULL, "gmail:5.7.1"},
	    {"older receivers refuse it",
		{X, .spf_aligned = true, QUARANTINE,
		    .older = DMARC_POLICY_REJECT},
		"spf-only", "reject", "550 5.7.26 ", ALL_UNSURE},
	    {"older receivers take it",
		{X, .spf_aligned = true, REJECT, .older = DMARC_POLICY_NONE},
		"spf-only", "reject", "550 5.7.26 ", ALL_UNSURE},
	    {"older receivers refuse what is not asked for",
		{X, .spf_aligned = true, .older = DMARC_POLICY_REJECT},
		"spf-only", "reject", "550 5.7.26 ", ALL_UNSURE},
	    {"older receivers refuse what is only to be hidden",
		{X, .other_spf = true, QUARANTINE,
		    .older = DMARC_POLICY_REJECT},
		"policy-fails", "reject", "550 5.7.1 ", ALL_UNSURE},
	    {"older receivers hide what is not asked for",
		{X, .spf_aligned = true, .older = DMARC_POLICY_QUARANTINE},
		"spf-only-no-policy", "sign", NULL, ALL_UNSURE},
	    {"older receivers, of what is signed",
		{X, LIVES, REJECT, .older = DMARC_POLICY_NONE}, "aligned",
		"forward", NULL, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_fate_row(a, &rows[i], &defaults);
	arena_free(a);
}

static void
what_a_filter_has_marked_is_known(void **state)
{
	static const char *const marks[] = {
	    "X-Spam: Yes", "X-Spam-Flag:YES", "X-Virus:"};
	static const struct fate_settings settings = {
	    .spam = FATE_REJECT, .spam_fields = marks, .n_spam_fields = 3};
	static const struct {
		const char *name, *value, *mark;
	} rows[] = {
	    {"X-Spam", " Yes", "X-Spam: Yes"},
	    {"x-spam", "yes", "X-Spam: Yes"},
	    {"X-Spam ", "\n\tYES, score=17", "X-Spam: Yes"},
	    {"X-Spam", " Yesterday", NULL},
	    {"X-Spam", " No", NULL},
	    {"X-Spam", "", NULL},
	    {"X-Spam-Status", " Yes", NULL},
	    {"X-Spam-Flag", " yes", "X-Spam-Flag:YES"},
	    {"X-Virus", "", "X-Virus:"},
	    {"X-Virus", " EICAR", "X-Virus:"},
	    {"Subject", " X-Spam: Yes", NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail_field fields[] = {
		    {"Subject", " hi", 3},
		    {rows[i].name, rows[i].value, strlen(rows[i].value)},
		};

		CHECK_STR(fate_mark_of(a, &settings, fields, 2), rows[i].mark,
		    arena_printf(a, "row %zu", i));
	}
	arena_free(a);
}

static void
the_owner_chooses(void **state)
{
	static const struct {
		struct fate_settings settings;
		struct fate_case_row row;
	} rows[] = {
	    {{.unauthenticated = FATE_REJECT,
		 .spf_only = FATE_REJECT,
		 .policy_fails = FATE_REJECT},
		{"unauthenticated is refused", {X}, "unauthenticated", "reject",
		    "550 5.7.26 Neither SPF nor DKIM passes: mail from "
		    "example.org",
		    BULK}},
	    {{.unauthenticated = FATE_REJECT,
		 .spf_only = FATE_REJECT,
		 .policy_fails = FATE_REJECT,
		 .url = "https://remotes.club/refused"},
		{"who is refused may read why", {X, REJECT}, "forged", "reject",
		    "550 5.7.26 Neither SPF nor DKIM passes, and DMARC of "
		    "example.org fails; see https://remotes.club/refused",
		    ALL_REFUSE}},
	    {{.spam = FATE_REJECT},
		{"spam is refused", {X, LIVES, REJECT, .marked = "X-Spam: Yes"},
		    "marked", "reject", "550 5.7.1 The message looks like spam",
		    NULL}},
	    {{.spam = FATE_HOLD},
		{"or held", {.marked = "X-Spam: Yes"}, "marked", "hold", NULL,
		    "gmail:5.7.1,outlook:5.7.1,yahoo:5.7.1,icloud:5.7.1,"
		    "strict:5.7.1"}},
	    {{.unauthenticated = FATE_HOLD,
		 .spf_only = FATE_REJECT,
		 .policy_fails = FATE_REJECT},
		{"unauthenticated is held", {X}, "unauthenticated", "hold",
		    NULL, BULK}},
	    {{.unauthenticated = FATE_SIGN,
		 .spf_only = FATE_HOLD,
		 .policy_fails = FATE_REJECT},
		{"SPF only is held", {X, .spf_aligned = true, REJECT},
		    "spf-only", "hold", NULL, ALL_REFUSE}},
	    {{.unauthenticated = FATE_SIGN,
		 .spf_only = FATE_SIGN,
		 .policy_fails = FATE_REJECT},
		{"SPF only is kept", {X, .spf_aligned = true, REJECT},
		    "spf-only", "sign", NULL, ALL_REFUSE}},
	    {{.unauthenticated = FATE_SIGN,
		 .spf_only = FATE_HOLD,
		 .policy_fails = FATE_HOLD},
		{"so is a signature that dies", {X, DIES, REJECT},
		    "signature-breaks", "hold", NULL, ALL_REFUSE}},
	    {{.unauthenticated = FATE_SIGN,
		 .spf_only = FATE_HOLD,
		 .policy_fails = FATE_REJECT},
		{"what fails is refused", {X, .other_dkim = true, REJECT},
		    "policy-fails", "reject", "550 5.7.1 ", ALL_REFUSE}},
	    {{.unauthenticated = FATE_SIGN,
		 .spf_only = FATE_HOLD,
		 .policy_fails = FATE_SIGN},
		{"what fails is sent on", {X, .other_spf = true, REJECT},
		    "policy-fails", "sign", NULL, ALL_REFUSE}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_fate_row(a, &rows[i].row, &rows[i].settings);
	arena_free(a);
}

/* Only with an author who may be written to, and a domain for that; else it is
   refused as if nobody had chosen so. */
static void
from_may_be_rewritten(void **state)
{
#define REWRITES                                                               \
	{                                                                      \
		.spf_only = FATE_REWRITE, .from_domain = "fwd.remotes.club"    \
	}
	static const struct {
		struct fate_settings settings;
		struct fate_case_row row;
	} rows[] = {
	    {REWRITES, {"SPF only",
			   {X, .rewritable = true, .spf_aligned = true, REJECT},
			   "spf-only", "rewrite", NULL, NULL}},
	    {REWRITES,
		{"a policy of quarantine",
		    {X, .rewritable = true, .spf_aligned = true, QUARANTINE},
		    "spf-only", "rewrite", NULL, NULL}},
	    {REWRITES,
		{"a signature that dies", {X, .rewritable = true, DIES, REJECT},
		    "signature-breaks", "rewrite", NULL, NULL}},
	    {REWRITES, {"of Gmail",
			   {AT("gmail.com"), .rewritable = true,
			       .spf_aligned = true, QUARANTINE},
			   "spf-only", "rewrite", NULL, NULL}},
	    {REWRITES, {"what else is wrong with it stays",
			   {X, .rewritable = true, .spf_aligned = true, REJECT,
			       .form = {.no_message_id = true}},
			   "spf-only", "rewrite", NULL, "gmail:5.7.1"}},
	    {REWRITES,
		{"several authors, or no sender",
		    {X, .spf_aligned = true, REJECT}, "spf-only", "reject",
		    "550 5.7.26 DMARC of example.org", ALL_REFUSE}},
	    {{.spf_only = FATE_REWRITE},
		{"no domain for it",
		    {X, .rewritable = true, .spf_aligned = true, REJECT},
		    "spf-only", "reject", "550 5.7.26 ", ALL_REFUSE}},
	    {REWRITES,
		{"signed by the author", {X, .rewritable = true, LIVES, REJECT},
		    "aligned", "forward", NULL, NULL}},
	    {REWRITES,
		{"no policy", {X, .rewritable = true, .spf_aligned = true},
		    "spf-only-no-policy", "sign", NULL, BULK}},
	    {{.spf_only = FATE_REWRITE,
		 .policy_fails = FATE_REWRITE,
		 .unauthenticated = FATE_REWRITE,
		 .from_domain = "fwd.remotes.club"},
		{"who is not the author",
		    {X, .rewritable = true, .other_dkim = true, REJECT},
		    "policy-fails", "reject", "550 5.7.1 ", ALL_REFUSE}},
	    {{.spf_only = FATE_REWRITE,
		 .policy_fails = FATE_REWRITE,
		 .unauthenticated = FATE_REWRITE,
		 .from_domain = "fwd.remotes.club"},
		{"nobody knows who", {X, .rewritable = true}, "unauthenticated",
		    "reject", "550 5.7.26 ", BULK}},
	    {{.spf_only = FATE_HOLD, .from_domain = "fwd.remotes.club"},
		{"a member has chosen it",
		    {X, .rewritable = true, .spf_aligned = true, REJECT,
			.strategies =
			    1U << STRATEGY_REWRITE | 1U << STRATEGY_KEEP},
		    "spf-only", "rewrite", NULL, NULL}},
	    {{.spf_only = FATE_HOLD, .from_domain = "fwd.remotes.club"},
		{"but it cannot be",
		    {X, .spf_aligned = true, REJECT,
			.strategies = 1U << STRATEGY_REWRITE},
		    "spf-only", "hold", NULL, ALL_REFUSE}},
	    {{.spf_only = FATE_HOLD, .from_domain = "fwd.remotes.club"},
		{"another one is stricter",
		    {X, .rewritable = true, .spf_aligned = true, REJECT,
			.strategies =
			    1U << STRATEGY_REWRITE | 1U << STRATEGY_DEFAULT},
		    "spf-only", "hold", NULL, ALL_REFUSE}},
	    {{.policy_fails = FATE_HOLD, .from_domain = "fwd.remotes.club"},
		{"not what fails",
		    {X, .rewritable = true, .other_dkim = true, REJECT,
			.strategies = 1U << STRATEGY_REWRITE},
		    "policy-fails", "hold", NULL, ALL_REFUSE}},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_fate_row(a, &rows[i].row, &rows[i].settings);
	arena_free(a);
}

/* Of any facts there is a fate, and what is accepted of a strict sender goes
   with a signature. */
/* What somebody else could still turn out to have signed or sent. */
static void
a_missing_answer_refuses_nobody(void **state)
{
#define MISSING .other_temporary = true
	static const struct fate_settings rejects = {
	    .unauthenticated = FATE_REJECT,
	    .spf_only = FATE_REJECT,
	    .policy_fails = FATE_REJECT,
	};
	static const struct fate_case_row rows[] = {
	    {"a list may have signed it", {X, MISSING, REJECT}, "unknown",
		"later", "451 4.7.0 ", ALL_UNSURE},
	    {"of a list, it would be held",
		{X, .other_spf = true, MISSING, REJECT}, "unknown", "later",
		"451 4.7.0 ", ALL_UNSURE},
	    {"only SPF speaks, whoever else may",
		{X, .spf_aligned = true, MISSING, REJECT}, "spf-only", "reject",
		"550 5.7.26 ", ALL_REFUSE},
	    {"nobody has written it", {AT(NULL), MISSING}, "no-author",
		"reject", "550 5.7.1 ",
		"gmail:5.7.1,outlook:5.7.1,yahoo:5.7.1,icloud:5.7.1,"
		"strict:5.7.1"},
	    {"what is sent needs no answer", {X, MISSING}, "unauthenticated",
		"sign", NULL, BULK},
	};
	static const struct fate_case_row strict[] = {
	    {"refused whatever it is", {X, MISSING, REJECT}, "forged", "reject",
		"550 5.7.26 ", ALL_REFUSE},
	    {"refused unless somebody speaks for it", {X, MISSING}, "unknown",
		"later", "451 4.7.0 ", ALL_UNSURE},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_fate_row(a, &rows[i], &defaults);
	for (size_t i = 0; i < COUNT(strict); i++)
		check_fate_row(a, &strict[i], &rejects);
	arena_free(a);
}

static void
nothing_is_predicted_that_contradicts_itself(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (unsigned i = 0; i < 1 << 12; i++) {
		const struct fate_facts facts = {
		    .author = i & 1 ? "example.org" : NULL,
		    .from_list = i & 2,
		    .dkim_aligned = i & 4,
		    .survives = (enum survival)(i >> 3 & 3) % 3,
		    .spf_aligned = i & 32,
		    .other_dkim = i & 64,
		    .other_spf = i & 128,
		    .temporary = i & 256,
		    .other_temporary = i & 2048,
		    .policy = (enum dmarc_policy)(i >> 9 & 3),
		};
		struct fate fate = fate_of(a, &facts, &defaults);
		bool refused =
		    fate.action == FATE_REJECT || fate.action == FATE_LATER;

		assert_true(refused == (fate.reply.code != 0));
		assert_true((fate.action == FATE_LATER) ==
			    (fate.reply.code == 451));
		if (fate.at[FATE_GMAIL].outcome == FATE_ACCEPTED)
			assert_false(refused);
		if (fate.action == FATE_FORWARD)
			assert_int_equal(fate.at[FATE_STRICT].outcome,
			    FATE_ACCEPTED);
		arena_reset(a);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_message_has_one_fate),
	    cmocka_unit_test(what_a_filter_has_marked_is_known),
	    cmocka_unit_test(the_owner_chooses),
	    cmocka_unit_test(from_may_be_rewritten),
	    cmocka_unit_test(a_missing_answer_refuses_nobody),
	    cmocka_unit_test(nothing_is_predicted_that_contradicts_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
