/* SPDX-License-Identifier: MIT */
#include "auth/crypto.h"

#include "base/encode.h"
#include "base/memory.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct private_key {
	EVP_PKEY *key;
	enum crypto_kind kind;
};

static enum rc
private_key_trouble(struct err *err, const char *what)
{
	ERR_clear_error();
	return err_set(err, RC_TEMP, "OpenSSL: %s failed", what);
}

/* Asked for a pass phrase: there is nobody to ask. */
static int
private_key_no_phrase(char *out, int size, int writing, void *unused)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)unused;
	return -1;
}

static EVP_PKEY *
private_key_decode(const char *pem, size_t len)
{
	BIO *bio;
	EVP_PKEY *key;

	if (len > INT_MAX)
		return NULL;
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio == NULL)
		abort();
	key = PEM_read_bio_PrivateKey(bio, NULL, private_key_no_phrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static enum rc
private_key_judge(EVP_PKEY *key, enum crypto_kind *kind, struct err *err)
{
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "ED25519")) {
		*kind = CRYPTO_ED25519;
		return RC_OK;
	}
	*kind = CRYPTO_RSA;
	if (!EVP_PKEY_is_a(key, "RSA"))
		return err_set(err, RC_PERM,
		    "a key of a kind that DKIM has not: neither RSA nor "
		    "Ed25519");
	if (bits < CRYPTO_RSA_BITS_MIN || bits > CRYPTO_RSA_BITS_MAX)
		return err_set(err, RC_PERM,
		    "RSA key of %d bits, not of %d to %d", bits,
		    CRYPTO_RSA_BITS_MIN, CRYPTO_RSA_BITS_MAX);
	return RC_OK;
}

enum rc
private_key_read(const char *pem, size_t len, struct private_key **out,
    struct err *err)
{
	EVP_PKEY *key = private_key_decode(pem, len);
	enum crypto_kind kind;
	enum rc rc;

	if (key == NULL)
		return err_set(err, RC_PERM,
		    "not a private key in PEM without a pass phrase");
	rc = private_key_judge(key, &kind, err);
	if (rc != RC_OK) {
		EVP_PKEY_free(key);
		return rc;
	}
	*out = memory_zeroed(1, sizeof(**out));
	(*out)->key = key;
	(*out)->kind = kind;
	return RC_OK;
}

void
private_key_free(struct private_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

enum crypto_kind
private_key_kind(const struct private_key *key)
{
	return key->kind;
}

unsigned
private_key_bits(const struct private_key *key)
{
	return (unsigned)EVP_PKEY_get_bits(key->key);
}

enum rc
private_key_public(const struct private_key *key, struct arena *a,
    const char **out, struct err *err)
{
	unsigned char raw[64], *der = NULL;
	size_t n = sizeof(raw);
	int len;

	/* RFC 8463 4.2: the bytes alone, unlike RSA. */
	if (key->kind == CRYPTO_ED25519) {
		if (EVP_PKEY_get_raw_public_key(key->key, raw, &n) != 1)
			return private_key_trouble(err,
			    "EVP_PKEY_get_raw_public_key");
		*out = encode_base64_padded(a, raw, n);
		return RC_OK;
	}
	len = i2d_PUBKEY(key->key, &der);
	if (len <= 0)
		return private_key_trouble(err, "i2d_PUBKEY");
	*out = encode_base64_padded(a, der, (size_t)len);
	OPENSSL_free(der);
	return RC_OK;
}

static bool
private_key_sign_rsa(EVP_PKEY *key, const unsigned char *digest,
    unsigned char *out, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool done;

	if (context == NULL)
		abort();
	done = EVP_PKEY_sign_init(context) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
	       EVP_PKEY_sign(context, out, len, digest, CRYPTO_SHA256_LEN) == 1;
	EVP_PKEY_CTX_free(context);
	return done;
}

static bool
private_key_sign_ed25519(EVP_PKEY *key, const unsigned char *digest,
    unsigned char *out, size_t *len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done;

	if (context == NULL)
		abort();
	done =
	    EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(context, out, len, digest, CRYPTO_SHA256_LEN) == 1;
	EVP_MD_CTX_free(context);
	return done;
}

enum rc
private_key_sign(const struct private_key *key, struct arena *a,
    const unsigned char digest[CRYPTO_SHA256_LEN], const unsigned char **out,
    size_t *len, struct err *err)
{
	size_t room = (size_t)EVP_PKEY_get_size(key->key);
	unsigned char *signature = arena_take(a, room);
	bool done;

	*len = room;
	done = key->kind == CRYPTO_RSA
		   ? private_key_sign_rsa(key->key, digest, signature, len)
		   : private_key_sign_ed25519(key->key, digest, signature, len);
	if (!done)
		return private_key_trouble(err, "signing");
	*out = signature;
	return RC_OK;
}
