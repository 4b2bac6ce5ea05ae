/* SPDX-License-Identifier: MIT */
/*
 * arc - the Authenticated Received Chain (RFC 8617): what forwarders before us
 * say that they have seen, verified; and a seal of our own.  Pure: DNS and the
 * time are the caller's.
 *
 * A chain that passes proves that somebody has sealed, and not that he tells
 * the truth: whose seals count is the caller's list (arc_vouched).  Used as
 * dkim.h.
 */
#pragma once

#include "auth/body_hash.h"
#include "auth/crypto.h"
#include "base/arena.h"
#include "base/err.h"
#include "mail/field.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of longer chains (4.2.1 has 50) only the form is judged: they fail, as none
   passes whose seals were not all verified. */
#define ARC_SETS_VERIFIED_MAX 10

/* Each set has a seal, and the newest one a signature. */
#define ARC_QUERIES_MAX (ARC_SETS_VERIFIED_MAX + 1)

enum arc_verdict {
	ARC_NONE,
	ARC_PASS,
	ARC_FAIL
};

struct arc_set {
	const char *domain;   /* d= of the seal, as domain_read gives it */
	const char *selector; /* the same of s= */
	const char *results;  /* what ARC-Authentication-Results has behind its
				 instance, on one line; printable */
};

struct arc_result {
	enum arc_verdict verdict;
	bool temporary;      /* of a failure: DNS or we are at fault, and it may
				pass later */
	const char *problem; /* printable; NULL: there is none */
	unsigned n;          /* instances; 0 also if nobody can count them */
	const struct arc_set *sets; /* the first is the oldest; of a pass only
				       are they what somebody has said */
	/* Bytes of the canonical body that l= of the newest signature leaves
	   out. */
	uint64_t body_unsigned;
};

struct arc_verify;

/* The fields are all of the message, from the top, and must live as long, and
   so must bodies. */
struct arc_verify *arc_verify_new(struct arena *a,
    const struct mail_field *fields, size_t n, struct body_hashes *bodies);
void arc_verify_free(struct arc_verify *v);

/* Writes a question for each key, each once; their number. */
size_t arc_verify_queries(const struct arc_verify *v,
    struct dns_query out[static ARC_QUERIES_MAX]);

/* After body_hashes_end; see dkim_verify_finish. */
void arc_verify_finish(struct arc_verify *v, const struct dns_query *answers,
    size_t n, int64_t arrival, struct arc_result *out);

/* "none", "pass", "fail" */
const char *arc_verdict_name(enum arc_verdict verdict);

/* ---- whose word counts

   A set is believed if it and all newer ones are sealed by domains of the list,
   or below one.  What was sealed before it is nobody's business: it says what
   its own sealer has seen.  But who seals after it may have changed the message
   as he likes, as signatures of older sets are not verified (RFC 8617 5.2), and
   could have put the set on a message of his own; so each of them has to be
   trusted, with that too that his cv= is what he has found.

   Its ARC-Authentication-Results must say that DMARC passed, for the author
   that the message still has, and nothing else of DMARC.  A signature that
   leaves a part of the body uncovered vouches for nothing.  An old message that
   somebody sends once more is vouched for as it was the first time. */

/* The newest set that is believed, of a chain that passes; NULL: there is
   none.  sealers and author are as domain_read gives them; author NULL: nobody
   knows. */
const struct arc_set *arc_vouched(struct arena *a,
    const struct arc_result *chain, const char *const *sealers,
    size_t n_sealers, const char *author);

/* ---- sealing */

struct arc_sealing {
	const struct private_key *key;
	const char *domain, *selector;   /* as domain_read gives them */
	const struct mail_field *fields; /* as they will leave, from the top */
	size_t n;
	const struct arc_result *chain; /* of these fields */
	const struct body_hash *body;   /* relaxed, whole, after
					   body_hashes_end */
	const char *results;      /* as the value of Authentication-Results */
	const char *const *names; /* of the fields to sign, From among them;
				     NULL: those that dkim_sign does */
	size_t n_names;
	int64_t now; /* in seconds of Unix time */
};

/* Values without the space that follows the colon, folds as "\n\t".  To be put
   on top: results first, the seal last. */
struct arc_seal {
	const char *results;   /* ARC-Authentication-Results */
	const char *signature; /* ARC-Message-Signature */
	const char *seal;      /* ARC-Seal */
};

/* RC_NONE: a chain that fails, or is as long as one may be, is left as it is
   (5.1).  RC_PERM: there are too many fields to sign.  RC_TEMP: our own
   trouble. */
enum rc arc_seal(struct arena *a, const struct arc_sealing *sealing,
    struct arc_seal *out, struct err *err);
