/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "ustar.h"

static void
reads_what_it_writes(void **state)
{
	static const char hundred[] =
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "456789012345678901234567890123456789";
	struct arena *a = arena_new();
	const char *names[] = {"x", "etc/postward/postward.conf",
	    arena_printf(a, "a/%s", hundred),
	    arena_printf(a, "%s/%s", hundred, hundred)};
	unsigned char block[USTAR_BLOCK];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct ustar got, m = {.name = names[i],
				      .mode = 0640,
				      .uid = 17,
				      .gid = 18,
				      .user = "postward",
				      .group = "",
				      .size = 123456789,
				      .changed = 1700000000};

		CHECK(ustar_write(&m, block), names[i]);
		CHECK(ustar_read(a, block, &got) == USTAR_MEMBER, names[i]);
		CHECK_STR(got.name, names[i], names[i]);
		CHECK_STR(got.user, "postward", names[i]);
		CHECK(got.mode == 0640 && got.uid == 17 && got.gid == 18 &&
			  got.size == 123456789 && got.changed == 1700000000,
		    names[i]);
	}
	CHECK(!ustar_write(&(struct ustar){.name =
					       arena_printf(a, "a%s", hundred),
			       .user = "",
			       .group = ""},
		  block),
	    "too long");
	arena_free(a);
}

static void
refuses_names_that_lead_out(void **state)
{
	static const char *const names[] = {
	    "", "/etc/x", "../x", "a/../x", "a//x", "./x", "a/.."};
	struct arena *a = arena_new();
	unsigned char block[USTAR_BLOCK];
	struct ustar got;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct ustar m = {.name = names[i], .user = "", .group = ""};

		ustar_write(&m, block);
		CHECK(ustar_read(a, block, &got) == USTAR_WRONG, names[i]);
	}
	block[0] ^= 1;
	CHECK(ustar_read(a, block, &got) == USTAR_WRONG, "a wrong sum");
	memset(block, 0, sizeof(block));
	CHECK(ustar_read(a, block, &got) == USTAR_END, "nothing");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_writes),
	    cmocka_unit_test(refuses_names_that_lead_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
