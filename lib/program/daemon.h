/* SPDX-License-Identifier: MIT */
/*
 * daemon - the life of a program that stays: options, signals, reload and an
 * orderly stop, the same for all of them.
 *
 *	-c FILE	the configuration
 *	-t	do all that a start does but listen, say what is wrong, and
 *		leave
 *	-V	print the version and leave
 *
 *	start	begin, read, check, snapshots, lists tested, open, metrics
 *	SIGHUP	read, check, snapshot, lists tested, change, losses told,
 *		published, changed, log, metrics
 *	SIGTERM, SIGINT	metrics and tests end, close
 *
 * A configuration that does not get as far as "published" is logged, and the
 * old one stays.  All is called by the main thread, which alone takes these
 * signals: they are blocked in every thread.
 */
#pragma once

#include "net/listen.h"
#include "program/list_guard.h"
#include "program/metrics.h"

/* Where a program waits for its clients. */
struct daemon_places {
	const char *const *addresses; /* as listen.h reads them */
	size_t n;
	struct listen_settings as;
};

/* What a program does of its own; own comes back to each function.  All but
   open and close may be NULL: there is nothing to do. */
struct daemon_program {
	const char *name;      /* "policyd": of postward-policyd */
	const char *about;     /* one line of -h */
	const char *in_flight; /* what close cuts off: "connections" */
	void *own;
	const struct metrics_program *metrics;
	list_guard_wanted_fn *asks_lists; /* NULL: never */

	/* What must happen before there is anything else. */
	enum rc (*begin)(void *own, struct err *err);
	/* Can it serve with that configuration?  Asked at a start, a reload
	   and by -t, about what concerns all programs already asked. */
	enum rc (*check)(const char *path, const struct settings *settings,
	    struct err *err);
	/* Only -t asks; what is returned points into the settings. */
	struct daemon_places (*places)(void *own,
	    const struct settings *settings);
	/* Listens, and serves from then on by the snapshots, which outlive it.
	   On an error nothing of it is left. */
	enum rc (*open)(void *own, struct snapshots *snapshots,
	    struct err *err);
	/* Goes from the present settings to the next, or refuses them and is
	   as it was. */
	enum rc (*change)(void *own, const struct settings *present,
	    const struct settings *next, struct err *err);
	/* The settings count. */
	void (*changed)(void *own, const struct settings *settings);
	/* Does some work.  Unless a signal comes, it is called again after
	 *wait_ms.  An error ends the program. */
	enum rc (*step)(void *own, int64_t *wait_ms, struct err *err);
	/* Takes no more, finishes what is in flight within a time of its own,
	   and frees what open made.  How much was cut off?  If it is not 0,
	   threads may go on: nothing that they use is freed. */
	unsigned (*close)(void *own);
	/* After close threads go on in any case. */
	bool threads_stay;
};

/* The program's main; what it returns is the exit status: 0, 1 trouble,
   2 usage. */
int daemon_main(const struct daemon_program *program, int argc, char **argv);

/* For `changed` of a program that cannot move: a warning if it listens at
   another place than its settings say. */
void daemon_warn_of_place(const char *program, const char *wanted,
    const struct listen_socket *place);
