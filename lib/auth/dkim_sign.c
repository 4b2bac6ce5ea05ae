/* SPDX-License-Identifier: MIT */
#include "auth/dkim.h"

#include "auth/private/dkim_signature.h"
#include "auth/private/signed_header.h"
#include "base/encode.h"
#include "base/str.h"
#include "mail/header.h"

#include <inttypes.h>
#include <string.h>

/* RFC 5322 2.1.1, without the line end. */
#define FOLD_WIDTH 77
#define FOLD_TAB   8

static const char *const dkim_signed_names[] = {"From", "To", "Cc", "Subject",
    "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Content-Disposition", "Content-ID",
    "Content-Description", "Content-Language"};

#define DKIM_SIGNED_NAMES                                                      \
	(sizeof(dkim_signed_names) / sizeof(*dkim_signed_names))

/* A value that is folded while it is written. */
struct folded {
	struct str text;
	size_t column;
};

/* The part stands on a line of its own, or behind what is there if both fit. */
static void
folded_add(struct folded *f, const char *separator, const char *part)
{
	size_t len = strlen(part), space = strlen(separator);

	if (f->column + space + len > FOLD_WIDTH) {
		str_add(&f->text, "\n\t");
		f->column = FOLD_TAB;
	} else {
		str_add(&f->text, separator);
		f->column += space;
	}
	str_add_bytes(&f->text, part, len);
	f->column += len;
}

/* Base64 may be folded anywhere. */
static void
folded_add_base64(struct folded *f, const char *digits)
{
	size_t left = strlen(digits);

	while (left > 0) {
		size_t room =
		    f->column < FOLD_WIDTH ? FOLD_WIDTH - f->column : 0;
		size_t n = left < room ? left : room;

		str_add_bytes(&f->text, digits, n);
		f->column += n;
		digits += n;
		left -= n;
		if (left > 0) {
			str_add(&f->text, "\n\t");
			f->column = FOLD_TAB;
		}
	}
}

static size_t
dkim_count_name(const struct dkim_signing *signing, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < signing->n; i++)
		n += header_is(signing->fields[i].name, name);
	return n;
}

/* Each name once more than it is there (RFC 6376 5.4.2). */
static enum rc
dkim_choose_names(struct arena *a, const struct dkim_signing *signing,
    const char ***out, size_t *n, struct err *err)
{
	const char **names =
	    arena_take_array(a, DKIM_NAMES_MAX, sizeof(*names));

	*n = 0;
	for (size_t i = 0; i < DKIM_SIGNED_NAMES; i++) {
		size_t count =
		    dkim_count_name(signing, dkim_signed_names[i]) + 1;

		if (count > DKIM_NAMES_MAX - *n)
			return err_set(err, RC_PERM,
			    "too many header fields %s to sign",
			    dkim_signed_names[i]);
		while (count-- > 0)
			names[(*n)++] = str_lower(a, dkim_signed_names[i]);
	}
	*out = names;
	return RC_OK;
}

static void
dkim_write_names(struct folded *f, struct arena *a, const char *const *names,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		folded_add(f, i == 0 ? " " : "",
		    arena_printf(a, "%s%s%s", i == 0 ? "h=" : "", names[i],
			i + 1 < n ? ":" : ";"));
}

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
	dkim_write_names(f, a, names, n);
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
	/* "DKIM-Signature: " stands before it. */
	struct folded f = {.column = sizeof("DKIM-Signature: ") - 1};
	unsigned char digest[CRYPTO_SHA256_LEN];
	const unsigned char *signature;
	const char **names;
	size_t n, len;
	enum rc rc = signing->body->rc;

	if (rc != RC_OK)
		return err_set(err, rc, "OpenSSL has no SHA-256");
	rc = dkim_choose_names(a, signing, &names, &n, err);
	if (rc != RC_OK)
		return rc;
	str_init(&f.text, a);
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
