/* SPDX-License-Identifier: MIT */
/*
 * seal - seals a message that is forwarded, as it will leave (RFC 8617): what
 * we have found out of it, for those who believe us.  Pure, but for the keys.
 */
#pragma once

#include "auth/authentication.h"
#include "program/settings.h"
#include "sign.h"
#include "stamp.h"

struct seal_request {
	const struct settings *settings; /* whose key it is */
	const struct signing_keys *keys;
	/* With a body that is hashed to be signed, and over. */
	const struct authentication *authentication;
	const struct authentication_results *results; /* of it */
	const struct stamp *stamp;           /* what else becomes of it */
	const struct signatures *signatures; /* to stand below the seal */
	int64_t now;                         /* Unix time in seconds */
};

struct message_seal {
	struct arc_seal set; /* to be inserted in its order, the seal last */
	const char *by;      /* "domain/selector"; NULL: it has none */
};

/* RC_NONE: its chain has failed or is too long, and is left as it is.  RC_PERM:
   nobody can seal such a header.  RC_TEMP: our own trouble, or there is no key.
   A seal is promised to nobody: without one the message leaves all the same. */
enum rc seal_message(struct arena *a, const struct seal_request *request,
    struct message_seal *out, struct err *err);
