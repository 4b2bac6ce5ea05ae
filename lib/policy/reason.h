/* SPDX-License-Identifier: MIT */
/*
 * reason - why mail was refused, put off or held, as a sentence or two for
 * people who know nothing of mail.  Pure.
 *
 * Nothing of what a stranger wrote is in it, nor the name of a list, which may
 * hold the key of who pays for it.
 */
#pragma once

#include "policy/check.h"
#include "policy/decision.h"

/* What a check does, as a question to a member who may switch it.  A constant.
 */
const char *reason_of_check(enum check_id id);

/* A constant.  The mail was not simply accepted. */
const char *reason_of(const struct decision *d);

/* True: if the member let the sender pass, that mail would have been accepted
   and not held. */
bool reason_may_pass(const struct policy_settings *settings, struct arena *a,
    const struct decision *d);
