/* SPDX-License-Identifier: MIT */
/*
 * authentication - who has written a message, and who vouches for it: DKIM,
 * ARC and DMARC of one message, from its first field to the last byte of its
 *body; and what is needed to sign it.  Pure: DNS, SPF and the time are the
 *caller's.
 *
 *	au = authentication_new(&wanted);
 *	authentication_add_field(au, ...) for all of them, from the top
 *	authentication_end_header(au);
 *	authentication_add_body(au, ...), if authentication_wants_body(au)
 *	authentication_end_body(au);
 *	n = authentication_queries(au, a, spf_domain, queries);
 *	... dns_ask, and SPF ...
 *	authentication_more(au, a, &answers, queries + n): seldom any
 *	authentication_evaluate(au, a, &answers, &results);
 */
#pragma once

#include "auth/arc.h"
#include "auth/body_hash.h"
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/results.h"
#include "base/arena.h"
#include "mail/field.h"
#include "mail/from_field.h"
#include "mail/message_form.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a message, in all rounds together. */
#define AUTHENTICATION_QUERIES_MAX                                             \
	(DKIM_SIGNATURES_MAX + ARC_QUERIES_MAX + DMARC_QUERIES_MAX)

/* Not in an arena: OpenSSL keeps a part of it. */
struct authentication;

/* What the configuration says of verifying. */
struct authentication_rules {
	unsigned signatures_max; /* of DKIM: dkim.h */
	bool arc;                /* chains are looked at */
	/* Sealers whose word counts (arc_vouched). */
	const char *const *trusted_sealers;
	size_t n_trusted_sealers;
};

/* What is to be done with the message; both may be. */
struct authentication_wanted {
	bool verify;
	bool sign; /* authentication_signed_body will be asked for */
	const struct authentication_rules *rules; /* outlives the message; NULL:
						     all is looked at, and no
						     sealer counts */
};

struct authentication *
authentication_new(const struct authentication_wanted *wanted);
void authentication_free(struct authentication *au);

/* The bytes are copied, up to DKIM_HEADER_BYTES_MAX and the field that goes
   beyond. */
void authentication_add_field(struct authentication *au,
    const struct mail_field *field);

/* The header is over; once more does nothing. */
void authentication_end_header(struct authentication *au);

/* After the header.  False: no signature can be verified, and nobody signs. */
bool authentication_wants_body(const struct authentication *au);

void authentication_add_body(struct authentication *au, const char *bytes,
    size_t len);
void authentication_end_body(struct authentication *au);

/* After the header; lives as long as the message. */
const struct from_field *authentication_from(const struct authentication *au);

/* The fields that are kept, from the top; *cut: there were more. */
const struct mail_field *authentication_fields(const struct authentication *au,
    size_t *n, bool *cut);
/* What is known of its form; of the body, only if that was wanted. */
const struct message_form *authentication_form(const struct authentication *au);
/* After authentication_end_body, if it was wanted: for dkim_sign. */
const struct body_hash *
authentication_signed_body(const struct authentication *au);

struct authentication_answers {
	const struct dns_query *queries; /* answered; others may be among them
					  */
	size_t n;
	struct dmarc_identifier spf; /* dmarc_identifier_of_spf; pending in
					authentication_queries */
	int64_t arrival;             /* of the message, Unix time in seconds */
};

struct authentication_results {
	const struct from_field *from;
	/* A row for each DKIM-Signature, from the top. */
	const struct dkim_result *dkim;
	size_t n_dkim;
	/* Of the message: pass if one passes, else the best that can be said;
	   none without a signature. */
	enum dkim_verdict dkim_verdict;
	struct dmarc_result dmarc;
	struct arc_result arc; /* none, if nobody looks */
	/* Who of those that are listed has seen DMARC pass; NULL: nobody. */
	const char *arc_trusted;
};

/* Only if verification was wanted, as all that follows.  The questions that are
   certain or likely, for one round.  spf_domain: of the
   identity that SPF is about; NULL: none. */
size_t authentication_queries(const struct authentication *au, struct arena *a,
    const char *spf_domain,
    struct dns_query out[static AUTHENTICATION_QUERIES_MAX]);

/* What the answers have left open, for a second and last round; usually 0. */
size_t authentication_more(struct authentication *au, struct arena *a,
    const struct authentication_answers *answers,
    struct dns_query out[static DMARC_QUERIES_MAX]);

/* After authentication_end_body.  A question that was not asked is a temporary
   error.  The results live in `a` and as long as the message. */
void authentication_evaluate(struct authentication *au, struct arena *a,
    const struct authentication_answers *answers,
    struct authentication_results *out);

#define AUTHENTICATION_PARTS_MAX (RESULTS_DKIM_MAX + 2)

/* The parts of Authentication-Results that tell them, for authres_compose;
   their number. */
size_t authentication_parts(struct arena *a,
    const struct authentication_results *results,
    const char *out[static AUTHENTICATION_PARTS_MAX]);
