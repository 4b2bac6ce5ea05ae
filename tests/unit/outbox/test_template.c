/* SPDX-License-Identifier: MIT */
#include "outbox/template.h"

#include "base/str.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_template.XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static enum rc
read_bytes(struct arena *a, const char *name, const char *bytes, size_t len,
    struct template_text *out, struct err *err)
{
	char *path = arena_printf(a, "%s/%s.txt", folder, name);
	FILE *f = fopen(path, "wb");
	enum rc rc;

	assert_non_null(f);
	fwrite(bytes, 1, len, f);
	fclose(f);
	rc = template_read(a, folder, name, out, err);
	unlink(path);
	return rc;
}

static void
has_all_of_them_built_in(void **state)
{
	static const char *const values[] = {"title", "The Club", "domain",
	    "remotes.club", "url", "https://remotes.club", "from",
	    "postmaster@remotes.club", "code", "01234-56789", "request", "xyz",
	    "userid", "ann", "address", "ann@remotes.club", "mailbox",
	    "ann@mail.example", "reason", "no", "account", "ann@remotes.club",
	    "target", "ann@mail.example", "mail1", "a", "mail2", "b", "mail3",
	    "c", "mail4", "d", "mail5", "e", "mail6", "f", "mail7", "g",
	    "mail8", "h", "mail9", "i", "mail10", "j", "more", "k", "number",
	    "1", "total", "2", "list", "one", NULL};
	struct arena *a = arena_new();
	size_t n = 0;

	(void)state;
	for (; template_names[n] != NULL; n++) {
		struct template_text text, filled;

		CHECK(template_read(a, folder, template_names[n], &text,
			  NULL) == RC_OK,
		    template_names[n]);
		CHECK(template_fill(a, &text, values, &filled, NULL) == RC_OK,
		    template_names[n]);
		CHECK(strstr(filled.body, "The Club") != NULL,
		    template_names[n]);
		CHECK(strstr(filled.body, "{{") == NULL, template_names[n]);
		CHECK(strstr(filled.subject, "{{") == NULL, template_names[n]);
		/* So that they are sent as they are; see compose.h. */
		for (const char *p = filled.body; *p != '\0';
		     p += strcspn(p, "\n") + 1)
			CHECK(strcspn(p, "\n") <= 76, p);
	}
	assert_int_equal(n, 10);
	arena_free(a);
}

static void
prefers_the_administrators(void **state)
{
	static const char mine[] = "subject:  Привет, {{userid}}  \r\n "
				   "\r\nMail: {{address}}\r\n\r\n{{from}}\r\n";
	struct arena *a = arena_new();
	struct template_text text;

	(void)state;
	assert_int_equal(read_bytes(a, "welcome", mine, strlen(mine), &text,
			     NULL),
	    RC_OK);
	assert_string_equal(text.subject, "Привет, {{userid}}");
	assert_string_equal(text.body, "Mail: {{address}}\n\n{{from}}\n");
	arena_free(a);
}

#define ROW(name, text, want)                                                  \
	{                                                                      \
		name, text, sizeof(text) - 1, want                             \
	}

static void
says_what_is_wrong(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
		const char *want;
	} cases[] = {
	    ROW("empty", "", "1: expected \"Subject"),
	    ROW("no subject", "Hello\n\nx\n", "1: expected \"Subject"),
	    ROW("nothing in it", "Subject: \n\nx\n", "1: the subject is empty"),
	    ROW("a tab in it", "Subject: a\tb\n\nx\n", "1: a tab"),
	    ROW("no empty line", "Subject: x\nx\n", "2: expected an empty"),
	    ROW("only a subject", "Subject: x", "1: expected an empty"),
	    ROW("no text", "Subject: x\n\n \n", "2: expected a text"),
	    ROW("unknown", "Subject: x\n\na\nb {{name}}\n",
		"4: there is no {{name}} in verify.txt"),
	    ROW("of another", "Subject: {{mailbox}}\n\nx\n",
		"1: there is no {{mailbox}}"),
	    ROW("a part of one", "Subject: x\n\n{{cod}}\n", "3: there is no"),
	    ROW("blanks in it", "Subject: x\n\n{{ code }}\n", "3: there is no"),
	    ROW("no name", "Subject: x\n\n{{}}\n", "3: there is no {{}}"),
	    ROW("never closed", "Subject: x\n\n{{code}\n", "3: \"{{\" without"),
	    ROW("over the line", "Subject: x\n\n{{code\n}}\n",
		"3: \"{{\" without"),
	    ROW("at the end", "Subject: x\n\n{{", "3: \"{{\" without"),
	    ROW("NUL", "Subject: x\n\na\0b\n", "3: a control character"),
	    ROW("ESC", "Subject: x\n\n\x1b[2J\n", "3: a control character"),
	    ROW("C1", "Subject: x\n\n\n\xc2\x85\n", "4: a control character"),
	    ROW("a CR alone", "Subject: x\n\na\rb\n", "3: a control character"),
	    ROW("Latin 1", "Subject: x\n\ncaf\xe9\n", "3: this is not UTF-8"),
	    ROW("cut off", "Subject: x\n\ncaf\xc3", "3: this is not UTF-8"),
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct template_text text;
		struct err err = {""};
		char *want =
		    arena_printf(a, "%s/verify.txt:%s", folder, cases[i].want);

		CHECK(read_bytes(a, "verify", cases[i].text, cases[i].len,
			  &text, &err) == RC_PERM,
		    cases[i].name);
		if (!str_starts(err.text, want))
			fail_msg("%s: %s", cases[i].name, err.text);
	}
	arena_free(a);
}

static void
has_an_end(void **state)
{
	static const char begin[] = "Subject: x\n\n";
	struct arena *a = arena_new();
	char *text = arena_take(a, TEMPLATE_MAX + 1);
	struct template_text out;
	struct err err;

	(void)state;
	memset(text, 'x', TEMPLATE_MAX + 1);
	memcpy(text, begin, strlen(begin));
	assert_int_equal(read_bytes(a, "verify", text, TEMPLATE_MAX, &out,
			     NULL),
	    RC_OK);
	assert_int_equal(strlen(out.body), TEMPLATE_MAX - strlen(begin));
	assert_int_equal(read_bytes(a, "verify", text, TEMPLATE_MAX + 1, &out,
			     &err),
	    RC_PERM);
	assert_non_null(strstr(err.text, "verify.txt:3: the file is longer"));
	arena_free(a);
}

static void
knows_trouble_from_a_mistake(void **state)
{
	struct arena *a = arena_new();
	char *path = arena_printf(a, "%s/verify.txt", folder);
	struct template_text out;

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(template_read(a, folder, "verify", &out, NULL),
	    RC_TEMP);
	rmdir(path);
	assert_int_equal(template_read(a, folder, "../verify", &out, NULL),
	    RC_PERM);
	assert_int_equal(template_read(a, folder, "", &out, NULL), RC_PERM);
	arena_free(a);
}

static void
fills_in(void **state)
{
	static const char *const values[] = {"code", "01234-56789", "request",
	    "{{code}}", "url", "", "title", "a\r\nb\xff", "domain", "é", NULL};
	static const struct {
		const char *name, *subject, *body, *want_subject, *want_body;
	} cases[] = {
	    {"nothing", "a", "b\n\nc\n", "a", "b\n\nc\n"},
	    {"both", "a {{code}}", "<{{code}}{{code}}>\n", "a 01234-56789",
		"<01234-5678901234-56789>\n"},
	    {"not twice", "a", "{{request}}", "a", "{{code}}"},
	    {"printable", "{{title}}", "{{domain}}\n", "a\\x0d\\x0ab\\xff",
		"é\n"},
	    {"a paragraph less", "a",
		"b\nb\n\nc\n{{url}}/{{request}}\nd\n\ne\n", "a", "b\nb\n\ne\n"},
	    {"the first", "a", "{{url}}\n\n\nb\n", "a", "b\n"},
	    {"the last", "a", "b\n \n{{url}}\n", "a", "b\n \n"},
	    {"the last, and empty lines", "a", "b\n\n\n{{url}}\n", "a", "b\n"},
	    {"all", "a", "{{url}}", "a", ""},
	    {"an empty subject stays", "a{{url}}", "b", "a", "b"},
	    {"braces", "}} {", "{ {x} }}\n", "}} {", "{ {x} }}\n"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct template_text in = {cases[i].subject, cases[i].body};
		struct template_text out = {NULL, NULL};

		CHECK(template_fill(a, &in, values, &out, NULL) == RC_OK,
		    cases[i].name);
		CHECK_STR(out.subject, cases[i].want_subject, cases[i].name);
		CHECK_STR(out.body, cases[i].want_body, cases[i].name);
	}
	arena_free(a);
}

static void
misses_no_value(void **state)
{
	static const char *const values[] = {"code", "1", NULL};
	static const struct template_text cases[] = {
	    {"{{request}}", "a"},
	    {"a", "a\n\n{{request}}\n\nb\n"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct template_text out;
		struct err err;

		assert_int_equal(template_fill(a, &cases[i], values, &out,
				     &err),
		    RC_PERM);
		assert_string_equal(err.text,
		    "there is no value for {{request}}");
	}
	arena_free(a);
}

/* Each line as far in as the first; what is in one is printable. */
static void
fills_in_a_list(void **state)
{
	static const struct template_text text = {
	    "s", "These:\n\n\t {{list}}!\n"};
	static const char *const values[] = {
	    "list", "one\n two\r\n\nthree", "lists", "x", NULL};
	struct arena *a = arena_new();
	struct template_text filled;

	(void)state;
	CHECK(template_fill(a, &text, values, &filled, NULL) == RC_OK, "fill");
	CHECK_STR(filled.body,
	    "These:\n\n\t one\n\t  two\\x0d\n\t \n\t three!\n", "list");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fills_in_a_list),
	    cmocka_unit_test(has_all_of_them_built_in),
	    cmocka_unit_test(prefers_the_administrators),
	    cmocka_unit_test(says_what_is_wrong),
	    cmocka_unit_test(has_an_end),
	    cmocka_unit_test(knows_trouble_from_a_mistake),
	    cmocka_unit_test(fills_in),
	    cmocka_unit_test(misses_no_value),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
