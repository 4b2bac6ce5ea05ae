/* SPDX-License-Identifier: MIT */
/*
 * body_hash - the hashes of one body that its signatures, and those who are to
 * sign it, want (RFC 6376 3.7).  The body comes once, in chunks, and nothing
 * of it is kept.
 */
#pragma once

#include "auth/crypto.h"
#include "mail/canon.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each different one costs a pass over the body, so strangers get no more. */
#define BODY_HASHES_MAX 4

/* More than any body has: all of it is hashed. */
#define BODY_WHOLE UINT64_MAX

/* Written by body_hashes_end. */
struct body_hash {
	enum canon canon;
	uint64_t limit; /* l=: so many bytes of the canonical body */
	enum rc rc;     /* RC_OK; RC_TEMP: there is none, by our own fault */
	unsigned char sha256[CRYPTO_SHA256_LEN];
	uint64_t len; /* of the whole canonical body */
};

struct body_hashes;

struct body_hashes *body_hashes_new(void);
void body_hashes_free(struct body_hashes *hashes);

/* A hash that is wanted, the same one for all who want it; before the body
   begins.  NULL: there are BODY_HASHES_MAX others.  What we sign, relaxed and
   whole, is there for whoever asks first, and if it is asked for first nobody
   can take its place. */
const struct body_hash *body_hashes_want(struct body_hashes *hashes,
    enum canon canon, uint64_t limit);

/* False: nobody has asked for one, and the body need not come. */
bool body_hashes_wanted(const struct body_hashes *hashes);

void body_hashes_add(struct body_hashes *hashes, const char *bytes, size_t len);
void body_hashes_end(struct body_hashes *hashes);
