/* SPDX-License-Identifier: MIT */
#include "store/srs_token_table.h"

#include "store/temp_store.h"

static const char token[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
static const char other[] = "V123456789ABCDEFGHIJKLMNOPQRSTU0";

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
put(struct fixture *f, const char *key, int64_t expires, int64_t now)
{
	struct err err = {""};

	CHECK(srs_token_put(f->db, key, "ann@example.org", expires, now,
		  &err) == RC_OK,
	    err.text);
}

/* NULL: not known. */
static const char *
find(struct fixture *f, const char *key, int64_t now)
{
	const char *sender = NULL;
	enum rc rc = srs_token_find(f->db, f->arena, key, now, &sender, NULL);

	CHECK(rc == RC_OK || rc == RC_NONE, key);
	return sender;
}

static int64_t
expires_of(struct fixture *f, const char *key)
{
	struct db_row *row;
	int64_t expires = 0;

	CHECK(db_start(f->db, "SELECT expires FROM srs_token WHERE token = ?1",
		  "s", &row, NULL, key) == RC_OK,
	    key);
	if (db_next(row, NULL) == RC_OK)
		expires = db_integer(row, 0);
	db_end(row);
	return expires;
}

static void
keeps_a_sender_for_its_time(void **state)
{
	struct fixture *f = *state;

	CHECK_STR(find(f, token, 10), NULL, "before");
	put(f, token, 100, 10);
	CHECK_STR(find(f, token, 99), "ann@example.org", "in time");
	CHECK_STR(find(f, token, 100), NULL, "over");
	CHECK_STR(find(f, other, 10), NULL, "another");
}

static void
putting_it_again_only_adds_time(void **state)
{
	struct fixture *f = *state;

	put(f, token, 100, 10);
	put(f, token, 100, 10);
	CHECK(expires_of(f, token) == 100, "same");
	put(f, token, 200, 10);
	CHECK(expires_of(f, token) == 200, "more");
	put(f, token, 150, 10);
	CHECK(expires_of(f, token) == 200, "never less");
}

static void
what_is_over_goes_when_another_comes(void **state)
{
	struct fixture *f = *state;

	put(f, token, 100, 10);
	put(f, other, 200, 100);
	CHECK(expires_of(f, token) == 0, "gone");
	CHECK(expires_of(f, other) == 200, "there");
	CHECK(srs_token_expire(f->db, 199, NULL) == RC_NONE, "none over");
	CHECK(srs_token_expire(f->db, 200, NULL) == RC_OK, "one over");
	CHECK(expires_of(f, other) == 0, "gone too");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(keeps_a_sender_for_its_time, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(putting_it_again_only_adds_time,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_over_goes_when_another_comes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
