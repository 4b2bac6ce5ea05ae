/* SPDX-License-Identifier: MIT */
/* Where bounces of our own mail go. */
#include "forwarding/forwards.h"
#include "forwarding/forwards_cache.h"
#include "outbox/outbox.h"

#include "base/clock.h"
#include "forwarding/members.h"

#include <stdio.h>

#define ID      "0123456789abcdefghijklmnop"
#define OTHER   "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define BOUNCES "bounce+" ID "@remotes.club"

static void
give_mail(struct members *m, const char *id, enum outbox_state state)
{
	struct db *db = temp_store_take(m->temp);
	const struct outbox_mail mail = {
	    .id = id,
	    .dedup_key = arena_printf(m->arena, "test:%s", id),
	    .about = "test",
	    .recipient = "sam@example.org",
	    .template = "welcome",
	    .values = "{}",
	    .state = state,
	    .created = 1,
	    .next_try = 1,
	    .deadline = 2,
	};

	CHECK(outbox_insert(db, &mail, NULL) == RC_OK, id);
	store_give(m->store, db);
}

static const char *
shown(struct members *m, enum rc rc, const struct forwards *found)
{
	static const char *const names[] = {
	    [FORWARDS_NOT_OURS] = "not ours",
	    [FORWARDS_NO_ACCOUNT] = "nobody",
	    [FORWARDS_NO_TARGET] = "none",
	};
	struct str s;

	if (rc != RC_OK)
		return "temp";
	if (found->known != FORWARDS_FOUND)
		return names[found->known];
	str_init(&s, m->arena);
	for (size_t i = 0; i < found->n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : " ", found->targets[i]);
	return s.text;
}

static const char *
goes_to(struct members *m, const char *name)
{
	struct forwards found;
	struct address address;
	enum rc rc;

	CHECK(address_read(m->arena, name, &address, NULL) == RC_OK, name);
	rc = forwards_find(m->store, &m->settings, m->arena, &address, &found,
	    NULL);
	return shown(m, rc, &found);
}

static void
go_where_the_administrator_is(void **state)
{
	static const struct {
		const char *accounts, *bounces_to, *want;
	} cases[] = {
	    {"post=a@example.org", "post@remotes.club", "a@example.org"},
	    {"post=ann ann=a@example.org,b@example.org", "Post@remotes.club",
		"a@example.org b@example.org"},
	    {"post=a@example.org", "post+bounces@remotes.club",
		"a@example.org"},
	    {"@second.example=a@example.org", "any@second.example",
		"a@example.org"},
	    {"post=a@example.org", "root@example.org", "root@example.org"},
	    {"post=", "post@remotes.club", "none"},
	    {"!post=a@example.org", "post@remotes.club", "none"},
	    {"post=post", "post@remotes.club", "none"},
	    {"ann=a@example.org", "post@remotes.club", "none"},
	    {"ann=a@example.org", NULL, "none"},
	    {"ann=a@example.org", "", "none"},
	    {"ann=a@example.org", "postmaster", "none"},
	};
	struct members *m = *state;

	give_mail(m, ID, OUTBOX_SENT);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *to = cases[i].bounces_to;

		give_accounts(m, cases[i].accounts);
		m->settings.bounces_to = to;
		CHECK_STR(goes_to(m, BOUNCES), cases[i].want,
		    to == NULL ? "nobody" : to);
	}
}

static void
are_told_by_their_ids(void **state)
{
	static const char target[] = "p@example.org";
	static const struct {
		const char *address, *want;
	} cases[] = {
	    {BOUNCES, target},
	    {"BOUNCE+0123456789ABCDEFGHIJKLMNOP@Remotes.Club", target},
	    {"bounce+" ID "@second.example", target},
	    {"bounce+" OTHER "@remotes.club", "nobody"},
	    {"bounce+" OTHER "@second.example", "nobody"},
	    {"bounce+" ID "@example.org", "not ours"},
	    /* No such address, but that of an account or a catch-all. */
	    {"bounce+" ID "x@remotes.club", "b@example.org"},
	    {"bounce+" ID "x@second.example", "c@example.org"},
	    {"bounce+w" ID "@second.example", "c@example.org"},
	    {"bounce@remotes.club", "b@example.org"},
	};
	struct members *m = *state;

	give_mail(m, ID, OUTBOX_SENT);
	give_accounts(m, "post=p@example.org bounce=b@example.org "
			 "bounce+" ID "=x@example.org "
			 "@second.example=c@example.org");
	m->settings.bounces_to = "post@remotes.club";
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < COUNT(cases); i++)
			CHECK_STR(goes_to(m, cases[i].address), cases[i].want,
			    cases[i].address);
		m->settings.delimiter = turn == 0 ? "-" : "";
		give_accounts(m, "post=p@example.org bounce=b@example.org "
				 "bounce+" ID "x=b@example.org "
				 "@second.example=c@example.org");
	}
}

static void
come_whatever_became_of_the_mail(void **state)
{
	static const enum outbox_state states[] = {
	    OUTBOX_NEW, OUTBOX_SENT, OUTBOX_FAILED, OUTBOX_BOUNCED};
	struct members *m = *state;

	give_accounts(m, "post=p@example.org");
	m->settings.bounces_to = "post@remotes.club";
	for (size_t i = 0; i < COUNT(states); i++) {
		const char *id = arena_printf(m->arena, "%zu%s", i, &OTHER[1]);
		const char *address =
		    arena_printf(m->arena, "bounce+%s@remotes.club", id);

		give_mail(m, id, states[i]);
		CHECK_STR(goes_to(m, address), "p@example.org", address);
	}
}

static void
have_an_account(void **state)
{
	struct members *m = *state;
	struct forwards found;
	struct address address;

	give_mail(m, ID, OUTBOX_SENT);
	give_accounts(m, "post=p@example.org");
	address_read(m->arena, BOUNCES, &address, NULL);
	m->settings.bounces_to = "post@remotes.club";
	forwards_find(m->store, &m->settings, m->arena, &address, &found, NULL);
	assert_string_equal(found.account, "post@remotes.club");
	m->settings.bounces_to = "root@example.org";
	forwards_find(m->store, &m->settings, m->arena, &address, &found, NULL);
	assert_string_equal(found.account, BOUNCES);
}

static void
wait_for_the_store(void **state)
{
	struct members *m = *state;
	struct db *db = temp_store_take(m->temp);
	struct forwards found;
	struct address address;

	CHECK(db_run(db, NULL, "DROP TABLE outbox", "") != RC_TEMP, "drop");
	store_give(m->store, db);
	address_read(m->arena, BOUNCES, &address, NULL);
	assert_int_equal(forwards_find(m->store, &m->settings, m->arena,
			     &address, &found, NULL),
	    RC_TEMP);
	assert_true(found.store_down);
}

static void
are_never_old_news(void **state)
{
	struct members *m = *state;
	struct forwards_cache *cache;
	struct address address;
	struct forwards found;
	const char *away = arena_printf(m->arena, "%s.away", m->temp->path);
	const char *const steps[] = {"nobody", "p@example.org",
	    "root@example.org", "temp", "root@example.org"};

	needs_a_file();
	clock_set(1000000, 1000000);
	m->settings.cache_ms = m->settings.stale_ms = 3600000;
	m->settings.bounces_to = "post@remotes.club";
	give_accounts(m, "post=p@example.org");
	cache = forwards_cache_new(m->store, &m->settings, 10);
	address_read(m->arena, BOUNCES, &address, NULL);
	for (size_t i = 0; i < COUNT(steps); i++) {
		enum rc rc;

		if (i == 1)
			give_mail(m, ID, OUTBOX_SENT);
		if (i == 2)
			m->settings.bounces_to = "root@example.org";
		if (i == 3)
			CHECK(rename(m->temp->path, away) == 0, away);
		if (i == 4)
			CHECK(rename(away, m->temp->path) == 0, away);
		rc = forwards_cache_find(cache, &m->settings, m->arena,
		    &address, &found, NULL);
		CHECK_STR(shown(m, rc, &found), steps[i], steps[i]);
	}
	forwards_cache_free(cache);
}

#define NEEDS(f)                                                               \
	cmocka_unit_test_setup_teardown(f, members_set_up, members_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS(go_where_the_administrator_is),
	    NEEDS(are_told_by_their_ids),
	    NEEDS(come_whatever_became_of_the_mail),
	    NEEDS(have_an_account),
	    NEEDS(wait_for_the_store),
	    NEEDS(are_never_old_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
