/* SPDX-License-Identifier: MIT */
#include "failures.h"

#include "base/clock.h"
#include "base/str.h"
#include "forwarding/domains.h"
#include "forwarding/forwards_cache.h"
#include "forwarding/return_path.h"
#include "milter_metrics.h"
#include "policy/decision_record.h"
#include "store/decision_table.h"
#include "targets/targets.h"

#include <ctype.h>
#include <string.h>

/* Accounts of one message that are looked at. */
#define ACCOUNTS_MAX 50
/* Recipients that another host may tell of in one notification: one mail of
   ours goes to one target mostly. */
#define REMOTE_MAX 5
/* For how long before now a decision is looked for: longer than Postfix keeps
   mail in its queue. */
#define DECISION_AGE ((int64_t)30 * 86400)

static struct log_limit trouble_limit;

/* One notification. */
struct notification {
	const struct acceptance *q;
	struct arena *arena;
	const struct message_recipient *to; /* the SRS address */
	struct dsn_failures said;
	bool own;   /* of Postfix here */
	int64_t at; /* by the store's clock */
	/* Whose mail it was, as decided; none: that is not known. */
	const char *accounts[ACCOUNTS_MAX];
	size_t n_accounts;
	bool contradicted; /* what was decided is about other mail */
};

/* Was the sender rewritten to this address?  Where tables of Postfix do that,
   the record does not say. */
static bool
decision_is_about(const struct notification *t, const struct decision_row *row)
{
	struct decision decision;
	struct address sender;

	if (decision_record_read(t->arena, row->record, &decision, NULL) !=
	    RC_OK)
		return false;
	return decision.new_sender == NULL ||
	       (srs_read_address(t->arena, decision.new_sender, &sender,
		    NULL) == RC_OK &&
		   str_equal_fold(address_text(t->arena, &sender),
		       address_text(t->arena, &t->to->address)));
}

static void
add_account(struct notification *t, const char *account)
{
	for (size_t i = 0; i < t->n_accounts; i++)
		if (strcmp(t->accounts[i], account) == 0)
			return;
	if (t->n_accounts < ACCOUNTS_MAX)
		t->accounts[t->n_accounts++] = account;
}

static enum rc
find_accounts(struct db *db, void *context, struct err *err)
{
	struct notification *t = context;
	const struct decision_search search = {
	    .queue_id = t->said.queue_id,
	    .since = t->at - DECISION_AGE,
	    .before = t->at + DECISION_AGE,
	};
	struct decision_row found;
	struct db_row *row;
	enum rc rc = decision_walk(db, &search, &row, err);

	t->n_accounts = 0;
	t->contradicted = false;
	if (rc != RC_OK)
		return rc;
	while ((rc = decision_next(row, t->arena, &found, err)) == RC_OK)
		if (decision_is_about(t, &found))
			add_account(t, found.account);
		else
			t->contradicted = true;
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

/* elsewhere: it is told, and nothing comes of it. */
static void
tell_failure(const struct notification *t, const struct target_failure *failure,
    bool elsewhere)
{
	const char *id = t->q->message->queue_id;
	const struct log_pair pairs[] = {
	    {"queue_id", id == NULL ? "NOQUEUE" : id},
	    {"failed", arena_printf(t->arena, "<%s>", failure->target)},
	    {"account", arena_printf(t->arena, "<%s>", failure->account)},
	    {"kind", failure_kind_name(failure->kind)},
	    {"status", failure->status},
	    {"message", failure->message},
	    {"forward", elsewhere ? "elsewhere" : NULL},
	};

	log_event(LOG_LEVEL_INFO, pairs, sizeof(pairs) / sizeof(*pairs));
	milter_metrics_count_failure(failure->kind, elsewhere);
}

static void
count_target(const struct notification *t, const char *holder,
    const char *target, const struct dsn_failed *failed)
{
	const struct snapshot *snapshot = t->q->snapshot;
	struct target_failure failure = {
	    .account = holder,
	    .target = target,
	    .status = failed->status,
	    .at = t->at,
	};
	bool elsewhere;
	struct err err;
	enum rc rc;

	if (!target_failure_kind(failed->status, &failure.kind))
		return;
	failure.message = t->said.queue_id;
	if (!t->own) {
		failure.kind = FAILURE_REMOTE;
		failure.message = arena_printf(t->arena, "remote %s",
		    t->said.message_id != NULL ? t->said.message_id
					       : t->to->address.local);
	}
	failure.message = str_printable(t->arena, failure.message,
	    strlen(failure.message), TARGET_FAILURE_MESSAGE_MAX);
	rc = targets_count(snapshot->store, &snapshot->settings->targets,
	    t->arena, &failure, &elsewhere, &err);
	if (rc == RC_OK || elsewhere)
		tell_failure(t, &failure, elsewhere);
	else if (rc == RC_TEMP || rc == RC_PERM)
		log_error_limited(&trouble_limit, "not counted: %s", err.text);
}

/* True: it is one of the account's targets. */
static bool
count_for_account(const struct notification *t, const char *account,
    const struct dsn_failed *failed)
{
	struct forwards found;
	struct address address;
	struct err err;

	if (address_read(t->arena, account, &address, NULL) != RC_OK)
		return false;
	if (forwards_cache_find(t->q->snapshot->forwards,
		t->q->message->rules->forwards, t->arena, &address, &found,
		&err) != RC_OK) {
		log_error_limited(&trouble_limit, "not counted: %s", err.text);
		return true;
	}
	for (size_t i = 0; i < found.n && found.known == FORWARDS_FOUND; i++)
		if (str_equal_fold(found.targets[i], failed->recipient)) {
			count_target(t, found.holders[i], found.targets[i],
			    failed);
			return true;
		}
	return false;
}

/* What was decided says whose mail it was, else the notification itself does;
   the target must be his. */
static void
count_recipient(const struct notification *t, const struct dsn_failed *failed)
{
	if (failed->recipient == NULL)
		return;
	for (size_t i = 0; i < t->n_accounts; i++)
		if (count_for_account(t, t->accounts[i], failed))
			return;
	if (t->n_accounts > 0 || t->contradicted)
		return;
	if (failed->original != NULL &&
	    count_for_account(t, failed->original, failed))
		return;
	if (t->said.account != NULL)
		count_for_account(t, t->said.account, failed);
}

static bool
is_ours(const void *context, const char *domain)
{
	return domains_ours(context, domain);
}

/* Did we write that address? */
static bool
is_return_path(const struct notification *t, struct err *err)
{
	struct srs_reversed reversed;
	enum rc rc = return_path_reverse(t->q->snapshot->store,
	    &t->q->snapshot->settings->return_path, t->arena, &t->to->address,
	    clock_now(), &reversed, err);

	if (rc != RC_OK)
		log_error_limited(&trouble_limit, "not counted: %s", err->text);
	return rc == RC_OK && reversed.answer == SRS_REVERSED;
}

/* As Postfix makes them, short or long. */
static bool
is_queue_id(const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len < 5 || len > DECISION_QUEUE_ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) ||
		    (unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

void
failures_count(const struct acceptance *q)
{
	struct message *l = q->message;
	const struct dsn_ours ours = {is_ours, l->rules->forwards};
	struct notification *t = arena_take(q->arena, sizeof(*t));
	struct store *store = q->snapshot->store;
	struct err err;
	enum rc rc;

	t->q = q;
	t->arena = q->arena;
	t->to = message_tells_failure(l);
	t->own = l->rules->internal;
	if (t->to == NULL)
		return;
	l->report.body = l->body.text;
	l->report.len = l->body.len;
	if (!dsn_read_failures(q->arena, &l->report, &ours, &t->said) ||
	    (t->own && !is_queue_id(t->said.queue_id)) ||
	    !is_return_path(t, &err))
		return;
	rc = store_now(store, &t->at, &err);
	if (rc == RC_OK && t->own)
		rc = store_glance(store, find_accounts, t, &err);
	if (rc != RC_OK)
		log_error_limited(&trouble_limit, "not counted: %s", err.text);
	for (size_t i = 0; rc == RC_OK && i < t->said.n; i++)
		if (t->own || i < REMOTE_MAX)
			count_recipient(t, &t->said.failed[i]);
}
