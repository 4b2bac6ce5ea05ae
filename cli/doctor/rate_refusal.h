/* SPDX-License-Identifier: MIT */
/*
 * rate_refusal - does a receiver put mail off because there is too much of it?
 * Pure.
 */
#pragma once

#include <stdbool.h>

/* reason: why Postfix says that a mail waits. */
bool rate_refusal_is(const char *reason);
