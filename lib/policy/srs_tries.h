/* SPDX-License-Identifier: MIT */
/*
 * srs_tries - who tries SRS addresses that are none of ours: a hash is short
 * enough to be guessed by who may try as often as he likes.
 *
 * Wrong ones are counted for the client and the networks around him: an IPv4
 * address and its /24; of IPv6, where one customer has a /64 or a /48 and a
 * provider a /32, for each of these.  Each may be wrong some times at once, and
 * then once in some minutes; the larger the network, the more.  Whoever was
 * wrong more often gets no answer for a while, right or wrong, so that he
 * learns nothing from it.
 *
 * The table is of one size, 256 KiB.  Where it is full the one goes who has the
 * least to wait, and may try again: to make use of that takes thousands of
 * networks, with which one could try as often anyway.  Any number of threads
 * may ask.
 */
#pragma once

#include "base/ip.h"
#include "base/metric.h"

struct srs_tries;

struct srs_tries *srs_tries_new(void);
void srs_tries_free(struct srs_tries *t);

/* now_ms as of clock_ms.  Must the client wait?  Always false for loopback and
   for no address: behind them everybody may be. */
bool srs_tries_must_wait(struct srs_tries *t, const struct ip *client,
    int64_t now_ms);

/* He was wrong once more. */
void srs_tries_wrong(struct srs_tries *t, const struct ip *client,
    int64_t now_ms);

extern struct metric_family srs_wrong_hashes, srs_slowed;
