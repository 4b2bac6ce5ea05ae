/* SPDX-License-Identifier: MIT */
/*
 * postfix_address - the address that Postfix makes of what a client has sent.
 * The next host gets that one, so that checks and SRS must work on it and not
 * on what the client wrote.  Pure: nothing is looked up.
 *
 * smtpd(8) takes off brackets, comments, quotes and routes; trivial-rewrite(8)
 * then gives a domain to what has none, with the settings that it has unless
 * somebody changed them:
 *
 *	hard.example!bob	bob@hard.example	swap_bangpath
 *	bob%hard.example	bob@hard.example	allow_percent_hack
 *	bob			bob@$myorigin		append_at_myorigin
 *	bob@hard.example.	bob@hard.example
 *	MAILER-DAEMON		the null sender
 *	bob%a@b.example		as it is: the last "@" counts
 *
 * Where one of these is off, "@$myorigin" is appended: of the same addresses
 * all are incomplete, and `problem` tells so.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"
#include "mail/address.h"

#include <stdbool.h>

/* From the argument of MAIL FROM or RCPT TO, "<@a.example:\"bob\"@b.example>",
   to the mailbox as the policy protocol has it, bob@b.example: no brackets, no
   route (RFC 5321 4.1.2), no quotes; comments and spaces outside quotes go,
   too.  "": the null sender.

   RC_PERM: groups, names in front of brackets in brackets, several addresses.
   Some of them Postfix takes; ask it what it has read (the macros {mail_addr}
   and {rcpt_addr}) rather than guess. */
enum rc postfix_address_unquote(struct arena *a, const char *path,
    const char **out, struct err *err);

struct postfix_address {
	const char *text; /* "local@domain" without quotes; "": null */
	/* As address.h has it.  local NULL: null, or none that a mailbox may
	   have. */
	struct address mailbox;
	const char *domain; /* as domain_read; NULL: null, a literal, none */
	struct ip literal;  /* version 0: none */
	bool at_origin;     /* $myorigin is its domain: nobody said one */
	/* NULL: null, or a Mailbox (RFC 5321 4.1.2) with a fully qualified
	   domain (2.3.5).  Else what is wrong, for a sentence. */
	const char *problem;
};

/* text: without quotes, as postfix_address_unquote and the policy protocol
   have it.  origin: for $myorigin, as domain_read. */
void postfix_address_read(struct arena *a, const char *text, const char *origin,
    struct postfix_address *out);
