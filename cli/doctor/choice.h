/* SPDX-License-Identifier: MIT */
/*
 * choice - which probes run, and what their table says of them.
 */
#pragma once

#include "probe.h"

struct choice {
	const char **words; /* of --only: groups and names; ended by NULL */
	bool outside;
};

/* What --only says.  false: it names what is not there, which is said on
   stderr. */
bool choice_read(struct choice *choice, const struct invocation *in);

/* Does the row run?  One that goes outside must be named, or --outside be
   given. */
bool choice_has(const struct choice *choice, const struct probe_group *group,
    const struct probe *probe);

/* --list: prints the table of probes. */
int choice_list(const struct invocation *in);
/* --explain NAME: prints what is known of one.  Returns the exit status. */
int choice_explain(const struct invocation *in);
