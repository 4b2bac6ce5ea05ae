/* SPDX-License-Identifier: MIT */
/*
 * request_table - who has asked for an address, and how far that has come.
 */
#pragma once

#include "store/db.h"

#include <stddef.h>

enum request_state {
	REQUEST_ASKED,    /* a code is on its way to the mailbox */
	REQUEST_PROVEN,   /* it came back; an administrator decides */
	REQUEST_APPROVED, /* the account exists */
	REQUEST_REFUSED
};

#define REQUEST_STATES 4

/* "asked", "proven", "approved", "refused" */
const char *request_state_name(enum request_state state);

/* Times in seconds since 1970; 0: not yet. */
struct request {
	const char *id; /* see request.h of lib/members */
	const char *userid, *address;
	const char *email;  /* as address_text gives it */
	const char *pubkey; /* one line of authorized_keys(5); NULL: none */
	const char *note;   /* what they wrote; NULL: nothing */
	enum request_state state;
	const char *code_hash;
	int64_t code_expires, code_sent;
	int64_t code_wrong; /* how often the present code was typed wrongly */
	int64_t codes;      /* how many were made */
	int64_t created, proven, decided;
	const char *reason;   /* of a refusal, the administrator's; or NULL */
	const char *approval; /* its signature (members/approval.h); or NULL */
};

/* RC_PERM: there is one with that id, or a request that is not refused holds
   the address already (a UNIQUE rule of the table). */
enum rc request_insert(struct db *db, const struct request *request,
    struct err *err);

/* RC_NONE: no such request. */
enum rc request_by_id(struct db *db, struct arena *a, const char *id,
    struct request *out, struct err *err);
/* The one that holds the address; if none does, the newest of those that were
   refused. */
enum rc request_by_address(struct db *db, struct arena *a, const char *address,
    struct request *out, struct err *err);

/* Those in one of the states of the set (1 << state), oldest first. */
enum rc request_list(struct db *db, struct arena *a, unsigned states,
    struct request **out, size_t *n, struct err *err);

/* The same, one after another: request_next until it is RC_NONE or worse, then
   db_end. */
enum rc request_walk(struct db *db, unsigned states, struct db_row **out,
    struct err *err);
enum rc request_next(struct db_row *row, struct arena *a, struct request *out,
    struct err *err);

/* Writes all that may change: pubkey, note, state, code_*, codes, proven,
   decided and reason.  A refused one gives up its address.  RC_NONE: no such
   request. */
enum rc request_update(struct db *db, const struct request *request,
    struct err *err);

/* Writes approval, which nothing else writes.  RC_NONE: no such request. */
enum rc request_sign(struct db *db, const char *id, const char *approval,
    struct err *err);

/* RC_NONE: no such request. */
enum rc request_remove(struct db *db, const char *id, struct err *err);

/* Removes those still REQUEST_ASKED whose code expired before `now`.  RC_NONE:
   there was none. */
enum rc request_expire(struct db *db, int64_t now, struct err *err);
