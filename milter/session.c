/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "accept.h"

#include "auth/authentication.h"
#include "base/clock.h"
#include "base/memory.h"
#include "forwarding/forwards_cache.h"
#include "forwarding/return_path.h"
#include "milter_metrics.h"
#include "outbox/outbox.h"
#include "policy/judge.h"
#include "program/decision_keeper.h"
#include "program/decision_log.h"
#include "program/metrics.h"

#include <stdlib.h>
#include <string.h>

static struct log_limit trouble_limit;

struct session {
	struct milter *milter;
	struct snapshot *snapshot;
	struct message_rules rules;
	struct arena *lasting; /* as long as the connection */
	struct session_client client;
	bool no_client; /* see session_client */
	const char *helo;
	bool helo_encrypted;

	/* Of one message. */
	struct arena *arena;
	struct message *message; /* NULL: none at the moment */
	/* Of a message that is verified, or signed, or both. */
	struct authentication_wanted wanted;
	struct authentication *authentication; /* NULL: of neither */
	const char *sasl_user;
	unsigned n_messages; /* on this connection so far */
	struct transaction *transaction;
};

static const struct reply lookup_failed = {
    451, "3.0", "Temporary lookup failure"};

struct session *
session_new(struct milter *milter)
{
	struct session *s = memory_zeroed(1, sizeof(*s));
	const struct settings *settings;

	s->milter = milter;
	s->snapshot = snapshots_acquire(milter->snapshots, NULL);
	settings = s->snapshot->settings;
	s->rules = (struct message_rules){
	    .hostname = settings->hostname,
	    .hide_targets = settings->milter.hide_targets,
	    .forwards = &settings->forwards,
	    .srs = settings->return_path.srs,
	    .authors = &settings->authors,
	};
	s->lasting = arena_new();
	s->arena = arena_new();
	s->transaction = transaction_new();
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_reset(s);
	transaction_free(s->transaction);
	arena_free(s->arena);
	arena_free(s->lasting);
	snapshots_release(s->milter->snapshots, s->snapshot);
	free(s);
}

const struct milter_settings *
session_settings(const struct session *s)
{
	return &s->snapshot->settings->milter;
}

void
session_connect(struct session *s, const struct session_client *client)
{
	s->client = *client;
	s->rules.from_here =
	    client->ip.version == 0 || ip_is_loopback(&client->ip);
	s->no_client = ip_is_loopback(&client->ip) && client->port == 0;
	s->rules.internal = s->no_client;
	s->rules.no_client = s->no_client || client->ip.version == 0;
	s->client.name = arena_copy_text(s->lasting, client->name);
	s->client.reverse_name =
	    arena_copy_text(s->lasting, client->reverse_name);
}

void
session_reset(struct session *s)
{
	if (s->message != NULL)
		atomic_fetch_sub(&s->milter->messages, 1);
	s->message = NULL;
	authentication_free(s->authentication);
	s->authentication = NULL;
	s->sasl_user = NULL;
	arena_reset(s->arena);
}

void
session_helo(struct session *s, const char *helo, bool encrypted)
{
	session_reset(s);
	s->helo = arena_copy_text(s->lasting, helo);
	s->helo_encrypted = encrypted;
}

/* Who sends in our own name, by what the client is; what is in the header is
   looked at when it is there. */
static bool
is_client_ours(const struct session *s)
{
	return s->sasl_user != NULL || s->rules.from_here ||
	       policy_allows_client(&s->snapshot->settings->policy,
		   &s->client.ip);
}

static bool
signs_own(const struct session *s)
{
	return s->snapshot->settings->dkim.sign && is_client_ours(s);
}

static struct authentication_wanted
authentication_wanted(const struct session *s)
{
	const struct settings *settings = s->snapshot->settings;
	bool verify = settings->dkim.verify && s->sasl_user == NULL &&
		      !s->rules.from_here;

	return (struct authentication_wanted){
	    .verify = verify,
	    .rules = &settings->authentication,
	    .sign = signs_own(s) || accept_signs_copies(settings) ||
		    settings->authors.domain != NULL ||
		    (verify && settings->arc_seal),
	};
}

void
session_mail(struct session *s, const struct session_mail *mail)
{
	session_reset(s);
	atomic_fetch_add(&s->milter->messages, 1);
	s->n_messages++;
	if (mail->encrypted && !s->helo_encrypted)
		s->helo = NULL;
	s->sasl_user = arena_copy_text(s->arena, mail->sasl_user);
	s->message = message_new(s->arena, &s->rules, &mail->sender,
	    s->sasl_user != NULL);
	s->wanted = authentication_wanted(s);
	if (s->wanted.verify || s->wanted.sign)
		s->authentication = authentication_new(&s->wanted);
}

bool
session_has_message(const struct session *s)
{
	return s->message != NULL;
}

/* Of one recipient; NULL: of the message that has come. */
static struct facts
session_facts(const struct session *s, const char *recipient,
    const char *queue_id)
{
	struct facts facts = {
	    .state = recipient == NULL ? SMTP_END_OF_MESSAGE : SMTP_RCPT,
	    .client = s->client.ip,
	    .server = s->client.server,
	    .client_name = s->client.name,
	    .reverse_name = s->client.reverse_name,
	    .helo = s->helo,
	    .sender = s->message->sender,
	    .recipient = recipient,
	    .sasl_user = s->sasl_user,
	    .instance = arena_printf(s->arena, "milter.%u", s->n_messages),
	    .queue_id = queue_id,
	};

	facts_complete(&facts, s->arena, s->rules.forwards->delimiter,
	    s->rules.hostname);
	return facts;
}

static void
session_judge(struct session *s, const struct facts *facts,
    struct judgement *out)
{
	const struct snapshot *w = s->snapshot;
	const struct judge judge = {
	    .settings = &w->settings->policy,
	    .dns = w->dns,
	    .store = w->store,
	    .forwards = w->forwards,
	    .spf = w->spf,
	    .tries = w->tries,
	    .greylist = w->greylist,
	    .rates = w->rates,
	    .takes = w->settings->milter.enforce,
	    .authentication = facts->message.known && s->wanted.verify
				  ? s->authentication
				  : NULL,
	};

	judge_facts(&judge, facts, s->transaction, s->arena, out);
}

static struct reply
judge_recipient(struct session *s, const char *recipient, const char *queue_id)
{
	int64_t began = clock_us();
	struct facts facts = session_facts(s, recipient, queue_id);
	struct judgement judgement;
	struct decision decision;

	session_judge(s, &facts, &judgement);
	metric_time(&metrics_requests, clock_us() - began);
	decision = decision_of(s->arena, &facts, &judgement, began / 1000);
	decision_log_count(&decision);
	decision_log(s->arena, &decision, &judgement);
	decision_keep(s->snapshot, s->arena, &decision, &judgement.account,
	    judgement.account != NULL);
	return decision.verdict.reply;
}

/* Asks the store where its mail goes, once. */
static enum rc
find_mail_destination(struct session *s, struct message_recipient *r)
{
	struct err err;
	enum rc rc;

	if (r->found)
		return RC_OK;
	rc = forwards_cache_find(s->snapshot->forwards, s->rules.forwards,
	    s->arena, &r->address, &r->forwards, &err);
	if (rc != RC_OK) {
		log_error_limited(&trouble_limit, "%s", err.text);
		return RC_TEMP;
	}
	r->found = true;
	return RC_OK;
}

/* Does it matter whose mail is forwarded, and what they have chosen?  The fate
   of what trusted clients send is not asked. */
static bool
session_heeds_fate(struct session *s)
{
	const struct policy_settings *policy = &s->snapshot->settings->policy;
	struct facts facts;

	if (!s->wanted.verify || policy->checks[CHECK_FATE].shadow)
		return false;
	facts = session_facts(s, NULL, NULL);
	return judge_trusts(policy, &facts) == NULL;
}

/* Would these two be sent on with different senders, or share a fate that is
   one of them's only? */
static struct reply
compare_with_first(struct session *s)
{
	struct message *l = s->message;
	struct message_recipient *first = &l->recipients[0];
	struct message_recipient *last = &l->recipients[l->n_recipients - 1];
	bool heeded, kept_apart;

	if (first == last)
		return (struct reply){0};
	heeded = session_heeds_fate(s);
	kept_apart = heeded || message_sender_is_foreign(l);
	if (!kept_apart)
		return (struct reply){0};
	if (find_mail_destination(s, first) != RC_OK ||
	    find_mail_destination(s, last) != RC_OK)
		return lookup_failed;
	if (message_is_forwarded(first) == message_is_forwarded(last) &&
	    (!heeded || !message_chooses_otherwise(l)))
		return (struct reply){0};
	return (struct reply){
	    452, "5.3", "This recipient needs a copy of its own"};
}

struct reply
session_recipient(struct session *s, const struct message_path *recipient,
    const char *queue_id)
{
	struct message *l = s->message;
	struct reply reply = {0};
	const char *said = message_add_recipient(l, recipient)->said;

	/* Nobody is there to be refused: Postfix would only keep it in its
	   queue (MILTER_README, "Non-SMTP Milter applications"). */
	if (session_settings(s)->enforce && !s->no_client)
		reply = judge_recipient(s, said, queue_id);
	if (reply.code == 0 && session_settings(s)->split_mixed &&
	    !s->no_client)
		reply = compare_with_first(s);
	if (reply.code != 0)
		l->n_recipients--;
	return reply;
}

void
session_field(struct session *s, const char *name, const char *value)
{
	const struct mail_field field = {name, value, strlen(value)};

	if (s->authentication != NULL)
		authentication_add_field(s->authentication, &field);
	message_add_field(s->message, name, value + (value[0] == ' '));
}

static bool
authentication_needs_body(struct authentication *au)
{
	if (au == NULL)
		return false;
	authentication_end_header(au);
	return authentication_wants_body(au);
}

bool
session_wants_body(struct session *s)
{
	return authentication_needs_body(s->authentication) ||
	       message_wants_body(s->message);
}

void
session_body(struct session *s, const char *bytes, size_t len)
{
	if (s->authentication != NULL)
		authentication_add_body(s->authentication, bytes, len);
	message_add_body(s->message, bytes, len);
}

/* Does one of those who have had the author's mail answer him? */
static enum rc
find_reply(struct session *s, struct message_recipient *r)
{
	const struct author_reply_search search = {
	    .store = s->snapshot->store,
	    .forwards = s->snapshot->forwards,
	    .served = s->rules.forwards,
	    .authors = s->rules.authors,
	};
	struct author_reply *reply = arena_take(s->arena, sizeof(*reply));
	struct err err;
	bool known;
	enum rc rc = author_reply_find(&search, s->arena, &r->address,
	    &s->message->from.mailbox, clock_now(), reply, &known, &err);

	if (rc == RC_OK)
		r->reply = reply;
	if (rc == RC_OK || rc == RC_NONE)
		return RC_OK;
	log_error_limited(&trouble_limit, "%s", err.text);
	return RC_TEMP;
}

static enum rc
find_recipient(struct session *s, struct message_recipient *r)
{
	enum rc rc = find_mail_destination(s, r);

	return rc == RC_OK && r->is_author ? find_reply(s, r) : rc;
}

static bool
session_header_is_over(const struct session *s)
{
	bool over = false;
	size_t n;

	if (s->authentication != NULL && s->wanted.verify)
		authentication_fields(s->authentication, &n, &over);
	return over;
}

/* Collects what the store knows of the recipients. */
static enum rc
find_recipients(struct session *s)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < s->message->n_recipients && rc == RC_OK; i++)
		rc = find_recipient(s, &s->message->recipients[i]);
	return rc;
}

static void
log_end(struct session *s, struct decision *d, const struct judgement *j,
    const struct session_end *e)
{
	const struct message *l = s->message;
	const struct message_accounts accounts = message_accounts(l);

	d->new_sender = e->new_sender;
	d->new_author = e->new_author;
	d->signed_by = e->signatures.by;
	d->sealed_by = e->seal.by;
	d->removed = (unsigned)(l->authres.n + l->received_spf.n);
	d->targets_hidden = e->stamp.body != NULL;
	d->bounced = e->stamp.bounced;
	d->failure = e->stamp.failure;
	milter_metrics_count(d);
	decision_log_count(d);
	decision_log(s->arena, d, j);
	decision_keep(s->snapshot, s->arena, d, accounts.names, accounts.n);
	if (e->stamp.note != NULL)
		log_warn("%s", e->stamp.note);
}

static enum rc
session_accept(struct session *s, const struct judgement *j,
    struct session_end *e)
{
	const struct acceptance acceptance = {
	    .snapshot = s->snapshot,
	    .arena = s->arena,
	    .message = s->message,
	    .authentication = s->authentication,
	    .judgement = j,
	    .client = s->client.ip,
	    .helo = s->helo,
	    .signs_own = signs_own(s),
	};

	return accept_message(&acceptance, e);
}

/* Collect, decide, stamp. */
struct session_end
session_end(struct session *s, const char *queue_id)
{
	struct message *l = s->message;
	int64_t began = clock_us();
	struct session_end e = {
	    .authres = &l->authres,
	    .received_spf = &l->received_spf,
	    .trouble = ACCEPT_STORE_TROUBLE,
	};
	struct facts facts = session_facts(s, NULL, queue_id);
	struct judgement judgement;
	struct decision decision;
	enum rc rc = find_recipients(s);

	if (s->authentication != NULL)
		authentication_end_body(s->authentication);
	l->queue_id = queue_id;
	facts.from = l->from;
	facts.message = message_facts(l);
	facts.message.header_over = session_header_is_over(s);
	session_judge(s, &facts, &judgement);
	decision = decision_of(s->arena, &facts, &judgement, began / 1000);
	if (rc == RC_OK && decision.verdict.action == VERDICT_ACCEPT)
		rc = session_accept(s, &judgement, &e);
	if (e.unsignable)
		decision_refuse_header(&decision, s->arena, e.trouble);
	else if (rc != RC_OK)
		decision_put_off(&decision, s->arena, e.trouble);
	e.refusal = decision.verdict.reply;
	metric_time(&metrics_requests, clock_us() - began);
	log_end(s, &decision, &judgement, &e);
	return e;
}
