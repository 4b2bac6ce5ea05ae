/* SPDX-License-Identifier: MIT */
/* Has somebody had, or sent, as much mail as he may? (policy/rate.h) */
#include "policy/private/check_rows.h"

#include <string.h>

struct rate_taken {
	struct rate_question question;
	struct rate_taken *next;
};

static const struct rate_row {
	enum check_id check;
	const char *what; /* of the reply */
} rate_rows[RATES] = {
    [RATE_SENDER] = {CHECK_RATE_SENDER, "You send"},
    [RATE_MEMBER] = {CHECK_RATE_MEMBER, "The recipient gets"},
    [RATE_TARGET] = {CHECK_RATE_TARGET, "The recipient's mailbox gets"},
};

static bool
rate_applies(const struct check_run *run, enum rate_kind kind)
{
	return run->facts->state == SMTP_RCPT &&
	       run->facts->recipient != NULL &&
	       run->settings->rates[kind].most > 0 &&
	       (run->takes || run->looks_only);
}

static void
remember_taken(struct check_run *run, const struct rate_question *q)
{
	struct rate_taken *taken = arena_take(run->arena, sizeof(*taken));

	*taken = (struct rate_taken){*q, run->taken};
	run->taken = taken;
}

static void
tell_rate(struct check_run *run, const struct rate_question *q,
    const struct rate_told *told)
{
	const struct rate_row *row = &rate_rows[q->kind];
	struct finding *f;

	if (told->answer != RATE_OVER) {
		check_found(run, row->check, FINDING_FINE,
		    arena_printf(run->arena, "%s is below its limit%s", q->name,
			told->answer == RATE_ALONE
			    ? ", as far as this host knows"
			    : ""));
		return;
	}
	f = check_found(run, row->check, FINDING_HIT,
	    arena_printf(run->arena, "%s is over its limit", q->name));
	f->reply = (struct reply){450, "7.1",
	    arena_printf(run->arena,
		"%s too much mail: try again in %lld seconds", row->what,
		(long long)told->wait)};
}

/* False: it is over its limit. */
static bool
judge_rate(struct check_run *run, enum rate_kind kind, const char *name,
    int64_t tokens, bool tell)
{
	const struct rate_question q = {
	    .memory = run->looks_only ? NULL : run->rates,
	    .store = run->store,
	    .limit = &run->settings->rates[kind],
	    .kind = kind,
	    .name = name,
	    .tokens = tokens,
	    .deadline = run->deadline,
	};
	struct rate_told told;

	rate_take(&q, &told);
	if (told.error.text[0] != '\0')
		run->trouble = arena_printf(run->arena,
		    "%s; limits are those of this host alone", told.error.text);
	if (told.answer != RATE_OVER)
		remember_taken(run, &q);
	if (tell || told.answer == RATE_OVER)
		tell_rate(run, &q, &told);
	return told.answer != RATE_OVER;
}

void
check_rates_give_back(struct check_run *run)
{
	for (struct rate_taken *t = run->taken; t != NULL; t = t->next)
		rate_give_back(&t->question);
	run->taken = NULL;
}

static bool
check_rate_sender_applies(const struct check_run *run)
{
	return run->facts->sasl_user != NULL && rate_applies(run, RATE_SENDER);
}

static void
check_rate_sender_judge(struct check_run *run)
{
	judge_rate(run, RATE_SENDER, run->facts->sasl_user, 1, true);
}

static bool
check_rate_member_applies(const struct check_run *run)
{
	return rate_applies(run, RATE_MEMBER);
}

/* A catch-all is one: whoever writes to it chooses what it catches. */
static void
check_rate_member_judge(struct check_run *run)
{
	if (run->forwards_found == NULL || run->forwards_found->account == NULL)
		check_found(run, CHECK_RATE_MEMBER, FINDING_SKIPPED,
		    "no member's mail");
	else
		judge_rate(run, RATE_MEMBER, run->forwards_found->account, 1,
		    true);
}

static bool
check_rate_target_applies(const struct check_run *run)
{
	return rate_applies(run, RATE_TARGET);
}

static const char *
domain_of_target(const struct forwards *f, size_t i)
{
	const char *at = strrchr(f->targets[i], '@');

	return at == NULL ? "" : at + 1;
}

/* How many go to the domain of the i-th; 0: one before it has counted them. */
static int64_t
copies_to(const struct forwards *f, size_t i)
{
	const char *domain = domain_of_target(f, i);
	int64_t n = domain[0] != '\0';

	for (size_t k = 0; k < f->n && n > 0; k++)
		if (k != i && strcasecmp(domain_of_target(f, k), domain) == 0)
			n = k < i ? 0 : n + 1;
	return n;
}

static void
check_rate_target_judge(struct check_run *run)
{
	const struct forwards *f = run->forwards_found;
	bool told = false;

	for (size_t i = 0; f != NULL && i < f->n; i++) {
		int64_t n = copies_to(f, i);

		if (n > 0 && !judge_rate(run, RATE_TARGET,
				 str_lower(run->arena, domain_of_target(f, i)),
				 n, !told))
			return;
		told |= n > 0;
	}
	if (!told)
		check_found(run, CHECK_RATE_TARGET, FINDING_SKIPPED,
		    "it goes to no target");
}

#define RATE_DEFERS                                                            \
	{                                                                      \
		.action = ACTION_DEFER, .points = CHECK_POINTS                 \
	}

const struct check check_rate_sender = {
    .stage = CHECK_AT_RECIPIENT,
    .def = RATE_DEFERS,
    .applies_to_trusted = true,
    .is_last = true,
    .applies = check_rate_sender_applies,
    .judge = check_rate_sender_judge,
};

const struct check check_rate_member = {
    .stage = CHECK_AT_RECIPIENT,
    .def = RATE_DEFERS,
    .exempts_roles = true,
    .is_last = true,
    .applies = check_rate_member_applies,
    .judge = check_rate_member_judge,
};

const struct check check_rate_target = {
    .stage = CHECK_AT_RECIPIENT,
    .def = RATE_DEFERS,
    .exempts_roles = true,
    .applies_to_trusted = true,
    .is_last = true,
    .applies = check_rate_target_applies,
    .judge = check_rate_target_judge,
};
