/* SPDX-License-Identifier: MIT */
#include "mta_sts.h"

#include "check.h"

#define RIGHT                                                                  \
	"version: STSv1\nmode: enforce\nmx: mx.a.example\nmax_age: 86400\n"

static void
reads_policies(void **state)
{
	static const struct {
		const char *name, *text, *wrong;
		enum mta_sts_mode mode;
		size_t n_mx;
	} cases[] = {
	    {"right", RIGHT, NULL, MTA_STS_ENFORCE, 1},
	    {"by CRLF",
		"version: STSv1\r\nmode: testing\r\nmx: a\r\nmx: *.b\r\n"
		"max_age: 0\r\n",
		NULL, MTA_STS_TESTING, 2},
	    {"none needs no mx", "version:STSv1\nmode:none\nmax_age:1", NULL,
		MTA_STS_NONE, 0},
	    {"unknown keys", "x: y\n" RIGHT "nonsense\n", NULL, MTA_STS_ENFORCE,
		1},
	    {"the first counts", RIGHT "mode: none\n", NULL, MTA_STS_ENFORCE,
		1},
	    {"empty", "", "version", 0, 0},
	    {"a page", "<html>\n<p>Not found: 404</p>\n", "version", 0, 0},
	    {"no mode", "version: STSv1\nmx: a\nmax_age: 1\n", "mode", 0, 0},
	    {"odd mode", "version: STSv1\nmode: Enforce\nmx: a\nmax_age: 1\n",
		"mode", 0, 0},
	    {"no age", "version: STSv1\nmode: enforce\nmx: a\n", "max_age", 0,
		0},
	    {"long age",
		"version: STSv1\nmode: enforce\nmx: a\nmax_age: 31557601\n",
		"max_age", 0, 0},
	    {"negative age",
		"version: STSv1\nmode: enforce\nmx: a\nmax_age: -1\n",
		"max_age", 0, 0},
	    {"no mx", "version: STSv1\nmode: enforce\nmax_age: 1\n", "mx", 0,
		0},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mta_sts got;
		struct err err = {.text = ""};
		enum rc rc = mta_sts_read(a, cases[i].text,
		    strlen(cases[i].text), &got, &err);

		CHECK((rc == RC_OK) == (cases[i].wrong == NULL), cases[i].name);
		if (rc != RC_OK && strstr(err.text, cases[i].wrong) == NULL)
			fail_msg("%s: %s", cases[i].name, err.text);
		if (rc != RC_OK)
			continue;
		CHECK(got.mode == cases[i].mode, cases[i].name);
		CHECK(got.n_mx == cases[i].n_mx, cases[i].name);
	}
	assert_int_equal(mta_sts_read(a, RIGHT "\0x", sizeof(RIGHT) + 1,
			     &(struct mta_sts){0}, NULL),
	    RC_PERM);
	arena_free(a);
}

static void
matches_hosts(void **state)
{
	static const char *const mx[] = {"mx.a.example", "*.b.example"};
	const struct mta_sts policy = {.mx = mx, .n_mx = COUNT(mx)};

	(void)state;
	assert_true(mta_sts_allows(&policy, "mx.a.example"));
	assert_true(mta_sts_allows(&policy, "MX.A.example"));
	assert_true(mta_sts_allows(&policy, "one.b.example"));
	assert_false(mta_sts_allows(&policy, "one.two.b.example"));
	assert_false(mta_sts_allows(&policy, "b.example"));
	assert_false(mta_sts_allows(&policy, "other.a.example"));
	assert_false(mta_sts_allows(&policy, "host"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_policies),
	    cmocka_unit_test(matches_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
