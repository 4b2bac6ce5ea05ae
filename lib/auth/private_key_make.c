/* SPDX-License-Identifier: MIT */
#include "auth/private_key_make.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

static EVP_PKEY *
private_key_generate(enum crypto_kind kind)
{
	switch (kind) {
	case CRYPTO_RSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
		    (size_t)PRIVATE_KEY_RSA_BITS);
	case CRYPTO_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

enum rc
private_key_make(enum crypto_kind kind, struct arena *a, const char **pem,
    struct err *err)
{
	EVP_PKEY *key = private_key_generate(kind);
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long len;
	enum rc rc = RC_OK;

	if (bio == NULL)
		abort();
	if (key == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL,
			       0, NULL, NULL) != 1) {
		ERR_clear_error();
		rc = err_set(err, RC_TEMP, "OpenSSL cannot make a key");
	} else {
		len = BIO_get_mem_data(bio, &text);
		*pem = arena_copy_bytes(a, text, (size_t)len);
	}
	BIO_free(bio);
	EVP_PKEY_free(key);
	return rc;
}
