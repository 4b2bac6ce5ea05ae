/* SPDX-License-Identifier: MIT */
/*
 * handlers - those functions of ours that a library calls in threads of its
 * own: do any of them come to an end still?
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct handlers;

struct handlers *handlers_new(void);
void handlers_free(struct handlers *h);

/* For each call, by any thread. */
void handlers_begin(struct handlers *h);
void handlers_end(struct handlers *h);

/* False: some are called, and for longer than patience_ms none has returned.
   For one thread, that looks from time to time. */
bool handlers_are_alive(struct handlers *h, int64_t patience_ms);
