/* SPDX-License-Identifier: MIT */
#include "members/leave.h"

#include "base/token.h"
#include "members/private/member_code.h"
#include "members/private/registration_tx.h"
#include "outbox/outbox.h"
#include "store/account_table.h"
#include "store/author_token_table.h"
#include "store/limit_table.h"
#include "store/registration_table.h"

#define HOUR 3600

struct leave_work {
	const struct member_settings *settings;
	struct member_mail mail;
	const char *typed;
	bool is_wrong;
};

static struct leave_work
begin_leave(const struct member_settings *settings, struct arena *a,
    const char *account, int64_t now)
{
	return (struct leave_work){
	    .settings = settings,
	    .mail =
		{
		    .arena = a,
		    .secrets = settings->registration->codes,
		    .account = account,
		    .purpose = "leave",
		    .template = "member-leave",
		    .now = now,
		},
	};
}

static enum rc
find_targets(struct db *db, const struct member_mail *mail,
    struct forward **out, size_t *n, struct err *err)
{
	struct account account;
	struct forward *all;
	size_t n_all;
	enum rc rc =
	    account_find(db, mail->arena, mail->account, &account, err);

	*n = 0;
	if (rc == RC_NONE)
		return err_set(err, RC_PERM, "no such account");
	if (rc == RC_OK)
		rc = forward_list(db, mail->arena, mail->account, &all, &n_all,
		    err);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < n_all; i++)
		if (all[i].state == FORWARD_ACTIVE)
			all[(*n)++] = all[i];
	*out = all;
	return RC_OK;
}

static enum rc
ask_to_leave_tx(struct db *db, void *context, struct err *err)
{
	const struct leave_work *k = context;
	const struct limit limit = {
	    arena_printf(k->mail.arena, "leave:account:%s", k->mail.account),
	    k->settings->codes, HOUR};
	struct forward *targets = NULL;
	int64_t wait;
	size_t n;
	enum rc rc = find_targets(db, &k->mail, &targets, &n, err);

	if (rc == RC_OK)
		rc = limit_take(db, &limit, k->mail.now, &wait, err);
	if (rc == RC_NONE)
		return err_set(err, RC_NONE,
		    "Too many codes were sent: please try again in an hour.");
	return rc == RC_OK
		   ? member_code_mail_tx(db, &k->mail, targets, n, false, err)
		   : rc;
}

enum rc
leave_ask(struct store *store, const struct member_settings *settings,
    struct arena *a, const char *account, int64_t now, struct err *err)
{
	struct leave_work k = begin_leave(settings, a, account, now);
	enum rc rc = member_code_make(&k.mail, err);

	return rc == RC_OK ? store_change(store, ask_to_leave_tx, &k, err) : rc;
}

/* The request with which the address was asked for: mailbox, key, note. */
static enum rc
remove_request(struct db *db, const struct member_mail *mail, struct err *err)
{
	struct registration request;
	enum rc rc = registration_by_address(db, mail->arena, mail->account,
	    &request, err);

	if (rc != RC_OK)
		return rc;
	rc = outbox_drop(db, registration_about(mail->arena, request.id), err);
	return rc == RC_OK || rc == RC_NONE
		   ? registration_remove(db, request.id, err)
		   : rc;
}

static enum rc
delete_all(struct db *db, const struct member_mail *mail, struct err *err)
{
	struct arena *a = mail->arena;
	const char *const abouts[] = {member_code_about(a, mail->account),
	    arena_printf(a, "forward:%s", mail->account)};
	enum rc rc = account_delete(db, mail->account, err);

	if (rc == RC_OK)
		rc = author_token_forget(db, mail->account, err);
	if (rc == RC_OK || rc == RC_NONE)
		rc = remove_request(db, mail, err);
	for (size_t i = 0; i < sizeof(abouts) / sizeof(*abouts); i++)
		if (rc == RC_OK || rc == RC_NONE)
			rc = outbox_drop(db, abouts[i], err);
	return rc == RC_NONE ? RC_OK : rc;
}

/* True: the answer to the commit was lost, and the account is gone. */
static bool
is_gone(struct db *db, const struct member_mail *mail, struct err *err)
{
	struct account account;

	return db_in_doubt(db) && account_find(db, mail->arena, mail->account,
				      &account, err) == RC_NONE;
}

static enum rc
leave_tx(struct db *db, void *context, struct err *err)
{
	struct leave_work *k = context;
	enum rc rc;

	k->is_wrong = false;
	if (is_gone(db, &k->mail, err))
		return RC_OK;
	rc = member_code_use_tx(db, &k->mail, k->typed, err);
	if (rc == RC_OK)
		return delete_all(db, &k->mail, err);
	k->is_wrong = rc == RC_NONE;
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
leave_confirm(struct store *store, const struct member_settings *settings,
    struct arena *a, const struct leave *leave, struct err *err)
{
	struct leave_work k =
	    begin_leave(settings, a, leave->account, leave->now);
	enum rc rc;

	if (token_read(a, leave->code) == NULL)
		return err_set(err, RC_PERM, "%s",
		    leave->code[0] == '\0'
			? "Please type the code that we have sent you."
			: registration_no_token);
	k.typed = leave->code;
	rc = registration_try(store, settings->registration, a, leave->client,
	    leave->now, err);
	if (rc == RC_NONE)
		return RC_PERM;
	if (rc == RC_OK)
		rc = store_change(store, leave_tx, &k, err);
	if (rc == RC_OK && k.is_wrong)
		return err_set(err, RC_PERM,
		    "This code is not right, or not any more: it is good for "
		    "ten minutes, once. Nothing has been deleted.");
	return rc;
}
