/* SPDX-License-Identifier: MIT */
/*
 * dkim - DomainKeys Identified Mail (RFC 6376, 8301, 8463, 8616): who has
 * signed a message, and signing one.  Pure: DNS and the time are the caller's.
 *
 * Verifying: dkim_verify_new with the header, dkim_verify_queries, the body
 * through body_hash.h, dkim_verify_finish with the answers.  Where the RFC
 * leaves it open: rsa-sha1 is a permerror, a key of a size that may not be used
 * is `policy`, and so is what is beyond a limit.  A signature is a permerror
 * before it is a temperror, and both before it is a failure.
 */
#pragma once

#include "auth/body_hash.h"
#include "auth/crypto.h"
#include "base/arena.h"
#include "base/err.h"
#include "mail/canon.h"
#include "mail/field.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Signatures of a message that are looked at (6.1). */
#define DKIM_SIGNATURES_MAX 10

/* DKIM-Signature fields that are results; others below them are nothing. */
#define DKIM_RESULTS_MAX 100

/* Of a header that is longer no signature is looked at; who keeps it need keep
   no more than the field that goes beyond this. */
#define DKIM_HEADER_BYTES_MAX 262144

/* RFC 8601 2.7.1 */
enum dkim_verdict {
	DKIM_NONE, /* no signature: of a message, never of a signature */
	DKIM_PASS,
	DKIM_FAIL,
	DKIM_POLICY,
	DKIM_NEUTRAL,
	DKIM_TEMPERROR,
	DKIM_PERMERROR,
};

#define DKIM_VERDICTS (DKIM_PERMERROR + 1)

/* What of the message a signature fails over. */
enum dkim_failure {
	DKIM_NO_FAILURE,
	DKIM_BODY_CHANGED,
	DKIM_HEADER_CHANGED, /* or another key */
};

/* One DKIM-Signature field.  All texts are printable; NULL: it does not say, or
   nobody can read it. */
struct dkim_result {
	enum dkim_verdict verdict;
	enum dkim_failure failure; /* of DKIM_FAIL */
	const char *problem;       /* NULL of a pass */
	const char *domain;        /* d= as domain_read gives it */
	const char *domain_written;
	const char *selector;
	const char *identity;  /* i=, or what stands for it */
	const char *algorithm; /* a= as written */
	const char *signature; /* b= in base64, as much as 2.7.1 of RFC 8601
				  wants of header.b to tell it from others: 8
				  characters or more */
	bool testing;          /* the key has t=y: a failure counts no more than
				  no signature (3.6.1) */
	uint64_t body_unsigned; /* bytes of the canonical body that l= leaves
				   out: such a pass says nothing of them */
	/* What will become of it when the message is changed. */
	enum canon header, body;
	bool has_limit;           /* l= */
	int64_t signed_at;        /* t=; -1: not said */
	int64_t expires;          /* x=; -1: never */
	const char *const *names; /* h=, as written */
	size_t n_names;
};

/* In the arena, but for what OpenSSL keeps. */
struct dkim_verify;

/* The fields are all of the message, from the top, and must live as long.  Of
   more than DKIM_SIGNATURES_MAX signatures those are looked at whose domain is
   nearest to author_domain (as domain_read gives it; NULL: unknown), and then
   the uppermost ones.  The hashes that they want are asked of `bodies`, which
   must live as long too. */
struct dkim_verify *dkim_verify_new(struct arena *a,
    const struct mail_field *fields, size_t n, const char *author_domain,
    struct body_hashes *bodies);
void dkim_verify_free(struct dkim_verify *v);

/* Results that there will be: DKIM-Signature fields of the message, at most
   DKIM_RESULTS_MAX. */
size_t dkim_verify_count(const struct dkim_verify *v);

/* The domain of the i-th result, as in dkim_result; NULL: it cannot pass any
   more. */
const char *dkim_verify_open_domain(const struct dkim_verify *v, size_t i);

/* Writes a question for each key, each once; their number.  To be asked at any
   time before dkim_verify_finish. */
size_t dkim_verify_queries(const struct dkim_verify *v,
    struct dns_query out[static DKIM_SIGNATURES_MAX]);

/* After body_hashes_end.  Answers to the questions are looked for among
   `answers`, others may be there too; one that is not there is a temperror.
   arrival: when the message came, in seconds of Unix time.  Results are in
   the order of the fields, from the top. */
const struct dkim_result *dkim_verify_finish(struct dkim_verify *v,
    const struct dns_query *answers, size_t n, int64_t arrival);

/* "none", "pass" and so on */
const char *dkim_verdict_name(enum dkim_verdict verdict);

/* ---- signing */

/* x= is so long after t=: longer than any queue keeps a message. */
#define DKIM_SIGNATURE_SECONDS (7 * 24 * 3600)

struct dkim_signing {
	const struct private_key *key;
	const char *domain, *selector;   /* as domain_read gives them */
	const struct mail_field *fields; /* as they will leave, from the top */
	size_t n;
	const struct body_hash *body; /* relaxed, whole, after
					 body_hashes_end */
	int64_t now;                  /* in seconds of Unix time */
	/* The envelope with which it will leave.  DKIM signs nothing of it;
	   what comes after DKIM will. */
	const char *sender; /* "": null */
	const char *const *recipients;
	size_t n_recipients;
};

/* What the value of DKIM-Signature is to be, without the space that follows
   the colon, folds as "\n\t".  It is signed as relaxed/relaxed, whole; each
   name of what an author writes is signed once more than it is there, so
   that nobody can add another one (5.4.2); trace fields and those of lists
   are left to others.  RC_PERM: it has too many of these fields to be signed.
   RC_TEMP: our own trouble.  Either way it may not leave as if it had been
   signed. */
enum rc dkim_sign(struct arena *a, const struct dkim_signing *signing,
    const char **value, struct err *err);
