/* SPDX-License-Identifier: MIT */
/*
 * dns_channels - the resolvers to ask, and a pool of c-ares channels to them.
 * Internal to dns_cares.c, which is to include it before anything of c-ares.
 *
 * There is a channel for each resolver and each try, so that it is we who
 * decide which one is asked when, and for how long an answer counts.  From 1.32
 * on c-ares measures how fast a server answers, waits five times as long, and
 * then drops what comes: a channel begins each dns_ask without that memory.  A
 * channel belongs to one thread while it is in use.
 *
 * What a forger has to guess (RFC 5452 4): each question has a random id, and
 * comes from a port that the kernel chose for the questions of one dns_ask.
 * The port is closed with the last of them, so the next dns_ask has another
 * one; with c-ares 1.20 or later a port has at most 8 questions even so.
 * What is kept is the channel: to make one costs c-ares reading its files.
 */
#pragma once

#include "net/dns.h"

#define CARES_NO_DEPRECATED /* what replaces them is not in Debian 12 */
#include <ares.h>

struct dns_channels;

/* How often the same question is sent to the same resolver. */
#define DNS_TRIES_MAX 3

/* to[try][i] is the channel to resolver i, NULL as long as nobody needed it;
   used[try][i]: by whoever had the set before. */
struct dns_channel_set {
	struct dns_channel_set *next;
	ares_channel to[DNS_TRIES_MAX][DNS_SERVERS_MAX];
	bool used[DNS_TRIES_MAX][DNS_SERVERS_MAX];
};

/* c-ares sends each question once, and is done with it after longer than
   settings->timeout_ms.  RC_PERM: a server that cannot be one. */
enum rc dns_channels_open(const struct dns_settings *settings,
    struct dns_channels **out, struct err *err);
void dns_channels_close(struct dns_channels *pool);

/* How many resolvers there are, at least one. */
unsigned dns_channels_count(const struct dns_channels *pool);

struct dns_channel_set *dns_channels_take(struct dns_channels *pool);

/* Cancels what is still on its way. */
void dns_channels_give_back(struct dns_channels *pool,
    struct dns_channel_set *set);

/* The channel to that resolver for the first, second... try; NULL if c-ares
   cannot open one. */
ares_channel dns_channels_to(const struct dns_channels *pool,
    struct dns_channel_set *set, unsigned resolver, unsigned try);
