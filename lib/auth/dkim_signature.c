/* SPDX-License-Identifier: MIT */
#include "auth/private/dkim_signature.h"

#include "auth/body_hash.h"
#include "auth/tag_list.h"
#include "base/encode.h"
#include "base/str.h"
#include "mail/domain.h"

#include <string.h>
#include <strings.h>

#define SHOWN_MAX 300

struct signature_reader {
	struct arena *arena;
	enum signature_kind kind;
	struct dkim_signature *out;
	struct err *err;
};

typedef enum rc signature_tag_read(struct signature_reader *r,
    const struct tag *tag);

/* The sentence is of one tag. */
static enum rc
signature_wrong(const struct signature_reader *r, const char *sentence)
{
	return err_set(r->err, RC_PERM, "%s", sentence);
}

static const char *
signature_shown(const struct signature_reader *r, const struct tag *tag)
{
	return str_printable(r->arena, tag->value, tag->len, SHOWN_MAX);
}

/* The grammar of d= and s= has no dot at the end. */
static bool
signature_read_name(const struct signature_reader *r, const char *text,
    const char **out)
{
	size_t len = strlen(text);

	return len > 0 && text[len - 1] != '.' &&
	       domain_read(r->arena, text, out, NULL) == RC_OK;
}

static enum rc
signature_read_domain(struct signature_reader *r, const struct tag *tag)
{
	const char *text = arena_copy_bytes(r->arena, tag->value, tag->len);

	r->out->domain_written = signature_shown(r, tag);
	if (!signature_read_name(r, text, &r->out->domain))
		return signature_wrong(r, "d= is no domain name");
	/* 3.5: sub-domain 1*("." sub-domain) */
	if (strchr(r->out->domain, '.') == NULL)
		return signature_wrong(r, "d= is a name of one label");
	return RC_OK;
}

static enum rc
signature_read_selector(struct signature_reader *r, const struct tag *tag)
{
	const char *text = arena_copy_bytes(r->arena, tag->value, tag->len);

	if (!signature_read_name(r, text, &r->out->selector))
		return signature_wrong(r, "s= is no selector");
	return RC_OK;
}

static enum rc
signature_read_algorithm(struct signature_reader *r, const struct tag *tag)
{
	r->out->algorithm = signature_shown(r, tag);
	if (tag_is_fold(tag, "rsa-sha256"))
		r->out->kind = CRYPTO_RSA;
	else if (tag_is_fold(tag, "ed25519-sha256"))
		r->out->kind = CRYPTO_ED25519;
	else if (tag_is_fold(tag, "rsa-sha1"))
		return signature_wrong(r,
		    "rsa-sha1 proves nothing any more (RFC 8301)");
	else
		return signature_wrong(r, "a= is not known");
	return RC_OK;
}

static enum rc
signature_read_b(struct signature_reader *r, const struct tag *tag)
{
	char *bytes;

	r->out->signature_text = tag_squeezed(r->arena, tag);
	if (tag->len == 0 ||
	    !encode_read_base64(r->arena, r->out->signature_text, &bytes,
		&r->out->signature_len)) {
		r->out->signature_text = NULL;
		return signature_wrong(r, "b= is no base64");
	}
	r->out->signature = bytes;
	return RC_OK;
}

static enum rc
signature_read_body_hash(struct signature_reader *r, const struct tag *tag)
{
	char *bytes;
	size_t len;

	if (!encode_read_base64(r->arena, tag_squeezed(r->arena, tag), &bytes,
		&len))
		return signature_wrong(r, "bh= is no base64");
	if (len != CRYPTO_SHA256_LEN)
		return signature_wrong(r, "bh= is not of 32 bytes");
	memcpy(r->out->body_hash, bytes, len);
	return RC_OK;
}

static int
signature_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable (2.11), in place; false for an "=" without its two
   digits, and for a NUL. */
static bool
signature_decode_quoted(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '=') {
			int high = signature_hex(p[1]);
			int low = high < 0 ? -1 : signature_hex(p[2]);

			if (low < 0 || high + low == 0)
				return false;
			*to++ = (char)(high << 4 | low);
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return true;
}

static enum rc
signature_read_identity(struct signature_reader *r, const struct tag *tag)
{
	char *text = tag_squeezed(r->arena, tag), *at;
	const char *domain;

	if (!signature_decode_quoted(text))
		return signature_wrong(r, "i= is no quoted-printable");
	r->out->identity =
	    str_printable(r->arena, text, strlen(text), SHOWN_MAX);
	at = strrchr(text, '@');
	if (at == NULL || !signature_read_name(r, at + 1, &domain))
		return signature_wrong(r, "i= has no domain");
	if (r->out->domain == NULL || !domain_within(domain, r->out->domain))
		return signature_wrong(r, "i= is not within d=");
	r->out->identity_below = strcmp(domain, r->out->domain) != 0;
	return RC_OK;
}

/* Digits without end (3.5): what is too large is as large as can be. */
static bool
signature_read_number(const struct tag *tag, uint64_t most, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < tag->len; i++) {
		uint64_t digit = (uint64_t)(tag->value[i] - '0');

		if (tag->value[i] < '0' || tag->value[i] > '9')
			return false;
		*out = *out > (most - digit) / 10 ? most : *out * 10 + digit;
	}
	return tag->len > 0;
}

static enum rc
signature_read_instance(struct signature_reader *r, const struct tag *tag)
{
	uint64_t n;

	if (!signature_read_number(tag, ARC_INSTANCES_MAX + 1, &n) || n < 1 ||
	    n > ARC_INSTANCES_MAX)
		return signature_wrong(r, "i= is not from 1 to 50");
	r->out->instance = (unsigned)n;
	return RC_OK;
}

static enum rc
signature_read_i(struct signature_reader *r, const struct tag *tag)
{
	return r->kind == SIGNATURE_DKIM ? signature_read_identity(r, tag)
					 : signature_read_instance(r, tag);
}

static enum rc
signature_read_version(struct signature_reader *r, const struct tag *tag)
{
	return tag_is(tag, "1") ? RC_OK : signature_wrong(r, "v= is not 1");
}

static bool
signature_read_form(struct tag form, enum canon *out)
{
	*out = tag_is_fold(&form, "relaxed") ? CANON_RELAXED : CANON_SIMPLE;
	return *out == CANON_RELAXED || tag_is_fold(&form, "simple");
}

/* One form alone is that of the header; the body is simple then (3.5). */
static enum rc
signature_read_canon(struct signature_reader *r, const struct tag *tag)
{
	const char *slash = memchr(tag->value, '/', tag->len);
	struct tag header = *tag, body = {.value = "simple", .len = 6};

	if (slash != NULL) {
		header.len = (size_t)(slash - tag->value);
		body.value = slash + 1;
		body.len = tag->len - header.len - 1;
	}
	if (!signature_read_form(header, &r->out->header) ||
	    !signature_read_form(body, &r->out->body))
		return signature_wrong(r, "c= is not known");
	return RC_OK;
}

static bool
signature_field_name(const struct tag *name)
{
	for (size_t i = 0; i < name->len; i++)
		if (name->value[i] <= ' ' || name->value[i] >= 0x7f)
			return false;
	return name->len > 0;
}

static bool
signature_names_have(const struct dkim_signature *s, const char *name)
{
	for (size_t i = 0; i < s->n_names; i++)
		if (strcasecmp(s->names[i], name) == 0)
			return true;
	return false;
}

static enum rc
signature_judge_names(const struct signature_reader *r)
{
	/* 5.4, 6.1.1 */
	if (!signature_names_have(r->out, "From"))
		return signature_wrong(r, "h= does not sign From");
	/* RFC 8617 4.1.2 */
	if (r->kind == SIGNATURE_ARC_MESSAGE &&
	    signature_names_have(r->out, "ARC-Seal"))
		return signature_wrong(r, "h= has ARC-Seal");
	return RC_OK;
}

static size_t
signature_names_room(const struct tag *tag)
{
	size_t n = 1;

	for (size_t i = 0; i < tag->len && n < DKIM_NAMES_MAX; i++)
		n += tag->value[i] == ':';
	return n;
}

static enum rc
signature_read_names(struct signature_reader *r, const struct tag *tag)
{
	const char **names = arena_take_array(r->arena,
	    signature_names_room(tag), sizeof(*names));
	struct tag part;

	r->out->names = names;
	for (size_t at = 0; tag_next_part(tag, &at, &part);) {
		if (!signature_field_name(&part))
			return signature_wrong(r, "h= is no list of names");
		if (r->out->n_names == DKIM_NAMES_MAX)
			return signature_wrong(r, "h= has more than 500 names");
		names[r->out->n_names++] =
		    arena_copy_bytes(r->arena, part.value, part.len);
	}
	return signature_judge_names(r);
}

static enum rc
signature_read_limit(struct signature_reader *r, const struct tag *tag)
{
	/* 3.5: 1*76DIGIT */
	if (tag->len > 76 ||
	    !signature_read_number(tag, BODY_WHOLE - 1, &r->out->limit))
		return signature_wrong(r, "l= is no number");
	return RC_OK;
}

static enum rc
signature_read_method(struct signature_reader *r, const struct tag *tag)
{
	struct tag part;

	for (size_t at = 0; tag_next_part(tag, &at, &part);)
		if (tag_is_fold(&part, "dns/txt"))
			return RC_OK;
	return signature_wrong(r, "q= has no method that is known");
}

static enum rc
signature_read_time(struct signature_reader *r, const struct tag *tag)
{
	uint64_t n;

	if (!signature_read_number(tag, INT64_MAX, &n))
		return signature_wrong(r, tag->name[0] == 't'
					      ? "t= is no number"
					      : "x= is no number");
	if (tag->name[0] == 't')
		r->out->signed_at = (int64_t)n;
	else
		r->out->expires = (int64_t)n;
	return RC_OK;
}

static enum rc
signature_read_validation(struct signature_reader *r, const struct tag *tag)
{
	static const char *const names[] = {"none", "pass", "fail"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (tag_is_fold(tag, names[i])) {
			r->out->validation = (enum arc_validation)i;
			return RC_OK;
		}
	return signature_wrong(r, "cv= is not known");
}

#define ARC_MESSAGE SIGNATURE_ARC_MESSAGE
#define ARC_SEAL    SIGNATURE_ARC_SEAL
#define ARC         (ARC_MESSAGE | ARC_SEAL)
#define DKIM        SIGNATURE_DKIM

/* In the order in which they are read: d= before i=.  What is in neither set
   may be there or not; in kinds where a tag means nothing it is not read. */
static const struct signature_tag {
	const char *name;
	unsigned known, required, forbidden; /* sets of signature_kind */
	signature_tag_read *read;
} signature_tags[] = {
    {"v", DKIM, DKIM, 0, signature_read_version},
    {"a", DKIM | ARC, DKIM | ARC, 0, signature_read_algorithm},
    {"d", DKIM | ARC, DKIM | ARC, 0, signature_read_domain},
    {"s", DKIM | ARC, DKIM | ARC, 0, signature_read_selector},
    {"i", DKIM | ARC, ARC, 0, signature_read_i},
    {"b", DKIM | ARC, DKIM | ARC, 0, signature_read_b},
    {"c", DKIM | ARC_MESSAGE, 0, 0, signature_read_canon},
    {"h", DKIM | ARC_MESSAGE, DKIM | ARC_MESSAGE, ARC_SEAL,
	signature_read_names},
    {"bh", DKIM | ARC_MESSAGE, DKIM | ARC_MESSAGE, ARC_SEAL,
	signature_read_body_hash},
    {"l", DKIM | ARC_MESSAGE, 0, 0, signature_read_limit},
    {"q", DKIM | ARC_MESSAGE, 0, 0, signature_read_method},
    {"t", DKIM | ARC, 0, 0, signature_read_time},
    {"x", DKIM | ARC_MESSAGE, 0, 0, signature_read_time},
    {"cv", ARC_SEAL, ARC_SEAL, 0, signature_read_validation},
};

static enum rc
signature_read_tag(struct signature_reader *r, const struct signature_tag *row,
    const struct tag *tag)
{
	if (tag == NULL)
		return row->required & r->kind
			   ? err_set(r->err, RC_PERM, "%s= is missing",
				 row->name)
			   : RC_OK;
	if (row->forbidden & r->kind)
		return err_set(r->err, RC_PERM, "%s= has no place there",
		    row->name);
	return row->known & r->kind ? row->read(r, tag) : RC_OK;
}

static enum rc
signature_read_tags(struct signature_reader *r, const struct tag_list *list)
{
	struct err *err = r->err, later;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < sizeof(signature_tags) / sizeof(*signature_tags);
	     i++) {
		const struct signature_tag *row = &signature_tags[i];

		if (signature_read_tag(r, row,
			tag_list_find(list, row->name)) != RC_OK) {
			rc = RC_PERM;
			r->err = &later; /* the first one is told */
		}
	}
	r->err = err;
	return rc;
}

static void
signature_defaults(struct signature_reader *r, const struct tag_list *list,
    const struct mail_field *field)
{
	struct dkim_signature *s = r->out;
	const struct tag *b = tag_list_find(list, "b");

	if (s->identity == NULL && s->domain != NULL)
		s->identity = arena_printf(r->arena, "@%s", s->domain);
	if (b != NULL) {
		s->b_at = (size_t)(b->raw - field->value);
		s->b_len = b->raw_len;
	}
}

enum rc
dkim_signature_read(struct arena *a, enum signature_kind kind,
    const struct mail_field *field, struct dkim_signature *out, struct err *err)
{
	struct signature_reader r = {a, kind, out, err};
	struct tag_list list;
	enum rc rc;

	*out = (struct dkim_signature){
	    .limit = BODY_WHOLE, .signed_at = -1, .expires = -1};
	/* 3.5 has simple; of ARC, who seals and verifies has relaxed, and
	   RFC 8617 nothing. */
	if (kind != SIGNATURE_DKIM)
		out->header = out->body = CANON_RELAXED;
	rc = tag_list_read(a, field->value, field->len, &list, err);
	if (rc != RC_OK)
		return rc;
	rc = signature_read_tags(&r, &list);
	signature_defaults(&r, &list, field);
	if (rc != RC_OK)
		return rc;
	/* 3.5 */
	if (out->expires >= 0 && out->expires <= out->signed_at)
		return signature_wrong(&r, "x= is not after t=");
	return RC_OK;
}

struct mail_field
dkim_signature_unsigned(struct arena *a, const struct dkim_signature *signature,
    const struct mail_field *field)
{
	size_t behind = signature->b_at + signature->b_len;
	struct mail_field out = {
	    .name = field->name,
	    .len = field->len - signature->b_len,
	};
	char *value = arena_take(a, out.len + 1);

	memcpy(value, field->value, signature->b_at);
	memcpy(value + signature->b_at, field->value + behind,
	    field->len - behind);
	out.value = value;
	return out;
}
