/* SPDX-License-Identifier: MIT */
/*
 * rsa_der - the two numbers of a public RSA key, read from DER (ITU-T X.690)
 * by hand: OpenSSL 3.0 needs ten times as long to decode a key as to verify
 * with it.  Pure.
 */
#pragma once

#include "base/err.h"

#include <stddef.h>

struct rsa_number {
	const unsigned char *bytes; /* big-endian, the first one not zero */
	size_t len;
};

struct rsa_public {
	struct rsa_number modulus, exponent;
};

/* A SubjectPublicKeyInfo or an RSAPublicKey, with nothing behind it.  RC_PERM:
   it is neither.  Points into bytes. */
enum rc rsa_der_read(const void *bytes, size_t len, struct rsa_public *out,
    struct err *err);

/* 0 for an empty one. */
unsigned rsa_number_bits(const struct rsa_number *number);
