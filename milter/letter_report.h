/* SPDX-License-Identifier: MIT */
/*
 * letter_report - somebody else's notification that comes to an SRS address of
 * ours, about mail that we forwarded: its sender must not learn the target.
 * Pure; seen by letter.c only.
 */
#pragma once

#include "letter.h"

/* A message has not as many. */
#define LETTER_FIELDS_MOST 1000

/* A notification of ours has of its own. */
#define LETTER_REPORT_FIELDS 7

/* May it be one?  Then its fields are noted. */
bool letter_report_may_tell(const struct letter *l);
void letter_report_note_field(struct letter *l, const char *name,
    const char *value);

/* Is it one, now that it is complete?  Not a receipt of who read it, nor an
   automatic reply: those are the member's own. */
bool letter_report_tells(struct letter *l, const struct dsn_ours *ours,
    struct dsn_about *about);

/* Its header and body become those of a notification of ours: of its own
   fields only Date stays, and as many Received as there are, for hops to be
   counted. */
void letter_report_replace(struct letter *l, const struct dsn_about *about,
    struct letter_decision *d);
