/* SPDX-License-Identifier: MIT */
/*
 * dns_channels - the resolvers to ask, and a pool of c-ares channels to them.
 * Internal to dns_cares.c, which is to include it before anything of c-ares.
 *
 * There is one channel for each resolver and each try.  So dns_cares.c, and not
 * c-ares, decides which resolver is asked when, and how long an answer is
 * waited for.  From 1.32 on c-ares measures how fast a server answers, waits
 * five times as long, and drops later answers; channels therefore start each
 * dns_ask without such measurements.  A channel belongs to one thread while it
 * is in use.
 *
 * What a forger has to guess (RFC 5452 4): each question has a random id, and
 * comes from a port that the kernel chose for the questions of one dns_ask.
 * The port is closed after the last answer, so that the next dns_ask uses
 * another one; c-ares 1.20 and later sends at most 8 questions from one port.
 * The channels themselves are kept, because c-ares reads its configuration
 * files for each new one.
 */
#pragma once

#include "net/private/dns_answer.h"

#define CARES_NO_DEPRECATED /* what replaces them is not in Debian 12 */
#include <ares.h>

struct dns_channels;

/* How often the same question is sent to the same resolver. */
#define DNS_TRIES_MAX 3

/* to[try][i] is the channel to resolver i; NULL: no dns_ask has needed it so
   far. used[try][i]: an earlier owner of the set has used the channel. */
struct dns_channel_set {
	struct dns_channel_set *next;
	ares_channel to[DNS_TRIES_MAX][DNS_SERVERS_MAX];
	bool used[DNS_TRIES_MAX][DNS_SERVERS_MAX];
};

/* c-ares sends each question once; its own time-out is longer than
   settings->timeout_ms.  RC_PERM: a server in settings is no address. */
enum rc dns_channels_open(const struct dns_settings *settings,
    struct dns_channels **out, struct err *err);
void dns_channels_close(struct dns_channels *pool);

/* How many resolvers there are, at least one. */
unsigned dns_channels_count(const struct dns_channels *pool);

struct dns_channel_set *dns_channels_take(struct dns_channels *pool);

/* Cancels the questions that have no answer yet. */
void dns_channels_give_back(struct dns_channels *pool,
    struct dns_channel_set *set);

/* The channel to that resolver for the first, second... try; NULL if c-ares
   cannot open one. */
ares_channel dns_channels_to(const struct dns_channels *pool,
    struct dns_channel_set *set, unsigned resolver, unsigned try);

/* What it means that a question has no message as its answer, but a status of
   c-ares. */
struct dns_answer dns_channels_failure(struct arena *a, int status);

/* Sends a question through the channel; `answered` may be called before it
   returns.  With DNS_TLSA it asks whether the answer is authenticated.  False:
   there is no memory or no randomness, and `answered` is not called. */
bool dns_channels_send(ares_channel channel, const char *name,
    enum dns_type type, ares_callback answered, void *context);
