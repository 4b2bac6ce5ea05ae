/* SPDX-License-Identifier: MIT */
/*
 * srs_tries - limits how often a client may try SRS addresses with a wrong
 * hash.  A hash is so short that a client could guess it with enough tries.
 *
 * Wrong tries are counted for the client and the networks around it: an IPv4
 * address and its /24; an IPv6 /64, /48 and /32, as one customer has a /64 or a
 * /48 and a provider a /32.  Each of them may try wrongly some times at once,
 * and then once in some minutes; a larger network may try more often.  A client
 * over the limit gets the same answer to right and wrong addresses for a while,
 * so that it learns nothing.
 *
 * The table has a fixed size, 256 KiB.  When it is full, the entry with the
 * shortest wait is dropped, and its client may try again.  An attacker would
 * need thousands of networks to profit, and with those could try as often
 * anyway.  Any number of threads may ask.
 */
#pragma once

#include "base/ip.h"
#include "base/metric.h"

struct srs_tries;

struct srs_tries *srs_tries_new(void);
void srs_tries_free(struct srs_tries *t);

/* True: the client is over its limit. now_ms is of clock_ms.  Always false for
   loopback and for an unknown address, which may stand for any client. */
bool srs_tries_must_wait(struct srs_tries *t, const struct ip *client,
    int64_t now_ms);

/* Counts one more wrong try of the client. */
void srs_tries_wrong(struct srs_tries *t, const struct ip *client,
    int64_t now_ms);

extern struct metric_family srs_wrong_hashes, srs_slowed;
