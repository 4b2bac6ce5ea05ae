/* SPDX-License-Identifier: MIT */
#include "auth/dkim.h"
#include "auth/tag_list.h"
#include "base/str.h"
#include "check.h"
#include "dkim_keys.h"
#include "mail/message_text.h"

#define NOW 1767225600

#define MESSAGE                                                                \
	"Received: from x\r\nFrom: Ann <ann@example.org>\r\nTo: bob\r\n"       \
	"To: carl\r\nSubject: Lunch\r\nList-Id: <l.example>\r\n"               \
	"Sender: eve\r\nResent-From: eve\r\n\r\nHello\r\n"

static struct private_key *
key_of(const char *pem)
{
	struct private_key *key;

	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	return key;
}

static enum rc
sign(struct arena *a, const char *pem, const char *domain,
    const struct message_text *m, const char **value, struct err *err)
{
	struct body_hashes *bodies = body_hashes_new();
	struct private_key *key = key_of(pem);
	static const char *const recipients[] = {"bob@example.net"};
	struct dkim_signing signing = {
	    .key = key,
	    .domain = domain,
	    .selector = "s1",
	    .fields = m->fields,
	    .n = m->n,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .now = NOW,
	    .sender = "ann@example.org",
	    .recipients = recipients,
	    .n_recipients = 1,
	};
	enum rc rc;

	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	rc = dkim_sign(a, &signing, value, err);
	private_key_free(key);
	body_hashes_free(bodies);
	return rc;
}

/* The verdict on a message with that signature on top. */
static enum dkim_verdict
verdict_of(struct arena *a, const char *value, const char *text,
    const char *record_text)
{
	const struct dns_record record = {
	    .text = record_text, .text_len = strlen(record_text)};
	struct dns_query queries[DKIM_SIGNATURES_MAX];
	struct body_hashes *bodies = body_hashes_new();
	struct message_text m;
	struct dkim_verify *v;
	enum dkim_verdict verdict;

	text = arena_printf(a, "DKIM-Signature: %s\r\n%s", value, text);
	message_text_split(a, text, strlen(text), &m);
	v = dkim_verify_new(a, m.fields, m.n, NULL, bodies);
	body_hashes_add(bodies, m.body, m.body_len);
	body_hashes_end(bodies);
	if (dkim_verify_queries(v, queries) == 1) {
		queries[0].rc = RC_OK;
		queries[0].records = &record;
		queries[0].n = 1;
	}
	verdict = dkim_verify_finish(v, queries, 1, NOW)[0].verdict;
	dkim_verify_free(v);
	body_hashes_free(bodies);
	return verdict;
}

static const char *
tag_of(struct arena *a, const char *value, const char *name)
{
	struct tag_list list;
	const struct tag *tag;

	assert_int_equal(tag_list_read(a, value, strlen(value), &list, NULL),
	    RC_OK);
	tag = tag_list_find(&list, name);
	return tag == NULL ? NULL : tag_squeezed(a, tag);
}

static void
signs_what_an_author_writes(void **state)
{
	static const struct {
		const char *name, *value;
	} tags[] = {
	    {"v", "1"},
	    {"a", "rsa-sha256"},
	    {"c", "relaxed/relaxed"},
	    {"d", "example.org"},
	    {"s", "s1"},
	    {"t", "1767225600"},
	    {"x", "1767830400"},
	    {"h", "from:from:to:to:to:cc:subject:subject:date:message-id:"
		  "reply-to:mime-version:content-type:"
		  "content-transfer-encoding:content-disposition:content-id:"
		  "content-description:content-language"},
	    {"l", NULL},
	    {"i", NULL},
	    {"z", NULL},
	};
	struct arena *a = arena_new();
	struct message_text m;
	const char *value;

	(void)state;
	message_text_split(a, MESSAGE, sizeof(MESSAGE) - 1, &m);
	assert_int_equal(sign(a, rsa_pem, "example.org", &m, &value, NULL),
	    RC_OK);
	for (size_t i = 0; i < COUNT(tags); i++)
		CHECK_STR(tag_of(a, value, tags[i].name), tags[i].value,
		    tags[i].name);
	arena_free(a);
}

static void
signs_so_that_it_can_be_verified(void **state)
{
	static const struct {
		const char *name, *pem, *key;
	} keys[] = {
	    {"RSA", rsa_pem, "v=DKIM1; k=rsa; p=" RSA_PUBLIC},
	    {"Ed25519", ed25519_pem, "v=DKIM1; k=ed25519; p=" ED25519_PUBLIC},
	};
	static const struct {
		const char *name, *text;
		enum dkim_verdict verdict;
	} rows[] = {
	    {"as it was", MESSAGE, DKIM_PASS},
	    {"traced", "Received: y\r\n" MESSAGE, DKIM_PASS},
	    {"from a list", "List-Post: x\r\nSender: l\r\n" MESSAGE, DKIM_PASS},
	    {"another From", "From: eve@example.com\r\n" MESSAGE, DKIM_FAIL},
	    {"another Cc", "Cc: eve@example.com\r\n" MESSAGE, DKIM_FAIL},
	    {"another type", "content-type: text/html\r\n" MESSAGE, DKIM_FAIL},
	    {"an addition", MESSAGE "Bye\r\n", DKIM_FAIL},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t k = 0; k < COUNT(keys); k++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct message_text m;
			const char *value;

			message_text_split(a, MESSAGE, sizeof(MESSAGE) - 1, &m);
			CHECK(sign(a, keys[k].pem, "example.org", &m, &value,
				  NULL) == RC_OK,
			    keys[k].name);
			CHECK(verdict_of(a, value, rows[i].text, keys[k].key) ==
				  rows[i].verdict,
			    rows[i].name);
			arena_reset(a);
		}
	arena_free(a);
}

/* As a milter wants it: no CR, and a tab behind each LF. */
static void
folds_what_it_writes(void **state)
{
	static const char *const domains[] = {"a.example", "example.org",
	    "a-name-that-is-longer-than-most.but-shorter-than-a-line.example",
	    "a-label-of-some-fifty-bytes-as-nobody-really-uses.example.org"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(domains); i++) {
		struct message_text m;
		const char *value, *line;

		message_text_split(a, MESSAGE, sizeof(MESSAGE) - 1, &m);
		assert_int_equal(sign(a, rsa_pem, domains[i], &m, &value, NULL),
		    RC_OK);
		CHECK(strchr(value, '\r') == NULL, domains[i]);
		CHECK(strncmp(value, "v=1;", 4) == 0, domains[i]);
		CHECK(strcspn(value, "\n") + strlen("DKIM-Signature: ") < 78,
		    domains[i]);
		for (line = strchr(value, '\n'); line != NULL;
		     line = strchr(line + 1, '\n')) {
			CHECK(line[1] == '\t', domains[i]);
			CHECK(strcspn(line + 1, "\n") < 78, domains[i]);
			CHECK(strcspn(line + 1, "\n") > 1, domains[i]);
		}
		CHECK(verdict_of(a, value, MESSAGE, "p=" RSA_PUBLIC) ==
			  DKIM_PASS,
		    domains[i]);
		arena_reset(a);
	}
	arena_free(a);
}

static void
refuses_what_it_cannot_sign(void **state)
{
	struct arena *a = arena_new();
	struct message_text m;
	struct err err = {0};
	const char *value;
	struct str s;

	(void)state;
	str_init(&s, a);
	for (int i = 0; i < 486; i++)
		str_add(&s, "To: x\r\n");
	message_text_split(a, s.text, s.len, &m);
	assert_int_equal(sign(a, ed25519_pem, "example.org", &m, &value, &err),
	    RC_OK);
	assert_int_equal(verdict_of(a, value, s.text,
			     "k=ed25519; "
			     "p=" ED25519_PUBLIC),
	    DKIM_PASS);
	str_add(&s, "Cc: x\r\n");
	message_text_split(a, s.text, s.len, &m);
	assert_int_equal(sign(a, ed25519_pem, "example.org", &m, &value, &err),
	    RC_PERM);
	arena_free(a);
}

/* Our own trouble must not look like a signature. */
static void
says_when_the_body_has_no_hash(void **state)
{
	const struct body_hash none = {.rc = RC_TEMP};
	struct dkim_signing signing = {.body = &none};
	struct arena *a = arena_new();
	const char *value = NULL;

	(void)state;
	assert_int_equal(dkim_sign(a, &signing, &value, NULL), RC_TEMP);
	assert_null(value);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signs_what_an_author_writes),
	    cmocka_unit_test(signs_so_that_it_can_be_verified),
	    cmocka_unit_test(folds_what_it_writes),
	    cmocka_unit_test(refuses_what_it_cannot_sign),
	    cmocka_unit_test(says_when_the_body_has_no_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
