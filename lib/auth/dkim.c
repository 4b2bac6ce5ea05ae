/* SPDX-License-Identifier: MIT */
#include "auth/dkim.h"

#include "auth/private/dkim_key.h"
#include "auth/private/dkim_message.h"
#include "auth/private/dkim_signature.h"
#include "auth/private/signed_header.h"
#include "base/str.h"
#include "mail/header.h"

#include <string.h>

#define DKIM_PROBLEM_MAX 300
#define DKIM_B_SHOWN_MIN 8
#define DKIM_FIELD_NAME  "DKIM-Signature"

_Static_assert(DKIM_HEADER_BYTES_MAX == HEADER_BYTES_MAX, "one limit");

/* A field that is looked at, or is not. */
struct dkim_candidate {
	size_t field; /* of the message's */
	struct dkim_signature signature;
	size_t nearness;
	bool usable; /* nothing is known against it yet */
	const struct body_hash *body;
	struct dkim_result result;
};

struct dkim_verify {
	struct arena *arena;
	const struct mail_field *fields;
	struct header_index header;
	struct dkim_candidate *candidates; /* from the top */
	size_t n;
	struct digest *digest;
};

static void
dkim_decide(struct dkim_verify *v, struct dkim_candidate *c,
    enum dkim_verdict verdict, const char *problem)
{
	c->usable = false;
	c->result.verdict = verdict;
	c->result.problem = problem == NULL
				? NULL
				: str_printable(v->arena, problem,
				      strlen(problem), DKIM_PROBLEM_MAX);
}

/* ---- the header */

static const char *
dkim_shown(struct arena *a, const char *text)
{
	return text == NULL
		   ? NULL
		   : str_printable(a, text, strlen(text), DKIM_PROBLEM_MAX);
}

static void
dkim_show_signature(struct arena *a, const struct dkim_signature *s,
    struct dkim_result *out)
{
	*out = (struct dkim_result){
	    .verdict = DKIM_NEUTRAL,
	    .domain = s->domain,
	    .domain_written = s->domain_written,
	    .selector = s->selector,
	    .identity = s->identity,
	    .algorithm = s->algorithm,
	    .signature = dkim_shown(a, s->signature_text),
	    .header = s->header,
	    .body = s->body,
	    .has_limit = s->limit != BODY_WHOLE,
	    .signed_at = s->signed_at,
	    .expires = s->expires,
	    .names = s->names,
	    .n_names = s->n_names,
	};
}

static void
dkim_read_candidate(struct dkim_verify *v, struct dkim_candidate *c)
{
	struct err err = {0};
	enum rc rc = dkim_signature_read(v->arena, SIGNATURE_DKIM,
	    &v->fields[c->field], &c->signature, &err);

	dkim_show_signature(v->arena, &c->signature, &c->result);
	c->usable = rc == RC_OK;
	if (rc != RC_OK)
		dkim_decide(v, c, DKIM_PERMERROR, err.text);
}

/* Labels that both end in; all of them: more than any other. */
static size_t
dkim_nearness(const char *domain, const char *author)
{
	size_t n = strlen(domain), m = strlen(author), labels = 0;

	if (strcmp(domain, author) == 0)
		return SIZE_MAX;
	while (n > 0 && m > 0 && domain[n - 1] == author[m - 1]) {
		n--;
		m--;
		labels += domain[n] == '.' ||
			  (n == 0 && author[m - 1] == '.') ||
			  (m == 0 && domain[n - 1] == '.');
	}
	return labels;
}

/* The nearest one that has not been chosen yet; the uppermost of several. */
static struct dkim_candidate *
dkim_nearest(struct dkim_verify *v, const bool *chosen)
{
	struct dkim_candidate *best = NULL;

	for (size_t i = 0; i < v->n; i++) {
		struct dkim_candidate *c = &v->candidates[i];

		if (c->usable && !chosen[i] &&
		    (best == NULL || c->nearness > best->nearness))
			best = c;
	}
	return best;
}

static void
dkim_want_body(struct dkim_verify *v, struct dkim_candidate *c,
    struct body_hashes *bodies)
{
	c->body =
	    body_hashes_want(bodies, c->signature.body, c->signature.limit);
	if (c->body == NULL)
		dkim_decide(v, c, DKIM_POLICY,
		    "too many signatures of different parts of the body");
}

static void
dkim_choose(struct dkim_verify *v, struct body_hashes *bodies, size_t max)
{
	bool *chosen = arena_take_array(v->arena, v->n, sizeof(*chosen));
	struct dkim_candidate *c;

	for (size_t n = 0; (c = dkim_nearest(v, chosen)) != NULL; n++) {
		chosen[c - v->candidates] = true;
		if (n < max)
			dkim_want_body(v, c, bodies);
		else
			dkim_decide(v, c, DKIM_POLICY, "too many signatures");
	}
}

static size_t
dkim_count_fields(const struct mail_field *fields, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n && count < DKIM_RESULTS_MAX; i++)
		count += header_is(fields[i].name, DKIM_FIELD_NAME);
	return count;
}

static void
dkim_read_candidates(struct dkim_verify *v, size_t n, const char *author)
{
	size_t at = 0;

	for (size_t i = 0; i < n && at < v->n; i++) {
		struct dkim_candidate *c = &v->candidates[at];

		if (!header_is(v->fields[i].name, DKIM_FIELD_NAME))
			continue;
		at++;
		c->field = i;
		dkim_read_candidate(v, c);
		if (author != NULL && c->usable)
			c->nearness =
			    dkim_nearness(c->signature.domain, author);
	}
}

struct dkim_verify *
dkim_verify_new(struct arena *a, const struct mail_field *fields, size_t n,
    const char *author_domain, struct body_hashes *bodies)
{
	const struct dkim_message message = {
	    .fields = fields,
	    .n = n,
	    .author_domain = author_domain,
	    .signatures_max = DKIM_SIGNATURES_MAX,
	};

	return dkim_verify_open(a, &message, bodies);
}

struct dkim_verify *
dkim_verify_open(struct arena *a, const struct dkim_message *message,
    struct body_hashes *bodies)
{
	struct dkim_verify *v = arena_take(a, sizeof(*v));
	struct err err = {0};
	enum rc rc;

	v->arena = a;
	v->fields = message->fields;
	v->n = dkim_count_fields(message->fields, message->n);
	v->candidates = arena_take_array(a, v->n, sizeof(*v->candidates));
	v->digest = digest_new();
	rc =
	    header_index_make(a, message->fields, message->n, &v->header, &err);
	if (rc != RC_OK) {
		for (size_t i = 0; i < v->n; i++)
			dkim_decide(v, &v->candidates[i], DKIM_POLICY,
			    err.text);
		return v;
	}
	dkim_read_candidates(v, message->n, message->author_domain);
	dkim_choose(v, bodies, message->signatures_max);
	return v;
}

void
dkim_verify_free(struct dkim_verify *v)
{
	if (v == NULL)
		return;
	digest_free(v->digest);
	v->digest = NULL;
}

size_t
dkim_verify_count(const struct dkim_verify *v)
{
	return v->n;
}

const char *
dkim_verify_open_domain(const struct dkim_verify *v, size_t i)
{
	const struct dkim_candidate *c = &v->candidates[i];

	return c->usable ? c->result.domain : NULL;
}

/* ---- keys */

size_t
dkim_verify_queries(const struct dkim_verify *v,
    struct dns_query out[static DKIM_SIGNATURES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct dkim_candidate *c = &v->candidates[i];

		if (c->usable)
			dkim_key_ask(v->arena, &c->signature, out, &n);
	}
	return n;
}

static bool
dkim_take_key(struct dkim_verify *v, struct dkim_candidate *c,
    const struct dns_query *answers, size_t n, struct dkim_key *key)
{
	struct err err = {0};
	enum rc rc =
	    dkim_key_take(v->arena, &c->signature, answers, n, key, &err);

	c->result.testing = key->testing;
	if (rc != RC_OK)
		dkim_decide(v, c,
		    rc == RC_TEMP ? DKIM_TEMPERROR : DKIM_PERMERROR, err.text);
	return rc == RC_OK;
}

/* ---- the end of a message */

static void
dkim_fail(struct dkim_verify *v, struct dkim_candidate *c,
    enum dkim_failure failure)
{
	dkim_decide(v, c, DKIM_FAIL,
	    failure == DKIM_BODY_CHANGED
		? "the body is not what was signed"
		: "the header is not what was signed, or the key is another");
	c->result.failure = failure;
}

static enum rc
dkim_header_digest(struct dkim_verify *v, const struct dkim_candidate *c,
    unsigned char out[CRYPTO_SHA256_LEN])
{
	const struct dkim_signature *s = &c->signature;
	const size_t *chosen = signed_header_choose(v->arena, &v->header,
	    s->names, s->n_names, c->field);
	struct mail_field own =
	    dkim_signature_unsigned(v->arena, s, &v->fields[c->field]);

	signed_header_add(v->digest, &v->header, chosen, s->n_names, s->header);
	signed_header_add_own(v->digest, &own, s->header);
	return digest_end(v->digest, out);
}

static void
dkim_judge_signature(struct dkim_verify *v, struct dkim_candidate *c,
    const struct dkim_key *key)
{
	unsigned char digest[CRYPTO_SHA256_LEN];
	bool weak = false;
	struct err err = {0};
	enum rc rc = dkim_header_digest(v, c, digest);

	if (rc == RC_OK)
		rc = crypto_verify(&key->public, digest, c->signature.signature,
		    c->signature.signature_len, &weak, &err);
	else
		err_set(&err, rc, "OpenSSL has no SHA-256");
	switch (rc) {
	case RC_OK:
		dkim_decide(v, c, DKIM_PASS, NULL);
		break;
	case RC_NONE:
		dkim_fail(v, c, DKIM_HEADER_CHANGED);
		break;
	case RC_TEMP:
		dkim_decide(v, c, DKIM_TEMPERROR, err.text);
		break;
	case RC_PERM:
		dkim_decide(v, c, weak ? DKIM_POLICY : DKIM_PERMERROR,
		    err.text);
		break;
	}
}

static void
dkim_judge(struct dkim_verify *v, struct dkim_candidate *c,
    const struct dns_query *answers, size_t n, int64_t arrival)
{
	const struct dkim_signature *s = &c->signature;
	struct dkim_key key;

	if (s->limit < c->body->len)
		c->result.body_unsigned = c->body->len - s->limit;
	if (s->limit != BODY_WHOLE && s->limit > c->body->len)
		dkim_decide(v, c, DKIM_PERMERROR, "l= is longer than the body");
	else if (s->expires >= 0 && s->expires <= arrival)
		dkim_decide(v, c, DKIM_PERMERROR, "it has expired");
	else if (!dkim_take_key(v, c, answers, n, &key))
		return;
	else if (c->body->rc != RC_OK)
		dkim_decide(v, c, DKIM_TEMPERROR, "OpenSSL has no SHA-256");
	else if (memcmp(c->body->sha256, s->body_hash, CRYPTO_SHA256_LEN) != 0)
		dkim_fail(v, c, DKIM_BODY_CHANGED);
	else
		dkim_judge_signature(v, c, &key);
}

/* Several signatures of one domain are told apart by the beginning of b=. */
static size_t
dkim_b_shown(const struct dkim_verify *v)
{
	size_t len = DKIM_B_SHOWN_MIN;

	for (size_t i = 0; i < v->n && v->n <= DKIM_SIGNATURES_MAX; i++)
		for (size_t j = 0; j < i; j++) {
			const char *b = v->candidates[i].result.signature;
			const char *other = v->candidates[j].result.signature;
			size_t same = 0;

			if (b == NULL || other == NULL)
				continue;
			while (b[same] != '\0' && b[same] == other[same])
				same++;
			if (b[same] != other[same] && same >= len)
				len = same + 1;
		}
	return len;
}

const struct dkim_result *
dkim_verify_finish(struct dkim_verify *v, const struct dns_query *answers,
    size_t n, int64_t arrival)
{
	struct dkim_result *results =
	    arena_take_array(v->arena, v->n, sizeof(*results));
	size_t b = dkim_b_shown(v);

	for (size_t i = 0; i < v->n; i++) {
		struct dkim_candidate *c = &v->candidates[i];

		if (c->usable)
			dkim_judge(v, c, answers, n, arrival);
		results[i] = c->result;
		if (results[i].signature != NULL &&
		    strlen(results[i].signature) > b)
			results[i].signature =
			    arena_copy_bytes(v->arena, results[i].signature, b);
	}
	return results;
}

const char *
dkim_verdict_name(enum dkim_verdict verdict)
{
	static const char *const names[] = {"none", "pass", "fail", "policy",
	    "neutral", "temperror", "permerror"};

	return names[verdict];
}
