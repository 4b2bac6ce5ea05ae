/* SPDX-License-Identifier: MIT */
/*
 * dkim_signer - messages for tests, signed with any tags, right ones or not.
 */
#pragma once

#include "auth/crypto.h"
#include "auth/dkim.h"
#include "auth/private/dkim_signature.h"
#include "auth/private/signed_header.h"
#include "base/encode.h"
#include "base/str.h"
#include "check.h"
#include "dkim_keys.h"
#include "mail/message_text.h"

#include <stdlib.h>

/* The value of a tag in a list that may be malformed; "" if it has none. */
static inline const char *
signer_tag(struct arena *a, const char *tags, const char *name)
{
	const char *start = strstr(tags, arena_printf(a, " %s=", name));

	if (start == NULL)
		return "";
	start += strlen(name) + 2;
	return arena_copy_bytes(a, start, strcspn(start, ";"));
}

static inline size_t
signer_names(struct arena *a, const char *tags, const char **names)
{
	size_t n = 0;
	char *rest = NULL, *list = arena_copy_text(a, signer_tag(a, tags, "h"));

	for (char *name = strtok_r(list, ": \t\r\n", &rest); name != NULL;
	     name = strtok_r(NULL, ": \t\r\n", &rest))
		names[n++] = name;
	return n;
}

static inline const char *
signer_body_hash(struct arena *a, const char *tags, const char *body)
{
	const char *c = signer_tag(a, tags, "c"), *l = signer_tag(a, tags, "l");
	struct body_hashes *bodies = body_hashes_new();
	const struct body_hash *hash = body_hashes_want(bodies,
	    strstr(c, "/relaxed") != NULL ? CANON_RELAXED : CANON_SIMPLE,
	    *l >= '0' && *l <= '9' ? strtoull(l, NULL, 10) : BODY_WHOLE);
	const char *text;

	body_hashes_add(bodies, body, strlen(body));
	body_hashes_end(bodies);
	text = encode_base64_padded(a, hash->sha256, CRYPTO_SHA256_LEN);
	body_hashes_free(bodies);
	return text;
}

static inline const char *
signer_replace(struct arena *a, const char *text, const char *what,
    const char *with)
{
	const char *at = strstr(text, what);

	return at == NULL ? text
			  : arena_printf(a, "%.*s%s%s", (int)(at - text), text,
				with, at + strlen(what));
}

static inline const char *
signer_sign(struct arena *a, const char *pem, const char *field,
    const char *tags, const struct message_text *m)
{
	const char *names[DKIM_NAMES_MAX], *colon = strchr(field, ':');
	struct mail_field own = {
	    arena_copy_bytes(a, field, (size_t)(colon - field)), colon + 1,
	    strlen(colon + 1)};
	enum canon canon = str_starts(signer_tag(a, tags, "c"), "relaxed")
			       ? CANON_RELAXED
			       : CANON_SIMPLE;
	size_t n = signer_names(a, tags, names), len;
	struct digest *d = digest_new();
	struct header_index header;
	struct private_key *key;
	unsigned char sha256[CRYPTO_SHA256_LEN];
	const unsigned char *signature;

	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	header_index_make(a, m->fields, m->n, &header, NULL);
	signed_header_add(d, &header,
	    signed_header_choose(a, &header, names, n, HEADER_NO_FIELD), n,
	    canon);
	signed_header_add_own(d, &own, canon);
	digest_end(d, sha256);
	digest_free(d);
	private_key_sign(key, a, sha256, &signature, &len, NULL);
	private_key_free(key);
	return encode_base64_padded(a, signature, len);
}

/* The field for a message: "bh=@" and "b=@" become what belongs there, and so
   does SIGNER_B_SPACED.  name is what stands before the tags, "DKIM-Signature:
   " or the like; the tags end without a line end. */
#define SIGNER_B_SPACED "b=\r\n\t@ \t"

static inline const char *
signer_field(struct arena *a, const char *pem, const char *name,
    const char *tags, const char *header, const char *body)
{
	bool spaced = strstr(tags, SIGNER_B_SPACED) != NULL;
	const char *b = spaced ? SIGNER_B_SPACED : "b=@";
	struct message_text m;
	const char *field;

	message_text_split(a, header, strlen(header), &m);
	field = arena_printf(a, "%s%s", name,
	    signer_replace(a, tags, "bh=@",
		arena_printf(a, "bh=%s", signer_body_hash(a, tags, body))));
	return signer_replace(a, field, b,
	    arena_printf(a, spaced ? "b=\r\n\t%s \t" : "b=%s",
		signer_sign(a, pem, signer_replace(a, field, b, "b="), tags,
		    &m)));
}
