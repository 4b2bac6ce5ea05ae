/* SPDX-License-Identifier: MIT */
#include "form.h"

#include "check.h"

#include "base/str.h"

static void
reads_fields(void **state)
{
	static const struct {
		const char *body;
		enum rc rc;
		const char *a;
	} cases[] = {
	    {"", RC_OK, ""},
	    {"a=1", RC_OK, "1"},
	    {"b=2&a=1&&", RC_OK, "1"},
	    {"a", RC_OK, ""},
	    {"a=", RC_OK, ""},
	    {"a=x+y%20z%2B", RC_OK, "x y z+"},
	    {"a=b=c", RC_OK, "b=c"},
	    {"%61=1", RC_OK, "1"},
	    {"a=%0d%0aX:1", RC_OK, "\r\nX:1"},
	    {"a=gr%C3%BC%c3%9f", RC_OK, "grüß"},
	    {"a=1&a=1", RC_PERM, NULL},
	    {"a=1&%61=1", RC_PERM, NULL},
	    {"a=%", RC_PERM, NULL},
	    {"a=%4", RC_PERM, NULL},
	    {"a=%4x", RC_PERM, NULL},
	    {"a=%00", RC_PERM, NULL},
	    {"a=%ff", RC_PERM, NULL},
	    {"a=%c0%80", RC_PERM, NULL},
	    {"a=%ed%a0%80", RC_PERM, NULL},
	    {"%ff=1", RC_PERM, NULL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *body = cases[i].body;
		struct form form;
		enum rc rc = form_read(a, body, strlen(body), &form, NULL);

		CHECK(rc == cases[i].rc, body);
		if (rc == RC_OK)
			CHECK_STR(form_text(&form, "a"), cases[i].a, body);
	}
	arena_free(a);
}

static void
stops_at_the_end_of_the_body(void **state)
{
	struct arena *a = arena_new();
	struct form form;

	(void)state;
	assert_int_equal(form_read(a, "a=12&b=%41", 3, &form, NULL), RC_OK);
	assert_string_equal(form_text(&form, "a"), "1");
	assert_int_equal(form_read(a, "a=%41", 4, &form, NULL), RC_PERM);
	assert_int_equal(form_read(a, "a=\0b", 4, &form, NULL), RC_PERM);
	arena_free(a);
}

static void
takes_so_many_fields(void **state)
{
	struct arena *a = arena_new();
	struct form form;
	struct str body;

	(void)state;
	str_init(&body, a);
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		str_addf(&body, "f%d=&", i);
	assert_int_equal(form_read(a, body.text, body.len, &form, NULL), RC_OK);
	str_add(&body, "more=");
	assert_int_equal(form_read(a, body.text, body.len, &form, NULL),
	    RC_PERM);
	arena_free(a);
}

static void
trims_words_and_nothing_else(void **state)
{
	struct arena *a = arena_new();
	const struct form form = {.fields = {{"a", " \tx y "}}, .n = 1};

	(void)state;
	assert_string_equal(form_word(a, &form, "a"), "x y");
	assert_string_equal(form_text(&form, "a"), " \tx y ");
	assert_string_equal(form_word(a, &form, "none"), "");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_fields),
	    cmocka_unit_test(stops_at_the_end_of_the_body),
	    cmocka_unit_test(takes_so_many_fields),
	    cmocka_unit_test(trims_words_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
