/* SPDX-License-Identifier: MIT */
/*
 * domains - which domains are ours: those of postward.conf, and those of the
 * store (domain_table.h), which are cached.
 *
 * There are three answers: RC_OK, we forward for the domain; RC_NONE, we do
 * not; RC_TEMP, nobody can tell now.  What postward.conf lists is ours without
 * a question to the store.
 *
 * What the store has said is used again as follows.
 *
 *	served     for forward-cache, and for forward-stale while the store is
 *	           down.  So a domain that was removed may get mail for
 *	           forward-cache more.
 *	not ours   for whom that is harmless (domains_glance: is a sender one
 *	           of us?), exactly as long, also from a node that may be
 *	           behind.
 *	not ours   where somebody is refused for it, or mail leaves
 *	           (domains_find): never, while the store answers.  It is
 *	           asked, and a node that is behind is brought up to date
 *	           first (store_do).  While the store is down, only what was
 *	           found out within forward-cache before the first question
 *	           that it did not answer: so nobody is refused in a domain
 *	           that was added forward-cache before that, or longer.  And
 *	           what a forward leads to that is kept (domains_led_to), as
 *	           Postfix asks about targets, too.
 *	no rows    a site that has no domain in the store asks once a second
 *	           at most; while the store is down, that it has none counts
 *	           for forward-stale.
 *
 * While the store is down it is asked once in DOMAINS_RETRY_MS.
 *
 * The cache has DOMAINS_KEPT names, 12 bytes each; a name is kept as 61 bits of
 * a hash with a secret key.  Threads may ask at once.
 */
#pragma once

#include "base/err.h"
#include "forwarding/forwards_settings.h"
#include "store/db.h"

/* So many that of 100,000 names hardly one finds its sixteen places taken. */
#define DOMAINS_KEPT     ((size_t)1 << 17)
#define DOMAINS_RETRY_MS ((int64_t)1000)
#define DOMAINS_EMPTY_MS ((int64_t)1000)

/* The store's part: its cache. */
struct domains;

/* The store must outlive it.  fresh_ms, stale_ms: forward-cache and
   forward-stale. */
struct domains *domains_new(struct store *store, int64_t fresh_ms,
    int64_t stale_ms);
void domains_free(struct domains *domains);

/* What is known of a name. */
struct domain_facts {
	bool stored;  /* RC_OK: it is one of the store */
	bool removed; /* it was one of the store, and has a row still */
	bool srs;     /* it is the SRS domain of one of the store, also of one
			 that was removed: addresses of it come home */
	bool own_srs; /* it has an SRS domain of its own: domains_srs_of */
	/* What is chosen for accounts that have chosen nothing; a constant, or
	   NULL: what is configured. */
	const char *strategy;
};

/* domain: as domain_read gives it.  facts may be NULL.  The names of srs.domain
   are not known here. */
enum rc domains_find(const struct forwards_settings *settings,
    const char *domain, struct domain_facts *facts, struct err *err);
enum rc domains_glance(const struct forwards_settings *settings,
    const char *domain, struct domain_facts *facts, struct err *err);

/* domains_glance within a transaction or a store_work, whose connection it
   uses: one statement at most. */
enum rc domains_glance_tx(struct db *db,
    const struct forwards_settings *settings, const char *domain,
    struct domain_facts *facts, struct err *err);

/* domains_glance for which "nobody can tell" is "not ours". */
bool domains_ours(const struct forwards_settings *settings, const char *domain);

/* Is it served, or the SRS domain of a domain of the store?  Its "no" is as
   sure as that of domains_find. */
enum rc domains_find_any(const struct forwards_settings *settings,
    const char *domain, struct err *err);

/* Is it the SRS domain of a domain of the store?  Its "no" is as sure as that
   of domains_find. */
enum rc domains_srs_find(const struct forwards_settings *settings,
    const char *domain, struct err *err);
/* The same, with the "no" of domains_glance. */
enum rc domains_srs_glance(const struct forwards_settings *settings,
    const char *domain, struct err *err);

/* The SRS domain of a domain that has one of its own, from the store.
   RC_NONE: it has none. */
enum rc domains_srs_of(const struct forwards_settings *settings,
    struct arena *a, const char *domain, const char **out, struct err *err);

/* To be called while the store is down: mail for a member who is known leads to
   that domain, outside.  For forward-stale from now on it is not ours while the
   store is down, unless it was known to be. */
void domains_led_to(const struct forwards_settings *settings,
    const char *domain);
