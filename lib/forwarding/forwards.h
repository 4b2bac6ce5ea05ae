/* SPDX-License-Identifier: MIT */
/*
 * forwards - where mail to one of our addresses ends up, and the rules for
 * changing that.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "forwarding/forwards_settings.h"
#include "mail/address.h"
#include "outbox/keyed_hash.h"
#include "store/db.h"
#include "store/forward_table.h"

#include <stdbool.h>
#include <stddef.h>

enum forwards_known {
	FORWARDS_NOT_OURS,   /* the domain is not served */
	FORWARDS_NO_ACCOUNT, /* nobody has that address */
	FORWARDS_NO_TARGET,  /* an account, but nowhere to send its mail */
	FORWARDS_FOUND,
};

struct forwards {
	enum forwards_known known;
	const char *account;        /* whose forwards they are; NULL if none */
	const char *const *targets; /* final ones: no address of ours, no
				       duplicates */
	size_t n;
	/* NULL, or the first thing that an administrator should know about
	   them, in one line: a cycle, a chain that ends nowhere, a command in
	   ~/.forward. */
	const char *note;
	/* With RC_TEMP: it was the store that could not be read. */
	bool store_down;
	/* NULL, or what is the matter with the store: these are from the
	   cache, and the store may say otherwise by now. */
	const char *trouble;
};

/* RC_OK: out->known says which it is.  RC_TEMP: the store or a ~/.forward
   could not be read, so that nobody knows. */
enum rc forwards_find(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct forwards *out, struct err *err);

/* The id of the mail of ours (outbox.h) whose bounces come to that address, if
   there is such mail; NULL: an ordinary address.  Its mail goes where that of
   bounces_to goes; recipient-delimiter and catch-alls have no part in it, and
   without such mail it is nobody's address. */
const char *forwards_bounce_id(const struct forwards_settings *settings,
    struct arena *a, const struct address *address);

/* Gives the account, a key of account_table, one more target, in one
   transaction; one that is pending becomes active.  RC_NONE: no such account.
   RC_PERM: a target of its own, a cycle across accounts, one too many, no valid
   address, or it is there already; err says which. */
enum rc forwards_add(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    const char *account, const char *target, int64_t now, struct err *err);

/* The same, in place of all targets it has. */
enum rc forwards_set(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    const char *account, const char *const *targets, size_t n, int64_t now,
    struct err *err);

struct forwards_code {
	const char *account, *target;
	const char *code;                    /* see base/token.h */
	const struct keyed_secrets *secrets; /* of codes; NULL: none */
	const char *client; /* who types it; NULL: nobody of the web */
	int64_t now;
	/* Of an invitation: the target is to be the only one once its code is
	   typed; the code is mailed to it. */
	bool replace, mail;
};

/* As forwards_add, but the target is pending until its code is typed.  Fills
   in the target, as it is stored, and a new code; the one that a pending
   target had is worth nothing any more, and its mail is not sent.  Until the
   code of one that replaces the others is typed they stay in use. */
enum rc forwards_invite(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    struct forwards_code *invitation, struct err *err);

/* RC_NONE: no such forward.  RC_PERM: it is not pending, or the code is wrong,
   too old, was typed wrongly too often from the network of that client, or is
   none at all (token_read), which is not counted; err says which. */
enum rc forwards_verify(struct store *store, struct arena *a,
    const struct forwards_code *typed, struct err *err);

/* Active or paused, within a transaction.  RC_NONE: no such forward.  RC_PERM:
   it is pending, which only its code ends. */
enum rc forwards_switch(struct db *db, struct arena *a,
    const struct forward *to, struct err *err);
