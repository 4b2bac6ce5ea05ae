/* SPDX-License-Identifier: MIT */
#include "judge_world.h"

#include "auth/authentication.h"
#include "mail/message_text.h"

/* The key of RFC 8463 A.2, whose public half is in policy.zone. */
static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

static const struct authentication_rules rules = {
    .signatures_max = DKIM_SIGNATURES_MAX};
static const struct author_settings authors = {.domain = "fwd.remotes.club"};

#define HERE  "To: \"Sue\" <T@Fwd.Remotes.Club>\r\n"
#define ABOUT "Subject: x\r\n\r\nYes.\r\n"

/* What comes to an author's address, in whose name it would go on. */
struct answer {
	const char *name, *sender, *signed_by, *text;
	bool unverified; /* nobody looks who wrote it */
	bool authenticated, nobody;
	const char *reply; /* how it begins; NULL: accepted */
};

static const char *
answer_signature(struct arena *a, const char *domain,
    const struct message_text *m)
{
	struct body_hashes *bodies = body_hashes_new();
	struct dkim_signing signing = {
	    .domain = domain,
	    .selector = "key",
	    .fields = m->fields,
	    .n = m->n,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .now = clock_now(),
	    .sender = "",
	};
	struct private_key *key;
	const char *value;

	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	signing.key = key;
	assert_int_equal(dkim_sign(a, &signing, &value, NULL), RC_OK);
	private_key_free(key);
	body_hashes_free(bodies);
	return arena_printf(a, " %s", value);
}

static struct authentication *
answer_come(struct arena *a, const struct answer *answer)
{
	const struct authentication_wanted wanted = {
	    .verify = true, .rules = &rules};
	struct authentication *au = authentication_new(&wanted);
	struct message_text m;

	message_text_split(a, answer->text, strlen(answer->text), &m);
	if (answer->signed_by != NULL) {
		const char *value = answer_signature(a, answer->signed_by, &m);

		authentication_add_field(au,
		    &(struct mail_field){
			"DKIM-Signature", value, strlen(value)});
	}
	for (size_t i = 0; i < m.n; i++)
		authentication_add_field(au, &m.fields[i]);
	authentication_end_header(au);
	authentication_add_body(au, m.body, m.body_len);
	authentication_end_body(au);
	return au;
}

static struct verdict
judge_answer_of(struct world *w, const struct answer *answer)
{
	struct facts facts = {
	    .state = SMTP_END_OF_MESSAGE,
	    .helo = MX,
	    .sender = answer->sender,
	    .instance = answer->name,
	    .sasl_user = answer->authenticated ? "ann" : NULL,
	    .message = {.known = true,
		.recipients = 1,
		.authors = 1,
		.reply_as = answer->nobody ? NULL : ANN},
	};
	struct authentication *au = answer_come(w->arena, answer);
	struct judgement j;

	ip_parse(CLEAN, &facts.client);
	facts_complete(&facts, w->arena, "+", w->settings.hostname);
	w->judge.authentication =
	    answer->unverified || answer->authenticated ? NULL : au;
	judge_facts(&w->judge, &facts, w->transaction, w->arena, &j);
	authentication_free(au);
	return j.verdict;
}

static void
an_answer_needs_proof_of_its_sender(void **state)
{
#define UNPROVEN "550 5.7.26 Replies to this address need SPF or DKIM"
#define LATER    "451 4.7.5 "
	static const struct answer rows[] = {
	    {"SPF", "sue@strict.test", NULL,
		"From: sue@strict.test\r\n" HERE ABOUT, .reply = NULL},
	    {"SPF, from another of his", "sue@strict.test", NULL,
		"From: sue@work.test\r\n" HERE ABOUT, .reply = NULL},
	    {"SPF, and nobody verifies signatures", "sue@strict.test", NULL,
		"From: sue@strict.test\r\n" HERE ABOUT, .unverified = true},
	    {"SPF that cannot be had", "ann@waits.test", NULL,
		"From: ann@waits.test\r\n" HERE ABOUT, .reply = LATER},
	    {"a signature", "ann@signer.test", "signer.test",
		"From: Ann <Ann@signer.test>\r\n" HERE ABOUT, .reply = NULL},
	    {"a signature, and a copy", "ann@signer.test", "signer.test",
		"From: ann@signer.test\r\nTo: x@y.test\r\n"
		"Cc: t@fwd.remotes.club\r\n" ABOUT,
		.reply = NULL},
	    {"nothing", "ann@signer.test", NULL,
		"From: ann@signer.test\r\n" HERE ABOUT, .reply = UNPROVEN},
	    {"a signature of another's mail", "ann@signer.test", "signer.test",
		"From: eve@signer.test\r\n" HERE ABOUT, .reply = UNPROVEN},
	    {"of both", "ann@signer.test", "signer.test",
		"From: ann@signer.test, eve@signer.test\r\n" HERE ABOUT,
		.reply = UNPROVEN},
	    {"a signature of mail to another", "ann@signer.test", "signer.test",
		"From: ann@signer.test\r\nTo: eve@example.org\r\n" ABOUT,
		.reply = UNPROVEN},
	    {"a signature of another domain", "ann@signer.test", "strict.test",
		"From: ann@signer.test\r\n" HERE ABOUT, .reply = UNPROVEN},
	    {"a key that cannot be had", "ann@slow.test", "slow.test",
		"From: ann@slow.test\r\n" HERE ABOUT, .reply = LATER},
	    {"nobody who has had mail", "sue@strict.test", NULL,
		"From: sue@strict.test\r\n" HERE ABOUT, .nobody = true,
		.reply = "550 5.7.1 This address takes replies only"},
	    {"one of us, who is no mailbox", "sue@strict.test", NULL,
		"From: sue@strict.test\r\n" HERE ABOUT, .authenticated = true,
		.reply = UNPROVEN},
	};
	struct world *w = *state;

	w->settings.authors = &authors;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct verdict v = judge_answer_of(w, &rows[i]);
		const char *reply = v.action == VERDICT_ACCEPT
					? NULL
					: reply_line(w->arena, &v.reply);

		if (rows[i].reply == NULL)
			CHECK_STR(reply, NULL, rows[i].name);
		else if (reply == NULL || strncmp(reply, rows[i].reply,
					      strlen(rows[i].reply)) != 0)
			fail_msg("%s: answered %s", rows[i].name,
			    reply == NULL ? "nothing" : reply);
		arena_reset(w->arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_answer_needs_proof_of_its_sender,
		set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
