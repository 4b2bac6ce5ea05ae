/* SPDX-License-Identifier: MIT */
/*
 * from_rewrite - the author of a message in an address of ours, for a copy in
 * which DMARC of his domain cannot pass:
 *
 *	From: "Sue Example via remotes.club" <TOKEN@fwd.remotes.club>
 *	X-Original-From: Sue Example <sue@example.org>
 *	Reply-To: "Sue Example" <sue@example.org>
 *
 * Values begin without white space, and their lines end with "\n".  Pure.
 */
#pragma once

#include "mail/field.h"
#include "mail/from_field.h"

#include <stdbool.h>

/* Can the author's address stand in what is written here, and be answered to?
   False: it is one that address_read does not take, by its length (no line of
   a header has room for any: RFC 5322 2.1.1) or by what no header may hold.
   The others ask for an author of whom this is true. */
bool from_rewrite_is_possible(struct arena *a,
    const struct from_mailbox *author);

/* address: as address_text; via: the domain that forwards. */
const char *from_rewrite_value(struct arena *a,
    const struct from_mailbox *author, const char *address, const char *via);

/* field: From as it came; byte for byte, but for line ends, or the address
   alone if a line is longer than RFC 5322 2.1.1 allows. */
const char *from_rewrite_original(struct arena *a,
    const struct mail_field *field, const struct from_mailbox *author);

const char *from_rewrite_reply_to(struct arena *a,
    const struct from_mailbox *author);
