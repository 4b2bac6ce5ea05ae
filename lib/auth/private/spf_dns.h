/* SPDX-License-Identifier: MIT */
/*
 * spf_dns - the DNS questions of one SPF check: each is asked once, and
 * several at a time where that is possible.
 *
 * Evaluation asks one thing after the other.  What it is about to ask can be
 * asked ahead, with one wait for all.  Only questions that evaluation came to
 * count for the limit that ends a check, so that asking ahead changes no
 * result; and ahead is asked only what leaves room for all the rest.
 */
#pragma once

#include "auth/private/spf_trace.h"
#include "base/arena.h"
#include "base/ip.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 7208 4.6.4: of the names that PTR records give, so many are looked at. */
#define SPF_PTR_MAX 10

/* Enough for 10 terms with one question and ten hosts each, and some more. */
#define SPF_QUERIES_MAX 120

/* Of the answers the caller has, so many are of use. */
#define SPF_KNOWN_MAX 16

struct spf_names {
	const char *names[SPF_PTR_MAX];
	size_t n;
	bool none; /* there are no PTR records at all */
};

struct spf_dns {
	struct dns *dns;
	struct arena *arena;
	int64_t deadline;
	struct ip client;
	struct spf_trace *trace; /* told what evaluation comes to, */
	size_t indent;           /* so far to the right */
	unsigned sent, needed;   /* questions */
	bool over;               /* one more than SPF_QUERIES_MAX was needed */
	bool slow;               /* what was asked ahead did not come in time */
	int64_t until; /* until when all that evaluation came to may be kept, of
			  clock_ms; 0: something may not */
	const struct spf_names *names; /* NULL: not asked for yet */
	size_t n;
	struct {
		const struct dns_query *query;
		bool needed; /* evaluation came to it */
	} answers[SPF_KNOWN_MAX + 2 * SPF_QUERIES_MAX];
};

void spf_dns_init(struct spf_dns *d, struct dns *dns, struct arena *a,
    const struct ip *client, int64_t deadline);

/* Answers that the caller has got already, which are not asked for again. */
void spf_dns_know(struct spf_dns *d, const struct dns_query *answers, size_t n);

/* Returns the answer, new or kept.  NULL: d->over is set. */
const struct dns_query *spf_dns_ask(struct spf_dns *d, const char *name,
    enum dns_type type);

/* Asks those of the questions (their names and types) that are not answered
   yet, as far as room for `reserved` more is left.  What is not answered
   soon is asked again when evaluation comes to it. */
void spf_dns_ahead(struct spf_dns *d, const struct dns_query *queries, size_t n,
    size_t reserved);

/* A or AAAA: the kind of address that the client has. */
enum dns_type spf_dns_address_type(const struct spf_dns *d);

/* Is one of the addresses in the answer the client's? */
bool spf_dns_has_client(const struct spf_dns *d, const struct dns_query *q);

/* The name whose PTR records name the client. */
const char *spf_dns_reverse(const struct spf_dns *d);

/* The client's validated names (RFC 7208 5.5): those that its address maps to
   and that map back to it. */
const struct spf_names *spf_dns_names(struct spf_dns *d);
