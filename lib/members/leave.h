/* SPDX-License-Identifier: MIT */
/*
 * leave - a member who has signed in gives the address up, with one more code.
 *
 * All that is known of the member is deleted in one transaction: account,
 * mailboxes, rules, sessions, what was decided about mail to him, who has
 * written to him, his request for the address, and mail of ours that is not
 * sent yet.  What stays is that mail was sent, until it is cleaned away.
 */
#pragma once

#include "members/sign_in.h"

/* Mails a code to all active targets.  RC_NONE: too many codes were asked for;
   err is a sentence for who asks.  RC_PERM: the account is not there any
   more. */
enum rc leave_ask(struct store *store, const struct member_settings *settings,
    struct arena *a, const char *account, int64_t now, struct err *err);

struct leave {
	const char *account;
	const char *code;   /* as typed */
	const char *client; /* its address */
	int64_t now;
};

/* RC_PERM: another code, or none at all, or too many were typed; err is a
   sentence for who typed it. */
enum rc leave_confirm(struct store *store,
    const struct member_settings *settings, struct arena *a,
    const struct leave *leave, struct err *err);
