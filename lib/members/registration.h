/* SPDX-License-Identifier: MIT */
/*
 * registration - from asking for an address to having it:
 *
 *	asked → proven → approved
 *	                → refused (from asked, too)
 *
 * Each step is one transaction, with the mail that tells of it inside.  A step
 * that is repeated, because its answer was lost, is done once and answered as
 * the first time.  Who is asking may be anybody: nothing here tells whether a
 * mailbox is known, and text from the form is mailed only to a mailbox that its
 * code has verified.
 */
#pragma once

#include "forwarding/forwards.h"
#include "outbox/keyed_hash.h"
#include "store/registration_table.h"

/* Longest accepted, in bytes. */
#define REGISTRATION_USERID_MAX 31
#define REGISTRATION_PUBKEY_MAX 8192
#define REGISTRATION_NOTE_MAX   1000
#define REGISTRATION_REASON_MAX 500

#define REGISTRATION_CODE_SECONDS   86400 /* a code is good for so long */
#define REGISTRATION_CODE_WRONG     5     /* and for so many tries */
#define REGISTRATION_CODES_MAX      5     /* mailed for one request */
#define REGISTRATION_RESEND_SECONDS 60    /* between two of them */

struct registration_limits {
	/* Requests: of a client (an IPv6 client is its /64) and in all, in an
	   hour; for a mailbox in a day. */
	int64_t client, all, mailbox;
	/* Codes typed by a client in an hour. */
	int64_t tries;
};

struct registration_settings {
	const struct forwards_settings *forwards;
	const char *domain; /* of new addresses: one of forwards->domains */
	const char *const *reserved; /* user ids, beyond the usual roles */
	size_t n_reserved;
	const char *const *srs_domains;
	size_t n_srs_domains;
	struct registration_limits limits;
	bool provision; /* a command is to be run after approval */
	/* Codes are hashed with these, approvals signed; NULL: with none. */
	const struct keyed_secrets *codes, *approvals;
	/* NULL, or tells whether a Unix user has that name; tests set it. */
	home_of_fn *user_of;
};

/* As typed. */
struct registration_form {
	const char
	    *id; /* chosen when the form was shown, see registration_id */
	const char *userid, *email, *pubkey, *note;
	const char *client; /* its address */
};

/* What is wrong with each field, as a sentence for who typed it; NULL: right.
   `general`: why it cannot be taken now. */
struct registration_complaint {
	const char *userid, *email, *pubkey, *note, *general;
};

/* Makes an id for a form and for the address of its page.  A visitor who has
   the id may see the state of the request.  Random, 26 digits and small
   letters. */
enum rc registration_id(struct arena *a, const char **out, struct err *err);

/* RC_OK: asked; a code is mailed unless the mailbox hit its limit.  The caller
   cannot tell which, on purpose.  With the id, the user id and the mailbox of a
   request that is not proven, its key and its note are put right.  RC_PERM: a
   field is wrong.  RC_NONE: too many requests.  RC_TEMP: the store. complaint
   is filled in either case. */
enum rc registration_ask(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const struct registration_form *form, int64_t now,
    struct registration_complaint *complaint, struct err *err);

/* RC_NONE: no such request (any more). */
enum rc registration_find(struct store *store, struct arena *a, const char *id,
    struct registration *out, struct err *err);

/* What is said of a text that is no code at all (token_read). */
extern const char registration_no_token[];

/* The code as typed, by a client.  RC_NONE: no such request.  RC_PERM: wrong,
   expired, typed wrongly too often, too many tries of this client, or no code
   at all, which is not counted; err is a sentence for who typed it.  A request
   that is proven already: RC_OK if the code is right. */
enum rc registration_verify(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, const char *code, const char *client, int64_t now,
    struct err *err);

/* One more code typed by a client, of whatever kind: registration_verify counts
   its own.  RC_NONE: too many; err is a sentence for who typed it. */
enum rc registration_try(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *client, int64_t now, struct err *err);

/* A new code, mailed, in place of the old one.  RC_NONE: no such request.
   RC_PERM: too soon, too often, or it is proven already. */
enum rc registration_resend(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, int64_t now, struct err *err);

/* `which`: a user id, an address or an id.  By an administrator. */
enum rc registration_lookup(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *which, struct registration *out, struct err *err);

/* Account, active forward, welcome mail and the command to run, all at once.
   RC_NONE: no such request.  RC_PERM: not proven, decided already, or the
   address or the mailbox can no longer be had; err says which.  One that is
   approved and not signed (approval.h) is signed now, if its account is there,
   and its command is due again. */
enum rc registration_approve(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, int64_t now, struct err *err);

/* reason: the administrator's, for the mail, or NULL.  An unproven request
   gets no mail: it may be a stranger's mailbox. */
enum rc registration_refuse(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, const char *reason, int64_t now, struct err *err);

/* And its mail that is not sent yet.  The account stays. */
enum rc registration_delete(struct store *store, struct arena *a,
    const char *id, struct err *err);

/* Removes unproven ones whose time is over, and limits that count no more. */
enum rc registration_clean(struct store *store, int64_t now, struct err *err);
