/* SPDX-License-Identifier: MIT */
#include "store/author_token_table.h"

#include "store/account_table.h"
#include "store/forward_table.h"
#include "store/with_db.h"

static const char token[] = "0123456789abcdef0123456789abcdef";

#define DAY  ((int64_t)24 * 3600)
#define YEAR AUTHOR_TOKEN_SECONDS

static void
put_token(struct with_db *w, const char *account, const char *author,
    int64_t now)
{
	const struct author_token row = {account, author};
	struct err err = {""};
	enum rc rc = author_token_put(w->db, token, &row, now, &err);

	CHECK(rc == RC_OK, err.text);
}

static int64_t
token_column(struct with_db *w, const char *sql)
{
	int64_t value = 0;

	db_read_first(w->db, db_integer_reader(&value), NULL, sql, "");
	return value;
}

static void
an_author_is_known_for_a_year(void **state)
{
	struct with_db *w = *state;
	const char *author = NULL;

	CHECK(author_token_find(w->db, w->arena, token, DAY, &author, NULL) ==
		  RC_NONE,
	    "before");
	put_token(w, "ann@remotes.club", "Sue@example.org", DAY);
	CHECK(author_token_find(w->db, w->arena, token, DAY + YEAR - 1, &author,
		  NULL) == RC_OK,
	    "in time");
	assert_string_equal(author, "Sue@example.org");
	CHECK(author_token_find(w->db, w->arena, token, DAY + YEAR, &author,
		  NULL) == RC_NONE,
	    "over");
}

static void
a_row_is_written_once_a_day(void **state)
{
	static const char used[] = "SELECT used FROM author_token";
	struct with_db *w = *state;

	put_token(w, "ann@remotes.club", "sue@example.org", 10 * DAY);
	put_token(w, "ann@remotes.club", "sue@example.org", 11 * DAY - 1);
	assert_int_equal(token_column(w, used), 10 * DAY);
	put_token(w, "ann@remotes.club", "sue@example.org", 11 * DAY);
	assert_int_equal(token_column(w, used), 11 * DAY);
	put_token(w, "ann@remotes.club", "Sue@example.org", 11 * DAY + 1);
	assert_int_equal(token_column(w, used), 11 * DAY + 1);
	assert_int_equal(token_column(w, "SELECT created FROM author_token"),
	    10 * DAY);
	assert_int_equal(token_column(w, "SELECT COUNT(*) FROM author_token"),
	    1);
}

static void
what_is_old_goes_when_another_comes(void **state)
{
	struct with_db *w = *state;

	put_token(w, "ann@remotes.club", "sue@example.org", DAY);
	put_token(w, "bob@remotes.club", "sue@example.org", DAY + YEAR);
	assert_int_equal(token_column(w, "SELECT COUNT(*) FROM author_token"),
	    1);
	CHECK(author_token_expire(w->db, DAY + YEAR, NULL) == RC_NONE, "none");
}

static void
accounts_are_found_by_their_targets(void **state)
{
	static const struct forward forwards[] = {
	    {.account = "ann@remotes.club",
		.target = "Ann@mailbox.example",
		.state = FORWARD_ACTIVE},
	    {.account = "bob@remotes.club",
		.target = "ann@mailbox.example",
		.state = FORWARD_PAUSED},
	};
	struct with_db *w = *state;
	struct author_token *found;
	size_t n;

	for (size_t i = 0; i < COUNT(forwards); i++) {
		account_add(w->db, forwards[i].account, 1, NULL);
		forward_add(w->db, &forwards[i], NULL);
		put_token(w, forwards[i].account, "sue@example.org",
		    DAY + (int64_t)i);
	}
	assert_int_equal(author_token_list_by_target(w->db, w->arena, token,
			     "ann@MAILBOX.example", DAY, &found, &n, NULL),
	    RC_OK);
	assert_int_equal(n, 1);
	assert_string_equal(found[0].account, "ann@remotes.club");
	assert_int_equal(author_token_list(w->db, w->arena, token, DAY, &found,
			     &n, NULL),
	    RC_OK);
	assert_int_equal(n, 2);
	assert_string_equal(found[0].account, "bob@remotes.club");
	assert_int_equal(author_token_list(w->db, w->arena, "x", DAY, &found,
			     &n, NULL),
	    RC_OK);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(an_author_is_known_for_a_year),
	    NEEDS_DB(a_row_is_written_once_a_day),
	    NEEDS_DB(what_is_old_goes_when_another_comes),
	    NEEDS_DB(accounts_are_found_by_their_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
