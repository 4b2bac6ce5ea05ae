/* SPDX-License-Identifier: MIT */
#include "auth/arc.h"

#include "auth/private/arc_sets.h"
#include "auth/private/dkim_key.h"
#include "auth/private/signed_header.h"
#include "base/str.h"

#include <string.h>

#define ARC_PROBLEM_MAX 300
#define ARC_RESULTS_MAX 2000

struct arc_verify {
	struct arena *arena;
	const struct mail_field *fields;
	struct header_index header;
	struct arc_sets sets;
	const struct body_hash *body;
	struct digest *digest;
	struct arc_result result; /* so far */
};

static void
arc_decide(struct arc_verify *v, enum arc_verdict verdict, const char *problem)
{
	v->result.verdict = verdict;
	v->result.problem = problem == NULL
				? NULL
				: str_printable(v->arena, problem,
				      strlen(problem), ARC_PROBLEM_MAX);
}

static void
arc_fail(struct arc_verify *v, enum rc rc, const struct err *err)
{
	arc_decide(v, ARC_FAIL, err->text);
	v->result.temporary = rc == RC_TEMP;
}

/* All that stands in the way of a pass, before anything is reckoned. */
static enum rc
arc_judge_form(struct arc_verify *v, size_t n, struct body_hashes *bodies,
    struct err *err)
{
	const struct arc_seen_set *newest = &v->sets.sets[v->sets.n - 1];
	const struct dkim_signature *tags = &newest->signature_tags;

	if (v->sets.n > ARC_SETS_VERIFIED_MAX)
		return err_set(err, RC_PERM,
		    "a chain of more than %d instances is not verified",
		    ARC_SETS_VERIFIED_MAX);
	if (newest->signature_problem != NULL)
		return err_set(err, RC_PERM, "ARC-Message-Signature: %s",
		    newest->signature_problem);
	v->body = body_hashes_want(bodies, tags->body, tags->limit);
	if (v->body == NULL)
		return err_set(err, RC_PERM,
		    "too many signatures of different parts of the body");
	return header_index_make(v->arena, v->fields, n, &v->header, err);
}

static void
arc_show_sets(struct arc_verify *v)
{
	struct arc_set *sets =
	    arena_take_array(v->arena, v->sets.n, sizeof(*sets));

	for (unsigned i = 0; i < v->sets.n; i++) {
		const struct arc_seen_set *set = &v->sets.sets[i];

		sets[i].domain = set->seal_tags.domain;
		sets[i].selector = set->seal_tags.selector;
		sets[i].results = str_printable(v->arena, set->results_text,
		    strlen(set->results_text), ARC_RESULTS_MAX);
	}
	v->result.sets = sets;
	v->result.n = v->sets.n;
}

struct arc_verify *
arc_verify_new(struct arena *a, const struct mail_field *fields, size_t n,
    struct body_hashes *bodies)
{
	struct arc_verify *v = arena_take(a, sizeof(*v));
	struct err err = {0};
	enum rc rc;

	v->arena = a;
	v->fields = fields;
	rc = arc_sets_read(a, fields, n, &v->sets, &err);
	if (rc == RC_NONE)
		return v;
	if (rc == RC_OK) {
		arc_show_sets(v);
		rc = arc_judge_form(v, n, bodies, &err);
	}
	if (rc != RC_OK) {
		arc_fail(v, rc, &err);
		return v;
	}
	v->digest = digest_new();
	arc_decide(v, ARC_PASS, NULL);
	return v;
}

void
arc_verify_free(struct arc_verify *v)
{
	if (v == NULL)
		return;
	digest_free(v->digest);
	v->digest = NULL;
}

size_t
arc_verify_queries(const struct arc_verify *v,
    struct dns_query out[static ARC_QUERIES_MAX])
{
	size_t n = 0;

	if (v->result.verdict != ARC_PASS)
		return 0;
	for (unsigned i = v->sets.n; i-- > 0;) {
		const struct arc_seen_set *set = &v->sets.sets[i];

		if (i + 1 == v->sets.n)
			dkim_key_ask(v->arena, &set->signature_tags, out, &n);
		dkim_key_ask(v->arena, &set->seal_tags, out, &n);
	}
	return n;
}

/* One signature over a digest. */
static enum rc
arc_judge_digest(struct arc_verify *v, const struct dkim_signature *tags,
    const struct dns_query *answers, size_t n, struct err *err)
{
	unsigned char digest[CRYPTO_SHA256_LEN];
	struct dkim_key key;
	bool weak;
	enum rc rc = digest_end(v->digest, digest);

	if (rc != RC_OK)
		return err_set(err, rc, "OpenSSL has no SHA-256");
	rc = dkim_key_take(v->arena, tags, answers, n, &key, err);
	if (rc == RC_OK)
		rc = crypto_verify(&key.public, digest, tags->signature,
		    tags->signature_len, &weak, err);
	return rc == RC_NONE ? err_set(err, RC_PERM,
				   "what was signed was changed, or the key "
				   "is another")
			     : rc;
}

static enum rc
arc_judge_body(const struct arc_verify *v, const struct dkim_signature *tags,
    int64_t arrival, struct err *err)
{
	if (v->body->rc != RC_OK)
		return err_set(err, v->body->rc, "OpenSSL has no SHA-256");
	if (tags->limit != BODY_WHOLE && tags->limit > v->body->len)
		return err_set(err, RC_PERM, "l= is longer than the body");
	if (tags->expires >= 0 && tags->expires <= arrival)
		return err_set(err, RC_PERM, "it has expired");
	if (memcmp(v->body->sha256, tags->body_hash, CRYPTO_SHA256_LEN) != 0)
		return err_set(err, RC_PERM, "the body was changed");
	return RC_OK;
}

/* 5.2 step 4 */
static enum rc
arc_judge_signature(struct arc_verify *v, const struct dns_query *answers,
    size_t n, int64_t arrival, struct err *err)
{
	const struct arc_seen_set *set = &v->sets.sets[v->sets.n - 1];
	const struct dkim_signature *tags = &set->signature_tags;
	const struct mail_field *field = &v->fields[set->signature - 1];
	struct mail_field own = dkim_signature_unsigned(v->arena, tags, field);
	enum rc rc = arc_judge_body(v, tags, arrival, err);

	if (rc != RC_OK)
		return rc;
	signed_header_add(v->digest, &v->header,
	    signed_header_choose(v->arena, &v->header, tags->names,
		tags->n_names, set->signature - 1),
	    tags->n_names, tags->header);
	signed_header_add_own(v->digest, &own, tags->header);
	return arc_judge_digest(v, tags, answers, n, err);
}

/* 5.2 step 6 */
static enum rc
arc_judge_seal(struct arc_verify *v, unsigned instance,
    const struct dns_query *answers, size_t n, struct err *err)
{
	const struct arc_seen_set *set = &v->sets.sets[instance - 1];
	struct mail_field own = dkim_signature_unsigned(v->arena,
	    &set->seal_tags, &v->fields[set->seal - 1]);

	arc_sets_add(v->digest, v->fields, &v->sets, instance - 1);
	arc_sets_add_unsealed(v->digest, v->fields, set);
	signed_header_add_own(v->digest, &own, CANON_RELAXED);
	return arc_judge_digest(v, &set->seal_tags, answers, n, err);
}

/* Whose fault it is stands before what it is. */
static void
arc_fail_at(struct arc_verify *v, const char *field, unsigned instance,
    enum rc rc, const struct err *problem)
{
	struct err err;

	err_set(&err, rc, "%s of instance %u: %s", field, instance,
	    problem->text);
	arc_fail(v, rc, &err);
}

static void
arc_judge_chain(struct arc_verify *v, const struct dns_query *answers, size_t n,
    int64_t arrival)
{
	struct err err = {0};
	enum rc rc = arc_judge_signature(v, answers, n, arrival, &err);

	if (rc != RC_OK) {
		arc_fail_at(v, "ARC-Message-Signature", v->sets.n, rc, &err);
		return;
	}
	for (unsigned i = v->sets.n; i >= 1; i--) {
		rc = arc_judge_seal(v, i, answers, n, &err);
		if (rc != RC_OK) {
			arc_fail_at(v, "ARC-Seal", i, rc, &err);
			return;
		}
	}
}

void
arc_verify_finish(struct arc_verify *v, const struct dns_query *answers,
    size_t n, int64_t arrival, struct arc_result *out)
{
	const struct dkim_signature *newest;

	if (v->result.verdict == ARC_PASS) {
		newest = &v->sets.sets[v->sets.n - 1].signature_tags;
		if (newest->limit < v->body->len)
			v->result.body_unsigned = v->body->len - newest->limit;
		arc_judge_chain(v, answers, n, arrival);
	}
	*out = v->result;
}

const char *
arc_verdict_name(enum arc_verdict verdict)
{
	static const char *const names[] = {"none", "pass", "fail"};

	return names[verdict];
}
