/* SPDX-License-Identifier: MIT */
#include "members/private/registration_tx.h"

#include "base/typed.h"
#include "forwarding/domains.h"
#include "forwarding/forwards_tx.h"
#include "members/approval.h"
#include "members/private/user_name.h"
#include "outbox/outbox.h"
#include "store/account_table.h"
#include "store/provision_table.h"

#include <string.h>

/* An answer to an administrator is waited for no longer. */
#define MAIL_SECONDS ((int64_t)7 * 86400)

struct decision {
	struct arena *arena;
	const struct registration_settings *settings;
	const char *id, *reason;
	enum registration_state to;
	int64_t now;
};

/* Finds the request, if it may be decided.  *done: we decided it a moment
   ago. */
static enum rc
find_open(struct db *db, const struct decision *k, struct registration *r,
    bool *done, struct err *err)
{
	enum rc rc = registration_by_id(db, k->arena, k->id, r, err);

	*done = false;
	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "%s: no such request", k->id);
	if (rc != RC_OK)
		return rc;
	if (db_in_doubt(db) && r->state == k->to && r->decided == k->now) {
		*done = true;
		return RC_OK;
	}
	if (r->state == REGISTRATION_APPROVED ||
	    r->state == REGISTRATION_REFUSED)
		return err_set(err, RC_PERM, "%s: %s already", r->address,
		    registration_state_name(r->state));
	return RC_OK;
}

static enum rc
decide_registration(struct db *db, const struct decision *k,
    struct registration *r, struct err *err)
{
	enum rc rc = outbox_drop(db, registration_about(k->arena, k->id), err);

	r->state = k->to;
	r->decided = k->now;
	r->reason = k->reason;
	return rc == RC_OK || rc == RC_NONE ? registration_update(db, r, err)
					    : rc;
}

static enum rc
mail_decision(struct db *db, const struct decision *k,
    const struct registration *r, const char *template,
    const char *const *values, struct err *err)
{
	const struct outbox_new new = {
	    .dedup_key = arena_printf(k->arena, "%s:%s", template, k->id),
	    .about = registration_about(k->arena, k->id),
	    .recipient = r->email,
	    .template = template,
	    .values = values,
	    .deadline = k->now + MAIL_SECONDS,
	    .now = k->now,
	};

	return outbox_put(db, k->arena, &new, err);
}

/* Checks what may have changed since the request.  The Unix user is not
   checked: whoever makes accounts may have made it before. */
static enum rc
check_address(struct db *db, const struct decision *k,
    const struct registration *r, struct err *err)
{
	struct account account;
	enum rc rc;

	if (!user_name_is_valid(r->userid) ||
	    registration_is_reserved(k->settings, r->userid))
		return err_set(err, RC_PERM, "%s: the name is reserved",
		    r->userid);
	rc = domains_glance_tx(db, k->settings->forwards,
	    strchr(r->address, '@') + 1, NULL, err);
	if (rc == RC_NONE)
		return err_set(err, RC_PERM,
		    "%s: its domain is not served any more", r->address);
	if (rc == RC_OK)
		rc = registration_is_ours(db, k->settings,
		    strrchr(r->email, '@') + 1, err);
	if (rc == RC_OK)
		return err_set(err, RC_PERM,
		    "%s: this mailbox is in a domain of ours now", r->email);
	if (rc != RC_NONE)
		return rc;
	rc = account_find(db, k->arena, r->address, &account, err);
	if (rc == RC_OK)
		return err_set(err, RC_PERM,
		    "%s: there is such an account already", r->address);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
open_account(struct db *db, const struct decision *k,
    const struct registration *r, struct err *err)
{
	struct forwards_change change = {
	    .settings = k->settings->forwards,
	    .arena = k->arena,
	    .account = r->address,
	    .n = 1,
	    .now = k->now,
	};
	const char *target;
	enum rc rc = forwards_read_target(k->arena, r->email, &target, err);

	change.targets = &target;
	if (rc == RC_OK)
		rc = account_add(db, r->address, k->now, err);
	return rc == RC_OK ? forwards_change_tx(db, &change, err) : rc;
}

/* Without a secret nobody can sign what root may do. */
static enum rc
sign_approval(struct db *db, const struct decision *k,
    const struct registration *r, struct err *err)
{
	const struct keyed_secrets *secrets = k->settings->approvals;

	if (secrets != NULL && secrets->n > 0)
		return registration_sign(db, r->id,
		    approval_sign(k->arena, secrets, r), err);
	return k->settings->provision
		   ? err_set(err, RC_TEMP, "%s: it cannot be signed: %s",
			 r->address,
			 secrets != NULL && secrets->trouble != NULL
			     ? secrets->trouble
			     : "there is no secret of approvals")
		   : RC_OK;
}

/* An account without a signature was made before there were any, or by hand:
   now an administrator has looked at it. */
static enum rc
approve_once_more(struct db *db, const struct decision *k,
    struct registration *r, struct err *err)
{
	struct account account;
	enum rc rc = account_find(db, k->arena, r->address, &account, err);

	if (rc == RC_NONE)
		return err_set(err, RC_PERM,
		    "%s: no administrator has approved this, and there is no "
		    "such account: somebody has forged it; delete the request",
		    r->address);
	if (rc == RC_OK)
		rc = sign_approval(db, k, r, err);
	return rc == RC_OK && k->settings->provision
		   ? provision_again(db, r->id, k->now, err)
		   : rc;
}

static bool
is_signed(const struct decision *k, const struct registration *r)
{
	enum approval approval =
	    approval_of(k->arena, k->settings->approvals, r);

	return approval != APPROVAL_MISSING && approval != APPROVAL_FORGED;
}

static enum rc
approve_tx(struct db *db, void *context, struct err *err)
{
	const struct decision *k = context;
	struct registration r;
	bool done;
	enum rc rc = registration_by_id(db, k->arena, k->id, &r, err);

	if (rc == RC_OK && !is_signed(k, &r) && k->settings->provision)
		return approve_once_more(db, k, &r, err);
	rc = find_open(db, k, &r, &done, err);
	if (rc != RC_OK || done)
		return rc;
	if (r.state != REGISTRATION_PROVEN)
		return err_set(err, RC_PERM,
		    "%s: not proven yet: the code that went to %s was not "
		    "typed",
		    r.address, r.email);
	rc = check_address(db, k, &r, err);
	if (rc == RC_OK)
		rc = open_account(db, k, &r, err);
	if (rc == RC_OK)
		rc = decide_registration(db, k, &r, err);
	if (rc == RC_OK)
		rc = sign_approval(db, k, &r, err);
	if (rc == RC_OK)
		rc = mail_decision(db, k, &r, "welcome",
		    (const char *const[]){"userid", r.userid, "address",
			r.address, "mailbox", r.email, NULL},
		    err);
	if (rc == RC_OK && k->settings->provision)
		rc = provision_insert(db, r.id, k->now, err);
	return rc;
}

enum rc
registration_approve(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, int64_t now, struct err *err)
{
	struct decision k = {
	    .arena = a,
	    .settings = settings,
	    .id = id,
	    .to = REGISTRATION_APPROVED,
	    .now = now,
	};

	return store_change(store, approve_tx, &k, err);
}

static enum rc
refuse_tx(struct db *db, void *context, struct err *err)
{
	const struct decision *k = context;
	struct registration r;
	bool done, proven;
	enum rc rc = find_open(db, k, &r, &done, err);

	if (rc != RC_OK || done)
		return rc;
	proven = r.state == REGISTRATION_PROVEN;
	rc = decide_registration(db, k, &r, err);
	if (rc != RC_OK || !proven)
		return rc;
	return mail_decision(db, k, &r, "refused",
	    (const char *const[]){"address", r.address, "reason",
		k->reason != NULL ? k->reason : "", NULL},
	    err);
}

enum rc
registration_refuse(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, const char *reason, int64_t now, struct err *err)
{
	struct decision k = {
	    .arena = a,
	    .settings = settings,
	    .id = id,
	    .to = REGISTRATION_REFUSED,
	    .now = now,
	};

	if (reason != NULL) {
		k.reason = typed_line(a, reason);
		if (k.reason == NULL)
			return err_set(err, RC_PERM,
			    "the reason holds characters that are no text");
		if (strlen(k.reason) > REGISTRATION_REASON_MAX)
			return err_set(err, RC_PERM,
			    "the reason is longer than %d bytes",
			    REGISTRATION_REASON_MAX);
	}
	return store_change(store, refuse_tx, &k, err);
}
