/* SPDX-License-Identifier: MIT */
#include "auth/private/dkim_message.h"
#include "dkim_signer.h"

#define HEADER                                                                 \
	"From: Ann <ann@example.org>\r\nTo: bob@example.net\r\n"               \
	"Subject: Lunch  today\r\nX-Empty:\r\nX-Space: \r\n"                   \
	"Received: two\r\nReceived: one\r\n"
#define BODY    "Hello  Bob,\r\n\r\nlunch at one? \r\n\r\n"
#define START   "v=1; a=rsa-sha256; d=example.org; s=sel; "
#define NAMES   "h=from:to:subject; "
#define TAIL    "bh=@; b=@"
#define RELAXED "c=relaxed/relaxed; "
#define KEY     "v=DKIM1; k=rsa; p=" RSA_PUBLIC
#define ARRIVAL 1767225600

struct trap {
	const char *name, *tags;
	enum dkim_verdict verdict;
	const char *problem; /* the beginning */
	/* What is other than usual. */
	const char *key, *own, *header, *sent_header, *body, *sent_body;
	uint64_t body_unsigned;
	bool ed25519, testing;
	enum rc dns;
};

static const struct trap signatures[] = {
    {"simple", START NAMES TAIL, .verdict = DKIM_PASS},
    {"simple/simple said", START "c=simple/simple; " NAMES TAIL,
	.verdict = DKIM_PASS},
    {"relaxed", START RELAXED NAMES TAIL, .verdict = DKIM_PASS},
    {"relaxed/simple", START "c=relaxed/simple; " NAMES TAIL,
	.verdict = DKIM_PASS},
    {"simple/relaxed", START "c=simple/relaxed; " NAMES TAIL,
	.verdict = DKIM_PASS},
    {"Ed25519", "v=1; a=ed25519-sha256; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PASS, .ed25519 = true,
	.key = "v=DKIM1; k=ed25519; p=" ED25519_PUBLIC},
    /* 1, 2 */
    {"a tag twice", START NAMES "t=1; t=1; " TAIL, .verdict = DKIM_PERMERROR,
	"tag t is there twice"},
    {"an unknown tag", START NAMES "zz=1; " TAIL, .verdict = DKIM_PASS},
    {"names have their case", START NAMES "V=2; " TAIL, .verdict = DKIM_PASS},
    {"a semicolon at the end", START NAMES TAIL ";", .verdict = DKIM_PASS},
    {"two", START NAMES TAIL ";;", .verdict = DKIM_PERMERROR,
	"a tag without a name"},
    {"white space around all",
	"v = 1 ; a=\trsa-sha256;\r\n\td=example.org ; s\r\n =sel;"
	" h=from : to\r\n\t:subject; " TAIL,
	.verdict = DKIM_PASS},
    /* 3 */
    {"no v=", "a=rsa-sha256; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "v= is missing"},
    {"v=2", "v=2; a=rsa-sha256; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "v= is not 1"},
    {"v=1.0", "v=1.0; a=rsa-sha256; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "v= is not 1"},
    {"v= last", "a=rsa-sha256; d=example.org; s=sel; " NAMES TAIL "; v=1",
	.verdict = DKIM_PASS},
    /* 4 */
    {"c=relaxed is relaxed/simple", START "c=relaxed; " NAMES TAIL,
	.verdict = DKIM_PASS,
	.sent_header = "from:  Ann <ann@example.org>\r\nTo:bob@example.net\r\n"
		       "Subject: Lunch today\r\n"},
    {"its body is simple", START "c=relaxed; " NAMES TAIL, .verdict = DKIM_FAIL,
	"the body", .sent_body = "Hello Bob,\r\n\r\nlunch at one? \r\n"},
    {"c= unknown", START "c=nofws; " NAMES TAIL, .verdict = DKIM_PERMERROR,
	"c= is not known"},
    {"c= half", START "c=relaxed/; " NAMES TAIL, .verdict = DKIM_PERMERROR,
	"c= is not known"},
    /* 5 */
    {"rsa-sha1", "v=1; a=rsa-sha1; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "rsa-sha1 proves nothing"},
    {"a= unknown", "v=1; a=rsa-sha512; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "a= is not known"},
    {"a= in upper case", "v=1; a=RSA-SHA256; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PASS},
    {"a key too short", START NAMES TAIL, .verdict = DKIM_POLICY,
	"RSA key of 768 bits", .key = "p=" RSA_768_PUBLIC},
    {"PKCS#1", START NAMES TAIL, .verdict = DKIM_PASS,
	.key = "v=DKIM1; p=" RSA_PUBLIC_PKCS1},
    /* 7, 8, 9 */
    {"no body, simple", START NAMES TAIL, .verdict = DKIM_PASS, .body = "",
	.sent_body = "\r\n\r\n"},
    {"no body, relaxed", START RELAXED NAMES TAIL, .verdict = DKIM_PASS,
	.body = "", .sent_body = " \t\r\n\r\n"},
    {"a space is no empty line, simple", START NAMES TAIL, .verdict = DKIM_FAIL,
	"the body", .body = "", .sent_body = " \r\n"},
    {"white space at line ends, relaxed", START RELAXED NAMES TAIL,
	.verdict = DKIM_PASS,
	.sent_body = "Hello Bob, \r\n\r\nlunch\tat one?\r\n \r\n"},
    {"white space at line beginnings, relaxed", START RELAXED NAMES TAIL,
	.verdict = DKIM_FAIL, "the body",
	.sent_body = " Hello  Bob,\r\n\r\nlunch at one? \r\n"},
    {"no last line end", START NAMES TAIL, .verdict = DKIM_PASS, .body = "x",
	.sent_body = "x\r\n"},
    {"a CR in the body", START RELAXED NAMES TAIL, .verdict = DKIM_FAIL,
	"the body", .sent_body = "Hello  Bob,\r\n\r\nlunch at one?\r \r\n"},
    /* 12, 13 */
    {"folded anew, relaxed", START RELAXED NAMES TAIL, .verdict = DKIM_PASS,
	.sent_header = "FROM:\r\n Ann\r\n\t<ann@example.org>\r\n"
		       "To : bob@example.net \r\nSubject: Lunch\n today\r\n"},
    {"a name's case, simple", START NAMES TAIL, .verdict = DKIM_FAIL,
	"the header",
	.sent_header = "from: Ann <ann@example.org>\r\nTo: bob@example.net\r\n"
		       "Subject: Lunch  today\r\n"},
    {"empty values", START "h=from:x-empty:x-space; " TAIL,
	.verdict = DKIM_PASS},
    {"empty values, relaxed", START RELAXED "h=from:x-empty:x-space; " TAIL,
	.verdict = DKIM_PASS,
	.sent_header = "From: Ann <ann@example.org>\r\nX-Empty: \r\n"
		       "X-Space:\r\n"},
    {"one space less, simple", START "h=from:x-space; " TAIL,
	.verdict = DKIM_FAIL, "the header",
	.sent_header = "From: Ann <ann@example.org>\r\nX-Space:\r\n"},
    /* 14 */
    {"b= in the middle",
	"v=1; a=rsa-sha256; b=@; d=example.org; s=sel; " NAMES "bh=@; t=1",
	.verdict = DKIM_PASS},
    {"b= before bh=", START NAMES "b=@; bh=@", .verdict = DKIM_PASS},
    {"white space around b=", START NAMES "bh=@;\r\n\tb=@",
	.verdict = DKIM_PASS},
    {"white space around its value",
	START NAMES "bh=@; " SIGNER_B_SPACED "; t=1", .verdict = DKIM_PASS},
    {"and at the end", START RELAXED NAMES "bh=@; " SIGNER_B_SPACED,
	.verdict = DKIM_PASS},
    {"no b=", START NAMES "bh=@", .verdict = DKIM_PERMERROR, "b= is missing"},
    {"b= empty", START NAMES "bh=@; b=", .verdict = DKIM_PERMERROR,
	"b= is no base64"},
    {"b= no base64", START NAMES "bh=@; b=a*b=", .verdict = DKIM_PERMERROR,
	"b= is no base64"},
    {"b= too short", START NAMES "bh=@; b=AAAA", .verdict = DKIM_FAIL,
	"the header"},
    {"no bh=", START NAMES "b=@", .verdict = DKIM_PERMERROR, "bh= is missing"},
    {"bh= too short", START NAMES "bh=AAAA; b=@", .verdict = DKIM_PERMERROR,
	"bh= is not of 32 bytes"},
    {"bh= wrong",
	START NAMES "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=@",
	.verdict = DKIM_FAIL, "the body"},
    {"no space behind the colon", START NAMES TAIL, .verdict = DKIM_PASS,
	.own = "DKIM-Signature:"},
    {"a fold behind the colon", START RELAXED NAMES TAIL, .verdict = DKIM_PASS,
	.own = "dkim-signature:\r\n\t"},
    {"a space before the colon", START NAMES TAIL, .verdict = DKIM_PASS,
	.own = "DKIM-Signature : "},
    /* 15, 16 */
    {"from the bottom up", START "h=from:received:Received; " TAIL,
	.verdict = DKIM_PASS, .sent_header = "Received: three\r\n" HEADER},
    {"only the last one", START "h=from:received; " TAIL, .verdict = DKIM_PASS,
	.sent_header = "Received: three\r\n" HEADER},
    {"the last one has gone", START "h=from:received; " TAIL,
	.verdict = DKIM_FAIL, "the header",
	.sent_header = "From: Ann <ann@example.org>\r\nReceived: two\r\n"},
    {"oversigned", START "h=from:from:to; " TAIL, .verdict = DKIM_PASS},
    {"oversigned, and added on top", START "h=from:from:to; " TAIL,
	.verdict = DKIM_FAIL, "the header",
	.sent_header = "From: eve@example.com\r\n" HEADER},
    {"not oversigned, and added on top", START "h=from:to; " TAIL,
	.verdict = DKIM_PASS,
	.sent_header = "From: eve@example.com\r\n" HEADER},
    {"added at the bottom", START "h=from:to; " TAIL, .verdict = DKIM_FAIL,
	"the header", .sent_header = HEADER "From: eve@example.com\r\n"},
    {"signed as absent", START "h=from:x-absent; " TAIL, .verdict = DKIM_PASS},
    {"and added", START "h=from:x-absent; " TAIL, .verdict = DKIM_FAIL,
	"the header", .sent_header = HEADER "X-Absent: 1\r\n"},
    /* 17 */
    {"From is not signed", START "h=to:subject; " TAIL,
	.verdict = DKIM_PERMERROR, "h= does not sign From"},
    {"h= empty", START "h=; " TAIL, .verdict = DKIM_PERMERROR, "h= is no list"},
    {"h= with an empty name", START "h=from::to; " TAIL,
	.verdict = DKIM_PERMERROR, "h= is no list"},
    {"h= with a space in a name", START "h=from:x y; " TAIL,
	.verdict = DKIM_PERMERROR, "h= is no list"},
    {"no h=", START TAIL, .verdict = DKIM_PERMERROR, "h= is missing"},
    /* 18 */
    {"its own name", START "h=from:dkim-signature; " TAIL,
	.verdict = DKIM_PASS},
    {"another signature", START "h=from:dkim-signature; " TAIL,
	.verdict = DKIM_FAIL, "the header",
	.sent_header = HEADER "DKIM-Signature: x\r\n"},
    /* 19 */
    {"i= of d=", START NAMES "i=@example.org; " TAIL, .verdict = DKIM_PASS},
    {"i= below", START NAMES "i=ann@mail.example.org; " TAIL,
	.verdict = DKIM_PASS},
    {"i= quoted", START NAMES "i=ann=2Bx=40=65xample.org; " TAIL,
	.verdict = DKIM_PASS},
    {"i= quoted wrongly", START NAMES "i=ann=2b@example.org; " TAIL,
	.verdict = DKIM_PERMERROR, "i= is no quoted-printable"},
    {"i= ends in an equals sign", START NAMES "i=ann@example.org=; " TAIL,
	.verdict = DKIM_PERMERROR, "i= is no quoted-printable"},
    {"i= elsewhere", START NAMES "i=@example.com; " TAIL,
	.verdict = DKIM_PERMERROR, "i= is not within d="},
    {"i= at no label's beginning", START NAMES "i=@anexample.org; " TAIL,
	.verdict = DKIM_PERMERROR, "i= is not within d="},
    {"i= without @", START NAMES "i=example.org; " TAIL,
	.verdict = DKIM_PERMERROR, "i= has no domain"},
    {"i= empty", START NAMES "i=; " TAIL, .verdict = DKIM_PERMERROR,
	"i= has no domain"},
    {"i= above",
	"v=1; a=rsa-sha256; d=mail.example.org; s=sel; " NAMES
	"i=@example.org; " TAIL,
	.verdict = DKIM_PERMERROR, "i= is not within d="},
    {"t=s and i= below", START NAMES "i=@mail.example.org; " TAIL,
	.verdict = DKIM_PERMERROR, "the key is not for identities",
	.key = "t=y:s; " KEY, .testing = true},
    {"t=s and i= of d=", START NAMES "i=@EXAMPLE.org; " TAIL,
	.verdict = DKIM_PASS, .key = "t=s; " KEY},
    /* 20 */
    {"q=", START NAMES "q=dns/txt; " TAIL, .verdict = DKIM_PASS},
    {"q= with unknown ones", START NAMES "q=http:dns/txt; " TAIL,
	.verdict = DKIM_PASS},
    {"q= unknown", START NAMES "q=http; " TAIL, .verdict = DKIM_PERMERROR,
	"q= has no method"},
    /* 21 */
    {"t= in the future", START NAMES "t=99999999999; " TAIL,
	.verdict = DKIM_PASS},
    {"t= of many digits", START NAMES "t=9999999999999999999999; " TAIL,
	.verdict = DKIM_PASS},
    {"t= is no number", START NAMES "t=now; " TAIL, .verdict = DKIM_PERMERROR,
	"t= is no number"},
    {"x= later", START NAMES "t=1767225000; x=1767225601; " TAIL,
	.verdict = DKIM_PASS},
    {"x= now", START NAMES "t=1767225000; x=1767225600; " TAIL,
	.verdict = DKIM_PERMERROR, "it has expired"},
    {"x= before t=", START NAMES "t=1767225602; x=1767225601; " TAIL,
	.verdict = DKIM_PERMERROR, "x= is not after t="},
    {"x= of many digits", START NAMES "x=99999999999999999999999; " TAIL,
	.verdict = DKIM_PASS},
    {"x= is no number", START NAMES "x=-1; " TAIL, .verdict = DKIM_PERMERROR,
	"x= is no number"},
    /* 22 */
    {"l= of all", START "l=31; " NAMES TAIL, .verdict = DKIM_PASS},
    {"l= of less", START "l=28; " NAMES TAIL, .verdict = DKIM_PASS,
	.body_unsigned = 3},
    {"l=0", START "l=0; " NAMES TAIL, .verdict = DKIM_PASS,
	.body_unsigned = 31},
    {"l= and something behind it", START "l=31; " NAMES TAIL,
	.verdict = DKIM_PASS, .sent_body = BODY "Spam\r\n", .body_unsigned = 8},
    {"l= and something before", START "l=31; " NAMES TAIL, .verdict = DKIM_FAIL,
	"the body", .sent_body = "Spam\r\n" BODY, .body_unsigned = 6},
    {"l= longer than the body", START "l=32; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "l= is longer than the body"},
    {"l= of 76 digits",
	START "l=99999999999999999999999999999999999999"
	      "99999999999999999999999999999999999999; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "l= is longer than the body"},
    {"l= of 77 digits",
	START "l=000000000000000000000000000000000000000"
	      "00000000000000000000000000000000000031; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "l= is no number"},
    {"l= wraps around", START "l=18446744073709551647; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "l= is longer than the body"},
    {"l= negative", START "l=-1; " NAMES TAIL, .verdict = DKIM_PERMERROR,
	"l= is no number"},
    /* 26 */
    {"U-labels",
	"v=1; a=rsa-sha256; d=b\xc3\xbc"
	"cher.example; s=sel; " NAMES "i=\xc3\xbc@mail.b\xc3\xbc"
	"cher.example; " TAIL,
	.verdict = DKIM_PASS},
    {"d= in upper case", "v=1; a=rsa-sha256; d=Example.ORG; s=SEL; " NAMES TAIL,
	.verdict = DKIM_PASS},
    {"d= of one label", "v=1; a=rsa-sha256; d=org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "d= is a name of one label"},
    {"d= with a dot at its end",
	"v=1; a=rsa-sha256; d=example.org.; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "d= is no domain name"},
    {"d= empty", "v=1; a=rsa-sha256; d=; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "d= is no domain name"},
    {"no d=", "v=1; a=rsa-sha256; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "d= is missing"},
    {"no s=", "v=1; a=rsa-sha256; d=example.org; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "s= is missing"},
    {"s= with dots", "v=1; a=rsa-sha256; d=example.org; s=a.b; " NAMES TAIL,
	.verdict = DKIM_PASS},
    {"s= with a space", "v=1; a=rsa-sha256; d=example.org; s=a b; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "s= is no selector"},
    {"empty", "", .verdict = DKIM_PERMERROR, "a tag without a name"},
    {"garbage", "\xff\xfe garbage", .verdict = DKIM_PERMERROR,
	"a tag without a name"},
    /* 23, 25: dkim_key has more of them */
    {"revoked", START NAMES TAIL, .verdict = DKIM_PERMERROR,
	"the key was revoked", .key = "v=DKIM1; p="},
    {"a key of another kind", START NAMES TAIL, .verdict = DKIM_PERMERROR,
	"the key is of another kind",
	.key = "v=DKIM1; k=ed25519; p=" ED25519_PUBLIC},
    {"an RSA key for Ed25519",
	"v=1; a=ed25519-sha256; d=example.org; s=sel; " NAMES TAIL,
	.verdict = DKIM_PERMERROR, "the key is of another kind",
	.ed25519 = true},
    {"t=y passes", START NAMES TAIL, .verdict = DKIM_PASS, .key = "t=y; " KEY,
	.testing = true},
    {"t=y fails", START NAMES TAIL, .verdict = DKIM_FAIL, "the body",
	.key = "t=y; " KEY, .testing = true, .sent_body = "x\r\n"},
    {"no key", START NAMES TAIL, .verdict = DKIM_PERMERROR, "there is no key",
	.dns = RC_NONE},
    {"no answer", START NAMES TAIL, .verdict = DKIM_TEMPERROR,
	"no answer for the key", .dns = RC_TEMP},
    {"no answer, and the body changed", START NAMES TAIL,
	.verdict = DKIM_TEMPERROR, "no answer for the key", .dns = RC_TEMP,
	.sent_body = "x\r\n"},
    {"no answer, and expired", START NAMES "x=1; " TAIL,
	.verdict = DKIM_PERMERROR, "it has expired", .dns = RC_TEMP},
};

static const char *
or_else(const char *text, const char *usual)
{
	return text != NULL ? text : usual;
}

static const char *
message_of(struct arena *a, const struct trap *t)
{
	const char *header = or_else(t->header, HEADER);
	const char *body = or_else(t->body, BODY);

	return arena_printf(a, "%s\r\n%s\r\n%s",
	    signer_field(a, t->ed25519 ? ed25519_pem : rsa_pem,
		or_else(t->own, "DKIM-Signature: "), t->tags, header, body),
	    or_else(t->sent_header, header), or_else(t->sent_body, body));
}

static void
answer_with(struct dns_query *queries, size_t n, enum rc rc,
    const struct dns_record *record)
{
	for (size_t i = 0; i < n; i++) {
		queries[i].rc = rc;
		queries[i].records = record;
		queries[i].n = rc == RC_OK;
	}
}

static size_t signatures_max = DKIM_SIGNATURES_MAX; /* of the next messages */

/* The results of a message whose keys are all the same. */
static const struct dkim_result *
verify(struct arena *a, const char *text, const char *author, const char *key,
    enum rc dns, size_t *n)
{
	const struct dns_record record = {.text = key, .text_len = strlen(key)};
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	const struct dkim_result *results;
	struct dkim_message message;
	struct message_text m;
	struct dkim_verify *v;
	size_t asked;

	message_text_split(a, text, strlen(text), &m);
	message = (struct dkim_message){m.fields, m.n, author, signatures_max};
	v = dkim_verify_open(a, &message, bodies);
	body_hashes_add(bodies, m.body, m.body_len);
	body_hashes_end(bodies);
	asked = dkim_verify_queries(v, queries);
	answer_with(queries, asked, dns, &record);
	results = dkim_verify_finish(v, queries, asked, ARRIVAL);
	*n = dkim_verify_count(v);
	dkim_verify_free(v);
	body_hashes_free(bodies);
	return results;
}

static void
check_trap(const struct trap *t, const struct dkim_result *got)
{
	if (got->verdict != t->verdict)
		fail_msg("%s: %s (%s)", t->name,
		    dkim_verdict_name(got->verdict), got->problem);
	if (t->problem == NULL)
		CHECK_STR(got->problem, NULL, t->name);
	else if (!str_starts(got->problem, t->problem))
		fail_msg("%s: %s", t->name, got->problem);
	CHECK(got->testing == t->testing, t->name);
	CHECK(got->body_unsigned == t->body_unsigned, t->name);
	CHECK((got->failure != DKIM_NO_FAILURE) == (t->verdict == DKIM_FAIL),
	    t->name);
}

static void
judges_signatures(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(signatures); i++) {
		const struct trap *t = &signatures[i];
		size_t n;
		const struct dkim_result *got = verify(a, message_of(a, t),
		    NULL, or_else(t->key, KEY), t->dns, &n);

		CHECK(n >= 1, t->name);
		check_trap(t, &got[0]);
		arena_reset(a);
	}
	arena_free(a);
}

static void
tells_what_it_has_seen(void **state)
{
	static const struct trap t = {"all of it",
	    "v=1; a=RSA-sha256; d=B\xc3\xbc"
	    "cher.example; s=Sel; c=relaxed; "
	    "h=From:to; l=5; t=1767225000; x=1767229000; " TAIL,
	    .verdict = DKIM_PASS};
	struct arena *a = arena_new();
	size_t n;
	const struct dkim_result *got =
	    verify(a, message_of(a, &t), NULL, KEY, RC_OK, &n);

	(void)state;
	assert_int_equal(n, 1);
	assert_int_equal(got->verdict, DKIM_PASS);
	assert_string_equal(got->domain, "xn--bcher-kva.example");
	assert_string_equal(got->domain_written, "B\xc3\xbc"
						 "cher.example");
	assert_string_equal(got->selector, "sel");
	assert_string_equal(got->identity, "@xn--bcher-kva.example");
	assert_string_equal(got->algorithm, "RSA-sha256");
	assert_int_equal(strlen(got->signature), 8);
	assert_int_equal(got->header, CANON_RELAXED);
	assert_int_equal(got->body, CANON_SIMPLE);
	assert_true(got->has_limit);
	assert_int_equal(got->signed_at, 1767225000);
	assert_int_equal(got->expires, 1767229000);
	assert_int_equal(got->n_names, 2);
	assert_string_equal(got->names[0], "From");
	arena_free(a);
}

/* What stands in a signature is a stranger's. */
static void
shows_nothing_that_is_not_printable(void **state)
{
	static const struct trap t = {"hostile",
	    "v=1; a=x\xff; d=e\xfe.example; s=\xe2\x80\xae; "
	    "i=a=0D=0Ab@c; " TAIL,
	    .verdict = DKIM_PERMERROR};
	struct arena *a = arena_new();
	size_t n;
	const struct dkim_result *got =
	    verify(a, message_of(a, &t), NULL, KEY, RC_OK, &n);

	(void)state;
	assert_int_equal(got->verdict, DKIM_PERMERROR);
	assert_string_equal(got->algorithm, "x\\xff");
	assert_string_equal(got->domain_written, "e\\xfe.example");
	assert_null(got->domain);
	assert_null(got->selector);
	assert_string_equal(got->identity, "a\\x0d\\x0ab@c");
	arena_free(a);
}

/* ---- several signatures */

static const char *
signed_by(struct arena *a, const char *domain, const char *more)
{
	return signer_field(a, rsa_pem, "DKIM-Signature: ",
	    arena_printf(a, "v=1; a=rsa-sha256; d=%s; s=sel; %s" NAMES TAIL,
		domain, more),
	    HEADER, BODY);
}

/* count signatures, of s0.example and so on, above the message. */
static const char *
signed_often(struct arena *a, size_t count, const char *last)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i + 1 < count; i++)
		str_addf(&s, "%s\r\n",
		    signed_by(a, arena_printf(a, "s%zu.example", i), ""));
	str_addf(&s, "%s\r\n" HEADER "\r\n" BODY, signed_by(a, last, ""));
	return s.text;
}

static size_t
count_passes(const struct dkim_result *results, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (results[i].verdict == DKIM_PASS)
			count++;
		else
			assert_int_equal(results[i].verdict, DKIM_POLICY);
	return count;
}

static void
looks_at_ten_signatures(void **state)
{
	static const struct {
		const char *author, *signer;
		bool passes;
	} rows[] = {
	    {NULL, "example.org", false},
	    {"example.org", "example.org", true},
	    {"example.org", "mail.example.org", true},
	    {"news.example.org", "example.org", true},
	    {"a.example.org", "b.example.org", true},
	    {"example.org", "anexample.org", true}, /* .org at least */
	    {"example.com", "example.org", false},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n;
		const struct dkim_result *got =
		    verify(a, signed_often(a, 12, rows[i].signer),
			rows[i].author, KEY, RC_OK, &n);

		assert_int_equal(n, 12);
		CHECK(count_passes(got, n) == 10, rows[i].signer);
		CHECK((got[11].verdict == DKIM_PASS) == rows[i].passes,
		    rows[i].signer);
		CHECK(got[0].verdict == DKIM_PASS, rows[i].signer);
		arena_reset(a);
	}
	arena_free(a);
}

static void
looks_at_fewer_if_told(void **state)
{
	struct arena *a = arena_new();
	const char *text = arena_printf(a,
	    "%s\r\n%s\r\n%s\r\n" HEADER "\r\n" BODY,
	    signed_by(a, "example.net", ""), signed_by(a, "example.com", ""),
	    signed_by(a, "example.org", ""));
	const struct dkim_result *got;
	size_t n;

	(void)state;
	for (signatures_max = 1; signatures_max <= 3; signatures_max++) {
		got = verify(a, text, "example.org", KEY, RC_OK, &n);
		assert_int_equal(n, 3);
		assert_int_equal(count_passes(got, n), signatures_max);
		assert_int_equal(got[2].verdict, DKIM_PASS);
		assert_int_equal(got[1].verdict,
		    signatures_max < 3 ? DKIM_POLICY : DKIM_PASS);
	}
	signatures_max = DKIM_SIGNATURES_MAX;
	arena_free(a);
}

static void
lists_a_hundred_signatures(void **state)
{
	struct arena *a = arena_new();
	struct str s;
	size_t n;
	const struct dkim_result *got;

	(void)state;
	str_init(&s, a);
	for (int i = 0; i < 3000; i++)
		str_add(&s, "DKIM-Signature: x\r\n");
	str_add(&s, signed_often(a, 1, "example.org"));
	got = verify(a, s.text, "example.org", KEY, RC_OK, &n);
	assert_int_equal(n, DKIM_RESULTS_MAX);
	assert_int_equal(got[99].verdict, DKIM_PERMERROR);
	arena_free(a);
}

static void
hashes_a_body_four_times(void **state)
{
	struct arena *a = arena_new();
	struct str s;
	size_t n;
	const struct dkim_result *got;

	(void)state;
	str_init(&s, a);
	for (size_t i = 0; i < 6; i++)
		str_addf(&s, "%s\r\n",
		    signed_by(a, "example.org",
			arena_printf(a, "l=%zu; ", 10 + i)));
	str_addf(&s, "%s\r\n" HEADER "\r\n" BODY,
	    signed_by(a, "example.org", "l=12; "));
	got = verify(a, s.text, NULL, KEY, RC_OK, &n);
	assert_int_equal(n, 7);
	assert_int_equal(count_passes(got, n), 5);
	assert_int_equal(got[4].verdict, DKIM_POLICY);
	assert_int_equal(got[6].verdict, DKIM_PASS);
	arena_free(a);
}

/* Ten signatures of one selector are one question. */
static void
asks_each_key_once(void **state)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	struct arena *a = arena_new();
	struct message_text m;
	struct dkim_verify *v;
	const char *text =
	    arena_printf(a, "%s\r\n%s\r\n%s\r\nDKIM-Signature: x\r\n" HEADER,
		signed_by(a, "example.org", ""),
		signed_by(a, "EXAMPLE.org", "l=1; "),
		signed_by(a, "example.net", ""));
	const struct dkim_result *got;

	(void)state;
	message_text_split(a, text, strlen(text), &m);
	v = dkim_verify_new(a, m.fields, m.n, NULL, bodies);
	assert_true(body_hashes_wanted(bodies));
	assert_int_equal(dkim_verify_queries(v, queries), 2);
	assert_string_equal(queries[0].name, "sel._domainkey.example.org");
	assert_int_equal(queries[0].type, DNS_TXT);
	assert_string_equal(queries[1].name, "sel._domainkey.example.net");
	body_hashes_end(bodies);
	got = dkim_verify_finish(v, NULL, 0, ARRIVAL);
	assert_int_equal(got[0].verdict, DKIM_TEMPERROR);
	assert_int_equal(got[3].verdict, DKIM_PERMERROR);
	dkim_verify_free(v);
	body_hashes_free(bodies);
	arena_free(a);
}

static void
wants_no_body_in_vain(void **state)
{
	static const char *const messages[] = {
	    "From: a@example.org\r\n\r\n",
	    "DKIM-Signature: v=1; a=rsa-sha1; d=a.example; s=b; h=from; "
	    "bh=AA==; b=AA==\r\nFrom: a@example.org\r\n\r\n",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct body_hashes *bodies = body_hashes_new();
		struct dns_query queries[DKIM_SIGNATURES_MAX];
		struct message_text m;
		struct dkim_verify *v;

		message_text_split(a, messages[i], strlen(messages[i]), &m);
		v = dkim_verify_new(a, m.fields, m.n, NULL, bodies);
		CHECK(!body_hashes_wanted(bodies), messages[i]);
		CHECK(dkim_verify_queries(v, queries) == 0, messages[i]);
		CHECK(dkim_verify_count(v) == i, messages[i]);
		dkim_verify_free(v);
		body_hashes_free(bodies);
	}
	arena_free(a);
}

static void
tells_signatures_of_one_domain_apart(void **state)
{
	struct arena *a = arena_new();
	const char *text =
	    arena_printf(a, "DKIM-Signature: b=AAAABBBBCCCCDDDD\r\n"
			    "DKIM-Signature: b=AAAABBBBCCCCEEEE\r\n"
			    "DKIM-Signature: b=AAAA\r\n"
			    "DKIM-Signature: b=AAAABBBBCCCCEEEE\r\n\r\n");
	size_t n;
	const struct dkim_result *got = verify(a, text, NULL, KEY, RC_OK, &n);

	(void)state;
	assert_string_equal(got[0].signature, "AAAABBBBCCCCD");
	assert_string_equal(got[1].signature, "AAAABBBBCCCCE");
	assert_string_equal(got[2].signature, "AAAA");
	arena_free(a);
}

static void
has_limits_of_headers(void **state)
{
	struct arena *a = arena_new();
	const char *signature = signed_by(a, "example.org", "");
	struct str s;
	size_t n;
	const struct dkim_result *got;

	(void)state;
	str_init(&s, a);
	str_addf(&s, "%s\r\n" HEADER, signature);
	for (int i = 0; i < 4; i++) {
		str_add(&s, "X: ");
		for (int j = 0; j < 6500; j++)
			str_add(&s, "0123456789");
		str_add(&s, "\r\n");
	}
	got = verify(a, arena_printf(a, "%s\r\n" BODY, s.text), NULL, KEY,
	    RC_OK, &n);
	assert_int_equal(got[0].verdict, DKIM_PASS);
	str_add(&s, "Y: ");
	for (int j = 0; j < 200; j++)
		str_add(&s, "0123456789");
	got = verify(a, arena_printf(a, "%s\r\n\r\n" BODY, s.text), NULL, KEY,
	    RC_OK, &n);
	assert_int_equal(got[0].verdict, DKIM_POLICY);
	str_init(&s, a);
	str_addf(&s, "%s\r\n" HEADER, signature);
	for (int i = 0; i < HEADER_FIELDS_MAX; i++)
		str_add(&s, "X: 1\r\n");
	got = verify(a, arena_printf(a, "%s\r\n" BODY, s.text), NULL, KEY,
	    RC_OK, &n);
	assert_int_equal(got[0].verdict, DKIM_POLICY);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_signatures),
	    cmocka_unit_test(tells_what_it_has_seen),
	    cmocka_unit_test(shows_nothing_that_is_not_printable),
	    cmocka_unit_test(looks_at_ten_signatures),
	    cmocka_unit_test(looks_at_fewer_if_told),
	    cmocka_unit_test(lists_a_hundred_signatures),
	    cmocka_unit_test(hashes_a_body_four_times),
	    cmocka_unit_test(asks_each_key_once),
	    cmocka_unit_test(wants_no_body_in_vain),
	    cmocka_unit_test(tells_signatures_of_one_domain_apart),
	    cmocka_unit_test(has_limits_of_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
