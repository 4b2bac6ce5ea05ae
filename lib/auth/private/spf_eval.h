/* SPDX-License-Identifier: MIT */
/*
 * spf_eval - what the terms of SPF records ask of DNS and find there, and the
 * limits to it, which are counted over all records of a check
 * (RFC 7208 4.6.4).  Internal to spf.
 */
#pragma once

#include "auth/private/spf_dns.h"
#include "auth/private/spf_macro.h"
#include "auth/private/spf_record.h"
#include "auth/private/spf_trace.h"
#include "auth/spf.h"

/* One record under evaluation. */
struct spf_level {
	const char *domain;
	struct spf_record record;
	size_t depth; /* includes it is inside of */
	size_t told;  /* for the trace: terms whose outcome is told */
};

struct spf_eval {
	struct arena *arena;
	struct spf_values values;
	struct spf_dns dns;
	struct spf_trace trace;
	unsigned terms, voids; /* so far */
	/* A macro stands for more than client and domain, so that the result
	   is that of one sender, HELO name, receiver or moment. */
	bool personal;

	/* The result of the check, whatever libspf2 returns. */
	bool stopped;
	enum spf_verdict verdict;
	const char *problem;

	/* The first record and those of includes and redirects, of which each
	   takes one of the terms. */
	struct spf_level levels[1 + SPF_TERMS_MAX];
	size_t n_levels;

	/* Outside of includes: the record reached last, and its term that was
	   begun last. */
	struct spf_level *top;
	const struct spf_term *term;
};

/* What a term finds: what is to be compared with the client's address, or, if
   `matches`, all that it needs. */
struct spf_found {
	bool matches;
	const struct dns_query *answer; /* addresses, or the hosts of an mx;
					   NULL: nothing */
};

void spf_eval_stop(struct spf_eval *e, enum spf_verdict verdict,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fetches and reads the SPF record of a domain, inside of `depth` includes.
   NULL: it has none, or the check is stopped. */
struct spf_level *spf_eval_open(struct spf_eval *e, const char *domain,
    size_t depth);

/* Does a term of that kind ask DNS, and count for the limit? */
bool spf_eval_asks(enum spf_kind kind);

/* Does such a term match without asking? */
bool spf_eval_covers(const struct spf_eval *e, const struct spf_term *term);

/* How many bits of the client's address an a or mx compares. */
unsigned spf_eval_bits(const struct spf_eval *e, const struct spf_term *term);

/* Asks all questions together that the next terms will need. */
void spf_eval_ahead(struct spf_eval *e, const struct spf_level *level,
    const struct spf_term *const *terms, size_t n);

/* Evaluation has come to a term, or, if it is NULL, to the end of the record.
   false: the check is stopped. */
bool spf_eval_begin(struct spf_eval *e, struct spf_level *level,
    const struct spf_term *term);

/* What the term finds: any but include and redirect; those lead to the record
   of another domain, NULL if the check is stopped or they do not match. */
struct spf_found spf_eval_find(struct spf_eval *e,
    const struct spf_level *level, const struct spf_term *term);
struct spf_level *spf_eval_follow(struct spf_eval *e,
    const struct spf_level *level, const struct spf_term *term);

/* The addresses of a host that an mx found. */
struct spf_found spf_eval_host(struct spf_eval *e, const char *host);

/* The domain name that a domain-spec in that level stands for, as
   spf_macro_target; NULL stands for the domain of the level. */
enum rc spf_eval_target(struct spf_eval *e, const struct spf_level *level,
    const char *spec, const char **out);

/* Makes the values ready for text of that level. */
void spf_eval_values(struct spf_eval *e, const struct spf_level *level,
    const char *text);
