/* SPDX-License-Identifier: MIT */
#include "targets/target_rules.h"

#include "check.h"

static void
reads_thresholds(void **state)
{
	static const struct {
		const char *text;
		bool good;
		unsigned n;
		int64_t seconds;
	} rows[] = {
	    {"5 in 3d", true, 5, 3 * 86400},
	    {"1 in 1s", true, 1, 1},
	    {"100 in 365d", true, 100, 365 * 86400},
	    {"20 in 12h", true, 20, 12 * 3600},
	    {"2 in 30m", true, 2, 1800},
	    {"never", true, 0, 0},
	    {"", false, 0, 0},
	    {"5", false, 0, 0},
	    {"0 in 3d", false, 0, 0},
	    {"101 in 3d", false, 0, 0},
	    {"5 in 366d", false, 0, 0},
	    {"5 in 0d", false, 0, 0},
	    {"5 in 3", false, 0, 0},
	    {"5 in 3w", false, 0, 0},
	    {"5 in -3d", false, 0, 0},
	    {"-5 in 3d", false, 0, 0},
	    {"5 in 3d ", false, 0, 0},
	    {"5 in 999999999999d", false, 0, 0},
	    {"99999999999999999999 in 3d", false, 0, 0},
	    {"5in 3d", false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct target_threshold got;

		CHECK(target_threshold_read(rows[i].text, &got) == rows[i].good,
		    rows[i].text);
		if (rows[i].good)
			CHECK(got.n == rows[i].n &&
				  got.seconds == rows[i].seconds,
			    rows[i].text);
	}
}

static void
knows_what_a_status_means(void **state)
{
	static const struct {
		const char *status;
		bool counts;
		enum failure_kind kind;
		const char *words;
	} rows[] = {
	    {"5.1.1", true, FAILURE_HARD, "there is no such mailbox"},
	    {"5.1.2", true, FAILURE_HARD, "the mail system does not exist"},
	    {"5.1.10", true, FAILURE_HARD, "the address takes no mail"},
	    {"5.2.1", true, FAILURE_HARD,
		"the mailbox does not take mail at the moment"},
	    {"5.4.4", true, FAILURE_HARD,
		"the way to the mail system is not known"},
	    {"5.1.8", true, FAILURE_POLICY, "the address is not good"},
	    {"5.7.1", true, FAILURE_POLICY,
		"the mail system refuses the message"},
	    {"5.7.26", true, FAILURE_POLICY,
		"the message is not "
		"authenticated"},
	    {"5.0.0", true, FAILURE_POLICY,
		"the mail system gives no reason that is known here"},
	    {"4.7.28", true, FAILURE_POLICY,
		"the mail system refuses the message by its policy"},
	    {NULL, true, FAILURE_POLICY, "the mail system refuses our mail"},
	    {"5.2.2", true, FAILURE_SOFT,
		"the mailbox could not be reached for days"},
	    {"4.4.1", true, FAILURE_SOFT,
		"the mailbox could not be reached for days"},
	    {"4.2.2", true, FAILURE_SOFT,
		"the mailbox could not be reached for days"},
	    /* What a sender can bring about as he likes. */
	    {"5.3.4", false, 0, NULL},
	    {"5.2.3", false, 0, NULL},
	    {"5.6.1", false, 0, NULL},
	    {"2.0.0", false, 0, NULL},
	    {"", false, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name =
		    rows[i].status == NULL ? "none" : rows[i].status;
		enum failure_kind kind;

		CHECK(target_failure_kind(rows[i].status, &kind) ==
			  rows[i].counts,
		    name);
		if (!rows[i].counts)
			continue;
		CHECK(kind == rows[i].kind, name);
		CHECK_STR(target_failure_words(rows[i].status, kind),
		    rows[i].words, name);
	}
}

static void
pauses_only_for_what_is_certain(void **state)
{
	(void)state;
	CHECK(target_verdict_of(FAILURE_HARD) == TARGET_PAUSE, "hard");
	CHECK(target_verdict_of(FAILURE_SOFT) == TARGET_PAUSE, "soft");
	CHECK(target_verdict_of(FAILURE_POLICY) == TARGET_PROBE, "policy");
	CHECK(target_verdict_of(FAILURE_REMOTE) == TARGET_PROBE, "remote");
}

static void
patience_grows(void **state)
{
	static const struct target_settings settings = {
	    .after = {[FAILURE_SOFT] = {2, 900}, [FAILURE_HARD] = {1, 100}},
	    .probe_every_ms = 10000,
	    .probe_wait_ms = 60000,
	    .soft_wait_ms = 70000};

	(void)state;
	assert_int_equal(target_patience(&settings, "5.1.1", 0), 60);
	assert_int_equal(target_patience(&settings, "5.1.1", 1), 60);
	assert_int_equal(target_patience(&settings, NULL, 2), 120);
	assert_int_equal(target_patience(&settings, "5.7.1", 5), 960);
	assert_int_equal(target_patience(&settings, "5.1.1", 1000000), 960);
	assert_int_equal(target_patience(&settings, "4.4.1", 1), 70);
	assert_int_equal(target_wait_max_ms(&settings), 1120000);
	assert_int_equal(target_failures_kept(&settings), 900);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_thresholds),
	    cmocka_unit_test(knows_what_a_status_means),
	    cmocka_unit_test(pauses_only_for_what_is_certain),
	    cmocka_unit_test(patience_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
