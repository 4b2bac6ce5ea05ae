/* SPDX-License-Identifier: MIT */
/*
 * judge - one request from facts to verdict: runs the checks, with all their
 * DNS questions asked at once.
 */
#pragma once

#include "auth/authentication.h"
#include "auth/iprev.h"
#include "policy/check.h"
#include "policy/transaction.h"
#include "policy/verdict.h"

struct judge {
	const struct policy_settings *settings;
	struct dns *dns;
	struct store *store;
	struct forwards_cache *forwards; /* of the store; NULL: it is asked */
	const struct spf *spf;
	struct srs_tries *tries;   /* NULL: wrong SRS hashes are not counted */
	struct greylist *greylist; /* NULL: nothing is remembered */
	struct rates *rates;
	bool takes; /* mail counts against limits: one program asks */
	/* Of a message that has come, its body over, to be verified; NULL:
	   nobody looks who wrote it. */
	struct authentication *authentication;
	int64_t began; /* of clock_ms: when the request came; 0: now */
	/* Of clock_ms: when the answer must be there, if that is sooner than
	   the settings have it; 0: it is not. */
	int64_t deadline;
	/* Run every check, also when an earlier one has decided already, and
	   write nothing down, as `postward explain` does. */
	bool thorough;
};

struct judgement {
	struct verdict verdict;
	struct verdict unshadowed; /* what it would be if nothing were in
				      shadow */
	const struct finding *findings;
	size_t n_findings;
	const struct dns_query *queries; /* what was asked, and answered */
	size_t n_queries;
	const struct spf_result *spf;                /* NULL: not checked */
	const struct iprev_result *iprev;            /* NULL: not checked */
	const struct authentication_results *author; /* NULL: not checked */
	const struct fate *fate; /* of its forwarded copies; NULL: has none */
	/* At RCPT, whose mail it is, as a key of account_table: of a catch-all,
	   the address that it caught; NULL: nobody's, or not known. */
	const char *account;
	/* What he, or all to whom it goes, have chosen (account_choices.h). */
	const char *choices;
	const char *header;  /* NULL, or a header field for an accepted message,
				on one line */
	const char *trouble; /* NULL, or an error for the operator */
	const char *const *notes; /* what he may want to know, once */
	size_t n_notes;
};

/* Does allow.clients have it? */
bool policy_allows_client(const struct policy_settings *s,
    const struct ip *client);

/* Why the client is trusted: nearly nothing is checked of what it sends.  NULL:
   it must pass every check.  facts must be complete. */
const char *judge_trusts(const struct policy_settings *s,
    const struct facts *facts);

/* facts must be complete.  transaction: what is remembered on this connection;
   NULL: nothing.  Never fails: a check that gets no answer makes a finding of
   that. */
void judge_facts(const struct judge *judge, const struct facts *facts,
    struct transaction *transaction, struct arena *a, struct judgement *out);
