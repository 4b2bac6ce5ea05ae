/* SPDX-License-Identifier: MIT */
/*
 * report - what `postward check` has found out, finding by finding, and the
 * exit status that follows from it.
 */
#pragma once

#include "command.h"

enum report_state {
	REPORT_OK,
	REPORT_NOTE,    /* worth knowing; nothing has to be done */
	REPORT_WARNING, /* to be mended, but mail goes on */
	REPORT_BROKEN,  /* to be mended now */
	REPORT_UNKNOWN, /* could not be looked at */
	REPORT_STATES   /* their number */
};

struct report_line {
	const char *name, *group, *manual; /* of the check: a word, a word, or a
					      page with its section */
	const char *what; /* that it is about: "MX of remotes.club" */
	enum report_state state;
	const char *words;
	const char **cures; /* commands that a shell takes */
	size_t n_cures;
};

struct report;

/* The report lives in the arena, as must the texts of its findings. */
struct report *report_new(struct arena *a);

/* Adds it, without cures. */
void report_add(struct report *r, const struct report_line *finding);

/* Adds a command that mends what the last finding found. */
void report_cure(struct report *r, const char *command);

/* All that is found so far. */
const struct report_line *report_findings(const struct report *r, size_t *n);

/* "ok", "note", "warning", "broken", "unknown" */
const char *report_state_name(enum report_state state);

/* The exit status: that of the worst finding, or else that something could not
   be looked at. */
int report_status(const struct report *r);

/* Writes what each check has found as metrics of Prometheus' textfile
   collector: the whole file or nothing.  RC_TEMP: it cannot be written. */
enum rc report_write_metrics(const struct report *r, struct arena *a,
    const char *path, struct err *err);

/* Prints all findings, or with --quiet those that are not well; then the cures,
   to be copied.  Returns report_status. */
int report_print(const struct report *r, const struct invocation *in);
