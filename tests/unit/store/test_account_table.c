/* SPDX-License-Identifier: MIT */
#include "store/account_table.h"

#include "store/forward_table.h"
#include "store/temp_store.h"

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

static void
finds_what_was_added(void **state)
{
	static const char *const addresses[] = {
	    "ann@remotes.club", "@remotes.club", "j\xc3\xb6rg@remotes.club"};
	struct fixture *f = *state;
	struct account got;

	for (size_t i = 0; i < COUNT(addresses); i++) {
		const char *name = addresses[i];

		CHECK(account_find(f->db, f->arena, name, &got, NULL) ==
			  RC_NONE,
		    name);
		CHECK(account_add(f->db, name, 42, NULL) == RC_OK, name);
		CHECK(account_find(f->db, f->arena, name, &got, NULL) == RC_OK,
		    name);
		CHECK_STR(got.address, name, name);
		CHECK(!got.suspended && got.created == 42, name);
	}
}

static void
adds_each_once(void **state)
{
	struct fixture *f = *state;
	struct err err = {""};

	CHECK(account_add(f->db, "ann@remotes.club", 1, NULL) == RC_OK, "once");
	CHECK(account_add(f->db, "ann@remotes.club", 2, &err) == RC_PERM,
	    "twice");
	CHECK(err.text[0] != '\0', "says why");
}

static void
refuses_addresses_that_no_database_would_hold(void **state)
{
	struct fixture *f = *state;
	char *longest = arena_printf(f->arena, "%0307d@remotes.club", 1);

	CHECK(strlen(longest) == 320, "length");
	CHECK(account_add(f->db, longest, 1, NULL) == RC_OK, "320");
	CHECK(account_add(f->db, arena_printf(f->arena, "1%s", longest), 1,
		  NULL) == RC_PERM,
	    "321");
}

static void
suspends_and_resumes(void **state)
{
	static const struct {
		const char *name, *address;
		bool suspend;
		enum rc rc;
	} cases[] = {
	    {"suspend", "ann@remotes.club", true, RC_OK},
	    {"again", "ann@remotes.club", true, RC_OK},
	    {"resume", "ann@remotes.club", false, RC_OK},
	    {"nobody", "bob@remotes.club", true, RC_NONE},
	};
	struct fixture *f = *state;
	struct account got;

	CHECK(account_add(f->db, "ann@remotes.club", 1, NULL) == RC_OK, "add");
	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(account_suspend(f->db, cases[i].address, cases[i].suspend,
			  NULL) == cases[i].rc,
		    cases[i].name);
		if (cases[i].rc != RC_OK)
			continue;
		CHECK(account_find(f->db, f->arena, cases[i].address, &got,
			  NULL) == RC_OK,
		    cases[i].name);
		CHECK(got.suspended == cases[i].suspend, cases[i].name);
	}
}

static void
lists_all_by_address(void **state)
{
	struct fixture *f = *state;
	struct account account;
	struct db_row *row;

	CHECK(account_list(f->db, &row, NULL) == RC_OK, "empty");
	CHECK(account_next(row, f->arena, &account, NULL) == RC_NONE, "empty");
	db_end(row);
	for (int i = 99; i >= 0; i--)
		CHECK(account_add(f->db,
			  arena_printf(f->arena, "u%02d@remotes.club", i), i,
			  NULL) == RC_OK,
		    "add");
	CHECK(account_list(f->db, &row, NULL) == RC_OK, "list");
	for (int i = 0; i < 100; i++) {
		CHECK(account_next(row, f->arena, &account, NULL) == RC_OK,
		    "next");
		CHECK_STR(account.address,
		    arena_printf(f->arena, "u%02d@remotes.club", i), "order");
		CHECK(account.created == i, "created");
	}
	CHECK(account_next(row, f->arena, &account, NULL) == RC_NONE, "end");
	db_end(row);
}

static void
keeps_what_a_member_has_chosen(void **state)
{
	static const struct {
		const char *name, *address, *strategy, *kept;
		enum rc rc;
	} cases[] = {
	    {"keep", "ann@remotes.club", "keep", "keep", RC_OK},
	    {"again", "ann@remotes.club", "keep", "keep", RC_OK},
	    {"a word of nobody", "ann@remotes.club", "spare", "keep", RC_PERM},
	    {"hold", "ann@remotes.club", "hold", "hold", RC_OK},
	    {"reject", "ann@remotes.club", "reject", "reject", RC_OK},
	    {"rewrite", "ann@remotes.club", "rewrite", "rewrite", RC_OK},
	    {"nothing any more", "ann@remotes.club", NULL, NULL, RC_OK},
	    {"nobody", "bob@remotes.club", "keep", NULL, RC_NONE},
	};
	struct fixture *f = *state;
	struct account got;
	struct db_row *row;

	CHECK(account_add(f->db, "ann@remotes.club", 1, NULL) == RC_OK, "add");
	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(account_set_strategy(f->db, cases[i].address,
			  cases[i].strategy, NULL) == cases[i].rc,
		    cases[i].name);
		CHECK(account_find(f->db, f->arena, "ann@remotes.club", &got,
			  NULL) == RC_OK,
		    cases[i].name);
		CHECK_STR(got.strategy, cases[i].kept, cases[i].name);
		CHECK(account_list(f->db, &row, NULL) == RC_OK, "list");
		CHECK(account_next(row, f->arena, &got, NULL) == RC_OK, "next");
		CHECK_STR(got.strategy, cases[i].kept, cases[i].name);
		db_end(row);
	}
}

static void
deletes_an_account_with_its_forwards(void **state)
{
	struct fixture *f = *state;
	struct forward forward = {.account = "ann@remotes.club",
	    .target = "ann@example.org",
	    .state = FORWARD_ACTIVE};
	struct forward *all;
	size_t n;

	CHECK(account_add(f->db, "ann@remotes.club", 1, NULL) == RC_OK, "add");
	CHECK(forward_add(f->db, &forward, NULL) == RC_OK, "forward");
	CHECK(account_delete(f->db, "ann@remotes.club", NULL) == RC_OK,
	    "delete");
	CHECK(account_delete(f->db, "ann@remotes.club", NULL) == RC_NONE,
	    "again");
	CHECK(forward_list(f->db, f->arena, NULL, &all, &n, NULL) == RC_OK,
	    "forwards");
	CHECK(n == 0, "forwards");
}

#define NEEDS_DB(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(finds_what_was_added),
	    NEEDS_DB(adds_each_once),
	    NEEDS_DB(refuses_addresses_that_no_database_would_hold),
	    NEEDS_DB(suspends_and_resumes),
	    NEEDS_DB(lists_all_by_address),
	    NEEDS_DB(keeps_what_a_member_has_chosen),
	    NEEDS_DB(deletes_an_account_with_its_forwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
