/* SPDX-License-Identifier: MIT */
/*
 * address - one mailbox, split into local part and domain (RFC 5321 4.1.2,
 * RFC 6531 3.3 for UTF-8).  Pure: nothing is looked up.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* local: as it was sent, without quotes and backslashes where it was a quoted
   string; UTF-8 kept; case kept.  domain: as domain_read gives it, or an
   address literal "[...]" as it was sent. */
struct address {
	const char *local, *domain;
};

/* Longest forms accepted (RFC 5321 4.5.3.1.1 to .3).  Real senders exceed 64
   octets of local part (VERP), so up to 256 is read. */
#define ADDRESS_LOCAL_MAX 256
#define ADDRESS_MAX       512

/* Reads "local@domain", with or without angle brackets, with or without a
   source route, which is dropped.  The null sender, "<>" or "", is RC_NONE;
   anything else that is not a mailbox is RC_PERM.

   "postmaster" alone is one too, with the domain "" (RFC 5321 4.1.1.3).
   Without angle brackets a local part may hold spaces outside quotes, as
   Postfix's policy requests have it. */
enum rc address_read(struct arena *a, const char *text, struct address *out,
    struct err *err);

/* "local@domain", the local part quoted again if it must be. */
char *address_text(struct arena *a, const struct address *address);

/* Returns the address for the header of a message that must not need SMTPUTF8
   (RFC 6531): the text itself if it is ASCII, else with A-labels in the domain
   (RFC 8616 4) and \x{FC} (RFC 6533 3) for each other character.  No quotes are
   added to the local part. */
char *address_ascii(struct arena *a, const char *text);

/* The form that tables are keyed by: local part in lower case (ASCII only),
   domain as it is. */
char *address_key(struct arena *a, const struct address *address);

/* Is it postmaster or abuse, the roles that must be reachable (RFC 5321 4.5.1,
   RFC 2142)?  Any case, with or without an extension after delimiter, which
   may be "". */
bool address_is_role(const struct address *address, const char *delimiter);
