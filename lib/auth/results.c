/* SPDX-License-Identifier: MIT */
#include "auth/results.h"

#include "base/str.h"
#include "mail/domain.h"
#include "mail/quoted_string.h"

#include <string.h>

/* The line begins with a tab. */
#define LINE_LEN_MAX 70

/* A longer value is cut: a line of a message has at most 998 bytes
   (RFC 5322 2.1.1), and a value is not folded. */
#define VALUE_MAX 300

/* RFC 2045 5.1, which RFC 8601 2.2 has for values without quotes. */
static bool
is_result_token(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' ||
		    strchr("()<>@,;:\\\"/[]?=", *text) != NULL)
			return false;
	return true;
}

static const char *
result_value(struct arena *a, const char *text)
{
	text = str_ascii(a, text);
	text = str_printable(a, text, strlen(text), VALUE_MAX);
	return is_result_token(text) ? text : quoted_string(a, text);
}

/* With A-labels, if it is a name (RFC 8616 4). */
static const char *
result_name(struct arena *a, const char *text)
{
	const char *name;

	return !str_is_ascii(text) && domain_read(a, text, &name, NULL) == RC_OK
		   ? name
		   : text;
}

/* Behind a space or, if the line is full, on the next one. */
static void
add_result_word(struct str *part, const char *word)
{
	const char *line = strrchr(part->text, '\t');
	size_t used = strlen(line != NULL ? line + 1 : part->text);

	str_add(part, used > 0 && used + 1 + strlen(word) > LINE_LEN_MAX
			  ? "\n\t"
		      : used > 0 ? " "
				 : "");
	str_add(part, word);
}

/* Adds " name=value"; nothing if there is no value. */
static void
add_result_pair(struct str *part, const char *name, const char *value)
{
	if (value == NULL)
		return;
	add_result_word(part,
	    arena_printf(part->arena, "%s=%s", name,
		result_value(part->arena, result_name(part->arena, value))));
}

static const char *
dkim_part(struct arena *a, const struct dkim_result *r)
{
	struct str part;

	str_init(&part, a);
	add_result_pair(&part, "dkim", dkim_verdict_name(r->verdict));
	add_result_pair(&part, "reason", r->problem);
	add_result_pair(&part, "header.d", r->domain);
	add_result_pair(&part, "header.s", r->selector);
	add_result_pair(&part, "header.a", r->algorithm);
	add_result_pair(&part, "header.b", r->signature);
	return part.text;
}

size_t
results_dkim(struct arena *a, const struct dkim_result *r, size_t n,
    const char *out[static RESULTS_DKIM_MAX])
{
	size_t passed = 0, others = 0;

	for (size_t i = 0; i < n; i++) {
		size_t *kind = r[i].verdict == DKIM_PASS ? &passed : &others;

		if (*kind == DKIM_SIGNATURES_MAX)
			continue;
		out[passed + others] = dkim_part(a, &r[i]);
		++*kind;
	}
	if (n == 0)
		out[others++] = "dkim=none";
	return passed + others;
}

const char *
results_dmarc(struct arena *a, const struct dmarc_result *r)
{
	bool no_record = r->from_domain != NULL && r->policy_domain == NULL &&
			 r->verdict == DMARC_NONE;
	struct str part;

	str_init(&part, a);
	add_result_pair(&part, "dmarc", dmarc_verdict_name(r->verdict));
	add_result_pair(&part, "reason", no_record ? NULL : r->problem);
	add_result_pair(&part, "policy.dmarc", dmarc_policy_name(r->policy));
	add_result_pair(&part, "header.from", r->from_domain);
	return part.text;
}

const char *
results_iprev(struct arena *a, const struct ip *client,
    const struct iprev_result *r)
{
	struct str part;

	str_init(&part, a);
	add_result_pair(&part, "iprev", iprev_verdict_name(r->verdict));
	add_result_pair(&part, "reason", r->problem);
	add_result_pair(&part, "policy.iprev", ip_text(a, client));
	/* A token has neither brackets nor a backslash. */
	if (r->name != NULL && is_result_token(r->name))
		add_result_word(&part, arena_printf(a, "(%s)", r->name));
	return part.text;
}

const char *
results_arc(struct arena *a, const char *verdict, const char *problem,
    const char *trusted)
{
	struct str part;

	str_init(&part, a);
	add_result_pair(&part, "arc", verdict);
	add_result_pair(&part, "reason", problem);
	if (trusted != NULL)
		add_result_word(&part,
		    arena_printf(a, "(trusted: %s)", trusted));
	return part.text;
}
