/* SPDX-License-Identifier: MIT */
#include "policy/reason.h"

#include "check.h"

#include <string.h>

/* A decision of one finding. */
static struct decision
refused_by(struct finding *f, const char *check, enum finding_outcome outcome)
{
	struct decision d = {.findings = f, .n_findings = 1};

	*f = (struct finding){
	    .check = check,
	    .outcome = outcome,
	    .settings = {.action = ACTION_REJECT, .defer_on_temp = true},
	    .reply = {550, "7.1", "no"},
	};
	d.verdict = verdict_of(f, 1, 10, false);
	return d;
}

/* And none says what only those know who run mail servers. */
static void
every_check_has_a_sentence(void **state)
{
	static const char *const unfit[] = {
	    "SPF", "DKIM", "DMARC", "HELO", "DNS", "SMTP", "MX", "%", "  "};

	(void)state;
	for (size_t i = 0; i < CHECKS; i++) {
		struct finding f;
		const char *name = check_name((enum check_id)i);
		struct decision d = refused_by(&f, name, FINDING_HIT);
		const char *why = reason_of(&d);

		CHECK(d.verdict.action == VERDICT_REJECT, name);
		CHECK(strstr(why, "did not work for a while") == NULL, name);
		CHECK(why[strlen(why) - 1] == '.', why);
		for (size_t k = 0; k < COUNT(unfit); k++)
			CHECK(strstr(why, unfit[k]) == NULL, why);
	}
}

static void
what_else_there_is(void **state)
{
	struct decision d = {0};
	struct finding f;

	(void)state;
	CHECK(strstr(reason_of(&d), "provider") != NULL, "it was held");
	d.verdict.action = VERDICT_REJECT;
	CHECK(strstr(reason_of(&d), "Several things") != NULL, "points");
	d = refused_by(&f, "spf", FINDING_TEMP);
	CHECK(strstr(reason_of(&d), "tries again") != NULL, "for now");
	d = refused_by(&f, "a check of tomorrow", FINDING_HIT);
	CHECK(reason_of(&d) != NULL, "of another version");
}

static void
passes_what_is_left_to_members(void **state)
{
	struct policy_settings settings = {.reject_at = 10};
	struct arena *a = arena_new();
	struct finding f[2];
	struct decision d = refused_by(f, "helo_unknown", FINDING_HIT);

	(void)state;
	CHECK(!reason_may_pass(&settings, a, &d), "nothing is left to them");
	settings.may_pass[CHECK_HELO_UNKNOWN] = true;
	CHECK(reason_may_pass(&settings, a, &d), "that check is");
	refused_by(&f[1], "recipient", FINDING_HIT);
	d.n_findings = 2;
	CHECK(!reason_may_pass(&settings, a, &d), "another refuses it, too");
	for (size_t i = 0; i < 2; i++) {
		f[i].settings.action = ACTION_SCORE;
		f[i].settings.points = 6;
	}
	d.verdict = verdict_of(f, 2, 10, false);
	CHECK(d.verdict.action == VERDICT_REJECT, "by points");
	CHECK(reason_may_pass(&settings, a, &d), "too few are left");
	d.verdict.action = VERDICT_ACCEPT;
	CHECK(!reason_may_pass(&settings, a, &d), "it was held");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_check_has_a_sentence),
	    cmocka_unit_test(what_else_there_is),
	    cmocka_unit_test(passes_what_is_left_to_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
