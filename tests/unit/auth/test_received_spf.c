/* SPDX-License-Identifier: MIT */
#include "auth/received_spf.h"

#include "check.h"

static struct spf_request
request(const char *ip, const char *sender, const char *helo)
{
	struct spf_request r = {
	    .sender = sender, .helo = helo, .receiver = "mx.example.net"};

	assert_true(ip_parse(ip, &r.client));
	return r;
}

static void
writes_the_field(void **state)
{
	static const struct {
		const char *name, *ip, *sender, *helo;
		struct spf_result result;
		const char *field;
	} cases[] = {
	    {"pass", "192.0.2.1", "ann@example.org", "mail.example.org",
		{.verdict = SPF_PASS, .term = "mx"},
		"Received-SPF: pass (mx.example.net: domain of "
		"ann@example.org designates 192.0.2.1 as permitted sender) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"ann@example.org\"; helo=mail.example.org; "
		"identity=mailfrom; mechanism=mx;"},
	    {"softfail by include, IPv6", "2001:db8::1", "ann@example.org",
		"[2001:db8::1]",
		{.verdict = SPF_SOFTFAIL, .term = "~include:a.example"},
		"Received-SPF: softfail (mx.example.net: domain of "
		"ann@example.org does not designate 2001:db8::1 as permitted "
		"sender) receiver=mx.example.net; client-ip=\"2001:db8::1\"; "
		"envelope-from=\"ann@example.org\"; "
		"helo=\"[2001:db8::1]\"; identity=mailfrom; "
		"mechanism=\"~include:a.example\";"},
	    {"neutral by default, of HELO", "192.0.2.1", "", "mail.example.org",
		{.verdict = SPF_NEUTRAL, .identity = SPF_HELO},
		"Received-SPF: neutral (mx.example.net: domain of "
		"postmaster@mail.example.org neither permits nor denies "
		"192.0.2.1) receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"\"; helo=mail.example.org; identity=helo; "
		"mechanism=default;"},
	    {"no HELO", "192.0.2.1", "ann@example.org", NULL,
		{.verdict = SPF_PASS, .term = "mx"},
		"Received-SPF: pass (mx.example.net: domain of "
		"ann@example.org designates 192.0.2.1 as permitted sender) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"ann@example.org\"; "
		"identity=mailfrom; mechanism=mx;"},
	    {"no HELO, no sender", "192.0.2.1", "", "",
		{.verdict = SPF_NONE, .identity = SPF_HELO},
		"Received-SPF: none (mx.example.net: who said neither HELO nor "
		"a sender has no SPF record) receiver=mx.example.net; "
		"client-ip=192.0.2.1; envelope-from=\"\"; identity=helo;"},
	    {"none", "192.0.2.1", "ann@example.org", "x", {.verdict = SPF_NONE},
		"Received-SPF: none (mx.example.net: domain of "
		"ann@example.org has no SPF record) receiver=mx.example.net; "
		"client-ip=192.0.2.1; envelope-from=\"ann@example.org\"; "
		"helo=x; identity=mailfrom;"},
	    {"permerror", "192.0.2.1", "ann@example.org", "x",
		{.verdict = SPF_PERMERROR, .problem = "a \"moo\""},
		"Received-SPF: permerror (mx.example.net: domain of "
		"ann@example.org could not be checked) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"ann@example.org\"; helo=x; "
		"identity=mailfrom; problem=\"a \\\"moo\\\"\";"},
	    {"strangers' bytes", "192.0.2.1", "a(b\\\r\nX: \"@example.org",
		"x;y\r\n", {.verdict = SPF_NONE},
		"Received-SPF: none (mx.example.net: domain of "
		"a\\(b\\\\\\\\x0d\\\\x0aX: \"@example.org has no SPF record) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"a(b\\\\\\\\x0d\\\\x0aX: \\\"@example.org\"; "
		"helo=\"x;y\\\\x0d\\\\x0a\"; identity=mailfrom;"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_request r =
		    request(cases[i].ip, cases[i].sender, cases[i].helo);

		CHECK_STR(received_spf_field(a, &r, &cases[i].result, " "),
		    cases[i].field, cases[i].name);
	}
	arena_free(a);
}

/* RFC 8616: a sender may be UTF-8 whose message is ASCII. */
static void
is_ascii_whatever_the_sender_is(void **state)
{
	static const struct {
		const char *sender, *helo;
		struct spf_result result;
		const char *field, *authres;
	} cases[] = {
	    {"j\303\274rgen@b\303\274cher.example", "x",
		{.verdict = SPF_NONE, .domain = "xn--bcher-kva.example"},
		"Received-SPF: none (mx.example.net: domain of "
		"j\\\\x{FC}rgen@xn--bcher-kva.example has no SPF record) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"j\\\\x{FC}rgen@xn--bcher-kva.example\"; "
		"helo=x; identity=mailfrom;",
		"spf=none smtp.mailfrom=xn--bcher-kva.example"},
	    {"\346\227\245@[192.0.2.1]", "b\303\274cher.example",
		{.verdict = SPF_NONE},
		"Received-SPF: none (mx.example.net: domain of "
		"\\\\x{65E5}@[192.0.2.1] has no SPF record) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"\\\\x{65E5}@[192.0.2.1]\"; "
		"helo=xn--bcher-kva.example; identity=mailfrom;",
		"spf=none smtp.mailfrom=\"\\\\x{65E5}@[192.0.2.1]\""},
	    {"", "\360\237\230\200\377",
		{.verdict = SPF_NONE, .identity = SPF_HELO},
		"Received-SPF: none (mx.example.net: domain of "
		"postmaster@\\\\x{1F600}\\\\xff has no SPF record) "
		"receiver=mx.example.net; client-ip=192.0.2.1; "
		"envelope-from=\"\"; helo=\"\\\\x{1F600}\\\\xff\"; "
		"identity=helo;",
		"spf=none smtp.helo=\"\\\\x{1F600}\\\\xff\""},
	    {"a@b.example", "x",
		{.verdict = SPF_PERMERROR,
		    .domain = "b.example",
		    .problem = "\303\274"},
		"Received-SPF: permerror (mx.example.net: domain of "
		"a@b.example could not be checked) receiver=mx.example.net; "
		"client-ip=192.0.2.1; envelope-from=\"a@b.example\"; helo=x; "
		"identity=mailfrom; problem=\"\\\\x{FC}\";",
		"spf=permerror reason=\"\\\\x{FC}\" "
		"smtp.mailfrom=a@b.example"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_request r =
		    request("192.0.2.1", cases[i].sender, cases[i].helo);

		CHECK_STR(received_spf_field(a, &r, &cases[i].result, " "),
		    cases[i].field, cases[i].sender);
		CHECK_STR(received_spf_authres(a, &r, &cases[i].result),
		    cases[i].authres, cases[i].sender);
	}
	arena_free(a);
}

static void
folds_long_lines(void **state)
{
	struct spf_request r =
	    request("192.0.2.1", "ann@example.org", "mail.example.org");
	struct spf_result result = {.verdict = SPF_FAIL, .term = "-all"};
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(received_spf_field(a, &r, &result, "\n\t"),
	    "Received-SPF: fail (mx.example.net: domain of ann@example.org "
	    "does not\n"
	    "\tdesignate 192.0.2.1 as permitted sender) "
	    "receiver=mx.example.net;\n"
	    "\tclient-ip=192.0.2.1; envelope-from=\"ann@example.org\"; "
	    "helo=mail.example.org;\n"
	    "\tidentity=mailfrom; mechanism=-all;");
	arena_free(a);
}

static void
keeps_lines_within_998_bytes(void **state)
{
	char sender[5000], helo[5000];
	struct spf_result result = {.verdict = SPF_NONE};
	struct arena *a = arena_new();
	struct spf_request r;
	const char *line;

	(void)state;
	memset(sender, '\\', sizeof(sender) - 1);
	memset(helo, '(', sizeof(helo) - 1);
	sender[sizeof(sender) - 1] = helo[sizeof(helo) - 1] = '\0';
	r = request("192.0.2.1", sender, helo);
	line = received_spf_field(a, &r, &result, "\n\t");
	for (; *line != '\0'; line += line[strcspn(line, "\n")] == '\n') {
		assert_true(strcspn(line, "\n") <= 998);
		line += strcspn(line, "\n");
	}
	arena_free(a);
}

static void
writes_a_part_of_authentication_results(void **state)
{
	static const struct {
		const char *sender, *helo;
		struct spf_result result;
		const char *text;
	} cases[] = {
	    {"Ann@Example.org", "mail.example.org",
		{.verdict = SPF_PASS, .domain = "example.org"},
		"spf=pass smtp.mailfrom=Ann@example.org"},
	    {"", "Mail.example.org",
		{.verdict = SPF_FAIL,
		    .domain = "mail.example.org",
		    .identity = SPF_HELO},
		"spf=fail smtp.helo=mail.example.org"},
	    {"", NULL, {.verdict = SPF_NONE, .identity = SPF_HELO}, "spf=none"},
	    {"ann@example.org", "",
		{.verdict = SPF_PASS, .domain = "example.org"},
		"spf=pass smtp.mailfrom=ann@example.org"},
	    {"a b@example.org", "x",
		{.verdict = SPF_NONE, .domain = "example.org"},
		"spf=none smtp.mailfrom=example.org"},
	    {"@example.org", "x",
		{.verdict = SPF_NONE, .domain = "example.org"},
		"spf=none smtp.mailfrom=example.org"},
	    {"j\xc3\xbcrgen@b\xc3\xbc"
	     "cher.example",
		"x", {.verdict = SPF_NONE, .domain = "xn--bcher-kva.example"},
		"spf=none smtp.mailfrom=xn--bcher-kva.example"},
	    {"ann@[192.0.2.1]", "x", {.verdict = SPF_NONE},
		"spf=none smtp.mailfrom=\"ann@[192.0.2.1]\""},
	    {"ann@example.org", "x",
		{.verdict = SPF_PERMERROR,
		    .domain = "example.org",
		    .problem = "moo: no mechanism has that name"},
		"spf=permerror reason=\"moo: no mechanism has that name\" "
		"smtp.mailfrom=ann@example.org"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spf_request r =
		    request("192.0.2.1", cases[i].sender, cases[i].helo);

		CHECK_STR(received_spf_authres(a, &r, &cases[i].result),
		    cases[i].text, cases[i].text);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_the_field),
	    cmocka_unit_test(is_ascii_whatever_the_sender_is),
	    cmocka_unit_test(folds_long_lines),
	    cmocka_unit_test(keeps_lines_within_998_bytes),
	    cmocka_unit_test(writes_a_part_of_authentication_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
