/* SPDX-License-Identifier: MIT */
/*
 * from_field - who is the author of a message, by its From field: the domain
 * that DMARC is about (RFC 9989 5.3.1), and the mailboxes.  Pure.
 *
 * RFC 5322 3.4 with its obsolete syntax (4.4) and groups (RFC 6854), and what
 * is in use against it and has one meaning: dots, "@" and "[...]" in a display
 * name without quotes, a name without an address between others, a semicolon
 * between addresses, a group without an end.  What other programs may read as
 * another address is not read at all: a second "@", an address before or behind
 * the one in brackets, brackets, quotes or a comment without an end.
 */
#pragma once

#include "base/arena.h"
#include "mail/address.h"
#include "mail/field.h"

#include <stddef.h>

/* Mailboxes beyond so many are read, but not given. */
#define FROM_FIELD_MAILBOXES_MAX 100

enum from_field_kind {
	FROM_FIELD_ONE,        /* one domain, perhaps of several mailboxes */
	FROM_FIELD_NONE,       /* no such field, or nobody in it */
	FROM_FIELD_FIELDS,     /* several fields */
	FROM_FIELD_DOMAINS,    /* several domains */
	FROM_FIELD_UNREADABLE, /* at least in part */
};

struct from_mailbox {
	const char *name; /* to be displayed, without quotes; "": none.  As it
			     was sent: not decoded, not made printable */
	struct address address;
};

struct from_field {
	enum from_field_kind kind;
	const char *domain;  /* FROM_FIELD_ONE: as domain_read gives it; else
				NULL */
	const char *problem; /* NULL for FROM_FIELD_ONE, else a phrase for log
				and reply, printable */
	const struct from_mailbox *mailboxes; /* what was read */
	size_t n;
};

/* Reads those of the fields whose name is From.  Time and memory grow with the
   length of the first one, and no faster. */
void from_field_read(struct arena *a, const struct mail_field *fields, size_t n,
    struct from_field *out);

/* "one", "none", "fields", "domains", "unreadable" */
const char *from_field_kind_name(enum from_field_kind kind);
