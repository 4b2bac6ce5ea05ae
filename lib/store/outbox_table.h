/* SPDX-License-Identifier: MIT */
/*
 * outbox_table - mail to send, which is written in the same transaction as the
 * change that is the reason for it, and what became of that mail.
 */
#pragma once

#include "store/db.h"
#include "store/lease.h"

#include <stddef.h>

enum outbox_state {
	OUTBOX_NEW,    /* not sent yet: it is due at next_try */
	OUTBOX_SENT,   /* an MTA has taken it */
	OUTBOX_FAILED, /* an MTA refused it for good, or its deadline passed */
	OUTBOX_BOUNCED /* it was sent, and a bounce came back */
};

/* "new", "sent", "failed", "bounced" */
const char *outbox_state_name(enum outbox_state state);

/* Times in seconds since 1970; 0: not yet. */
struct outbox_mail {
	const char *id; /* unique; also the local part of its Message-ID */
	const char *dedup_key; /* unique: one reason, one mail */
	const char *about;     /* what the mail belongs to: "request:ID",
				  "forward:ACCOUNT" */
	const char *recipient, *template;
	const char *values; /* for the template, a JSON object of texts; "{}"
			       once the mail needs no more texts */
	enum outbox_state state;
	int64_t created, next_try, deadline, lease_until, sent;
	const char *lease_owner;
	int64_t attempts;
	const char *queue_id; /* what the MTA called it; or NULL */
	const char *error;    /* the last error, printable; or NULL */
};

/* New mail is a job (lease.h). */
extern const struct lease_table outbox_leases;

/* RC_PERM: id or dedup_key is there already. */
enum rc outbox_insert(struct db *db, const struct outbox_mail *mail,
    struct err *err);

/* RC_OK: there is mail with that key.  RC_NONE: there is none. */
enum rc outbox_has(struct db *db, const char *dedup_key, struct err *err);

/* RC_NONE: no such mail. */
enum rc outbox_by_id(struct db *db, struct arena *a, const char *id,
    struct outbox_mail *out, struct err *err);

/* Lists the mails about one thing, or all if about is NULL, oldest first. */
enum rc outbox_list(struct db *db, struct arena *a, const char *about,
    struct outbox_mail **out, size_t *n, struct err *err);

/* Finds the unsent mail that is due first and that no mailer has leased.
   RC_NONE: there is none. */
enum rc outbox_due(struct db *db, struct arena *a, const struct due *due,
    struct outbox_mail *out, struct err *err);

/* Finds the unsent mail that was created first.  RC_NONE: there is none. */
enum rc outbox_oldest(struct db *db, struct arena *a, struct outbox_mail *out,
    struct err *err);

/* More unsent mail than that is not counted: to count takes as long as it is.
 */
#define OUTBOX_WAITING_MAX 10000

/* Counts the unsent mails, at most OUTBOX_WAITING_MAX; *oldest is when the
   oldest one was created, 0 if there is none. */
enum rc outbox_waiting(struct db *db, int64_t *n, int64_t *oldest,
    struct err *err);

/* Writes state, values, next_try, lease_until, lease_owner, attempts, sent,
   queue_id and error of the mail that has this id; if owner is not NULL, only
   while its lease_owner is that.  RC_NONE: no such mail, or another's. */
enum rc outbox_update(struct db *db, const struct outbox_mail *mail,
    const char *owner, struct err *err);

/* Marks as failed mail that outbox_due would find and whose deadline has
   passed, as when the MTA was down for days: about 1000 mails, those whose
   deadline passed first, at a time.  Mail without an error gets `error`.
   RC_NONE: there was no such mail. */
enum rc outbox_give_up(struct db *db, const struct due *due, const char *error,
    struct err *err);

/* Removes unsent mail about one thing, because nobody wants it any more.
   RC_NONE: there was none. */
enum rc outbox_drop(struct db *db, const char *about, struct err *err);

/* Removes mail that was sent, has failed or bounced, and was created before
   that time, about 1000 of each kind at a time.  RC_NONE: there was none. */
enum rc outbox_expire(struct db *db, int64_t before, struct err *err);
