/* SPDX-License-Identifier: MIT */
#include "judge_world.h"

#include "auth/authentication.h"
#include "mail/message_text.h"
#include "policy/decision.h"

/* The key of RFC 8463 A.2, whose public half is in policy.zone. */
static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

#define HELLO "\r\nHello!\r\n"

/* A message, and what is found of it. */
struct mail {
	const char *name;
	const char *sender;    /* of MAIL FROM; the client is CLEAN */
	const char *signed_by; /* NULL: nobody; the selector is "key" */
	const char *text;
	const char *changed; /* the body that comes; NULL: the one signed */
	const char *reply;   /* how it begins; NULL: accepted */
	const char *dkim, *dmarc, *aligned;
};

/* Whose seals count. */
static const char *const sealers[] = {"signer.test"};
static const struct authentication_rules rules = {
    .signatures_max = DKIM_SIGNATURES_MAX,
    .arc = true,
    .trusted_sealers = sealers,
    .n_trusted_sealers = COUNT(sealers)};

static const char *
signature_of(struct arena *a, const char *domain, const struct message_text *m)
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
	struct err err;

	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	assert_int_equal(private_key_read(pem, strlen(pem), &key, &err), RC_OK);
	signing.key = key;
	assert_int_equal(dkim_sign(a, &signing, &value, &err), RC_OK);
	private_key_free(key);
	body_hashes_free(bodies);
	return arena_printf(a, " %s", value);
}

static void
add_text_field(struct arena *a, struct authentication *au, const char *name,
    const char *value)
{
	value = arena_printf(a, " %s", value);
	authentication_add_field(au,
	    &(struct mail_field){name, value, strlen(value)});
}

static void
add_seal(struct arena *a, struct authentication *au, const char *domain,
    const struct message_text *m)
{
	static const struct arc_result no_chain;
	struct body_hashes *bodies = body_hashes_new();
	struct arc_sealing sealing = {
	    .domain = domain,
	    .selector = "key",
	    .fields = m->fields,
	    .n = m->n,
	    .chain = &no_chain,
	    .body = body_hashes_want(bodies, CANON_RELAXED, BODY_WHOLE),
	    .results = "mx.signer.test; dmarc=pass header.from=strict.test",
	    .now = clock_now(),
	};
	struct private_key *key;
	struct arc_seal seal;

	body_hashes_add(bodies, m->body, m->body_len);
	body_hashes_end(bodies);
	assert_int_equal(private_key_read(pem, strlen(pem), &key, NULL), RC_OK);
	sealing.key = key;
	assert_int_equal(arc_seal(a, &sealing, &seal, NULL), RC_OK);
	private_key_free(key);
	body_hashes_free(bodies);
	add_text_field(a, au, "ARC-Seal", seal.seal);
	add_text_field(a, au, "ARC-Message-Signature", seal.signature);
	add_text_field(a, au, "ARC-Authentication-Results", seal.results);
}

static struct authentication *
message_come(struct arena *a, const struct mail *mail, const char *sealed_by)
{
	const struct authentication_wanted wanted = {
	    .verify = true, .rules = &rules};
	struct authentication *au = authentication_new(&wanted);
	struct message_text m;
	const char *body;

	message_text_split(a, mail->text, strlen(mail->text), &m);
	if (mail->signed_by != NULL) {
		const char *value = signature_of(a, mail->signed_by, &m);

		authentication_add_field(au,
		    &(struct mail_field){
			"DKIM-Signature", value, strlen(value)});
	}
	if (sealed_by != NULL)
		add_seal(a, au, sealed_by, &m);
	for (size_t i = 0; i < m.n; i++)
		authentication_add_field(au, &m.fields[i]);
	authentication_end_header(au);
	CHECK(authentication_wants_body(au) ==
		  (mail->signed_by != NULL || sealed_by != NULL),
	    mail->name);
	body = mail->changed == NULL ? m.body : mail->changed;
	authentication_add_body(au, body,
	    mail->changed == NULL ? m.body_len : strlen(body));
	authentication_end_body(au);
	return au;
}

static void
judge_forwarded(struct world *w, const struct mail *mail, struct judgement *j,
    struct facts *facts, unsigned forwarded)
{
	*facts = (struct facts){
	    .state = SMTP_END_OF_MESSAGE,
	    .helo = MX,
	    .sender = mail->sender,
	    .instance = mail->name,
	    .sasl_user = w->sasl_user,
	    .message = {.known = true, .recipients = 1, .forwarded = forwarded},
	};
	ip_parse(CLEAN, &facts->client);
	facts_complete(facts, w->arena, "+", w->settings.hostname);
	judge_facts(&w->judge, facts, w->transaction, w->arena, j);
}

static void
judge_mail(struct world *w, const struct mail *mail, struct judgement *j,
    struct facts *facts)
{
	judge_forwarded(w, mail, j, facts, 0);
}

static const char *
why_of(const struct judgement *j, const char *check)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, check) == 0)
			return j->findings[i].why;
	return NULL;
}

/* sealed_by: a domain that has seen DMARC pass, or NULL; why: of the finding
   about DMARC, or NULL. */
static void
check_sealed_mail(struct world *w, const struct mail *mail,
    const char *sealed_by, const char *why)
{
	struct judgement j;
	struct facts facts;
	struct decision d;
	const char *reply;

	w->judge.authentication = message_come(w->arena, mail, sealed_by);
	judge_mail(w, mail, &j, &facts);
	d = decision_of(w->arena, &facts, &j, clock_ms());
	reply = j.verdict.action == VERDICT_ACCEPT
		    ? NULL
		    : reply_line(w->arena, &j.verdict.reply);
	if (mail->reply == NULL)
		CHECK_STR(reply, NULL, mail->name);
	else if (reply == NULL ||
		 strncmp(reply, mail->reply, strlen(mail->reply)) != 0)
		fail_msg("%s: answered %s", mail->name,
		    reply == NULL ? "nothing" : reply);
	CHECK_STR(d.dkim, mail->dkim, mail->name);
	CHECK_STR(d.dmarc, mail->dmarc, mail->name);
	CHECK_STR(d.aligned, mail->aligned, mail->name);
	if (why != NULL)
		CHECK_STR(why_of(&j, "dmarc"), why, mail->name);
	authentication_free(w->judge.authentication);
	arena_reset(w->arena);
}

static void
check_mail(struct world *w, const struct mail *mail)
{
	check_sealed_mail(w, mail, NULL, NULL);
}

#define STRICT "From: Sue <sue@strict.test>\r\nSubject: hi\r\n" HELLO

static void
it_is_known_who_wrote_a_message(void **state)
{
	static const struct mail mails[] = {
	    {"nothing to go by", BOB, NULL, "From: bob@good.test\r\n" HELLO,
		NULL, NULL, "none", "none", "none"},
	    {"signed by the author", BOB, "strict.test", STRICT, NULL, NULL,
		"pass", "pass", "dkim"},
	    {"body changed on the way", BOB, "strict.test", STRICT, "No.\r\n",
		"550 5.7.26 DMARC of strict.test fails", "fail", "fail",
		"none"},
	    {"signed by somebody else", BOB, "signer.test", STRICT, NULL,
		"550 5.7.26 ", "pass", "fail", "none"},
	    {"sent by the author's server", "sue@strict.test", NULL, STRICT,
		NULL, NULL, "none", "pass", "spf"},
	    {"both", "sue@strict.test", "strict.test", STRICT, NULL, NULL,
		"pass", "pass", "spf dkim"},
	    {"without a key", BOB, "good.test", "From: bob@good.test\r\n" HELLO,
		NULL, NULL, "permerror", "none", "none"},
	    {"a key that is not to be had", BOB, "slow.test", STRICT, NULL,
		"550 5.7.26 ", "temperror", "fail", "none"},
	    {"that of the author", BOB, "slow.strict.test", STRICT, NULL, NULL,
		"temperror", "temperror", "none"},
	    {"no author", BOB, NULL, "Subject: hi\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	    {"a notification of nobody", "", NULL,
		"From: MAILER-DAEMON\r\n" HELLO, NULL, NULL, "none", "none",
		"none"},
	    {"a notification of two", "", NULL,
		"From: a@strict.test, b@good.test\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	    {"two fields", BOB, NULL,
		"From: sue@strict.test\r\nFrom: bob@good.test\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	    {"two domains", BOB, NULL,
		"From: sue@strict.test, bob@good.test\r\n" HELLO, NULL,
		"550 5.7.1 The field From must name one author: ", NULL, NULL,
		NULL},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	for (size_t i = 0; i < sizeof(mails) / sizeof(*mails); i++)
		check_mail(w, &mails[i]);
}

static void
a_trusted_sealer_is_believed(void **state)
{
	static const struct {
		struct mail mail;
		const char *sealed_by, *why;
	} rows[] = {
	    {{"it saw DMARC pass", BOB, NULL, STRICT, NULL, NULL, "none",
		 "fail", "none"},
		"signer.test",
		"fail; the policy of strict.test is reject; but signer.test, "
		"whose seal is trusted, saw it pass"},
	    {{"and the body was changed since", BOB, NULL, STRICT, "No.\r\n",
		 "550 5.7.26 ", "none", "fail", "none"},
		"signer.test", "fail; the policy of strict.test is reject"},
	    {{"another sealer", BOB, NULL, STRICT, NULL, "550 5.7.26 ", "none",
		 "fail", "none"},
		"strict.test", "fail; the policy of strict.test is reject"},
	    {{"of another author", BOB, NULL,
		 "From: a@www.strict.test\r\n" HELLO, NULL, "550 5.7.26 ",
		 "none", "fail", "none"},
		"signer.test", "fail; the policy of strict.test is reject"},
	};
	struct world *w = *state;

	w->settings.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_sealed_mail(w, &rows[i].mail, rows[i].sealed_by,
		    rows[i].why);
}

/* Of some of them nothing passes. */
static void
a_trusted_list_may_fail(void **state)
{
	static const char *const lists[] = {
	    "signer.test", "pass.test", "soft.test"};
	static const char *const failed =
	    "fail; the policy of strict.test is reject";
	static const struct {
		struct mail mail;
		const char *why;
	} rows[] = {
	    {{"it has signed it", BOB, "signer.test", STRICT, NULL, NULL,
		 "pass", "fail", "none"},
		"fail; the policy of strict.test is reject; but it came by the "
		"list signer.test, which is trusted"},
	    {{"SPF passes for it", "list-owner@pass.test", NULL, STRICT, NULL,
		 NULL, "none", "fail", "none"},
		"fail; the policy of strict.test is reject; but it came by the "
		"list pass.test, which is trusted"},
	    {{"its signature does not hold", BOB, "signer.test", STRICT,
		 "No.\r\n", "550 5.7.26 ", "fail", "fail", "none"},
		NULL},
	    {{"it only says so", BOB, NULL,
		 "List-Id: <club.signer.test>\r\n" STRICT, NULL, "550 5.7.26 ",
		 "none", "fail", "none"},
		NULL},
	    {{"SPF does not pass for it", "a@soft.test", NULL, STRICT, NULL,
		 "550 5.7.26 ", "none", "fail", "none"},
		NULL},
	    {{"what is the author's needs no list", "sue@strict.test", NULL,
		 STRICT, NULL, NULL, "none", "pass", "spf"},
		"pass; the policy of strict.test is reject"},
	};
	struct world *w = *state;

	w->settings.trusted_lists = lists;
	w->settings.n_trusted_lists = COUNT(lists);
	w->settings.checks[CHECK_DMARC] =
	    (struct check_settings){.action = ACTION_REJECT};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_sealed_mail(w, &rows[i].mail, NULL,
		    rows[i].why == NULL ? failed : rows[i].why);
}

static void
policies_refuse_nobody_by_themselves(void **state)
{
	static const struct mail mail = {"forged", BOB, "signer.test", STRICT,
	    "No.\r\n", NULL, "fail", "fail", "none"};

	check_mail(*state, &mail);
}

static void
members_are_believed(void **state)
{
	static const struct mail mail = {"without an author", BOB, NULL,
	    "Subject: hi\r\n" HELLO, NULL, NULL, "none", "none", "none"};
	struct world *w = *state;

	w->sasl_user = "ann";
	check_mail(w, &mail);
}

/* As struct mail has it. */
#define COPY(name, sender, signer, text)                                       \
	{                                                                      \
		name, sender, signer, text, NULL, NULL, NULL, NULL, NULL       \
	}
#define TO_FORWARD "From: sue@strict.test\r\nMessage-ID: <1@x>\r\n"

/* What becomes of its copy: of the facts to the case. */
static void
the_fate_of_a_copy_follows_of_what_was_found(void **state)
{
	static const struct {
		struct mail mail;
		const char *fate_case, *survives, *at;
	} rows[] = {
	    {COPY("signed", BOB, "strict.test", TO_FORWARD HELLO), "aligned",
		"yes", NULL},
	    {COPY("signed, 8 bits", BOB, "strict.test",
		 TO_FORWARD "\r\nGr\xc3\xbc\xc3\x9f"
			    "e\r\n"),
		"aligned", "unsure",
		"gmail:unsure,outlook:unsure,yahoo:unsure,icloud:unsure,"
		"strict:unsure"},
	    {COPY("two subjects", BOB, "strict.test",
		 TO_FORWARD "Subject: a\r\nSubject: b\r\n" HELLO),
		"aligned", "yes", "gmail:5.7.1,strict:5.7.1"},
	    {COPY("no message id", BOB, "strict.test", STRICT), "aligned",
		"yes", "gmail:5.7.1"},
	    {COPY("SPF only", "sue@strict.test", NULL, TO_FORWARD HELLO),
		"spf-only", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("another signs", BOB, "signer.test", TO_FORWARD HELLO),
		"policy-fails", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("nobody signs", BOB, NULL, TO_FORWARD HELLO), "forged", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("the author's key is not to be had, and SPF would not do",
		 "sue@strict.test", "slow.strict.test", TO_FORWARD HELLO),
		"unknown", "no",
		"gmail:unsure,outlook:unsure,yahoo:unsure,icloud:unsure,"
		"strict:unsure"},
	    {COPY("somebody's key is not to be had", "sue@strict.test",
		 "slow.test", TO_FORWARD HELLO),
		"spf-only", "no",
		"gmail:5.7.26,outlook:5.7.509,yahoo:5.7.9,icloud:5.7.1,"
		"strict:5.7.26"},
	    {COPY("nobody has a policy", BOB, NULL,
		 "From: bob@good.test\r\nMessage-ID: <1@x>\r\n" HELLO),
		"unauthenticated", "no", "outlook:unsure"},
	};
	struct world *w = *state;
	struct judgement j;
	struct facts facts;

	w->settings.checks[CHECK_FATE].shadow = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mail *mail = &rows[i].mail;
		struct decision d;

		w->judge.authentication = message_come(w->arena, mail, NULL);
		judge_forwarded(w, mail, &j, &facts, 1);
		d = decision_of(w->arena, &facts, &j, clock_ms());
		CHECK_STR(d.fate_case, rows[i].fate_case, mail->name);
		CHECK_STR(d.survives, rows[i].survives, mail->name);
		CHECK_STR(d.fate_at, rows[i].at, mail->name);
		CHECK(d.fate_shadow && d.verdict.action == VERDICT_ACCEPT,
		    mail->name);
		authentication_free(w->judge.authentication);
		arena_reset(w->arena);
	}
}

/* What is certain to be asked is asked in one go, SPF's question too. */
static void
questions_are_asked_together(void **state)
{
	static const struct mail mail = {"together", "sue@strict.test",
	    "strict.test", STRICT, NULL, NULL, "pass", "pass", "spf dkim"};
	static const char *const names[] = {"strict.test",
	    "key._domainkey.strict.test", "_dmarc.strict.test", "_dmarc.test"};
	struct world *w = *state;
	struct judgement j;
	struct facts facts;

	w->judge.authentication = message_come(w->arena, &mail, NULL);
	judge_mail(w, &mail, &j, &facts);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t asked = 0;

		for (size_t k = 0; k < j.n_queries; k++)
			asked += j.queries[k].type == DNS_TXT &&
				 strcmp(j.queries[k].name, names[i]) == 0;
		CHECK(asked >= 1, names[i]);
	}
	authentication_free(w->judge.authentication);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(it_is_known_who_wrote_a_message,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		policies_refuse_nobody_by_themselves, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_trusted_list_may_fail, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(a_trusted_sealer_is_believed,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(members_are_believed, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		the_fate_of_a_copy_follows_of_what_was_found, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(questions_are_asked_together,
		set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
