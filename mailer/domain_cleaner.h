/* SPDX-License-Identifier: MIT */
/*
 * domain_cleaner - forgets domains of the store that were removed, once no
 * address of their SRS domains is good any more: in small bites.
 */
#pragma once

#include "mail/srs.h"
#include "store/db.h"

/* Rows of one bite. */
#define DOMAIN_BITE 200

/* srs: of the configuration, whose max_age counts; NULL: the longest that there
   can be.  now: of store_now.  RC_NONE: there was none. */
enum rc domain_cleaner_bite(struct store *store, const struct srs *srs,
    int64_t now, struct err *err);
