/* SPDX-License-Identifier: MIT */
/* Lines of another host's log, judged again. */
#include "policy/decision_line.h"
#include "policy/decision_record.h"
#include "policy/rejudge.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const domains[] = {"remotes.club"};
static const struct forwards_settings forwards = {
    .domains = domains, .n_domains = 1, .delimiter = "+"};
static const struct return_path_settings return_path;
static const struct author_settings authors;
static const struct list_code codes[] = {
    {.first = 0x7f000002, .last = 0x7f00000b},
    {.first = 0x7f000003,
	.last = 0x7f000004,
	.own = true,
	.has_action = true,
	.action = ACTION_PASS},
    {.first = 0x7f000004,
	.last = 0x7f0000ff,
	.own = true,
	.has_action = true,
	.has_points = true,
	.action = ACTION_SCORE,
	.points = -3,
	.words = "known"}};

static void
judge_again(struct arena *a, const struct decision *d)
{
	struct dns_list lists[] = {
	    {.zone = "bl.test",
		.codes = codes,
		.n_codes = 3,
		.of = DNS_LIST_CLIENT},
	    {.zone = "dbl.test",
		.codes = codes,
		.n_codes = 3,
		.parents = true,
		.of = DNS_LIST_HELO | DNS_LIST_SENDER},
	};
	static const struct spf_rules rules;
	struct policy_settings settings = {
	    .hostname = "mx.remotes.club",
	    .forwards = &forwards,
	    .return_path = &return_path,
	    .authors = &authors,
	    .reject_at = 10,
	    .hop_limit = 50,
	    .lists = lists,
	    .n_lists = 2,
	    .spf = {.rules = &rules},
	};
	struct rejudged again;

	for (size_t i = 0; i < CHECKS; i++)
		settings.checks[i] = checks[i]->def;
	rejudge(d, &settings, a, &again);
	if (again.verdict.decider != NULL &&
	    (again.verdict.decider < again.findings ||
		again.verdict.decider >= again.findings + again.n_findings))
		abort();
}

/* What was read is written as it is read again. */
static void
write_again(struct arena *a, const struct decision *d)
{
	const char *pairs = decision_record_pairs(a, d);
	struct decision read;

	if (decision_record_read(a, pairs, &read, NULL) != RC_OK ||
	    strcmp(decision_record_pairs(a, &read), pairs) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct decision d;
	struct err err;

	if (decision_line_read(a, arena_copy_bytes(a, data, size), &d, &err) ==
	    RC_OK) {
		judge_again(a, &d);
		write_again(a, &d);
	}
	arena_free(a);
	return 0;
}
