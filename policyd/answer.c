/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "policy/judge.h"
#include "program/decision_keeper.h"
#include "program/decision_log.h"
#include "request.h"

#include <string.h>

/* access(5): DUNNO, never OK, for nothing against it: other restrictions may
   follow. */
static const char *
action_text(struct arena *a, const struct judgement *j)
{
	if (j->verdict.action != VERDICT_ACCEPT)
		return arena_concat(a,
		    "action=", reply_line(a, &j->verdict.reply), "\n\n");
	if (j->header != NULL)
		return arena_concat(a, "action=PREPEND ", j->header, "\n\n");
	return "action=DUNNO\n\n";
}

/* What was decided, to be logged and kept. */
struct decided {
	struct facts facts;
	struct judgement judgement;
	struct decision decision;
};

static void
tell_decided(const struct exchange *x, void *about)
{
	struct decided *d = about;
	const struct judgement *j = &d->judgement;

	decision_log(x->arena, &d->decision, j);
	decision_keep(x->snapshot, x->arena, &d->decision, &j->account,
	    j->account != NULL);
}

static const char *
answer_request(struct exchange *x, const char *request, size_t len,
    size_t *answer_len, struct err *err)
{
	const struct policy_settings *policy = &x->snapshot->settings->policy;
	int64_t began = x->began_us / 1000;
	const struct judge judge = {
	    .began = began,
	    .deadline = began + x->snapshot->settings->policyd.deadline_ms,
	    .settings = policy,
	    .dns = x->snapshot->dns,
	    .store = x->snapshot->store,
	    .forwards = x->snapshot->forwards,
	    .spf = x->snapshot->spf,
	    .tries = x->snapshot->tries,
	    .greylist = x->snapshot->greylist,
	    .rates = x->snapshot->rates,
	    .takes = !x->snapshot->settings->milter.enforce,
	};
	struct decided *d = arena_take(x->arena, sizeof(*d));
	const char *text;

	if (request_read(x->arena, request, len, &d->facts, err) != RC_OK)
		return NULL;
	facts_complete(&d->facts, x->arena, policy->forwards->delimiter,
	    policy->hostname);
	judge_facts(&judge, &d->facts, x->memory, x->arena, &d->judgement);
	d->decision = decision_of(x->arena, &d->facts, &d->judgement, began);
	decision_log_count(&d->decision);
	x->after = tell_decided;
	x->about = d;
	text = action_text(x->arena, &d->judgement);
	*answer_len = strlen(text);
	return text;
}

static void *
state_new(void)
{
	return transaction_new();
}

static void
state_free(void *memory)
{
	transaction_free(memory);
}

static const struct service_settings *
policyd_service(const struct settings *settings)
{
	return &settings->policyd;
}

const struct protocol policyd_protocol = {
    .room = REQUEST_MAX,
    .whole = request_whole,
    .answer = answer_request,
    .state_new = state_new,
    .state_free = state_free,
    .service = policyd_service,
};
