/* SPDX-License-Identifier: MIT */
/*
 * mailbox - an address to which mail is to be sent, as a person has typed or
 * pasted it.  Stricter than address_read, which reads what SMTP brings.  Pure.
 */
#pragma once

#include "mail/address.h"

#include <stdbool.h>

/* Reads what was typed: what is at its ends and cannot be seen is left out;
   angle brackets and "mailto:" may be there.  RC_NONE: nothing was typed.
   RC_PERM: it is no mailbox, and out is empty, or mailbox_problem knows why
   not; err is a phrase for who typed it. */
enum rc mailbox_read(struct arena *a, const char *typed, struct address *out,
    struct err *err);

/* NULL, or why no mail can be sent there, as a phrase: something in it that
   nobody sees or that is no identifier (RFC 8264 4.2, 9), or that Postfix does
   not deliver to (a hyphen first: allow_min_user; a number as domain). */
const char *mailbox_problem(struct arena *a, const struct address *address);

/* NULL, or why conf/provision/unix-account could not write it into ~/.forward,
   where local(8) takes it for more than an address, as a phrase.  The script
   has the same rule. */
const char *mailbox_forward_problem(const struct address *address);

/* Returns the key by which limits count a mailbox: the local part in lower case
   without what follows a "+"; at Gmail without dots as well, and googlemail.com
   is gmail.com. */
char *mailbox_counted_as(struct arena *a, const struct address *address);
