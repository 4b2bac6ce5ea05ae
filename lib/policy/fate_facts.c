/* SPDX-License-Identifier: MIT */
/* What of a message its fate depends on. */
#include "policy/fate.h"

#include "base/str.h"
#include "mail/domain.h"
#include "mail/from_rewrite.h"
#include "mail/header.h"
#include "policy/private/fate_form.h"

#include <ctype.h>
#include <string.h>

static bool
is_aligned(const struct authentication_results *results, size_t i)
{
	const struct dkim_result *d = &results->dkim[i];

	if (d->verdict != DKIM_PASS || d->domain == NULL)
		return false;
	/* What is the very domain needs no walk to be aligned. */
	return results->dmarc.dkim_aligned[i] ||
	       (d->body_unsigned == 0 && results->from->domain != NULL &&
		   strcmp(d->domain, results->from->domain) == 0);
}

static void
add_aligned(struct arena *a, struct fate_facts *f,
    const struct dkim_result *signature, const struct survival_way *way)
{
	const char *why;
	enum survival survives = survival_of(a, signature, way, &why);

	if (f->dkim_aligned && survives <= f->survives)
		return;
	f->dkim_aligned = true;
	f->survives = survives;
	f->why = why;
}

static void
add_other(struct arena *a, struct fate_facts *f,
    const struct dkim_result *signature, const struct survival_way *way)
{
	const char *why;

	f->other_dkim = true;
	if (survival_of(a, signature, way, &why) != SURVIVAL_NO)
		f->other_lives = true;
}

/* Might it speak for the author if its key were known? */
static bool
may_align(const struct authentication_results *results,
    const struct dkim_result *signature)
{
	const char *org = results->dmarc.org;

	return signature->domain != NULL && results->from->domain != NULL &&
	       (org == NULL
		       ? strcmp(signature->domain, results->from->domain) == 0
		       : domain_within(signature->domain, org));
}

static void
add_signature(struct arena *a, struct fate_facts *f,
    const struct authentication_results *results, size_t i,
    const struct survival_way *way)
{
	const struct dkim_result *d = &results->dkim[i];

	if (is_aligned(results, i))
		add_aligned(a, f, d, way);
	else if (d->verdict == DKIM_PASS)
		add_other(a, f, d, way);
	else if (d->verdict == DKIM_TEMPERROR) {
		f->temporary |= may_align(results, d);
		f->other_temporary = true;
	}
}

static bool
has_field(const struct survival_way *way, const char *name)
{
	for (size_t i = 0; i < way->n; i++)
		if (header_is(way->fields[i].name, name))
			return true;
	return false;
}

struct fate_facts
fate_facts_of(struct arena *a, const struct authentication_results *results,
    const struct spf_result *spf, const struct survival_way *way)
{
	const struct dmarc_result *dmarc = &results->dmarc;
	struct fate_facts f = {
	    .author = results->from->domain,
	    .from_list = has_field(way, "List-Id"),
	    .spf_aligned = dmarc->spf_aligned,
	    .other_spf =
		spf != NULL && spf->verdict == SPF_PASS && !dmarc->spf_aligned,
	    .rewritable =
		results->from->n == 1 && way->n <= FATE_REWRITE_FIELDS_MAX &&
		from_rewrite_is_possible(a, &results->from->mailboxes[0]),
	    .temporary = dmarc->verdict == DMARC_TEMPERROR,
	    .other_temporary = results->arc.temporary ||
			       (spf != NULL && spf->verdict == SPF_TEMPERROR),
	    .policy = dmarc->policy,
	    .older = dmarc->older,
	    .form = fate_form_of(way, results->from),
	};

	for (size_t i = 0; i < results->n_dkim; i++)
		add_signature(a, &f, results, i, way);
	return f;
}

static bool
mark_is_there(struct arena *a, const char *mark, const struct mail_field *field)
{
	size_t name = strcspn(mark, ":");
	const char *value = mark + name, *got = field->value;

	value += *value == ':';
	value += strspn(value, " \t");
	got += strspn(got, " \t\r\n");
	return header_is(field->name, arena_copy_bytes(a, mark, name)) &&
	       str_starts_fold(got, value) &&
	       (value[0] == '\0' ||
		   !isalnum((unsigned char)got[strlen(value)]));
}

const char *
fate_mark_of(struct arena *a, const struct fate_settings *settings,
    const struct mail_field *fields, size_t n)
{
	for (size_t k = 0; k < settings->n_spam_fields; k++)
		for (size_t i = 0; i < n; i++)
			if (mark_is_there(a, settings->spam_fields[k],
				&fields[i]))
				return settings->spam_fields[k];
	return NULL;
}
