/* SPDX-License-Identifier: MIT */
/*
 * dkim_key - the public key of a selector, as DNS has it (RFC 6376 3.6.1,
 * 8463 4).  Pure.
 */
#pragma once

#include "auth/crypto.h"
#include "auth/private/dkim_signature.h"
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

/* Adds the question for a signature's key to those at out, of which there are
 *n, unless it is there or can never be asked (3.6.2.1). */
void dkim_key_ask(struct arena *a, const struct dkim_signature *signature,
    struct dns_query *out, size_t *n);

/* The key for a signature, out of the answers to such questions and others.
   RC_PERM: there is none that it may have been made with.  RC_TEMP: no answer,
   or it was not asked for.  testing is told, if it can be. */
enum rc dkim_key_take(struct arena *a, const struct dkim_signature *signature,
    const struct dns_query *answers, size_t n, struct dkim_key *out,
    struct err *err);
