/* SPDX-License-Identifier: MIT */
/*
 * known_names - the names of one request, and whether they are ours: several
 * checks ask about each.
 */
#pragma once

#include "forwarding/domains.h"

/* The client's, that of HELO, the sender's, and one more. */
#define NAMES_KNOWN 4

struct known_names {
	struct {
		const char *name; /* the caller's; told apart by its place */
		enum rc rc;
		struct domain_facts facts;
	} all[NAMES_KNOWN];
	size_t n;
};

/* As domains_glance, which is asked once for each name.  known: filled here;
   NULL: nothing is remembered. */
enum rc known_names_glance(struct known_names *known,
    const struct forwards_settings *settings, const char *name,
    struct domain_facts *facts, struct err *err);
/* As domains_ours. */
bool known_names_ours(struct known_names *known,
    const struct forwards_settings *settings, const char *name);
