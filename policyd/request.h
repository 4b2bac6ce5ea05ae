/* SPDX-License-Identifier: MIT */
/*
 * request - Postfix's policy delegation protocol, the half that Postfix
 * speaks (SMTPD_POLICY_README): lines "name=value", ended by an empty one.
 * Pure: bytes in, facts out.
 */
#pragma once

#include "policy/facts.h"

#include <stddef.h>

/* Postfix never sends a line over 2 KiB, nor a request over 10. */
#define REQUEST_LINE_MAX ((size_t)8 * 1024)
#define REQUEST_MAX      ((size_t)64 * 1024)

/* For stream_read: where the first request ends.  RC_PERM as soon as a line is
   longer than it may be, or holds what no line holds. */
size_t request_whole(const char *bytes, size_t len, enum rc *rc,
    struct err *err);

/* Reads one whole request; texts live in the arena.  Attributes that it does
   not know are ignored.  RC_PERM: not a policy request. */
enum rc request_read(struct arena *a, const char *bytes, size_t len,
    struct facts *out, struct err *err);
