/* SPDX-License-Identifier: MIT */
/*
 * daemon - what the programs that stay have in common: options, signals,
 * reload and an orderly stop.
 *
 *	-c FILE	the configuration
 *	-t	do all that a start does but listen, say what is wrong, and
 *leave -V	print the version and leave
 *
 * SIGHUP re-reads the configuration: a wrong one is logged and the old one
 * kept.  SIGTERM and SIGINT finish what is in flight.
 */
#pragma once

#include "net/listen.h"
#include "program/list_guard.h"
#include "program/metrics.h"
#include "program/session.h"

struct daemon_program {
	const char *name;  /* "policyd": of postward-policyd */
	const char *about; /* one line of -h */
	const struct protocol *protocol;
	list_guard_wanted_fn *asks_lists; /* NULL: never */
	/* In place of protocol, a program that has a way of its own to serve:
	   what it returns is the exit status. */
	int (*run)(const char *path, struct settings *settings);
	/* What such a program asks of a configuration before it serves, but the
	   place where it listens; NULL: nothing. */
	enum rc (*check)(const char *path, const struct settings *settings,
	    struct err *err);
	/* Where it listens, and as what; NULL: nowhere. */
	const char *(*listens)(const struct settings *settings,
	    struct listen_settings *as);
	struct metrics_program metrics; /* of a program with a protocol */
};

/* The program's main; what it returns is the exit status: 0, 1 trouble,
   2 usage. */
int daemon_main(const struct daemon_program *program, int argc, char **argv);

/* The configuration for a program that stays.  One without domains is refused,
   as it would have all mail refused: it may be half a file; and so is one whose
   SRS secrets are missing or cannot be read, for all bounces; and one with the
   key of a list that cannot be read. */
enum rc daemon_settings(const char *program, const char *path,
    struct settings **out, struct err *err);

/* The page of metrics, opened, or moved after a reload; trouble with it is
   logged, and the program goes on: mail needs no figures. */
void daemon_metrics(const struct metrics_program *program,
    struct snapshots *snapshots, struct metrics **metrics);

/* Waits for a signal, which daemon_main has blocked so that none comes unseen:
   SIGHUP, SIGTERM or SIGINT; 0 if none comes within ms. */
int daemon_signal(int64_t ms);

/* Before snapshots_publish: a warning for each thing that the next
   configuration does no more and mail may miss, see settings_losses.h. */
void daemon_losses(struct snapshots *snapshots, const struct settings *next);

/* Opens the log as it says, and has a thread write it (log_start): who leaves
   by _exit calls log_stop. */
void daemon_log(const char *name, const struct settings *settings);
