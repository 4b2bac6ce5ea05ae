/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_frame.h"

#include "check.h"

static void
reads_where_a_message_begins(void **state)
{
	static const struct {
		const char *name;
		uint8_t head[DIRECTORY_FRAME_MAX];
		size_t len;
		enum rc rc;
		size_t wanted, body;
		uint32_t id;
	} cases[] = {
	    {"nothing", {0}, 0, RC_NONE, 2, 0, 0},
	    {"a byte", {0x30}, 1, RC_NONE, 2, 0, 0},
	    {"short", {0x30, 12}, 2, RC_NONE, 4, 0, 0},
	    {"its id", {0x30, 12, 2, 1}, 4, RC_NONE, 5, 0, 0},
	    {"whole", {0x30, 12, 2, 1, 7}, 5, RC_OK, 5, 9, 7},
	    {"unasked", {0x30, 12, 2, 1, 0}, 5, RC_OK, 5, 9, 0},
	    {"nothing behind it", {0x30, 3, 2, 1, 7}, 5, RC_OK, 5, 0, 7},
	    {"long", {0x30, 0x82, 1, 0, 2, 2, 1, 1}, 8, RC_OK, 8, 252, 257},
	    {"longest", {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 4, 1, 2, 3, 4},
		12, RC_OK, 12, 0x7ffffff9, 0x01020304},
	    {"too long", {0x30, 0x85, 0, 0, 0, 0, 9}, 7, RC_PERM, 2, 0, 0},
	    {"no end", {0x30, 0x80}, 2, RC_PERM, 2, 0, 0},
	    {"HTTP", {'H', 'T', 'T', 'P'}, 4, RC_PERM, 2, 0, 0},
	    {"no id", {0x30, 12, 4, 1, 7}, 5, RC_PERM, 4, 0, 0},
	    {"an empty id", {0x30, 12, 2, 0}, 4, RC_PERM, 4, 0, 0},
	    {"a long id", {0x30, 12, 2, 5}, 4, RC_PERM, 4, 0, 0},
	    {"its id is longer", {0x30, 3, 2, 2, 1, 1}, 6, RC_PERM, 4, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct directory_frame got;

		CHECK(directory_frame_read(cases[i].head, cases[i].len, &got) ==
			  cases[i].rc,
		    cases[i].name);
		CHECK(got.wanted == cases[i].wanted, cases[i].name);
		CHECK(got.body == cases[i].body, cases[i].name);
		CHECK(got.id == cases[i].id, cases[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_where_a_message_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
