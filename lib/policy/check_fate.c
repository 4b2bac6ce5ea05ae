/* SPDX-License-Identifier: MIT */
/* What becomes of the copies that we forward. */
#include "policy/private/check_rows.h"

#include "base/clock.h"

static bool
check_fate_applies(const struct check_run *run)
{
	return run->authentication != NULL && run->facts->message.forwarded > 0;
}

static struct fate
fate_of_run(struct check_run *run)
{
	bool cut;
	struct survival_way way = {
	    .form = authentication_form(run->authentication),
	    .server = run->settings->fate.server,
	    .claims_removed = run->facts->message.claims > 0,
	    .now = clock_now(),
	    .queue_seconds = FATE_QUEUE_SECONDS,
	};
	struct fate_facts facts;

	way.fields = authentication_fields(run->authentication, &way.n, &cut);
	facts = fate_facts_of(run->arena, check_author_results(run),
	    check_spf_mailfrom_of_message(run), &way);
	facts.marked =
	    fate_mark_of(run->arena, &run->settings->fate, way.fields, way.n);
	facts.stays = run->facts->message.foreign &&
		      run->settings->return_path->srs == NULL;
	facts.strategies =
	    strategies_read(run->arena, run->facts->message.strategies);
	/* A notification stays what it is. */
	facts.rewritable &=
	    run->facts->from.text != NULL && run->facts->from.text[0] != '\0';
	return fate_of(run->arena, &facts, &run->settings->fate);
}

static void
check_fate_judge(struct check_run *run)
{
	struct fate *fate = arena_take(run->arena, sizeof(*fate));
	struct finding *f;

	*fate = fate_of_run(run);
	run->fate = fate;
	f = check_found(run, CHECK_FATE,
	    fate->reply.code == 0 ? FINDING_FINE : FINDING_HIT, fate->why);
	if (fate->reply.code != 0)
		f->reply = fate->reply;
}

/* Its mode is forwarding.mode; its action is its own. */
const struct check check_fate = {
    .stage = CHECK_AT_MESSAGE,
    .def = CHECK_REJECTS,
    .applies = check_fate_applies,
    .ask = check_author_ask,
    .judge = check_fate_judge,
};
