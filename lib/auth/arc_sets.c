/* SPDX-License-Identifier: MIT */
#include "auth/private/arc_sets.h"

#include "base/str.h"
#include "mail/canon.h"
#include "mail/header.h"

#include <string.h>

struct arc_text {
	const char *p, *end;
};

/* A comment (RFC 5322 3.2.2); false: it has no end. */
static bool
arc_skip_comment(struct arc_text *t)
{
	unsigned depth = 0;

	do {
		if (*t->p == '(')
			depth++;
		else if (*t->p == ')')
			depth--;
		else if (*t->p == '\\' && t->p + 1 < t->end)
			t->p++;
		t->p++;
	} while (depth > 0 && t->p < t->end);
	return depth == 0;
}

static bool
arc_skip_space(struct arc_text *t)
{
	while (t->p < t->end) {
		if (*t->p == '(') {
			if (!arc_skip_comment(t))
				return false;
		} else if (strchr(" \t\r\n", *t->p) != NULL && *t->p != '\0') {
			t->p++;
		} else {
			return true;
		}
	}
	return true;
}

static bool
arc_skip_char(struct arc_text *t, char c)
{
	if (!arc_skip_space(t) || t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

unsigned
arc_results_instance(const char *value, size_t len, size_t *rest)
{
	struct arc_text t = {value, value + len};
	unsigned n = 0;

	if (!arc_skip_char(&t, 'i') || !arc_skip_char(&t, '=') ||
	    !arc_skip_space(&t))
		return 0;
	for (; t.p < t.end && *t.p >= '0' && *t.p <= '9'; t.p++) {
		n = n * 10 + (unsigned)(*t.p - '0');
		if (n > ARC_INSTANCES_MAX)
			return 0;
	}
	if (!arc_skip_char(&t, ';'))
		return 0;
	*rest = (size_t)(t.p - value);
	return n;
}

/* One line of what follows the instance. */
static void
arc_keep_results(struct arena *a, const struct mail_field *field, size_t rest,
    struct arc_seen_set *set)
{
	set->results_text = header_unfold(a,
	    arena_copy_bytes(a, field->value + rest, field->len - rest));
}

static enum rc
arc_twice(const char *what, unsigned instance, struct err *err)
{
	return err_set(err, RC_PERM, "%s of instance %u is there twice", what,
	    instance);
}

static enum rc
arc_add_results(struct arena *a, struct arc_sets *out,
    const struct mail_field *field, size_t number, struct err *err)
{
	size_t rest;
	unsigned i = arc_results_instance(field->value, field->len, &rest);
	struct arc_seen_set *set;

	if (i == 0)
		return err_set(err, RC_PERM,
		    "ARC-Authentication-Results without an instance");
	set = &out->sets[i - 1];
	if (set->results != 0)
		return arc_twice(field->name, i, err);
	set->results = number;
	arc_keep_results(a, field, rest, set);
	return RC_OK;
}

/* Of older ones nothing but the instance counts: fields that they sign may have
   been changed on the way. */
static enum rc
arc_add_signature(struct arena *a, struct arc_sets *out,
    const struct mail_field *field, size_t number, struct err *err)
{
	struct dkim_signature tags;
	struct err problem = {0};
	enum rc rc = dkim_signature_read(a, SIGNATURE_ARC_MESSAGE, field, &tags,
	    &problem);
	struct arc_seen_set *set;

	if (tags.instance == 0)
		return err_set(err, RC_PERM, "ARC-Message-Signature: %s",
		    problem.text);
	set = &out->sets[tags.instance - 1];
	if (set->signature != 0)
		return arc_twice(field->name, tags.instance, err);
	set->signature = number;
	set->signature_tags = tags;
	if (rc != RC_OK)
		set->signature_problem = arena_copy_text(a, problem.text);
	return RC_OK;
}

static enum rc
arc_add_seal(struct arena *a, struct arc_sets *out,
    const struct mail_field *field, size_t number, struct err *err)
{
	struct dkim_signature tags;
	struct err problem = {0};
	struct arc_seen_set *set;

	if (dkim_signature_read(a, SIGNATURE_ARC_SEAL, field, &tags,
		&problem) != RC_OK)
		return err_set(err, RC_PERM, "ARC-Seal: %s", problem.text);
	set = &out->sets[tags.instance - 1];
	if (set->seal != 0)
		return arc_twice(field->name, tags.instance, err);
	set->seal = number;
	set->seal_tags = tags;
	return RC_OK;
}

typedef enum rc arc_add(struct arena *a, struct arc_sets *out,
    const struct mail_field *field, size_t number, struct err *err);

static const struct {
	const char *name;
	arc_add *add;
} arc_fields[] = {
    {"ARC-Authentication-Results", arc_add_results},
    {"ARC-Message-Signature", arc_add_signature},
    {"ARC-Seal", arc_add_seal},
};

/* RC_NONE: it is no field of ARC. */
static enum rc
arc_add_field(struct arena *a, struct arc_sets *out,
    const struct mail_field *field, size_t number, struct err *err)
{
	for (size_t i = 0; i < sizeof(arc_fields) / sizeof(*arc_fields); i++) {
		if (!header_is(field->name, arc_fields[i].name))
			continue;
		if (out->sets == NULL)
			out->sets = arena_take_array(a, ARC_INSTANCES_MAX,
			    sizeof(*out->sets));
		return arc_fields[i].add(a, out, field, number, err);
	}
	return RC_NONE;
}

/* 5.2 steps 2 and 3. */
static enum rc
arc_judge_sets(struct arc_sets *sets, struct err *err)
{
	for (unsigned i = ARC_INSTANCES_MAX; i >= 1; i--) {
		const struct arc_seen_set *set = &sets->sets[i - 1];
		bool any = set->results || set->signature || set->seal;
		enum arc_validation wanted = i == 1 ? ARC_CV_NONE : ARC_CV_PASS;

		if (any && sets->n == 0)
			sets->n = i;
		if (i > sets->n)
			continue;
		if (!set->results || !set->signature || !set->seal)
			return err_set(err, RC_PERM,
			    "instance %u is not complete", i);
		if (set->seal_tags.validation == ARC_CV_FAIL)
			return err_set(err, RC_PERM,
			    "the chain had failed at instance %u", i);
		if (set->seal_tags.validation != wanted)
			return err_set(err, RC_PERM,
			    "cv= of instance %u cannot be", i);
	}
	return RC_OK;
}

enum rc
arc_sets_read(struct arena *a, const struct mail_field *fields, size_t n,
    struct arc_sets *out, struct err *err)
{
	*out = (struct arc_sets){0};
	for (size_t i = 0; i < n; i++) {
		enum rc rc = arc_add_field(a, out, &fields[i], i + 1, err);

		if (rc == RC_PERM)
			return rc;
	}
	return out->sets != NULL ? arc_judge_sets(out, err) : RC_NONE;
}

static void
arc_digest_sink(void *to, const char *bytes, size_t len)
{
	digest_add(to, bytes, len);
}

static void
arc_add_line(struct digest *d, const struct mail_field *field)
{
	canon_field(CANON_RELAXED, field, arc_digest_sink, d);
	digest_add(d, "\r\n", 2);
}

void
arc_sets_add_unsealed(struct digest *d, const struct mail_field *fields,
    const struct arc_seen_set *set)
{
	arc_add_line(d, &fields[set->results - 1]);
	arc_add_line(d, &fields[set->signature - 1]);
}

void
arc_sets_add(struct digest *d, const struct mail_field *fields,
    const struct arc_sets *sets, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		arc_sets_add_unsealed(d, fields, &sets->sets[i]);
		arc_add_line(d, &fields[sets->sets[i].seal - 1]);
	}
}
