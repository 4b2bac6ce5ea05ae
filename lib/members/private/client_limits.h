/* SPDX-License-Identifier: MIT */
/*
 * client_limits - how often a web client, the network around it, and all
 * together may do something within an hour.  Seen by lib/members only.
 */
#pragma once

#include "store/db.h"

struct client_limits {
	const char *what;    /* in the names of the limits: "ask" */
	int64_t client, all; /* at most so often; an IPv6 client is its /64 */
};

struct client_refusal {
	const char *who; /* "from your network" */
	int64_t wait;    /* seconds until there is room again */
};

/* Counts one more; to be called in a transaction that will be committed if the
   result is RC_OK.  A network may have as much as four clients, and the last
   quarter of all is for networks that have not asked within the hour.  RC_NONE:
   a limit is reached, and *refusal says whose. */
enum rc client_limits_take(struct db *db, struct arena *a,
    const struct client_limits *most, const char *client, int64_t now,
    struct client_refusal *refusal, struct err *err);

/* "Too many requests from your network: please try again in 3 minutes."  */
const char *client_limits_sentence(struct arena *a, const char *things,
    const struct client_refusal *refusal);
