/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards_cache.h"

#include "base/clock.h"
#include "forwarding/members.h"

#include <pthread.h>
#include <stdio.h>

#define FRESH_MS ((int64_t)60 * 1000)
#define STALE_MS ((int64_t)3600 * 1000)

struct fixture {
	struct members *m;
	struct forwards_cache *cache;
};

static int
set_up_with(void **state, int64_t fresh_ms, int64_t stale_ms, size_t addresses)
{
	struct members *m;
	struct fixture *f;

	members_set_up(state);
	m = *state;
	m->settings.cache_ms = fresh_ms;
	m->settings.stale_ms = stale_ms;
	f = arena_take(m->arena, sizeof(*f));
	f->m = m;
	f->cache = forwards_cache_new(m->store, &m->settings, addresses);
	clock_set(1000000, 1000000);
	*state = f;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_with(state, FRESH_MS, STALE_MS, 1000);
}

static int
set_up_tiny(void **state)
{
	return set_up_with(state, FRESH_MS, STALE_MS, 0);
}

static int
set_up_without(void **state)
{
	return set_up_with(state, 0, 0, 1000);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	forwards_cache_free(f->cache);
	*state = f->m;
	return members_tear_down(state);
}

/* Where a name's mail goes: "none" and "nobody" for no target and no account,
   "temp" if it cannot be said. */
static const char *
ask(struct fixture *f, const char *name, struct forwards *found)
{
	struct arena *a = f->m->arena;
	struct address address;
	struct str s;

	CHECK(address_read(a, whole(f->m, name), &address, NULL) == RC_OK,
	    name);
	if (forwards_cache_find(f->cache, &f->m->settings, a, &address, found,
		NULL) != RC_OK)
		return "temp";
	if (found->known != FORWARDS_FOUND)
		return found->known == FORWARDS_NO_TARGET    ? "none"
		       : found->known == FORWARDS_NO_ACCOUNT ? "nobody"
							     : "not ours";
	str_init(&s, a);
	for (size_t i = 0; i < found->n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : " ", found->targets[i]);
	return s.text;
}

static const char *
goes_to(struct fixture *f, const char *name)
{
	struct forwards found;

	return ask(f, name, &found);
}

static void
store_goes_down(struct fixture *f)
{
	char *away = arena_printf(f->m->arena, "%s.away", f->m->temp->path);

	CHECK(rename(f->m->temp->path, away) == 0, away);
}

static void
store_comes_back(struct fixture *f)
{
	char *away = arena_printf(f->m->arena, "%s.away", f->m->temp->path);

	CHECK(rename(away, f->m->temp->path) == 0, away);
}

static void
believes_what_it_knows_for_a_while(void **state)
{
	struct fixture *f = *state;
	struct forwards found;

	give_accounts(f->m, "ann=a@example.org,b@example.org");
	CHECK_STR(goes_to(f, "ann"), "a@example.org b@example.org", "first");
	give_accounts(f->m, "ann=c@example.org");
	CHECK_STR(ask(f, "ANN", &found), "a@example.org b@example.org", "kept");
	CHECK_STR(found.holders[1], "ann@remotes.club", "whose it is");
	clock_advance(FRESH_MS - 1);
	CHECK_STR(goes_to(f, "ann"), "a@example.org b@example.org", "kept");
	clock_advance(1);
	CHECK_STR(goes_to(f, "ann"), "c@example.org", "asked again");
}

static void
keeps_all_that_was_found(void **state)
{
	struct fixture *f = *state;
	struct forwards got;

	give_accounts(f->m, "ann=bob bob=ann,b@example.org");
	for (int i = 0; i < 2; i++) {
		CHECK_STR(ask(f, "ann+x", &got), "b@example.org", "targets");
		CHECK_STR(got.account, "ann@remotes.club", "account");
		CHECK(strstr(got.note, "a cycle") != NULL, got.note);
		CHECK_STR(got.trouble, NULL, "trouble");
	}
}

static void
choose(struct fixture *f, const char *name, const char *strategy)
{
	struct db *db = temp_store_take(f->m->temp);

	CHECK(account_set_strategy(db, whole(f->m, name), strategy, NULL) ==
		  RC_OK,
	    name);
	store_give(f->m->store, db);
}

/* A change of it counts as soon as one of the forwards does. */
static void
tells_what_the_account_has_chosen(void **state)
{
	struct fixture *f = *state;
	struct forwards got;

	give_accounts(f->m, "ann=bob bob=b@example.org");
	choose(f, "ann", "keep");
	choose(f, "bob", "hold");
	for (int i = 0; i < 2; i++) {
		ask(f, "ann+x", &got);
		CHECK_STR(got.strategy, "keep", "of the account itself");
		ask(f, "bob", &got);
		CHECK_STR(got.strategy, "hold", "of another one");
	}
	choose(f, "bob", NULL);
	ask(f, "bob", &got);
	CHECK_STR(got.strategy, "hold", "kept");
	clock_advance(FRESH_MS);
	ask(f, "bob", &got);
	CHECK_STR(got.strategy, NULL, "asked again");
}

static void
never_refuses_on_old_news(void **state)
{
	struct fixture *f = *state;

	give_accounts(f->m, "emp=");
	CHECK_STR(goes_to(f, "emp"), "none", "no target");
	CHECK_STR(goes_to(f, "ann"), "nobody", "no account");
	give_accounts(f->m, "ann=a@example.org emp=e@example.org");
	CHECK_STR(goes_to(f, "emp"), "e@example.org", "asked again");
	CHECK_STR(goes_to(f, "ann"), "a@example.org", "asked again");
}

static void
serves_known_members_while_the_store_is_down(void **state)
{
	struct fixture *f = *state;
	struct forwards got;

	give_accounts(f->m, "ann=a@example.org bob=b@example.org emp=");
	goes_to(f, "ann");
	goes_to(f, "emp");
	goes_to(f, "zoe");
	store_goes_down(f);
	clock_advance(FRESH_MS);
	CHECK_STR(ask(f, "ann", &got), "a@example.org", "known");
	CHECK(strstr(got.trouble, f->m->temp->path) != NULL, got.trouble);
	CHECK_STR(ask(f, "ann", &got), "a@example.org", "not asked");
	CHECK(strstr(got.trouble, "a moment ago") != NULL, got.trouble);
	CHECK_STR(goes_to(f, "bob"), "temp", "not asked for before");
	CHECK_STR(goes_to(f, "emp"), "temp", "no refusal on old news");
	CHECK_STR(goes_to(f, "zoe"), "temp", "no refusal on old news");
	CHECK_STR(goes_to(f, "x@example.org"), "not ours", "not ours");
	clock_advance(STALE_MS - FRESH_MS - 1);
	CHECK_STR(goes_to(f, "ann"), "a@example.org", "known");
	clock_advance(1);
	CHECK_STR(goes_to(f, "ann"), "temp", "too long ago");
}

static void
notices_that_the_store_is_back(void **state)
{
	struct fixture *f = *state;
	struct forwards got;

	give_accounts(f->m, "ann=a@example.org");
	goes_to(f, "ann");
	store_goes_down(f);
	clock_advance(FRESH_MS);
	goes_to(f, "ann");
	store_comes_back(f);
	give_accounts(f->m, "ann=c@example.org");
	clock_advance(FORWARDS_CACHE_RETRY_MS - 1);
	CHECK_STR(goes_to(f, "ann"), "a@example.org", "not asked yet");
	clock_advance(1);
	CHECK_STR(ask(f, "ann", &got), "c@example.org", "asked");
	CHECK_STR(got.trouble, NULL, "asked");
}

static enum rc
home_trouble(struct arena *a, const char *name, struct unix_user *out,
    struct err *err)
{
	(void)a;
	(void)name;
	(void)out;
	return err_set(err, RC_TEMP, "users: trouble");
}

static void
does_not_take_a_home_for_the_store(void **state)
{
	struct fixture *f = *state;
	struct forwards got;

	give_accounts(f->m, "ann=a@example.org");
	goes_to(f, "ann");
	f->m->settings.home_of = home_trouble;
	give_accounts(f->m, "ann=");
	clock_advance(FRESH_MS);
	CHECK_STR(ask(f, "ann", &got), "temp", "the store was there");
	CHECK(!got.store_down, "the store was there");
}

static void
keeps_so_many_addresses(void **state)
{
	struct fixture *f = *state;

	give_accounts(f->m, "ann=a@example.org bob=b@example.org");
	goes_to(f, "ann");
	for (int i = 0; i < 500; i++)
		goes_to(f, arena_printf(f->m->arena, "bob+%d", i));
	give_accounts(f->m, "ann=c@example.org");
	CHECK_STR(goes_to(f, "ann"), "c@example.org", "had to go");
}

static void
keeps_nothing_if_told_so(void **state)
{
	struct fixture *f = *state;

	give_accounts(f->m, "ann=a@example.org");
	CHECK_STR(goes_to(f, "ann"), "a@example.org", "first");
	give_accounts(f->m, "");
	CHECK_STR(goes_to(f, "ann"), "nobody", "asked");
	store_goes_down(f);
	CHECK_STR(goes_to(f, "ann"), "temp", "asked");
	store_comes_back(f);
}

static void *
ask_often(void *context)
{
	struct fixture *f = context;
	struct arena *a = arena_new();
	const struct forwards_settings *settings = &f->m->settings;
	void *failed = NULL;

	for (int i = 0; i < 400; i++) {
		struct address address = {
		    arena_printf(a, "ann+%d", i % 50), "remotes.club"};
		struct forwards got;

		if (forwards_cache_find(f->cache, settings, a, &address, &got,
			NULL) != RC_OK ||
		    got.n != 1 || strcmp(got.targets[0], "a@example.org") != 0)
			failed = "another answer";
		arena_reset(a);
	}
	arena_free(a);
	return failed;
}

static void
serves_threads(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[8];

	give_accounts(f->m, "ann=a@example.org");
	for (size_t i = 0; i < COUNT(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, ask_often, f) == 0,
		    "start");
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;

		CHECK(pthread_join(threads[i], &failed) == 0, "join");
		CHECK_STR((char *)failed, NULL, "thread");
	}
}

#define WITH(how, f) cmocka_unit_test_setup_teardown(f, how, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(set_up, believes_what_it_knows_for_a_while),
	    WITH(set_up, keeps_all_that_was_found),
	    WITH(set_up, tells_what_the_account_has_chosen),
	    WITH(set_up, never_refuses_on_old_news),
	    WITH(set_up, serves_known_members_while_the_store_is_down),
	    WITH(set_up, notices_that_the_store_is_back),
	    WITH(set_up, does_not_take_a_home_for_the_store),
	    WITH(set_up_tiny, keeps_so_many_addresses),
	    WITH(set_up_without, keeps_nothing_if_told_so),
	    WITH(set_up_tiny, serves_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
