/* SPDX-License-Identifier: MIT */
/*
 * account - what the account and forward commands share: which account is
 * meant.
 */
#pragma once

#include "command.h"

/* The key of an account, as the tables have it, from "ann@remotes.club" or
   "@remotes.club".  RC_PERM: no address, or none of ours. */
enum rc account_key(struct invocation *in, const char *text, const char **key,
    struct err *err);
