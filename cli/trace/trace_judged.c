/* SPDX-License-Identifier: MIT */
#include "trace_judged.h"

#include "base/ip.h"
#include "base/str.h"

#include <string.h>

static const char *
client_words(struct arena *a, const struct facts *facts)
{
	return facts->client.version == 0
		   ? "a client"
		   : arena_printf(a, "%s[%s]",
			 facts->client_name == NULL ? "unknown"
						    : facts->client_name,
			 ip_text(a, &facts->client));
}

static void
add_result(struct str *s, const char *name, const char *result)
{
	if (result != NULL)
		str_addf(s, "%s%s %s", s->len == 0 ? ": " : ", ", name, result);
}

static const char *
results_words(struct arena *a, const struct decision *d)
{
	struct str s;

	str_init(&s, a);
	add_result(&s, "SPF", d->spf);
	add_result(&s, "DKIM", d->dkim);
	add_result(&s, "DMARC", d->dmarc);
	add_result(&s, "ARC", d->arc);
	return s.text;
}

/* " (dnsbl bl.test: listed)" */
static const char *
why_words(struct arena *a, const struct verdict *v)
{
	const struct finding *f = v->decider;

	if (f == NULL)
		return arena_printf(a, " (%d points)", v->points);
	return arena_printf(a, " (%s%s%s: %s)", f->check,
	    f->list == NULL ? "" : " ", f->list == NULL ? "" : f->list,
	    f->why == NULL ? "" : f->why);
}

static char *
verdict_words(struct arena *a, const struct trace_decision *d,
    const struct decision *said)
{
	const char *what = trace_decision_is_end(d) ? "the message"
			   : said->facts.recipient == NULL
			       ? "it"
			       : said->facts.recipient;

	if (said->verdict.action == VERDICT_ACCEPT)
		return arena_printf(a, "accepts %s from %s%s", what,
		    client_words(a, &said->facts), results_words(a, said));
	return arena_printf(a, "%s %s from %s: %s%s",
	    said->verdict.action == VERDICT_DEFER ? "puts off" : "refuses",
	    what, client_words(a, &said->facts),
	    reply_line(a, &said->verdict.reply), why_words(a, &said->verdict));
}

static char *
shadow_words(struct arena *a, const struct decision *d)
{
	if (d->unshadowed.action == d->verdict.action)
		return NULL;
	return arena_printf(a,
	    "would have been %s if no check were in shadow "
	    "mode%s",
	    d->unshadowed.action == VERDICT_ACCEPT  ? "accepted"
	    : d->unshadowed.action == VERDICT_DEFER ? "put off"
						    : "refused",
	    why_words(a, &d->unshadowed));
}

/* What is done with it, or in shadow mode only said. */
static const struct {
	const char *name, *done, *said;
} fates[] = {
    {"forward", "forwards it", "forward it"},
    {"sign", "forwards it", "forward it"},
    {"rewrite", "forwards it with another From", "give it another From"},
    {"hold", "holds it", "hold it"},
    {"reject", "refuses it", "refuse it"},
    {"later", "puts it off", "put it off"},
};

static char *
fate_words(struct arena *a, const struct trace_decision *d,
    const struct decision *said)
{
	const char *why = said->fate_why == NULL
			      ? ""
			      : arena_printf(a, ": %s", said->fate_why);

	if (said->fate == NULL || d->row.action == DECISION_REJECT)
		return NULL;
	for (size_t i = 0; i < sizeof(fates) / sizeof(*fates); i++)
		if (strcmp(fates[i].name, said->fate) == 0)
			return said->fate_shadow
				   ? arena_printf(a,
					 "would %s, were it not for shadow "
					 "mode%s",
					 fates[i].said, why)
				   : arena_printf(a, "%s%s", fates[i].done,
					 why);
	return arena_printf(a, "its fate: %s%s", said->fate, why);
}

static char *
change_words(struct arena *a, const struct decision *d)
{
	struct str s;

	str_init(&s, a);
	if (d->new_sender != NULL)
		str_addf(&s, "its sender is now %s", d->new_sender);
	if (d->new_author != NULL)
		str_addf(&s, "%sits From is now %s", s.len == 0 ? "" : ", ",
		    d->new_author);
	if (d->signed_by != NULL)
		str_addf(&s, "%ssigned by %s", s.len == 0 ? "" : ", ",
		    d->signed_by);
	if (d->sealed_by != NULL)
		str_addf(&s, "%ssealed by %s", s.len == 0 ? "" : ", ",
		    d->sealed_by);
	return s.len == 0 ? NULL : s.text;
}

size_t
trace_judged_words(struct arena *a, const struct trace_decision *d,
    const char *out[static TRACE_JUDGED_MAX])
{
	const char *words[TRACE_JUDGED_MAX] = {NULL};
	const struct decision *said = trace_decision_said(a, d);
	size_t n = 0;

	if (said != NULL) {
		words[0] = verdict_words(a, d, said);
		words[1] = shadow_words(a, said);
		words[2] = fate_words(a, d, said);
		words[3] = change_words(a, said);
	} else {
		words[0] = decision_action_name(d->row.action);
	}
	for (size_t i = 0; i < TRACE_JUDGED_MAX; i++)
		if (words[i] != NULL)
			out[n++] = words[i];
	return n;
}
