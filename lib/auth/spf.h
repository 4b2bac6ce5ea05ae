/* SPDX-License-Identifier: MIT */
/*
 * spf - may this client send mail in that domain's name (RFC 7208)?
 *
 * libspf2 evaluates, behind a guard: it never sees a byte that came from the
 * network.  It reads records too laxly, loses terms of long ones, counts no
 * lookups across includes, and one hostile explanation overflows its stack.
 *
 * What libspf2 does: it takes the terms in their order, compares addresses
 * with masks, descends into include and redirect, applies qualifiers and
 * gives the result.
 *
 * What it is kept from, and who does it instead:
 *   records        spf_record reads them strictly.  libspf2 gets a short one
 *                  that spf_guard writes: "v=spf1 +a:t0-0.x/24 -exists:t0-2.x".
 *   names, macros  spf_macro.  "t0-2.x" is term 2 of the first record; libspf2
 *                  asks for DNS records of that, and gets those of the name.
 *   DNS            spf_dns, over net/dns.h: each question once, several at a
 *                  time.
 *   limits, time   spf_eval, over all records of a check.
 *   ptr, exp       spf_eval and spf.  To libspf2, ptr is an "exists".
 *   all, ip4, ip6  spf_eval.  Only the first that matches is shown to libspf2,
 *                  as an "exists" that is answered with yes: so the token that
 *                  it asked for last is the term that decided.
 *
 * Where the RFC leaves it open: a malformed target never matches and is no
 * void lookup, but of include and redirect it is a permerror (4.8, 5.2, 6.1).
 * A term is one void lookup if its own question finds nothing, whatever hosts
 * its MX or PTR records name (4.6.4).
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 7208 4.6.4.  See also spf_dns.h. */
#define SPF_TERMS_MAX 10 /* that ask DNS, in all records together */
#define SPF_VOIDS_MAX 2  /* of them, that find nothing */
#define SPF_HOSTS_MAX 10 /* of one mx */

/* RFC 7208 6.2 wants it to fit into an SMTP answer. */
#define SPF_EXPLANATION_MAX 300

enum spf_verdict {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

#define SPF_VERDICTS (SPF_PERMERROR + 1)

enum spf_identity {
	SPF_MAILFROM,
	SPF_HELO
};

struct spf_request {
	struct ip client;
	const char *helo;   /* as the client said it; NULL or "": it did not */
	const char *sender; /* of MAIL FROM, without brackets; "": null */
	const char *receiver; /* our host name, for %{r} */
	int64_t deadline;     /* of clock_ms */
	/* Answers to spf_queries, if the caller asked them. */
	const struct dns_query *known;
	size_t n_known;
	bool trace;
};

/* All texts are printable. */
struct spf_result {
	enum spf_verdict verdict;
	enum spf_identity identity; /* that was checked */
	const char *domain;         /* that was asked; NULL: it is no domain */
	/* Of a fail, in the domain's own words, which are not to be trusted:
	   say whose they are.  NULL: it has none. */
	const char *explanation;
	const char *problem; /* of a temperror or permerror, else NULL */
	/* The mechanism that decided, as written, and in whose record; NULL:
	   none did. */
	const char *term, *term_domain;
	unsigned lookups; /* terms that asked DNS (4.6.4) */
	unsigned voids;
	unsigned queries; /* questions sent, those asked ahead included */
	const char *const *trace;
	size_t n_trace;
	/* When it was evaluated, of clock_now; 0: now.  An older one is that of
	   another sender of the same domain, from the same client. */
	int64_t kept_since;
	/* Until when it holds for all senders of the domain from that client,
	   of clock_ms; 0: for this one alone, now. */
	int64_t kept_until;
};

/*
 * Results are kept with the answers of DNS (net/dns.h, dns_note), for as long
 * as the shortest-lived answer that they were made of: those of records without
 * macros that stand for the local part, HELO, the receiver or the time, of
 * which no answer has failed.  All fields are those of the evaluation, the
 * counts, too.  A check with a trace is always evaluated.
 */
struct spf;

/* All threads share one.  The first call sets the handlers of libspf2, which
   are global, so that libspf2 prints nothing. */
struct spf *spf_new(struct dns *dns);
void spf_free(struct spf *spf);

/* Checks MAIL FROM, or, if that is null, HELO as postmaster@helo (2.4).  For a
   client without HELO, macros expand to "unknown"; a null sender then has no
   domain, and the result is none. */
void spf_check(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out);

/* Checks HELO, which is best done before MAIL FROM (2.3). */
void spf_check_helo(const struct spf *spf, struct arena *a,
    const struct spf_request *request, struct spf_result *out);

/* True: the result of that identity is kept, and *out is it.  False: a check
   would ask DNS. */
bool spf_recall(const struct spf *spf, struct arena *a,
    const struct spf_request *request, enum spf_identity identity,
    struct spf_result *out);

/* The identity that spf_check checks. */
enum spf_identity spf_identity_of(const struct spf_request *request);

/* Writes the questions that both checks ask first and returns their number, 0
   to 2.  A caller may ask them together with others, and hand over the answers
   as request->known. */
size_t spf_queries(struct arena *a, const struct spf_request *request,
    struct dns_query out[2]);

/* "none", "pass" and so on; "mailfrom", "helo" */
const char *spf_verdict_name(enum spf_verdict verdict);
const char *spf_identity_name(enum spf_identity identity);
