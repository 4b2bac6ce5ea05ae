/* SPDX-License-Identifier: MIT */
/*
 * check - what `postward check` has looked at, line by line.
 */
#pragma once

#include "command.h"

#include "store/db.h"

enum check_state {
	CHECK_FINE,
	CHECK_WARN,
	CHECK_FIX,
	CHECK_RETRY /* to be fixed too, but may mend itself */
};

struct looks;

/* One thing that was looked at.  The words say how to mend it. */
void check_saw(struct looks *l, enum check_state state, const char *what,
    const char *words);
struct invocation *check_invocation(const struct looks *l);

/* Does somebody answer at "unix:/path" or "inet:host:port"?  silent: what is
   not there is not wanted. */
void check_socket(struct looks *l, const char *program, const char *where,
    bool silent);

/* Does somebody have to answer as policyd?  Not where the milter runs the
   checks in its place (enforce), unless policyd is configured or enabled all
   the same. */
bool check_wants_policyd(const struct invocation *in);

/* Are newcomers asked in, or is it said where our own mail is handed in? */
bool check_sends_mail(const struct invocation *in);

/* Who may send in the name of each domain of ours: see check_ours.c. */
void check_ours(struct looks *l, struct dns *dns);

/* What is told of the keys of DNS lists: see check_lists.c. */
void check_lists(struct looks *l);

/* How newcomers ask and are written to: see check_members.c. */
void check_members(struct looks *l, struct store *store);

/* Connects to "host" "port" within a few seconds and reads the first line of
   what it says, unless greeting is false.  RC_TEMP: err says why not. */
enum rc check_greeting(struct arena *a, const char *host, const char *port,
    bool greeting, const char **line, struct err *err);
