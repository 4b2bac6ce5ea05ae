/* SPDX-License-Identifier: MIT */
/*
 * domains_change - the rules for adding, changing and removing domains of the
 * store, each within a transaction.
 *
 * Whatever happens to a domain, bounces to addresses of its SRS domain come
 * home for as long as they are good: an SRS domain that no served domain has
 * any more keeps a removed row of its own.
 */
#pragma once

#include "store/domain_table.h"

/* Adds a domain, or serves one again that was removed; d->removed is 0.
   RC_PERM: it is served already, or has an SRS domain of old that must be kept
   and cannot; err says which. */
enum rc domains_add_tx(struct db *db, struct arena *a,
    const struct stored_domain *d, struct err *err);

/* Gives a served domain the SRS domain and the strategy of d; now: seconds
   since 1970.  RC_NONE: it is not served.  RC_PERM: as above. */
enum rc domains_set_tx(struct db *db, struct arena *a,
    const struct stored_domain *d, int64_t now, struct err *err);

/* Serves the domain no longer.  Its accounts stay.  RC_NONE: it is not
   served. */
enum rc domains_remove_tx(struct db *db, struct arena *a, const char *name,
    int64_t now, struct err *err);
