/* SPDX-License-Identifier: MIT */
/*
 * message_text - a whole message, as a file holds it, taken apart (RFC 5322
 * 2.1).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "mail/field.h"

#include <stddef.h>

struct message_text {
	const struct mail_field *fields; /* from the top */
	size_t n;
	const char *body; /* lines end in CRLF, as SMTP has them */
	size_t body_len;
};

/* Never fails.  A first line "From ", as in mailboxes, is passed over.  The
   header ends at an empty line, which belongs to nothing, or before a line
   that is no field; without either there is no body.  In a file whose first
   line ends in a bare LF each bare LF is a line end; in any other one it is a
   byte like others.  Fields and body live in the arena or in bytes. */
void message_text_split(struct arena *a, const char *bytes, size_t len,
    struct message_text *out);
