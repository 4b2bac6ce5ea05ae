/* SPDX-License-Identifier: MIT */
/*
 * daemon - the life of a program that stays: options, signals, reload and an
 * orderly stop, the same for all of them.
 *
 *	-c FILE	the configuration
 *	-t	do all that a start does but listen, say what is wrong, and
 *		exit
 *	-V	print the version and exit
 *
 * The steps, in their order; begin, check, open, change, changed and close are
 * functions of the program, see below:
 *
 *	start	begin, read the file, check, make the first snapshot, test the
 *		lists, open, metrics; READY
 *	SIGHUP	RELOADING; read the file, check, prepare a snapshot, test new
 *		lists, change, log what is lost, publish, changed, re-open the
 *		log, metrics; READY
 *	SIGTERM, SIGINT	STOPPING; end metrics and tests of lists, close, write
 *		the decisions that wait
 *
 * The words in capitals are told to systemd, with a line for `systemctl status`
 * (notify.h); and as long as the program works, that it does (watchdog.h).
 *
 * If a step before "publish" fails, the program logs it and keeps the old
 * configuration.  The main thread calls all of these functions, and it alone
 * takes these signals, which are blocked in every other thread.
 */
#pragma once

#include "net/listen.h"
#include "program/decision_keeper.h"
#include "program/list_guard.h"
#include "program/metrics.h"
#include "program/watchdog.h"

/* Where a program waits for its clients. */
struct daemon_places {
	const char *const *addresses; /* as listen.h reads them */
	size_t n;
	struct listen_settings as;
};

/* What a program does of its own.  Each function gets `own`.  All but open and
   close may be NULL if the program has nothing to do there. */
struct daemon_program {
	const char *name;      /* "policyd": of postward-policyd */
	const char *about;     /* one line of -h */
	const char *in_flight; /* what close cuts off: "connections" */
	void *own;
	const struct metrics_program *metrics;
	list_guard_wanted_fn *asks_lists; /* NULL: never */
	bool keeps_decisions;             /* see decision_keeper.h */

	/* Called before anything else. */
	enum rc (*begin)(void *own, struct err *err);
	/* Can the program serve with that configuration?  Called at a start,
	   at a reload and by -t, after the checks that all programs share. */
	enum rc (*check)(const struct settings *settings, struct err *err);
	/* Where the program would listen, for -t.  The result points into the
	   settings. */
	struct daemon_places (*places)(void *own,
	    const struct settings *settings);
	/* Listens, and from then on serves by the snapshots, which live until
	   close has returned.  On an error it leaves nothing open. */
	enum rc (*open)(void *own, struct snapshots *snapshots,
	    struct err *err);
	/* Goes from the present settings to the next; on an error the program
	   stays as it was. */
	enum rc (*change)(void *own, const struct settings *present,
	    const struct settings *next, struct err *err);
	/* The settings have been published. */
	void (*changed)(void *own, const struct settings *settings);
	/* Does some work, in the main thread; unless a signal comes, it is
	   called again after *wait_ms.  An error ends the program. */
	enum rc (*step)(void *own, int64_t *wait_ms, struct err *err);
	/* Do those who serve still do so?  See watchdog.h. */
	watchdog_alive_fn *is_alive;
	/* How long close may take, if that is more than a moment, in ms. */
	int64_t (*patience)(void *own);
	/* Stops listening, finishes what is in flight within a time of its own,
	   and frees what open made.  Returns how much was cut off; if that is
	   not 0, threads may go on, and nothing that they use is freed. */
	unsigned (*close)(void *own);
	/* True: threads go on after close in any case. */
	bool threads_stay;
};

/* The program's main.  Returns the exit status: 0, 1 for trouble, 2 for wrong
   usage. */
int daemon_main(const struct daemon_program *program, int argc, char **argv);

/* For a step that waits for somebody outside: has a signal come that ends the
   program?  Then what can be left should be, and systemd is told, once, that
   the rest may take so long. */
bool daemon_is_to_stop(int64_t patience_ms);

/* For `changed` of a program that cannot move to another address: logs a
   warning if it listens at another place than its settings say. */
void daemon_warn_of_place(const char *program, const char *wanted,
    const struct listen_socket *place);
