/* SPDX-License-Identifier: MIT */
/*
 * arc_sets - the sets of a chain, found among the fields of a message
 * (RFC 8617 4.2, 5.2 steps 1 to 3).  Pure.
 */
#pragma once

#include "auth/private/dkim_signature.h"
#include "base/arena.h"
#include "base/err.h"
#include "mail/field.h"

#include <stdbool.h>
#include <stddef.h>

struct arc_seen_set {
	/* Which field each is; counted from 1, so that 0 is none. */
	size_t results, signature, seal;
	const char *results_text; /* behind the instance, on one line */
	struct dkim_signature signature_tags, seal_tags;
	const char *signature_problem; /* NULL: it can be read */
};

struct arc_sets {
	struct arc_seen_set *sets; /* ARC_INSTANCES_MAX, if there is any */
	unsigned n;
};

/* RC_NONE: no field of ARC.  RC_PERM: they make no chain, or the newest one
   says that it has failed. */
enum rc arc_sets_read(struct arena *a, const struct mail_field *fields,
    size_t n, struct arc_sets *out, struct err *err);

/* The instance at the beginning of ARC-Authentication-Results, with comments
   and folds where they may be (4.1.1); 0: there is none.  *rest: behind its
   semicolon. */
unsigned arc_results_instance(const char *value, size_t len, size_t *rest);

/* Adds n sets as a seal signs them (5.1.1), each field with its line end. */
void arc_sets_add(struct digest *d, const struct mail_field *fields,
    const struct arc_sets *sets, unsigned n);

/* The same of one set, without its seal. */
void arc_sets_add_unsealed(struct digest *d, const struct mail_field *fields,
    const struct arc_seen_set *set);
