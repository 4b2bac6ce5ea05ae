/* SPDX-License-Identifier: MIT */
/*
 * notify - what a program that stays tells the one who started it, as
 * sd_notify(3) has it: datagrams of NAME=VALUE lines to the unix socket that
 * NOTIFY_SOCKET names.
 *
 * Who was started by nobody who listens tells nobody.  What cannot be delivered
 * is lost: no program does its work worse for that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Before other threads: reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID,
   and takes them out of the environment, which other programs inherit.  An
   abstract socket is written with "@" first. */
void notify_open(void);
void notify_close(void);

/* Threads may call these.  A status is shown to an administrator: one line,
   made printable. */
__attribute__((format(printf, 1, 2))) void notify_ready(const char *status,
    ...);
/* A new configuration is being read; notify_ready tells the end of it. */
void notify_reloading(void);
/* It may take so long, if that is longer than most ends. */
void notify_stopping(int64_t patience_ms);
void notify_watchdog(void);

/* How often notify_watchdog is wanted at least, or 0: never. */
int64_t notify_watchdog_ms(void);
