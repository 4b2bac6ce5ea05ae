/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/str.h"
#include "forwarding/members.h"
#include "outbox/code_hash.h"
#include "store/outbox_table.h"
#include "store/target_health_table.h"

static enum rc
add(struct members *m, const char *account, const char *target, struct err *err)
{
	return forwards_add(m->store, &m->settings, m->arena, whole(m, account),
	    target, 7, err);
}

/* The code of a new pending target. */
static const char *
invite(struct members *m, const char *account, const char *target)
{
	struct forwards_code invitation = {
	    .account = whole(m, account), .target = target, .now = 7};
	struct err err = {""};

	CHECK(forwards_invite(m->store, &m->settings, m->arena, &invitation,
		  &err) == RC_OK,
	    err.text);
	return invitation.code;
}

/* What is wrong with that; "" if nothing is. */
static const char *
confirm(struct members *m, const char *target, const char *code, int64_t now)
{
	const struct forwards_code typed = {
	    .account = whole(m, "ann"),
	    .target = target,
	    .code = code,
	    .now = now,
	};
	struct err err = {""};
	enum rc rc = forwards_verify(m->store, m->arena, &typed, &err);

	CHECK((rc == RC_OK) == (err.text[0] == '\0'), err.text);
	return arena_copy_text(m->arena, err.text);
}

static enum rc
switch_to(struct members *m, enum forward_state to)
{
	const struct forward forward = {
	    .account = whole(m, "ann"),
	    .target = "a@example.org",
	    .state = to,
	};
	struct db *db = temp_store_take(m->temp);
	enum rc rc = forwards_switch(db, m->arena, &forward, NULL);

	store_give(m->store, db);
	return rc;
}

static void
keeps_a_target_pending_until_its_code_is_typed(void **state)
{
	struct members *m = *state;
	const char *code;

	give_accounts(m, "ann=");
	code = invite(m, "ann", "A@Example.org");
	CHECK_STR(stored(m), "ann@remotes.club A@example.org pending 0\n",
	    "pending");
	CHECK_STR(confirm(m, "a@example.org",
		      arena_printf(m->arena, "%.3s-%s ", code,
			  str_lower(m->arena, code + 3)),
		      9),
	    "", "confirm");
	CHECK_STR(stored(m), "ann@remotes.club A@example.org active 9\n",
	    "active");
	CHECK_STR(confirm(m, "a@example.org", code, 9),
	    "ann@remotes.club: A@example.org is not pending, but active",
	    "again");
	CHECK_STR(confirm(m, "b@example.org", code, 9),
	    "ann@remotes.club does not forward to b@example.org", "another");
}

/* As lib/targets does: the code was in the mail that tried the target. */
static void
give_probe(struct members *m, const char *code, int64_t expires)
{
	const struct target_health health = {.id = "h",
	    .account = whole(m, "ann"),
	    .target = "a@example.org",
	    .state = TARGET_PAUSED,
	    .code_hash = code_hash(m->arena, NULL,
		(const char *const[]){
		    "probe", whole(m, "ann"), "a@example.org", NULL},
		code),
	    .code_expires = expires};
	struct db *db = temp_store_take(m->temp);

	CHECK(target_health_insert(db, &health, NULL) == RC_OK, "health");
	CHECK(forward_set_failing(db, health.account, health.target, 5, NULL) ==
		  RC_OK,
	    "failing");
	store_give(m->store, db);
}

static bool
still_fails(struct members *m)
{
	struct db *db = temp_store_take(m->temp);
	struct forward forward;

	CHECK(forward_find(db, m->arena, whole(m, "ann"), "a@example.org",
		  &forward, NULL) == RC_OK,
	    "forward");
	store_give(m->store, db);
	return forward.failing != 0;
}

static void
ends_a_pause_by_the_code_of_the_probe(void **state)
{
	static const char code[] = "ABCDEFGHJK", wrong[] = "ABCDE-FGHJM";
	struct members *m = *state;

	give_accounts(m, "ann=a@example.org");
	give_probe(m, code, 20);
	CHECK_STR(confirm(m, "a@example.org", code, 20),
	    "the code has expired: wait for the next mail", "too late");
	for (unsigned i = 0; i < 5; i++)
		CHECK_STR(confirm(m, "A@example.org", wrong, 9), "wrong code",
		    "wrong");
	CHECK_STR(confirm(m, "a@example.org", code, 9),
	    "too many wrong codes: wait for the next mail", "enough");
	CHECK(still_fails(m), "fails");
	give_accounts(m, "ann=a@example.org");
	give_probe(m, "0000000000", 20);
	CHECK_STR(confirm(m, "a@example.org", "0000000000", 9), "", "right");
	CHECK(!still_fails(m), "works");
	CHECK_STR(confirm(m, "a@example.org", "0000000000", 9),
	    "ann@remotes.club: a@example.org is not pending, but active",
	    "once");
}

static void
takes_no_code_but_the_newest_of_that_target(void **state)
{
	struct members *m = *state;
	const char *old, *other, *code;

	give_accounts(m, "ann= bob=");
	old = invite(m, "ann", "a@example.org");
	other = invite(m, "ann", "b@example.org");
	code = invite(m, "ann", "A@example.org");
	CHECK_STR(confirm(m, "a@example.org", old, 8), "wrong code", "old");
	CHECK_STR(confirm(m, "a@example.org", other, 8), "wrong code", "other");
	CHECK_STR(confirm(m, "a@example.org", invite(m, "bob", "a@example.org"),
		      8),
	    "wrong code", "another's");
	CHECK_STR(confirm(m, "a@example.org", "nonsense", 8),
	    "that is no code: expected ten letters and digits, such as "
	    "ABCDE-FGHJK",
	    "nonsense");
	CHECK_STR(confirm(m, "a@example.org", code, 8), "", "newest");
}

static void
lets_a_code_expire(void **state)
{
	struct members *m = *state;
	const char *code;

	give_accounts(m, "ann=");
	code = invite(m, "ann", "a@example.org");
	CHECK_STR(confirm(m, "a@example.org", code, 7 + 86400),
	    "the code has expired: add the target again", "a day later");
	CHECK_STR(confirm(m, "a@example.org", code, 7 - 7 * 86400),
	    "the code has expired: add the target again",
	    "made by a clock that was ahead");
	CHECK_STR(confirm(m, "a@example.org", code, 7 + 86399), "", "before");
}

/* A stranger who knows both addresses shuts out his own network alone. */
static void
a_stranger_uses_up_nobody_elses_tries(void **state)
{
	static const struct {
		const char *client;
		const char *want;
	} rows[] = {
	    {"203.0.113.9", "wrong code"},
	    {"203.0.113.200", "wrong code"},
	    {"203.0.113.9", "wrong code"},
	    {"203.0.113.9", "wrong code"},
	    {"203.0.113.9", "wrong code"},
	    {"203.0.113.9", "too many wrong codes: add the target again"},
	    {"203.0.113.77", "too many wrong codes: add the target again"},
	    {"2001:db8:1:1::1", "wrong code"},
	    {"2001:db8:1:2::1", "wrong code"},
	    {"2001:db8:1:3::1", "wrong code"},
	    {"2001:db8:1:4::1", "wrong code"},
	    {"2001:db8:1:5::1", "wrong code"},
	    {"2001:db8:1:6::1", "too many wrong codes: add the target again"},
	};
	struct members *m = *state;
	struct forwards_code typed = {
	    .account = whole(m, "ann"), .target = "a@example.org", .now = 8};
	const char *code;
	struct err err;

	give_accounts(m, "ann=");
	code = invite(m, "ann", "a@example.org");
	typed.code = "0000000000";
	for (size_t i = 0; i < COUNT(rows); i++) {
		typed.client = rows[i].client;
		CHECK(forwards_verify(m->store, m->arena, &typed, &err) ==
			  RC_PERM,
		    rows[i].client);
		CHECK_STR(err.text, rows[i].want, rows[i].client);
	}
	typed.code = code;
	typed.client = "203.0.113.9";
	CHECK(forwards_verify(m->store, m->arena, &typed, &err) == RC_PERM,
	    "the stranger guesses no more");
	typed.client = "192.0.2.1";
	CHECK(forwards_verify(m->store, m->arena, &typed, &err) == RC_OK,
	    "the member");
}

static void
spoils_a_code_after_five_wrong_tries(void **state)
{
	struct members *m = *state;
	const char *code;

	give_accounts(m, "ann=");
	code = invite(m, "ann", "a@example.org");
	for (int i = 0; i < 9; i++)
		CHECK(confirm(m, "a@example.org", "no code", 8)[0] != '\0',
		    "no try");
	for (int i = 0; i < 5; i++)
		CHECK_STR(confirm(m, "a@example.org", "0000000000", 8),
		    "wrong code", "try");
	CHECK_STR(confirm(m, "a@example.org", code, 8),
	    "too many wrong codes: add the target again", "sixth");
	code = invite(m, "ann", "a@example.org");
	CHECK_STR(confirm(m, "a@example.org", code, 8), "", "a new one");
}

static void
lets_only_its_code_end_pending(void **state)
{
	struct members *m = *state;

	give_accounts(m, "ann=?a@example.org");
	CHECK(switch_to(m, FORWARD_ACTIVE) == RC_PERM, "resume");
	CHECK(switch_to(m, FORWARD_PAUSED) == RC_PERM, "pause");
	CHECK(add(m, "ann", "a@example.org", NULL) == RC_OK, "administrator");
	CHECK(switch_to(m, FORWARD_PAUSED) == RC_OK, "pause, active");
	CHECK_STR(stored(m), "ann@remotes.club a@example.org paused 7\n",
	    "paused");
}

static void
holds_pending_targets_to_the_same_rules(void **state)
{
	static const struct {
		const char *members, *target;
	} cases[] = {
	    {"ann= bob=ann", "bob@remotes.club"},
	    {"ann=a@example.org", "A@example.org"},
	    {"ann=", "nonsense"},
	};
	struct members *m = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct forwards_code invitation = {
		    .account = whole(m, "ann"), .target = cases[i].target};

		give_accounts(m, cases[i].members);
		CHECK(forwards_invite(m->store, &m->settings, m->arena,
			  &invitation, NULL) == RC_PERM,
		    cases[i].target);
	}
	give_accounts(m, "ann=");
	for (int i = 1; i <= FORWARDS_TARGETS_MAX; i++)
		invite(m, "ann", arena_printf(m->arena, "u%d@example.org", i));
	invite(m, "ann", "u1@example.org");
	CHECK(add(m, "ann", "one.more@example.org", NULL) == RC_PERM, "21");
}

/* Mail in the outbox: "state recipient code", one a line, oldest first; "-":
   without a code. */
static const char *
mailed(struct members *m)
{
	struct db *db = temp_store_take(m->temp);
	struct outbox_mail *all;
	struct str s;
	size_t n;

	CHECK(outbox_list(db, m->arena, NULL, &all, &n, NULL) == RC_OK, "list");
	store_give(m->store, db);
	str_init(&s, m->arena);
	for (size_t i = 0; i < n; i++) {
		const char *code = strstr(all[i].values, "\"code\":\"");

		CHECK_STR(all[i].template, "confirm", "template");
		str_addf(&s, "%s %s %.11s\n", outbox_state_name(all[i].state),
		    all[i].recipient,
		    code != NULL ? code + strlen("\"code\":\"") : "-");
	}
	return s.text;
}

/* The code of a new pending target, which is mailed. */
static const char *
invite_by_mail(struct members *m, const char *account, const char *target,
    bool replace, int64_t now)
{
	struct forwards_code invitation = {
	    .account = whole(m, account),
	    .target = target,
	    .now = now,
	    .mail = true,
	    .replace = replace,
	};
	struct err err = {""};

	CHECK(forwards_invite(m->store, &m->settings, m->arena, &invitation,
		  &err) == RC_OK,
	    err.text);
	return arena_printf(m->arena, "%.5s-%s", invitation.code,
	    invitation.code + 5);
}

static void
mails_the_code(void **state)
{
	struct members *m = *state;
	struct outbox_mail *all;
	const char *code;
	struct db *db;
	size_t n;

	give_accounts(m, "ann=");
	code = invite_by_mail(m, "ann", "A@Example.org.", false, 7);
	db = temp_store_take(m->temp);
	CHECK(outbox_list(db, m->arena, "forward:ann@remotes.club", &all, &n,
		  NULL) == RC_OK,
	    "list");
	store_give(m->store, db);
	CHECK(n == 1, "one");
	CHECK_STR(all[0].recipient, "A@example.org", "recipient");
	CHECK_STR(all[0].values,
	    arena_printf(m->arena,
		"{\"code\":\"%s\",\"account\":\"ann@remotes.club\","
		"\"target\":\"A@example.org\"}",
		code),
	    "values");
	CHECK(all[0].deadline == 7 + 86400, "deadline");
	CHECK(str_starts(all[0].dedup_key, "confirm:ann@remotes.club:"),
	    all[0].dedup_key);
	CHECK_STR(confirm(m, "a@example.org", code, 8), "", "confirm");
}

static void
mails_only_the_newest_code_of_a_target(void **state)
{
	struct members *m = *state;
	const char *other, *code, *bobs;

	give_accounts(m, "ann= bob=");
	invite_by_mail(m, "ann", "a@example.org", false, 7);
	other = invite_by_mail(m, "ann", "b@example.org", false, 8);
	bobs = invite_by_mail(m, "bob", "a@example.org", false, 9);
	code = invite_by_mail(m, "ann", "A@Example.org", false, 10);
	CHECK_STR(mailed(m),
	    arena_printf(m->arena,
		"failed a@example.org -\nnew b@example.org %s\n"
		"new a@example.org %s\nnew A@example.org %s\n",
		other, bobs, code),
	    "mail");
	invite(m, "ann", "a@example.org");
	invite(m, "ann", "b@example.org");
	CHECK_STR(mailed(m),
	    arena_printf(m->arena,
		"failed a@example.org -\nfailed b@example.org -\n"
		"new a@example.org %s\nfailed A@example.org -\n",
		bobs),
	    "told otherwise");
}

static void
mails_nothing_that_is_not_pending(void **state)
{
	struct members *m = *state;
	struct forwards_code invitation = {
	    .account = whole(m, "ann"),
	    .target = "a@example.org",
	    .mail = true,
	};

	give_accounts(m, "ann=a@example.org");
	CHECK(forwards_invite(m->store, &m->settings, m->arena, &invitation,
		  NULL) == RC_PERM,
	    "there already");
	CHECK_STR(mailed(m), "", "mail");
}

static void
replaces_all_others_once_its_code_is_typed(void **state)
{
	struct members *m = *state;
	const char *code;

	give_accounts(m, "ann=a@example.org,-b@example.org,?c@example.org "
			 "bob=a@example.org");
	code = invite_by_mail(m, "ann", "new@example.org", true, 7);
	CHECK_STR(confirm(m, "new@example.org", "0000000000", 8), "wrong code",
	    "wrong");
	CHECK_STR(stored(m),
	    "ann@remotes.club a@example.org active 0\n"
	    "ann@remotes.club b@example.org paused 0\n"
	    "ann@remotes.club c@example.org pending 0\n"
	    "ann@remotes.club new@example.org pending 0\n"
	    "bob@remotes.club a@example.org active 0\n",
	    "until then");
	CHECK_STR(confirm(m, "new@example.org", code, 9), "", "confirm");
	CHECK_STR(stored(m),
	    "ann@remotes.club new@example.org active 9\n"
	    "bob@remotes.club a@example.org active 0\n",
	    "then");
	CHECK_STR(confirm(m, "new@example.org", code, 9),
	    "ann@remotes.club: new@example.org is not pending, but active",
	    "again");
}

#define NEEDS_MEMBERS(f)                                                       \
	cmocka_unit_test_setup_teardown(f, members_set_up, members_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_MEMBERS(keeps_a_target_pending_until_its_code_is_typed),
	    NEEDS_MEMBERS(ends_a_pause_by_the_code_of_the_probe),
	    NEEDS_MEMBERS(takes_no_code_but_the_newest_of_that_target),
	    NEEDS_MEMBERS(lets_a_code_expire),
	    NEEDS_MEMBERS(a_stranger_uses_up_nobody_elses_tries),
	    NEEDS_MEMBERS(spoils_a_code_after_five_wrong_tries),
	    NEEDS_MEMBERS(lets_only_its_code_end_pending),
	    NEEDS_MEMBERS(holds_pending_targets_to_the_same_rules),
	    NEEDS_MEMBERS(mails_the_code),
	    NEEDS_MEMBERS(mails_only_the_newest_code_of_a_target),
	    NEEDS_MEMBERS(mails_nothing_that_is_not_pending),
	    NEEDS_MEMBERS(replaces_all_others_once_its_code_is_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
