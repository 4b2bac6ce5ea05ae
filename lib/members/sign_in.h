/* SPDX-License-Identifier: MIT */
/*
 * sign_in - a member shows who he is by a code that is mailed to where his mail
 * goes.
 *
 * A code is good for ten minutes, once, and in the browser alone that has asked
 * for it.  Who asks may be anybody: the answer, and the statements that lead to
 * it, are the same for a member, a member who is suspended, and nobody.
 */
#pragma once

#include "members/registration.h"
#include "members/signed_in.h"

#define SIGN_IN_CODE_SECONDS 600
#define SIGN_IN_CODE_WRONG   5 /* a code is good for so many tries */

struct member_settings {
	/* Limits of clients and of all, domain, and secrets of codes. */
	const struct registration_settings *registration;
	int64_t codes; /* mailed for one account in an hour */
	struct signed_in_times times;
	bool page; /* members may sign in */
};

struct sign_in {
	const char *address; /* as typed; without a domain it is at ours */
	const char *secret;  /* a random text that only this browser knows */
	const char *browser; /* User-Agent, or NULL */
	const char *client;  /* its address */
	int64_t now;
};

/* A code is mailed to each active target, if there is such a member.  RC_PERM:
   that is no address.  RC_NONE: too many codes were asked for.  Of both, err is
   a sentence for who typed it. */
enum rc sign_in_ask(struct store *store, const struct member_settings *settings,
    struct arena *a, const struct sign_in *in, struct err *err);

/* With the right code a session begins; *out is in the arena.  RC_PERM: another
   code, for whatever reason, or none at all (token_read), which is not counted.
   RC_NONE: too many codes were typed.  Of both, err is a sentence for who typed
   it. */
enum rc sign_in_try(struct store *store, const struct member_settings *settings,
    struct arena *a, const struct sign_in *in, const char *code,
    struct signed_in *out, struct err *err);

/* Removes codes and sessions whose time is over. */
enum rc sign_in_clean(struct store *store,
    const struct member_settings *settings, int64_t now, struct err *err);
