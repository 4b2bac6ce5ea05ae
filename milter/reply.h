/* SPDX-License-Identifier: MIT */
/*
 * reply - a member's answer to authors who had an address of ours in From, as
 * it leaves (reply_rewrite.h).  Pure.
 */
#pragma once

#include "auth/authentication.h"
#include "stamp.h"

/* Of a message with message_reply_as, whose header has no more fields than
   FATE_REWRITE_FIELDS_MAX: adds to the stamp which fields change and go.
   account: the member's, as address_text. */
void reply_stamp(struct arena *a, const struct message *message,
    const struct authentication *authentication, const char *account,
    struct stamp *stamp);
