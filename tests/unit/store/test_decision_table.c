/* SPDX-License-Identifier: MIT */
#include "store/decision_table.h"

#include "store/account_table.h"
#include "store/with_db.h"

#include <stdio.h>
#include <string.h>

static const char ann[] = "ann@remotes.club", bob[] = "bob@remotes.club";

static void
put_decision(struct with_db *w, const char *id, const char *account, int64_t at,
    enum decision_action action)
{
	const struct decision_row row = {
	    .id = id,
	    .account = account,
	    .at = at,
	    .action = action,
	    .sender = "sue@example.org",
	    .queue_id = at % 2 == 0 ? "4ABC" : NULL,
	    .host = "mx.remotes.club",
	    .record = "state=RCPT",
	};
	struct err err = {""};

	CHECK(decision_insert(w->db, &row, &err) == RC_OK, err.text);
}

/* The ids that a walk finds, "1 2 3 ". */
static const char *
found(struct with_db *w, enum rc rc, struct db_row **row)
{
	static char all[200];
	struct decision_row got;

	all[0] = '\0';
	assert_int_equal(rc, RC_OK);
	while (decision_next(*row, w->arena, &got, NULL) == RC_OK)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s ",
		    got.id);
	db_end(*row);
	return all;
}

static void
finds_by_each_column(void **state)
{
	static const struct {
		const char *account, *sender, *queue_id;
		int64_t since, before;
		bool newest_first;
		const char *ids;
	} rows[] = {
	    {NULL, NULL, NULL, 0, 99, false, "1 2 3 4 "},
	    {NULL, NULL, NULL, 0, 99, true, "4 3 2 1 "},
	    {NULL, NULL, NULL, 2, 4, false, "2 3 "},
	    {ann, NULL, NULL, 0, 99, false, "1 2 4 "},
	    {ann, NULL, NULL, 0, 99, true, "4 2 1 "},
	    {bob, "sue@example.org", NULL, 0, 99, false, "3 "},
	    {bob, "sam@example.org", NULL, 0, 99, false, ""},
	    {NULL, "sue@example.org", NULL, 3, 99, true, "4 3 "},
	    {NULL, NULL, "4ABC", 0, 99, false, "2 4 "},
	    {ann, NULL, "4ABC", 3, 99, false, "4 "},
	    {NULL, "sue@example.org", "4ABC", 0, 99, true, "4 2 "},
	    {ann, "sue@example.org", "4ABC", 0, 3, false, "2 "},
	    {ann, "sue@example.org", "4ABC", 0, 99, true, "4 2 "},
	    {ann, NULL, "4ABD", 0, 99, true, ""},
	    {ann, "sue@example.org", NULL, 0, 2, true, "1 "},
	    {NULL, "sue@example.org", NULL, 3, 99, false, "3 4 "},
	    {NULL, NULL, "4ABC", 0, 99, true, "4 2 "},
	};
	struct with_db *w = *state;
	struct db_row *row;

	put_decision(w, "1", ann, 1, DECISION_REJECT);
	put_decision(w, "2", ann, 2, DECISION_ACCEPT);
	put_decision(w, "3", bob, 3, DECISION_HOLD);
	put_decision(w, "4", ann, 4, DECISION_HOLD);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct decision_search search = {rows[i].account,
		    rows[i].sender, rows[i].queue_id, rows[i].since,
		    rows[i].before, rows[i].newest_first};

		CHECK_STR(found(w, decision_walk(w->db, &search, &row, NULL),
			      &row),
		    rows[i].ids, rows[i].ids);
	}
	CHECK_STR(found(w, decision_walk_refused(w->db, ann, 0, 9, &row, NULL),
		      &row),
	    "4 1 ", "refused");
	CHECK_STR(found(w, decision_walk_refused(w->db, ann, 0, 1, &row, NULL),
		      &row),
	    "4 ", "the newest");
}

static void
keeps_what_was_written(void **state)
{
	struct with_db *w = *state;
	char sender[400];
	struct decision_row row = {.id = "1",
	    .account = ann,
	    .at = 5,
	    .action = DECISION_DEFER,
	    .sender = sender,
	    .host = "mx",
	    .record = "a=b"};
	const struct decision_search search = {.before = 6};
	struct decision_row got;
	struct db_row *walk;

	memset(sender, 'x', sizeof(sender));
	memcpy(sender + DECISION_SENDER_MAX - 1, "\xc3\xb6", 3);
	CHECK(decision_insert(w->db, &row, NULL) == RC_OK, "a long sender");
	CHECK(decision_insert(w->db, &row, NULL) == RC_PERM, "twice");
	CHECK(decision_walk(w->db, &search, &walk, NULL) == RC_OK, "walk");
	CHECK(decision_next(walk, w->arena, &got, NULL) == RC_OK, "next");
	CHECK(got.at == 5 && got.action == DECISION_DEFER, "numbers");
	CHECK(strlen(got.sender) == DECISION_SENDER_MAX - 1, "cut before ö");
	CHECK_STR(got.queue_id, NULL, "queue id");
	CHECK_STR(got.host, "mx", "host");
	CHECK_STR(got.record, "a=b", "record");
	db_end(walk);
}

static int64_t
count_all(struct with_db *w)
{
	int64_t n = -1;

	CHECK(decision_count(w->db, 0, 1000, &n, NULL) == RC_OK, "count");
	return n;
}

static void
goes_when_it_is_old_or_the_account_goes(void **state)
{
	struct with_db *w = *state;
	char id[20];

	CHECK(decision_expire(w->db, 100, 10, NULL) == RC_NONE, "empty");
	CHECK(account_add(w->db, bob, 1, NULL) == RC_OK, bob);
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "%d", i);
		put_decision(w, id, i % 2 == 0 ? ann : bob, i, DECISION_ACCEPT);
	}
	CHECK(decision_expire(w->db, 40, 10, NULL) == RC_OK, "some");
	assert_int_equal(count_all(w), 40);
	CHECK(decision_expire(w->db, 40, 100, NULL) == RC_OK, "the others");
	assert_int_equal(count_all(w), 10);
	CHECK(decision_expire(w->db, 40, 100, NULL) == RC_NONE, "no more");
	CHECK(account_delete(w->db, bob, NULL) == RC_OK, "delete");
	assert_int_equal(count_all(w), 5);
	CHECK(decision_forget(w->db, ann, NULL) == RC_OK, "forget");
	CHECK(decision_forget(w->db, ann, NULL) == RC_NONE, "no more");
	assert_int_equal(count_all(w), 0);
}

static void
loses_the_youngest_of_too_many(void **state)
{
	struct with_db *w = *state;
	char id[20];

	CHECK(decision_trim(w->db, 0, 0, 10, NULL) == RC_NONE, "empty");
	/* Of one moment, all of them. */
	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof(id), "%02d", i);
		put_decision(w, id, ann, i < 10 ? 1 : 2, DECISION_ACCEPT);
	}
	CHECK(decision_trim(w->db, 0, 30, 10, NULL) == RC_NONE, "enough");
	CHECK(decision_trim(w->db, 0, 25, 100, NULL) == RC_OK, "five");
	assert_int_equal(count_all(w), 25);
	CHECK(decision_trim(w->db, 2, 3, 10, NULL) == RC_OK, "a bite");
	assert_int_equal(count_all(w), 15);
	CHECK(decision_trim(w->db, 2, 3, 10, NULL) == RC_OK, "the rest");
	CHECK(decision_trim(w->db, 2, 3, 10, NULL) == RC_NONE, "no more");
	assert_int_equal(count_all(w), 13);
	CHECK(decision_trim(w->db, 3, 0, 10, NULL) == RC_NONE, "later");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(finds_by_each_column),
	    NEEDS_DB(keeps_what_was_written),
	    NEEDS_DB(goes_when_it_is_old_or_the_account_goes),
	    NEEDS_DB(loses_the_youngest_of_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
