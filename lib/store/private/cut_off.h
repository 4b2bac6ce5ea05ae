/* SPDX-License-Identifier: MIT */
/*
 * cut_off - ends a connection when a time is over, even while a thread reads
 * from it.
 *
 * The time-outs of database libraries start anew with each byte: a server that
 * sends a byte now and then would hold a thread for ever.  One thread of the
 * process watches all connections that others wait for, and shuts down those
 * whose time is over; the reading thread then finds the end of the connection.
 * Seen by lib/store only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct cut_off {
	LIST_ENTRY(cut_off) in_list;
	int fd;
	int64_t at; /* in milliseconds of CLOCK_MONOTONIC */
	bool armed, done;
};

/* Shuts fd down after so many milliseconds of real time, unless cut_off_disarm
   is called first.  The thread that armed c must disarm it before fd is
   closed. */
void cut_off_arm(struct cut_off *c, int fd, int64_t ms);
void cut_off_disarm(struct cut_off *c);
