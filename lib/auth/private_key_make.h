/* SPDX-License-Identifier: MIT */
/*
 * private_key_make - a new key to sign mail with.
 */
#pragma once

#include "auth/crypto.h"

/* What every verifier takes, and one TXT record of two strings holds. */
#define PRIVATE_KEY_RSA_BITS 2048

/* Its PEM, PKCS#8 without a pass phrase (RFC 5958, 7468 10), in the arena,
   which ought to be one that is wiped.  RC_TEMP: OpenSSL cannot. */
enum rc private_key_make(enum crypto_kind kind, struct arena *a,
    const char **pem, struct err *err);
