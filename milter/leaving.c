/* SPDX-License-Identifier: MIT */
#include "leaving.h"

#include "mail/header.h"
#include "store/db.h"

#include <string.h>

static void
leaving_add(struct leaving *l, const char *name, const char *value)
{
	l->fields = db_more(l->arena, l->fields, l->n, sizeof(*l->fields));
	l->fields[l->n++] = (struct mail_field){name, value, strlen(value)};
}

unsigned
leaving_place(const struct mail_field *fields, size_t i)
{
	unsigned at = 1;

	for (size_t k = 0; k < i; k++)
		at += header_is(fields[k].name, fields[i].name);
	return at;
}

/* What a report is told anew with; false: the field stays.  Of those that say
   what its body is, the first: Postfix is asked to change no other. */
static bool
is_changed(const struct stamp *d, const struct mail_field *fields, size_t i,
    const char **value)
{
	const char *name = fields[i].name;
	bool any = d->n_changes > 0 || d->content_type != NULL;
	unsigned at = any ? leaving_place(fields, i) : 0;

	if (d->content_type != NULL && at == 1 &&
	    header_is(name, "Content-Type")) {
		*value = d->content_type;
		return true;
	}
	if (d->content_type != NULL && at == 1 &&
	    header_is(name, "Content-Transfer-Encoding")) {
		*value = NULL;
		return true;
	}
	for (size_t k = 0; k < d->n_changes; k++)
		if (d->changes[k].at == at &&
		    header_is(d->changes[k].name, name)) {
			*value = d->changes[k].value;
			return true;
		}
	return false;
}

/* Only a notification of at most FACTS_REPORT_FIELDS_MAX fields is changed. */
static void
leaving_add_received(struct leaving *l,
    const struct authentication *authentication, const struct stamp *stamp)
{
	size_t n;
	const struct mail_field *fields =
	    authentication_fields(authentication, &n, &l->cut);

	for (size_t i = 0; i < n; i++) {
		const char *value;

		if (!is_changed(stamp, fields, i, &value)) {
			l->fields = db_more(l->arena, l->fields, l->n,
			    sizeof(*l->fields));
			l->fields[l->n++] = fields[i];
		} else if (value != NULL) {
			leaving_add(l, fields[i].name, value);
		}
	}
}

void
leaving_open(struct leaving *l, struct arena *a,
    const struct authentication *authentication, const struct stamp *stamp,
    const char *const *signatures, size_t n_signatures)
{
	*l = (struct leaving){.arena = a};
	for (size_t i = n_signatures; i-- > 0;)
		leaving_add(l, "DKIM-Signature", signatures[i]);
	for (size_t i = 0; i < stamp->n_fields; i++)
		leaving_add(l, stamp->fields[i].name, stamp->fields[i].value);
	leaving_add_received(l, authentication, stamp);
}

void
leaving_close(struct leaving *l)
{
	body_hashes_free(l->own);
	l->own = NULL;
}

/* It may be another body than came. */
const struct body_hash *
leaving_body(struct leaving *l, const struct authentication *authentication,
    const struct stamp *stamp)
{
	const struct body_hash *hash;

	if (stamp->body == NULL)
		return authentication_signed_body(authentication);
	body_hashes_free(l->own);
	l->own = body_hashes_new();
	hash = body_hashes_want(l->own, CANON_RELAXED, BODY_WHOLE);
	body_hashes_add(l->own, stamp->body, stamp->body_len);
	body_hashes_end(l->own);
	return hash;
}
