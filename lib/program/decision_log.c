/* SPDX-License-Identifier: MIT */
#include "program/decision_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

static struct log_limit trouble_limit;

static const char *
decision_client(struct arena *a, const struct facts *facts)
{
	return arena_printf(a, "%s[%s]",
	    facts->client_name == NULL ? "unknown" : facts->client_name,
	    ip_text(a, &facts->client));
}

static const char *
angle_address(struct arena *a, const char *address)
{
	return address == NULL ? NULL : arena_printf(a, "<%s>", address);
}

static const char *
decider_name(struct arena *a, const struct verdict *v)
{
	if (v->action == VERDICT_ACCEPT)
		return NULL;
	if (v->decider == NULL)
		return "points";
	if (v->decider->list == NULL)
		return v->decider->check;
	return arena_printf(a, "%s.%s", v->decider->check, v->decider->list);
}

/* What shadow mode kept from happening; NULL if nothing. */
static const char *
would_be(struct arena *a, const struct judgement *j)
{
	const struct verdict *v = &j->unshadowed;

	if (v->action == j->verdict.action)
		return NULL;
	return arena_printf(a, "%s by %s", verdict_action_name(v->action),
	    decider_name(a, v));
}

void
decision_log(struct arena *a, const struct facts *facts,
    const struct judgement *j, int64_t began)
{
	const struct verdict *v = &j->verdict;
	const struct spf_result *spf = j->spf;
	bool accepted = v->action == VERDICT_ACCEPT;
	char duration[STR_DIGITS_MAX + 1];
	const struct log_pair pairs[] = {
	    {"queue_id", facts->queue_id == NULL ? "NOQUEUE" : facts->queue_id},
	    {"state", smtp_state_name(facts->state)},
	    {"action", verdict_action_name(v->action)},
	    {"check", decider_name(a, v)},
	    {"would", would_be(a, j)},
	    {"points",
		v->points == 0 ? NULL : arena_printf(a, "%d", v->points)},
	    {"spf", spf == NULL ? NULL : spf_verdict_name(spf->verdict)},
	    {"client", decision_client(a, facts)},
	    {"helo", facts->helo},
	    {"from", angle_address(a, facts->sender)},
	    {"to", angle_address(a, facts->recipient)},
	    {"reply", accepted ? NULL : reply_line(a, &v->reply)},
	    {"why", accepted || v->decider == NULL ? NULL : v->decider->why},
	    {"ms", duration},
	};

	*str_put_decimal(duration, (uint64_t)(clock_ms() - began)) = '\0';
	log_event(LOG_LEVEL_INFO, pairs, sizeof(pairs) / sizeof(*pairs));
	if (j->trouble != NULL)
		log_error_limited(&trouble_limit, "%s", j->trouble);
	for (size_t i = 0; i < j->n_notes; i++)
		log_warn("%s", j->notes[i]);
}
