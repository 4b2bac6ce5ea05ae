/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "base/clock.h"
#include "policy/judge.h"
#include "policy/policy_metrics.h"
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
	const struct policy_settings *policy = &x->world->settings->policy;
	int64_t began = clock_ms();
	const struct judge judge = {
	    .deadline = began + x->world->settings->policyd.deadline_ms,
	    .settings = policy,
	    .dns = x->world->dns,
	    .store = x->world->store,
	    .forwards = x->world->forwards,
	    .spf = x->world->spf,
	    .tries = x->world->tries,
	};
	struct judgement judgement;
	struct facts facts;
	const char *text;

	if (request_read(x->arena, request, len, &facts, err) != RC_OK)
		return NULL;
	facts_complete(&facts, x->arena, policy->forwards.delimiter,
	    policy->hostname);
	judge_facts(&judge, &facts, x->memory, x->arena, &judgement);
	policy_metrics_count(&judgement.verdict);
	decision_log(x->arena, &facts, &judgement, began);
	text = action_text(x->arena, &judgement);
	*answer_len = strlen(text);
	return text;
}

static void *
new_memory(void)
{
	return message_new();
}

static void
free_memory(void *memory)
{
	message_free(memory);
}

static const struct service_settings *
policyd_service(const struct settings *settings)
{
	return &settings->policyd;
}

const struct protocol policyd_protocol = {
    .room = REQUEST_MOST,
    .whole = request_whole,
    .answer = answer_request,
    .remember = new_memory,
    .forget = free_memory,
    .service = policyd_service,
};
