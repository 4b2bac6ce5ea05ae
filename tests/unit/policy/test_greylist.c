/* SPDX-License-Identifier: MIT */
#include "policy/greylist.h"

#include "base/clock.h"
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MINUTE ((int64_t)60)
#define DAY    ((int64_t)24 * 3600)
#define NOW    ((int64_t)1800000000)

static const struct greylist_settings settings = {
    .delay_ms = 5 * MINUTE * 1000,
    .window_ms = 2 * DAY * 1000,
    .keep_ms = 35 * DAY * 1000,
    .allow_after = 3,
    .rows_max = 1000000,
};

static void
a_row_means_one_thing(void **state)
{
	static const struct {
		const char *name;
		struct greylist_row row;
		enum greylist_answer answer;
		int64_t wait;
	} rows[] = {
	    {"nobody", {0}, GREYLIST_NEW, 300},
	    {"this moment", {"x", NOW, NOW, 0, NOW + DAY}, GREYLIST_EARLY, 300},
	    {"a second before", {"x", NOW - 299, NOW, 0, NOW + DAY},
		GREYLIST_EARLY, 1},
	    {"in time", {"x", NOW - 300, NOW, 0, NOW + DAY}, GREYLIST_PASSED,
		0},
	    {"too late", {"x", NOW - 2 * DAY, NOW, 0, NOW}, GREYLIST_NEW, 300},
	    {"has passed", {"x", NOW, NOW, 1, NOW + 1}, GREYLIST_KNOWN, 0},
	    {"passed long ago", {"x", NOW - 99, NOW, 9, NOW}, GREYLIST_NEW,
		300},
	    {"the other's clock is ahead", {"x", NOW + 60, NOW, 0, NOW + DAY},
		GREYLIST_EARLY, 360},
	    {"it was far ahead", {"x", NOW + 121, NOW, 0, NOW + 9 * DAY},
		GREYLIST_PASSED, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t wait;

		CHECK(greylist_state(&settings, &rows[i].row, NOW, &wait) ==
			  rows[i].answer,
		    rows[i].name);
		CHECK(rows[i].wait == 0 || wait == rows[i].wait, rows[i].name);
	}
}

static void
senders_of_a_list_are_one(void **state)
{
	static const char *const rows[][2] = {
	    {"ann@example.org", "ann@example.org"},
	    {"ann+shop@example.org", "ann#@example.org"},
	    {"prvs=123abc=ann@example.org", "prvs#@example.org"},
	    {"srs0=abcd=z9=a.test=ann@example.org", "srs#@example.org"},
	    {"bounce-4711-kim=remotes.club@list.test", "bounce-#@list.test"},
	    {"bounce-4712-ann=remotes.club@list.test", "bounce-#@list.test"},
	    {"4711@list.test", "#@list.test"},
	    {"ann@a1.test", "ann@a1.test"},
	    {"ann", "ann"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_STR(greylist_sender(a, rows[i][0]), rows[i][1],
		    rows[i][0]);
	arena_free(a);
}

static void
networks_are_named(void **state)
{
	static const char *const rows[][2] = {
	    {"192.0.2.77", "192.0.2.0/24"},
	    {"2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
	};
	struct arena *a = arena_new();
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ip_parse(rows[i][0], &ip);
		CHECK_STR(greylist_network(a, &ip), rows[i][1], rows[i][0]);
	}
	arena_free(a);
}

/* ---- two hosts on one store */

struct hosts {
	char folder[32], path[64];
	struct store *store;
	struct greylist *of[2];
};

static int
hosts_set_up(void **state)
{
	struct hosts *h = calloc(1, sizeof(*h));
	char url[80];
	int from, to;

	clock_set(NOW, 1000);
	strcpy(h->folder, "/tmp/greylist.XXXXXX");
	assert_non_null(mkdtemp(h->folder));
	snprintf(h->path, sizeof(h->path), "%s/db", h->folder);
	snprintf(url, sizeof(url), "sqlite:%s", h->path);
	assert_int_equal(store_open(url, NULL, &h->store, NULL), RC_OK);
	assert_int_equal(store_migrate(h->store, &from, &to, NULL), RC_OK);
	h->of[0] = greylist_new();
	h->of[1] = greylist_new();
	*state = h;
	return 0;
}

static int
hosts_tear_down(void **state)
{
	struct hosts *h = *state;
	char command[64];

	store_close(h->store);
	greylist_free(h->of[0]);
	greylist_free(h->of[1]);
	snprintf(command, sizeof(command), "rm -r %s", h->folder);
	assert_int_equal(system(command), 0);
	free(h);
	return 0;
}

static struct greylist_told
ask_host(struct hosts *h, size_t host, const char *who, const char *network)
{
	const struct greylist_question q = {
	    .memory = h->of[host],
	    .store = h->store,
	    .settings = &settings,
	    .who = who,
	    .network = network,
	    .note = true,
	    .deadline = clock_ms() + 10000,
	};
	struct greylist_told told;

	greylist_ask(&q, &told);
	return told;
}

static void
set_clock(int64_t at)
{
	clock_set(at, 1000 + (at - NOW) * 1000);
}

static void
who_comes_again_passes_at_all_hosts(void **state)
{
	static const struct {
		const char *name;
		int64_t at;
		size_t host;
		const char *who, *network;
		enum greylist_answer answer;
	} steps[] = {
	    {"first", 0, 0, "a.test", NULL, GREYLIST_NEW},
	    {"at once, elsewhere", 0, 1, "a.test", NULL, GREYLIST_EARLY},
	    {"not put off for longer", 299, 1, "a.test", NULL, GREYLIST_EARLY},
	    {"in time, elsewhere", 300, 1, "a.test", NULL, GREYLIST_PASSED},
	    {"known there", 301, 1, "a.test", NULL, GREYLIST_KNOWN},
	    {"known here", 301, 0, "a.test", NULL, GREYLIST_KNOWN},
	    {"another", 301, 0, "b.test", NULL, GREYLIST_NEW},
	    {"another, too late", 301 + 2 * DAY, 0, "b.test", NULL,
		GREYLIST_NEW},
	    {"after a month", 30 * DAY, 0, "a.test", NULL, GREYLIST_KNOWN},
	    {"and again", 60 * DAY, 1, "a.test", NULL, GREYLIST_KNOWN},
	    {"after too long", 96 * DAY, 1, "a.test", NULL, GREYLIST_NEW},
	};
	struct hosts *h = *state;

	for (size_t i = 0; i < COUNT(steps); i++) {
		set_clock(NOW + steps[i].at);
		CHECK(ask_host(h, steps[i].host, steps[i].who, steps[i].network)
			      .answer == steps[i].answer,
		    steps[i].name);
	}
}

static void
clocks_a_minute_apart_do_no_harm(void **state)
{
	static const struct {
		const char *name;
		int64_t at;
		enum greylist_answer answer;
	} steps[] = {
	    {"noted by a clock that is ahead", 60, GREYLIST_NEW},
	    {"the delay is over there", 300, GREYLIST_EARLY},
	    {"a minute longer", 360, GREYLIST_PASSED},
	};
	struct hosts *h = *state;

	for (size_t i = 0; i < COUNT(steps); i++) {
		set_clock(NOW + steps[i].at);
		CHECK(ask_host(h, i % 2, "a.test", NULL).answer ==
			  steps[i].answer,
		    steps[i].name);
	}
}

static void
a_network_passes_when_many_have(void **state)
{
	static const char net[] = "192.0.2.0/24";
	static const char *const senders[] = {"a", "b", "c"};
	struct hosts *h = *state;

	for (size_t i = 0; i < COUNT(senders); i++)
		CHECK(ask_host(h, 0, senders[i], net).answer == GREYLIST_NEW,
		    senders[i]);
	set_clock(NOW + 300);
	for (size_t i = 0; i < COUNT(senders); i++)
		CHECK(ask_host(h, 0, senders[i], net).answer == GREYLIST_PASSED,
		    senders[i]);
	CHECK(ask_host(h, 1, "d", net).answer == GREYLIST_NETWORK, "all");
	CHECK(ask_host(h, 1, "e", net).answer == GREYLIST_NETWORK, "kept");
	CHECK(ask_host(h, 1, "d", "198.51.100.0/24").answer == GREYLIST_NEW,
	    "another network");
}

static void
looking_notes_nothing(void **state)
{
	struct hosts *h = *state;
	const struct greylist_question q = {.store = h->store,
	    .settings = &settings,
	    .who = "a.test",
	    .deadline = INT64_MAX};
	struct greylist_told told;

	for (int i = 0; i < 2; i++) {
		greylist_ask(&q, &told);
		assert_int_equal(told.answer, GREYLIST_NEW);
	}
}

/* ---- trouble */

static void
without_a_store_all_pass_and_it_is_left_alone(void **state)
{
	struct hosts *h = *state;
	char moved[80];

	snprintf(moved, sizeof(moved), "%s.away", h->path);
	CHECK(ask_host(h, 0, "a.test", NULL).answer == GREYLIST_NEW, "before");
	assert_int_equal(rename(h->path, moved), 0);
	CHECK(ask_host(h, 0, "a.test", NULL).answer == GREYLIST_UNKNOWN,
	    "gone");
	CHECK(ask_host(h, 1, "b.test", NULL).error.text[0] != '\0',
	    "it says so");
	CHECK(ask_host(h, 1, "b.test", NULL).error.text[0] == '\0', "once");
	assert_int_equal(rename(moved, h->path), 0);
	CHECK(ask_host(h, 1, "b.test", NULL).answer == GREYLIST_UNKNOWN,
	    "nobody asks yet");
	clock_advance(GREYLIST_PAUSE_MS);
	CHECK(ask_host(h, 1, "b.test", NULL).answer == GREYLIST_NEW, "back");
	CHECK(ask_host(h, 1, "c.test", NULL).answer == GREYLIST_NEW, "for all");
}

static struct db *
take_lock(struct hosts *h)
{
	struct db *db;

	assert_int_equal(store_take(h->store, &db, NULL), RC_OK);
	assert_int_equal(db_begin(db, NULL), RC_OK);
	return db;
}

/* Whoever writes holds the lock for as long as he likes. */
static void
a_lock_keeps_nobody_waiting(void **state)
{
	struct hosts *h = *state;
	struct db *db;

	store_set_wait(h->store, 0);
	CHECK(ask_host(h, 0, "a.test", NULL).answer == GREYLIST_NEW, "before");
	set_clock(NOW + 300);
	db = take_lock(h);
	CHECK(ask_host(h, 0, "a.test", NULL).answer == GREYLIST_PASSED,
	    "who has come again passes");
	CHECK(ask_host(h, 1, "b.test", NULL).answer == GREYLIST_UNKNOWN,
	    "who is new as well");
	db_abandon(db);
	store_give(h->store, db);
}

static void
a_full_table_lets_pass(void **state)
{
	static const struct {
		const char *name;
		int64_t counted_ago, rows;
		enum greylist_answer answer;
	} rows[] = {
	    {"room", 60, 999999, GREYLIST_NEW},
	    {"full", 60, 1000000, GREYLIST_FULL},
	    {"nobody cleans up", DAY + 1, 1, GREYLIST_FULL},
	};
	struct hosts *h = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct db *db;

		assert_int_equal(store_take(h->store, &db, NULL), RC_OK);
		assert_int_equal(
		    db_run(db, NULL,
			"REPLACE INTO greylist (name, first_seen, last_seen, "
			"passes, expires) VALUES (?1, 0, ?2, ?3, ?4)",
			"siii", GREYLIST_COUNT, NOW - rows[i].counted_ago,
			rows[i].rows, INT64_MAX),
		    RC_OK);
		store_give(h->store, db);
		CHECK(ask_host(h, 0, rows[i].name, NULL).answer ==
			  rows[i].answer,
		    rows[i].name);
	}
}

/* Who is asked about by many at once is noted once, and nobody sees an
   error. */
struct asker {
	struct hosts *hosts;
	size_t host;
	int answers[GREYLIST_ANSWERS];
};

static void *
ask_often(void *context)
{
	struct asker *k = context;

	for (int i = 0; i < 50; i++) {
		char who[16];

		snprintf(who, sizeof(who), "%d.test", i);
		k->answers[ask_host(k->hosts, k->host, who, NULL).answer]++;
	}
	return NULL;
}

static void
two_hosts_note_the_same_at_once(void **state)
{
	struct asker askers[4] = {0};
	pthread_t threads[4];
	int early = 0, new = 0;

	for (size_t i = 0; i < COUNT(askers); i++) {
		askers[i].hosts = *state;
		askers[i].host = i % 2;
		pthread_create(&threads[i], NULL, ask_often, &askers[i]);
	}
	for (size_t i = 0; i < COUNT(askers); i++) {
		pthread_join(threads[i], NULL);
		early += askers[i].answers[GREYLIST_EARLY];
		new += askers[i].answers[GREYLIST_NEW];
	}
	assert_int_equal(early + new, 200);
	assert_true(new >= 50);
}

#define NEEDS_HOSTS(f)                                                         \
	cmocka_unit_test_setup_teardown(f, hosts_set_up, hosts_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_means_one_thing),
	    cmocka_unit_test(senders_of_a_list_are_one),
	    cmocka_unit_test(networks_are_named),
	    NEEDS_HOSTS(who_comes_again_passes_at_all_hosts),
	    NEEDS_HOSTS(clocks_a_minute_apart_do_no_harm),
	    NEEDS_HOSTS(a_network_passes_when_many_have),
	    NEEDS_HOSTS(looking_notes_nothing),
	    NEEDS_HOSTS(without_a_store_all_pass_and_it_is_left_alone),
	    NEEDS_HOSTS(a_lock_keeps_nobody_waiting),
	    NEEDS_HOSTS(a_full_table_lets_pass),
	    NEEDS_HOSTS(two_hosts_note_the_same_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
