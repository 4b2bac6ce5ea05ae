/* SPDX-License-Identifier: MIT */
/*
 * queries - the DNS queries of one request, gathered from all checks so that
 * they are asked together.
 */
#pragma once

#include "net/dns.h"

struct queries {
	struct dns_query *all;
	size_t n, room;
};

/* Returns the index of the query in `all`.  The array may move until the
   queries are asked. */
size_t queries_add(struct queries *q, struct arena *a, const char *name,
    enum dns_type type);
