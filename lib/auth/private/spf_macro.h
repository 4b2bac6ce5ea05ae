/* SPDX-License-Identifier: MIT */
/*
 * spf_macro - the macro strings of SPF: their grammar and what they expand to
 * (RFC 7208 section 7, RFC 8616 section 4).  Pure: nothing is looked up.
 *
 * Macro text comes from strangers, and so do most values that are put into
 * it.  It is checked once, by spf_macro_wrong; only text that passed may be
 * expanded, and what it expands to is never longer than its use allows.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the macro letters stand for (RFC 7208 7.2 and 7.3).  Domains are in
   A-labels, without a dot at the end. */
struct spf_values {
	const char *sender;   /* s */
	const char *local;    /* l */
	const char *origin;   /* o: the sender's domain */
	const char *domain;   /* d: the one whose record is evaluated */
	const char *name;     /* p: validated name of the client, "unknown" */
	const char *helo;     /* h */
	const char *receiver; /* r */
	struct ip client;     /* i, c, v */
	int64_t now;          /* t */
};

enum spf_form {
	SPF_MACRO_STRING, /* what an unknown modifier is set to */
	SPF_DOMAIN_SPEC,  /* the same, ended by a label or a macro */
	SPF_EXPLANATION,  /* spaces, and the letters c, r and t, too (7.2) */
};

/* NULL if text has that form, else what is wrong with it. */
const char *spf_macro_wrong(const char *text, size_t len, enum spf_form form);

/* Does one of the letters (given in lower case) occur as a macro? */
bool spf_macro_has(const char *text, const char *letters);

/* The domain name that a domain-spec stands for: no dot at its end, labels
   dropped on the left until it fits 253 bytes (RFC 7208 7.3).
   RC_NONE  none, as the local part in it is not ASCII (RFC 8616 4): the term
	    does not match
   RC_PERM  malformed: no name that DNS could be asked for (RFC 7208 4.8) */
enum rc spf_macro_target(struct arena *a, const char *spec,
    const struct spf_values *values, const char **out);

/* The sentence that an explanation stands for: printable ASCII, cut to
   `most` bytes.  NULL if it would be empty or not ASCII (RFC 7208 6.2). */
const char *spf_macro_sentence(struct arena *a, const char *text, size_t most,
    const struct spf_values *values);
