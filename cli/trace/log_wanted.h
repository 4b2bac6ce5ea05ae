/* SPDX-License-Identifier: MIT */
/*
 * log_wanted - which mail is asked for, and whether a line of the log is about
 * it.  Pure.
 */
#pragma once

#include "log_search.h"
#include "postfix_log_event.h"

struct log_wanted {
	/* Each may be NULL: any.  Addresses as address_key writes them; the
	   null sender is "". */
	const char *to, *from, *queue_id;
	const char *delimiter; /* of extensions: ann+list is ann's */
	int64_t since, before; /* seconds since 1970 */
};

/* What stands in each line that says so. */
void log_wanted_search(const struct log_wanted *wanted, struct arena *a,
    struct log_search *search);

/* Is the address that of a member, in any case, with or without extension?  A
   name alone, "@example.org", is all of a domain. */
bool log_wanted_is_to(const struct log_wanted *wanted, const char *address);
/* The same of the sender, also in an address of the Sender Rewriting Scheme. */
bool log_wanted_is_from(const struct log_wanted *wanted, const char *address);

/* The sender that an address of the Sender Rewriting Scheme is made of; any
   other address as it is.  Its hash is not looked at: it stands in our log. */
const char *log_wanted_sender(struct arena *a, const char *address);

/* Does the line say who or what is asked for?  Of several conditions one is
   enough here: another line of the same mail has the others. */
bool log_wanted_fits(const struct log_wanted *wanted,
    const struct log_event *event);
