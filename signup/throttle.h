/* SPDX-License-Identifier: MIT */
/*
 * throttle - counts in memory what a client has used within an hour.  A client
 * over its limit is refused before the store is asked.
 *
 * A client is an address, of IPv6 its /64; a network, of IPv4 a /24, of IPv6 a
 * /48, has THROTTLE_NETWORK times as much.  The table has a fixed size: when it
 * is full, the client with the least use is dropped.
 */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_SECONDS 3600
#define THROTTLE_NETWORK 4

struct throttle;

struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);

/* By any thread.  client: as client_address gives it.  Counts `cost` unless it
   would be more than `most` in the hour.  0: there was room for it; else the
   seconds until there is.  *first: the first refusal since then. */
int64_t throttle_take(struct throttle *t, const char *client, int64_t now,
    unsigned cost, unsigned most, bool *first);

/* The networks that clients are counted by: narrow or wide. */
struct ip throttle_network(const char *client, bool wide);
