/* SPDX-License-Identifier: MIT */
#include "html.h"

#include "check.h"

#define HAS(s, what)   CHECK(strstr((s).text, (what)) != NULL, (what))
#define LACKS(s, what) CHECK(strstr((s).text, (what)) == NULL, (what))

static struct str
new_text(struct arena *a)
{
	struct str s;

	str_init(&s, a);
	return s;
}

static void
escapes(void **state)
{
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_text(&s, "<b a=\"1\" c='2'>&amp; grüß\r\n");
	assert_string_equal(s.text,
	    "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp; grüß\r\n");
	arena_free(a);
}

static void
shows_what_cannot_be_seen(void **state)
{
	static const struct html_field one = {.id = "email",
	    .label = "Mail",
	    .value = "bob\xe2\x80\xae\xc2\xa0<\xe2\x80\x8d\x1b\xff"};
	static const struct html_field prose = {.id = "note",
	    .label = "Note",
	    .prose = true,
	    .rows = 2,
	    .value = "a\r\n\xe2\x80\x8d\xe2\x80\xae\tz"};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_text(&s, "bob\xe2\x80\xaegro<\x1b\xff\xc2\xa0\xe2\x80\x8d\r\n\t.");
	assert_string_equal(s.text,
	    "bob\\u{202e}gro&lt;\\x1b\\xff\\u{a0}\\u{200d}\r\n\t.");
	html_field(&s, &one);
	HAS(s, "value=\"bob &lt;\"");
	html_field(&s, &prose);
	HAS(s, ">\na\r\n\xe2\x80\x8d\tz</textarea>");
	arena_free(a);
}

static void
ties_a_field_to_its_words(void **state)
{
	static const struct html_field field = {.id = "email",
	    .label = "Mail & more",
	    .hint = "hint",
	    .error = "wrong <>",
	    .value = "\"><script>",
	    .suffix = "@x"};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_field(&s, &field);
	HAS(s, "<label for=\"email\">Mail &amp; more</label>");
	HAS(s, "id=\"email\" name=\"email\"");
	HAS(s, "aria-describedby=\"email-hint email-error\"");
	HAS(s, "aria-invalid=\"true\"");
	HAS(s, "id=\"email-hint\">hint<");
	HAS(s, "id=\"email-error\">wrong &lt;&gt;<");
	HAS(s, "value=\"&quot;&gt;&lt;script&gt;\"");
	HAS(s, "@x");
	arena_free(a);
}

static void
leaves_out_what_is_not_there(void **state)
{
	static const struct html_field field = {
	    .id = "note", .label = "Note", .rows = 3, .optional = true};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_field(&s, &field);
	HAS(s, "(optional)");
	HAS(s, "<textarea rows=\"3\"");
	LACKS(s, "aria-");
	LACKS(s, "value=");
	LACKS(s, "maxlength");
	arena_free(a);
}

/* A browser takes the first line break for the tag's own. */
static void
keeps_the_first_line_of_a_textarea(void **state)
{
	static const struct html_field field = {
	    .id = "note", .label = "Note", .rows = 3, .value = "\n</textarea>"};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_field(&s, &field);
	HAS(s, ">\n\n&lt;/textarea&gt;</textarea>");
	arena_free(a);
}

static void
sums_errors_up(void **state)
{
	static const struct html_field fields[] = {
	    {.id = "one", .error = NULL}, {.id = "two", .error = "no & no"}};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_errors(&s, NULL, fields, 1);
	assert_int_equal(s.len, 0);
	html_errors(&s, NULL, fields, 2);
	HAS(s, "<a href=\"#two\">no &amp; no</a>");
	LACKS(s, "#one");
	s = new_text(a);
	html_errors(&s, "down", fields, 1);
	HAS(s, "<p>down</p>");
	LACKS(s, "<ul>");
	arena_free(a);
}

static void
frames_a_page(void **state)
{
	const struct html_page page = {.site = "a & b",
	    .heading = "Hello",
	    .root = "../",
	    .has_error = true};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_begin(&s, &page);
	html_end(&s);
	assert_true(str_starts(s.text, "<!DOCTYPE html>\n<html lang=\"en\">"));
	HAS(s, "<title>Error: Hello – a &amp; b</title>");
	HAS(s, "href=\"../style.css?");
	HAS(s, "<h1>Hello</h1>");
	arena_free(a);
}

static void
hides_the_token_in_a_form(void **state)
{
	const struct html_form form = {
	    .root = "./", .action = "confirm", .csrf = "token", .id = "id"};
	struct arena *a = arena_new();
	struct str s = new_text(a);

	(void)state;
	html_form_begin(&s, &form);
	html_form_end(&s, "Send", false);
	HAS(s, "<form method=\"post\" action=\"./confirm\"");
	HAS(s, "<input type=\"hidden\" name=\"csrf\" value=\"token\">");
	HAS(s, "<input type=\"hidden\" name=\"id\" value=\"id\">");
	HAS(s, "<button type=\"submit\">Send</button>");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escapes),
	    cmocka_unit_test(shows_what_cannot_be_seen),
	    cmocka_unit_test(ties_a_field_to_its_words),
	    cmocka_unit_test(leaves_out_what_is_not_there),
	    cmocka_unit_test(keeps_the_first_line_of_a_textarea),
	    cmocka_unit_test(sums_errors_up),
	    cmocka_unit_test(frames_a_page),
	    cmocka_unit_test(hides_the_token_in_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
