/* SPDX-License-Identifier: MIT */
#include "store/target_health_table.h"

#include "store/account_table.h"
#include "store/outbox_table.h"
#include "store/with_db.h"

static const char ann[] = "ann@remotes.club", box[] = "ann@mailbox.example";

static const struct target_health dead = {.id = "h1",
    .account = ann,
    .target = box,
    .state = TARGET_PAUSED,
    .since = 100,
    .pauses = 1,
    .status = "5.1.1",
    .reason = "there is no such mailbox",
    .next_try = 200};

static void
make_forward(struct with_db *w)
{
	const struct forward forward = {.account = ann,
	    .target = box,
	    .state = FORWARD_ACTIVE,
	    .created = 3,
	    .verified = 4};

	CHECK(account_add(w->db, ann, 1, NULL) == RC_OK, ann);
	CHECK(forward_add(w->db, &forward, NULL) == RC_OK, box);
}

static void
tells_of_each_forward(void **state)
{
	struct with_db *w = *state;
	struct target_health got;
	struct target_seen *all;
	int64_t count;
	size_t n;

	make_forward(w);
	CHECK(target_health_list(w->db, w->arena, ann, &all, &n, NULL) == RC_OK,
	    "list");
	assert_int_equal(n, 1);
	CHECK(all[0].health.id == NULL && all[0].health.state == TARGET_WELL,
	    "well");
	CHECK(target_health_find(w->db, w->arena, ann, box, &got, NULL) ==
		  RC_NONE,
	    "no row");
	CHECK(target_health_insert(w->db, &dead, NULL) == RC_OK, "insert");
	CHECK(target_health_insert(w->db, &dead, NULL) == RC_PERM, "again");
	forward_set_failing(w->db, ann, "ANN@mailbox.example", 100, NULL);
	CHECK(target_health_list(w->db, w->arena, ann, &all, &n, NULL) == RC_OK,
	    "list");
	assert_int_equal(n, 1);
	CHECK_STR(all[0].health.status, "5.1.1", "status");
	CHECK_STR(all[0].health.reason, dead.reason, "reason");
	CHECK(all[0].forward.failing == 100 && all[0].forward.verified == 4 &&
		  all[0].forward.state == FORWARD_ACTIVE,
	    "forward");
	CHECK(target_health_count(w->db, TARGET_PAUSED, 100, &count, NULL) ==
		      RC_OK &&
		  count == 1,
	    "count");
	CHECK(target_health_count(w->db, TARGET_PAUSED, 101, &count, NULL) ==
		      RC_OK &&
		  count == 0,
	    "count of late");
}

static void
is_a_job(void **state)
{
	const struct due early = {199, 1000}, late = {200, 1000};
	struct with_db *w = *state;
	struct target_health got, *some;
	size_t n;

	make_forward(w);
	CHECK(target_health_insert(w->db, &dead, NULL) == RC_OK, "insert");
	CHECK(target_health_due(w->db, w->arena, &early, &got, NULL) == RC_NONE,
	    "early");
	CHECK(target_health_due(w->db, w->arena, &late, &got, NULL) == RC_OK,
	    "due");
	got.state = TARGET_SUSPECTED;
	got.probe = "m1";
	got.code_hash = "beef";
	got.code_expires = 9;
	CHECK(target_health_update(w->db, &got, NULL) == RC_OK, "update");
	CHECK(target_health_count_wrong_code(w->db, "h1", NULL) == RC_OK,
	    "wrong");
	CHECK(target_health_by_id(w->db, w->arena, "h1", &got, NULL) == RC_OK,
	    "by id");
	CHECK_STR(got.probe, "m1", "probe");
	CHECK(got.code_wrong == 1 && got.code_expires == 9 && got.since == 100,
	    "columns");
	CHECK(target_health_list_in(w->db, w->arena, TARGET_SUSPECTED, 1, 5,
		  &some, &n, NULL) == RC_OK &&
		  n == 1,
	    "list in");
	got.state = TARGET_WELL;
	CHECK(target_health_update(w->db, &got, NULL) == RC_OK, "update");
	CHECK(target_health_due(w->db, w->arena, &late, &got, NULL) == RC_NONE,
	    "no job");
	CHECK(target_health_expire(w->db, 100, NULL) == RC_NONE, "not yet");
	CHECK(target_health_expire(w->db, 101, NULL) == RC_OK, "expired");
}

static void
finds_probes_that_came_back(void **state)
{
	struct with_db *w = *state;
	struct outbox_mail mail = {.id = "m1",
	    .dedup_key = "m1",
	    .about = "target",
	    .recipient = box,
	    .template = "target-probe",
	    .values = "{}",
	    .state = OUTBOX_SENT};
	struct target_health row = dead, *all;
	size_t n;

	make_forward(w);
	row.state = TARGET_SUSPECTED;
	row.probe = "m1";
	CHECK(target_health_insert(w->db, &row, NULL) == RC_OK, "insert");
	CHECK(outbox_insert(w->db, &mail, NULL) == RC_OK, "mail");
	CHECK(target_health_list_refuted(w->db, w->arena, &all, &n, NULL) ==
		      RC_OK &&
		  n == 0,
	    "sent");
	mail.state = OUTBOX_BOUNCED;
	CHECK(outbox_update(w->db, &mail, NULL, NULL) == RC_OK, "bounced");
	CHECK(target_health_list_refuted(w->db, w->arena, &all, &n, NULL) ==
		      RC_OK &&
		  n == 1,
	    "bounced");
	CHECK_STR(all[0].id, "h1", "which");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_DB(tells_of_each_forward),
	    NEEDS_DB(is_a_job),
	    NEEDS_DB(finds_probes_that_came_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
