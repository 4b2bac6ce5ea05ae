/* SPDX-License-Identifier: MIT */
/*
 * change - asks the MTA to change a message that is accepted: fields, sender,
 * body, queue.
 */
#pragma once

#include "session.h"

#include <libmilter/mfapi.h>

/* leading_space: the MTA agreed that the space behind the colon is a byte of
   the value, and adds none.  False: it does not take the changes, and the
   message must not leave. */
bool change_message(SMFICTX *ctx, const struct session_end *e,
    bool leading_space);
