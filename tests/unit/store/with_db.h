/* SPDX-License-Identifier: MIT */
/*
 * with_db - a store that is made, and a connection to it.
 */
#pragma once

#include "store/temp_store.h"

struct with_db {
	struct temp_store *temp;
	struct db *db;
	struct arena *arena;
};

static inline int
with_db_set_up(void **state)
{
	struct temp_store *t = temp_store_new();
	struct with_db *w = arena_take(t->arena, sizeof(*w));

	temp_store_make(t);
	*w = (struct with_db){t, temp_store_take(t), t->arena};
	*state = w;
	return 0;
}

static inline int
with_db_tear_down(void **state)
{
	struct with_db *w = *state;

	store_give(w->temp->store, w->db);
	temp_store_free(w->temp);
	return 0;
}

#define NEEDS_DB(f)                                                            \
	cmocka_unit_test_setup_teardown(f, with_db_set_up, with_db_tear_down)
