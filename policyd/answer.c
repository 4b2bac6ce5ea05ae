/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "base/clock.h"
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
		return arena_printf(a, "action=%s\n\n",
		    reply_line(a, &j->verdict.reply));
	if (j->header != NULL)
		return arena_printf(a, "action=PREPEND %s\n\n", j->header);
	return "action=DUNNO\n\n";
}

static const char *
answer_request(const struct exchange *x, const char *request, size_t len,
    size_t *answer_len, struct err *err)
{
	const struct policy_settings *policy = &x->snapshot->settings->policy;
	int64_t began = clock_ms();
	const struct judge judge = {
	    .deadline = began + x->snapshot->settings->policyd.deadline_ms,
	    .settings = policy,
	    .dns = x->snapshot->dns,
	    .store = x->snapshot->store,
	    .forwards = x->snapshot->forwards,
	    .spf = x->snapshot->spf,
	    .tries = x->snapshot->tries,
	    .greylist = x->snapshot->greylist,
	};
	struct judgement judgement;
	struct decision decision;
	struct facts facts;
	const char *text;

	if (request_read(x->arena, request, len, &facts, err) != RC_OK)
		return NULL;
	facts_complete(&facts, x->arena, policy->forwards->delimiter,
	    policy->hostname);
	judge_facts(&judge, &facts, x->memory, x->arena, &judgement);
	decision = decision_of(x->arena, &facts, &judgement, began);
	decision_log(x->arena, &decision, &judgement);
	decision_keep(x->snapshot, x->arena, &decision, &judgement.account,
	    judgement.account != NULL);
	text = action_text(x->arena, &judgement);
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
