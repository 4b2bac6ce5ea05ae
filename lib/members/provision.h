/* SPDX-License-Identifier: MIT */
/*
 * provision - after an approval: the administrator's command, until it has
 * succeeded.
 *
 * It is run without a shell; in its environment are only PATH and
 *	POSTWARD_USERID    ann
 *	POSTWARD_ADDRESS   ann@remotes.club
 *	POSTWARD_MAILBOX   ann@mailbox.example
 *	POSTWARD_REQUEST   the request's id
 * and on its standard input the public key, one line, or nothing.  It must do
 * no harm when it is run again.  Exit status 0: done.  What the store says is
 * checked once more before: the command may be root's, the store is not.
 */
#pragma once

#include "outbox/keyed_hash.h"
#include "store/db.h"

#include <stddef.h>

struct provision_settings {
	const char *const *command; /* argv */
	size_t n_command;           /* 0: none is run */
	int64_t timeout_ms;         /* then it is killed, and tried again */
	int64_t retry_min_ms, retry_max_ms;
	/* Of those who approve (approval.h). */
	const struct keyed_secrets *approvals;
};

/* One line of the command's output, without its end, printable. */
typedef void provision_output_fn(void *context, const char *userid,
    const char *line);

/* Claims the one that is due, runs the command and settles it.  RC_NONE:
   nothing is due.  RC_TEMP: the store, or the command has failed and will be
   run again, or there is no secret to know approvals by; err says which.
   RC_PERM: no administrator has approved the request as it is: it is settled
   and never run, until one does.  *userid: for whom it was; NULL before a
   claim. */
enum rc provision_run_one(struct store *store,
    const struct provision_settings *settings, struct arena *a,
    const char *owner, int64_t now, provision_output_fn *output, void *context,
    const char **userid, struct err *err);
