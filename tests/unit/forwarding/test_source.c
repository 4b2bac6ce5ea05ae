/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/blocking.h"
#include "forwarding/members.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>

/* The homes of this system: each user has the same one, "trouble" has none that
   can be read, "slow" comes when it is told to, "nobody..." is no user. */
static struct {
	const char *home;
	const char *asked[100];
	size_t n;
	sem_t arrived, go_on;
} homes;

static enum rc
count_home(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	CHECK(homes.n < COUNT(homes.asked), user);
	homes.asked[homes.n++] = arena_copy_text(a, user);
	if (strcmp(user, "trouble") == 0)
		return err_set(err, RC_TEMP, "users: trouble");
	if (str_starts(user, "nobody"))
		return RC_NONE;
	*out = (struct unix_user){homes.home, geteuid()};
	return RC_OK;
}

static enum rc
wait_at_home(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	if (strcmp(user, "slow") == 0) {
		sem_post(&homes.arrived);
		while (sem_wait(&homes.go_on) != 0)
			;
	}
	return count_home(a, user, out, err);
}

static void
give_homes(struct members *m, home_of_fn *home_of, const char *text)
{
	char *path = arena_printf(m->arena, "%s/.forward", m->temp->folder);
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	CHECK(fd >= 0, path);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
	homes.home = m->temp->folder;
	homes.n = 0;
	m->settings.home_of = home_of;
}

static enum rc
find(const struct members *m, struct arena *a, const char *local,
    struct forwards *out, struct err *err)
{
	const struct address address = {
	    arena_copy_text(a, local), "remotes.club"};

	return forwards_find(m->store, &m->settings, a, &address, out, err);
}

/* Which homes were asked, in that order. */
static const char *
asked(struct members *m)
{
	struct str s;

	str_init(&s, m->arena);
	for (size_t i = 0; i < homes.n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : " ", homes.asked[i]);
	return s.text;
}

struct slow {
	struct members *m;
	enum rc rc;
	bool right;
};

static void *
find_the_slow_one(void *context)
{
	struct slow *slow = context;
	struct arena *a = arena_new();
	struct forwards got;

	slow->rc = find(slow->m, a, "slow", &got, NULL);
	slow->right = slow->rc == RC_OK && got.n == 1 &&
		      strcmp(got.targets[0], "s@example.org") == 0;
	arena_free(a);
	return NULL;
}

/* The pool has one connection; whoever holds it makes the next one open
   another. */
static void
holds_no_connection_while_a_home_is_slow(void **state)
{
	struct slow slow = {.m = *state, .rc = RC_PERM};
	struct members *m = slow.m;
	struct db *only, *taken;
	struct forwards got;
	pthread_t thread;

	give_homes(m, wait_at_home, "s@example.org");
	give_accounts(m, "bob=b@example.org");
	sem_init(&homes.arrived, 0, 0);
	sem_init(&homes.go_on, 0, 0);
	only = temp_store_take(m->temp);
	store_give(m->store, only);
	CHECK(pthread_create(&thread, NULL, find_the_slow_one, &slow) == 0,
	    "start");
	while (sem_wait(&homes.arrived) != 0)
		;
	taken = temp_store_take(m->temp);
	store_give(m->store, taken);
	CHECK(taken == only, "the only connection is there");
	CHECK(find(m, m->arena, "bob", &got, NULL) == RC_OK && got.n == 1,
	    "another request is served meanwhile");
	sem_post(&homes.go_on);
	CHECK(pthread_join(thread, NULL) == 0, "join");
	CHECK(slow.rc == RC_OK && slow.right, "the slow one");
}

static unsigned blocked, at_home;

static void
begin_blocking(void *context)
{
	(void)context;
	blocked++;
}

static void
end_blocking(void *context)
{
	(void)context;
	blocked--;
}

static enum rc
see_blocking(struct arena *a, const char *user, struct unix_user *out,
    struct err *err)
{
	at_home += blocked;
	return count_home(a, user, out, err);
}

/* So that a pool of workers lets others work. */
static void
says_that_it_blocks_at_home(void **state)
{
	struct members *m = *state;
	struct blocking blocking = {
	    .begin = begin_blocking, .end = end_blocking};
	struct forwards got;

	give_homes(m, see_blocking, "j@example.org");
	blocked = at_home = 0;
	blocking_observe(&blocking);
	CHECK(find(m, m->arena, "joe", &got, NULL) == RC_OK, "find");
	blocking_observe(NULL);
	assert_int_equal(at_home, 1);
	assert_int_equal(blocked, 0);
}

static void
asks_each_home_once_and_none_in_vain(void **state)
{
	static const struct {
		const char *name, *accounts, *address, *homes;
	} cases[] = {
	    {"none needed", "ann=a@example.org", "ann", ""},
	    {"suspended", "!ann=", "ann", ""},
	    {"no targets", "ann=", "ann", "ann"},
	    {"no account", "", "joe", "joe"},
	    {"no Unix name", "", "j&e", ""},
	    {"no user", "", "nobody1", "nobody1"},
	    {"nor the one without extension", "", "nobody1+x", "nobody1"},
	    {"targets in their order", "ann=bob,eve,joe bob=b@example.org",
		"ann", "eve joe"},
	    {"one target twice", "ann=bob,eve bob=eve", "ann", "eve"},
	    {"one after another", "ann=bob,joe bob=eve eve=nobody2", "ann",
		"joe nobody2"},
	};
	struct members *m = *state;
	struct forwards got;

	for (size_t i = 0; i < COUNT(cases); i++) {
		give_homes(m, count_home, "j@example.org");
		give_accounts(m, cases[i].accounts);
		CHECK(find(m, m->arena, cases[i].address, &got, NULL) == RC_OK,
		    cases[i].name);
		CHECK_STR(asked(m), cases[i].homes, cases[i].name);
	}
}

/* trouble-x is a user, whose mail does not depend on the home of trouble. */
static void
asks_nobody_who_may_not_be_on_the_way(void **state)
{
	struct members *m = *state;
	struct forwards got;

	give_homes(m, count_home, "j@example.org");
	m->settings.delimiter = "-";
	give_accounts(m, "@remotes.club=trouble");
	CHECK(find(m, m->arena, "trouble-x", &got, NULL) == RC_OK, "find");
	CHECK_STR(asked(m), "trouble-x", "the extended one is known");
	CHECK(find(m, m->arena, "trouble", &got, NULL) == RC_TEMP, "itself");
}

static void
knows_whose_trouble_it_is(void **state)
{
	struct members *m = *state;
	struct forwards got;
	struct db *db;

	give_homes(m, count_home, "j@example.org");
	CHECK(find(m, m->arena, "trouble", &got, NULL) == RC_TEMP, "home");
	CHECK(!got.store_down, "home");
	db = temp_store_take(m->temp);
	db_run(db, NULL, "DROP TABLE target_failure", "");
	db_run(db, NULL, "DROP TABLE target_health", "");
	db_run(db, NULL, "DROP TABLE forward", "");
	store_give(m->store, db);
	give_homes(m, count_home, "j@example.org");
	db = temp_store_take(m->temp);
	CHECK(account_add(db, "joe@remotes.club", 1, NULL) == RC_OK, "joe");
	store_give(m->store, db);
	CHECK(find(m, m->arena, "joe", &got, NULL) == RC_TEMP, "store");
	CHECK(got.store_down, "store");
	CHECK_STR(asked(m), "", "no home instead of the store");
}

/* joe is a Unix user with a ~/.forward, and so is everybody else. */
static void
asks_in_the_order_that_is_chosen(void **state)
{
	static const struct {
		const char *name;
		enum forwards_source sources[FORWARDS_SOURCES];
		size_t n;
		const char *address, *target, *source;
	} cases[] = {
	    {"not chosen", {0}, 0, "ann", "a@example.org", "store"},
	    {"not chosen, at home", {0}, 0, "joe", "j@example.org", "home"},
	    {"store first", {FORWARDS_STORE, FORWARDS_HOME}, 2, "ann",
		"a@example.org", "store"},
	    {"home first", {FORWARDS_HOME, FORWARDS_STORE}, 2, "ann",
		"j@example.org", "home"},
	    {"store alone", {FORWARDS_STORE}, 1, "joe", NULL, NULL},
	};
	struct members *m = *state;
	struct forwards got;

	give_homes(m, count_home, "j@example.org");
	give_accounts(m, "ann=a@example.org");
	for (size_t i = 0; i < COUNT(cases); i++) {
		memcpy(m->settings.sources, cases[i].sources,
		    sizeof(cases[i].sources));
		m->settings.n_sources = cases[i].n;
		CHECK(find(m, m->arena, cases[i].address, &got, NULL) == RC_OK,
		    cases[i].name);
		CHECK_STR(got.source, cases[i].source, cases[i].name);
		CHECK_STR(got.n == 0 ? NULL : got.targets[0], cases[i].target,
		    cases[i].name);
	}
}

/* Others wait for the end of its transaction. */
static void
reads_no_home_in_a_change(void **state)
{
	struct members *m = *state;

	give_homes(m, count_home, "ann@remotes.club");
	give_accounts(m, "ann=");
	CHECK(forwards_add(m->store, &m->settings, m->arena, "ann@remotes.club",
		  "joe@remotes.club", 1, NULL) == RC_OK,
	    "add");
	CHECK_STR(asked(m), "", "add");
}

#define NEEDS_MEMBERS(f)                                                       \
	cmocka_unit_test_setup_teardown(f, members_set_up, members_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    NEEDS_MEMBERS(holds_no_connection_while_a_home_is_slow),
	    NEEDS_MEMBERS(says_that_it_blocks_at_home),
	    NEEDS_MEMBERS(asks_each_home_once_and_none_in_vain),
	    NEEDS_MEMBERS(asks_nobody_who_may_not_be_on_the_way),
	    NEEDS_MEMBERS(knows_whose_trouble_it_is),
	    NEEDS_MEMBERS(asks_in_the_order_that_is_chosen),
	    NEEDS_MEMBERS(reads_no_home_in_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
