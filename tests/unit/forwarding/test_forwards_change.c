/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/str.h"
#include "forwarding/members.h"

static enum rc
add(struct members *m, const char *account, const char *target, struct err *err)
{
	return forwards_add(m->store, &m->settings, m->arena, whole(m, account),
	    target, 7, err);
}

static void
adds_an_active_forward(void **state)
{
	struct members *m = *state;
	struct err err = {""};

	give_accounts(m, "ann= @second.example= !sue=");
	CHECK(add(m, "ann", "Ann@EXAMPLE.org.", &err) == RC_OK, err.text);
	CHECK(add(m, "ann", "<b@example.org>", &err) == RC_OK, err.text);
	CHECK(add(m, "ann", "zoe@remotes.club", &err) == RC_OK, err.text);
	CHECK(add(m, "@second.example", "ann@remotes.club", &err) == RC_OK,
	    err.text);
	CHECK(add(m, "sue", "s@example.org", &err) == RC_OK, err.text);
	CHECK_STR(stored(m),
	    "@second.example ann@remotes.club active 7\n"
	    "ann@remotes.club Ann@example.org active 7\n"
	    "ann@remotes.club b@example.org active 7\n"
	    "ann@remotes.club zoe@remotes.club active 7\n"
	    "sue@remotes.club s@example.org active 7\n",
	    "stored");
}

static void
refuses_forwards_that_cannot_work(void **state)
{
	static const struct {
		const char *name, *members, *account, *target;
		enum rc rc;
		const char *why;
	} cases[] = {
	    {"nobody", "", "ann", "a@example.org", RC_NONE, "no such account"},
	    {"no address", "ann=", "ann", "example.org", RC_PERM,
		"example.org: "},
	    {"null sender", "ann=", "ann", "<>", RC_PERM, "<>: no address"},
	    {"empty", "ann=", "ann", "", RC_PERM, "no address"},
	    {"no domain", "ann=", "ann", "postmaster", RC_PERM, "no domain"},
	    {"display name", "ann=", "ann", "Ann <a@example.org>", RC_PERM,
		"Ann <a@example.org>: "},
	    {"two words", "ann=", "ann", "Ann a@example.org", RC_PERM, ": "},
	    {"control characters", "ann=", "ann", "a\n@example.org", RC_PERM,
		"a\\x0a@example.org"},
	    {"there already", "ann=a@example.org", "ann", "a@example.org",
		RC_PERM, "forwards to a@example.org already"},
	    {"in another case", "ann=a@example.org", "ann", "A@Example.org",
		RC_PERM, "already"},
	    {"there, paused", "ann=-a@example.org", "ann", "a@example.org",
		RC_PERM, "already"},
	    {"itself", "ann=", "ann", "Ann@remotes.club", RC_PERM, "a cycle"},
	    {"its extension", "ann=", "ann", "ann+x@remotes.club", RC_PERM,
		"a cycle"},
	    {"the catch-all itself", "@second.example=", "@second.example",
		"x@second.example", RC_PERM, "a cycle"},
	    {"cycle of two", "ann= bob=ann", "ann", "bob@remotes.club", RC_PERM,
		"a cycle: bob@remotes.club forwards back to ann@remotes.club"},
	    {"cycle of three", "ann= bob=eve eve=ann", "ann",
		"bob@remotes.club", RC_PERM, "a cycle: eve@remotes.club"},
	    {"cycle behind a note", "ann= bob=zoe,ann", "ann",
		"bob@remotes.club", RC_PERM, "a cycle: bob@remotes.club"},
	    {"cycle across domains", "ann= @second.example=ann", "ann",
		"x@second.example", RC_PERM, "a cycle: @second.example"},
	    {"cycle, paused", "ann= bob=-ann", "ann", "bob@remotes.club",
		RC_PERM, "a cycle"},
	    {"cycle, pending", "ann= bob=?ann", "ann", "bob@remotes.club",
		RC_PERM, "a cycle"},
	    {"cycle, suspended", "ann= !bob=ann", "ann", "bob@remotes.club",
		RC_PERM, "a cycle"},
	    {"another's cycle", "ann= bob=eve eve=bob", "ann",
		"bob@remotes.club", RC_OK, ""},
	};
	struct members *m = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {""};
		const char *before;

		give_accounts(m, cases[i].members);
		before = stored(m);
		CHECK(add(m, cases[i].account, cases[i].target, &err) ==
			  cases[i].rc,
		    cases[i].name);
		CHECK(strstr(err.text, cases[i].why) != NULL, err.text);
		if (cases[i].rc != RC_OK)
			CHECK_STR(stored(m), before, cases[i].name);
	}
}

static void
adds_so_many_targets(void **state)
{
	struct members *m = *state;
	struct err err = {""};

	give_accounts(m, "ann=");
	for (int i = 1; i <= FORWARDS_TARGETS_MAX; i++)
		CHECK(add(m, "ann",
			  arena_printf(m->arena, "u%d@example.org", i),
			  &err) == RC_OK,
		    err.text);
	CHECK(add(m, "ann", "one.more@example.org", &err) == RC_PERM, "21");
	CHECK(strstr(err.text, "more than 20 targets") != NULL, err.text);
}

static void
adds_no_chain_that_is_too_long(void **state)
{
	struct members *m = *state;
	struct err err = {""};

	give_accounts(m,
	    arena_printf(m->arena, "ann= %s", chain(m, FORWARDS_CHAIN_MAX)));
	CHECK(add(m, "ann", "u2@remotes.club", &err) == RC_OK, err.text);
	CHECK(add(m, "ann", "u1@remotes.club", &err) == RC_PERM, "11");
	CHECK(strstr(err.text, "more than 10 accounts in a row") != NULL,
	    err.text);
}

static void
adds_no_target_that_is_too_long(void **state)
{
	struct members *m = *state;
	struct err err = {""};
	char *label = arena_printf(m->arena, "%050d", 0);
	char *target = arena_printf(m->arena, "%0200d@%s.%s.%s.example", 1,
	    label, label, label);

	give_accounts(m, "ann=");
	CHECK(add(m, "ann", target, &err) == RC_PERM, "long");
	CHECK(strstr(err.text, "longer than 320 bytes") != NULL, err.text);
}

static enum rc
set(struct members *m, const char *const *targets, size_t n, struct err *err)
{
	return forwards_set(m->store, &m->settings, m->arena,
	    "ann@remotes.club", targets, n, 9, err);
}

static void
sets_all_targets(void **state)
{
	static const char *const targets[] = {"b@example.org", "A@EXAMPLE.org"};
	struct members *m = *state;
	struct err err = {""};

	give_accounts(m,
	    "ann=-a@example.org,old@example.org bob=b@example.org");
	CHECK(set(m, targets, COUNT(targets), &err) == RC_OK, err.text);
	CHECK_STR(stored(m),
	    "ann@remotes.club A@example.org active 9\n"
	    "ann@remotes.club b@example.org active 9\n"
	    "bob@remotes.club b@example.org active 0\n",
	    "stored");
	CHECK(set(m, NULL, 0, &err) == RC_OK, err.text);
	CHECK_STR(stored(m), "bob@remotes.club b@example.org active 0\n",
	    "none");
}

static void
sets_all_or_nothing(void **state)
{
	static const struct {
		const char *name, *targets[2], *why;
	} cases[] = {
	    {"one is none", {"a@example.org", "b"}, "b: "},
	    {"twice", {"a@example.org", "A@example.org"}, "already"},
	    {"cycle", {"a@example.org", "bob@remotes.club"}, "a cycle"},
	};
	struct members *m = *state;
	const char *before;

	give_accounts(m, "ann=old@example.org bob=ann");
	before = stored(m);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {""};

		CHECK(set(m, cases[i].targets, 2, &err) == RC_PERM,
		    cases[i].name);
		CHECK(strstr(err.text, cases[i].why) != NULL, err.text);
		CHECK_STR(stored(m), before, cases[i].name);
	}
}

static void
sets_nothing_without_an_account(void **state)
{
	static const char *const target = "a@example.org";

	CHECK(set(*state, &target, 1, NULL) == RC_NONE, "set");
}

static void
changes_nothing_without_the_store(void **state)
{
	struct members *m = *state;

	needs_a_file();
	CHECK(unlink(m->temp->path) == 0, m->temp->path);
	CHECK(add(m, "ann", "a@example.org", NULL) == RC_TEMP, "add");
}

#define NEEDS_MEMBERS(f)                                                       \
	cmocka_unit_test_setup_teardown(f, members_set_up, members_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_MEMBERS(adds_an_active_forward),
	    NEEDS_MEMBERS(refuses_forwards_that_cannot_work),
	    NEEDS_MEMBERS(adds_so_many_targets),
	    NEEDS_MEMBERS(adds_no_chain_that_is_too_long),
	    NEEDS_MEMBERS(adds_no_target_that_is_too_long),
	    NEEDS_MEMBERS(sets_all_targets),
	    NEEDS_MEMBERS(sets_all_or_nothing),
	    NEEDS_MEMBERS(sets_nothing_without_an_account),
	    NEEDS_MEMBERS(changes_nothing_without_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
