/* SPDX-License-Identifier: MIT */
/*
 * fate_target - where the copies of a message go, and which of the large
 * receivers takes mail there, as its mail exchangers tell.  Pure.
 */
#pragma once

#include "forwarding/forwards.h"
#include "net/dns.h"
#include "policy/fate_receiver.h"

/* Of so many domains the exchangers are asked for; any more count as
   FATE_STRICT. */
#define FATE_TARGETS_MAX 10

/* Adds the domains of those targets to a text of them, "a.example b.example",
   each once, and no more than FATE_TARGETS_MAX + 1; domains and what is
   returned NULL: there are none. */
const char *fate_targets_add(struct arena *a, const char *domains,
    const struct forwards *forwards);

/* The n-th of these domains, from 0; NULL: there is none. */
const char *fate_targets_at(struct arena *a, const char *domains, size_t n);

/* Who has an exchanger of that name, in any case. */
enum fate_receiver fate_receiver_of_host(struct arena *a, const char *host);

/* Who takes the mail of a domain of which this is the answer about MX records:
   a set, a bit for each receiver that has one of the best exchangers.
   FATE_STRICT without one, or without an answer. */
unsigned fate_receivers_of(struct arena *a, const struct dns_query *answer);
