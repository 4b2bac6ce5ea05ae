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

/* For so long mail to an account whose targets all fail may come again; then
   the account is one without a target. */
#define FORWARDS_PUT_OFF_S ((int64_t)86400)

enum forwards_known {
	FORWARDS_NOT_OURS,   /* the domain is not served */
	FORWARDS_NO_ACCOUNT, /* nobody has that address */
	FORWARDS_NO_TARGET,  /* the account exists, but has no usable target */
	FORWARDS_PUT_OFF, /* the account has targets, but all of them fail, the
			     last one since less than FORWARDS_PUT_OFF_S */
	FORWARDS_FOUND,
};

struct forwards {
	enum forwards_known known;
	const char *account; /* whose forwards these are; NULL if none */
	/* Where that account, or its targets, come from: "store", "home",
	   "ldap"; NULL without an account.  A constant. */
	const char *source;
	const char *const *targets; /* final targets: no address of ours, no
				       duplicates, none that fails */
	/* Of each target, the account whose forward it is: the one above or
	   another to which that leads. */
	const char *const *holders;
	size_t n;
	/* What that account has chosen for mail that may not arrive
	   (account_table.h); NULL: nothing. */
	const char *strategy;
	/* Whose mail that account lets pass or does not want (sender_rules.h);
	   NULL: it has said nothing. */
	const char *rules;
	/* Which checks that account has switched on or off (account_choices.h);
	   NULL: none. */
	const char *choices;
	/* NULL, or the first thing that an administrator should know about
	   these forwards, in one line: a cycle, a chain that ends nowhere, a
	   command in ~/.forward. */
	const char *note;
	/* With RC_TEMP: the store could not be read, or the directory; neither:
	   it was a ~/.forward. */
	bool store_down, directory_down;
	bool cached; /* it is from the cache, and may have changed since */
	/* NULL, or why the store or the directory cannot be read: these
	   forwards are from the cache, and others may hold by now. */
	const char *trouble;
};

/* Finds where mail to the address goes.  RC_OK: out->known says what was found.
   RC_TEMP: the store, the directory or a ~/.forward could not be read, so that
   nobody knows. */
enum rc forwards_find(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    const struct address *address, struct forwards *out, struct err *err);

/* Does the directory have that address, by itself?  RC_NONE also where there is
   no directory.  RC_TEMP: it cannot be asked. */
enum rc forwards_in_directory(const struct forwards_settings *settings,
    struct arena *a, const struct address *address, struct err *err);

/* A local part that is in every domain of ours and never has a forward, so that
   a mail server can be asked about one who has none. */
extern const char forwards_without_target[];

/* If bounces of a mail of ours (outbox.h) come to that address, returns the id
   of that mail, which need not exist; NULL: the address is an ordinary one.
   Mail to such an address goes where that of bounces_to goes, if the mail with
   that id exists; else it is nobody's address.  recipient-delimiter and
   catch-alls do not apply to it. */
const char *forwards_bounce_id(const struct forwards_settings *settings,
    struct arena *a, const struct address *address);

/* Gives the account, a key of account_table, one more target, in one
   transaction; a target that is pending becomes active.  RC_NONE: no such
   account.  RC_PERM: the target is the account itself, leads back to it, is one
   too many, is no valid address, or is there already; err says which. */
enum rc forwards_add(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    const char *account, const char *target, int64_t now, struct err *err);

/* The same for n targets, in place of all that the account has. */
enum rc forwards_set(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    const char *account, const char *const *targets, size_t n, int64_t now,
    struct err *err);

struct forwards_code {
	const char *account, *target;
	const char *code;                    /* see base/token.h */
	const struct keyed_secrets *secrets; /* of codes; NULL: none */
	const char *client; /* the web client that types it; NULL: it is not
			       typed in the web form */
	int64_t now;
	/* For an invitation.  replace: once its code is typed, the target
	   replaces all others.  mail: the code is mailed to the target. */
	bool replace, mail;
};

/* As forwards_add, but the target is pending until its code is typed.  Fills in
   the target, as it is stored, and a new code.  A code that a pending target
   had before becomes worthless, and its mail is not sent.  Until the code of a
   target that replaces the others is typed, the others stay in use. */
enum rc forwards_invite(struct store *store,
    const struct forwards_settings *settings, struct arena *a,
    struct forwards_code *invitation, struct err *err);

/* Makes the target active if the code is right.  An active target that fails
   gets mail again, by the code in the mail that tries it (lib/targets).
   RC_NONE: no such forward.  RC_PERM: the target waits for no code, or the code
   is wrong, too old, or was typed wrongly too often from the network of that
   client, or the text is no code at all (token_read), which is not counted; err
   says which. */
enum rc forwards_verify(struct store *store, struct arena *a,
    const struct forwards_code *typed, struct err *err);

/* Makes a forward active or paused, as to->state says, within a transaction.
   What was known against the target is forgotten, so that an active one gets
   mail again.  RC_NONE: no such forward.  RC_PERM: the forward is pending,
   which only its code ends. */
enum rc forwards_switch(struct db *db, struct arena *a,
    const struct forward *to, struct err *err);
