/* SPDX-License-Identifier: MIT */
#include "policy/private/fate_bounce.h"

/* Those who are to get the copy and of whom that is said, a set; for_form: for
   its form. */
static unsigned
saying(const struct fate *fate, enum fate_outcome outcome, bool for_form)
{
	unsigned set = 0;

	for (unsigned i = 0; i < FATE_RECEIVERS; i++)
		if ((fate->receivers & 1U << i) != 0 &&
		    fate->at[i].outcome == outcome &&
		    (fate->at[i].malformed || !for_form))
			set |= 1U << i;
	return set;
}

/* Is a notification sure to reach the one who has sent the message? */
static bool
sender_is_proven(const struct fate_facts *f)
{
	return f->spf_aligned || f->other_spf || f->notification;
}

/* What none of them takes is refused.  What some of them do is sent to these,
   if the sender is to be told by none but himself that the others did not. */
static bool
bounces(const struct fate_facts *f, const struct fate *fate,
    unsigned refused_by)
{
	if (refused_by == fate->receivers)
		return true;
	return refused_by != 0 && f->receivers != 0 && !sender_is_proven(f);
}

enum fate_case
fate_bounce_of(const struct fate_facts *facts, const struct fate *fate,
    bool chosen)
{
	/* It is not sent, or not yet. */
	if (fate->action >= FATE_HOLD)
		return fate->what;
	if (bounces(facts, fate, saying(fate, FATE_REFUSED, true)))
		return FATE_MALFORMED;
	/* Nor is it left to chance whether somebody else is told. */
	if (facts->receivers != 0 && !sender_is_proven(facts) &&
	    saying(fate, FATE_UNSURE, true) != 0)
		return FATE_MALFORMED;
	if (!(chosen && (sender_is_proven(facts) || facts->vouched != NULL)) &&
	    bounces(facts, fate, saying(fate, FATE_REFUSED, false)))
		return FATE_SENDER_STAYS;
	return fate->what;
}
