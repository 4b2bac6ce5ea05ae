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

/* "foob" with its padding; a "+" and a "/". */
static void
reads_base64_strictly(void **state)
{
	static const struct {
		const char *text, *bytes;
		size_t len;
	} good[] = {
	    {"", "", 0},
	    {"Zg==", "f", 1},
	    {"Zm8=", "fo", 2},
	    {"Zm9v", "foo", 3},
	    {"Zm9vYg==", "foob", 4},
	    {"Zm9vYmFy", "foobar", 6},
	    {"++//", "\xfb\xef\xff", 3},
	    {"AAA=", "\0\0", 2},
	};
	static const char *const bad[] = {"Zg", "Zg=", "Zg===", "Zm8", "=",
	    "==", "====", "A===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v=", "--__",
	    "Zm 9", "Zm9v\n", "Zm9\n", " Zm9v", "Z=9v", "Zm9v\x80\x80\x80\x80"};
	struct arena *a = arena_new();
	char *bytes;
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		CHECK(encode_read_base64(a, good[i].text, &bytes, &len),
		    good[i].text);
		CHECK(len == good[i].len, good[i].text);
		CHECK(memcmp(bytes, good[i].bytes, len + 1) == 0, good[i].text);
		CHECK(strncmp(encode_base64(a, bytes, len), good[i].text,
			  (len * 8 + 5) / 6) == 0,
		    good[i].text);
		CHECK_STR(encode_base64_padded(a, bytes, len), good[i].text,
		    good[i].text);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!encode_read_base64(a, bad[i], &bytes, &len), bad[i]);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_what_the_rfc_says),
	    cmocka_unit_test(reads_base64_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
