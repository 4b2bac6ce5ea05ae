/* SPDX-License-Identifier: MIT */
#include "outbox/keyed_hash.h"

#include "base/str.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum rc
keyed_secrets_usable(const struct keyed_secrets *secrets, struct err *err)
{
	return secrets == NULL || secrets->trouble == NULL
		   ? RC_OK
		   : err_set(err, RC_TEMP, "%s", secrets->trouble);
}

/* NULs keep the texts apart. */
static const char *
hash_with(struct arena *a, const char *secret, const char *const *texts)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len;
	struct str s;

	str_init(&s, a);
	for (; *texts != NULL; texts++)
		str_add_bytes(&s, *texts, strlen(*texts) + 1);
	if (HMAC(EVP_sha256(), secret, (int)strlen(secret),
		(const unsigned char *)s.text, s.len, hash, &len) == NULL)
		abort();
	OPENSSL_cleanse(s.text, s.len);
	str_init(&s, a);
	for (unsigned i = 0; i < len; i++)
		str_addf(&s, "%02x", hash[i]);
	return s.text;
}

const char *
keyed_hash(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *texts)
{
	assert(secrets->n > 0);
	return hash_with(a, secrets->all[0], texts);
}

bool
keyed_hash_fits(struct arena *a, const struct keyed_secrets *secrets,
    const char *const *texts, const char *hash)
{
	bool fits = false;

	if (secrets == NULL || hash == NULL || strlen(hash) != KEYED_HASH_LEN)
		return false;
	for (size_t i = 0; i < secrets->n; i++)
		fits |= CRYPTO_memcmp(hash_with(a, secrets->all[i], texts),
			    hash, KEYED_HASH_LEN) == 0;
	return fits;
}
