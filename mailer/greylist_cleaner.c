/* SPDX-License-Identifier: MIT */
#include "greylist_cleaner.h"

struct cleaning {
	int64_t now, n;
};

static enum rc
count_rows(struct db *db, void *context, struct err *err)
{
	struct cleaning *c = context;

	return greylist_count(db, c->now, &c->n, err);
}

enum rc
greylist_cleaner_count(struct store *store,
    const struct greylist_settings *settings, int64_t now, int64_t *excess,
    struct err *err)
{
	struct cleaning c = {.now = now};
	enum rc rc = store_glance(store, count_rows, &c, err);

	*excess = c.n > settings->rows_max
		      ? c.n - settings->rows_max + settings->rows_max / 10
		      : 0;
	return rc;
}

static enum rc
remove_rows(struct db *db, void *context, struct err *err)
{
	const struct cleaning *c = context;
	enum rc rc = greylist_expire(db, c->now, GREYLIST_BITE, err);

	if (rc != RC_NONE || c->n <= 0)
		return rc;
	return greylist_trim(db, c->n < GREYLIST_BITE ? c->n : GREYLIST_BITE,
	    err);
}

enum rc
greylist_cleaner_bite(struct store *store, int64_t now, int64_t *excess,
    struct err *err)
{
	struct cleaning c = {now, *excess};
	enum rc rc = store_glance(store, remove_rows, &c, err);

	*excess -= GREYLIST_BITE;
	return rc;
}
