/* SPDX-License-Identifier: MIT */
#include "auth/dkim.h"

#include "auth/private/folded.h"
#include "auth/private/signed_header.h"
#include "base/encode.h"
#include "base/str.h"

#include <inttypes.h>
#include <string.h>

/* All but the signature itself: it ends in "b=". */
static void
dkim_write_tags(struct folded *f, struct arena *a,
    const struct dkim_signing *signing, const char *const *names, size_t n)
{
	bool rsa = private_key_kind(signing->key) == CRYPTO_RSA;

	folded_add(f, "", "v=1;");
	folded_add(f, " ", rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;");
	folded_add(f, " ", "c=relaxed/relaxed;");
	folded_add(f, " ", arena_printf(a, "d=%s;", signing->domain));
	folded_add(f, " ", arena_printf(a, "s=%s;", signing->selector));
	folded_add(f, " ", arena_printf(a, "t=%" PRId64 ";", signing->now));
	folded_add(f, " ",
	    arena_printf(a, "x=%" PRId64 ";",
		signing->now + DKIM_SIGNATURE_SECONDS));
	folded_add_names(f, names, n);
	folded_add(f, " ",
	    arena_printf(a, "bh=%s;",
		encode_base64_padded(a, signing->body->sha256,
		    CRYPTO_SHA256_LEN)));
	folded_add(f, " ", "b=");
}

static enum rc
dkim_sign_digest(struct arena *a, const struct dkim_signing *signing,
    const char *const *names, size_t n, const char *value,
    unsigned char out[CRYPTO_SHA256_LEN], struct err *err)
{
	const struct mail_field own = {"DKIM-Signature", value, strlen(value)};
	struct header_index header;
	struct digest *d;
	enum rc rc =
	    header_index_make(a, signing->fields, signing->n, &header, err);

	if (rc != RC_OK)
		return rc;
	d = digest_new();
	signed_header_add(d, &header,
	    signed_header_choose(a, &header, names, n, HEADER_NO_FIELD), n,
	    CANON_RELAXED);
	signed_header_add_own(d, &own, CANON_RELAXED);
	rc = digest_end(d, out);
	digest_free(d);
	return rc == RC_OK ? rc : err_set(err, rc, "OpenSSL has no SHA-256");
}

enum rc
dkim_sign(struct arena *a, const struct dkim_signing *signing,
    const char **value, struct err *err)
{
	struct folded f;
	unsigned char digest[CRYPTO_SHA256_LEN];
	const unsigned char *signature;
	const char *const *names;
	size_t n, len;
	enum rc rc = signing->body->rc;

	if (rc != RC_OK)
		return err_set(err, rc, "OpenSSL has no SHA-256");
	rc = signed_header_of_author(a, signing->fields, signing->n, &names, &n,
	    err);
	if (rc != RC_OK)
		return rc;
	folded_init(&f, a, "DKIM-Signature");
	dkim_write_tags(&f, a, signing, names, n);
	rc = dkim_sign_digest(a, signing, names, n, f.text.text, digest, err);
	if (rc == RC_OK)
		rc = private_key_sign(signing->key, a, digest, &signature, &len,
		    err);
	if (rc != RC_OK)
		return rc;
	folded_add_base64(&f, encode_base64_padded(a, signature, len));
	*value = f.text.text;
	return RC_OK;
}
