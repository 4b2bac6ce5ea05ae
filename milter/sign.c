/* SPDX-License-Identifier: MIT */
#include "sign.h"

#include "leaving.h"

#include <string.h>

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

/* NULL: nobody's. */
static const char *
signing_domain_of(struct arena *a, const struct sign_request *request,
    const struct leaving *leaving)
{
	struct from_field author;

	if (request->domain != NULL)
		return request->domain;
	from_field_read(a, leaving->fields, leaving->n, &author);
	return author.domain;
}

static enum rc
find_signing_choice(const struct sign_request *request, const char *domain,
    struct signing_choice *out, struct err *err)
{
	enum rc rc = signing_keys_find(request->keys, domain, out, err);

	if (request->promised &&
	    (rc == RC_NONE ||
		(rc == RC_OK && strcmp(out->keys[0].domain, domain) != 0)))
		return err_set(err, RC_TEMP,
		    "%s has no key to sign with: make it with 'postward dkim "
		    "key add %s'",
		    domain, domain);
	return rc;
}

enum rc
sign_message(struct arena *a, const struct sign_request *request,
    struct signatures *out, struct err *err)
{
	const struct message *l = request->message;
	struct leaving leaving;
	struct dkim_signing signing = {
	    .now = request->now,
	    .sender = request->new_sender == NULL ? l->from.text
						  : request->new_sender,
	    .recipients = recipients_of(a, l),
	    .n_recipients = l->n_recipients,
	};
	const char *domain;
	struct signing_choice choice;
	enum rc rc;

	*out = (struct signatures){0};
	leaving_open(&leaving, a, request->authentication, request->stamp, NULL,
	    0);
	domain = signing_domain_of(a, request, &leaving);
	if (domain == NULL)
		return RC_OK;
	rc = find_signing_choice(request, domain, &choice, err);
	if (rc == RC_OK && leaving.cut)
		rc = err_set(err, RC_PERM, "a header too long to be signed");
	if (rc == RC_OK) {
		signing.fields = leaving.fields;
		signing.n = leaving.n;
		signing.body = leaving_body(&leaving, request->authentication,
		    request->stamp);
		rc = sign_with_each(a, &choice, &signing, out, err);
		leaving_close(&leaving);
	}
	signing_keys_give(request->keys, &choice);
	return rc == RC_NONE ? RC_OK : rc;
}
