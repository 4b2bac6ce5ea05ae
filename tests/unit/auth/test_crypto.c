/* SPDX-License-Identifier: MIT */
#include "auth/crypto.h"
#include "auth/private/rsa_der.h"
#include "base/encode.h"
#include "base/str.h"
#include "check.h"
#include "dkim_keys.h"

/* ---- keys as DER */

struct der_text {
	unsigned char bytes[4096];
	size_t len;
};

static void
der_add(struct der_text *to, unsigned char type, const void *bytes, size_t len)
{
	unsigned char *p = to->bytes + to->len;

	*p++ = type;
	if (len >= 0x80) {
		*p++ = 0x82;
		*p++ = (unsigned char)(len >> 8);
	}
	*p++ = (unsigned char)len;
	memcpy(p, bytes, len);
	to->len = (size_t)(p - to->bytes) + len;
}

/* A modulus of so many bits, all of them ones but for its last byte. */
static void
der_rsa(struct der_text *out, size_t bits, unsigned char last,
    const char *exponent, size_t exponent_len)
{
	unsigned char modulus[2100];
	struct der_text inner = {0};
	size_t len = bits / 8 + 1;

	memset(modulus, 0xff, len);
	modulus[0] = (unsigned char)((1u << bits % 8) - 1);
	modulus[len - 1] = last;
	der_add(&inner, 0x02, modulus, len);
	der_add(&inner, 0x02, exponent, exponent_len);
	out->len = 0;
	der_add(out, 0x30, inner.bytes, inner.len);
}

static void
der_info(struct der_text *out, const struct der_text *rsa, const char *oid,
    size_t oid_len)
{
	struct der_text inner = {0}, bits = {.len = 1};

	memcpy(bits.bytes + 1, rsa->bytes, rsa->len);
	bits.len += rsa->len;
	der_add(&inner, 0x30, oid, oid_len);
	der_add(&inner, 0x03, bits.bytes, bits.len);
	out->len = 0;
	der_add(out, 0x30, inner.bytes, inner.len);
}

#define TEXT(s) s, sizeof(s) - 1
#define RSA_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define F4      TEXT("\1\0\1")

static void
judges_rsa_keys(void **state)
{
	static const struct {
		const char *name;
		size_t bits;
		unsigned char last;
		const char *exponent;
		size_t exponent_len;
		enum rc rc; /* RC_NONE: good, but the signature is not */
		bool weak;
	} rows[] = {
	    {"512 bits", 512, 0xff, F4, RC_PERM, true},
	    {"1023 bits", 1023, 0xff, F4, RC_PERM, true},
	    {"1024 bits", 1024, 0xff, F4, RC_NONE, false},
	    {"1025 bits", 1025, 0xff, F4, RC_NONE, false},
	    {"2048 bits", 2048, 0xff, F4, RC_NONE, false},
	    {"4096 bits", 4096, 0xff, F4, RC_NONE, false},
	    {"4097 bits", 4097, 0xff, F4, RC_PERM, true},
	    {"16384 bits", 16384, 0xff, F4, RC_PERM, true},
	    {"an even modulus", 2048, 0xfe, F4, RC_PERM, false},
	    {"3", 2048, 0xff, TEXT("\3"), RC_NONE, false},
	    {"1", 2048, 0xff, TEXT("\1"), RC_PERM, false},
	    {"0", 2048, 0xff, TEXT("\0"), RC_PERM, false},
	    {"even", 2048, 0xff, TEXT("\1\0"), RC_PERM, false},
	    {"no exponent", 2048, 0xff, TEXT(""), RC_PERM, false},
	    {"a negative one", 2048, 0xff, TEXT("\xff"), RC_PERM, false},
	    {"with zeros before it", 2048, 0xff, TEXT("\0\0\1\0\1"), RC_NONE,
		false},
	    {"of 64 bits", 2048, 0xff, TEXT("\0\xff\1\1\1\1\1\1\1"), RC_NONE,
		false},
	    {"of 72 bits", 2048, 0xff, TEXT("\1\1\1\1\1\1\1\1\1"), RC_PERM,
		false},
	};
	static const unsigned char digest[CRYPTO_SHA256_LEN];
	static const char signature[512] = {1};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct der_text rsa = {0}, info = {0};
		struct crypto_public public = {.key = rsa.bytes};
		bool weak;

		der_rsa(&rsa, rows[i].bits, rows[i].last, rows[i].exponent,
		    rows[i].exponent_len);
		public.len = rsa.len;
		CHECK(crypto_verify(&public, digest, signature,
			  rows[i].bits / 8, &weak, NULL) == rows[i].rc,
		    rows[i].name);
		CHECK(weak == rows[i].weak, rows[i].name);
		der_info(&info, &rsa, TEXT(RSA_OID "\5\0"));
		public.key = info.bytes;
		public.len = info.len;
		CHECK(crypto_verify(&public, digest, signature,
			  rows[i].bits / 8, &weak, NULL) == rows[i].rc,
		    rows[i].name);
		CHECK(weak == rows[i].weak, rows[i].name);
	}
}

static void
reads_der_strictly(void **state)
{
	static const struct {
		const char *name, *oid;
		size_t len;
		enum rc rc;
	} algorithms[] = {
	    {"RSA", TEXT(RSA_OID "\5\0"), RC_OK},
	    {"without NULL", TEXT(RSA_OID), RC_OK},
	    {"RSASSA-PSS", TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
		RC_PERM},
	    {"something behind it", TEXT(RSA_OID "\5\0\5\0"), RC_PERM},
	    {"none", TEXT(""), RC_PERM},
	};
	struct der_text rsa = {0}, info = {0};
	struct rsa_public out;

	(void)state;
	der_rsa(&rsa, 1024, 0xff, F4);
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		der_info(&info, &rsa, algorithms[i].oid, algorithms[i].len);
		CHECK(rsa_der_read(info.bytes, info.len, &out, NULL) ==
			  algorithms[i].rc,
		    algorithms[i].name);
	}
	der_info(&info, &rsa, TEXT(RSA_OID "\5\0"));
	assert_int_equal(rsa_number_bits(&out.modulus), 1024);
	for (size_t len = 0; len < info.len; len++)
		assert_int_equal(rsa_der_read(info.bytes, len, &out, NULL),
		    RC_PERM);
	for (size_t len = 0; len < rsa.len; len++)
		assert_int_equal(rsa_der_read(rsa.bytes, len, &out, NULL),
		    RC_PERM);
	info.bytes[info.len++] = 0;
	assert_int_equal(rsa_der_read(info.bytes, info.len, &out, NULL),
	    RC_PERM);
	/* The length of nothing, and one that is longer than all. */
	assert_int_equal(rsa_der_read(TEXT("\x30\x80\0\0"), &out, NULL),
	    RC_PERM);
	assert_int_equal(rsa_der_read(TEXT("\x30\x84\xff\xff\xff\xff"), &out,
			     NULL),
	    RC_PERM);
}

/* ---- keys to sign with */

static struct private_key *
key_of(const char *pem)
{
	struct private_key *key;

	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	return key;
}

static void
signs_and_verifies(void **state)
{
	static const struct {
		const char *name, *pem, *public;
		enum crypto_kind kind;
		unsigned bits;
	} rows[] = {
	    {"RSA", rsa_pem, RSA_PUBLIC, CRYPTO_RSA, 2048},
	    {"RSA as PKCS#1", rsa_pem, RSA_PUBLIC_PKCS1, CRYPTO_RSA, 2048},
	    {"Ed25519", ed25519_pem, ED25519_PUBLIC, CRYPTO_ED25519, 256},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct private_key *key = key_of(rows[i].pem);
		struct crypto_public public = {.kind = rows[i].kind};
		unsigned char digest[CRYPTO_SHA256_LEN] = {1, 2, 3};
		const unsigned char *signature;
		char *bytes;
		size_t len;
		bool weak;

		CHECK(private_key_kind(key) == rows[i].kind, rows[i].name);
		CHECK(private_key_bits(key) == rows[i].bits ||
			  rows[i].kind == CRYPTO_ED25519,
		    rows[i].name);
		CHECK(private_key_sign(key, a, digest, &signature, &len,
			  NULL) == RC_OK,
		    rows[i].name);
		CHECK(encode_read_base64(a, rows[i].public, &bytes,
			  &public.len),
		    rows[i].name);
		public.key = bytes;
		CHECK(crypto_verify(&public, digest, signature, len, &weak,
			  NULL) == RC_OK,
		    rows[i].name);
		CHECK(crypto_verify(&public, digest, signature, len - 1, &weak,
			  NULL) == RC_NONE,
		    rows[i].name);
		digest[0] ^= 1;
		CHECK(crypto_verify(&public, digest, signature, len, &weak,
			  NULL) == RC_NONE,
		    rows[i].name);
		public.kind =
		    public.kind == CRYPTO_RSA ? CRYPTO_ED25519 : CRYPTO_RSA;
		CHECK(crypto_verify(&public, digest, signature, len, &weak,
			  NULL) == RC_PERM,
		    rows[i].name);
		private_key_free(key);
	}
	arena_free(a);
}

static enum rc
verified_with(const struct der_text *der,
    const unsigned char digest[static CRYPTO_SHA256_LEN],
    const unsigned char *signature, size_t len)
{
	const struct crypto_public public = {
	    .key = der->bytes,
	    .len = der->len,
	};
	bool weak;

	return crypto_verify(&public, digest, signature, len, &weak, NULL);
}

static void
a_key_that_was_kept_is_no_other_one(void **state)
{
	unsigned char digest[CRYPTO_SHA256_LEN] = {1, 2, 3};
	struct private_key *key = key_of(rsa_pem);
	struct der_text der = {0}, other;
	struct arena *a = arena_new();
	const unsigned char *signature;
	char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(private_key_sign(key, a, digest, &signature, &len,
			     NULL),
	    RC_OK);
	assert_true(encode_read_base64(a, RSA_PUBLIC, &bytes, &der.len));
	memcpy(der.bytes, bytes, der.len);
	other = der;
	other.bytes[other.len / 2 + 9] ^= 2;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(verified_with(&der, digest, signature, len),
		    RC_OK);
		assert_int_equal(verified_with(&other, digest, signature, len),
		    RC_NONE);
		digest[0] ^= 1;
		assert_int_equal(verified_with(&der, digest, signature, len),
		    RC_NONE);
		digest[0] ^= 1;
	}
	private_key_free(key);
	arena_free(a);
}

static void
tells_the_public_key(void **state)
{
	struct private_key *rsa = key_of(rsa_pem), *ed = key_of(ed25519_pem);
	struct arena *a = arena_new();
	const char *public;

	(void)state;
	assert_int_equal(private_key_public(rsa, a, &public, NULL), RC_OK);
	assert_string_equal(public, RSA_PUBLIC);
	assert_int_equal(private_key_public(ed, a, &public, NULL), RC_OK);
	assert_string_equal(public, ED25519_PUBLIC);
	private_key_free(rsa);
	private_key_free(ed);
	private_key_free(NULL);
	arena_free(a);
}

static void
refuses_other_private_keys(void **state)
{
	static const struct {
		const char *name, *pem, *problem;
	} rows[] = {
	    {"nothing", "", "not a private key in PEM"},
	    {"words", "hello\n", "not a private key in PEM"},
	    {"an elliptic curve", EC_PEM, "a key of a kind that DKIM has not"},
	    {"RSA of 768 bits", RSA_768_PEM, "RSA key of 768 bits"},
	    {"a pass phrase", ENCRYPTED_PEM, "not a private key in PEM"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct private_key *key = NULL;
		struct err err = {0};

		CHECK(private_key_read(rows[i].pem, strlen(rows[i].pem), &key,
			  &err) == RC_PERM,
		    rows[i].name);
		CHECK(key == NULL, rows[i].name);
		if (!str_starts(err.text, rows[i].problem))
			fail_msg("%s: %s", rows[i].name, err.text);
	}
}

/* ---- digests */

static void
digests_runs_of_any_length(void **state)
{
	static char bytes[5000];
	static const size_t steps[] = {1, 7, 511, 512, 513, 2000, 5000};
	unsigned char whole[CRYPTO_SHA256_LEN], parts[CRYPTO_SHA256_LEN];
	struct digest *d = digest_new();
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	assert_int_equal(digest_end(d, whole), RC_OK);
	assert_string_equal(encode_base64_padded(a, whole, sizeof(whole)),
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	digest_add(d, bytes, sizeof(bytes));
	assert_int_equal(digest_end(d, whole), RC_OK);
	for (size_t i = 0; i < COUNT(steps); i++) {
		for (size_t at = 0; at < sizeof(bytes); at += steps[i])
			digest_add(d, bytes + at,
			    steps[i] < sizeof(bytes) - at ? steps[i]
							  : sizeof(bytes) - at);
		assert_int_equal(digest_end(d, parts), RC_OK);
		assert_memory_equal(parts, whole, sizeof(whole));
	}
	digest_free(d);
	digest_free(NULL);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_rsa_keys),
	    cmocka_unit_test(reads_der_strictly),
	    cmocka_unit_test(signs_and_verifies),
	    cmocka_unit_test(a_key_that_was_kept_is_no_other_one),
	    cmocka_unit_test(tells_the_public_key),
	    cmocka_unit_test(refuses_other_private_keys),
	    cmocka_unit_test(digests_runs_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
