/* SPDX-License-Identifier: MIT */
#include "domain_cleaner.h"

#include "store/domain_table.h"
#include "store/with_db.h"

#define NOW ((int64_t)1800000000)
#define DAY ((int64_t)86400)

static bool
is_there(struct with_db *w, const char *name)
{
	struct stored_domain d;

	return stored_domain_find(w->db, w->arena, name, &d, NULL) == RC_OK;
}

static void
a_domain_stays_as_long_as_its_addresses_are_good(void **state)
{
	const struct srs srs = {.max_age = 21};
	struct with_db *w = *state;
	int64_t removed = NOW - 22 * DAY;
	struct stored_domain d = {"a.example", "srs.a.example", NULL, 1, 0};
	struct err err;

	CHECK(stored_domain_add(w->db, &d, NULL) == RC_OK, "served");
	d.name = "b.example";
	d.removed = removed;
	CHECK(stored_domain_add(w->db, &d, NULL) == RC_OK, "removed");
	CHECK(domain_cleaner_bite(w->temp->store, &srs, NOW, &err) == RC_NONE,
	    "too early");
	/* The last address that was written is good until then. */
	CHECK(domain_cleaner_bite(w->temp->store, &srs,
		  srs_good_until(&srs, removed), &err) == RC_NONE,
	    "still good");
	CHECK(is_there(w, "b.example"), "b.example");
	CHECK(domain_cleaner_bite(w->temp->store, NULL,
		  srs_good_until(&srs, removed) + 2 * DAY, &err) == RC_NONE,
	    "without SRS nobody knows");
	CHECK(domain_cleaner_bite(w->temp->store, &srs,
		  srs_good_until(&srs, removed) + 2 * DAY, &err) == RC_OK,
	    "over");
	CHECK(!is_there(w, "b.example"), "b.example");
	CHECK(is_there(w, "a.example"), "a.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(a_domain_stays_as_long_as_its_addresses_are_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
