/* SPDX-License-Identifier: MIT */
/*
 * forwards_settings - whose mail is forwarded, and how far: what a
 * configuration says about that, and the limits that none can change.
 */
#pragma once

#include "forwarding/dot_forward.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most so many targets an account (design), so many accounts one after
   another, and so many final targets in all. */
#define FORWARDS_TARGETS_MAX 20
#define FORWARDS_CHAIN_MAX   10
#define FORWARDS_FINAL_MAX   50

struct forwards_settings {
	const char *const *domains; /* those whose users we forward for */
	size_t n_domains;
	const char *delimiter;      /* "+", or "" for none */
	home_of_fn *home_of;        /* NULL: home-forwards = no */
	int64_t cache_ms, stale_ms; /* see forwards_cache.h */
	const char *bounces_to; /* who gets bounces of our own mail (outbox.h);
				   NULL: nobody */
};

/* Is that domain, as domain_read gives it, served by us? */
bool forwards_serves(const struct forwards_settings *settings,
    const char *domain);
