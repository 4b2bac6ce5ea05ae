/* SPDX-License-Identifier: MIT */
#include "store/registration_table.h"

#include "base/str.h"
#include "store/with_db.h"

#include <stdio.h>

static const char ann[] = "ann@remotes.club", bob[] = "bob@remotes.club";

static enum rc
ask(struct with_db *w, const char *id, const char *address,
    enum registration_state state, int64_t created)
{
	const struct registration request = {
	    .id = id,
	    .userid = "ann",
	    .address = address,
	    .email = "ann@mailbox.example",
	    .state = state,
	    .code_expires = created + 100,
	    .created = created,
	};

	return registration_insert(w->db, &request, NULL);
}

static struct registration
get(struct with_db *w, const char *id)
{
	struct registration got = {0};

	CHECK(registration_by_id(w->db, w->arena, id, &got, NULL) == RC_OK, id);
	return got;
}

/* The ids of those in these states, with a blank after each. */
static const char *
listed(struct with_db *w, unsigned states)
{
	struct registration *all;
	struct str s;
	size_t n;

	CHECK(registration_list(w->db, w->arena, states, &all, &n, NULL) ==
		  RC_OK,
	    "list");
	str_init(&s, w->arena);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s ", all[i].id);
	return s.text;
}

static void
check_same(const struct registration *got, const struct registration *want,
    const char *name)
{
	CHECK_STR(got->id, want->id, name);
	CHECK_STR(got->userid, want->userid, name);
	CHECK_STR(got->address, want->address, name);
	CHECK_STR(got->email, want->email, name);
	CHECK_STR(got->pubkey, want->pubkey, name);
	CHECK_STR(got->note, want->note, name);
	CHECK_STR(got->code_hash, want->code_hash, name);
	CHECK_STR(got->reason, want->reason, name);
	CHECK(got->state == want->state, name);
	CHECK(got->code_expires == want->code_expires, name);
	CHECK(got->code_sent == want->code_sent, name);
	CHECK(got->code_wrong == want->code_wrong, name);
	CHECK(got->codes == want->codes, name);
	CHECK(got->created == want->created, name);
	CHECK(got->proven == want->proven, name);
	CHECK(got->decided == want->decided, name);
}

static void
names_the_states(void **state)
{
	(void)state;
	CHECK_STR(registration_state_name(REGISTRATION_ASKED), "asked",
	    "asked");
	CHECK_STR(registration_state_name(REGISTRATION_PROVEN), "proven",
	    "proven");
	CHECK_STR(registration_state_name(REGISTRATION_APPROVED), "approved",
	    "approved");
	CHECK_STR(registration_state_name(REGISTRATION_REFUSED), "refused",
	    "refused");
}

static void
gives_back_what_was_written(void **state)
{
	struct with_db *w = *state;
	const struct registration full = {
	    .id = "full",
	    .userid = "ann",
	    .address = ann,
	    .email = "Ann@mailbox.example",
	    .pubkey = arena_printf(w->arena, "ssh-rsa %08191d", 0),
	    .note = "J\xc3\xb6rg's 'note'\nof two lines",
	    .state = REGISTRATION_PROVEN,
	    .code_hash = "beef",
	    .code_expires = 5000000000,
	    .code_sent = 2,
	    .code_wrong = 3,
	    .codes = 4,
	    .created = 5,
	    .proven = 6,
	    .decided = 7,
	    .reason = "none",
	};
	const struct registration bare = {
	    .id = "bare", .userid = "bob", .address = bob, .email = "b@c"};
	struct registration got = {0};

	CHECK(registration_insert(w->db, &full, NULL) == RC_OK, "full");
	CHECK(registration_insert(w->db, &bare, NULL) == RC_OK, "bare");
	got = get(w, "full");
	check_same(&got, &full, "full");
	got = get(w, "bare");
	check_same(&got, &bare, "bare");
	CHECK(registration_by_id(w->db, w->arena, "FULL", &got, NULL) ==
		  RC_NONE,
	    "another");
}

static void
an_address_is_held_once(void **state)
{
	struct with_db *w = *state;
	struct registration request;

	CHECK(ask(w, "1", ann, REGISTRATION_ASKED, 1) == RC_OK, "first");
	CHECK(ask(w, "1", bob, REGISTRATION_ASKED, 1) == RC_PERM, "same id");
	for (int i = 0; i < REGISTRATION_REFUSED; i++)
		CHECK(ask(w, "2", ann, (enum registration_state)i, 2) ==
			  RC_PERM,
		    registration_state_name((enum registration_state)i));
	CHECK(ask(w, "2", ann, REGISTRATION_REFUSED, 2) == RC_OK, "refused");
	CHECK(ask(w, "3", ann, REGISTRATION_REFUSED, 3) == RC_OK,
	    "two refused");

	request = get(w, "1");
	request.state = REGISTRATION_REFUSED;
	CHECK(registration_update(w->db, &request, NULL) == RC_OK, "given up");
	CHECK(ask(w, "4", ann, REGISTRATION_ASKED, 4) == RC_OK, "free again");
	request.state = REGISTRATION_PROVEN;
	CHECK(registration_update(w->db, &request, NULL) == RC_PERM,
	    "too late");
	CHECK(get(w, "1").state == REGISTRATION_REFUSED, "stays refused");
	CHECK(ask(w, "5", arena_printf(w->arena, "%0309d@example.org", 1),
		  REGISTRATION_ASKED, 1) == RC_PERM,
	    "321 bytes");
}

static void
finds_who_holds_an_address(void **state)
{
	struct with_db *w = *state;
	struct registration got;

	CHECK(registration_by_address(w->db, w->arena, ann, &got, NULL) ==
		  RC_NONE,
	    "nobody");
	CHECK(ask(w, "old", ann, REGISTRATION_REFUSED, 1) == RC_OK, "old");
	CHECK(ask(w, "new", ann, REGISTRATION_REFUSED, 9) == RC_OK, "new");
	CHECK(registration_by_address(w->db, w->arena, ann, &got, NULL) ==
		  RC_OK,
	    "refused");
	CHECK_STR(got.id, "new", "the newest of the refused");
	CHECK(ask(w, "holder", ann, REGISTRATION_PROVEN, 5) == RC_OK, "holder");
	CHECK(registration_by_address(w->db, w->arena, ann, &got, NULL) ==
		  RC_OK,
	    "held");
	CHECK_STR(got.id, "holder", "held");
	CHECK(registration_by_address(w->db, w->arena, bob, &got, NULL) ==
		  RC_NONE,
	    "another");
}

/* More than two pages, of which many came in one second; every third is asked
   for. */
static void
walks_through_pages(void **state)
{
	enum {
		REQUESTS = 1207
	};
	struct with_db *w = *state;
	struct registration_walk walk;
	struct registration got;
	char id[16], address[32];
	int n = 0;

	for (int i = 0; i < REQUESTS; i++) {
		snprintf(id, sizeof(id), "%06d", i);
		snprintf(address, sizeof(address), "%d@x", i);
		CHECK(ask(w, id, address,
			  i % 3 == 0 ? REGISTRATION_PROVEN : REGISTRATION_ASKED,
			  i / 400) == RC_OK,
		    id);
	}
	CHECK(registration_walk_begin(w->db, 1 << REGISTRATION_PROVEN, &walk,
		  NULL) == RC_OK,
	    "begin");
	while (registration_next(&walk, w->arena, &got, NULL) == RC_OK) {
		snprintf(id, sizeof(id), "%06d", 3 * n++);
		CHECK_STR(got.id, id, "in order, none twice");
	}
	registration_walk_end(&walk);
	assert_int_equal(n, (REQUESTS + 2) / 3);
	CHECK(registration_walk_begin(w->db, (1 << REGISTRATION_STATES) - 1,
		  &walk, NULL) == RC_OK,
	    "begin");
	for (n = 0; registration_next(&walk, w->arena, &got, NULL) == RC_OK;
	     n++)
		continue;
	registration_walk_end(&walk);
	registration_walk_end(&walk);
	assert_int_equal(n, REQUESTS);
}

static void
lists_by_state_and_age(void **state)
{
	static const struct {
		const char *name;
		unsigned states;
		const char *ids;
	} cases[] = {
	    {"none", 0, ""},
	    {"asked", 1 << REGISTRATION_ASKED, "a "},
	    {"proven", 1 << REGISTRATION_PROVEN, "p1 p2 "},
	    {"approved", 1 << REGISTRATION_APPROVED, "y "},
	    {"refused", 1 << REGISTRATION_REFUSED, "n "},
	    {"two", 1 << REGISTRATION_ASKED | 1 << REGISTRATION_REFUSED,
		"a n "},
	    {"all", (1 << REGISTRATION_STATES) - 1, "p1 y a p2 n "},
	};
	struct with_db *w = *state;

	CHECK(ask(w, "p2", "1@x", REGISTRATION_PROVEN, 40) == RC_OK, "p2");
	CHECK(ask(w, "p1", "2@x", REGISTRATION_PROVEN, 10) == RC_OK, "p1");
	CHECK(ask(w, "a", "3@x", REGISTRATION_ASKED, 30) == RC_OK, "a");
	CHECK(ask(w, "y", "4@x", REGISTRATION_APPROVED, 20) == RC_OK, "y");
	CHECK(ask(w, "n", "5@x", REGISTRATION_REFUSED, 50) == RC_OK, "n");
	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_STR(listed(w, cases[i].states), cases[i].ids,
		    cases[i].name);
}

static void
updates_what_may_change(void **state)
{
	struct with_db *w = *state;
	struct registration want, got;

	CHECK(ask(w, "1", ann, REGISTRATION_ASKED, 1) == RC_OK, "ask");
	CHECK(ask(w, "2", bob, REGISTRATION_ASKED, 1) == RC_OK, "another");
	want = get(w, "1");
	want.state = REGISTRATION_APPROVED;
	want.code_hash = "cafe";
	want.code_expires = 12;
	want.code_sent = 13;
	want.code_wrong = 14;
	want.codes = 15;
	want.proven = 16;
	want.decided = 17;
	want.reason = "why";
	CHECK(registration_update(w->db, &want, NULL) == RC_OK, "update");
	got = get(w, "1");
	check_same(&got, &want, "all");
	CHECK(registration_update(w->db, &want, NULL) == RC_OK, "nothing new");
	want.code_hash = want.reason = NULL;
	CHECK(registration_update(w->db, &want, NULL) == RC_OK, "NULL");
	got = get(w, "1");
	check_same(&got, &want, "NULL");
	CHECK(get(w, "2").state == REGISTRATION_ASKED, "the other stays");

	want.id = "3";
	CHECK(registration_update(w->db, &want, NULL) == RC_NONE, "no such");
}

static void
removes_one(void **state)
{
	struct with_db *w = *state;

	CHECK(ask(w, "1", ann, REGISTRATION_ASKED, 1) == RC_OK, "ask");
	CHECK(ask(w, "2", bob, REGISTRATION_ASKED, 2) == RC_OK, "ask");
	CHECK(registration_remove(w->db, "1", NULL) == RC_OK, "there");
	CHECK(registration_remove(w->db, "1", NULL) == RC_NONE, "again");
	CHECK_STR(listed(w, (1 << REGISTRATION_STATES) - 1), "2 ", "the other");
	CHECK(ask(w, "3", ann, REGISTRATION_ASKED, 3) == RC_OK,
	    "address is free");
}

#define YEARS ((int64_t)300000000)

static void
expires_only_what_is_unproven(void **state)
{
	struct with_db *w = *state;

	CHECK(ask(w, "1", "1@x", REGISTRATION_ASKED, 10) == RC_OK, "1");
	CHECK(ask(w, "2", "2@x", REGISTRATION_ASKED, 20) == RC_OK, "2");
	CHECK(ask(w, "3", "3@x", REGISTRATION_PROVEN, 10) == RC_OK, "3");
	CHECK(registration_expire(w->db, 110, NULL) == RC_NONE, "not yet");
	CHECK(registration_expire(w->db, 111, NULL) == RC_OK, "one");
	CHECK_STR(listed(w, (1 << REGISTRATION_STATES) - 1), "3 2 ", "left");
	CHECK(registration_expire(w->db, 1000, NULL) == RC_OK, "two");
	CHECK_STR(listed(w, (1 << REGISTRATION_STATES) - 1), "3 ", "left");
	CHECK(ask(w, "4", "4@x", REGISTRATION_ASKED, YEARS) == RC_OK, "4");
	CHECK(registration_expire(w->db, 1000, NULL) == RC_OK,
	    "of a clock ahead");
	CHECK_STR(listed(w, (1 << REGISTRATION_STATES) - 1), "3 ", "left");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_the_states),
	    NEEDS_DB(gives_back_what_was_written),
	    NEEDS_DB(an_address_is_held_once),
	    NEEDS_DB(finds_who_holds_an_address),
	    NEEDS_DB(lists_by_state_and_age),
	    NEEDS_DB(walks_through_pages),
	    NEEDS_DB(updates_what_may_change),
	    NEEDS_DB(removes_one),
	    NEEDS_DB(expires_only_what_is_unproven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
