/* SPDX-License-Identifier: MIT */
/*
 * decision - the decision about one SMTP step or one message, with everything
 * it is based on.  Each program that decides makes one; log, metrics, explain
 * and the record (decision_record.h) are made from it and from nothing else.
 *
 * Texts are borrowed: they live as long as the facts and findings that the
 * decision was made of.
 */
#pragma once

#include "policy/facts.h"
#include "policy/finding.h"
#include "policy/judge.h"
#include "policy/verdict.h"

#include <stdint.h>

/* The check of a finding that our own trouble made. */
#define DECISION_TROUBLE "trouble"

struct decision {
	struct facts facts; /* as told; after decision_record_read nothing is
			       derived: facts_complete does that */
	const struct finding *findings;
	size_t n_findings;
	bool is_line; /* of a log: it tells of no more findings than the one
			 that decided (decision_line.h) */
	struct verdict verdict;
	struct verdict unshadowed; /* if no check were in shadow mode */
	const char *choices; /* of checks, by those who get the mail; or NULL */
	const char *spf;     /* "pass"; NULL: not checked */
	const char *iprev;   /* the same */
	/* Who has written the message; NULL: not checked, or nobody can tell.
	 */
	const char *author;     /* the domain of From */
	const char *dkim;       /* "pass": of all signatures together */
	const char *signatures; /* "pass=example.org/sel fail=...", each */
	const char *dmarc;      /* "fail" */
	const char *dmarc_policy,
	    *dmarc_domain; /* what is asked for, by whom */
	const char *arc;   /* "pass": of the whole chain; NULL: no chain */
	const char *arc_trusted; /* the sealer whose word counts; NULL: none */
	const char *aligned;     /* "spf", "dkim", "spf dkim"; "none" */
	/* What becomes of its forwarded copies (fate.h); NULL: there are none.
	 */
	const char *fate;      /* "hold" */
	const char *fate_case; /* "spf-only" */
	const char *survives;  /* the author's signature: "yes", "unsure" */
	const char *fate_at;   /* "gmail:5.7.26": who would not take them */
	const char *fate_why;
	bool fate_shadow; /* it is said, and not done */
	int64_t ms;       /* how long it took */

	/* What the milter does with a message that is accepted. */
	const char *new_sender; /* NULL: the sender stays */
	const char *new_author; /* an address of ours in From; NULL: it stays */
	const char *signed_by;  /* "domain/selector"; NULL: not signed */
	const char *sealed_by;  /* the same of ARC */
	unsigned removed;       /* fields that spoke in our name */
	bool targets_hidden;    /* in a notification */
	const char *bounced;    /* our own mail that failed, or NULL */
	const char *failure;    /* of it: why */
};

/* began: of clock_ms, when the request came. */
struct decision decision_of(struct arena *a, const struct facts *facts,
    const struct judgement *judgement, int64_t began);

/* Replaces the decision: the mail is put off (451 4.3.0), because a part of
   ours does not work. `why` goes into the record. */
void decision_put_off(struct decision *d, struct arena *a, const char *why);

/* Replaces the decision: a message of ours that was to be signed has a header
   that nobody can sign, and is refused for good (550 5.6.0, header_limit). */
void decision_refuse_header(struct decision *d, struct arena *a,
    const char *why);

/* The check that refused or put off, "dnsbl"; "points", if it was their sum;
   "none", if nothing was against it. */
const char *verdict_decider(const struct verdict *verdict);
