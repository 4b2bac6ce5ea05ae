/* SPDX-License-Identifier: MIT */
/*
 * message_come - messages, signed and sealed, that come to the world of
 * judge_world.h.
 */
#pragma once

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

static inline void
add_text_field(struct arena *a, struct authentication *au, const char *name,
    const char *value)
{
	value = arena_printf(a, " %s", value);
	authentication_add_field(au,
	    &(struct mail_field){name, value, strlen(value)});
}

static inline void
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

static inline struct authentication *
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

static inline void
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

#define STRICT "From: Sue <sue@strict.test>\r\nSubject: hi\r\n" HELLO
