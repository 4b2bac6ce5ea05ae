/* SPDX-License-Identifier: MIT */
#include "auth/arc.h"
#include "auth/private/arc_sets.h"
#include "base/str.h"
#include "check.h"
#include "dkim_signer.h"

#define ARRIVAL 1767225600

#define MESSAGE                                                                \
	"From: Ann <ann@example.org>\r\nTo: bob\r\nSubject: Lunch\r\n"         \
	"\r\nHello\r\n"

static void
verify(struct arena *a, const char *text, enum rc dns, struct arc_result *out)
{
	static const char key[] = "k=ed25519; p=" ED25519_PUBLIC;
	const struct dns_record record = {
	    .text = key, .text_len = sizeof(key) - 1};
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[ARC_QUERIES_MAX];
	struct message_text m;
	struct arc_verify *v;
	size_t asked;

	message_text_split(a, text, strlen(text), &m);
	v = arc_verify_new(a, m.fields, m.n, bodies);
	body_hashes_add(bodies, m.body, m.body_len);
	body_hashes_end(bodies);
	asked = arc_verify_queries(v, queries);
	for (size_t i = 0; i < asked; i++) {
		queries[i].rc = dns;
		queries[i].records = &record;
		queries[i].n = dns == RC_OK;
	}
	arc_verify_finish(v, queries, asked, ARRIVAL, out);
	arc_verify_free(v);
	body_hashes_free(bodies);
}

/* The message with another set on top; NULL: nobody may add one. */
static const char *
seal(struct arena *a, const char *text, const char *const *names, size_t n)
{
	struct body_hashes *bodies = body_hashes_new();
	struct private_key *key;
	struct message_text m;
	struct arc_result chain;
	struct arc_seal set;
	struct arc_sealing sealing = {
	    .selector = "s1",
	    .chain = &chain,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .names = names,
	    .n_names = n,
	    .now = ARRIVAL,
	};
	enum rc rc;

	assert_int_equal(private_key_read(ed25519_pem, strlen(ed25519_pem),
			     &key, NULL),
	    RC_OK);
	verify(a, text, RC_OK, &chain);
	message_text_split(a, text, strlen(text), &m);
	sealing.key = key;
	sealing.fields = m.fields;
	sealing.n = m.n;
	sealing.domain = arena_printf(a, "hop%u.example", chain.n + 1);
	sealing.results = arena_printf(a, "mx.%s;\n\tspf=pass", sealing.domain);
	body_hashes_add(bodies, m.body, m.body_len);
	body_hashes_end(bodies);
	rc = arc_seal(a, &sealing, &set, NULL);
	private_key_free(key);
	body_hashes_free(bodies);
	if (rc != RC_OK)
		return NULL;
	return arena_printf(a,
	    "ARC-Seal: %s\r\nARC-Message-Signature: %s\r\n"
	    "ARC-Authentication-Results: %s\r\n%s",
	    set.seal, set.signature, set.results, text);
}

static const char *
sealed_often(struct arena *a, unsigned n)
{
	const char *text = MESSAGE;

	while (n-- > 0)
		text = seal(a, text, NULL, 0);
	return text;
}

static void
follows_a_chain(void **state)
{
	struct arena *a = arena_new();
	struct arc_result got;

	(void)state;
	verify(a, MESSAGE, RC_OK, &got);
	assert_int_equal(got.verdict, ARC_NONE);
	assert_int_equal(got.n, 0);
	verify(a, sealed_often(a, 3), RC_OK, &got);
	assert_int_equal(got.verdict, ARC_PASS);
	assert_null(got.problem);
	assert_int_equal(got.n, 3);
	assert_string_equal(got.sets[0].domain, "hop1.example");
	assert_string_equal(got.sets[2].domain, "hop3.example");
	assert_string_equal(got.sets[2].selector, "s1");
	assert_string_equal(got.sets[1].results, "mx.hop2.example; spf=pass");
	arena_free(a);
}

/* In a chain of two. */
static void
sees_what_was_changed(void **state)
{
	static const struct {
		const char *name, *what, *with;
		enum arc_verdict verdict;
		const char *problem;
	} rows[] = {
	    {"nothing", "", "", ARC_PASS, NULL},
	    {"the body", "Hello", "Bye", ARC_FAIL,
		"ARC-Message-Signature of instance 2: the body"},
	    {"a field", "Lunch", "Dinner", ARC_FAIL,
		"ARC-Message-Signature of instance 2: what was signed"},
	    {"a field that is not signed", "From: Ann", "X: y\r\nFrom: Ann",
		ARC_PASS, NULL},
	    {"what the first has seen", "hop1.example;\n\tspf=pass",
		"hop1.example;\n\tspf=fail", ARC_FAIL,
		"ARC-Seal of instance 2: what was signed"},
	    {"results without an instance", "i=1; mx", "mx", ARC_FAIL,
		"ARC-Authentication-Results without"},
	    {"results of another instance", "i=1; mx", "i=3; mx", ARC_FAIL,
		"instance 3 is not complete"},
	    {"results twice", "i=1; mx", "i=2; mx", ARC_FAIL,
		"ARC-Authentication-Results of instance 2 is there twice"},
	    {"a seal has gone", "ARC-Seal", "X-Seal", ARC_FAIL,
		"instance 2 is not complete"},
	    {"a signature has gone", "ARC-Message-Signature", "X-Signature",
		ARC_FAIL, "instance 2 is not complete"},
	    {"results have gone", "ARC-Authentication-Results", "X-Results",
		ARC_FAIL, "instance 2 is not complete"},
	    {"the chain had failed", "cv=pass", "cv=fail", ARC_FAIL,
		"the chain had failed at instance 2"},
	    {"none at the second", "cv=pass", "cv=none", ARC_FAIL,
		"cv= of instance 2 cannot be"},
	    {"pass at the first", "cv=none", "cv=pass", ARC_FAIL,
		"cv= of instance 1 cannot be"},
	    {"cv= is missing", "cv=pass;", "", ARC_FAIL,
		"ARC-Seal: cv= is missing"},
	    {"a seal with h=", "cv=pass;", "cv=pass; h=from;", ARC_FAIL,
		"ARC-Seal: h= has no place there"},
	    {"a tag twice", "cv=pass;", "cv=pass; cv=pass;", ARC_FAIL,
		"ARC-Seal: tag cv is there twice"},
	    {"a signature of ARC-Seal", "h=from:", "h=arc-seal:from:", ARC_FAIL,
		"ARC-Message-Signature: h= has ARC-Seal"},
	};
	struct arena *a = arena_new();
	const char *text = sealed_often(a, 2);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = strstr(text, rows[i].what);
		struct arc_result got;

		CHECK(at != NULL, rows[i].name);
		verify(a,
		    arena_printf(a, "%.*s%s%s", (int)(at - text), text,
			rows[i].with, at + strlen(rows[i].what)),
		    RC_OK, &got);
		CHECK(got.verdict == rows[i].verdict, rows[i].name);
		CHECK(!got.temporary, rows[i].name);
		if (rows[i].problem == NULL)
			CHECK_STR(got.problem, NULL, rows[i].name);
		else if (!str_starts(got.problem, rows[i].problem))
			fail_msg("%s: %s", rows[i].name, got.problem);
	}
	arena_free(a);
}

/* What an older signature covers may have been changed before the next one. */
static void
asks_only_the_newest_signature(void **state)
{
	struct arena *a = arena_new();
	const char *text = seal(a, MESSAGE, NULL, 0);
	const char *at = strstr(text, "Lunch");
	struct arc_result got;

	(void)state;
	text = arena_printf(a, "%.*s[list] %s", (int)(at - text), text, at);
	verify(a, text, RC_OK, &got);
	assert_int_equal(got.verdict, ARC_FAIL);
	/* We do not go on with it; whoever does, has not looked. */
	assert_null(seal(a, text, NULL, 0));
	arena_free(a);
}

/* The suite of 2018 lets it pass: nobody knows then who wrote the message. */
static void
wants_from_to_be_signed(void **state)
{
	static const char *const names[] = {"subject"};
	struct arena *a = arena_new();
	struct arc_result got;

	(void)state;
	verify(a, seal(a, MESSAGE, names, 1), RC_OK, &got);
	assert_int_equal(got.verdict, ARC_FAIL);
	assert_string_equal(got.problem,
	    "ARC-Message-Signature: h= does not sign From");
	arena_free(a);
}

#define BODY "Hello, all\r\n"

/* One set by hand, whose signature covers `limit` bytes of BODY. */
static const char *
sealed_up_to(struct arena *a, unsigned limit)
{
	static const char results[] =
	    "ARC-Authentication-Results: i=1; mx.example; dmarc=pass\r\n";
	static const char seal[] =
	    "ARC-Seal: i=1; a=ed25519-sha256; cv=none; d=a.example; s=s1; b=";
	const char *signature = signer_field(a, ed25519_pem,
	    "ARC-Message-Signature: ",
	    arena_printf(a,
		"i=1; a=ed25519-sha256; c=relaxed/relaxed; d=a.example; s=s1; "
		"h=from; l=%u; bh=@; b=@",
		limit),
	    "From: ann\r\n", BODY);
	const char *set = arena_printf(a, "%s\r\n%s", signature, results);
	struct message_text m;

	message_text_split(a, set, strlen(set), &m);
	return arena_printf(a, "%s%s\r\n%sFrom: ann\r\n\r\n%s", seal,
	    signer_sign(a, ed25519_pem, seal,
		" c=relaxed/relaxed; h=arc-authentication-results:"
		"arc-message-signature",
		&m),
	    set, BODY);
}

static void
knows_how_much_is_left_open(void **state)
{
	struct arena *a = arena_new();
	struct arc_result got;

	(void)state;
	verify(a, sealed_up_to(a, 5), RC_OK, &got);
	assert_int_equal(got.verdict, ARC_PASS);
	assert_int_equal(got.body_unsigned, strlen(BODY) - 5);
	verify(a, sealed_up_to(a, (unsigned)strlen(BODY)), RC_OK, &got);
	assert_int_equal(got.verdict, ARC_PASS);
	assert_int_equal(got.body_unsigned, 0);
	verify(a, sealed_often(a, 1), RC_OK, &got);
	assert_int_equal(got.body_unsigned, 0);
	arena_free(a);
}

static void
tells_whose_fault_it_is(void **state)
{
	struct arena *a = arena_new();
	const char *text = sealed_often(a, 2);
	struct arc_result got;

	(void)state;
	verify(a, text, RC_TEMP, &got);
	assert_int_equal(got.verdict, ARC_FAIL);
	assert_true(got.temporary);
	verify(a, text, RC_NONE, &got);
	assert_int_equal(got.verdict, ARC_FAIL);
	assert_false(got.temporary);
	arena_free(a);
}

static void
has_limits(void **state)
{
	struct arena *a = arena_new();
	const char *text = sealed_often(a, ARC_SETS_VERIFIED_MAX);
	struct arc_result got;
	struct str s;

	(void)state;
	verify(a, text, RC_OK, &got);
	assert_int_equal(got.verdict, ARC_PASS);
	assert_int_equal(got.n, 10);
	assert_null(seal(a, text, NULL, 0));
	str_init(&s, a);
	for (int i = 1; i <= 51; i++) {
		str_addf(&s,
		    "ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=a.example; s=b; "
		    "b=AAAA\r\nARC-Message-Signature: i=%d\r\n"
		    "ARC-Authentication-Results: i=%d; x\r\n",
		    i, i == 1 ? "none" : "pass", i, i);
		if (i < 50)
			continue;
		verify(a, s.text, RC_OK, &got);
		assert_int_equal(got.verdict, ARC_FAIL);
		assert_string_equal(got.problem,
		    i == 50 ? "a chain of more than 10 instances is not "
			      "verified"
			    : "ARC-Seal: i= is not from 1 to 50");
	}
	arena_free(a);
}

static void
reads_the_instance_of_results(void **state)
{
	static const struct {
		const char *value;
		unsigned instance;
	} rows[] = {
	    {" i=1; x", 1},
	    {"i=50;", 50},
	    {"i=51;", 0},
	    {"i=0;", 0},
	    {"i=;", 0},
	    {"i=1", 0},
	    {"i=1 x;", 0},
	    {"\r\n\ti = 7 ; x", 7},
	    {" (a (b) \\) c) i (d)=(e) 3 (f); x", 3},
	    {"(i=1; x", 0},
	    {"(i=1;\\", 0},
	    {"mx; i=1;", 0},
	    {"ii=1;", 0},
	    {"I=1;", 0},
	    {"i=-1;", 0},
	    {"i=99999999999999999999;", 0},
	    {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t rest;

		CHECK(arc_results_instance(rows[i].value, strlen(rows[i].value),
			  &rest) == rows[i].instance,
		    rows[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follows_a_chain),
	    cmocka_unit_test(sees_what_was_changed),
	    cmocka_unit_test(asks_only_the_newest_signature),
	    cmocka_unit_test(wants_from_to_be_signed),
	    cmocka_unit_test(knows_how_much_is_left_open),
	    cmocka_unit_test(tells_whose_fault_it_is),
	    cmocka_unit_test(has_limits),
	    cmocka_unit_test(reads_the_instance_of_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
