/* SPDX-License-Identifier: MIT */
#include "store/lease.h"

struct due
lease_due(int64_t now, int64_t max_ms)
{
	return (struct due){now, due_seconds(max_ms)};
}

int64_t
lease_next_try(const struct back_off *back_off, int64_t attempts, int64_t now)
{
	return now + due_seconds(back_off_ms(back_off, attempts));
}

struct lease_claiming {
	const struct lease_search *search;
	struct lease *out;
};

static enum rc
lease_find_due(struct db *db, void *context, struct err *err)
{
	const struct lease_claiming *c = context;

	return c->search->due(db, c->search->context, c->out, err);
}

static enum rc
lease_claim_tx(struct db *db, void *context, struct err *err)
{
	const struct lease_claiming *c = context;
	const struct lease_search *search = c->search;
	struct lease *lease = c->out;
	enum rc rc = search->admit(db, search->context, lease, err);

	if (rc != RC_OK || lease->key == NULL)
		return rc;
	lease->owner = search->owner;
	lease->until = search->now + due_seconds(search->lease_ms);
	lease->attempts++;
	return db_run(db, err, search->table->take, "sisi", lease->key,
	    lease->until, lease->owner, lease->attempts);
}

/* Looks without a transaction first: mostly there is no job, and writers wait
   for one another. */
enum rc
lease_claim(struct store *store, const struct lease_search *search,
    struct lease *out, struct err *err)
{
	struct lease_claiming c = {search, out};
	enum rc rc;

	do {
		rc = store_glance(store, lease_find_due, &c, err);
		if (rc == RC_OK)
			rc = store_change(store, lease_claim_tx, &c, err);
	} while (rc == RC_OK && out->key == NULL);
	return rc;
}

struct lease_settling {
	const struct lease_table *table;
	const struct lease *lease;
	store_work *write;
	void *context;
};

/* A job that no process holds was settled before: by our commit of a moment
   ago, if its answer was lost, or by somebody else, such as a bounce. */
static enum rc
lease_settle_tx(struct db *db, void *context, struct err *err)
{
	const struct lease_settling *s = context;
	int64_t is_free;
	enum rc rc =
	    db_read_first(db, db_integer_reader(&is_free), err, s->table->see,
		"sis", s->lease->key, s->lease->attempts, s->lease->owner);

	if (rc != RC_OK)
		return rc;
	if (is_free)
		return db_in_doubt(db) ? RC_OK : RC_NONE;
	return s->write(db, s->context, err);
}

enum rc
lease_settle(struct store *store, const struct lease_table *table,
    const struct lease *lease, store_work *write, void *context,
    struct err *err)
{
	struct lease_settling s = {table, lease, write, context};

	return store_change(store, lease_settle_tx, &s, err);
}
