/* SPDX-License-Identifier: MIT */
/*
 * crypto - SHA-256, and signatures of it by RSA (PKCS#1 v1.5) and Ed25519 as
 * DKIM has them (RFC 6376 3.3, 8301, 8463), on OpenSSL EVP.
 *
 * What goes wrong inside OpenSSL without a fault of the key or the signature is
 * our own trouble: RC_TEMP.  No memory left aborts.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CRYPTO_SHA256_LEN 32

/* A digest of what comes in runs.  Not in an arena: OpenSSL keeps it. */
struct digest;

struct digest *digest_new(void);
void digest_free(struct digest *d);
void digest_add(struct digest *d, const void *bytes, size_t len);

/* Writes it; the digest starts anew.  RC_TEMP: OpenSSL cannot. */
enum rc digest_end(struct digest *d, unsigned char out[CRYPTO_SHA256_LEN]);

enum crypto_kind {
	CRYPTO_RSA,
	CRYPTO_ED25519
};

/* RFC 8301 3.2: shorter ones never pass, so long ones must be verified. */
#define CRYPTO_RSA_BITS_MIN 1024
#define CRYPTO_RSA_BITS_MAX 4096

/* Does the signature fit?
   RSA: the key is DER, a SubjectPublicKeyInfo (RFC 5280 4.1) or the
   RSAPublicKey in it (RFC 8017 A.1.1).  Ed25519: its 32 bytes.
   RC_OK    it does
   RC_NONE  it does not
   RC_PERM  the key is none; *weak: it is one, of a size that may not be used
   RC_TEMP  our own trouble */
struct crypto_public {
	enum crypto_kind kind;
	const void *key;
	size_t len;
};

enum rc crypto_verify(const struct crypto_public *public,
    const unsigned char digest[CRYPTO_SHA256_LEN], const void *signature,
    size_t len, bool *weak, struct err *err);

/* A key to sign with.  Threads may share it. */
struct private_key;

/* Reads a PEM, "BEGIN PRIVATE KEY" or "BEGIN RSA PRIVATE KEY".  RC_PERM: it is
   none, has a pass phrase, is of another kind, or RSA of a size that nobody
   has to verify. */
enum rc private_key_read(const char *pem, size_t len, struct private_key **out,
    struct err *err);
void private_key_free(struct private_key *key);

enum crypto_kind private_key_kind(const struct private_key *key);
unsigned private_key_bits(const struct private_key *key);

/* The public key as p= of a DNS record has it, in base64. */
enum rc private_key_public(const struct private_key *key, struct arena *a,
    const char **out, struct err *err);

/* The signature, in the arena. */
enum rc private_key_sign(const struct private_key *key, struct arena *a,
    const unsigned char digest[CRYPTO_SHA256_LEN], const unsigned char **out,
    size_t *len, struct err *err);
