/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_kept.h"

#include "base/clock.h"
#include "base/str.h"

#include <string.h>

/* A note is this struct, then the texts, each with its NUL. */
struct kept_result {
	int64_t since;
	unsigned lookups, voids, queries;
	enum spf_verdict verdict;
	bool has[4]; /* the texts, in the order of kept_texts */
};

/* Which texts of a result are kept: the domain is in the note's name. */
struct kept_texts {
	const char **at[4];
};

static struct kept_texts
kept_texts_of(struct spf_result *r)
{
	return (struct kept_texts){
	    {&r->explanation, &r->problem, &r->term, &r->term_domain}};
}

#define TEXTS (sizeof(((struct kept_texts *)0)->at) / sizeof(const char **))

/* No name that DNS could be asked for begins with a space, but notes are apart
   from those anyway. */
static const char *
kept_name(struct arena *a, const struct ip *client, const char *domain)
{
	return arena_concat(a, "spf ", ip_text(a, client), " ", domain);
}

bool
spf_kept_find(struct dns *dns, struct arena *a, const struct ip *client,
    const char *domain, struct spf_result *out)
{
	struct kept_texts texts = kept_texts_of(out);
	struct kept_result kept;
	struct dns_note note;
	const char *text;

	if (!dns_note_find(dns, a, kept_name(a, client, domain), &note))
		return false;
	memcpy(&kept, note.bytes, sizeof(kept));
	text = note.bytes + sizeof(kept);
	for (size_t i = 0; i < TEXTS; i++) {
		*texts.at[i] = kept.has[i] ? text : NULL;
		if (kept.has[i])
			text += strlen(text) + 1;
	}
	out->verdict = kept.verdict;
	out->lookups = kept.lookups;
	out->voids = kept.voids;
	out->queries = kept.queries;
	out->kept_since = kept.since;
	out->kept_until = note.until;
	return true;
}

void
spf_kept_add(struct dns *dns, struct arena *a, const struct ip *client,
    const struct spf_result *result)
{
	struct spf_result r = *result;
	struct kept_texts texts = kept_texts_of(&r);
	struct kept_result kept;
	struct dns_note note;
	struct str s;

	memset(&kept, 0, sizeof(kept)); /* the gaps, too */
	kept.since = clock_now();
	kept.lookups = r.lookups;
	kept.voids = r.voids;
	kept.queries = r.queries;
	kept.verdict = r.verdict;
	for (size_t i = 0; i < TEXTS; i++)
		kept.has[i] = *texts.at[i] != NULL;
	str_init(&s, a);
	str_add_bytes(&s, (const char *)&kept, sizeof(kept));
	for (size_t i = 0; i < TEXTS; i++)
		if (kept.has[i])
			str_add_bytes(&s, *texts.at[i],
			    strlen(*texts.at[i]) + 1);
	note = (struct dns_note){
	    .bytes = s.text, .len = s.len, .until = r.kept_until};
	dns_note_keep(dns, kept_name(a, client, r.domain), &note);
}
