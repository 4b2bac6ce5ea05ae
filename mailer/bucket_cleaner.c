/* SPDX-License-Identifier: MIT */
#include "bucket_cleaner.h"

struct emptying {
	int64_t before, future; /* in milliseconds */
};

static enum rc
remove_full(struct db *db, void *context, struct err *err)
{
	const struct emptying *e = context;

	return token_bucket_expire(db, e->before, e->future, BUCKET_BITE, err);
}

enum rc
bucket_cleaner_bite(struct store *store,
    const struct rate_limit limits[static RATES], int64_t now, struct err *err)
{
	int64_t longest = 0;
	struct emptying e;

	for (size_t i = 0; i < RATES; i++)
		if (limits[i].span_ms > longest)
			longest = limits[i].span_ms;
	e.before = now * 1000 - longest;
	e.future = now * 1000 + RATE_CLOCKS_MS;
	return store_glance(store, remove_full, &e, err);
}
