/* SPDX-License-Identifier: MIT */
/*
 * compose - a message of plain text (RFC 5322, MIME), as an automatic sender
 * has to write it (RFC 3834).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct compose_message {
	const char *from_name;  /* UTF-8, or NULL */
	const char *from, *to;  /* as address_text gives them */
	const char *subject;    /* UTF-8, one line */
	const char *message_id; /* without angle brackets */
	int64_t date;           /* seconds since 1970 */
	const char *body;       /* UTF-8, lines end with \n */
};

/* With CRLF at each end of line, no line over 998 bytes and none over 76 where
   the text lets it: From, To, Subject, Date, Message-ID, Auto-Submitted:
   auto-generated, X-Auto-Response-Suppress, MIME-Version, Content-Type,
   Content-Transfer-Encoding: 7bit, or quoted-printable if the body needs it.
   RC_PERM: a field holds a control character, or bytes that are no UTF-8. */
enum rc compose(struct arena *a, const struct compose_message *message,
    const char **out, size_t *len, struct err *err);
