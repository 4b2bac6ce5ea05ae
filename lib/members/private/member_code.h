/* SPDX-License-Identifier: MIT */
/*
 * member_code - a code for a member, to be mailed to where his mail goes, and
 * the code that is typed.  Seen by lib/members only.
 */
#pragma once

#include "members/sign_in.h"
#include "store/forward_table.h"
#include "store/member_code_table.h"

/* What outbox mail to a member is about: "member:ACCOUNT". */
const char *member_code_about(struct arena *a, const char *account);

struct member_mail {
	struct arena *arena;
	const struct keyed_secrets *secrets;
	const char *account, *purpose;
	const char *template; /* with {{code}} and {{account}} */
	/* Both made before the transaction, which may run twice. */
	const char *code, *id;
	int64_t now;
};

/* Makes code and id. */
enum rc member_code_make(struct member_mail *mail, struct err *err);

/* Within a transaction, stores the code and mails it to each of the n targets,
   or does as much and leaves nothing there: if there is no such account, or
   `silent` is set.  A code that is there already stays if `silent` is set. */
enum rc member_code_mail_tx(struct db *db, const struct member_mail *mail,
    const struct forward *targets, size_t n, bool silent, struct err *err);

/* Within a transaction that is committed, uses the code up if it is right, or
   counts the wrong one.  RC_NONE: it is not right; the statements are the same
   whether there is a code or none. */
enum rc member_code_use_tx(struct db *db, const struct member_mail *mail,
    const char *typed, struct err *err);
