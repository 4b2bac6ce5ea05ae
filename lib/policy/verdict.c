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

bool
verdict_has_pass(const struct finding *findings, size_t n, bool with_shadow)
{
	const struct counting how = {.with_shadow = with_shadow};

	for (size_t i = 0; i < n; i++)
		if (findings[i].outcome == FINDING_HIT &&
		    findings[i].settings.action == ACTION_PASS &&
		    finding_counts(&findings[i], &how))
			return true;
	return false;
}

static const struct finding *
first_that_wishes(const struct finding *findings, size_t n,
    enum verdict_action action, const struct counting *how)
{
	for (size_t i = 0; i < n; i++)
		if (finding_counts(&findings[i], how) &&
		    wished_action(&findings[i]) == action)
			return &findings[i];
	return NULL;
}

static int
sum_of_points(const struct finding *findings, size_t n,
    const struct counting *how)
{
	int sum = 0;

	for (size_t i = 0; i < n; i++)
		if (findings[i].outcome == FINDING_HIT &&
		    findings[i].settings.action == ACTION_SCORE &&
		    finding_counts(&findings[i], how))
			sum += findings[i].settings.points;
	return sum;
}

struct verdict
verdict_of(const struct finding *findings, size_t n, int reject_at,
    bool with_shadow)
{
	const struct counting how = {
	    with_shadow, verdict_has_pass(findings, n, with_shadow)};
	struct verdict v = {.action = VERDICT_ACCEPT};

	v.points = sum_of_points(findings, n, &how);
	v.decider = first_that_wishes(findings, n, VERDICT_REJECT, &how);
	if (v.decider != NULL) {
		v.action = VERDICT_REJECT;
		v.reply = v.decider->reply;
	} else if (v.points >= reject_at) {
		v.action = VERDICT_REJECT;
		v.reply = (struct reply){550, "7.1",
		    "Message refused by local policy; too many points"};
	} else if ((v.decider = first_that_wishes(findings, n, VERDICT_DEFER,
			&how)) != NULL) {
		v.action = VERDICT_DEFER;
		v.reply = v.decider->reply;
		if (v.reply.code >= 500)
			v.reply.code -= 100;
	}
	return v;
}
