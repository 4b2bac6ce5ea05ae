/* SPDX-License-Identifier: MIT */
/*
 * dkim_key - the public key of a selector, as DNS has it (RFC 6376 3.6.1,
 * 8463 4).  Pure.
 */
#pragma once

#include "auth/crypto.h"
#include "base/arena.h"
#include "base/err.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>

#define DKIM_KEY_MAX 4096 /* bytes of a record */

struct dkim_key {
	struct crypto_public public;
	bool testing;       /* t=y */
	bool same_identity; /* t=s: i= must be of d= itself */
};

/* RC_NONE: no key at all, but some other record, or one that nobody can read.
   RC_PERM: it is one, and cannot be used: revoked, for other uses. testing is
   told then too. */
enum rc dkim_key_read(struct arena *a, const char *text, size_t len,
    struct dkim_key *out, struct err *err);

/* Of the answer to a question: the only record that is a key.  RC_PERM also if
   there is none, or several, of which nobody knows which one is meant
   (3.6.2.2). RC_TEMP: no answer. */
enum rc dkim_key_choose(struct arena *a, const struct dns_query *answer,
    struct dkim_key *out, struct err *err);
