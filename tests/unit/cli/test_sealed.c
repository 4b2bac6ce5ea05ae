/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "sealed.h"

#include <stdio.h>
#include <stdlib.h>

#define WHOLE    (SEALED_CHUNK + SEALED_TAG)
#define AT(n)    ((n)*WHOLE) /* where a chunk begins */
#define LAST_LEN 100         /* bytes of the third */
#define TEXT_LEN (2 * SEALED_CHUNK + LAST_LEN)
#define FILE_LEN (AT(2) + LAST_LEN + SEALED_TAG)

static unsigned char text[TEXT_LEN];
static const unsigned char key[SEALED_KEY_LEN] = "the key of the tests";

/* The encrypted bytes, for free(3). */
static char *
seal(const void *bytes, size_t len, size_t *out)
{
	char *sealed;
	FILE *to = open_memstream(&sealed, out), *writer;
	struct err err;

	assert_non_null(to);
	assert_int_equal(sealed_writer_open(to, key, &writer, &err), RC_OK);
	/* Writes of all lengths. */
	for (size_t i = 0, n = 1; i < len; i += n, n = n * 3 + 1) {
		n = n < len - i ? n : len - i;
		assert_int_equal(fwrite((const char *)bytes + i, 1, n, writer),
		    n);
	}
	assert_int_equal(fclose(writer), 0);
	fclose(to);
	return sealed;
}

static FILE *
stream_of(const void *bytes, size_t len)
{
	FILE *from = tmpfile();

	assert_non_null(from);
	assert_int_equal(fwrite(bytes, 1, len, from), len);
	rewind(from);
	return from;
}

static enum rc
unseal(const char *sealed, size_t len, char **out, size_t *out_len,
    struct err *err)
{
	FILE *from = stream_of(sealed, len);
	FILE *to = open_memstream(out, out_len);
	enum rc rc = sealed_read(from, key, to, err);

	fclose(from);
	fclose(to);
	return rc;
}

static void
reads_what_it_writes(void **state)
{
	static const size_t sizes[] = {0, 1, SEALED_CHUNK - 1, SEALED_CHUNK,
	    SEALED_CHUNK + 1, 2 * SEALED_CHUNK, TEXT_LEN};
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t len, got_len, n = sizes[i];
		size_t chunks = n == 0 ? 1 : (n - 1) / SEALED_CHUNK + 1;
		char *sealed = seal(text, n, &len), *got;

		assert_int_equal(len, n + chunks * SEALED_TAG);
		assert_int_equal(unseal(sealed, len, &got, &got_len, &err),
		    RC_OK);
		assert_int_equal(got_len, n);
		assert_memory_equal(got, text, n);
		free(got);
		free(sealed);
	}
}

enum tampering {
	FLIP, /* the byte at `at` */
	CUT,  /* all from `at` on */
	APPEND,
	LEAVE_OUT, /* chunk `at` */
	DOUBLE,
	SWAP /* with the one behind it */
};

/* A copy, for free(3). */
static char *
tampered(const char *sealed, size_t *len, enum tampering kind, size_t at)
{
	char *copy = malloc(FILE_LEN + WHOLE);

	assert_non_null(copy);
	memcpy(copy, sealed, *len);
	switch (kind) {
	case FLIP:
		copy[at] = (char)(copy[at] ^ 1);
		break;
	case CUT:
		*len = at;
		break;
	case APPEND:
		copy[(*len)++] = 'x';
		break;
	case LEAVE_OUT:
		memcpy(copy + AT(at), sealed + AT(at + 1), *len - AT(at + 1));
		*len -= WHOLE;
		break;
	case DOUBLE:
		memcpy(copy + AT(at + 1), sealed + AT(at), *len - AT(at));
		*len += WHOLE;
		break;
	case SWAP:
		memcpy(copy + AT(at), sealed + AT(at + 1), WHOLE);
		memcpy(copy + AT(at + 1), sealed + AT(at), WHOLE);
		break;
	}
	return copy;
}

static void
sees_what_was_changed(void **state)
{
	static const struct {
		const char *name;
		enum tampering kind;
		size_t at;
	} cases[] = {
	    {"first byte", FLIP, AT(0)},
	    {"first tag", FLIP, AT(1) - 1},
	    {"last byte", FLIP, FILE_LEN - SEALED_TAG - 1},
	    {"last tag", FLIP, FILE_LEN - 1},
	    {"nothing at all", CUT, 0},
	    {"half a tag", CUT, AT(0) + 8},
	    {"the first chunk only", CUT, AT(1)},
	    {"without the last chunk", CUT, AT(2)},
	    {"without a byte of it", CUT, FILE_LEN - 1},
	    {"more behind it", APPEND, 0},
	    {"without the first chunk", LEAVE_OUT, 0},
	    {"without the second chunk", LEAVE_OUT, 1},
	    {"the first chunk twice", DOUBLE, 0},
	    {"the second chunk twice", DOUBLE, 1},
	    {"another order", SWAP, 0},
	};
	size_t len, got_len;
	char *sealed = seal(text, sizeof(text), &len), *got;

	(void)state;
	assert_int_equal(len, FILE_LEN);
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = len;
		char *copy = tampered(sealed, &n, cases[i].kind, cases[i].at);
		struct err err = {0};

		CHECK(unseal(copy, n, &got, &got_len, &err) == RC_PERM,
		    cases[i].name);
		CHECK_STR(err.text, "it is not whole, or was changed",
		    cases[i].name);
		free(got);
		free(copy);
	}
	free(sealed);
}

static void
is_read_with_its_key_only(void **state)
{
	static const unsigned char other[SEALED_KEY_LEN] = "another";
	size_t len, got_len;
	char *sealed = seal(text, LAST_LEN, &len), *got;
	FILE *from = stream_of(sealed, len),
	     *to = open_memstream(&got, &got_len);
	struct err err;

	(void)state;
	assert_int_equal(sealed_read(from, other, to, &err), RC_PERM);
	fclose(from);
	fclose(to);
	assert_int_equal(got_len, 0);
	free(got);
	free(sealed);
}

static void
says_when_it_cannot_write(void **state)
{
	FILE *to = fopen("/dev/full", "w"), *writer;
	struct err err;

	(void)state;
	assert_non_null(to);
	assert_int_equal(sealed_writer_open(to, key, &writer, &err), RC_OK);
	fwrite(text, 1, sizeof(text), writer);
	assert_int_not_equal(fclose(writer), 0);
	fclose(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_writes),
	    cmocka_unit_test(sees_what_was_changed),
	    cmocka_unit_test(is_read_with_its_key_only),
	    cmocka_unit_test(says_when_it_cannot_write),
	};

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * 7 + i / 251);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
