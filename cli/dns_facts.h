/* SPDX-License-Identifier: MIT */
/*
 * dns_facts - answers of DNS that are gathered in rounds: all questions of a
 * round are added, then asked together.
 */
#pragma once

#include "net/dns.h"

/* Starts zeroed. */
struct dns_facts {
	struct dns_query *all;
	size_t n, room;
	size_t asked; /* so many of them */
};

/* Does nothing if it is there already. */
void dns_facts_add(struct dns_facts *facts, struct arena *a, const char *name,
    enum dns_type type);
/* A and AAAA */
void dns_facts_add_addresses(struct dns_facts *facts, struct arena *a,
    const char *name);

/* Asks what was added since the last round. */
void dns_facts_ask(struct dns_facts *facts, struct arena *a, struct dns *dns,
    int64_t deadline);

/* Never NULL: what was not asked is RC_TEMP.  Valid until the next question is
   added. */
const struct dns_query *dns_facts_of(const struct dns_facts *facts,
    const char *name, enum dns_type type);

/* RC_OK: the name has that address; RC_NONE: certainly not; else RC_TEMP. */
enum rc dns_facts_has_address(const struct dns_facts *facts, const char *name,
    const struct ip *ip);

/* All addresses of a name, of both kinds; *n of them, in the arena. */
const struct ip *dns_facts_addresses(const struct dns_facts *facts,
    struct arena *a, const char *name, size_t *n);

/* The first problem of several questions about a name's addresses; NULL: all
   have an answer. */
const char *dns_facts_problem(const struct dns_facts *facts, const char *name);
