/* SPDX-License-Identifier: MIT */
#include "store/forward_table.h"

#include "store/account_table.h"
#include "store/temp_store.h"

static const char ann[] = "ann@remotes.club", bob[] = "bob@remotes.club";

struct fixture {
	struct temp_store *temp;
	struct db *db;
	struct arena *arena;
};

static int
set_up(void **state)
{
	struct temp_store *t = temp_store_new();
	struct fixture *f = arena_take(t->arena, sizeof(*f));

	temp_store_make(t);
	*f = (struct fixture){t, temp_store_take(t), t->arena};
	CHECK(account_add(f->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(account_add(f->db, bob, 1, NULL) == RC_OK, bob);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	store_give(f->temp->store, f->db);
	temp_store_free(f->temp);
	return 0;
}

static enum rc
add(struct fixture *f, const char *account, const char *target,
    enum forward_state state)
{
	struct forward forward = {
	    .account = account,
	    .target = target,
	    .state = state,
	    .created = 10,
	    .verified = state == FORWARD_PENDING ? 0 : 20,
	};

	return forward_add(f->db, &forward, NULL);
}

/* The only forward of ann. */
static struct forward
only(struct fixture *f)
{
	struct forward *all;
	size_t n;

	CHECK(forward_list(f->db, f->arena, ann, &all, &n, NULL) == RC_OK,
	    "list");
	CHECK(n == 1, "one");
	return all[0];
}

static void
names_the_states(void **state)
{
	(void)state;
	CHECK_STR(forward_state_name(FORWARD_PENDING), "pending", "pending");
	CHECK_STR(forward_state_name(FORWARD_ACTIVE), "active", "active");
	CHECK_STR(forward_state_name(FORWARD_PAUSED), "paused", "paused");
}

static void
lists_what_was_added(void **state)
{
	static const enum forward_state states[] = {
	    FORWARD_PENDING, FORWARD_ACTIVE, FORWARD_PAUSED};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(states); i++) {
		const char *name = forward_state_name(states[i]);
		struct forward got;

		CHECK(add(f, ann, "ann@example.org", states[i]) == RC_OK, name);
		got = only(f);
		CHECK_STR(got.account, ann, name);
		CHECK_STR(got.target, "ann@example.org", name);
		CHECK(got.state == states[i], name);
		CHECK(got.created == 10, name);
		CHECK(got.verified == (i == 0 ? 0 : 20), name);
		CHECK(forward_remove(f->db, ann, "ann@example.org", NULL) ==
			  RC_OK,
		    name);
	}
}

static void
lists_by_account_and_target(void **state)
{
	static const char *const order[] = {"ann@remotes.club a@example.org",
	    "ann@remotes.club b@example.org", "bob@remotes.club a@example.org"};
	struct fixture *f = *state;
	struct forward *all;
	size_t n;

	CHECK(add(f, bob, "a@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(add(f, ann, "b@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(add(f, ann, "a@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(forward_list(f->db, f->arena, NULL, &all, &n, NULL) == RC_OK,
	    "all");
	CHECK(n == COUNT(order), "all");
	for (size_t i = 0; i < n; i++)
		CHECK_STR(arena_printf(f->arena, "%s %s", all[i].account,
			      all[i].target),
		    order[i], "order");
	CHECK(forward_list(f->db, f->arena, ann, &all, &n, NULL) == RC_OK, ann);
	CHECK(n == 2, ann);
	CHECK(forward_list(f->db, f->arena, "x@y", &all, &n, NULL) == RC_OK,
	    "nobody");
	CHECK(n == 0, "nobody");
}

static void
walks_from_one_to_the_next(void **state)
{
	static const char *const targets[] = {"a@example.org", "b@example.org"};
	struct fixture *f = *state;
	struct forward got;
	struct db_row *row;

	CHECK(add(f, ann, targets[1], FORWARD_PAUSED) == RC_OK, "add");
	CHECK(add(f, ann, targets[0], FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(add(f, bob, "c@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(forward_walk(f->db, ann, &row, NULL) == RC_OK, ann);
	for (size_t i = 0; i < COUNT(targets); i++) {
		CHECK(forward_next(row, f->arena, &got, NULL) == RC_OK,
		    targets[i]);
		CHECK_STR(got.target, targets[i], "order");
	}
	CHECK(got.state == FORWARD_PAUSED, targets[1]);
	CHECK(forward_next(row, f->arena, &got, NULL) == RC_NONE, "bob's");
	db_end(row);
}

static void
refuses_what_cannot_be(void **state)
{
	struct fixture *f = *state;

	CHECK(add(f, ann, "ann@example.org", FORWARD_ACTIVE) == RC_OK, "new");
	CHECK(add(f, ann, "ann@example.org", FORWARD_PAUSED) == RC_PERM,
	    "again");
	CHECK(add(f, "eve@remotes.club", "e@example.org", FORWARD_ACTIVE) ==
		  RC_PERM,
	    "of nobody");
	CHECK(add(f, ann, arena_printf(f->arena, "%0309d@example.org", 1),
		  FORWARD_ACTIVE) == RC_PERM,
	    "321 bytes");
}

static void
sets_the_state(void **state)
{
	static const enum forward_state states[] = {
	    FORWARD_PAUSED, FORWARD_ACTIVE};
	struct fixture *f = *state;

	CHECK(add(f, ann, "ann@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	for (size_t i = 0; i < COUNT(states); i++) {
		const char *name = forward_state_name(states[i]);

		CHECK(forward_set_state(f->db, ann, "ANN@example.org",
			  states[i], NULL) == RC_OK,
		    name);
		CHECK(only(f).state == states[i], name);
		CHECK(only(f).verified == 20, name);
	}
	CHECK(forward_set_state(f->db, bob, "ann@example.org", FORWARD_PAUSED,
		  NULL) == RC_NONE,
	    "of another");
}

static void
keeps_a_code_until_it_is_confirmed(void **state)
{
	struct fixture *f = *state;
	const struct forward pending = {
	    .account = ann,
	    .target = "ann@example.org",
	    .created = 10,
	    .code_hash = "beef",
	    .code_expires = 30,
	    .replaces = true,
	};
	struct forward got;

	CHECK(forward_add(f->db, &pending, NULL) == RC_OK, "add");
	for (int i = 0; i < 2; i++)
		CHECK(forward_count_wrong_code(f->db, ann, "ANN@example.org",
			  NULL) == RC_OK,
		    "count");
	CHECK(forward_find(f->db, f->arena, ann, "Ann@example.org", &got,
		  NULL) == RC_OK,
	    "find");
	CHECK_STR(got.code_hash, "beef", "hash");
	CHECK(got.code_expires == 30 && got.code_wrong == 2, "code");
	CHECK(got.state == FORWARD_PENDING && got.verified == 0, "pending");
	CHECK(got.replaces, "replaces");

	CHECK(forward_verify(f->db, ann, "ANN@example.org", 25, NULL) == RC_OK,
	    "confirm");
	CHECK(forward_find(f->db, f->arena, ann, "ann@example.org", &got,
		  NULL) == RC_OK,
	    "find again");
	CHECK(got.state == FORWARD_ACTIVE && got.verified == 25, "active");
	CHECK(got.code_hash == NULL && got.code_expires == 0 &&
		  got.code_wrong == 0 && !got.replaces,
	    "forgotten");
	CHECK(forward_find(f->db, f->arena, bob, "ann@example.org", &got,
		  NULL) == RC_NONE,
	    "of another");
}

static void
removes_one(void **state)
{
	struct fixture *f = *state;

	CHECK(add(f, ann, "a@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(add(f, ann, "Bob@example.org", FORWARD_ACTIVE) == RC_OK, "add");
	CHECK(forward_remove(f->db, ann, "bob@example.org", NULL) == RC_OK,
	    "in another case");
	CHECK(forward_remove(f->db, ann, "bob@example.org", NULL) == RC_NONE,
	    "again");
	CHECK_STR(only(f).target, "a@example.org", "the other stays");
}

#define NEEDS_DB(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_the_states),
	    NEEDS_DB(lists_what_was_added),
	    NEEDS_DB(lists_by_account_and_target),
	    NEEDS_DB(walks_from_one_to_the_next),
	    NEEDS_DB(refuses_what_cannot_be),
	    NEEDS_DB(sets_the_state),
	    NEEDS_DB(keeps_a_code_until_it_is_confirmed),
	    NEEDS_DB(removes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
