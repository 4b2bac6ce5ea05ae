/* SPDX-License-Identifier: MIT */
#include "domain_cleaner.h"

#include "store/domain_table.h"

#define DAY_S ((int64_t)24 * 3600)

static enum rc
forget_domains(struct db *db, void *context, struct err *err)
{
	const int64_t *before = context;

	return stored_domain_expire(db, *before, DOMAIN_BITE, err);
}

enum rc
domain_cleaner_bite(struct store *store, const struct srs *srs, int64_t now,
    struct err *err)
{
	const struct srs longest = {.max_age = SRS_AGE_MAX};
	/* An address of that time was good until a moment ago. */
	int64_t lasts = srs_good_until(srs != NULL ? srs : &longest, 0) + DAY_S;
	int64_t before = now - lasts;

	return store_glance(store, forget_domains, &before, err);
}
