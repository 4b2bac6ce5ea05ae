/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"

#include "check.h"

/* The example in appendix A of the paper, and two of the vectors that its
   authors have published beside it. */
static void
hashes_as_the_paper_says(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
	    {0, 0x726fdb47dd0e0e31},
	    {8, 0x93f5f5799a932462},
	    {15, 0xa129ca6149be45e5},
	};
	const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	unsigned char bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(siphash(&key, bytes, rows[i].len) == rows[i].hash,
		    "hash");
}

static void
each_key_is_another(void **state)
{
	const struct siphash_key a = siphash_key_new(), b = siphash_key_new();

	(void)state;
	CHECK(siphash(&a, "x", 1) != siphash(&b, "x", 1), "keys");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes_as_the_paper_says),
	    cmocka_unit_test(each_key_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
