/* SPDX-License-Identifier: MIT */
/*
 * watchdog - a thread that tells systemd, as often as it wants, that the
 * program still works; if it does not, systemd starts it again.
 *
 * What is watched is what can hang for good, by a fault of ours: the main
 * thread while it works, and those who serve.  Who waits for a store, a
 * resolver or a mail server works: each such wait has an end of its own, all of
 * them together within WATCHDOG_PATIENCE_MS.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Longer than a mail may take (mailer.timeout), or a request (deadline). */
#define WATCHDOG_PATIENCE_MS ((int64_t)15 * 60 * 1000)

struct watchdog;

/* Do those who serve still do so?  False, if none of them has for patience_ms
   though somebody waits for them.  Called by the watchdog's thread alone. */
typedef bool watchdog_alive_fn(void *own, int64_t patience_ms);

/* alive: NULL if only the main thread is to be watched.  Nobody wants it: *out
   is NULL.  RC_TEMP: there can be no more threads. */
enum rc watchdog_open(watchdog_alive_fn *alive, void *own,
    struct watchdog **out, struct err *err);
/* False: its thread goes on, and calls alive. */
bool watchdog_close(struct watchdog *watchdog);

/* For the main thread: what comes now is work that may not take for ever, or is
   the wait for a signal, which may.  NULL: nobody watches. */
void watchdog_work_begins(struct watchdog *watchdog);
void watchdog_work_ends(struct watchdog *watchdog);
