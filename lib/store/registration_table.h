/* SPDX-License-Identifier: MIT */
/*
 * registration_table - the requests for an address, and their states.
 */
#pragma once

#include "store/db.h"

#include <stddef.h>

enum registration_state {
	REGISTRATION_ASKED,  /* a code is on its way to the mailbox */
	REGISTRATION_PROVEN, /* the code was typed; an administrator decides */
	REGISTRATION_APPROVED, /* the account exists */
	REGISTRATION_REFUSED
};

#define REGISTRATION_STATES 4

/* "asked", "proven", "approved", "refused" */
const char *registration_state_name(enum registration_state state);

/* Times in seconds since 1970; 0: not yet. */
struct registration {
	const char *id; /* see registration.h of lib/members */
	const char *userid, *address;
	const char *email;  /* as address_text gives it */
	const char *pubkey; /* one line of authorized_keys(5); NULL: none */
	const char *note;   /* what the newcomer wrote; NULL: nothing */
	enum registration_state state;
	const char *code_hash;
	int64_t code_expires, code_sent;
	int64_t code_wrong; /* how often the present code was typed wrongly */
	int64_t codes;      /* how many codes were made */
	int64_t created, proven, decided;
	const char *reason;   /* why an administrator refused it; or NULL */
	const char *approval; /* its signature (members/approval.h); or NULL */
};

/* RC_PERM: a request has that id already, or one that is not refused holds the
   address (a UNIQUE rule of the table). */
enum rc registration_insert(struct db *db,
    const struct registration *registration, struct err *err);

/* RC_NONE: no such request. */
enum rc registration_by_id(struct db *db, struct arena *a, const char *id,
    struct registration *out, struct err *err);
/* Finds the request that holds the address; if none does, the newest refused
   one for it. */
enum rc registration_by_address(struct db *db, struct arena *a,
    const char *address, struct registration *out, struct err *err);

/* Lists the requests whose state is in the set (1 << state), oldest first. */
enum rc registration_list(struct db *db, struct arena *a, unsigned states,
    struct registration **out, size_t *n, struct err *err);

#define REGISTRATION_ID_MAX 64

/* The same list, read in pages: the first row costs the same among a hundred
   requests and a hundred thousand.  A request that comes or goes meanwhile may
   be in it, or not; none is there twice. */
struct registration_walk {
	struct db *db;
	unsigned states;
	struct db_row *row; /* of the page; NULL: it is over */
	unsigned n;         /* read of the page */
	/* The last that was read. */
	int64_t created;
	char id[REGISTRATION_ID_MAX + 1];
};

/* After RC_OK, call registration_next until it returns RC_NONE or an error,
   then registration_walk_end. */
enum rc registration_walk_begin(struct db *db, unsigned states,
    struct registration_walk *out, struct err *err);
enum rc registration_next(struct registration_walk *walk, struct arena *a,
    struct registration *out, struct err *err);
void registration_walk_end(struct registration_walk *walk);

/* Writes the fields that may change: pubkey, note, state, code_*, codes,
   proven, decided and reason.  A request that is refused gives up its address.
   RC_NONE: no such request. */
enum rc registration_update(struct db *db,
    const struct registration *registration, struct err *err);

/* Writes approval, which nothing else writes.  RC_NONE: no such request. */
enum rc registration_sign(struct db *db, const char *id, const char *approval,
    struct err *err);

/* RC_NONE: no such request. */
enum rc registration_remove(struct db *db, const char *id, struct err *err);

/* Removes the requests that are still REGISTRATION_ASKED and whose code expired
   before `now`, about 1000 at a time.  RC_NONE: there was none. */
enum rc registration_expire(struct db *db, int64_t now, struct err *err);
