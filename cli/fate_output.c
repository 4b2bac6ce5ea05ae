/* SPDX-License-Identifier: MIT */
#include "fate_output.h"

#include "output.h"

#include "program/mail_server.h"

#include <stdio.h>

void
fate_prepare(struct invocation *in)
{
	in->settings->policy.fate.server = mail_server_ask(in->arena);
}

struct fate
fate_of_message(struct invocation *in,
    const struct authentication *authentication,
    const struct authentication_results *results, const struct spf_result *spf,
    const char *sender, int64_t arrival)
{
	const struct fate_settings *settings = &in->settings->policy.fate;
	struct survival_way way = {
	    .form = authentication_form(authentication),
	    .server = settings->server,
	    .now = arrival,
	    .queue_seconds = FATE_QUEUE_SECONDS,
	};
	struct fate_facts facts;
	bool cut;

	way.fields = authentication_fields(authentication, &way.n, &cut);
	facts = fate_facts_of(in->arena, results, spf, &way);
	facts.form.no_message_id &= !cut;
	facts.vouched = check_author_vouched(in->arena, &in->settings->policy,
	    results, spf);
	facts.marked = fate_mark_of(in->arena, settings, way.fields, way.n);
	facts.notification = sender[0] == '\0';
	facts.rewritable &= !facts.notification;
	facts.stays = in->settings->return_path.srs == NULL;
	return fate_of(in->arena, &facts, settings);
}

static bool
is_in_shadow(const struct invocation *in)
{
	return in->settings->policy.checks[CHECK_FATE].shadow;
}

static const char *
prediction_text(struct arena *a, const struct fate_prediction *at)
{
	return at->code == NULL ? fate_outcome_name(at->outcome)
				: arena_printf(a, "%s, %s",
				      fate_outcome_name(at->outcome), at->code);
}

void
fate_print(struct invocation *in, const struct fate *fate)
{
	struct arena *a = in->arena;

	printf("Fate of a forwarded copy: %s%s\n",
	    fate_action_name(fate->action),
	    is_in_shadow(in) ? " (only said: forwarding.mode is shadow)" : "");
	printf("  %-12s %s\n", "because", output_shown(a, fate->why));
	if (fate->reply.code != 0)
		printf("  %-12s %s\n", "the sender",
		    output_shown(a, arena_printf(a, "is told: %s",
					reply_line(a, &fate->reply))));
	for (unsigned i = 0; i < FATE_RECEIVERS; i++)
		if ((fate->receivers & 1U << i) != 0)
			printf("  %-12s %s\n",
			    fate_receiver_name((enum fate_receiver)i),
			    prediction_text(a, &fate->at[i]));
}

cJSON *
fate_json(struct invocation *in, const struct fate *fate)
{
	cJSON *o = cJSON_CreateObject(), *at, *one;

	output_member(o, "case", fate_case_name(fate->what));
	output_member(o, "action", fate_action_name(fate->action));
	output_member(o, "mode", is_in_shadow(in) ? "shadow" : "enforce");
	output_member(o, "survives", survival_name(fate->survives));
	output_member(o, "why", fate->why);
	output_member(o, "reply",
	    fate->reply.code == 0 ? NULL : reply_line(in->arena, &fate->reply));
	at = cJSON_AddObjectToObject(o, "at");
	for (unsigned i = 0; i < FATE_RECEIVERS; i++) {
		if ((fate->receivers & 1U << i) == 0)
			continue;
		one = cJSON_AddObjectToObject(at,
		    fate_receiver_name((enum fate_receiver)i));
		output_member(one, "outcome",
		    fate_outcome_name(fate->at[i].outcome));
		output_member(one, "code", fate->at[i].code);
	}
	return o;
}
