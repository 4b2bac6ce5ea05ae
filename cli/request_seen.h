/* SPDX-License-Identifier: MIT */
/*
 * request_seen - what the request commands share: a request with all that hangs
 * on it.
 */
#pragma once

#include "command.h"
#include "members/approval.h"
#include "members/ssh_key.h"
#include "store/outbox_table.h"
#include "store/provision_table.h"
#include "store/registration_table.h"

#include <cjson/cJSON.h>

struct request_seen {
	struct registration request;
	struct outbox_mail *mails; /* about it, oldest first */
	size_t n_mails;
	struct ssh_key key; /* type NULL: none */
	/* request NULL: no command is to be run for it. */
	struct provision provision;
	enum approval approval;
};

/* Reads what belongs to seen->request; approvals: to know what is signed. */
enum rc request_see(struct db *db, struct arena *a,
    const struct keyed_secrets *approvals, struct request_seen *seen,
    struct err *err);

/* NULL: there is nothing to say. */
const char *request_approval_word(const struct request_seen *seen);

/* The last one; NULL: none. */
const struct outbox_mail *request_last_mail(const struct request_seen *seen);
/* "sent", "waiting", "failed", "bounced"; NULL: none. */
const char *request_mail_word(const struct outbox_mail *mail);
bool request_mail_is_bad(const struct outbox_mail *mail);
/* "waiting", "failing", "done", "forged"; NULL: there is nothing to do. */
const char *request_provision_word(const struct provision *provision);

/* The members that list and show have in common. */
cJSON *request_json(struct arena *a, const struct request_seen *seen);

/* Of two exit statuses the one to end with. */
int request_worse(int a, int b);

/* Runs the provision command for all approved requests that are due, and says
   what it says; quiet: only what goes wrong.  The exit status. */
int request_provision_all(const struct invocation *in, struct store *store,
    bool quiet);
