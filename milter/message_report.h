/* SPDX-License-Identifier: MIT */
/*
 * message_report - somebody else's notification that comes to an SRS address of
 * ours, about mail that we forwarded: its sender must not learn the target.
 * Pure; seen by message.c and stamp.c only.
 */
#pragma once

#include "stamp.h"

/* A notification of ours has of its own. */
#define MESSAGE_REPORT_FIELDS 7

/* True: the message may be such a notification, and its fields must be
   noted. */
bool message_report_may_tell(const struct message *l);
void message_report_note_field(struct message *l, const char *name,
    const char *value);

/* Is it one, now that it is complete?  Not a receipt of who read it, nor an
   automatic reply: those are the member's own. */
bool message_report_tells(struct message *l, const struct dsn_ours *ours,
    struct dsn_about *about);

/* Its header and body become those of a notification of ours: of its own
   fields only Date stays, and as many Received as there are, for hops to be
   counted. */
void message_report_replace(struct message *l, const struct dsn_about *about,
    struct stamp *d);
