/* SPDX-License-Identifier: MIT */
#include "judge_world.h"

static const struct {
	const char *helo, *sender;
} asked[] = {
    {MX, "bob@pass.test"},
    {MX, "bob@fail.test"},
    {MX, "bob@mute.test"},
    {MX, "bob@soft.test"},
    {MX, "bob@wrong.test"},
    {MX, "bob@waits.test"},
    {MX, "bob@asks-helo.test"},
    {MX, BOB},
    {MX, ""},
    {"helo-fail.test", "bob@pass.test"},
    {"helo-fail.test", "bob@fail.test"},
    {"helo-fail.test", ""},
    {"pass.test", "bob@fail.test"},
    {"pass.test", "bob@pass.test"},
    {"fail.test", "bob@pass.test"},
    {NULL, "bob@pass.test"},
};

static struct judgement
judge_asked(struct world *w, size_t i)
{
	struct step step = {
	    "", SMTP_RCPT, CLEAN, asked[i].helo, asked[i].sender, ANN, NULL};

	return judge_step(w, &step, true);
}

static const char *
finding_of_spf(const struct judgement *j)
{
	for (size_t i = 0; i < j->n_findings; i++)
		if (strcmp(j->findings[i].check, "spf") == 0)
			return j->findings[i].why;
	return NULL;
}

/* By what another sender's mail has left behind, and by an evaluation. */
static void
is_judged_the_same_by_what_is_kept(void **state)
{
	struct world *w = *state;
	size_t kept = 0;

	dns_zone_keep(w->dns, 20000);
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct judgement first = judge_asked(w, i);
		struct judgement again = judge_asked(w, i);
		const char *name = asked[i].sender;

		CHECK(first.verdict.action == again.verdict.action, name);
		CHECK_STR(reply_line(w->arena, &again.verdict.reply),
		    reply_line(w->arena, &first.verdict.reply), name);
		CHECK_STR(again.header, first.header, name);
		CHECK_STR(finding_of_spf(&again), finding_of_spf(&first), name);
		CHECK(first.spf->lookups == again.spf->lookups, name);
		CHECK(first.spf->queries == again.spf->queries, name);
		if (again.spf->kept_since != 0) {
			CHECK(again.n_queries < first.n_queries ||
				  first.spf->kept_since != 0,
			    name);
			kept++;
		}
	}
	/* But one that never ends, and one with a macro for HELO. */
	assert_int_equal(kept, COUNT(asked) - 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(is_judged_the_same_by_what_is_kept,
		set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
