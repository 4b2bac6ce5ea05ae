/* SPDX-License-Identifier: MIT */
/* Mail to a member that did not get through, and why. */
#include "member_mailboxes.h"

#include "forwarding/sender_rules.h"

#define HOUR 3600
#define DAY  86400

static void
add_what_was_said(const struct visit *v, struct str *s, const char *rules,
    const struct refusal *r)
{
	switch (sender_rules_find(v->arena, rules, r->rule, NULL)) {
	case SENDER_ALLOWED:
		html_paragraph(s, "You let this sender pass.");
		return;
	case SENDER_BLOCKED:
		html_paragraph(s, "You block this sender.");
		return;
	case SENDER_UNNAMED:
		break;
	}
	if (r->rule == NULL || !r->may_pass)
		return;
	str_add(s, "<div class=\"buttons\">\n");
	member_button(v, s, "member/pass", "sender", r->rule,
	    "Let this sender pass");
	str_add(s, "</div>\n");
}

static void
add_refusal_card(const struct visit *v, struct str *s, const char *rules,
    const struct refusal *r)
{
	const char *when = member_time(v->arena, r->last);

	str_add(s, "<li>\n<h3>");
	html_text(s, r->sender == NULL      ? "A sender that is not known"
		     : r->sender[0] == '\0' ? "A notice without a sender"
					    : r->sender);
	str_add(s, "</h3>\n<p class=\"when\">");
	html_text(s, refusals_word(r->action));
	if (r->times > 1)
		str_addf(s, " %u times, last on ", r->times);
	else
		str_add(s, " on ");
	html_text(s, when);
	str_add(s, "</p>\n");
	html_paragraph(s, r->reason);
	add_what_was_said(v, s, rules, r);
	str_add(s, "</li>\n");
}

/* For how long it is known, at most.  NULL: what is refused is not kept. */
static const char *
period_known(const struct visit *v)
{
	int64_t seconds = v->snapshot->settings->decisions.keep_ms / 1000;

	if (seconds <= 0)
		return NULL;
	if (seconds > REFUSALS_SECONDS)
		seconds = REFUSALS_SECONDS;
	return seconds >= 2 * DAY
		   ? arena_printf(v->arena, "%d days", (int)(seconds / DAY))
		   : arena_printf(v->arena, "%d hours",
			 (int)((seconds + HOUR - 1) / HOUR));
}

static void
add_refusals(const struct visit *v, struct str *s, const struct member *member,
    const struct refusals *refusals)
{
	const char *rules =
	    sender_rules_text(v->arena, member->rules, member->n_rules);

	str_add(s, "<ul class=\"cards\">\n");
	for (size_t i = 0; i < refusals->n; i++)
		add_refusal_card(v, s, rules, &refusals->all[i]);
	str_add(s, "</ul>\n");
	if (refusals->more)
		html_paragraph(s, "There is more; these are the newest.");
}

void
member_refused(const struct visit *v, struct str *s,
    const struct member *member, const struct refusals *refusals)
{
	const char *period = period_known(v);

	html_section(s, "refused", "What did not get through");
	if (period == NULL) {
		html_paragraph(s, "Nobody knows: it is set up here that "
				  "nothing of that is kept.");
		return;
	}
	html_paragraph(s,
	    arena_printf(v->arena,
		refusals->n == 0
		    ? "Nothing was refused or held back in the last %s."
		    : "In the last %s. Who sent what was refused was told so; "
		      "what was put off is tried again by itself; what is held "
		      "back waits for an administrator.",
		period));
	if (refusals->n > 0)
		add_refusals(v, s, member, refusals);
}
