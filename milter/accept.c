/* SPDX-License-Identifier: MIT */
#include "accept.h"

#include "auth/received_spf.h"
#include "base/clock.h"
#include "failures.h"
#include "forwarding/return_path.h"
#include "outbox/outbox.h"
#include "reply.h"
#include "rewrite.h"

#include <string.h>

static struct log_limit trouble_limit, seal_limit;

bool
accept_signs_copies(const struct settings *settings)
{
	return settings->dkim.sign && settings->return_path.srs != NULL &&
	       !settings->policy.checks[CHECK_FATE].shadow;
}

static struct stamp_results
results_for_stamp(const struct acceptance *q)
{
	const struct spf_request request = {
	    .client = q->client,
	    .helo = q->helo,
	    .sender = q->message->from.text,
	    .receiver = q->snapshot->settings->hostname,
	};

	return stamp_results_of(q->arena, &request, q->judgement);
}

/* The SRS domain of who gets the message: of members of several domains with
   SRS domains of their own, the first of srs.domain. */
static const char *
srs_domain_of(const struct acceptance *q)
{
	const struct return_path_settings *settings =
	    &q->snapshot->settings->return_path;
	const struct message_accounts accounts = message_accounts(q->message);
	const char *found = NULL;

	for (size_t i = 0; settings->srs != NULL && i < accounts.n; i++) {
		const char *one = return_path_domain(settings, q->arena,
		    strrchr(accounts.names[i], '@') + 1);

		if (found != NULL && strcmp(found, one) != 0)
			return settings->srs->domains[0];
		found = one;
	}
	return found;
}

static enum rc
rewrite_sender(const struct acceptance *q, const char **out, struct err *err)
{
	enum rc rc = return_path_forward(q->snapshot->store,
	    &q->snapshot->settings->return_path, q->arena,
	    address_text(q->arena, &q->message->from.mailbox), srs_domain_of(q),
	    clock_now(), out, err);

	if (rc == RC_NONE)
		*out = NULL;
	return rc == RC_NONE ? RC_OK : rc;
}

/* Mail of ours came back. */
static enum rc
note_bounce(const struct acceptance *q, struct stamp *stamp, struct err *err)
{
	enum rc rc;

	if (stamp->bounced == NULL)
		return RC_OK;
	rc = outbox_bounce(q->snapshot->store, q->arena, stamp->bounced,
	    stamp->failure, err);
	/* Nobody knows of it any more. */
	if (rc == RC_NONE)
		stamp->bounced = stamp->failure = NULL;
	return rc == RC_NONE ? RC_OK : rc;
}

/* What is done about the copies of a message, and not only said; NULL:
   nothing. */
static const struct fate *
fate_enforced(const struct acceptance *q)
{
	return q->snapshot->settings->policy.checks[CHECK_FATE].shadow
		   ? NULL
		   : q->judgement->fate;
}

/* Also what is held: the administrator may let it go. */
static bool
signs_this_copy(const struct acceptance *q)
{
	const struct fate *fate = fate_enforced(q);

	return fate != NULL && accept_signs_copies(q->snapshot->settings) &&
	       (fate->action == FATE_SIGN || fate->action == FATE_HOLD);
}

static bool
rewrites_this_copy(const struct acceptance *q)
{
	const struct fate *fate = fate_enforced(q);

	return fate != NULL && fate->action == FATE_REWRITE;
}

static const char *
forwarding_domain(const struct acceptance *q)
{
	const struct message_accounts accounts = message_accounts(q->message);

	return accounts.n > 0
		   ? strrchr(accounts.names[0], '@') + 1
		   : q->snapshot->settings->return_path.srs->domains[0];
}

static enum rc
rewrite_copy(const struct acceptance *q, struct session_end *e, struct err *err)
{
	const struct from_field *from = authentication_from(q->authentication);
	struct rewrite_request request = {.authentication = q->authentication};
	struct author_address address;
	enum rc rc = author_address_make(&q->snapshot->settings->authors,
	    q->arena, &from->mailboxes[0].address, &address, err);

	if (rc != RC_OK)
		return rc;
	request.address = e->new_author = address.text;
	request.via = forwarding_domain(q);
	rewrite_author(q->arena, &request, &e->stamp);
	return RC_OK;
}

/* From now on the author's address takes their replies. */
static enum rc
note_author(const struct acceptance *q, struct err *err)
{
	const struct from_field *from = authentication_from(q->authentication);
	const struct address *author = &from->mailboxes[0].address;
	const struct message_accounts accounts = message_accounts(q->message);
	struct author_note note = {
	    .author = author, .accounts = accounts.names, .n = accounts.n};
	struct author_address address;
	enum rc rc = author_address_make(&q->snapshot->settings->authors,
	    q->arena, author, &address, err);

	if (rc != RC_OK)
		return rc;
	note.token = address.token;
	return author_address_note(q->snapshot->store, q->arena, &note,
	    clock_now(), err);
}

/* As address_text. */
static const char *
account_address(const struct acceptance *q, const char *account)
{
	struct address address;

	return address_read(q->arena, account, &address, NULL) == RC_OK
		   ? address_text(q->arena, &address)
		   : account;
}

static enum rc
send_reply(const struct acceptance *q, struct session_end *e, struct err *err)
{
	size_t n;
	bool cut;

	authentication_fields(q->authentication, &n, &cut);
	if (cut || n > FATE_REWRITE_FIELDS_MAX)
		return err_set(err, RC_PERM,
		    "a reply with too many header fields");
	e->new_sender = e->new_author =
	    account_address(q, message_reply_as(q->message));
	reply_stamp(q->arena, q->message, q->authentication, e->new_author,
	    &e->stamp);
	return RC_OK;
}

/* Whose name stands in From when it leaves. */
static enum rc
change_author(const struct acceptance *q, struct session_end *e,
    struct err *err)
{
	if (rewrites_this_copy(q)) {
		e->trouble = "its author cannot get an address of ours";
		return rewrite_copy(q, e, err);
	}
	return message_reply_as(q->message) == NULL ? RC_OK
						    : send_reply(q, e, err);
}

/* Mail that was written here, or by one of us, in a domain that has a key. What
   comes back from a filter on this machine has been elsewhere before. */
static bool
signs_this_of_ours(const struct acceptance *q)
{
	return q->signs_own && !(q->message->rules->from_here &&
				   q->message->trace.received > 0);
}

/* The SRS domain of the copy, if it has a key; else the first of srs.domain,
   which signs for all. */
static const char *
copy_signer(const struct acceptance *q)
{
	const char *first = q->snapshot->settings->return_path.srs->domains[0];
	const char *own = srs_domain_of(q);

	return own != NULL &&
		       signing_keys_promised(q->snapshot->signing_keys, own)
		   ? own
		   : first;
}

static enum rc
sign_accepted(const struct acceptance *q, struct session_end *e,
    struct err *err)
{
	const struct settings *settings = q->snapshot->settings;
	bool ours = signs_this_of_ours(q);
	bool is_reply = message_reply_as(q->message) != NULL;
	struct sign_request request = {
	    .message = q->message,
	    .authentication = q->authentication,
	    .stamp = &e->stamp,
	    .new_sender = e->new_sender,
	    .keys = q->snapshot->signing_keys,
	    .now = clock_now(),
	};

	request.promised = rewrites_this_copy(q);
	if (request.promised)
		request.domain = settings->authors.domain;
	else if (is_reply)
		request.domain = strrchr(e->new_author, '@') + 1;
	else if (!ours && settings->return_path.srs != NULL)
		request.domain = copy_signer(q);
	if (!ours && !request.promised && !is_reply && !signs_this_copy(q))
		return RC_OK;
	return sign_message(q->arena, &request, &e->signatures, err);
}

/* What is told anew is ours, and nothing was found out of it. */
static void
seal_forwarded(const struct acceptance *q, struct session_end *e)
{
	const struct seal_request request = {
	    .settings = q->snapshot->settings,
	    .keys = q->snapshot->signing_keys,
	    .authentication = q->authentication,
	    .results = q->judgement->author,
	    .stamp = &e->stamp,
	    .signatures = &e->signatures,
	    .now = clock_now(),
	};
	struct err err;
	enum rc rc = RC_NONE;

	if (request.settings->arc_seal && q->judgement->author != NULL &&
	    (e->stamp.changes == NULL || rewrites_this_copy(q)) &&
	    message_accounts(q->message).n > 0)
		rc = seal_message(q->arena, &request, &e->seal, &err);
	if (rc != RC_OK && rc != RC_NONE)
		log_error_limited(&seal_limit, "arc: not sealed: %s", err.text);
}

enum rc
accept_message(const struct acceptance *q, struct session_end *e)
{
	const struct stamp_results said = results_for_stamp(q);
	struct err err;
	const struct fate *fate = fate_enforced(q);
	enum rc rc = RC_OK;

	if (fate != NULL && fate->action == FATE_HOLD)
		e->hold = fate->why;
	e->stamp = stamp_message(q->message, &said);
	if (e->stamp.new_sender)
		rc = rewrite_sender(q, &e->new_sender, &err);
	if (rc == RC_OK) {
		rc = change_author(q, e, &err);
		if (rc == RC_OK) {
			e->trouble = "its signature cannot be made";
			rc = sign_accepted(q, e, &err);
		}
		/* What else fails is never the message's fault. */
		e->unsignable = rc == RC_PERM;
	}
	if (rc == RC_OK) {
		e->trouble = ACCEPT_STORE_TROUBLE;
		if (rewrites_this_copy(q))
			rc = note_author(q, &err);
	}
	if (rc == RC_OK)
		rc = note_bounce(q, &e->stamp, &err);
	if (rc == RC_OK) {
		seal_forwarded(q, e);
		failures_count(q);
	}
	if (rc != RC_OK && !e->unsignable)
		log_error_limited(&trouble_limit, "%s", err.text);
	return rc;
}
