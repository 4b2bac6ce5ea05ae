/* SPDX-License-Identifier: MIT */
#include "auth/private/dkim_key.h"

#include "auth/tag_list.h"
#include "base/encode.h"
#include "base/str.h"

#include <string.h>

static bool
dkim_key_lists(const struct tag *tag, const char *word)
{
	struct tag part;

	for (size_t at = 0; tag_next_part(tag, &at, &part);)
		if (tag_is_fold(&part, word))
			return true;
	return false;
}

static enum rc
dkim_key_read_kind(const struct tag *k, struct dkim_key *out, struct err *err)
{
	if (k == NULL || tag_is_fold(k, "rsa"))
		out->public.kind = CRYPTO_RSA;
	else if (tag_is_fold(k, "ed25519"))
		out->public.kind = CRYPTO_ED25519;
	else
		return err_set(err, RC_PERM, "k= of the key is not known");
	return RC_OK;
}

static enum rc
dkim_key_read_uses(const struct tag_list *list, struct err *err)
{
	const struct tag *h = tag_list_find(list, "h");
	const struct tag *s = tag_list_find(list, "s");

	if (h != NULL && !dkim_key_lists(h, "sha256"))
		return err_set(err, RC_PERM, "the key is not for SHA-256");
	if (s != NULL && !dkim_key_lists(s, "*") && !dkim_key_lists(s, "email"))
		return err_set(err, RC_PERM, "the key is not for mail");
	return RC_OK;
}

static enum rc
dkim_key_read_bytes(struct arena *a, const struct tag *p, struct dkim_key *out,
    struct err *err)
{
	char *bytes;

	if (p->len == 0)
		return err_set(err, RC_PERM, "the key was revoked");
	if (!encode_read_base64(a, tag_squeezed(a, p), &bytes,
		&out->public.len))
		return err_set(err, RC_PERM, "p= of the key is no base64");
	out->public.key = bytes;
	return RC_OK;
}

/* What is often seen: an escape that DNS servers want in their files only, and
   quotes that are part of the text. */
static enum rc
dkim_key_malformed(const char *text, size_t len, struct err *err)
{
	if (memchr(text, '\\', len) != NULL)
		return err_set(err, RC_NONE,
		    "the key record holds backslashes");
	if (len > 0 && text[0] == '"')
		return err_set(err, RC_NONE, "the key record holds quotes");
	return RC_NONE;
}

enum rc
dkim_key_read(struct arena *a, const char *text, size_t len,
    struct dkim_key *out, struct err *err)
{
	const struct tag *v, *p, *t;
	struct tag_list list;
	enum rc rc;

	*out = (struct dkim_key){0};
	if (len > DKIM_KEY_MAX)
		return err_set(err, RC_PERM, "key record of more than %d bytes",
		    DKIM_KEY_MAX);
	if (tag_list_read(a, text, len, &list, err) != RC_OK)
		return dkim_key_malformed(text, len, err);
	v = tag_list_find(&list, "v");
	p = tag_list_find(&list, "p");
	t = tag_list_find(&list, "t");
	if (v != NULL && !tag_is(v, "DKIM1")) {
		err_set(err, RC_NONE, "v= of the key is not DKIM1");
		return dkim_key_malformed(text, len, err);
	}
	if (p == NULL)
		return err_set(err, v == NULL ? RC_NONE : RC_PERM,
		    "the key record has no p=");
	out->testing = t != NULL && dkim_key_lists(t, "y");
	out->same_identity = t != NULL && dkim_key_lists(t, "s");
	rc = dkim_key_read_kind(tag_list_find(&list, "k"), out, err);
	if (rc == RC_OK)
		rc = dkim_key_read_uses(&list, err);
	return rc == RC_OK ? dkim_key_read_bytes(a, p, out, err) : rc;
}

static enum rc
dkim_key_choose_record(struct arena *a, const struct dns_query *answer,
    struct dkim_key *out, struct err *err)
{
	enum rc rc = RC_PERM;
	size_t keys = 0;

	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_record *record = &answer->records[i];
		struct err problem = {0};
		struct dkim_key key;
		enum rc read = dkim_key_read(a, record->text, record->text_len,
		    &key, &problem);

		if (read != RC_NONE && ++keys == 1) {
			*out = key;
			rc = read;
		}
		if (i == 0 || (read != RC_NONE && keys == 1))
			err_set(err, rc, "%s", problem.text);
	}
	if (keys > 1)
		return err_set(err, RC_PERM,
		    "there are %zu keys, and nobody knows which one is meant",
		    keys);
	return rc;
}

enum rc
dkim_key_choose(struct arena *a, const struct dns_query *answer,
    struct dkim_key *out, struct err *err)
{
	*out = (struct dkim_key){0};
	switch (answer->rc) {
	case RC_OK:
		return dkim_key_choose_record(a, answer, out, err);
	case RC_NONE:
		return err_set(err, RC_PERM, "there is no key");
	case RC_TEMP:
		return err_set(err, RC_TEMP, "no answer for the key: %s",
		    answer->problem != NULL ? answer->problem : "unknown");
	case RC_PERM:
		return err_set(err, RC_PERM, "the key's name cannot be asked");
	}
	return RC_TEMP;
}

static const char *
dkim_key_name(struct arena *a, const struct dkim_signature *signature)
{
	return arena_printf(a, "%s._domainkey.%s", signature->selector,
	    signature->domain);
}

static const struct dns_query *
dkim_key_answer(const struct dns_query *answers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (answers[i].type == DNS_TXT &&
		    str_equal_fold(answers[i].name, name))
			return &answers[i];
	return NULL;
}

void
dkim_key_ask(struct arena *a, const struct dkim_signature *signature,
    struct dns_query *out, size_t *n)
{
	const char *name = dkim_key_name(a, signature);

	if (dns_name_valid(name) && dkim_key_answer(out, *n, name) == NULL)
		out[(*n)++] = (struct dns_query){.name = name, .type = DNS_TXT};
}

/* What a key allows, before anything is reckoned. */
static enum rc
dkim_key_allows(const struct dkim_key *key,
    const struct dkim_signature *signature, struct err *err)
{
	if (key->public.kind != signature->kind)
		return err_set(err, RC_PERM,
		    "the key is of another kind than a=");
	if (key->same_identity && signature->identity_below)
		return err_set(err, RC_PERM,
		    "the key is not for identities below its domain");
	return RC_OK;
}

enum rc
dkim_key_take(struct arena *a, const struct dkim_signature *signature,
    const struct dns_query *answers, size_t n, struct dkim_key *out,
    struct err *err)
{
	const char *name = dkim_key_name(a, signature);
	const struct dns_query *answer = dkim_key_answer(answers, n, name);
	enum rc rc;

	*out = (struct dkim_key){0};
	if (!dns_name_valid(name))
		return err_set(err, RC_PERM, "the name of its key is too long");
	if (answer == NULL)
		return err_set(err, RC_TEMP, "its key was not asked for");
	rc = dkim_key_choose(a, answer, out, err);
	return rc == RC_OK ? dkim_key_allows(out, signature, err) : rc;
}
