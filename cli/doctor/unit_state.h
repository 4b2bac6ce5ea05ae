/* SPDX-License-Identifier: MIT */
/*
 * unit_state - what systemd says of its units, and other programs of this
 * machine of themselves.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNIT_STATES_MAX 24

/* In the words of systemctl(1), "" where it says nothing. */
struct unit_state {
	const char *name;
	const char *load;    /* "loaded", "masked", "not-found" */
	const char *active;  /* "active", "inactive", "failed", "activating" */
	const char *enabled; /* "enabled", "disabled", "masked", "static" */
	const char *result;  /* "success", or why it has ended */
	const char *status;  /* what the program says of itself */
	long restarts;       /* by systemd, since somebody started it */
	int64_t changed;     /* milliseconds since 1970: started, or reloaded */
	bool is_stale;       /* systemd has not read its file as it is now */
};

/* Of n units, at most UNIT_STATES_MAX, in their order; false: systemctl does
   not answer. */
bool unit_states_read(struct arena *a, const char *const *names, size_t n,
    struct unit_state *out);

/* Does systemd look after this machine? */
bool unit_states_are_known(void);

/* What a program prints.  words[0] is its name, and the last is NULL.  NULL:
   there is no such program, or it fails. */
const char *system_says(struct arena *a, const char *const *words);
