/* SPDX-License-Identifier: MIT */
/*
 * forwards_settings - whose mail is forwarded, and how far: the settings, and
 * the limits that no configuration changes.
 */
#pragma once

#include "directory/directory.h"
#include "forwarding/dot_forward.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An account has at most so many targets, a chain of accounts that forward to
   one another is at most so long, and an address has at most so many final
   targets in all. */
#define FORWARDS_TARGETS_MAX 20
#define FORWARDS_CHAIN_MAX   10
#define FORWARDS_FINAL_MAX   50

/* Where accounts come from. */
enum forwards_source {
	FORWARDS_STORE, /* the tables account and forward */
	FORWARDS_HOME,  /* ~/.forward */
	FORWARDS_LDAP,  /* the directory */
};
#define FORWARDS_SOURCES 3

struct domains; /* see domains.h */

struct forwards_settings {
	/* The domains of postward.conf that we forward for; and the same in the
	   order of forwards_sorted, NULL: there are few. */
	const char *const *domains;
	size_t n_domains;
	const char *const *sorted;
	struct domains *stored; /* those of the store; NULL: none */
	const char *delimiter;  /* "+", or "" for none */
	/* The sources, in the order in which they are asked; none: the store,
	   then homes. */
	enum forwards_source sources[FORWARDS_SOURCES];
	size_t n_sources;
	home_of_fn *home_of;         /* NULL: homes are no source */
	struct directory *directory; /* NULL: it is no source */
	int64_t cache_ms, stale_ms;  /* see forwards_cache.h */
	const char *bounces_to; /* who gets bounces of our own mail (outbox.h);
				   NULL: nobody */
};

/* True: postward.conf lists that domain, which is as domain_read gives it.
   Those of the store are ours, too: domains.h asks for both. */
bool forwards_configured(const struct forwards_settings *settings,
    const char *domain);

/* The names in an order in which they can be searched, in the arena. */
const char *const *forwards_sorted(struct arena *a, const char *const *names,
    size_t n);
