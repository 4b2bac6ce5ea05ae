/* SPDX-License-Identifier: MIT */
#include "base/encode.h"

#include "check.h"

/* RFC 4648 10, and what tells the alphabets apart. */
static const struct {
	const char *bytes;
	size_t len;
	const char *base64url, *base32hex;
} rows[] = {
    {"", 0, "", ""},
    {"f", 1, "Zg", "CO"},
    {"fo", 2, "Zm8", "CPNG"},
    {"foo", 3, "Zm9v", "CPNMU"},
    {"foob", 4, "Zm9vYg", "CPNMUOG"},
    {"fooba", 5, "Zm9vYmE", "CPNMUOJ1"},
    {"foobar", 6, "Zm9vYmFy", "CPNMUOJ1E8"},
    {"\xfb\xef\xff", 3, "--__", "VFNVU"},
    {"\x00\x00", 2, "AAA", "0000"},
};

static void
writes_what_the_rfc_says(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_STR(encode_base64url(a, rows[i].bytes, rows[i].len),
		    rows[i].base64url, rows[i].base64url);
		CHECK_STR(encode_base32hex(a, rows[i].bytes, rows[i].len),
		    rows[i].base32hex, rows[i].base32hex);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_what_the_rfc_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
