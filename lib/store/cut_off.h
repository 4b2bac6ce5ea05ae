/* SPDX-License-Identifier: MIT */
/*
 * cut_off - ends a connection when its time is over, whoever reads from it.
 *
 * A library's time-outs begin anew with each byte: a server that sends one now
 * and then would hold us for ever.  One thread of the process watches all
 * connections that are waited for, and shuts those down whose time is over; who
 * reads then finds the end.  Seen by lib/store only.
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

/* Shuts fd down in so many milliseconds of real time, unless cut_off_disarm
   comes first: before fd is closed, always, by the thread that armed it. */
void cut_off_arm(struct cut_off *c, int fd, int64_t ms);
void cut_off_disarm(struct cut_off *c);
