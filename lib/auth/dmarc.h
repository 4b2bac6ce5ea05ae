/* SPDX-License-Identifier: MIT */
/*
 * dmarc - does what SPF and DKIM have shown speak for the author of a message,
 * and what does the author's domain want if it does not (RFC 9989)?
 *
 * Pure: questions for DNS are given out, and answers are taken.  One round of
 * questions is enough, but for an identifier that shares nothing but its last
 * label with the author: it can align only if a top-level domain is an
 * organization, which a second round then finds out.
 *
 *	n = dmarc_queries(a, &request, queries);
 *	... dns_ask, and meanwhile SPF and DKIM ...
 *	request.known = queries; request.n_known = n;
 *	n += dmarc_more(a, &request, queries + n);
 *	... dns_ask, if there were more; request.n_known = n ...
 *	dmarc_evaluate(a, &request, &result);
 *
 * Where the text leaves it open: an identifier that ended in a temporary error
 * and would have aligned makes a temperror (5.3.6), unless another one passes;
 * so does an error of DNS on which result or policy depend.  A record that says
 * nothing that can be applied (4.10.1) makes none, even if the organization has
 * a better one.  There is no permerror.
 */
#pragma once

#include "auth/dmarc_record.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "mail/from_field.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>

#define DMARC_WALK_MAX    8  /* questions of a walk (RFC 9989 4.10) */
#define DMARC_WALKS_MAX   10 /* in the first round, with the author's */
#define DMARC_QUERIES_MAX 40 /* in both rounds together */

enum dmarc_verdict {
	DMARC_NONE,
	DMARC_PASS,
	DMARC_FAIL,
	DMARC_TEMPERROR,
};

#define DMARC_VERDICTS (DMARC_TEMPERROR + 1)

enum dmarc_auth {
	DMARC_AUTH_FAILED, /* or said nothing */
	DMARC_AUTH_PASSED,
	DMARC_AUTH_TEMPERROR,
	DMARC_AUTH_PENDING, /* nobody knows yet */
};

struct dmarc_identifier {
	const char *domain; /* in any form; what is no domain aligns with
			       nothing.  NULL: there is none */
	enum dmarc_auth auth;
	bool partial; /* DKIM: l= leaves bytes of the body uncovered, which
			 anybody may have written: it never aligns */
};

struct dmarc_request {
	const struct from_field *from;
	struct dmarc_identifier spf;
	const struct dmarc_identifier *dkim; /* a row for each signature */
	size_t n_dkim;
	const struct dns_query *known; /* answers; may hold others too */
	size_t n_known;
};

/* All texts are printable. */
struct dmarc_result {
	enum dmarc_verdict verdict;
	const char *from_domain;   /* NULL: none or several */
	const char *org;           /* its organization; NULL: not known */
	const char *policy_domain; /* whose record it is; NULL: there is none */
	enum dmarc_policy published;
	enum dmarc_policy policy; /* with regard to t=y */
	/* What receivers may make of it that follow RFC 7489, which has pct,
	   but neither np nor t; unsaid: the same. */
	enum dmarc_policy older;
	const char *from_tag; /* "p", "sp", "np"; NULL: no policy */
	/* They passed, and speak for the author. */
	bool spf_aligned;
	const bool *dkim_aligned; /* of each row of request->dkim */
	/* The names asked by the author's walk, in their order, up to where it
	   ended. */
	const char *const *author_walk;
	size_t n_walk;
	const char *problem; /* why it is none or temperror; NULL for others */
};

/* What SPF says for DMARC: r is of spf_check, not of spf_check_helo, as HELO
   counts only where it stands for a null sender (4.4.2). */
struct dmarc_identifier dmarc_identifier_of_spf(const struct spf_result *r);

/* Writes the questions that are certain, or likely, and returns their number:
   TXT for the author's walk, for his domain, and for the walks of identifiers
   that have not failed and share two labels with it, nearest first.  None if
   From has no single domain. */
size_t dmarc_queries(struct arena *a, const struct dmarc_request *request,
    struct dns_query out[static DMARC_QUERIES_MAX]);

/* With their answers known and nothing pending any more: the questions without
   which nothing can be decided.  Together with those known there are at most
   DMARC_QUERIES_MAX; what would need more does not align.  Usually 0. */
size_t dmarc_more(struct arena *a, const struct dmarc_request *request,
    struct dns_query out[static DMARC_QUERIES_MAX]);

/* What is pending, or should have been asked and is not known, is a temporary
   error. */
void dmarc_evaluate(struct arena *a, const struct dmarc_request *request,
    struct dmarc_result *out);

/* "none", "pass" and so on */
const char *dmarc_verdict_name(enum dmarc_verdict verdict);
