/* SPDX-License-Identifier: MIT */
#include "accounts/code_hash.h"

#include "base/str.h"
#include "base/token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

/* The NULs keep the parts apart. */
const char *
code_hash(struct arena *a, const char *const *bound_to, const char *code)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct str s;

	str_init(&s, a);
	for (; *bound_to != NULL; bound_to++)
		str_add_bytes(&s, *bound_to, strlen(*bound_to) + 1);
	str_add(&s, code);
	SHA256((const unsigned char *)s.text, s.len, hash);
	str_init(&s, a);
	for (size_t i = 0; i < sizeof(hash); i++)
		str_addf(&s, "%02x", hash[i]);
	return s.text;
}

bool
code_hash_fits(struct arena *a, const char *const *bound_to, const char *typed,
    const char *hash)
{
	const char *code = token_read(a, typed), *other;

	if (code == NULL || hash == NULL)
		return false;
	other = code_hash(a, bound_to, code);
	return strlen(hash) == strlen(other) &&
	       CRYPTO_memcmp(hash, other, strlen(other)) == 0;
}
