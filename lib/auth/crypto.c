/* SPDX-License-Identifier: MIT */
#include "auth/crypto.h"

#include "auth/private/key_cache.h"
#include "auth/private/rsa_der.h"
#include "base/memory.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#define ED25519_KEY_LEN 32

/* Longer exponents only cost time: OpenSSL itself takes no more where the
   modulus is long. */
#define RSA_EXPONENT_BYTES_MAX 8

/* ---- digests */

/* Canonical header fields come a few bytes at a time: they are held until
   there are enough to be worth a call. */
#define DIGEST_HELD 512

struct digest {
	EVP_MD_CTX *context;
	bool broken;
	bool chosen; /* the context knows that it is SHA-256 */
	size_t held;
	char bytes[DIGEST_HELD];
};

/* Which algorithm it is takes OpenSSL a while to find. */
static void
digest_start(struct digest *d)
{
	const EVP_MD *algorithm = d->chosen ? NULL : EVP_sha256();

	d->chosen = EVP_DigestInit_ex(d->context, algorithm, NULL) == 1;
	d->broken = !d->chosen;
	d->held = 0;
}

struct digest *
digest_new(void)
{
	struct digest *d = memory_zeroed(1, sizeof(*d));

	d->context = EVP_MD_CTX_new();
	if (d->context == NULL)
		abort();
	digest_start(d);
	return d;
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->context);
	free(d);
}

static void
digest_update(struct digest *d, const void *bytes, size_t len)
{
	if (!d->broken && EVP_DigestUpdate(d->context, bytes, len) != 1)
		d->broken = true;
}

void
digest_add(struct digest *d, const void *bytes, size_t len)
{
	if (len > sizeof(d->bytes) - d->held) {
		digest_update(d, d->bytes, d->held);
		d->held = 0;
	}
	if (len > sizeof(d->bytes)) {
		digest_update(d, bytes, len);
	} else if (len > 0) {
		memcpy(d->bytes + d->held, bytes, len);
		d->held += len;
	}
}

enum rc
digest_end(struct digest *d, unsigned char out[CRYPTO_SHA256_LEN])
{
	bool ended;

	digest_update(d, d->bytes, d->held);
	ended = !d->broken && EVP_DigestFinal_ex(d->context, out, NULL) == 1;
	if (!ended)
		memset(out, 0, CRYPTO_SHA256_LEN);
	digest_start(d);
	return ended ? RC_OK : RC_TEMP;
}

/* ---- public keys */

static enum rc
crypto_trouble(struct err *err, const char *what)
{
	ERR_clear_error();
	return err_set(err, RC_TEMP, "OpenSSL: %s failed", what);
}

/* OSSL_PARAM has numbers in the order of this machine. */
static bool
rsa_number_native(const struct rsa_number *number, unsigned char *out)
{
	BIGNUM *n = BN_bin2bn(number->bytes, (int)number->len, NULL);
	int len;

	if (n == NULL)
		abort();
	len = BN_bn2nativepad(n, out, (int)number->len);
	BN_free(n);
	return len == (int)number->len;
}

static enum rc
rsa_key_make(const struct rsa_public *rsa, EVP_PKEY **out, struct err *err)
{
	unsigned char modulus[CRYPTO_RSA_BITS_MAX / 8];
	unsigned char exponent[RSA_EXPONENT_BYTES_MAX];
	OSSL_PARAM params[] = {
	    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, modulus, rsa->modulus.len),
	    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, exponent, rsa->exponent.len),
	    OSSL_PARAM_END,
	};
	EVP_PKEY_CTX *context;
	bool made;

	if (!rsa_number_native(&rsa->modulus, modulus) ||
	    !rsa_number_native(&rsa->exponent, exponent))
		return crypto_trouble(err, "BN_bn2nativepad");
	context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	made =
	    context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, out, EVP_PKEY_PUBLIC_KEY, params) == 1;
	EVP_PKEY_CTX_free(context);
	return made ? RC_OK : crypto_trouble(err, "EVP_PKEY_fromdata");
}

static bool
rsa_exponent_sane(const struct rsa_number *e)
{
	return e->len <= RSA_EXPONENT_BYTES_MAX &&
	       e->bytes[e->len - 1] % 2 != 0 && rsa_number_bits(e) > 1;
}

static enum rc
rsa_key_read(const struct crypto_public *public, EVP_PKEY **out, bool *weak,
    struct err *err)
{
	struct rsa_public rsa;
	unsigned bits;
	enum rc rc = rsa_der_read(public->key, public->len, &rsa, err);

	if (rc != RC_OK)
		return rc;
	bits = rsa_number_bits(&rsa.modulus);
	*weak = bits < CRYPTO_RSA_BITS_MIN || bits > CRYPTO_RSA_BITS_MAX;
	if (*weak)
		return err_set(err, RC_PERM, "RSA key of %u bits", bits);
	if (rsa.modulus.bytes[rsa.modulus.len - 1] % 2 == 0)
		return err_set(err, RC_PERM, "RSA key with an even modulus");
	if (!rsa_exponent_sane(&rsa.exponent))
		return err_set(err, RC_PERM,
		    "RSA key with an exponent that is even, 1 or too long");
	return rsa_key_make(&rsa, out, err);
}

static enum rc
ed25519_key_read(const struct crypto_public *public, EVP_PKEY **out,
    struct err *err)
{
	if (public->len != ED25519_KEY_LEN)
		return err_set(err, RC_PERM, "Ed25519 key of %zu bytes",
		    public->len);
	*out = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public->key,
	    public->len);
	return *out != NULL
		   ? RC_OK
		   : crypto_trouble(err, "EVP_PKEY_new_raw_public_key");
}

/* ---- signatures */

static enum rc
rsa_verify(EVP_PKEY *key, const unsigned char *digest, const void *signature,
    size_t len, struct err *err)
{
	char name[] = "SHA2-256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, name,
		sizeof(name) - 1),
	    OSSL_PARAM_END,
	};
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	enum rc rc = RC_TEMP;

	if (context != NULL && EVP_PKEY_verify_init_ex(context, params) == 1)
		rc = EVP_PKEY_verify(context, signature, len, digest,
			 CRYPTO_SHA256_LEN) == 1
			 ? RC_OK
			 : RC_NONE;
	EVP_PKEY_CTX_free(context);
	return rc == RC_TEMP ? crypto_trouble(err, "EVP_PKEY_verify_init_ex")
			     : rc;
}

/* RFC 8463 3: what is signed is the digest itself. */
static enum rc
ed25519_verify(EVP_PKEY *key, const unsigned char *digest,
    const void *signature, size_t len, struct err *err)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	enum rc rc = RC_TEMP;

	if (context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1)
		rc = EVP_DigestVerify(context, signature, len, digest,
			 CRYPTO_SHA256_LEN) == 1
			 ? RC_OK
			 : RC_NONE;
	EVP_MD_CTX_free(context);
	return rc == RC_TEMP ? crypto_trouble(err, "EVP_DigestVerifyInit") : rc;
}

static enum rc
rsa_key_verify(const struct crypto_public *public, const unsigned char *digest,
    const void *signature, size_t len, bool *weak, struct err *err)
{
	EVP_PKEY *key = key_cache_find(public->key, public->len);
	bool kept = key != NULL;
	enum rc rc = kept ? RC_OK : rsa_key_read(public, &key, weak, err);

	if (rc == RC_OK)
		rc = rsa_verify(key, digest, signature, len, err);
	if (rc == RC_OK && !kept)
		key_cache_keep(public->key, public->len, key);
	EVP_PKEY_free(key);
	return rc;
}

static enum rc
ed25519_key_verify(const struct crypto_public *public,
    const unsigned char *digest, const void *signature, size_t len,
    struct err *err)
{
	EVP_PKEY *key = NULL;
	enum rc rc = ed25519_key_read(public, &key, err);

	if (rc == RC_OK)
		rc = ed25519_verify(key, digest, signature, len, err);
	EVP_PKEY_free(key);
	return rc;
}

enum rc
crypto_verify(const struct crypto_public *public,
    const unsigned char digest[CRYPTO_SHA256_LEN], const void *signature,
    size_t len, bool *weak, struct err *err)
{
	enum rc rc;

	*weak = false;
	rc = public->kind == CRYPTO_RSA
		 ? rsa_key_verify(public, digest, signature, len, weak, err)
		 : ed25519_key_verify(public, digest, signature, len, err);
	ERR_clear_error();
	return rc;
}
