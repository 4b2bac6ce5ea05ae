/* SPDX-License-Identifier: MIT */
/*
 * list_test - the test that every DNS list has to pass (RFC 5782 5): a list of
 * addresses has 127.0.0.2, or ::FFFF:7F00:2 if it knows IPv6 alone, and has
 * neither 127.0.0.1 nor ::FFFF:7F00:1; a list of domains has TEST, and not
 * INVALID.  A list that speaks for clients must not do so for all the world: it
 * is asked about an address that nobody has.
 */
#pragma once

#include "policy/dns_list.h"

struct list_test {
	enum list_fault fault;
	int64_t ms; /* until all answers were there, or given up, of all lists
		       tested together */
	/* What the list was asked for and answered, or NULL:
	   "2.0.0.127.bl.test is 127.255.255.254". */
	const char *answer;
};

/* Asks n lists at once, and waits for at most deadline_ms; out has room for n.
   dns should have no cache, as an old answer tests nothing. */
void list_test_run(struct dns *dns, struct arena *a,
    struct dns_list *const *lists, size_t n, int64_t deadline_ms,
    struct list_test *out);

/* Sets the health of the list to the result of the test. chance: as for
   list_health_tested.  Returns the line to log if the state changed, or NULL;
   *well tells whether the list is well now. */
const char *list_test_learn(struct dns_list *list, const struct list_test *test,
    struct arena *a, unsigned chance, bool *well);

/* "list bl.test is suspended: ...", or "is doubtful" if it is asked all the
   same: what an operator is told.  answer: as in
   struct list_test. */
const char *list_test_line(struct arena *a, const struct dns_list *list,
    enum list_fault fault, const char *answer);
