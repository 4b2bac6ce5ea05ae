/* SPDX-License-Identifier: MIT */
/*
 * transaction - what is kept of one mail transaction (RFC 5321 3.3) from
 * request to request: its SPF results, so that each is evaluated once however
 * many recipients there are, and whether its header was given out.
 *
 * One for each connection of Postfix, which asks about one message at a time
 * there, or for each message of a milter.
 */
#pragma once

#include "auth/spf.h"
#include "policy/facts.h"

struct transaction {
	struct arena *arena; /* of all that is remembered */
	const char *key;     /* which message it is; NULL: none yet */
	bool header_given;
	bool has_helo, has_mailfrom;
	struct spf_result helo, mailfrom;
};

struct transaction *transaction_new(void);
void transaction_free(struct transaction *m);

/* Clears the transaction, unless the facts belong to the same message as the
   last ones: same instance, client, HELO and sender.  Facts without an instance
   never do. */
void transaction_meet(struct transaction *m, struct arena *scratch,
    const struct facts *facts);
