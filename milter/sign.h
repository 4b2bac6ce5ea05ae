/* SPDX-License-Identifier: MIT */
/*
 * sign - signs a message as it will leave (RFC 6376): one of ours, or a copy
 * that we forward.  Pure, but for the keys.
 */
#pragma once

#include "auth/authentication.h"
#include "program/signing_keys.h"
#include "stamp.h"

struct sign_request {
	const struct message *message;
	const struct authentication *authentication; /* its body is over */
	const struct stamp *stamp; /* what else becomes of it */
	const char *new_sender;    /* NULL: the sender stays */
	/* Who signs, as domain_read gives it; NULL: the domain of its author.
	 */
	const char *domain;
	bool promised; /* with a key of that very domain, or not at all */
	const struct signing_keys *keys;
	int64_t now; /* Unix time in seconds */
};

/* Signatures of one message: one of each key that its domain signs with. */
struct signatures {
	/* Values of DKIM-Signature, to be inserted above all other fields. */
	const char *values[SIGNING_FILES_MAX];
	size_t n;
	const char *by; /* "domain/selector", and others behind a space; NULL:
			   nobody signs */
};

/* None: that domain has no key, or the message no one author, so that nobody
   promised one.  RC_TEMP: one was promised and cannot be made, by our fault;
   RC_PERM: by the message's.  Then it must not leave. */
enum rc sign_message(struct arena *a, const struct sign_request *request,
    struct signatures *out, struct err *err);
