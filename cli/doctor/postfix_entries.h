/* SPDX-License-Identifier: MIT */
/*
 * postfix_entries - which entries of a list in main.cf are meant for a program
 * of ours, however they are written, and whether Postfix finds it there; pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct postfix_entries {
	/* Where the program listens: "unix:/path", "inet:address:port". */
	const char *const *listen;
	size_t n_listen;
	const char *program; /* "milter": also known by ".../postward/milter" */
	const char *queue;   /* queue_directory; NULL: unknown */
	bool chrooted;       /* those that look see the queue as their root */
	const char *map;     /* the table of a socketmap; NULL: none */
	const char *const *maps; /* all tables there are, ended by NULL */
	const char *keyword; /* "check_policy_service" before it; NULL: none */
	const char *right;   /* what the whole entry should be */
};

enum postfix_found {
	POSTFIX_MISSING, /* no entry is meant for the program */
	POSTFIX_RIGHT,
	POSTFIX_ASTRAY /* one is, but leads elsewhere: nobody answers there */
};

/* Looks at a parameter's value (postconf(5): entries apart by blanks or commas,
   or between braces).  Where it is POSTFIX_ASTRAY, *mended is the value with
   one right entry in place of those that lead elsewhere. */
enum postfix_found postfix_entries_look(struct arena *a, const char *value,
    const struct postfix_entries *wanted, const char **mended);

/* The value with our entry before all others; NULL: it is already, there is
   none that is right, or one leads astray, which comes first. */
const char *postfix_entries_first(struct arena *a, const char *value,
    const struct postfix_entries *wanted);

/* Does the value begin with an entry of ours that is right? */
bool postfix_entries_lead(struct arena *a, const char *value,
    const struct postfix_entries *wanted);
