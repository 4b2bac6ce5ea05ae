/* SPDX-License-Identifier: MIT */
#include "store/target_failure_table.h"

#include "store/account_table.h"
#include "store/decision_table.h"
#include "store/forward_table.h"
#include "store/with_db.h"

static const char ann[] = "ann@remotes.club", box[] = "ann@mailbox.example",
		  other[] = "Ann@Other.example";

static void
make_forwards(struct with_db *w)
{
	struct forward forward = {
	    .account = ann, .target = box, .state = FORWARD_ACTIVE};

	CHECK(account_add(w->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(forward_add(w->db, &forward, NULL) == RC_OK, box);
	forward.target = other;
	CHECK(forward_add(w->db, &forward, NULL) == RC_OK, other);
}

static enum rc
count_failure(struct with_db *w, const char *target, const char *message,
    enum failure_kind kind, int64_t at)
{
	const struct target_failure failure = {
	    ann, target, message, kind, "5.1.1", at};

	return target_failure_add(w->db, &failure, NULL);
}

/* The targets with so many, "ann@mailbox.example ". */
static const char *
listed(struct with_db *w, enum failure_kind kind, int64_t since, int64_t least,
    bool decided_only)
{
	const struct target_failure_search search = {
	    kind, since, 50, least, decided_only};
	struct target_failure *all;
	const char *text = "";
	size_t n;

	CHECK(target_failure_list(w->db, w->arena, &search, &all, &n, NULL) ==
		  RC_OK,
	    "list");
	for (size_t i = 0; i < n; i++)
		text = arena_printf(w->arena, "%s%s ", text, all[i].target);
	return text;
}

static void
one_message_counts_once(void **state)
{
	struct with_db *w = *state;
	const struct target_failure of = {
	    .account = ann, .target = box, .kind = FAILURE_HARD};
	int64_t n;

	make_forwards(w);
	CHECK(count_failure(w, box, "4A", FAILURE_HARD, 10) == RC_OK, "first");
	CHECK(count_failure(w, box, "4A", FAILURE_SOFT, 11) == RC_PERM,
	    "the same again");
	CHECK(count_failure(w, other, "4A", FAILURE_HARD, 10) == RC_OK,
	    "its other copy");
	CHECK(count_failure(w, box, "4B", FAILURE_HARD, 20) == RC_OK, "next");
	CHECK(count_failure(w, "x@y.example", "4A", FAILURE_HARD, 9) == RC_PERM,
	    "no such forward");
	CHECK(target_failure_count(w->db, &of, 11, &n, NULL) == RC_OK, "n");
	assert_int_equal(n, 1);
	CHECK(target_failure_count(w->db, &of, 10, &n, NULL) == RC_OK, "n");
	assert_int_equal(n, 2);
}

static void
lists_who_has_many(void **state)
{
	const struct decision_row decision = {.id = "1",
	    .account = ann,
	    .queue_id = "4A",
	    .host = "mx",
	    .record = ""};
	struct with_db *w = *state;

	make_forwards(w);
	count_failure(w, box, "4A", FAILURE_HARD, 10);
	count_failure(w, box, "4B", FAILURE_HARD, 20);
	count_failure(w, other, "4A", FAILURE_SOFT, 10);
	CHECK_STR(listed(w, FAILURE_HARD, 0, 2, false), "ann@mailbox.example ",
	    "two");
	CHECK_STR(listed(w, FAILURE_HARD, 0, 3, false), "", "three");
	CHECK_STR(listed(w, FAILURE_HARD, 11, 2, false), "", "of late");
	count_failure(w, box, "4C", FAILURE_HARD, 51);
	CHECK_STR(listed(w, FAILURE_HARD, 0, 3, false), "", "too late");
	CHECK_STR(listed(w, FAILURE_SOFT, 0, 1, false), "Ann@Other.example ",
	    "another kind");
	CHECK_STR(listed(w, FAILURE_HARD, 0, 1, true), "", "nothing decided");
	CHECK(decision_insert(w->db, &decision, NULL) == RC_OK, "decision");
	CHECK_STR(listed(w, FAILURE_HARD, 0, 1, true), "ann@mailbox.example ",
	    "one decided");
	CHECK_STR(listed(w, FAILURE_HARD, 0, 2, true), "", "not both");
	forward_set_failing(w->db, ann, box, 5, NULL);
	CHECK_STR(listed(w, FAILURE_HARD, 0, 1, false), "", "fails already");
	forward_set_failing(w->db, ann, box, 0, NULL);
	forward_set_state(w->db, ann, box, FORWARD_PAUSED, NULL);
	CHECK_STR(listed(w, FAILURE_HARD, 0, 1, false), "", "not in use");
}

static void
rows_go(void **state)
{
	struct with_db *w = *state;

	make_forwards(w);
	count_failure(w, box, "4A", FAILURE_HARD, 10);
	count_failure(w, other, "4A", FAILURE_HARD, 20);
	CHECK(target_failure_expire(w->db, 20, 99, NULL) == RC_OK, "old");
	CHECK(target_failure_expire(w->db, 20, 99, NULL) == RC_NONE, "again");
	CHECK(target_failure_forget(w->db, ann, "ANN@other.example", NULL) ==
		  RC_OK,
	    "forget");
	CHECK(target_failure_forget(w->db, ann, other, NULL) == RC_NONE,
	    "again");
	count_failure(w, other, "4A", FAILURE_HARD, 20);
	count_failure(w, box, "4B", FAILURE_HARD, 100);
	CHECK(target_failure_expire(w->db, 20, 99, NULL) == RC_OK, "ahead");
	CHECK(forward_remove(w->db, ann, other, NULL) == RC_OK, "remove");
	CHECK(target_failure_expire(w->db, 99, 99, NULL) == RC_NONE,
	    "gone with the forward");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(one_message_counts_once),
	    NEEDS_DB(lists_who_has_many),
	    NEEDS_DB(rows_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
