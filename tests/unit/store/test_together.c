/* SPDX-License-Identifier: MIT */
#include "store/together.h"

#include "store/temp_store.h"

#include <pthread.h>

#define THREADS 8
#define WRITES  50

struct writer {
	struct temp_store *temp;
	struct together *together;
	unsigned number;
	int good;
};

struct one_write {
	struct arena *arena;
	unsigned writer, n;
};

static enum rc
write_one(struct db *db, void *context, struct err *err)
{
	struct one_write *w = context;

	return add_account(db,
	    arena_printf(w->arena, "%u.%u@a.test", w->writer, w->n), err);
}

static void *
write_many(void *context)
{
	struct writer *k = context;
	struct arena *a = arena_new();

	for (unsigned i = 0; i < WRITES; i++) {
		struct one_write w = {a, k->number, i};
		struct err err = {""};

		k->good += together_add(k->together, k->temp->store, write_one,
			       &w, 60000, &err) == RC_OK;
	}
	arena_free(a);
	return NULL;
}

static int
run_writers(struct temp_store *temp, unsigned first)
{
	struct together *together = together_new();
	struct writer writers[THREADS];
	pthread_t threads[THREADS];
	int good = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){temp, together, first + i, 0};
		pthread_create(&threads[i], NULL, write_many, &writers[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		good += writers[i].good;
	}
	together_free(together);
	return good;
}

static void
what_many_write_is_there(void **state)
{
	struct temp_store *temp = *state;
	struct db *db;

	assert_int_equal(run_writers(temp, 0), THREADS * WRITES);
	db = temp_store_take(temp);
	assert_int_equal(count_accounts(db), THREADS * WRITES);
	store_give(temp->store, db);
}

/* Half of them are there already. */
static void
what_is_wrong_with_one_is_his_own(void **state)
{
	struct temp_store *temp = *state;

	assert_int_equal(run_writers(temp, 0), THREADS * WRITES);
	assert_int_equal(run_writers(temp, THREADS / 2), THREADS / 2 * WRITES);
}

static void
a_store_that_is_gone_is_for_later(void **state)
{
	struct temp_store *temp = *state;

	assert_int_equal(run_writers(temp, 0), 0);
}

/* Whoever holds the lock keeps nobody for longer than he has time. */
static void
nobody_waits_for_ever(void **state)
{
	struct temp_store *temp = *state;
	struct db *db = temp_store_take(temp);

	store_set_wait(temp->store, 0);
	assert_int_equal(db_begin(db, NULL), RC_OK);
	CHECK(db_run(db, NULL, "UPDATE account SET created = 1", "") != RC_TEMP,
	    "lock");
	needs_a_file();
	assert_int_equal(run_writers(temp, 0), 0);
	db_abandon(db);
	store_give(temp->store, db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_STORE(what_many_write_is_there),
	    NEEDS_STORE(what_is_wrong_with_one_is_his_own),
	    NEEDS_NAME(a_store_that_is_gone_is_for_later),
	    NEEDS_STORE(nobody_waits_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
