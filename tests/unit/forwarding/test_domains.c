/* SPDX-License-Identifier: MIT */
#include "forwarding/domains.h"

#include "base/clock.h"
#include "forwarding/domains_change.h"
#include "forwarding/members.h"

#include <stdio.h>

#define FRESH_MS ((int64_t)60 * 1000)
#define STALE_MS ((int64_t)3600 * 1000)

static int
set_up(void **state)
{
	struct members *m;

	members_set_up(state);
	m = *state;
	m->settings.stored = domains_new(m->store, FRESH_MS, STALE_MS);
	clock_set(1000000, 1000000);
	return 0;
}

static int
set_up_without(void **state)
{
	struct members *m;

	set_up(state);
	m = *state;
	domains_free(m->settings.stored);
	m->settings.stored = domains_new(m->store, 0, 0);
	return 0;
}

static int
tear_down(void **state)
{
	struct members *m = *state;

	domains_free(m->settings.stored);
	return members_tear_down(state);
}

static void
add_domain(struct members *m, const char *name, const char *srs,
    const char *strategy)
{
	const struct stored_domain d = {name, srs, strategy, 7, 0};
	struct db *db = temp_store_take(m->temp);
	struct err err = {""};

	CHECK(domains_add_tx(db, m->arena, &d, &err) == RC_OK, err.text);
	store_give(m->store, db);
}

static void
remove_domain(struct members *m, const char *name)
{
	struct db *db = temp_store_take(m->temp);

	CHECK(domains_remove_tx(db, m->arena, name, 8, NULL) == RC_OK, name);
	store_give(m->store, db);
}

static enum rc
finds(struct members *m, const char *name)
{
	return domains_find(&m->settings, name, NULL, NULL);
}

static enum rc
glances(struct members *m, const char *name)
{
	return domains_glance(&m->settings, name, NULL, NULL);
}

static void
store_goes_down(struct members *m)
{
	char *away = arena_printf(m->arena, "%s.away", m->temp->path);

	CHECK(rename(m->temp->path, away) == 0, away);
}

static void
store_comes_back(struct members *m)
{
	char *away = arena_printf(m->arena, "%s.away", m->temp->path);

	CHECK(rename(away, m->temp->path) == 0, away);
}

/* As on a node that is behind. */
static void
table_is_empty(struct members *m)
{
	struct db *db = temp_store_take(m->temp);

	CHECK(db_run(db, NULL, "DELETE FROM domain", "") == RC_OK, "DELETE");
	store_give(m->store, db);
}

static void
believes_a_yes_more_than_an_empty_table_of_later(void **state)
{
	struct members *m = *state;

	add_domain(m, "own.example", NULL, NULL);
	CHECK(glances(m, "own.example") == RC_OK, "own.example");
	table_is_empty(m);
	CHECK(glances(m, "strange.example") == RC_NONE, "strange.example");
	CHECK(glances(m, "own.example") == RC_OK, "own.example, kept");
	clock_advance(FRESH_MS);
	CHECK(glances(m, "own.example") == RC_NONE, "own.example, later");
}

static void
knows_both_kinds(void **state)
{
	struct members *m = *state;
	struct domain_facts facts;
	const char *srs;

	add_domain(m, "own.example", "srs.own.example", "hold");
	add_domain(m, "plain.example", NULL, NULL);
	CHECK(domains_find(&m->settings, "remotes.club", &facts, NULL) == RC_OK,
	    "configured");
	CHECK(!facts.stored && facts.strategy == NULL, "configured");
	CHECK(domains_find(&m->settings, "own.example", &facts, NULL) == RC_OK,
	    "stored");
	CHECK(facts.stored && facts.own_srs && !facts.srs, "stored");
	CHECK_STR(facts.strategy, "hold", "strategy");
	CHECK(domains_srs_of(&m->settings, m->arena, "own.example", &srs,
		  NULL) == RC_OK,
	    "SRS domain");
	CHECK_STR(srs, "srs.own.example", "SRS domain");
	CHECK(domains_srs_of(&m->settings, m->arena, "plain.example", &srs,
		  NULL) == RC_NONE,
	    "none of its own");
	CHECK(finds(m, "srs.own.example") == RC_NONE, "not served");
	CHECK(domains_srs_find(&m->settings, "srs.own.example", NULL) == RC_OK,
	    "but read");
	CHECK(domains_find_any(&m->settings, "srs.own.example", NULL) == RC_OK,
	    "so ours");
	CHECK(domains_find_any(&m->settings, "plain.example", NULL) == RC_OK,
	    "ours");
	CHECK(domains_find_any(&m->settings, "other.example", NULL) == RC_NONE,
	    "neither");
	CHECK(finds(m, "") == RC_NONE, "nothing");
	CHECK(domains_ours(&m->settings, "plain.example"), "ours");
	CHECK(!domains_ours(&m->settings, "other.example"), "not ours");
}

/* "No" is old at once for who would be refused, and harmless for others. */
static void
who_was_added_is_refused_no_more(void **state)
{
	struct members *m = *state;

	add_domain(m, "first.example", NULL, NULL);
	CHECK(finds(m, "new.example") == RC_NONE, "not yet");
	CHECK(glances(m, "new.example") == RC_NONE, "not yet");
	CHECK(glances(m, "late.example") == RC_NONE, "not yet");
	add_domain(m, "new.example", NULL, NULL);
	add_domain(m, "late.example", NULL, NULL);
	CHECK(finds(m, "new.example") == RC_OK, "at once");
	CHECK(glances(m, "late.example") == RC_NONE, "old news");
	clock_advance(FRESH_MS - 1);
	CHECK(glances(m, "late.example") == RC_NONE, "still");
	clock_advance(1);
	CHECK(glances(m, "late.example") == RC_OK, "asked again");
}

static void
who_was_removed_is_forgotten_after_a_while(void **state)
{
	struct members *m = *state;
	struct domain_facts facts;

	add_domain(m, "a.example", "srs.a.example", NULL);
	CHECK(finds(m, "a.example") == RC_OK, "served");
	CHECK(domains_srs_find(&m->settings, "srs.a.example", NULL) == RC_OK,
	    "read");
	remove_domain(m, "a.example");
	CHECK(finds(m, "a.example") == RC_OK, "old news");
	clock_advance(FRESH_MS);
	CHECK(domains_find(&m->settings, "a.example", &facts, NULL) == RC_NONE,
	    "removed");
	CHECK(facts.removed && !facts.stored, "removed");
	CHECK(domains_srs_find(&m->settings, "srs.a.example", NULL) == RC_OK,
	    "bounces come home");
	add_domain(m, "a.example", "srs.a.example", NULL);
	CHECK(finds(m, "a.example") == RC_OK, "back at once");
}

static void
a_site_without_stored_domains_does_not_ask(void **state)
{
	struct members *m = *state;

	CHECK(finds(m, "a.example") == RC_NONE, "nothing there");
	add_domain(m, "a.example", NULL, NULL);
	clock_advance(DOMAINS_EMPTY_MS - 1);
	CHECK(finds(m, "a.example") == RC_NONE, "not asked");
	clock_advance(1);
	CHECK(glances(m, "a.example") == RC_NONE, "harmless for longer");
	CHECK(finds(m, "a.example") == RC_OK, "asked");
	CHECK(glances(m, "a.example") == RC_OK, "known now");
}

static void
without_a_cache_all_is_asked(void **state)
{
	struct members *m = *state;

	CHECK(finds(m, "a.example") == RC_NONE, "nothing there");
	CHECK(glances(m, "a.example") == RC_NONE, "nothing there");
	add_domain(m, "a.example", NULL, NULL);
	CHECK(glances(m, "a.example") == RC_OK, "there");
	remove_domain(m, "a.example");
	CHECK(finds(m, "a.example") == RC_NONE, "gone");
}

/* Nobody is refused for what has become of the store. */
static void
a_store_that_is_down_is_no_reason_to_refuse(void **state)
{
	struct members *m = *state;
	struct err err = {""};

	needs_a_file();
	add_domain(m, "a.example", NULL, NULL);
	CHECK(finds(m, "a.example") == RC_OK, "served");
	CHECK(finds(m, "old.example") == RC_NONE, "not ours");
	clock_advance(FRESH_MS);
	CHECK(finds(m, "late.example") == RC_NONE, "not ours");
	CHECK(glances(m, "glance.example") == RC_NONE, "not ours");
	clock_advance(1);
	store_goes_down(m);
	CHECK(finds(m, "remotes.club") == RC_OK, "configured");
	CHECK(domains_find(&m->settings, "x.example", NULL, &err) == RC_TEMP,
	    "never asked");
	CHECK(strstr(err.text, "postward.db") != NULL, err.text);
	CHECK(finds(m, "a.example") == RC_OK, "known");
	CHECK(finds(m, "late.example") == RC_NONE, "just found out");
	CHECK(finds(m, "old.example") == RC_TEMP, "added since, perhaps");
	CHECK(glances(m, "old.example") == RC_NONE, "harmless");
	CHECK(domains_find(&m->settings, "x.example", NULL, &err) == RC_TEMP,
	    "not tried again");
	CHECK(strstr(err.text, "postward.db") != NULL, err.text);
	CHECK(!domains_ours(&m->settings, "x.example"), "cannot tell");
	clock_advance(STALE_MS);
	CHECK(finds(m, "a.example") == RC_TEMP, "too long");
	CHECK(glances(m, "old.example") == RC_TEMP, "too long");
	store_comes_back(m);
	clock_advance(DOMAINS_RETRY_MS);
	CHECK(finds(m, "x.example") == RC_NONE, "asked again");
	CHECK(finds(m, "a.example") == RC_OK, "asked again");
}

/* Postfix asks about the targets of who is known, too. */
static void
what_known_members_forward_to_is_not_ours(void **state)
{
	struct members *m = *state;

	needs_a_file();
	add_domain(m, "a.example", NULL, NULL);
	CHECK(finds(m, "a.example") == RC_OK, "served");
	clock_advance(FRESH_MS + 1);
	store_goes_down(m);
	CHECK(finds(m, "mailbox.example") == RC_TEMP, "never asked");
	domains_led_to(&m->settings, "mailbox.example");
	domains_led_to(&m->settings, "a.example");
	domains_led_to(&m->settings, "remotes.club");
	CHECK(finds(m, "mailbox.example") == RC_NONE, "outside");
	CHECK(finds(m, "a.example") == RC_OK, "known to be ours");
	CHECK(finds(m, "remotes.club") == RC_OK, "configured");
	CHECK(finds(m, "other.example") == RC_TEMP, "another");
	clock_advance(STALE_MS);
	CHECK(finds(m, "mailbox.example") == RC_TEMP, "too long");
	store_comes_back(m);
	add_domain(m, "mailbox.example", NULL, NULL);
	clock_advance(DOMAINS_RETRY_MS);
	CHECK(finds(m, "mailbox.example") == RC_OK, "asked again");
}

static void
without_stored_domains_the_store_may_be_down(void **state)
{
	struct members *m = *state;

	needs_a_file();
	CHECK(finds(m, "a.example") == RC_NONE, "nothing there");
	store_goes_down(m);
	clock_advance(STALE_MS - 1);
	CHECK(finds(m, "b.example") == RC_NONE, "nor elsewhere");
	CHECK(glances(m, "c.example") == RC_NONE, "nor elsewhere");
	clock_advance(1);
	CHECK(finds(m, "b.example") == RC_TEMP, "too long");
	store_comes_back(m);
}

static void
within_a_transaction_its_connection_is_asked(void **state)
{
	struct members *m = *state;
	const struct stored_domain d = {"tx.example", NULL, "keep", 7, 0};
	struct db *db = temp_store_take(m->temp);
	struct domain_facts facts;

	CHECK(db_begin(db, NULL) == RC_OK, "begin");
	CHECK(domains_glance_tx(db, &m->settings, "tx.example", NULL, NULL) ==
		  RC_NONE,
	    "not yet");
	CHECK(domains_add_tx(db, m->arena, &d, NULL) == RC_OK, "add");
	CHECK(domains_glance_tx(db, &m->settings, "tx.example", &facts, NULL) ==
		  RC_OK,
	    "its own row");
	CHECK_STR(facts.strategy, "keep", "strategy");
	CHECK(domains_glance_tx(db, &m->settings, "remotes.club", NULL, NULL) ==
		  RC_OK,
	    "configured");
	CHECK(db_commit(db, NULL) == RC_OK, "commit");
	store_give(m->store, db);
}

static const char *
strategy_of(struct members *m, const char *local)
{
	const struct address address = {local, "a.example"};
	struct forwards found;

	CHECK(forwards_find(m->store, &m->settings, m->arena, &address, &found,
		  NULL) == RC_OK,
	    local);
	CHECK(found.known == FORWARDS_FOUND, local);
	return found.strategy;
}

static void
a_domain_chooses_for_who_has_not_chosen(void **state)
{
	struct members *m = *state;
	struct db *db;

	add_domain(m, "a.example", NULL, "hold");
	give_accounts(m, "ann@a.example=x@x.example bob@a.example=ann@a.example"
			 " eve=ann@a.example");
	db = temp_store_take(m->temp);
	CHECK(account_set_strategy(db, "bob@a.example", "keep", NULL) == RC_OK,
	    "set");
	store_give(m->store, db);
	CHECK_STR(strategy_of(m, "ann"), "hold", "the domain's");
	CHECK_STR(strategy_of(m, "bob"), "keep", "his own");
}

static void
leads_to(struct members *m, int from, int to)
{
	char name[32];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		domains_led_to(&m->settings, name);
	}
}

/* More names than there is room for; what is served stays longest. */
static void
strangers_push_nobody_out(void **state)
{
	struct members *m = *state;

	add_domain(m, "a.example", NULL, NULL);
	CHECK(finds(m, "a.example") == RC_OK, "served");
	leads_to(m, 0, 3 * (int)DOMAINS_KEPT);
	remove_domain(m, "a.example");
	CHECK(finds(m, "a.example") == RC_OK, "kept");
}

static void
a_hundred_thousand_names_have_room(void **state)
{
	struct members *m = *state;
	int known = 0;
	char name[32];

	needs_a_file();
	leads_to(m, 0, 100000);
	store_goes_down(m);
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		known += glances(m, name) == RC_NONE;
	}
	CHECK(glances(m, "other.example") == RC_TEMP, "nobody knows");
	CHECK(known > 99900, "hardly one of them is lost");
}

#define WITH_CACHE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_CACHE(knows_both_kinds),
	    WITH_CACHE(believes_a_yes_more_than_an_empty_table_of_later),
	    WITH_CACHE(who_was_added_is_refused_no_more),
	    WITH_CACHE(who_was_removed_is_forgotten_after_a_while),
	    WITH_CACHE(a_site_without_stored_domains_does_not_ask),
	    cmocka_unit_test_setup_teardown(without_a_cache_all_is_asked,
		set_up_without, tear_down),
	    WITH_CACHE(a_store_that_is_down_is_no_reason_to_refuse),
	    WITH_CACHE(what_known_members_forward_to_is_not_ours),
	    WITH_CACHE(without_stored_domains_the_store_may_be_down),
	    WITH_CACHE(within_a_transaction_its_connection_is_asked),
	    WITH_CACHE(a_domain_chooses_for_who_has_not_chosen),
	    WITH_CACHE(strangers_push_nobody_out),
	    WITH_CACHE(a_hundred_thousand_names_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
