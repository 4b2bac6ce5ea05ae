/* SPDX-License-Identifier: MIT */
/*
 * as_user - does something as another user of this machine, with his groups and
 * no other rights, and tells what came of it.
 */
#pragma once

#include "base/err.h"

/* Runs act(context) in a child that is that user; who is not root is himself.
   Returns what act returned, with its err; RC_NONE: there is no such user.
   RC_TEMP also when it did not end in half a minute. */
enum rc as_user(const char *user,
    enum rc (*act)(const void *context, struct err *err), const void *context,
    struct err *err);
