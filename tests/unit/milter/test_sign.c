/* SPDX-License-Identifier: MIT */
#include "sign.h"

#include "check.h"
#include "mail/message_text.h"
#include "program/signing_stage.h"

#include <stdio.h>

#define NOW 1767225600

static const char *const domains[] = {"example.org"};
static const struct forwards_settings served = {
    .domains = domains, .n_domains = 1, .delimiter = "+"};
static const struct message_rules rules = {
    .hostname = "mx.example.org", .forwards = &served};

/* A message that has come, and what it is signed with. */
struct letter {
	struct message *message;
	struct authentication *authentication;
	struct sign_request request;
	struct signatures signatures;
	struct err err;
};

static void
letter_come(struct arena *a, const char *text, struct letter *out)
{
	static const struct authentication_wanted wanted = {.sign = true};
	const struct message_path sender = {"<ann@example.org>", NULL};
	const struct message_path recipient = {"<bob@example.net>", NULL};
	struct message_text m;

	*out = (struct letter){
	    .message = message_new(a, &rules, &sender, true),
	    .authentication = authentication_new(&wanted),
	};
	message_add_recipient(out->message, &recipient);
	message_text_split(a, text, strlen(text), &m);
	for (size_t i = 0; i < m.n; i++)
		authentication_add_field(out->authentication, &m.fields[i]);
	authentication_end_header(out->authentication);
	authentication_add_body(out->authentication, m.body, m.body_len);
	authentication_end_body(out->authentication);
}

static enum rc
letter_sign(struct arena *a, struct letter *l, const struct stamp *stamp,
    const struct signing_keys *keys)
{
	l->request.message = l->message;
	l->request.authentication = l->authentication;
	l->request.stamp = stamp;
	l->request.keys = keys;
	l->request.now = NOW;
	return sign_message(a, &l->request, &l->signatures, &l->err);
}

/* The key of the RSA selectors, or of others. */
static void
answer_key(struct arena *a, struct dns_query *q)
{
	struct dns_record *record = arena_take(a, sizeof(*record));

	record->text = q->name[0] == 'r' ? "p=" RSA_PUBLIC
					 : "k=ed25519; p=" ED25519_PUBLIC;
	record->text_len = strlen(record->text);
	q->rc = RC_OK;
	q->records = record;
	q->n = 1;
}

/* How many of its signatures hold. */
static size_t
count_that_hold(struct arena *a, const char *text)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	const struct dkim_result *results;
	struct message_text m;
	struct dkim_verify *v;
	size_t asked, n = 0;

	message_text_split(a, text, strlen(text), &m);
	v = dkim_verify_new(a, m.fields, m.n, NULL, bodies);
	body_hashes_add(bodies, m.body, m.body_len);
	body_hashes_end(bodies);
	asked = dkim_verify_queries(v, queries);
	for (size_t i = 0; i < asked; i++)
		answer_key(a, &queries[i]);
	results = dkim_verify_finish(v, queries, asked, NOW);
	for (size_t i = 0; i < dkim_verify_count(v); i++)
		n += results[i].verdict == DKIM_PASS;
	dkim_verify_free(v);
	body_hashes_free(bodies);
	return n;
}

static const char *
with_signatures(struct arena *a, const struct signatures *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++)
		text = arena_printf(a, "DKIM-Signature: %s\r\n%s", s->values[i],
		    text);
	return text;
}

#define FROM "From: Ann <ann@example.org>\r\n"

/* Fields come and go, and a notification is told anew: what is signed is what
   the next host sees, not what came. */
static void
signs_a_message_as_it_leaves(void **state)
{
	static struct stamp_field subject[] = {{"Subject", "Lunch"}};
	static const struct message_change changes[] = {
	    {"To", 2, "dora"}, {"Subject", 1, NULL}, {"X-Told", 1, NULL}};
	static const char type[] = "text/plain; charset=utf-8";
	static const struct {
		const char *name, *came, *leaves;
		struct stamp stamp;
	} rows[] = {
	    {"as it came", FROM "Subject: x\r\n\r\nHello\r\n",
		FROM "Subject: x\r\n\r\nHello\r\n", {0}},
	    {"with a field more", FROM "\r\nHello\r\n",
		"Subject: Lunch\r\n" FROM "\r\nHello\r\n",
		{.fields = subject, .n_fields = 1}},
	    {"with another body", FROM "\r\nHello\r\n", FROM "\r\nBye\r\n",
		{.body = "Bye\r\n", .body_len = 5}},
	    {"of another type",
		FROM "Content-Type: a/b\r\nContent-Transfer-Encoding: base64"
		     "\r\n\r\nHello\r\n",
		FROM "Content-Type: text/plain; charset=utf-8\r\n\r\nBye\r\n",
		{.body = "Bye\r\n", .body_len = 5, .content_type = type}},
	    /* The mail server is asked to change the first, no other. */
	    {"of two types",
		FROM "content-type: a/b\r\nContent-Transfer-Encoding: 7bit\r\n"
		     "Content-Type: c/d\r\nContent-Transfer-Encoding: 8bit\r\n"
		     "\r\nHello\r\n",
		FROM "Content-Type: text/plain; charset=utf-8\r\n"
		     "Content-Type: c/d\r\nContent-Transfer-Encoding: 8bit\r\n"
		     "\r\nBye\r\n",
		{.body = "Bye\r\n", .body_len = 5, .content_type = type}},
	    {"with fields changed",
		FROM "To: bob\r\nSubject: secret\r\nto: carl\r\nX-Told: x\r\n"
		     "Cc: e\r\n\r\nHello\r\n",
		"Subject: Lunch\r\n" FROM "To: bob\r\nto: dora\r\nCc: e\r\n"
		"\r\nHello\r\n",
		{.fields = subject,
		    .n_fields = 1,
		    .changes = changes,
		    .n_changes = COUNT(changes)}},
	};
	struct signing_stage *s = *state;
	struct signing_keys *keys;

	stage_folder(s, "example.org");
	stage_file(s, "example.org/r1.pem", rsa_pem, 0640, 1);
	keys = stage_open(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l;

		letter_come(s->arena, rows[i].came, &l);
		CHECK(letter_sign(s->arena, &l, &rows[i].stamp, keys) == RC_OK,
		    rows[i].name);
		CHECK_STR(l.signatures.by, "example.org/r1", rows[i].name);
		CHECK(count_that_hold(s->arena,
			  with_signatures(s->arena, &l.signatures,
			      rows[i].leaves)) == 1,
		    rows[i].name);
		authentication_free(l.authentication);
	}
	signing_keys_close(keys);
}

/* An empty row: nobody signs. */
static void
signs_for_whoever_has_promised_it(void **state)
{
	static const struct stamp as_it_is;
	static const struct {
		const char *name, *header, *by;
	} rows[] = {
	    {"its domain", FROM, "example.org/r1"},
	    {"below it", "From: ann@mail.Example.org\r\n", "example.org/r1"},
	    {"another one", "From: ann@example.net\r\n", NULL},
	    {"one above", "From: ann@org\r\n", NULL},
	    {"no author", "Subject: x\r\n", NULL},
	    {"two fields", FROM FROM, NULL},
	    {"two domains", "From: a@example.org, b@example.net\r\n", NULL},
	    {"two of one domain", "From: a@example.org, b@example.org\r\n",
		"example.org/r1"},
	};
	struct signing_stage *s = *state;
	struct signing_keys *keys;

	stage_folder(s, "example.org");
	stage_file(s, "example.org/r1.pem", rsa_pem, 0640, 1);
	keys = stage_open(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l;

		letter_come(s->arena,
		    arena_printf(s->arena, "%s\r\nHello\r\n", rows[i].header),
		    &l);
		CHECK(letter_sign(s->arena, &l, &as_it_is, keys) == RC_OK,
		    rows[i].name);
		CHECK_STR(l.signatures.by, rows[i].by, rows[i].name);
		CHECK(l.signatures.n == (rows[i].by != NULL), rows[i].name);
		authentication_free(l.authentication);
	}
	signing_keys_close(keys);
}

static void
signs_with_two_keys(void **state)
{
	static const struct stamp as_it_is;
	static const char text[] = FROM "\r\nHello\r\n";
	struct signing_stage *s = *state;
	struct signing_keys *keys;
	struct signing_domain *d;
	struct letter l;

	stage_folder(s, "example.org");
	stage_file(s, "example.org/r1.pem", rsa_pem, 0640, 1);
	stage_file(s, "example.org/e1.pem", ed25519_pem, 0640, 2);
	keys = stage_open(s);
	d = signing_keys_domain(keys, "example.org");
	for (size_t i = 0; i < d->n; i++)
		d->files[i].record = DKIM_RECORD_SEEN;
	letter_come(s->arena, text, &l);
	assert_int_equal(letter_sign(s->arena, &l, &as_it_is, keys), RC_OK);
	assert_string_equal(l.signatures.by, "example.org/r1 example.org/e1");
	assert_int_equal(count_that_hold(s->arena,
			     with_signatures(s->arena, &l.signatures, text)),
	    2);
	authentication_free(l.authentication);
	signing_keys_close(keys);
}

/* A key of the domain above it is none: a policy may ask for the very one. */
static void
signs_as_promised_or_not_at_all(void **state)
{
	static const struct stamp as_it_is;
	static const struct {
		const char *domain;
		enum rc rc;
	} rows[] = {
	    {"fwd.example.org", RC_TEMP},
	    {"fwd.example.net", RC_TEMP},
	    {"example.org", RC_OK},
	};
	struct signing_stage *s = *state;
	struct signing_keys *keys;

	stage_folder(s, "example.org");
	stage_file(s, "example.org/r1.pem", rsa_pem, 0640, 1);
	keys = stage_open(s);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l;

		letter_come(s->arena, FROM "\r\nHello\r\n", &l);
		l.request.promised = true;
		l.request.domain = rows[i].domain;
		CHECK(letter_sign(s->arena, &l, &as_it_is, keys) == rows[i].rc,
		    rows[i].domain);
		if (rows[i].rc != RC_OK)
			CHECK(strstr(l.err.text, "dkim key add") != NULL,
			    l.err.text);
		authentication_free(l.authentication);
	}
	signing_keys_close(keys);
}

static const char *
with_fields(struct arena *a, const char *field, size_t times)
{
	struct str text;

	str_init(&text, a);
	str_add(&text, FROM);
	while (times-- > 0)
		str_add(&text, field);
	str_add(&text, "\r\nHello\r\n");
	return text.text;
}

/* What was promised and cannot be made is our trouble if the key is, and the
   message's if its header is. */
static void
lets_nothing_leave_unsigned(void **state)
{
	static const struct stamp as_it_is;
	static const struct {
		const char *name, *pem, *field;
		mode_t mode;
		size_t times;
		enum rc rc;
		const char *says;
	} rows[] = {
	    {"no key", NULL, "", 0, 0, RC_TEMP, "example.org"},
	    {"anybody may read it", rsa_pem, "", 0644, 0, RC_TEMP,
		"everybody can read"},
	    {"none that signs", "no key\n", "", 0640, 0, RC_TEMP, "r1.pem"},
	    {"too short", RSA_768_PEM, "", 0640, 0, RC_TEMP, "768"},
	    {"fields beyond counting", rsa_pem, "X: y\r\n", 0640, 4200, RC_PERM,
		"header fields"},
	    {"too many to sign", rsa_pem, "Cc: y\r\n", 0640, 600, RC_PERM,
		"too many header fields cc"},
	    {"too long", rsa_pem,
		"X: 3456789.123456789.123456789.123456789.1234567\r\n"
		"Y: 3456789.123456789.123456789.123456789.1234567\r\n",
		0640, 3000, RC_PERM, "a header too long"},
	};
	struct signing_stage *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signing_keys *keys;
		struct letter l;

		stage_clear(s, "example.org");
		stage_folder(s, "example.org");
		if (rows[i].pem != NULL)
			stage_file(s, "example.org/r1.pem", rows[i].pem,
			    rows[i].mode, 1);
		keys = stage_open(s);
		letter_come(s->arena,
		    with_fields(s->arena, rows[i].field, rows[i].times), &l);
		CHECK(letter_sign(s->arena, &l, &as_it_is, keys) == rows[i].rc,
		    rows[i].name);
		CHECK(strstr(l.err.text, rows[i].says) != NULL, l.err.text);
		authentication_free(l.authentication);
		signing_keys_close(keys);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(signs_a_message_as_it_leaves,
		stage_set_up, stage_tear_down),
	    cmocka_unit_test_setup_teardown(signs_for_whoever_has_promised_it,
		stage_set_up, stage_tear_down),
	    cmocka_unit_test_setup_teardown(signs_as_promised_or_not_at_all,
		stage_set_up, stage_tear_down),
	    cmocka_unit_test_setup_teardown(signs_with_two_keys, stage_set_up,
		stage_tear_down),
	    cmocka_unit_test_setup_teardown(lets_nothing_leave_unsigned,
		stage_set_up, stage_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
