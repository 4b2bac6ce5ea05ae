/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/str.h"
#include "base/unicode.h"

static void
knows_what_can_be_seen(void **state)
{
	static const struct {
		uint32_t first, last;
		enum unicode_kind kind;
	} cases[] = {
	    {0x00, 0x1f, UNICODE_CONTROL},
	    {' ', '~', UNICODE_SEEN},
	    {0x7f, 0x9f, UNICODE_CONTROL},
	    {0xa0, 0xa0, UNICODE_BLANK},
	    {0xa1, 0xac, UNICODE_SEEN},
	    {0xad, 0xad, UNICODE_HIDDEN},
	    {0xae, 0x2ff, UNICODE_SEEN},
	    {0x300, 0x34e, UNICODE_MARK},
	    {0x34f, 0x34f, UNICODE_HIDDEN},
	    {0x350, 0x36f, UNICODE_MARK},
	    {0x5d0, 0x5ea, UNICODE_SEEN},
	    {0x5b0, 0x5bd, UNICODE_MARK},
	    {0x61c, 0x61c, UNICODE_HIDDEN},
	    {0x621, 0x64a, UNICODE_SEEN},
	    {0x2000, 0x200a, UNICODE_BLANK},
	    {0x200b, 0x200b, UNICODE_HIDDEN},
	    {0x200c, 0x200d, UNICODE_JOINER},
	    {0x200e, 0x200f, UNICODE_HIDDEN},
	    {0x2010, 0x2027, UNICODE_SEEN},
	    {0x2028, 0x2029, UNICODE_BLANK},
	    {0x202a, 0x202e, UNICODE_HIDDEN},
	    {0x202f, 0x202f, UNICODE_BLANK},
	    {0x2060, 0x206f, UNICODE_HIDDEN},
	    {0x20d0, 0x20f0, UNICODE_MARK},
	    {0x3000, 0x3000, UNICODE_BLANK},
	    {0x3164, 0x3164, UNICODE_HIDDEN},
	    {0x4e00, 0x9fff, UNICODE_SEEN},
	    {0xac00, 0xd7a3, UNICODE_SEEN},
	    {0xe000, 0xf8ff, UNICODE_NONE},
	    {0xfdd0, 0xfdef, UNICODE_NONE},
	    {0xfe00, 0xfe0f, UNICODE_JOINER},
	    {0xfeff, 0xfeff, UNICODE_HIDDEN},
	    {0xff01, 0xff5e, UNICODE_SEEN},
	    {0xfff9, 0xfffb, UNICODE_HIDDEN},
	    {0xfffc, 0xfffd, UNICODE_SEEN},
	    {0xfffe, 0xffff, UNICODE_NONE},
	    {0x1f600, 0x1f64f, UNICODE_SEEN},
	    {0x1fffe, 0x1ffff, UNICODE_NONE},
	    {0x20000, 0x2a6df, UNICODE_SEEN},
	    {0xe0000, 0xe01ef, UNICODE_HIDDEN},
	    {0xf0000, 0x10ffff, UNICODE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (uint32_t c = cases[i].first; c <= cases[i].last; c++)
			if (unicode_kind(c) != cases[i].kind)
				fail_msg("U+%04X", (unsigned)c);
	assert_true(unicode_is_seen('a') && unicode_is_seen(0x301));
	assert_false(unicode_is_seen(0xa0) || unicode_is_seen(0x200d));
}

static void
reads_utf8(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t c;
	} cases[] = {
	    {"a", 'a'},
	    {"\xc3\xa4", 0xe4},
	    {"\xe2\x80\xae", 0x202e},
	    {"\xf4\x8f\xbf\xbf", 0x10ffff},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(unicode_read(cases[i].bytes,
				     str_utf8(cases[i].bytes, 4)),
		    cases[i].c);
}

static void
knows_a_byte_order_mark(void **state)
{
	(void)state;
	assert_int_equal(unicode_bom("\xef\xbb\xbfx", 4), 3);
	assert_int_equal(unicode_bom("\xef\xbb\xbf", 3), 3);
	assert_int_equal(unicode_bom("\xef\xbb", 2), 0);
	assert_int_equal(unicode_bom("x", 1), 0);
	assert_int_equal(unicode_bom("", 0), 0);
	assert_true(unicode_is_wide("\xff\xfe", 2));
	assert_true(unicode_is_wide("\xfe\xff\0d", 4));
	assert_true(unicode_is_wide("\0\0\xfe\xff", 4));
	assert_false(unicode_is_wide("\xff\xfe", 1));
	assert_false(unicode_is_wide("\0\0\xfe\xff", 3));
	assert_false(unicode_is_wide("\xef\xbb\xbfx", 4));
	assert_false(unicode_is_wide("text", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_what_can_be_seen),
	    cmocka_unit_test(reads_utf8),
	    cmocka_unit_test(knows_a_byte_order_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
