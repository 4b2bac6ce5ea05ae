/* SPDX-License-Identifier: MIT */
#include "policy/verdict.h"

const char *
verdict_action_name(enum verdict_action action)
{
	switch (action) {
	case VERDICT_ACCEPT:
		return "accept";
	case VERDICT_DEFER:
		return "defer";
	case VERDICT_REJECT:
		return "reject";
	}
	return "?";
}

/* Returns the action that this finding alone asks for. */
static enum verdict_action
wished_action(const struct finding *f)
{
	if (f->outcome == FINDING_TEMP)
		return f->settings.defer_on_temp ? VERDICT_DEFER
						 : VERDICT_ACCEPT;
	if (f->outcome != FINDING_HIT)
		return VERDICT_ACCEPT;
	switch (f->settings.action) {
	case ACTION_REJECT:
		return f->reply.code >= 500 ? VERDICT_REJECT : VERDICT_DEFER;
	case ACTION_DEFER:
		return VERDICT_DEFER;
	case ACTION_SCORE:
	case ACTION_OFF:
	case ACTION_PASS:
		return VERDICT_ACCEPT;
	}
	return VERDICT_ACCEPT;
}

/* What is left out. */
struct counting {
	bool with_shadow;
	bool spared; /* by a list that lets the client pass */
};

static bool
finding_counts(const struct finding *f, const struct counting *how)
{
	return !f->passed && (how->with_shadow || !f->settings.shadow) &&
	       !(how->spared && verdict_yields(f));
}

bool
verdict_yields(const struct finding *f)
{
	return f->list != NULL && f->settings.action != ACTION_PASS &&
	       (f->settings.action != ACTION_SCORE || f->settings.points > 0);
}

static bool
is_pass(const struct finding *f)
{
	return f->outcome == FINDING_HIT && f->settings.action == ACTION_PASS;
}

bool
verdict_has_pass(const struct finding *findings, size_t n, bool with_shadow)
{
	const struct counting how = {.with_shadow = with_shadow};

	for (size_t i = 0; i < n; i++)
		if (is_pass(&findings[i]) && finding_counts(&findings[i], &how))
			return true;
	return false;
}

/* What findings that count come to. */
struct tally {
	int points;
	bool has_pass;
	const struct finding *rejects, *defers; /* the first that does */
};

static void
tally_add(struct tally *t, const struct finding *f)
{
	enum verdict_action wished = wished_action(f);

	if (f->outcome == FINDING_HIT && f->settings.action == ACTION_SCORE)
		t->points += f->settings.points;
	t->has_pass |= is_pass(f);
	if (wished == VERDICT_REJECT && t->rejects == NULL)
		t->rejects = f;
	if (wished == VERDICT_DEFER && t->defers == NULL)
		t->defers = f;
}

static struct tally
tally_of(const struct finding *findings, size_t n, const struct counting *how)
{
	struct tally t = {0};

	for (size_t i = 0; i < n; i++)
		if ((findings[i].outcome == FINDING_HIT ||
			findings[i].outcome == FINDING_TEMP) &&
		    finding_counts(&findings[i], how))
			tally_add(&t, &findings[i]);
	return t;
}

struct verdict
verdict_of(const struct finding *findings, size_t n, int reject_at,
    bool with_shadow)
{
	struct counting how = {.with_shadow = with_shadow};
	struct tally t = tally_of(findings, n, &how);
	struct verdict v = {.action = VERDICT_ACCEPT};

	if (t.has_pass) {
		how.spared = true;
		t = tally_of(findings, n, &how);
	}
	v.points = t.points;
	if (t.rejects != NULL) {
		v.action = VERDICT_REJECT;
		v.decider = t.rejects;
		v.reply = v.decider->reply;
	} else if (v.points >= reject_at) {
		v.action = VERDICT_REJECT;
		v.reply = (struct reply){550, "7.1",
		    "Message refused by local policy; too many points"};
	} else if (t.defers != NULL) {
		v.action = VERDICT_DEFER;
		v.decider = t.defers;
		v.reply = v.decider->reply;
		if (v.reply.code >= 500)
			v.reply.code -= 100;
	}
	return v;
}
