/* SPDX-License-Identifier: MIT */
/*
 * source - a place where accounts come from: the store, the homes of Unix
 * users.  Seen by lib/forwarding only; a new kind is one file source_KIND.c
 * and one line in the table of forwards.c.
 *
 * A source in the store is asked on a connection to it, in the middle of a
 * walk.  A source outside the store may take its time: it is asked while no
 * connection is held, and the walk is done once more with its answer.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "forwarding/forwards_settings.h"
#include "mail/address.h"
#include "store/db.h"

struct source_question {
	struct arena *arena;
	const struct forwards_settings *settings;
	const struct address *address; /* no other address is meant; with the
					  local part "" it is the catch-all */
	struct db *db;                 /* NULL for a source outside the store */
	bool every_state; /* as if all forwards and accounts were active */
};

struct source_account {
	const char *const *targets; /* as they stand in the source */
	size_t n;
	bool suspended; /* true: no other source is asked for targets */
	/* Since when the last of the targets that are left out fails; 0: none
	   is left out for that (lib/targets). */
	int64_t failing;
	const char *note;     /* for an administrator, in one line; or NULL */
	const char *strategy; /* as account_table.h has it */
	const char *rules;    /* of senders, as sender_rules.h has them */
	const char *choices;  /* of checks, as account_choices.h has them */
};

struct source {
	const char
	    *name;    /* "store", "home", "ldap", as the key sources has it */
	bool outside; /* of the store */
	bool remote;  /* another machine has it: while that is down, what is
			 cached  counts for longer */
	/* False: the source cannot know such an address.  Asks nobody. */
	bool (*may_have)(const struct source_question *question);
	/* RC_OK: *out is the account, which may have no targets.  RC_NONE: the
	   source knows no such account.  RC_TEMP: the source cannot tell now.
	   The caller zeroes *out before. */
	enum rc (*find)(const struct source_question *question,
	    struct source_account *out, struct err *err);
};

/* The answer of a source outside the store, with rc RC_OK or RC_NONE.  In a
   list of questions: what that source must still be asked. */
struct source_answer {
	struct source_answer *next;
	const struct source *source;
	struct address address;
	enum rc rc;
	struct source_account account;
};

/* Returns the answer of that source about that address; NULL: there is none. */
const struct source_answer *source_answer_of(const struct source_answer *all,
    const struct source *source, const struct address *address);

extern const struct source source_store; /* the tables account and forward */
extern const struct source source_home;  /* ~/.forward (dot_forward.h) */
extern const struct source source_ldap;  /* an entry of the directory */
