/* SPDX-License-Identifier: MIT */
#include "store/provision_table.h"

#include "store/registration_table.h"
#include "store/with_db.h"

/* With an approved request of that id. */
static void
add(struct with_db *w, const char *id, int64_t now)
{
	const struct registration request = {
	    .id = id,
	    .userid = id,
	    .address = id,
	    .email = "ann@mailbox.example",
	    .state = REGISTRATION_APPROVED,
	};

	CHECK(registration_insert(w->db, &request, NULL) == RC_OK, id);
	CHECK(provision_insert(w->db, id, now, NULL) == RC_OK, id);
}

static struct provision
get(struct with_db *w, const char *id)
{
	struct provision got = {0};

	CHECK(provision_by_request(w->db, w->arena, id, &got, NULL) == RC_OK,
	    id);
	return got;
}

static void
check_same(const struct provision *got, const struct provision *want,
    const char *name)
{
	CHECK_STR(got->request, want->request, name);
	CHECK_STR(got->lease_owner, want->lease_owner, name);
	CHECK_STR(got->error, want->error, name);
	CHECK(got->next_try == want->next_try, name);
	CHECK(got->lease_until == want->lease_until, name);
	CHECK(got->attempts == want->attempts, name);
	CHECK(got->done == want->done, name);
}

/* NULL: none. */
static const char *
due_at(struct with_db *w, int64_t now)
{
	struct provision got = {0};
	const struct due due = {.now = now, .next_most = 100};
	enum rc rc = provision_due(w->db, w->arena, &due, &got, NULL);

	CHECK(rc == RC_OK || rc == RC_NONE, "due");
	return got.request;
}

static void
is_there_once_for_a_request(void **state)
{
	struct with_db *w = *state;
	const struct provision want = {.request = "1", .next_try = 10};
	struct provision got;

	add(w, "1", 10);
	got = get(w, "1");
	check_same(&got, &want, "new");
	CHECK(provision_insert(w->db, "1", 20, NULL) == RC_PERM, "again");
	CHECK(provision_by_request(w->db, w->arena, "2", &got, NULL) == RC_NONE,
	    "no such");
}

static void
goes_with_its_request(void **state)
{
	struct with_db *w = *state;
	struct provision got;

	CHECK(provision_insert(w->db, "1", 10, NULL) == RC_PERM, "of none");
	add(w, "1", 10);
	CHECK(registration_remove(w->db, "1", NULL) == RC_OK, "remove");
	CHECK(provision_by_request(w->db, w->arena, "1", &got, NULL) == RC_NONE,
	    "gone");
}

static void
finds_what_is_due(void **state)
{
	struct with_db *w = *state;
	struct provision p;

	CHECK_STR(due_at(w, 100), NULL, "empty");
	add(w, "1", 20);
	add(w, "2", 10);
	CHECK_STR(due_at(w, 9), NULL, "before");
	CHECK_STR(due_at(w, 10), "2", "at its time");
	CHECK_STR(due_at(w, 100), "2", "the first");
	p = get(w, "2");
	p.lease_until = 50;
	CHECK(provision_update(w->db, &p, NULL, NULL) == RC_OK, "lease");
	CHECK_STR(due_at(w, 49), "1", "leased");
	CHECK_STR(due_at(w, 50), "2", "lease is over");
	p.lease_until = 50 + DUE_LEASE_MAX + 1;
	CHECK(provision_update(w->db, &p, NULL, NULL) == RC_OK, "clock ahead");
	CHECK_STR(due_at(w, 50), "2", "nobody's lease is so long");
	CHECK_STR(due_at(w, 51), "1", "a long lease");
	p.lease_until = 0;
	p.next_try = 151;
	CHECK(provision_update(w->db, &p, NULL, NULL) == RC_OK, "clock ahead");
	CHECK_STR(due_at(w, 51), "1", "later");
	p = get(w, "1");
	p.done = 60;
	CHECK(provision_update(w->db, &p, NULL, NULL) == RC_OK, "the other");
	CHECK_STR(due_at(w, 51), NULL, "later");
	CHECK_STR(due_at(w, 50), "2", "nothing is put off for so long");
	p.done = 0;
	CHECK(provision_update(w->db, &p, NULL, NULL) == RC_OK, "the other");
	p = get(w, "2");
	p.done = 60;
	CHECK(provision_update(w->db, &p, NULL, NULL) == RC_OK, "done");
	CHECK_STR(due_at(w, 100), "1", "done");
}

static void
updates_for_who_has_the_lease(void **state)
{
	struct with_db *w = *state;
	struct provision want, other, got;

	add(w, "1", 10);
	add(w, "2", 10);
	want = get(w, "1");
	other = get(w, "2");
	CHECK(provision_update(w->db, &want, "mx:1", NULL) == RC_NONE,
	    "no lease");
	want.lease_owner = "mx:1";
	want.lease_until = 20;
	CHECK(provision_update(w->db, &want, NULL, NULL) == RC_OK, "claim");
	CHECK(provision_update(w->db, &want, NULL, NULL) == RC_OK,
	    "nothing new");

	want = (struct provision){.request = "1",
	    .next_try = 31,
	    .lease_until = 32,
	    .attempts = 33,
	    .done = 34,
	    .error = "why"};
	CHECK(provision_update(w->db, &want, "mx:2", NULL) == RC_NONE,
	    "another's");
	CHECK(get(w, "1").done == 0, "another's");
	CHECK(provision_update(w->db, &want, "mx:1", NULL) == RC_OK, "settle");
	got = get(w, "1");
	check_same(&got, &want, "settled");
	CHECK(provision_update(w->db, &want, "mx:1", NULL) == RC_NONE, "again");
	got = get(w, "2");
	check_same(&got, &other, "the other stays");
	want.request = "3";
	CHECK(provision_update(w->db, &want, NULL, NULL) == RC_NONE, "no such");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(is_there_once_for_a_request),
	    NEEDS_DB(goes_with_its_request),
	    NEEDS_DB(finds_what_is_due),
	    NEEDS_DB(updates_for_who_has_the_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
