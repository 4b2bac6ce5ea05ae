/* SPDX-License-Identifier: MIT */
/* What becomes of the copies that we forward. */
#include "policy/private/check_rows.h"

#include "base/clock.h"
#include "policy/fate_target.h"

/* Questions about the hosts that will get the copies. */
struct target_queries {
	size_t at, n; /* their places in run->queries */
	bool more;    /* there are more targets than that */
};

static bool
check_fate_applies(const struct check_run *run)
{
	/* What a member answers to an author is not a stranger's any more. */
	return run->authentication != NULL &&
	       run->facts->message.forwarded > 0 &&
	       run->facts->message.authors == 0 &&
	       !run->facts->message.own_bounce;
}

/* Whoever does not answer in time is strict: that his mail is put off he does
   not deserve, nor do others that they wait for him. */
static void
check_fate_ask(struct check_run *run)
{
	const char *domains = run->facts->message.target_domains, *one;
	struct target_queries *q = arena_take(run->arena, sizeof(*q));
	int64_t deadline = clock_ms() + run->settings->list_deadline_ms;
	size_t at;

	check_author_ask(run);
	q->at = run->queries.n;
	while ((one = fate_targets_at(run->arena, domains, q->n)) != NULL) {
		if (q->n == FATE_TARGETS_MAX) {
			q->more = true;
			break;
		}
		/* It may make room elsewhere for all of them. */
		at = queries_add(&run->queries, run->arena, one, DNS_MX);
		run->queries.all[at].deadline = deadline;
		q->n++;
	}
	run->asked[CHECK_FATE] = q;
}

static unsigned
receivers_of_run(const struct check_run *run)
{
	const struct target_queries *q = run->asked[CHECK_FATE];
	unsigned set = q->more ? 1U << FATE_STRICT : 0;

	for (size_t i = 0; i < q->n; i++)
		set |=
		    fate_receivers_of(run->arena, &run->queries.all[q->at + i]);
	return set;
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
	/* It may stand where nobody has looked. */
	facts.form.no_message_id &= !cut;
	facts.vouched = check_author_vouched(run->arena, run->settings,
	    run->author, check_spf_mailfrom_of_message(run));
	facts.marked =
	    fate_mark_of(run->arena, &run->settings->fate, way.fields, way.n);
	facts.stays = run->facts->message.foreign &&
		      run->settings->return_path->srs == NULL;
	facts.receivers = receivers_of_run(run);
	facts.strategies =
	    strategies_read(run->arena, run->facts->message.strategies);
	/* A notification stays what it is. */
	facts.notification =
	    run->facts->from.text == NULL || run->facts->from.text[0] == '\0';
	facts.rewritable &= !facts.notification;
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
    .ask = check_fate_ask,
    .judge = check_fate_judge,
};
