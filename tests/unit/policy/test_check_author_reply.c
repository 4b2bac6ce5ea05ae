/* SPDX-License-Identifier: MIT */
#include "message_come.h"

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

static struct authentication *
answer_come(struct arena *a, const struct answer *answer)
{
	const struct mail mail = {
	    .name = answer->name,
	    .sender = answer->sender,
	    .signed_by = answer->signed_by,
	    .text = answer->text,
	};

	return message_come(a, &mail, NULL);
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
