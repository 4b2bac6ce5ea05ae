/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/arena.h"
#include "mail/message_form.h"

#include <string.h>

static const char x998[] =
#define X100                                                                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    X100 X100 X100 X100 X100 X100 X100 X100 X100
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

struct form_row {
	const char *name;
	const char *body;
	bool eight_bit, long_line, bare_cr;
};

static void
check_form(struct arena *a, const struct form_row *row, size_t chunk)
{
	struct message_form form = {0};
	size_t len = strlen(row->body);

	for (size_t i = 0; i < len; i += chunk)
		message_form_add_body(&form, row->body + i,
		    len - i < chunk ? len - i : chunk);
	CHECK(form.eight_bit == row->eight_bit &&
		  form.long_line == row->long_line &&
		  form.bare_cr == row->bare_cr,
	    arena_printf(a, "%s, in pieces of %zu", row->name, chunk));
}

static void
the_form_of_a_body_does_not_hang_on_its_pieces(void **state)
{
	struct arena *a = arena_new();
	const struct form_row rows[] = {
	    {"nothing", "", false, false, false},
	    {"plain", "Hello!\r\n\r\nBye.\r\n", false, false, false},
	    {"without an end", "Hello!", false, false, false},
	    {"an umlaut",
		"Gr\xc3\xbc\xc3\x9f"
		"e\r\n",
		true, false, false},
	    {"the last byte", "0123456789\x80", true, false, false},
	    {"a bare CR", "one\rtwo\r\n", false, false, true},
	    {"two of them", "one\r\r\n", false, false, true},
	    {"a bare LF", "one\ntwo\r\n", false, false, false},
	    {"just long enough", arena_printf(a, "a\r\n%s\r\nb\r\n", x998),
		false, false, false},
	    {"too long", arena_printf(a, "a\r\n%sx\r\nb\r\n", x998), false,
		true, false},
	    {"too long at the end", arena_printf(a, "a\r\n%sxx", x998), false,
		true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t chunk = 1; chunk < 1100; chunk += 1 + chunk / 3)
			check_form(a, &rows[i], chunk);
	arena_free(a);
}

static void
a_field_may_be_too_long(void **state)
{
	static char value[MESSAGE_FORM_FIELD_MAX + 1];
	struct message_form form = {0};
	struct mail_field field = {"X-Long", value, MESSAGE_FORM_FIELD_MAX};

	(void)state;
	memset(value, 'x', sizeof(value));
	message_form_add_field(&form, &field);
	assert_false(form.long_field);
	field.len++;
	message_form_add_field(&form, &field);
	assert_true(form.long_field);
}

/* smtp(8) breaks them as those of a body. */
static void
a_line_of_a_field_may_be_too_long(void **state)
{
	struct arena *a = arena_new();
	const struct {
		const char *name, *value;
		bool long_line;
	} rows[] = {
	    {"X", "", false},
	    {"X", " short", false},
	    {"", x998 + 1, false},
	    {"", x998, true},
	    {"X", x998 + 2, false},
	    {"X", x998 + 1, true},
	    {"X", arena_printf(a, "\r\n%s", x998), false},
	    {"X", arena_printf(a, "\r\n%sx", x998), true},
	    {"X", arena_printf(a, " a\n\t%s\n b", x998 + 1), false},
	    {"X", arena_printf(a, " a\n\t%s\n b", x998), true},
	    {"X", arena_printf(a, " a\n\t%s\r\n b", x998 + 1), false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail_field field = {
		    rows[i].name, rows[i].value, strlen(rows[i].value)};
		struct message_form form = {0};

		message_form_add_field(&form, &field);
		CHECK(form.long_line == rows[i].long_line,
		    arena_printf(a, "row %zu", i));
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_form_of_a_body_does_not_hang_on_its_pieces),
	    cmocka_unit_test(a_field_may_be_too_long),
	    cmocka_unit_test(a_line_of_a_field_may_be_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
