/* SPDX-License-Identifier: MIT */
/* A key record, its bytes then as the DER of RSA and as Ed25519; and the input
   itself as DER. */
#include "auth/private/dkim_key.h"
#include "auth/private/rsa_der.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char digest[CRYPTO_SHA256_LEN];
static const char signature[256] = {1};

static void
must(bool so)
{
	if (!so)
		abort();
}

/* Nothing that a stranger writes is our own trouble, or a signature. */
static void
try_key(enum crypto_kind kind, const void *key, size_t len)
{
	struct crypto_public public = {kind, key, len};
	bool weak;
	enum rc rc = crypto_verify(&public, digest, signature,
	    sizeof(signature), &weak, NULL);

	must(rc == RC_NONE || rc == RC_PERM);
	must(!weak || rc == RC_PERM);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct rsa_public rsa;
	struct dkim_key key;
	char *text = malloc(size + 1);
	struct err err = {0};

	if (size > 0)
		memcpy(text, data, size);
	switch (dkim_key_read(a, text, size, &key, &err)) {
	case RC_OK:
		must(key.public.len > 0);
		try_key(key.public.kind, key.public.key, key.public.len);
		break;
	case RC_NONE:
	case RC_PERM:
		must(err.text[0] != '\0');
		break;
	case RC_TEMP:
		abort();
	}
	if (rsa_der_read(text, size, &rsa, NULL) == RC_OK) {
		must(rsa_number_bits(&rsa.modulus) > 0);
		must(rsa_number_bits(&rsa.exponent) > 0);
	}
	try_key(CRYPTO_RSA, text, size);
	free(text);
	arena_free(a);
	return 0;
}
