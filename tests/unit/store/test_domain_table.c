/* SPDX-License-Identifier: MIT */
#include "store/domain_table.h"

#include "store/account_table.h"
#include "store/with_db.h"

static void
add_domain(struct with_db *w, const char *name, const char *srs,
    const char *strategy, int64_t removed)
{
	const struct stored_domain d = {name, srs, strategy, 7, removed};
	struct err err = {""};

	CHECK(stored_domain_add(w->db, &d, &err) == RC_OK, err.text);
}

static void
what_is_added_is_found(void **state)
{
	struct with_db *w = *state;
	struct stored_domain d;

	add_domain(w, "a.example", "srs.a.example", "hold", 0);
	CHECK(stored_domain_find(w->db, w->arena, "a.example", &d, NULL) ==
		  RC_OK,
	    "find");
	CHECK_STR(d.name, "a.example", "name");
	CHECK_STR(d.srs_domain, "srs.a.example", "SRS domain");
	CHECK_STR(d.strategy, "hold", "strategy");
	CHECK(d.created == 7 && d.removed == 0, "times");
	CHECK(stored_domain_find(w->db, w->arena, "b.example", &d, NULL) ==
		  RC_NONE,
	    "another");
	d = (struct stored_domain){"a.example", NULL, NULL, 9, 0};
	CHECK(stored_domain_add(w->db, &d, NULL) == RC_PERM, "twice");
	CHECK(stored_domain_change(w->db, &d, NULL) == RC_OK, "change");
	CHECK(stored_domain_find(w->db, w->arena, "a.example", &d, NULL) ==
		  RC_OK,
	    "find again");
	CHECK(d.srs_domain == NULL && d.strategy == NULL && d.created == 9,
	    "changed");
	d = (struct stored_domain){"b.example", NULL, "never", 9, 0};
	CHECK(stored_domain_add(w->db, &d, NULL) == RC_PERM, "no strategy");
	d.strategy = NULL;
	CHECK(stored_domain_change(w->db, &d, NULL) == RC_NONE, "no row");
}

static void
a_name_is_looked_up_in_all_its_meanings(void **state)
{
	static const struct {
		const char *name;
		enum rc rc;
		bool served, removed, own_srs, srs;
		const char *strategy;
	} rows[] = {
	    {"a.example", RC_OK, true, false, true, false, "hold"},
	    {"plain.example", RC_OK, true, false, false, false, ""},
	    {"srs.a.example", RC_OK, false, false, false, true, ""},
	    {"gone.example", RC_NONE, false, true, true, false, ""},
	    {"srs.gone.example", RC_OK, false, false, false, true, ""},
	    {"both.example", RC_OK, false, true, true, true, ""},
	    {"other.example", RC_NONE, false, false, false, false, ""},
	    {"", RC_NONE, false, false, false, false, ""},
	};
	struct with_db *w = *state;
	struct stored_domain_mark m;

	CHECK(stored_domain_look(w->db, "a.example", &m, NULL) == RC_NONE,
	    "nothing there");
	CHECK(m.empty, "empty");
	add_domain(w, "a.example", "srs.a.example", "hold", 0);
	add_domain(w, "plain.example", NULL, NULL, 0);
	add_domain(w, "gone.example", "srs.gone.example", NULL, 50);
	add_domain(w, "both.example", "both.example", NULL, 50);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;

		CHECK(stored_domain_look(w->db, name, &m, NULL) == rows[i].rc,
		    name);
		CHECK(m.served == rows[i].served, name);
		CHECK(m.removed == rows[i].removed, name);
		CHECK(m.own_srs == rows[i].own_srs, name);
		CHECK(m.srs == rows[i].srs, name);
		CHECK(!m.empty, name);
		CHECK_STR(m.strategy, rows[i].strategy, name);
	}
}

static void
counts_the_accounts_of_a_domain(void **state)
{
	struct with_db *w = *state;
	int64_t n;

	CHECK(account_add(w->db, "ann@a.example", 1, NULL) == RC_OK, "ann");
	CHECK(account_add(w->db, "@a.example", 1, NULL) == RC_OK, "all");
	CHECK(account_add(w->db, "bob@b.a.example", 1, NULL) == RC_OK, "bob");
	CHECK(account_add(w->db, "eve@ba.example", 1, NULL) == RC_OK, "eve");
	CHECK(stored_domain_accounts(w->db, "a.example", &n, NULL) == RC_OK &&
		  n == 2,
	    "two");
	CHECK(stored_domain_accounts(w->db, "example", &n, NULL) == RC_OK &&
		  n == 0,
	    "none");
}

static void
expires_what_was_removed_long_ago(void **state)
{
	struct with_db *w = *state;
	struct stored_domain d;
	int64_t n;

	add_domain(w, "a.example", NULL, NULL, 0);
	add_domain(w, "b.example", NULL, NULL, 100);
	add_domain(w, "c.example", NULL, NULL, 101);
	add_domain(w, "d.example", NULL, NULL, 102);
	CHECK(stored_domain_count(w->db, &n, NULL) == RC_OK && n == 1, "one");
	CHECK(stored_domain_expire(w->db, 99, 10, NULL) == RC_NONE, "none yet");
	CHECK(stored_domain_expire(w->db, 101, 1, NULL) == RC_OK, "a bite");
	CHECK(stored_domain_find(w->db, w->arena, "b.example", &d, NULL) ==
		  RC_NONE,
	    "the oldest is gone");
	CHECK(stored_domain_expire(w->db, 101, 1, NULL) == RC_OK, "another");
	CHECK(stored_domain_expire(w->db, 101, 1, NULL) == RC_NONE, "no more");
	CHECK(stored_domain_find(w->db, w->arena, "d.example", &d, NULL) ==
		  RC_OK,
	    "the youngest stays");
	CHECK(stored_domain_count(w->db, &n, NULL) == RC_OK && n == 1, "still");
}

static void
lists_by_name(void **state)
{
	struct with_db *w = *state;
	struct stored_domain d;
	struct db_row *row;

	add_domain(w, "b.example", NULL, NULL, 5);
	add_domain(w, "a.example", NULL, NULL, 0);
	CHECK(stored_domain_list(w->db, &row, NULL) == RC_OK, "list");
	CHECK(stored_domain_next(row, w->arena, &d, NULL) == RC_OK, "first");
	CHECK_STR(d.name, "a.example", "first");
	CHECK(stored_domain_next(row, w->arena, &d, NULL) == RC_OK, "second");
	CHECK_STR(d.name, "b.example", "second");
	CHECK(stored_domain_next(row, w->arena, &d, NULL) == RC_NONE, "end");
	db_end(row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(what_is_added_is_found),
	    NEEDS_DB(a_name_is_looked_up_in_all_its_meanings),
	    NEEDS_DB(counts_the_accounts_of_a_domain),
	    NEEDS_DB(expires_what_was_removed_long_ago),
	    NEEDS_DB(lists_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
