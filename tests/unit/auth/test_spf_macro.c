/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_macro.h"

#include "check.h"

/* The sender of the examples in RFC 7208 7.4. */
static struct spf_values
values(const char *ip)
{
	struct spf_values v = {
	    .sender = "strong-bad@email.example.com",
	    .local = "strong-bad",
	    .origin = "email.example.com",
	    .domain = "email.example.com",
	    .name = "mx.example.org",
	    .helo = "mail.example.net",
	    .receiver = "mx.example.net",
	    .now = 1700000000,
	};

	assert_true(ip_parse(ip, &v.client));
	return v;
}

struct expansion {
	const char *text, *result;
};

static void
check_targets(const struct spf_values *v, const struct expansion *cases,
    size_t n)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < n; i++) {
		const char *got = NULL;

		CHECK(spf_macro_wrong(cases[i].text, strlen(cases[i].text),
			  SPF_MACRO_STRING) == NULL,
		    cases[i].text);
		CHECK(spf_macro_target(a, cases[i].text, v, &got) ==
			  (cases[i].result != NULL ? RC_OK : RC_PERM),
		    cases[i].text);
		if (cases[i].result != NULL)
			CHECK_STR(got, cases[i].result, cases[i].text);
	}
	arena_free(a);
}

static void
expands_the_examples_of_the_rfc(void **state)
{
	static const struct expansion cases[] = {
	    {"%{o}", "email.example.com"},
	    {"%{d}", "email.example.com"},
	    {"%{d4}", "email.example.com"},
	    {"%{d3}", "email.example.com"},
	    {"%{d2}", "example.com"},
	    {"%{d1}", "com"},
	    {"%{dr}", "com.example.email"},
	    {"%{d2r}", "example.email"},
	    {"%{l}", "strong-bad"},
	    {"%{l-}", "strong.bad"},
	    {"%{lr}", "strong-bad"},
	    {"%{lr-}", "bad.strong"},
	    {"%{l1r-}", "strong"},
	    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
	    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
	    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		"bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
	    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		"3.2.0.192.in-addr.strong.lp._spf.example.com"},
	    {"%{d2}.trusted-domains.example.net",
		"example.com.trusted-domains.example.net"},
	};
	static const struct expansion six[] = {
	    {"%{ir}.%{v}._spf.%{d2}",
		"1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0."
		"2.ip6._spf.example.com"},
	};
	struct spf_values v4 = values("192.0.2.3");
	struct spf_values v6 = values("2001:db8::cb01");

	(void)state;
	check_targets(&v4, cases, COUNT(cases));
	check_targets(&v6, six, COUNT(six));
}

static void
splits_at_the_delimiters_given(void **state)
{
	static const struct expansion cases[] = {
	    {"%{l-}", "a.b+c,d=f_g.h"},
	    {"%{l-+,=_}", "a.b.c.d.f.g.h"},
	    {"%{l1-+,=_}", "g.h"},
	    {"%{l3-+,=_}", "d.f.g.h"},
	    {"%{lr-}", "b+c,d=f_g.h.a"},
	    {"%{l2r-}", "b+c,d=f_g.h.a"},
	    {"%{l1r-}", "a"},
	    {"%{l99999999999r-+,=_.}", "h.g.f.d.c.b.a"},
	    {"%{l/}", "a-b+c,d=f_g.h"},
	    {"%{L}", "a-b%2Bc%2Cd%3Df_g.h"},
	    {"%{L1R-+}", "a"},
	};
	struct spf_values v = values("192.0.2.3");

	(void)state;
	v.local = "a-b+c,d=f_g.h";
	check_targets(&v, cases, COUNT(cases));
}

/* RFC 7208 7.3: no special treatment of leading, trailing or consecutive
   delimiters. */
static void
keeps_empty_parts(void **state)
{
	static const struct expansion cases[] = {
	    {"x%{l2-}x.org", "xb.x.org"},
	    {"x%{l-}x.org", NULL}, /* "x.a..b.x.org" */
	    {"%{l4r-}x.org", NULL},
	};
	struct spf_values v = values("192.0.2.3");

	(void)state;
	v.local = "-a--b-";
	check_targets(&v, cases, COUNT(cases));
}

static void
expands_escapes(void **state)
{
	static const struct expansion cases[] = {
	    {"a%%b%_%_c%-d.org", "a%b  c%20d.org"},
	    {"%%%%{d}.org", "%%{d}.org"},
	    {"%%{d}.org", "%{d}.org"},
	};
	struct spf_values v = values("192.0.2.3");

	(void)state;
	check_targets(&v, cases, COUNT(cases));
}

static void
makes_names_of_targets(void **state)
{
	static const struct expansion cases[] = {
	    {"example.org.", "example.org"},
	    {"%{d}.", "email.example.com"},
	    {"%{h}", "mail.example.net"},
	    {"example.org..", NULL},
	    {"example..org", NULL},
	    {".example.org", NULL},
	    {"%{h}\\.org", NULL},
	    {"a1234567890123456789012345678901234567890123456789012345678901"
	     ".org",
		"a1234567890123456789012345678901234567890123456789012345678901"
		".org"},
	    {"a123456789012345678901234567890123456789012345678901234567890123"
	     ".org",
		NULL},
	};
	struct spf_values v = values("192.0.2.3");

	(void)state;
	check_targets(&v, cases, COUNT(cases));
}

/* RFC 7208 7.3: by removing labels on the left. */
static void
cuts_long_names_on_the_left(void **state)
{
	struct arena *a = arena_new();
	struct spf_values v = values("192.0.2.3");
	char spec[5 * 130 + 20] = "";
	const char *name;

	(void)state;
	v.domain = "0123456789.abcdefghi"; /* 20 bytes, 21 with a dot */
	for (int i = 0; i < 130; i++)
		strcat(spec, "%{d}.");
	strcat(spec, "org");
	assert_int_equal(spf_macro_target(a, spec, &v, &name), RC_OK);
	/* 11 * 21 + 10 + 3 = 244, and 11 more would be too long */
	assert_int_equal(strlen(name), 244);
	assert_true(strncmp(name, "abcdefghi.0123456789.", 21) == 0);

	/* 253 bytes fit, 254 do not. */
	v.domain = arena_printf(a, "01234567.%s", name);
	assert_int_equal(strlen(v.domain), 253);
	assert_int_equal(spf_macro_target(a, "%{d}", &v, &name), RC_OK);
	assert_string_equal(name, v.domain);
	assert_int_equal(spf_macro_target(a, "9%{d}", &v, &name), RC_OK);
	assert_string_equal(name, v.domain + 9);

	v.domain = "0123456789.abcdefghi.2345678";
	assert_int_equal(spf_macro_target(a, spec, &v, &name), RC_OK);
	assert_true(strlen(name) <= 253);

	v.local = arena_take(a, 3000);
	memset((char *)v.local, 'x', 2999);
	assert_int_equal(spf_macro_target(a, "%{l}.example.org", &v, &name),
	    RC_OK);
	assert_string_equal(name, "example.org");
	assert_int_equal(spf_macro_target(a, "example.%{l}", &v, &name),
	    RC_PERM);
	arena_free(a);
}

static void
knows_no_name_of_local_parts_beyond_ascii(void **state)
{
	struct arena *a = arena_new();
	struct spf_values v = values("192.0.2.3");
	const char *name;

	(void)state;
	v.local = "j\xc3\xbcrgen";
	assert_int_equal(spf_macro_target(a, "%{l}.example.org", &v, &name),
	    RC_NONE);
	assert_int_equal(spf_macro_target(a, "%{S}.example.org", &v, &name),
	    RC_NONE);
	assert_int_equal(spf_macro_target(a, "%{o}.example.org", &v, &name),
	    RC_OK);
	v.helo = "m\xc3\xbcll";
	assert_int_equal(spf_macro_target(a, "%{h}.org", &v, &name), RC_PERM);
	arena_free(a);
}

static void
writes_sentences(void **state)
{
	static const struct expansion cases[] = {
	    {"This is a test.", "This is a test."},
	    {"See http://%{d}/why.html?s=%{S}&i=%{I}",
		"See http://email.example.com/why.html?s=strong-bad%40email."
		"example.com&i=192.0.2.3"},
	    {"%{c} (%{p}) said %{h} to %{r} at %{t}",
		"192.0.2.3 (mx.example.org) said mail.example.net to "
		"mx.example.net at 1700000000"},
	    {"  spaces  ", "  spaces  "},
	    {"100%%%_%-", "100% %20"},
	    {"", NULL},
	};
	struct spf_values v = values("192.0.2.3");
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(spf_macro_wrong(cases[i].text, strlen(cases[i].text),
			  SPF_EXPLANATION) == NULL,
		    cases[i].text);
		CHECK_STR(spf_macro_sentence(a, cases[i].text, 300, &v),
		    cases[i].result, cases[i].text);
	}
	arena_free(a);
}

static void
writes_addresses_as_people_do(void **state)
{
	struct spf_values v = values("2001:DB8::CB01");
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(spf_macro_sentence(a, "%{c} %{v}", 300, &v),
	    "2001:db8::cb01 ip6");
	arena_free(a);
}

static void
keeps_sentences_short_and_printable(void **state)
{
	struct spf_values v = values("192.0.2.3");
	struct arena *a = arena_new();
	char text[5 * 127 + 1] = "";
	const char *got;

	(void)state;
	for (int i = 0; i < 127; i++)
		strcat(text, "%{d} ");
	got = spf_macro_sentence(a, text, 100, &v);
	assert_true(strlen(got) <= 100 + 3);
	assert_string_equal(got + strlen(got) - 3, "...");
	v.local = "a\r\nb";
	assert_string_equal(spf_macro_sentence(a, "%{l}", 100, &v),
	    "a\\x0d\\x0ab");
	v.local = "\xc3\xbc";
	assert_null(spf_macro_sentence(a, "no %{l}", 100, &v));
	assert_string_equal(spf_macro_sentence(a, "%{L}", 100, &v), "%C3%BC");
	arena_free(a);
}

static void
refuses_wrong_explanations(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
	    {"The %{x}-files.", 15},
	    {"100% sure", 9},
	    {"caf\xc3\xa9", 5},
	    {"a\0b", 3},
	    {"tab\t", 4},
	    {"%{d", 3},
	    {"%", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK(spf_macro_wrong(cases[i].text, cases[i].len,
			  SPF_EXPLANATION) != NULL,
		    cases[i].text);
}

static void
finds_letters(void **state)
{
	(void)state;
	assert_true(spf_macro_has("a%{p}", "p"));
	assert_true(spf_macro_has("%%%{P2r-}.x", "p"));
	assert_true(spf_macro_has("%{d}%{l}", "sl"));
	assert_false(spf_macro_has("%%{p}", "p"));
	assert_false(spf_macro_has("p%_p", "p"));
	assert_false(spf_macro_has("", "p"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(expands_the_examples_of_the_rfc),
	    cmocka_unit_test(splits_at_the_delimiters_given),
	    cmocka_unit_test(keeps_empty_parts),
	    cmocka_unit_test(expands_escapes),
	    cmocka_unit_test(makes_names_of_targets),
	    cmocka_unit_test(cuts_long_names_on_the_left),
	    cmocka_unit_test(knows_no_name_of_local_parts_beyond_ascii),
	    cmocka_unit_test(writes_sentences),
	    cmocka_unit_test(writes_addresses_as_people_do),
	    cmocka_unit_test(keeps_sentences_short_and_printable),
	    cmocka_unit_test(refuses_wrong_explanations),
	    cmocka_unit_test(finds_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
