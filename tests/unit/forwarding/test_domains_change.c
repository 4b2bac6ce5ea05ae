/* SPDX-License-Identifier: MIT */
#include "forwarding/domains_change.h"

#include "store/with_db.h"

#include "base/str.h"

/* All rows: "name srs removed", one a line. */
static const char *
domain_rows(struct with_db *w)
{
	struct stored_domain d;
	struct db_row *row;
	struct str s;

	str_init(&s, w->arena);
	CHECK(stored_domain_list(w->db, &row, NULL) == RC_OK, "list");
	while (stored_domain_next(row, w->arena, &d, NULL) == RC_OK)
		str_addf(&s, "%s %s %d\n", d.name,
		    d.srs_domain == NULL ? "-" : d.srs_domain, (int)d.removed);
	db_end(row);
	return s.text;
}

static enum rc
add_served(struct with_db *w, const char *name, const char *srs, int64_t now,
    struct err *err)
{
	const struct stored_domain d = {name, srs, NULL, now, 0};

	return domains_add_tx(w->db, w->arena, &d, err);
}

static void
a_removed_domain_keeps_its_row(void **state)
{
	struct with_db *w = *state;
	struct err err = {""};

	CHECK(add_served(w, "a.example", "srs.a.example", 1, &err) == RC_OK,
	    err.text);
	CHECK(add_served(w, "a.example", NULL, 2, &err) == RC_PERM, "twice");
	CHECK_STR(err.text, "a.example: the domain is there already", "why");
	CHECK(domains_remove_tx(w->db, w->arena, "a.example", 9, &err) == RC_OK,
	    err.text);
	CHECK_STR(domain_rows(w), "a.example srs.a.example 9\n", "removed");
	CHECK(domains_remove_tx(w->db, w->arena, "a.example", 10, &err) ==
		  RC_NONE,
	    "removed twice");
	CHECK(domains_remove_tx(w->db, w->arena, "b.example", 10, &err) ==
		  RC_NONE,
	    "never there");
	CHECK(add_served(w, "a.example", "srs.a.example", 11, &err) == RC_OK,
	    err.text);
	CHECK_STR(domain_rows(w), "a.example srs.a.example 0\n", "revived");
}

static void
an_srs_domain_of_old_is_kept(void **state)
{
	struct with_db *w = *state;
	struct stored_domain d = {.name = "a.example"};
	struct err err = {""};

	CHECK(add_served(w, "a.example", "old.example", 1, &err) == RC_OK,
	    err.text);
	d.srs_domain = "new.example";
	CHECK(domains_set_tx(w->db, w->arena, &d, 5, &err) == RC_OK, err.text);
	CHECK_STR(domain_rows(w),
	    "a.example new.example 0\nold.example old.example 5\n", "set");
	CHECK(domains_remove_tx(w->db, w->arena, "a.example", 9, &err) == RC_OK,
	    err.text);
	CHECK(domains_set_tx(w->db, w->arena, &d, 5, &err) == RC_NONE,
	    "it is not served");
	/* Revived with none: that of old is kept from its removal on. */
	CHECK(add_served(w, "a.example", NULL, 12, &err) == RC_OK, err.text);
	CHECK_STR(domain_rows(w),
	    "a.example - 0\nnew.example new.example 9\n"
	    "old.example old.example 5\n",
	    "revived");
	/* And once more, with one that is kept already. */
	d.srs_domain = "old.example";
	CHECK(domains_set_tx(w->db, w->arena, &d, 20, &err) == RC_OK, err.text);
	d.srs_domain = NULL;
	CHECK(domains_set_tx(w->db, w->arena, &d, 21, &err) == RC_OK, err.text);
	CHECK_STR(domain_rows(w),
	    "a.example - 0\nnew.example new.example 9\n"
	    "old.example old.example 21\n",
	    "kept for longer");
}

static void
two_uses_of_one_name_are_refused(void **state)
{
	struct with_db *w = *state;
	struct stored_domain d = {.name = "a.example"};
	struct err err = {""};

	CHECK(add_served(w, "a.example", "old.example", 1, &err) == RC_OK,
	    err.text);
	CHECK(add_served(w, "old.example", NULL, 1, &err) == RC_OK, err.text);
	CHECK(domains_set_tx(w->db, w->arena, &d, 5, &err) == RC_PERM, "set");
	CHECK(strstr(err.text, "SRS domain of old") != NULL, err.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_removed_domain_keeps_its_row),
	    NEEDS_DB(an_srs_domain_of_old_is_kept),
	    NEEDS_DB(two_uses_of_one_name_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
