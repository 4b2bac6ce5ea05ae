/* SPDX-License-Identifier: MIT */
/*
 * approval - the signature of an administrator under an approved request.
 *
 * Some programs that write the store, such as the web form, must not be able to
 * tell root what to do.  So `request approve` signs what it approves with a
 * secret that only administrators can read, and the command after an approval
 * runs for nothing else.  Signed are id, user id, address, mailbox, key and the
 * time of the decision: a row in which any of them was changed is forged.
 */
#pragma once

#include "outbox/keyed_hash.h"
#include "store/registration_table.h"

enum approval {
	APPROVAL_NONE,    /* it is not approved */
	APPROVAL_SIGNED,  /* by an administrator, as it is */
	APPROVAL_MISSING, /* approved, and signed by nobody: before there were
			     signatures, or forged */
	APPROVAL_FORGED,  /* changed since it was signed */
	APPROVAL_UNKNOWN, /* we may not read the secret, or there is none */
};

/* There must be a secret. */
const char *approval_sign(struct arena *a, const struct keyed_secrets *secrets,
    const struct registration *registration);

enum approval approval_of(struct arena *a, const struct keyed_secrets *secrets,
    const struct registration *registration);
