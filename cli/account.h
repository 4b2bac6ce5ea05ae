/* SPDX-License-Identifier: MIT */
/*
 * account - what the account and forward commands share: which account is
 * meant.
 */
#pragma once

#include "command.h"

#include "store/db.h"

/* The key of an account, as the tables have it, from "ann@remotes.club" or
   "@remotes.club".  RC_PERM: no address, or none of ours. */
enum rc account_key(struct invocation *in, const char *text, const char **key,
    struct err *err);

/* Reads what there is about the account that the first argument names: *key
   becomes its key, which is inside of context, before read is called.
   EXIT_DONE, or the exit status after saying what is wrong; read returns
   RC_NONE if there is no such account. */
int account_look(struct invocation *in, const char **key, store_work *read,
    void *context);
