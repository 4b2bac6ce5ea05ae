/* SPDX-License-Identifier: MIT */
/*
 * key_cache - public RSA keys that have verified a signature, as OpenSSL needs
 * them: to make one ready takes half as long as to verify with it, and a few
 * keys sign most mail.
 *
 * One for the process, with room for a few hundred keys; who comes later takes
 * the place of another.  All threads may use it at once, and nobody can tell
 * from a result whether a key was in it.
 */
#pragma once

#include <openssl/evp.h>
#include <stddef.h>

/* The key that these bytes are, for EVP_PKEY_free; NULL: it is not here. */
EVP_PKEY *key_cache_find(const void *der, size_t len);

/* Takes a reference of its own. */
void key_cache_keep(const void *der, size_t len, EVP_PKEY *key);
