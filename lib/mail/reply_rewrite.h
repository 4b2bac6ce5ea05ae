/* SPDX-License-Identifier: MIT */
/*
 * reply_rewrite - what a member answers to an author who had an address of ours
 * in From: the author's own in its place, and the member's in place of the
 * mailbox that he reads his mail in, which is nobody's business.  Pure.
 *
 * That is about the header.  What the text says stays.
 */
#pragma once

#include "mail/field.h"

#include "base/arena.h"

#include <stdbool.h>

/* All as address_text. */
struct reply_author {
	const char *ours, *author;
};

struct reply_addresses {
	const char *mailbox, *account; /* the member's */
	const struct reply_author *authors;
	size_t n;
};

/* False: the field stays as it is.  *value: what it is to say, without white
   space at its beginning and with lines that end with "\n", none of more than
   998 bytes if none of those that came was; NULL: it goes. */
bool reply_rewrite_field(struct arena *a,
    const struct reply_addresses *addresses, const struct mail_field *field,
    const char **value);
