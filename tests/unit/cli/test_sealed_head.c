/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "sealed_head.h"

static unsigned char head[SEALED_HEAD_LEN], key[SEALED_KEY_LEN];

static void
write_head(unsigned char to[SEALED_HEAD_LEN], unsigned char to_key[])
{
	FILE *file = tmpfile();
	struct err err;

	assert_non_null(file);
	assert_int_equal(sealed_head_write(file, "a long passphrase",
			     SEALED_COST_MIN, to_key, &err),
	    RC_OK);
	rewind(file);
	assert_int_equal(fread(to, 1, SEALED_HEAD_LEN, file), SEALED_HEAD_LEN);
	fclose(file);
}

static enum rc
read_head(const unsigned char *from, size_t len, const char *passphrase,
    unsigned char to_key[], struct err *err)
{
	FILE *file = tmpfile();
	enum rc rc;

	assert_non_null(file);
	assert_int_equal(fwrite(from, 1, len, file), len);
	rewind(file);
	rc = sealed_head_read(file, passphrase, to_key, err);
	fclose(file);
	return rc;
}

static void
gives_the_key_to_who_knows_the_passphrase(void **state)
{
	unsigned char got[SEALED_KEY_LEN];
	struct err err;

	(void)state;
	assert_true(sealed_begins(head, sizeof(head)));
	assert_false(sealed_begins(head, 15));
	assert_int_equal(read_head(head, sizeof(head), "a long passphrase", got,
			     &err),
	    RC_OK);
	assert_memory_equal(got, key, sizeof(key));
	assert_int_equal(read_head(head, sizeof(head), "a long passphrase ",
			     got, &err),
	    RC_PERM);
	assert_non_null(strstr(err.text, "not its passphrase"));
}

static void
no_two_have_the_same_key(void **state)
{
	unsigned char other[SEALED_HEAD_LEN], other_key[SEALED_KEY_LEN];

	(void)state;
	write_head(other, other_key);
	assert_memory_not_equal(other + 24, head + 24, 16);
	assert_memory_not_equal(other_key, key, sizeof(key));
}

/* Before it is known who has written it, a head decides how much memory is
   taken. */
static void
sees_what_was_changed(void **state)
{
	static const struct {
		const char *name;
		size_t at, len;
		unsigned char value;
		const char *says;
	} cases[] = {
	    {"nothing", 0, 0, 'p', "not whole"},
	    {"half", 0, 40, 'p', "not whole"},
	    {"magic", 15, 72, '\r', "not encrypted by"},
	    {"version", 16, 72, 2, "does not know"},
	    {"no work at all", 17, 72, 0, "what was written"},
	    {"little work", 17, 72, 14, "what was written"},
	    {"256 MiB", 17, 72, 18, "what was written"},
	    {"all memory", 17, 72, 63, "what was written"},
	    {"more than numbers have", 17, 72, 255, "what was written"},
	    {"r 0", 18, 72, 0, "what was written"},
	    {"r 255", 18, 72, 255, "what was written"},
	    {"p 0", 19, 72, 0, "what was written"},
	    {"p 255", 19, 72, 255, "what was written"},
	    {"what is nothing", 23, 72, 1, "what was written"},
	    {"another cost", 17, 72, 16, "not its passphrase"},
	    {"salt", 24, 72, 0, "not its passphrase"},
	    {"proof", 71, 72, 0, "not its passphrase"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char copy[SEALED_HEAD_LEN], got[SEALED_KEY_LEN];
		struct err err = {0};

		memcpy(copy, head, sizeof(copy));
		copy[cases[i].at] = cases[i].value;
		if (copy[cases[i].at] == head[cases[i].at])
			copy[cases[i].at] ^= (cases[i].len == 72);
		CHECK(read_head(copy, cases[i].len, "a long passphrase", got,
			  &err) == RC_PERM,
		    cases[i].name);
		CHECK(strstr(err.text, cases[i].says) != NULL, cases[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_the_key_to_who_knows_the_passphrase),
	    cmocka_unit_test(no_two_have_the_same_key),
	    cmocka_unit_test(sees_what_was_changed),
	};

	write_head(head, key);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
