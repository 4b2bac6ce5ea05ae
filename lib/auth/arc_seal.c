/* SPDX-License-Identifier: MIT */
/*
 * Tags stand in the order of their names, and b= on one line, as others seal:
 * a seal covers the folds in the b= of the signature, too.  What follows b=
 * begins a line of its own, so that it is folded in the same places before b=
 * is known and afterwards.
 */
#include "auth/arc.h"

#include "auth/private/arc_sets.h"
#include "auth/private/folded.h"
#include "auth/private/signed_header.h"
#include "base/encode.h"
#include "base/str.h"

#include <inttypes.h>
#include <string.h>

#define ARC_FIELD_RESULTS   "ARC-Authentication-Results"
#define ARC_FIELD_SIGNATURE "ARC-Message-Signature"
#define ARC_FIELD_SEAL      "ARC-Seal"

struct arc_names {
	const char *const *names;
	size_t n;
};

/* A field whose b= is still empty. */
struct arc_draft {
	const char *name, *before, *behind;
};

static const char *
arc_draft_before(struct arena *a, const char *name,
    const struct arc_sealing *sealing)
{
	bool rsa = private_key_kind(sealing->key) == CRYPTO_RSA;
	struct folded f;

	folded_init(&f, a, name);
	folded_add(&f, "", rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;");
	folded_break(&f);
	str_add(&f.text, "b=");
	return f.text.text;
}

/* Behind b= as well. */
static void
arc_draft_behind(struct folded *f, struct arena *a)
{
	folded_init(f, a, "");
	str_add(&f->text, ";");
	folded_break(f);
}

/* With its space also where it begins a line: dkimpy looks for " i=1;". */
static void
arc_draft_add_instance(struct folded *f, struct arena *a, unsigned instance)
{
	folded_add(f, "", arena_printf(a, " i=%u;", instance));
}

static struct arc_draft
arc_draft_signature(struct arena *a, const struct arc_sealing *sealing,
    const struct arc_names *names)
{
	struct arc_draft draft = {.name = ARC_FIELD_SIGNATURE};
	struct folded f;

	draft.before = arc_draft_before(a, draft.name, sealing);
	arc_draft_behind(&f, a);
	folded_add(&f, "",
	    arena_printf(a, "bh=%s;",
		encode_base64_padded(a, sealing->body->sha256,
		    CRYPTO_SHA256_LEN)));
	folded_add(&f, " ", "c=relaxed/relaxed;");
	folded_add(&f, " ", arena_printf(a, "d=%s;", sealing->domain));
	folded_add_names(&f, names->names, names->n);
	arc_draft_add_instance(&f, a, sealing->chain->n + 1);
	folded_add(&f, " ", arena_printf(a, "s=%s;", sealing->selector));
	folded_add(&f, " ", arena_printf(a, "t=%" PRId64, sealing->now));
	draft.behind = f.text.text;
	return draft;
}

static struct arc_draft
arc_draft_seal(struct arena *a, const struct arc_sealing *sealing)
{
	unsigned instance = sealing->chain->n + 1;
	struct arc_draft draft = {.name = ARC_FIELD_SEAL};
	struct folded f;

	draft.before = arc_draft_before(a, draft.name, sealing);
	arc_draft_behind(&f, a);
	folded_add(&f, "", instance == 1 ? "cv=none;" : "cv=pass;");
	folded_add(&f, " ", arena_printf(a, "d=%s;", sealing->domain));
	arc_draft_add_instance(&f, a, instance);
	folded_add(&f, " ", arena_printf(a, "s=%s;", sealing->selector));
	folded_add(&f, " ", arena_printf(a, "t=%" PRId64, sealing->now));
	draft.behind = f.text.text;
	return draft;
}

static struct mail_field
arc_draft_field(struct arena *a, const struct arc_draft *draft, const char *b)
{
	const char *value =
	    arena_printf(a, "%s%s%s", draft->before, b, draft->behind);

	return (struct mail_field){draft->name, value, strlen(value)};
}

/* The field with the signature of what is in the digest. */
static enum rc
arc_draft_sign(struct arena *a, const struct arc_sealing *sealing,
    const struct arc_draft *draft, struct digest *d, struct mail_field *out,
    struct err *err)
{
	unsigned char digest[CRYPTO_SHA256_LEN];
	const unsigned char *signature;
	size_t len;
	enum rc rc = digest_end(d, digest);

	if (rc != RC_OK)
		return err_set(err, rc, "OpenSSL has no SHA-256");
	rc = private_key_sign(sealing->key, a, digest, &signature, &len, err);
	if (rc != RC_OK)
		return rc;
	*out =
	    arc_draft_field(a, draft, encode_base64_padded(a, signature, len));
	return RC_OK;
}

static enum rc
arc_choose_names(struct arena *a, const struct arc_sealing *sealing,
    struct arc_names *out, struct err *err)
{
	if (sealing->names == NULL)
		return signed_header_of_author(a, sealing->fields, sealing->n,
		    &out->names, &out->n, err);
	*out = (struct arc_names){sealing->names, sealing->n_names};
	return RC_OK;
}

static enum rc
arc_sign_message(struct arena *a, const struct arc_sealing *sealing,
    struct digest *d, struct mail_field *out, struct err *err)
{
	struct header_index header;
	struct arc_draft draft;
	struct arc_names names;
	struct mail_field own;
	enum rc rc = arc_choose_names(a, sealing, &names, err);

	if (rc == RC_OK)
		rc = header_index_make(a, sealing->fields, sealing->n, &header,
		    err);
	if (rc != RC_OK)
		return rc;
	draft = arc_draft_signature(a, sealing, &names);
	own = arc_draft_field(a, &draft, "");
	signed_header_add(d, &header,
	    signed_header_choose(a, &header, names.names, names.n,
		HEADER_NO_FIELD),
	    names.n, CANON_RELAXED);
	signed_header_add_own(d, &own, CANON_RELAXED);
	return arc_draft_sign(a, sealing, &draft, d, out, err);
}

/* The chain with our own set, which has no seal yet. */
static enum rc
arc_sign_chain(struct arena *a, const struct arc_sealing *sealing,
    struct digest *d, const struct mail_field ours[2], struct mail_field *out,
    struct err *err)
{
	struct arc_draft draft = arc_draft_seal(a, sealing);
	struct mail_field own = arc_draft_field(a, &draft, "");
	struct arc_sets sets;
	enum rc rc = arc_sets_read(a, sealing->fields, sealing->n, &sets, err);

	if (rc == RC_PERM || sets.n != sealing->chain->n)
		return err_set(err, RC_TEMP, "the chain is not what it was");
	arc_sets_add(d, sealing->fields, &sets, sets.n);
	for (size_t i = 0; i < 2; i++) {
		signed_header_add_own(d, &ours[i], CANON_RELAXED);
		digest_add(d, "\r\n", 2);
	}
	signed_header_add_own(d, &own, CANON_RELAXED);
	return arc_draft_sign(a, sealing, &draft, d, out, err);
}

static enum rc
arc_seal_fields(struct arena *a, const struct arc_sealing *sealing,
    struct digest *d, struct mail_field ours[3], struct err *err)
{
	const char *results = arena_printf(a, "i=%u; %s", sealing->chain->n + 1,
	    sealing->results);
	enum rc rc;

	ours[0] =
	    (struct mail_field){ARC_FIELD_RESULTS, results, strlen(results)};
	rc = arc_sign_message(a, sealing, d, &ours[1], err);
	return rc == RC_OK ? arc_sign_chain(a, sealing, d, ours, &ours[2], err)
			   : rc;
}

enum rc
arc_seal(struct arena *a, const struct arc_sealing *sealing,
    struct arc_seal *out, struct err *err)
{
	struct mail_field ours[3] = {{0}};
	struct digest *d;
	enum rc rc = sealing->body->rc;

	if (rc != RC_OK)
		return err_set(err, rc, "OpenSSL has no SHA-256");
	if (sealing->chain->verdict == ARC_FAIL ||
	    sealing->chain->n >= ARC_SETS_VERIFIED_MAX)
		return err_set(err, RC_NONE, "the chain has come to its end");
	d = digest_new();
	rc = arc_seal_fields(a, sealing, d, ours, err);
	digest_free(d);
	*out = (struct arc_seal){ours[0].value, ours[1].value, ours[2].value};
	return rc;
}
