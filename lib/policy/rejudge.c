/* SPDX-License-Identifier: MIT */
#include "policy/rejudge.h"

#include "base/str.h"
#include "policy/private/fate_change.h"
#include "policy/private/rejudging.h"

#include <string.h>

void
rejudging_add_unknown(struct rejudging *r, const char *name)
{
	if (r->n_unknown == r->unknown_room) {
		size_t room = r->unknown_room == 0 ? 8 : r->unknown_room * 2;
		const char **more =
		    arena_take_array(r->run.arena, room, sizeof(*more));

		if (r->n_unknown > 0)
			memcpy(more, r->unknown, r->n_unknown * sizeof(*more));
		r->unknown = more;
		r->unknown_room = room;
	}
	r->unknown[r->n_unknown++] = name;
}

static enum check_id
id_of_check(const char *name)
{
	size_t i = 0;

	while (i < CHECKS &&
	       (check_name((enum check_id)i)[0] != name[0] ||
		   strcmp(check_name((enum check_id)i), name) != 0))
		i++;
	return (enum check_id)i;
}

static void
sort_findings(struct rejudging *r)
{
	const struct decision *d = r->recorded;

	r->ids = arena_take(r->run.arena, d->n_findings + 1);
	for (size_t i = d->n_findings; i-- > 0;) {
		enum check_id id = id_of_check(d->findings[i].check);

		r->ids[i] = (unsigned char)id;
		if (id != CHECKS)
			r->first[id] = &d->findings[i];
	}
}

bool
rejudging_was_asked(const struct finding *f)
{
	return f->outcome != FINDING_SKIPPED || f->why == NULL ||
	       !check_skip_was_chosen(f->why);
}

struct finding *
rejudging_found(struct rejudging *r, enum check_id id, const struct finding *f)
{
	struct finding *again = check_found(&r->run, id, f->outcome, f->why);

	again->list = f->list;
	again->reply = f->reply;
	return again;
}

/* ---- SPF */

static bool
spf_read_verdict(const char *name, enum spf_verdict *out)
{
	for (unsigned i = 0; name != NULL && i < SPF_VERDICTS; i++)
		if (strcmp(spf_verdict_name((enum spf_verdict)i), name) == 0) {
			*out = (enum spf_verdict)i;
			return true;
		}
	return false;
}

/* Whose record it was: that of HELO counts if it fails, or has to stand for
   the null sender. */
static const char *
spf_domain(const struct rejudging *r, const struct finding *f)
{
	const struct facts *facts = r->run.facts;
	const char *helo = arena_printf(r->run.arena, "fail of %s ",
	    spf_identity_name(SPF_HELO));

	if (facts->from.domain == NULL ||
	    (f != NULL && f->why != NULL && str_starts(f->why, helo)))
		return facts->helo_domain;
	return facts->from.domain;
}

static bool
spf_is_against(enum spf_verdict verdict, const struct check_settings *settings)
{
	return verdict != SPF_PASS && settings->action != ACTION_OFF &&
	       (settings->action != ACTION_SCORE || settings->points != 0);
}

static void
spf_again(struct rejudging *r, const struct finding *f)
{
	struct arena *a = r->run.arena;
	const char *domain = spf_domain(r, f);
	const struct check_settings *settings;
	enum spf_verdict verdict;
	struct finding *again;

	if (!spf_read_verdict(r->recorded->spf, &verdict)) {
		/* The client's address was not known. */
		rejudging_found(r, CHECK_SPF, f);
		return;
	}
	settings = check_spf_settings(r->run.settings, verdict, domain);
	again = rejudging_found(r, CHECK_SPF, f);
	again->settings = *settings;
	again->settings.shadow =
	    check_shadowed(&r->run, CHECK_SPF, settings->shadow);
	if (f->outcome == FINDING_SKIPPED)
		return;
	if (!spf_is_against(verdict, settings)) {
		again->outcome = FINDING_FINE;
		return;
	}
	again->outcome = verdict == SPF_TEMPERROR ? FINDING_TEMP : FINDING_HIT;
	if (f->outcome == FINDING_FINE)
		again->reply = check_spf_reply(a, verdict, domain,
		    &r->run.facts->client, NULL);
}

/* ---- the fate of copies */

static struct fate_change
change_of_fate(const struct decision *d, const struct policy_settings *s,
    struct arena *a)
{
	const struct fate_told told = {
	    d->fate, d->fate_case, d->author, d->fate_at};

	/* What members have chosen goes before the configuration. */
	return d->facts.message.strategies != NULL
		   ? (struct fate_change){.changes = false}
		   : fate_changed(a, &told, &s->fate);
}

static void
fate_again(struct rejudging *r, const struct finding *f)
{
	const struct decision *d = r->recorded;
	struct finding *again = rejudging_found(r, CHECK_FATE, f);
	struct fate_change change =
	    change_of_fate(d, r->run.settings, r->run.arena);

	if (!change.changes)
		return;
	if (!change.known) {
		rejudging_add_unknown(r, check_name(CHECK_FATE));
		return;
	}
	again->outcome = change.reply.code == 0 ? FINDING_FINE : FINDING_HIT;
	again->reply = change.reply;
}

/* ---- all of them */

/* These need nothing but the facts. */
static bool
follows_from_facts(const struct rejudging *r, enum check_id id)
{
	switch (id) {
	case CHECK_HELO_SYNTAX:
	case CHECK_HELO_SELF:
	case CHECK_SENDER_SYNTAX:
	case CHECK_LOOP:
	case CHECK_RETURN_PATH:
		/* A line tells neither what was not said nor who we are. */
		return !r->recorded->is_line;
	case CHECK_IPREV:
		return r->recorded->facts.client_name != NULL;
	default:
		return false;
	}
}

/* Nobody can tell who wrote a message that was not verified. */
static bool
is_of_author(enum check_id id)
{
	return id == CHECK_FROM_HEADER || id == CHECK_DKIM ||
	       id == CHECK_DMARC || id == CHECK_FATE;
}

/* A check that asks nobody has found nothing if there is nothing of it. */
static bool
would_have_found(const struct rejudging *r, enum check_id id)
{
	if (id == CHECK_SENDER_NULL_MX)
		return r->run.facts->from.domain != NULL;
	if (checks[id]->is_last)
		return true;
	return checks[id]->ask != NULL && !is_of_author(id);
}

static void
check_again(struct rejudging *r, enum check_id id)
{
	const struct finding *f = r->first[id];
	struct finding *again;

	if (id == CHECK_DNSBL || id == CHECK_RHSBL) {
		rejudging_lists(r, id);
	} else if (follows_from_facts(r, id)) {
		checks[id]->judge(&r->run);
	} else if (f == NULL || !rejudging_was_asked(f)) {
		if (f != NULL || would_have_found(r, id))
			rejudging_add_unknown(r, check_name(id));
	} else if (id == CHECK_SPF) {
		spf_again(r, f);
	} else if (id == CHECK_FATE) {
		fate_again(r, f);
	} else {
		again = rejudging_found(r, id, f);
		/* As ours_forged has it. */
		if (id == CHECK_SENDER_OURS && f->outcome == FINDING_HIT &&
		    f->why != NULL && str_starts(f->why, "SPF none ") &&
		    again->settings.action != ACTION_OFF)
			again->settings.action = ACTION_SCORE;
		if (id == CHECK_MEMBER_RULE && f->outcome == FINDING_FINE)
			r->run.passes = true;
	}
}

/* Only what was found tells whether the message was verified. */
static bool
applies_again(const struct rejudging *r, enum check_id id)
{
	if (!r->run.facts->message.known)
		return !is_of_author(id);
	return r->first[id] != NULL;
}

static struct verdict
rejudged_so_far(const struct rejudging *r)
{
	return verdict_of(r->run.findings, r->run.n_findings,
	    r->run.settings->reject_at, false);
}

/* In the order in which the judge asks them. */
enum turn {
	TURN_LOCAL,
	TURN_DNS,
	TURN_LAST
};

static enum turn
turn_of(enum check_id id)
{
	if (checks[id]->is_last)
		return TURN_LAST;
	return checks[id]->ask == NULL ? TURN_LOCAL : TURN_DNS;
}

static bool
has_turn(const struct rejudging *r, enum check_id id, enum turn turn)
{
	return turn_of(id) == turn &&
	       (turn != TURN_LAST ||
		   rejudged_so_far(r).action == VERDICT_ACCEPT);
}

static void
checks_again(struct rejudging *r, const bool applies[CHECKS], enum turn turn)
{
	for (size_t i = 0; i < CHECKS; i++) {
		enum check_id id = (enum check_id)i;
		const char *skipped;

		if (!has_turn(r, id, turn) ||
		    !(is_of_author(id) ? applies_again(r, id) : applies[id]))
			continue;
		skipped = check_why_skipped(&r->run, id);
		if (skipped == NULL)
			check_again(r, id);
		else
			check_found(&r->run, id, FINDING_SKIPPED, skipped);
	}
}

/* Our own trouble.  What a newer program has found is nothing that we know. */
static void
trouble_again(struct rejudging *r)
{
	const struct decision *d = r->recorded;

	for (size_t i = 0; i < d->n_findings; i++) {
		struct finding *f;

		if (strcmp(d->findings[i].check, DECISION_TROUBLE) != 0)
			continue;
		f = rejudging_found(r, CHECK_RECIPIENT, &d->findings[i]);
		f->check = DECISION_TROUBLE;
		f->passed = false;
		f->settings = (struct check_settings){
		    .action = ACTION_DEFER, .defer_on_temp = true};
	}
}

static bool
is_held(const char *fate, bool shadow, enum verdict_action action)
{
	return action == VERDICT_ACCEPT && fate != NULL && !shadow &&
	       strcmp(fate, fate_action_name(FATE_HOLD)) == 0;
}

static const char *
fate_of_again(const struct decision *d, const struct policy_settings *s,
    struct arena *a)
{
	struct fate_change change = change_of_fate(d, s, a);

	return change.changes && change.known ? fate_action_name(change.action)
					      : d->fate;
}

void
rejudge(const struct decision *d, const struct policy_settings *settings,
    struct arena *a, struct rejudged *out)
{
	struct facts facts = d->facts;
	struct rejudging r = {
	    .recorded = d,
	    .run = {.settings = settings,
		.facts = &facts,
		.choices = d->choices,
		.choices_known = true,
		.takes = true,
		.arena = a},
	};
	bool applies[CHECKS], unsettled;

	facts_complete(&facts, a, settings->forwards->delimiter,
	    settings->hostname);
	r.run.passes = facts.message.passes;
	sort_findings(&r);
	check_choose(&r.run, applies);
	checks_again(&r, applies, TURN_LOCAL);
	checks_again(&r, applies, TURN_DNS);
	/* Who is asked last would perhaps not have been asked. */
	unsettled =
	    r.n_unknown > 0 && rejudged_so_far(&r).action == VERDICT_ACCEPT;
	checks_again(&r, applies, TURN_LAST);
	trouble_again(&r);
	*out = (struct rejudged){
	    .verdict = rejudged_so_far(&r),
	    .findings = r.run.findings,
	    .n_findings = r.run.n_findings,
	};
	out->held = is_held(fate_of_again(d, settings, a),
	    settings->checks[CHECK_FATE].shadow, out->verdict.action);
	if (out->verdict.action == VERDICT_REJECT && !unsettled)
		return;
	out->unknown = r.unknown;
	out->n_unknown = r.n_unknown;
}

void
rejudge_not(const struct decision *d, struct rejudged *out)
{
	*out = (struct rejudged){
	    .verdict = d->verdict,
	    .held = is_held(d->fate, d->fate_shadow, d->verdict.action),
	    .findings = d->findings,
	    .n_findings = d->n_findings,
	};
}
