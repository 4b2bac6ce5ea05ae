/* SPDX-License-Identifier: MIT */
#include "members/member.h"

#include "base/str.h"
#include "base/typed.h"
#include "forwarding/sender_rules.h"
#include "mail/domain.h"
#include "mail/mailbox.h"
#include "store/limit_table.h"

#include <string.h>

#define HOUR 3600
#define DAY  86400

struct member_search {
	struct arena *arena;
	const char *account;
	struct member *out;
};

static enum rc
find_choices(struct db *db, const struct member_search *k, struct err *err)
{
	struct account_check *all;
	size_t n;
	enum rc rc =
	    account_check_list(db, k->arena, k->account, &all, &n, err);

	if (rc == RC_OK)
		k->out->choices = account_choices_text(k->arena, all, n);
	return rc;
}

static enum rc
find_member_tx(struct db *db, void *context, struct err *err)
{
	const struct member_search *k = context;
	int64_t digest = 0;
	enum rc rc =
	    account_find(db, k->arena, k->account, &k->out->account, err);

	if (rc == RC_OK)
		rc = account_digest(db, k->account, &digest, err);
	k->out->digest = digest > 0;
	if (rc == RC_OK)
		rc = target_health_list(db, k->arena, k->account,
		    &k->out->targets, &k->out->n, err);
	if (rc == RC_OK)
		rc = find_choices(db, k, err);
	return rc == RC_OK ? sender_rule_list(db, k->arena, k->account,
				 &k->out->rules, &k->out->n_rules, err)
			   : rc;
}

enum rc
member_find(struct store *store, struct arena *a, const char *account,
    struct member *out, struct err *err)
{
	struct member_search k = {a, account, out};

	return store_do(store, find_member_tx, &k, err);
}

/* RC_PERM: without that mailbox none would get mail. */
static enum rc
check_last(struct db *db, struct member_mailbox *m, struct err *err)
{
	struct forward *all;
	bool is_active = false;
	size_t n, others = 0;
	enum rc rc = forward_list(db, m->arena, m->account, &all, &n, err);

	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		if (all[i].state != FORWARD_ACTIVE)
			continue;
		if (str_equal_fold(all[i].target, m->target))
			is_active = true;
		else
			others++;
	}
	m->is_last = rc == RC_OK && is_active && others == 0 && !m->sure;
	return m->is_last ? err_set(err, RC_PERM, "the last one") : rc;
}

static enum rc
switch_to(struct db *db, const struct member_mailbox *m,
    enum forward_state state, struct err *err)
{
	const struct forward to = {
	    .account = m->account, .target = m->target, .state = state};

	return forwards_switch(db, m->arena, &to, err);
}

static enum rc
pause_tx(struct db *db, void *context, struct err *err)
{
	enum rc rc = check_last(db, context, err);

	return rc == RC_OK ? switch_to(db, context, FORWARD_PAUSED, err) : rc;
}

static enum rc
resume_tx(struct db *db, void *context, struct err *err)
{
	return switch_to(db, context, FORWARD_ACTIVE, err);
}

static enum rc
remove_tx(struct db *db, void *context, struct err *err)
{
	struct member_mailbox *m = context;
	enum rc rc = check_last(db, m, err);

	if (rc == RC_OK)
		rc = forward_remove(db, m->account, m->target, err);
	return rc == RC_NONE && db_in_doubt(db) ? RC_OK : rc;
}

enum rc
member_pause(struct store *store, struct member_mailbox *mailbox,
    struct err *err)
{
	return store_change(store, pause_tx, mailbox, err);
}

enum rc
member_resume(struct store *store, struct member_mailbox *mailbox,
    struct err *err)
{
	return store_change(store, resume_tx, mailbox, err);
}

enum rc
member_remove(struct store *store, struct member_mailbox *mailbox,
    struct err *err)
{
	return store_change(store, remove_tx, mailbox, err);
}

struct invitation_limits {
	struct limit account, mailbox;
	int64_t now;
};

static enum rc
take_invitation_tx(struct db *db, void *context, struct err *err)
{
	const struct invitation_limits *k = context;
	int64_t wait;
	enum rc rc = limit_take(db, &k->account, k->now, &wait, err);

	return rc == RC_OK ? limit_take(db, &k->mailbox, k->now, &wait, err)
			   : rc;
}

/* Nobody is flooded with our codes: not by a member, either. */
static enum rc
take_invitation(struct store *store, const struct member_settings *settings,
    struct arena *a, const char *account, const struct address *mailbox,
    int64_t now, struct err *err)
{
	struct invitation_limits k = {
	    .account = {arena_printf(a, "invite:account:%s", account),
		settings->codes, HOUR},
	    .mailbox = {arena_printf(a, "ask:mailbox:%s",
			    mailbox_counted_as(a, mailbox)),
		settings->registration->limits.mailbox, DAY},
	    .now = now,
	};

	return store_change(store, take_invitation_tx, &k, err);
}

/* The web form takes what any receiver understands; an administrator may
   forward to more. */
static enum rc
read_mailbox(struct arena *a, const char *typed, struct address *out,
    struct err *err)
{
	struct err why = {""};
	enum rc rc = mailbox_read(a, typed_trim(a, typed), out, &why);

	if (rc == RC_NONE)
		return err_set(err, RC_PERM,
		    "Please write the new mailbox's address.");
	if (rc != RC_OK)
		return err_set(err, RC_PERM,
		    "We cannot send mail to this address: %s.",
		    why.text[0] != '\0' ? why.text : "it is no mail address");
	if (strchr(out->domain, '.') == NULL || out->domain[0] == '[' ||
	    !domain_is_host_name(a, out->domain))
		return err_set(err, RC_PERM,
		    "The part after the @ must be a domain name with a dot.");
	return RC_OK;
}

enum rc
member_invite(struct store *store, const struct member_settings *settings,
    struct arena *a, const char *account, const char *typed, int64_t now,
    const char **target, bool *limit, struct err *err)
{
	struct forwards_code invitation = {
	    .account = account,
	    .secrets = settings->registration->codes,
	    .now = now,
	    .mail = true,
	};
	struct address mailbox;
	enum rc rc = read_mailbox(a, typed, &mailbox, err);

	*limit = false;
	if (rc == RC_OK)
		rc = take_invitation(store, settings, a, account, &mailbox, now,
		    err);
	*limit = rc == RC_NONE;
	if (*limit)
		return err_set(err, RC_NONE,
		    "Too many codes were sent for now: please try again in an "
		    "hour, or for this mailbox tomorrow.");
	if (rc != RC_OK)
		return rc;
	invitation.target = address_text(a, &mailbox);
	rc = forwards_invite(store, settings->registration->forwards, a,
	    &invitation, err);
	*target = invitation.target;
	/* Why exactly may be about the mailboxes of others. */
	return rc == RC_PERM
		   ? err_set(err, RC_PERM,
			 "Your mail goes there already, would come back from "
			 "there, or goes to too many mailboxes.")
		   : rc;
}

struct rule_change {
	struct arena *arena;
	const struct sender_rule *rule;
};

static enum rc
put_rule_tx(struct db *db, void *context, struct err *err)
{
	const struct rule_change *k = context;

	return sender_rules_add(db, k->arena, k->rule, err);
}

static enum rc
remove_rule_tx(struct db *db, void *context, struct err *err)
{
	const struct rule_change *k = context;
	enum rc rc =
	    sender_rule_remove(db, k->rule->account, k->rule->sender, err);

	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
member_put_rule(struct store *store, struct arena *a,
    const struct sender_rule *rule, struct err *err)
{
	struct rule_change k = {a, rule};

	return store_change(store, put_rule_tx, &k, err);
}

enum rc
member_remove_rule(struct store *store, const char *account, const char *sender,
    struct err *err)
{
	const struct sender_rule rule = {.account = account, .sender = sender};
	struct rule_change k = {NULL, &rule};

	return store_change(store, remove_rule_tx, &k, err);
}

struct checks_change {
	const char *account;
	const struct member_check *choices;
	size_t n;
	int64_t now;
};

static enum rc
set_check(struct db *db, const struct checks_change *k,
    const struct member_check *choice, struct err *err)
{
	const struct account_check row = {
	    .account = k->account,
	    .check = choice->check,
	    .on = choice->choice == CHOICE_ON,
	    .created = k->now,
	};
	enum rc rc;

	if (choice->choice != CHOICE_DEFAULT)
		return account_check_put(db, &row, err);
	rc = account_check_remove(db, k->account, choice->check, err);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
set_checks_tx(struct db *db, void *context, struct err *err)
{
	const struct checks_change *k = context;
	struct arena *a = arena_new();
	struct account account;
	enum rc rc = account_find(db, a, k->account, &account, err);

	for (size_t i = 0; i < k->n && rc == RC_OK; i++)
		rc = set_check(db, k, &k->choices[i], err);
	arena_free(a);
	return rc;
}

enum rc
member_set_checks(struct store *store, const char *account,
    const struct member_check *choices, size_t n, int64_t now, struct err *err)
{
	struct checks_change k = {account, choices, n, now};

	return store_change(store, set_checks_tx, &k, err);
}
