/* SPDX-License-Identifier: MIT */
#include "outbox/code_hash.h"

#include "base/str.h"
#include "base/token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#define KEYED       "hmac:"
#define PARTS_MAX   4
#define NONE_DIGITS "00000000000000000000000000000000"

const char code_hash_of_none[] = KEYED NONE_DIGITS NONE_DIGITS;

bool
code_hash_is_of_none(const char *hash)
{
	const char *digits =
	    str_starts(hash, KEYED) ? hash + strlen(KEYED) : hash;

	return strspn(digits, "0") == KEYED_HASH_LEN &&
	       digits[KEYED_HASH_LEN] == '\0';
}

/* Hashes without a secret, as all codes were before there was one.  NULs keep
   the parts apart. */
static const char *
plain_hash(struct arena *a, const char *const *parts)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct str s;

	str_init(&s, a);
	for (; parts[1] != NULL; parts++)
		str_add_bytes(&s, *parts, strlen(*parts) + 1);
	str_add(&s, *parts);
	SHA256((const unsigned char *)s.text, s.len, hash);
	OPENSSL_cleanse(s.text, s.len);
	str_init(&s, a);
	for (size_t i = 0; i < sizeof(hash); i++)
		str_addf(&s, "%02x", hash[i]);
	return s.text;
}

static const char *const *
parts_of(struct arena *a, const char *const *bound_to, const char *code)
{
	const char **parts = arena_take_array(a, PARTS_MAX, sizeof(*parts));
	size_t n = 0;

	while (n < PARTS_MAX - 2 && bound_to[n] != NULL) {
		parts[n] = bound_to[n];
		n++;
	}
	parts[n] = code;
	return parts;
}

const char *
code_hash(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *bound_to, const char *code)
{
	const char *const *parts = parts_of(a, bound_to, code);

	return secrets != NULL && secrets->n > 0
		   ? arena_printf(a, KEYED "%s", keyed_hash(a, secrets, parts))
		   : plain_hash(a, parts);
}

static bool
plain_fits(struct arena *a, const char *const *parts, const char *hash)
{
	const char *other = plain_hash(a, parts);

	return strlen(hash) == strlen(other) &&
	       CRYPTO_memcmp(hash, other, strlen(other)) == 0;
}

enum rc
code_hash_check(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *bound_to, const char *typed, const char *hash,
    struct err *err)
{
	char *code = token_read(a, typed);
	const char *const *parts;
	bool fits;

	if (code == NULL || hash == NULL)
		return RC_NONE;
	parts = parts_of(a, bound_to, code);
	if (!str_starts(hash, KEYED)) {
		fits = plain_fits(a, parts, hash);
	} else {
		if (secrets == NULL || secrets->n == 0)
			return err_set(err, RC_TEMP,
			    "a code cannot be checked: there is no secret of "
			    "codes to do it with");
		fits = keyed_hash_fits(a, secrets, parts, hash + strlen(KEYED));
	}
	OPENSSL_cleanse(code, strlen(code));
	return fits ? RC_OK : RC_NONE;
}
