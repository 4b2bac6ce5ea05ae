/* SPDX-License-Identifier: MIT */
#include "decision_cleaner.h"

#include "store/decision_table.h"

#define DAY_S ((int64_t)24 * 3600)

struct bite {
	const struct decisions_settings *settings;
	int64_t now;
};

static enum rc
remove_old(struct db *db, const struct bite *b, struct err *err)
{
	return decision_expire(db, b->now - b->settings->keep_ms / 1000,
	    DECISION_BITE, err);
}

static enum rc
remove_future(struct db *db, const struct bite *b, struct err *err)
{
	return decision_trim(db, b->now + DAY_S, 0, DECISION_BITE, err);
}

static enum rc
remove_excess(struct db *db, const struct bite *b, struct err *err)
{
	return decision_trim(db, b->now - DAY_S, b->settings->per_day,
	    DECISION_BITE, err);
}

static enum rc
take_bite(struct db *db, void *context, struct err *err)
{
	static enum rc (*const removes[])(struct db *, const struct bite *,
	    struct err *) = {remove_old, remove_future, remove_excess};
	const struct bite *b = context;
	enum rc rc = RC_NONE;

	if (b->settings->keep_ms == 0)
		return decision_trim(db, 0, 0, DECISION_BITE, err);
	for (size_t i = 0;
	     i < sizeof(removes) / sizeof(*removes) && rc == RC_NONE; i++)
		rc = removes[i](db, b, err);
	return rc;
}

enum rc
decision_cleaner_bite(struct store *store,
    const struct decisions_settings *settings, int64_t now, struct err *err)
{
	struct bite bite = {settings, now};

	return store_glance(store, take_bite, &bite, err);
}
