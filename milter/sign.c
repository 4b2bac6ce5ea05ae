/* SPDX-License-Identifier: MIT */
#include "sign.h"

#include "mail/header.h"
#include "store/db.h"

#include <string.h>

/* The header as it will leave. */
struct leaving {
	struct arena *arena;
	struct mail_field *fields;
	size_t n;
	bool cut; /* there are more */
};

static void
leaving_add(struct leaving *l, const char *name, const char *value)
{
	l->fields = db_more(l->arena, l->fields, l->n, sizeof(*l->fields));
	l->fields[l->n++] = (struct mail_field){name, value, strlen(value)};
}

/* The field's place among those of its name, from 1. */
static unsigned
place_of(const struct mail_field *fields, size_t i)
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
	unsigned at = any ? place_of(fields, i) : 0;

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
leaving_add_received(struct leaving *l, const struct sign_request *request)
{
	size_t n;
	const struct mail_field *fields =
	    authentication_fields(request->authentication, &n, &l->cut);

	for (size_t i = 0; i < n; i++) {
		const char *value;

		if (!is_changed(request->stamp, fields, i, &value)) {
			l->fields = db_more(l->arena, l->fields, l->n,
			    sizeof(*l->fields));
			l->fields[l->n++] = fields[i];
		} else if (value != NULL) {
			leaving_add(l, fields[i].name, value);
		}
	}
}

static struct leaving
header_leaving(struct arena *a, const struct sign_request *request)
{
	struct leaving l = {.arena = a};

	for (size_t i = 0; i < request->stamp->n_fields; i++)
		leaving_add(&l, request->stamp->fields[i].name,
		    request->stamp->fields[i].value);
	leaving_add_received(&l, request);
	return l;
}

static const char *const *
recipients_of(struct arena *a, const struct message *l)
{
	const char **recipients =
	    arena_take_array(a, l->n_recipients + 1, sizeof(*recipients));

	for (size_t i = 0; i < l->n_recipients; i++)
		recipients[i] = l->recipients[i].said;
	return recipients;
}

static enum rc
sign_with_each(struct arena *a, const struct signing_choice *choice,
    struct dkim_signing *signing, struct signatures *out, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < choice->n && rc == RC_OK; i++) {
		const struct signing_key *key = &choice->keys[i];

		signing->key = key->key;
		signing->domain = key->domain;
		signing->selector = key->selector;
		rc = dkim_sign(a, signing, &out->values[out->n++], err);
		out->by =
		    arena_printf(a, "%s%s%s/%s", out->by == NULL ? "" : out->by,
			out->by == NULL ? "" : " ", key->domain, key->selector);
	}
	return rc;
}

/* The hash is of the body that leaves, which may be another than came. */
static enum rc
sign_with_body(struct arena *a, const struct sign_request *request,
    const struct signing_choice *choice, struct dkim_signing *signing,
    struct signatures *out, struct err *err)
{
	struct body_hashes *own;
	enum rc rc;

	signing->body = authentication_signed_body(request->authentication);
	if (request->stamp->body == NULL)
		return sign_with_each(a, choice, signing, out, err);
	own = body_hashes_new();
	signing->body = body_hashes_want(own, CANON_RELAXED, BODY_WHOLE);
	body_hashes_add(own, request->stamp->body, request->stamp->body_len);
	body_hashes_end(own);
	rc = sign_with_each(a, choice, signing, out, err);
	body_hashes_free(own);
	return rc;
}

enum rc
sign_message(struct arena *a, const struct sign_request *request,
    struct signatures *out, struct err *err)
{
	const struct message *l = request->message;
	struct leaving leaving = header_leaving(a, request);
	struct dkim_signing signing = {
	    .fields = leaving.fields,
	    .n = leaving.n,
	    .now = request->now,
	    .sender = request->new_sender == NULL ? l->from.text
						  : request->new_sender,
	    .recipients = recipients_of(a, l),
	    .n_recipients = l->n_recipients,
	};
	struct signing_choice choice;
	struct from_field author;
	enum rc rc;

	*out = (struct signatures){0};
	from_field_read(a, leaving.fields, leaving.n, &author);
	if (author.kind != FROM_FIELD_ONE)
		return RC_OK;
	rc = signing_keys_find(request->keys, author.domain, &choice, err);
	if (rc != RC_OK)
		return rc == RC_NONE ? RC_OK : rc;
	if (leaving.cut)
		return err_set(err, RC_PERM, "a header too long to be signed");
	return sign_with_body(a, request, &choice, &signing, out, err);
}
