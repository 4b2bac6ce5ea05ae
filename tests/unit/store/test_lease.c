/* SPDX-License-Identifier: MIT */
/* The rules of a job, on a table of its own: the next one to come has them. */
#include "store/lease.h"

#include "store/temp_store.h"

#include <pthread.h>

static const struct lease_table chores = LEASE_TABLE("chore", "name");

#define OPEN "SELECT name, attempts FROM chore WHERE done = 0 AND " LEASE_IS_DUE

struct household {
	struct temp_store *temp;
	struct arena *arena;
	int64_t now;
	bool tidy; /* what is called junk is thrown away, not claimed */
	unsigned found, admitted;
};

static int
household_set_up(void **state)
{
	struct temp_store *t = temp_store_new();
	struct household *h = arena_take(t->arena, sizeof(*h));
	struct db *db;

	temp_store_make(t);
	db = temp_store_take(t);
	db_run(db, NULL,
	    "CREATE TABLE chore (name VARCHAR(20) NOT NULL, "
	    "next_try BIGINT NOT NULL, lease_until BIGINT NOT NULL DEFAULT 0, "
	    "lease_owner VARCHAR(20), attempts INTEGER NOT NULL DEFAULT 0, "
	    "done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (name))",
	    "");
	store_give(t->store, db);
	*h = (struct household){.temp = t, .arena = t->arena};
	*state = h;
	return 0;
}

static int
household_tear_down(void **state)
{
	struct household *h = *state;

	temp_store_free(h->temp);
	return 0;
}

static void
give_chore(struct household *h, const char *name, int64_t next_try)
{
	struct db *db = temp_store_take(h->temp);

	CHECK(db_run(db, NULL,
		  "INSERT INTO chore (name, next_try) VALUES (?1, ?2)", "si",
		  name, next_try) == RC_OK,
	    name);
	store_give(h->temp->store, db);
}

static enum rc
find_chore(struct db *db, void *context, struct lease *out, struct err *err)
{
	struct household *h = context;
	const struct due due = lease_due(h->now, 100000);
	struct db_row *row;
	enum rc rc = db_start(db, OPEN " ORDER BY next_try LIMIT 1", "iii",
	    &row, err, LEASE_DUE_VALUES(&due));

	if (rc != RC_OK)
		return rc;
	h->found++;
	rc = db_next(row, err);
	if (rc == RC_OK) {
		out->key = db_text(row, 0, h->arena);
		out->attempts = db_integer(row, 1);
	}
	db_end(row);
	return rc;
}

static enum rc
admit_chore(struct db *db, void *context, struct lease *out, struct err *err)
{
	struct household *h = context;
	enum rc rc = find_chore(db, context, out, err);

	h->admitted++;
	if (rc != RC_OK || !h->tidy || strcmp(out->key, "junk") != 0)
		return rc;
	out->key = NULL;
	return db_run(db, err, "DELETE FROM chore WHERE name = 'junk'", "");
}

static enum rc
claim(struct household *h, const char *owner, int64_t now, struct lease *out)
{
	const struct lease_search search = {
	    .table = &chores,
	    .owner = owner,
	    .now = now,
	    .lease_ms = 9001,
	    .due = find_chore,
	    .admit = admit_chore,
	    .context = h,
	};

	h->now = now;
	return lease_claim(h->temp->store, &search, out, NULL);
}

static enum rc
write_done_tx(struct db *db, void *context, struct err *err)
{
	return db_run(db, err,
	    "UPDATE chore SET done = 1, lease_until = 0, lease_owner = NULL "
	    "WHERE name = ?1",
	    "s", ((const struct lease *)context)->key);
}

static enum rc
settle(struct household *h, struct lease *lease)
{
	return lease_settle(h->temp->store, &chores, lease, write_done_tx,
	    lease, NULL);
}

static void
leases_what_is_due(void **state)
{
	struct household *h = *state;
	struct lease first, second;

	give_chore(h, "later", 101);
	give_chore(h, "dishes", 50);
	CHECK(claim(h, "ann", 49, &first) == RC_NONE, "nothing yet");
	CHECK(claim(h, "ann", 100, &first) == RC_OK, "due");
	CHECK_STR(first.key, "dishes", "due");
	CHECK_STR(first.owner, "ann", "due");
	CHECK(first.until == 110 && first.attempts == 1, "rounded up");
	CHECK(claim(h, "bob", 100, &second) == RC_NONE, "held");
	CHECK(claim(h, "bob", 110, &second) == RC_OK, "run out");
	CHECK_STR(second.key, "dishes", "run out");
	CHECK(second.attempts == 2, "run out");
	CHECK(claim(h, "eve", 110, &first) == RC_OK, "the next");
	CHECK_STR(first.key, "later", "the next");
}

/* Writers wait for one another: who has nothing to do is none. */
static void
looks_before_it_writes(void **state)
{
	struct household *h = *state;
	struct lease lease;

	CHECK(claim(h, "ann", 100, &lease) == RC_NONE, "nothing");
	CHECK(h->found > 0 && h->admitted == 0, "no transaction");
}

static void
settles_what_it_holds(void **state)
{
	struct household *h = *state;
	struct lease first, second;

	give_chore(h, "dishes", 1);
	CHECK(claim(h, "ann", 10, &first) == RC_OK, "ann");
	CHECK(claim(h, "ann", 20, &second) == RC_OK, "ann, again");
	CHECK(settle(h, &first) == RC_NONE, "two leases of one owner");
	first = second;
	first.owner = "bob";
	CHECK(settle(h, &first) == RC_NONE, "another's");
	CHECK(settle(h, &second) == RC_OK, "held");
	CHECK(settle(h, &second) == RC_NONE, "settled before");
	CHECK(claim(h, "ann", 30, &first) == RC_NONE, "done");
	second.key = "laundry";
	CHECK(settle(h, &second) == RC_NONE, "no such job");
}

static void
goes_on_when_one_is_not_admitted(void **state)
{
	struct household *h = *state;
	struct lease lease;

	h->tidy = true;
	give_chore(h, "junk", 1);
	give_chore(h, "dishes", 2);
	CHECK(claim(h, "ann", 10, &lease) == RC_OK, "claim");
	CHECK_STR(lease.key, "dishes", "claim");
	h->tidy = false;
	CHECK(claim(h, "ann", 10, &lease) == RC_NONE, "junk is gone");
}

static uint32_t
no_jitter(uint32_t most)
{
	(void)most;
	return 0;
}

static void
backs_off(void **state)
{
	const struct back_off back_off = {1500, 10000, no_jitter};

	(void)state;
	assert_int_equal(lease_next_try(&back_off, 1, 100), 102);
	assert_int_equal(lease_next_try(&back_off, 2, 100), 103);
	assert_int_equal(lease_next_try(&back_off, 9, 100), 110);
}

#define CHORES 40

struct helper {
	struct household *household;
	const char *name;
	size_t n;
	bool failed;
};

static void *
do_chores(void *context)
{
	struct helper *helper = context;
	struct household own = {
	    .temp = helper->household->temp, .arena = arena_new()};
	struct lease lease;
	enum rc rc;

	while ((rc = claim(&own, helper->name, 100, &lease)) == RC_OK) {
		helper->n++;
		helper->failed |= settle(&own, &lease) != RC_OK;
		arena_reset(own.arena);
	}
	helper->failed |= rc != RC_NONE;
	arena_free(own.arena);
	return NULL;
}

static void
gives_each_job_to_one(void **state)
{
	struct helper helpers[] = {
	    {.name = "ann"}, {.name = "bob"}, {.name = "eve"}};
	struct household *h = *state;
	pthread_t threads[COUNT(helpers)];
	size_t n = 0;

	store_set_wait(h->temp->store, 600000);
	for (int i = 0; i < CHORES; i++)
		give_chore(h, arena_printf(h->arena, "%d", i), i);
	for (size_t i = 0; i < COUNT(threads); i++) {
		helpers[i].household = h;
		CHECK(pthread_create(&threads[i], NULL, do_chores,
			  &helpers[i]) == 0,
		    "start");
	}
	for (size_t i = 0; i < COUNT(threads); i++) {
		CHECK(pthread_join(threads[i], NULL) == 0, "join");
		CHECK(!helpers[i].failed, helpers[i].name);
		n += helpers[i].n;
	}
	CHECK(n == CHORES, "each once");
}

#define NEEDS_HOUSEHOLD(f)                                                     \
	cmocka_unit_test_setup_teardown(f, household_set_up,                   \
	    household_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_HOUSEHOLD(leases_what_is_due),
	    NEEDS_HOUSEHOLD(looks_before_it_writes),
	    NEEDS_HOUSEHOLD(settles_what_it_holds),
	    NEEDS_HOUSEHOLD(goes_on_when_one_is_not_admitted),
	    cmocka_unit_test(backs_off),
	    NEEDS_HOUSEHOLD(gives_each_job_to_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
