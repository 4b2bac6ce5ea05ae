/* SPDX-License-Identifier: MIT */
#include "auth/tag_list.h"
#include "base/str.h"
#include "check.h"

/* "name=[value] ...", or the problem. */
static const char *
shown(struct arena *a, const char *text, size_t len)
{
	struct tag_list list;
	struct err err = {0};
	struct str s;

	if (tag_list_read(a, text, len, &list, &err) != RC_OK)
		return arena_copy_text(a, err.text);
	str_init(&s, a);
	for (size_t i = 0; i < list.n; i++)
		str_addf(&s, "%s=[%.*s]", list.tags[i].name,
		    (int)list.tags[i].len, list.tags[i].value);
	return s.text;
}

static void
reads_lists(void **state)
{
	static const struct {
		const char *name, *text, *shown;
	} rows[] = {
	    {"two tags", "v=1; a=rsa-sha256", "v=[1]a=[rsa-sha256]"},
	    {"no space", "v=1;a=b", "v=[1]a=[b]"},
	    {"a semicolon at the end", "v=1;", "v=[1]"},
	    {"and space behind it", "v=1; \t", "v=[1]"},
	    {"white space around all", " \tv = 1 ; a\t=\t2 ", "v=[1]a=[2]"},
	    {"folds", "\r\n v=\r\n\t1\r\n ;\n\ta\n =\n 2", "v=[1]a=[2]"},
	    {"white space in a value stays", "p=AB CD\r\n EF",
		"p=[AB CD\r\n EF]"},
	    {"empty values", "p=; b=", "p=[]b=[]"},
	    {"white space alone is an empty value", "p= \t; b=1", "p=[]b=[1]"},
	    {"an equals sign in a value", "p=AA==; z==", "p=[AA==]z=[=]"},
	    {"unknown tags", "v=1; x_9Z=ab", "v=[1]x_9Z=[ab]"},
	    {"names have their case", "v=1; V=2", "v=[1]V=[2]"},
	    {"a name that begins like another", "b=1; bh=2", "b=[1]bh=[2]"},
	    {"UTF-8", "d=\xc3\xbc.example", "d=[\xc3\xbc.example]"},
	    {"twice", "v=1; a=2; v=1", "tag v is there twice"},
	    {"twice, both empty", "p=;p=", "tag p is there twice"},
	    {"nothing", "", "a tag without a name"},
	    {"white space", " \r\n ", "a tag without a name"},
	    {"a semicolon", ";", "a tag without a name"},
	    {"two at the end", "v=1;;", "a tag without a name"},
	    {"one at the beginning", ";v=1", "a tag without a name"},
	    {"an empty tag", "v=1; ;a=2", "a tag without a name"},
	    {"no equals sign", "v=1; a", "tag a is malformed"},
	    {"a name with a space", "v v=1", "tag v is malformed"},
	    {"a digit first", "1v=1", "a tag without a name"},
	    {"an underscore first", "_v=1", "a tag without a name"},
	    {"a hyphen", "v-w=1", "tag v is malformed"},
	    {"no name", "=1", "a tag without a name"},
	    {"quotes", "\"v=1\"", "a tag without a name"},
	    {"a control character", "v=1\x01", "tag v is malformed"},
	    {"DEL", "v=\x7f", "tag v is malformed"},
	    {"a CR that is no fold", "v=1\r2", "tag v is malformed"},
	    {"a CR at the end", "v=1\r", "tag v is malformed"},
	    {"UTF-8 in a name", "\xc3\xbc=1", "a tag without a name"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(shown(a, rows[i].text, strlen(rows[i].text)),
		    rows[i].shown, rows[i].name);
	CHECK_STR(shown(a, "v=1\0;a=2", 8), "tag v is malformed", "NUL");
	CHECK_STR(shown(a, "v\0=1", 4), "tag v is malformed", "NUL in a name");
	CHECK_STR(shown(a, "v=12", 3), "v=[1]",
	    "what is behind it is not read");
	arena_free(a);
}

static void
has_limits(void **state)
{
	struct arena *a = arena_new();
	struct str s;

	(void)state;
	str_init(&s, a);
	for (int i = 0; i < TAG_LIST_TAGS_MAX; i++)
		str_addf(&s, "t%d=;", i);
	assert_null(strstr(shown(a, s.text, s.len), "more"));
	str_add(&s, "v=1");
	assert_string_equal(shown(a, s.text, s.len), "more than 128 tags");
	str_init(&s, a);
	str_add(&s, "v=");
	while (s.len < TAG_LIST_MAX)
		str_add(&s, "1");
	assert_null(strstr(shown(a, s.text, s.len), "more"));
	str_add(&s, "1");
	assert_string_equal(shown(a, s.text, s.len),
	    "tags of more than 16384 bytes");
	arena_free(a);
}

/* What "b=" is followed by is cut out of a signature. */
static void
tells_where_a_value_stands(void **state)
{
	static const char text[] = "a=1; b =\r\n x\r\n y ; c=3";
	struct arena *a = arena_new();
	struct tag_list list;
	const struct tag *b;

	(void)state;
	assert_int_equal(tag_list_read(a, text, sizeof(text) - 1, &list, NULL),
	    RC_OK);
	b = tag_list_find(&list, "b");
	assert_ptr_equal(b->raw, strchr(text + 5, '=') + 1);
	assert_int_equal(b->raw_len, strlen("\r\n x\r\n y "));
	assert_string_equal(tag_squeezed(a, b), "xy");
	assert_null(tag_list_find(&list, "B"));
	assert_null(tag_list_find(&list, "d"));
	assert_true(tag_is(tag_list_find(&list, "c"), "3"));
	assert_false(tag_is(tag_list_find(&list, "c"), "33"));
	arena_free(a);
}

static void
takes_values_apart(void **state)
{
	static const struct {
		const char *value, *parts;
	} rows[] = {
	    {"from", "<from>"},
	    {"from:to", "<from><to>"},
	    {"from \r\n : to", "<from><to>"},
	    {"from:", "<from><>"},
	    {":", "<><>"},
	    {"", "<>"},
	    {"a::b", "<a><><b>"},
	    {"a b:c", "<a b><c>"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tag tag = {
		    .value = rows[i].value, .len = strlen(rows[i].value)};
		struct tag part;
		struct str s;

		str_init(&s, a);
		for (size_t at = 0; tag_next_part(&tag, &at, &part);)
			str_addf(&s, "<%.*s>", (int)part.len, part.value);
		CHECK_STR(s.text, rows[i].parts, rows[i].value);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_lists),
	    cmocka_unit_test(has_limits),
	    cmocka_unit_test(tells_where_a_value_stands),
	    cmocka_unit_test(takes_values_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
