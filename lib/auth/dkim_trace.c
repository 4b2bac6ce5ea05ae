/* SPDX-License-Identifier: MIT */
#include "auth/dkim_trace.h"

#include "auth/body_hash.h"
#include "auth/private/dkim_key.h"
#include "auth/private/dkim_signature.h"
#include "auth/private/signed_header.h"
#include "base/str.h"
#include "mail/header.h"

#include <string.h>

#define SHOWN_MAX 200

/* One story in the making. */
struct tracing {
	struct arena *arena;
	const struct dkim_trace_request *request;
	struct dkim_trace *out;
	struct dkim_signature signature;
	const struct mail_field *own;
	size_t own_at;
	size_t hashed; /* bytes of bodies so far */
};

static const char *const canon_names[] = {"simple", "relaxed"};

static void trace_say(struct tracing *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
trace_say(struct tracing *t, const char *format, ...)
{
	va_list arguments;
	const char *line;

	if (t->out->n == DKIM_TRACE_SAID_MAX)
		return;
	va_start(arguments, format);
	line = arena_vprintf(t->arena, format, arguments);
	va_end(arguments);
	t->out->lines[t->out->n++] =
	    str_printable(t->arena, line, strlen(line), SHOWN_MAX);
}

static enum canon
other_canon(enum canon canon)
{
	return canon == CANON_SIMPLE ? CANON_RELAXED : CANON_SIMPLE;
}

/* ---- the body */

/* Is that, in that form, what was signed? */
static bool
trace_body_fits(struct tracing *t, enum canon canon, uint64_t limit,
    const char *bytes, size_t len)
{
	struct body_hashes *hashes = body_hashes_new();
	const struct body_hash *hash = body_hashes_want(hashes, canon, limit);
	bool fits;

	t->hashed += len;
	body_hashes_add(hashes, bytes, len);
	body_hashes_end(hashes);
	fits = hash->rc == RC_OK && memcmp(hash->sha256, t->signature.body_hash,
					CRYPTO_SHA256_LEN) == 0;
	body_hashes_free(hashes);
	return fits;
}

static bool
trace_body_fits_as_signed(struct tracing *t, const char *bytes, size_t len)
{
	return trace_body_fits(t, t->signature.body, t->signature.limit, bytes,
	    len);
}

/* The length of the canonical body. */
static uint64_t
trace_canonical_len(struct tracing *t)
{
	struct body_hashes *hashes = body_hashes_new();
	const struct body_hash *hash =
	    body_hashes_want(hashes, t->signature.body, BODY_WHOLE);
	uint64_t len;

	body_hashes_add(hashes, t->request->body, t->request->body_len);
	body_hashes_end(hashes);
	len = hash->len;
	body_hashes_free(hashes);
	return len;
}

/* Something that was put behind the end: the last lines are left out, one after
   another. */
static bool
trace_body_end(struct tracing *t)
{
	const char *body = t->request->body;
	size_t whole = t->request->body_len, len = whole;

	for (unsigned i = 0; i < DKIM_TRACE_LINES_MAX && len > 0 &&
			     t->hashed < DKIM_TRACE_BYTES_MAX;
	     i++) {
		len--;
		while (len > 0 && body[len - 1] != '\n')
			len--;
		if (!trace_body_fits_as_signed(t, body, len))
			continue;
		trace_say(t,
		    "body: passes without its last %u lines, bytes %zu to %zu: "
		    "somebody put them behind it",
		    i + 1, len, whole - 1);
		return true;
	}
	return false;
}

static bool
trace_body_begin(struct tracing *t)
{
	const char *body = t->request->body;
	size_t whole = t->request->body_len, at = 0;

	for (unsigned i = 0; i < DKIM_TRACE_LINES_MAX && at < whole &&
			     t->hashed < DKIM_TRACE_BYTES_MAX;
	     i++) {
		const char *end = memchr(body + at, '\n', whole - at);

		if (end == NULL)
			return false;
		at = (size_t)(end - body) + 1;
		if (!trace_body_fits_as_signed(t, body + at, whole - at))
			continue;
		trace_say(t,
		    "body: passes without its first %u lines, bytes 0 to %zu: "
		    "somebody put them before it",
		    i + 1, at - 1);
		return true;
	}
	return false;
}

/* Forms in which the whole body may have been signed. */
static bool
trace_body_forms(struct tracing *t)
{
	const struct dkim_signature *s = &t->signature;
	enum canon other = other_canon(s->body);
	const char *body = t->request->body;
	size_t len = t->request->body_len;
	uint64_t canonical = trace_canonical_len(t);

	if (trace_body_fits(t, other, s->limit, body, len)) {
		trace_say(t, "body: passes as %s, but the signature says %s",
		    canon_names[other], canon_names[s->body]);
		return true;
	}
	if (s->limit != BODY_WHOLE &&
	    trace_body_fits(t, s->body, BODY_WHOLE, body, len)) {
		trace_say(t, "body: passes as a whole, without l=");
		return true;
	}
	if (canonical >= 2 &&
	    trace_body_fits(t, s->body, canonical - 2, body, len)) {
		trace_say(t, "body: passes without its last CRLF: it was "
			     "signed without one");
		return true;
	}
	return false;
}

static void
trace_body(struct tracing *t)
{
	const struct dkim_signature *s = &t->signature;

	if (trace_body_fits_as_signed(t, t->request->body,
		t->request->body_len)) {
		trace_say(t, "body: is what was signed (%s)",
		    canon_names[s->body]);
		return;
	}
	trace_say(t, "body: is not what was signed (%s%s)",
	    canon_names[s->body],
	    s->limit == BODY_WHOLE ? "" : ", the first bytes of it");
	if (!trace_body_forms(t) && !trace_body_end(t) && !trace_body_begin(t))
		trace_say(t, "body: no form of it passes that was tried");
}

/* ---- the header */

/* A header that is tried: which fields, and in what form. */
struct header_try {
	const struct mail_field *fields;
	size_t *chosen;
	enum canon canon;
};

static bool
trace_header_fits(struct tracing *t, const struct crypto_public *public,
    const struct header_try *try)
{
	const struct header_index header = {
	    .fields = try->fields, .n = t->request->n};
	const struct mail_field own =
	    dkim_signature_unsigned(t->arena, &t->signature, t->own);
	unsigned char sha256[CRYPTO_SHA256_LEN];
	struct digest *d = digest_new();
	struct err err;
	bool weak, fits;

	signed_header_add(d, &header, try->chosen, t->signature.n_names,
	    try->canon);
	signed_header_add_own(d, &own, try->canon);
	fits = digest_end(d, sha256) == RC_OK &&
	       crypto_verify(public, sha256, t->signature.signature,
		   t->signature.signature_len, &weak, &err) == RC_OK;
	digest_free(d);
	return fits;
}

/* Without one of the fields. */
static bool
trace_without_field(struct tracing *t, const struct crypto_public *public,
    struct header_try *try)
{
	for (size_t i = 0; i < t->signature.n_names; i++) {
		size_t field = try->chosen[i];
		bool fits;

		if (field == HEADER_NO_FIELD)
			continue;
		try->chosen[i] = HEADER_NO_FIELD;
		fits = trace_header_fits(t, public, try);
		try->chosen[i] = field;
		if (!fits)
			continue;
		trace_say(t,
		    "header: passes without the field %s: it was added later",
		    t->request->fields[field].name);
		return true;
	}
	return false;
}

/* The value without "[name of a list]" at its beginning; NULL: it has none. */
static const char *
subject_before_list(const char *value)
{
	const char *begin = value + strspn(value, " \t\r\n"), *end;

	if (*begin != '[' || (end = strchr(begin, ']')) == NULL)
		return NULL;
	end++;
	return end + strspn(end, " \t");
}

static bool
trace_subject(struct tracing *t, const struct crypto_public *public,
    struct header_try *try)
{
	struct mail_field *fields =
	    arena_take_array(t->arena, t->request->n + 1, sizeof(*fields));
	bool found = false;

	if (t->request->n > 0)
		memcpy(fields, t->request->fields,
		    t->request->n * sizeof(*fields));
	for (size_t i = 0; i < t->request->n; i++) {
		const char *value = subject_before_list(fields[i].value);

		if (!header_is(fields[i].name, "Subject") || value == NULL)
			continue;
		fields[i].value = arena_printf(t->arena, " %s", value);
		fields[i].len = strlen(fields[i].value);
		found = true;
	}
	if (!found)
		return false;
	try->fields = fields;
	found = trace_header_fits(t, public, try);
	try->fields = t->request->fields;
	if (found)
		trace_say(t, "header: passes with the Subject as it was before "
			     "a list put its name there");
	return found;
}

static bool
trace_other_form(struct tracing *t, const struct crypto_public *public,
    struct header_try *try)
{
	bool fits;

	try->canon = other_canon(t->signature.header);
	fits = trace_header_fits(t, public, try);
	try->canon = t->signature.header;
	if (fits)
		trace_say(t, "header: passes as %s, but the signature says %s",
		    canon_names[other_canon(t->signature.header)],
		    canon_names[t->signature.header]);
	return fits;
}

static void
trace_header_with_key(struct tracing *t, const struct crypto_public *public)
{
	struct header_index header;
	struct header_try try = {
	    .fields = t->request->fields, .canon = t->signature.header};
	const size_t *chosen;
	struct err err;

	if (header_index_make(t->arena, t->request->fields, t->request->n,
		&header, &err) != RC_OK) {
		trace_say(t, "header: %s", err.text);
		return;
	}
	chosen = signed_header_choose(t->arena, &header, t->signature.names,
	    t->signature.n_names, t->own_at);
	try.chosen = arena_take_array(t->arena, t->signature.n_names + 1,
	    sizeof(*try.chosen));
	memcpy(try.chosen, chosen, t->signature.n_names * sizeof(*chosen));
	if (trace_header_fits(t, public, &try)) {
		trace_say(t, "header: is what was signed (%s, %zu names)",
		    canon_names[try.canon], t->signature.n_names);
		return;
	}
	trace_say(t,
	    "header: is not what was signed (%s), or the key is "
	    "another one",
	    canon_names[try.canon]);
	if (!trace_other_form(t, public, &try) &&
	    !trace_subject(t, public, &try) &&
	    !trace_without_field(t, public, &try))
		trace_say(t, "header: no form of it passes that was tried");
}

static void
trace_header(struct tracing *t)
{
	const char *name = arena_printf(t->arena, "%s._domainkey.%s",
	    t->signature.selector, t->signature.domain);
	struct dkim_key key;
	struct err err;

	for (size_t i = 0; i < t->request->n_answers; i++) {
		const struct dns_query *q = &t->request->answers[i];

		if (q->type != DNS_TXT || strcmp(q->name, name) != 0)
			continue;
		if (dkim_key_choose(t->arena, q, &key, &err) == RC_OK)
			trace_header_with_key(t, &key.public);
		else
			trace_say(t, "key: %s: %s", name, err.text);
		return;
	}
	trace_say(t, "key: %s was not asked for", name);
}

void
dkim_trace(struct arena *a, const struct dkim_trace_request *request, size_t at,
    struct dkim_trace *out)
{
	struct tracing t = {.arena = a, .request = request, .out = out};
	struct err err;

	out->n = 0;
	for (size_t i = 0; i < request->n; i++) {
		if (!header_is(request->fields[i].name, "DKIM-Signature") ||
		    at-- > 0)
			continue;
		t.own_at = i;
		t.own = &request->fields[i];
		if (dkim_signature_read(a, SIGNATURE_DKIM, t.own, &t.signature,
			&err) != RC_OK) {
			trace_say(&t, "signature: %s", err.text);
			return;
		}
		trace_body(&t);
		trace_header(&t);
		return;
	}
}
