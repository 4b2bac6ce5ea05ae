/* SPDX-License-Identifier: MIT */
#include "members/approval.h"

#include "check.h"

static const char *const new_and_old[] = {"new", "old"};
static const char *const only_old[] = {"old"};
static const char *const others[] = {"other"};
static const struct keyed_secrets both = {new_and_old, 2, NULL};
static const struct keyed_secrets old = {only_old, 1, NULL};
static const struct keyed_secrets other = {others, 1, NULL};
static const struct keyed_secrets ill = {NULL, 0, "codes: not readable"};

static void
an_approval_is_of_the_row_as_it_was(void **state)
{
	const struct registration approved = {
	    .id = "01234567890123456789012345",
	    .userid = "ann",
	    .address = "ann@remotes.club",
	    .email = "ann@mailbox.example",
	    .pubkey = "ssh-ed25519 AAAA",
	    .state = REGISTRATION_APPROVED,
	    .decided = 7,
	};
	struct registration rows[] = {
	    approved, approved, approved, approved, approved, approved};
	struct arena *a = arena_new();
	const char *approval = approval_sign(a, &old, &approved);
	struct registration r = approved;

	(void)state;
	rows[0].id = "11234567890123456789012345";
	rows[1].userid = "eve";
	rows[2].address = "eve@remotes.club";
	rows[3].email = "eve@mailbox.example";
	rows[4].pubkey = NULL;
	rows[5].decided = 8;
	for (size_t i = 0; i < COUNT(rows); i++) {
		rows[i].approval = approval;
		CHECK(approval_of(a, &old, &rows[i]) == APPROVAL_FORGED,
		    "changed");
	}
	CHECK(approval_of(a, &old, &r) == APPROVAL_MISSING, "not signed");
	r.approval = approval;
	CHECK(approval_of(a, &both, &r) == APPROVAL_SIGNED, "signed");
	CHECK(approval_of(a, &other, &r) == APPROVAL_FORGED, "by another");
	CHECK(approval_of(a, &ill, &r) == APPROVAL_UNKNOWN, "unknown");
	r.state = REGISTRATION_PROVEN;
	CHECK(approval_of(a, &old, &r) == APPROVAL_NONE, "not approved");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_approval_is_of_the_row_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
