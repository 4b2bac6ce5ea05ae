/* SPDX-License-Identifier: MIT */
#include "auth/private_key_make.h"

#include "base/str.h"
#include "check.h"

static void
makes_keys_that_sign(void **state)
{
	static const struct {
		const char *name;
		enum crypto_kind kind;
		unsigned bits;
	} rows[] = {
	    {"RSA", CRYPTO_RSA, PRIVATE_KEY_RSA_BITS},
	    {"Ed25519", CRYPTO_ED25519, 256},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const unsigned char digest[CRYPTO_SHA256_LEN] = {1};
		struct private_key *key;
		const unsigned char *signature;
		const char *pem, *again;
		size_t len;

		CHECK(private_key_make(rows[i].kind, a, &pem, NULL) == RC_OK,
		    rows[i].name);
		CHECK(str_starts(pem, "-----BEGIN PRIVATE KEY-----\n"),
		    rows[i].name);
		CHECK(private_key_read(pem, strlen(pem), &key, NULL) == RC_OK,
		    rows[i].name);
		CHECK(private_key_kind(key) == rows[i].kind, rows[i].name);
		CHECK(private_key_bits(key) == rows[i].bits, rows[i].name);
		CHECK(private_key_sign(key, a, digest, &signature, &len,
			  NULL) == RC_OK,
		    rows[i].name);
		private_key_free(key);
		CHECK(private_key_make(rows[i].kind, a, &again, NULL) == RC_OK,
		    rows[i].name);
		CHECK(strcmp(pem, again) != 0, rows[i].name);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(makes_keys_that_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
