/* SPDX-License-Identifier: MIT */
#include "members/member.h"

#define DAY 86400

struct settings_change {
	const char *account, *strategy;
	bool digest;
	int64_t today;
};

static enum rc
set_strategy_tx(struct db *db, void *context, struct err *err)
{
	const struct settings_change *k = context;

	return account_set_strategy(db, k->account, k->strategy, err);
}

enum rc
member_set_strategy(struct store *store, const char *account,
    const char *strategy, struct err *err)
{
	struct settings_change k = {.account = account, .strategy = strategy};

	return store_change(store, set_strategy_tx, &k, err);
}

/* What is on already stays as it is, with the day of the last letter. */
static enum rc
set_digest_tx(struct db *db, void *context, struct err *err)
{
	const struct settings_change *k = context;
	int64_t day;
	enum rc rc = account_digest(db, k->account, &day, err);

	if (rc != RC_OK || (day > 0) == k->digest)
		return rc;
	return account_set_digest(db, k->account, k->digest ? k->today : 0,
	    err);
}

enum rc
member_set_digest(struct store *store, const char *account, bool on,
    int64_t now, struct err *err)
{
	struct settings_change k = {
	    .account = account, .digest = on, .today = now / DAY};

	return store_change(store, set_digest_tx, &k, err);
}
