/* SPDX-License-Identifier: MIT */
/*
 * questions - the DNS questions of one request, gathered from all checks so
 * that they are asked together.
 */
#pragma once

#include "net/dns.h"

struct questions {
	struct dns_query *all;
	size_t n, room;
};

/* Its place in all, which may move until everything is asked. */
size_t questions_add(struct questions *q, struct arena *a, const char *name,
    enum dns_type type);
