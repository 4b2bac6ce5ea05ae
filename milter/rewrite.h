/* SPDX-License-Identifier: MIT */
/*
 * rewrite - the copy of a message in which an address of ours stands for its
 * author (from_rewrite.h).  Pure.
 */
#pragma once

#include "auth/authentication.h"
#include "stamp.h"

struct rewrite_request {
	/* From has one mailbox, and the fields are few (fate.h). */
	const struct authentication *authentication;
	const char *address; /* as author_address_make gives it */
	const char *via;     /* the domain that forwards */
};

/* Adds to the stamp: another From, X-Original-From in place of all that came,
   Reply-To unless there is one; and no Sender, who has not sent this one. */
void rewrite_author(struct arena *a, const struct rewrite_request *request,
    struct stamp *stamp);
