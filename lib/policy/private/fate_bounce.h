/* SPDX-License-Identifier: MIT */
/*
 * fate_bounce - would a copy come back, and to somebody who may be innocent?
 * Pure; seen by fate.c only.
 *
 * A sender who is refused knows at once.  Once the message is accepted he gets
 * a notification, if he is who the envelope says; if he is not, somebody else
 * does, and that is backscatter.
 */
#pragma once

#include "policy/fate.h"

/* What the fate is, whose predictions stand: FATE_MALFORMED or
   FATE_SENDER_STAYS where those who are to get the copy refuse it for that;
   else fate->what.  chosen: its owner wants it sent, what DMARC makes of it
   notwithstanding.  Then only its form counts, if nobody else is told that it
   did not arrive. */
enum fate_case fate_bounce_of(const struct fate_facts *facts,
    const struct fate *fate, bool chosen);
