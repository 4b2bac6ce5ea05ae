/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb_greeting.h"

#include "check.h"

#define VERSION "5.5.5-10.11.6-MariaDB"
#define BEFORE  "\1\0\0\0scramble\0"

static void
knows_who_offers_tls(void **state)
{
	static const struct {
		const char *name, *packet;
		size_t len;
		bool offers;
	} rows[] = {
#define ROW(name, text, offers)                                                \
	{name, "\x4a\0\0\0" text, sizeof(text) + 3, offers}
	    ROW("it does", "\x0a" VERSION "\0" BEFORE "\xfe\xff\x21", true),
	    ROW("it does not", "\x0a" VERSION "\0" BEFORE "\xfe\xf7\x21",
		false),
	    ROW("cut before", "\x0a" VERSION "\0" BEFORE, false),
	    ROW("cut within", "\x0a" VERSION "\0" BEFORE "\xfe", false),
	    ROW("no end of the version", "\x0a" VERSION, false),
	    ROW("another protocol", "\x09" VERSION "\0" BEFORE "\xfe\xff",
		false),
	    ROW("an error", "\xff\x15\x04no", true),
	    {"only a header", "\x4a\0\0\0", 4, false},
	    {"nothing", "", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK(mariadb_greeting_offers_tls((const uint8_t *)rows[i]
						      .packet,
			  rows[i].len) == rows[i].offers,
		    rows[i].name);
}

static void
knows_how_long_a_packet_is(void **state)
{
	const uint8_t short_one[4] = {74, 0, 0, 0}, long_one[4] = {1, 2, 3, 0};

	(void)state;
	assert_int_equal(mariadb_packet_size(short_one), 78);
	assert_int_equal(mariadb_packet_size(long_one), 4 + 0x030201);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_who_offers_tls),
	    cmocka_unit_test(knows_how_long_a_packet_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
