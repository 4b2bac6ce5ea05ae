/* SPDX-License-Identifier: MIT */
#include "program/list_guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "policy/list_test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* How often the thread looks whether a test is due: a request may find a fault
   at any moment, and have the test sooner. */
#define LONGEST_SLEEP_MS ((int64_t)60 * 1000)

/* How long the thread may take to end. */
#define PATIENCE_MS 100

#define STACK_SIZE ((size_t)256 * 1024)

struct list_guard {
	struct snapshots *snapshots;
	list_guard_wanted_fn *wanted;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t called;
	bool look, ended;
	atomic_bool stop;
};

static unsigned
list_guard_chance(void)
{
	unsigned number = 0;

	/* Without random bytes all machines ask at the same moment, which does
	   no harm. */
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		return 0;
	return number;
}

static bool
is_on(const struct dns_list *list)
{
	return list->settings.action != ACTION_OFF;
}

static bool
is_meant(struct dns_list *list, enum list_guard_which which)
{
	struct list_health *health = dns_list_health(list);

	if (!is_on(list))
		return false;
	switch (which) {
	case LIST_GUARD_ALL:
		return true;
	case LIST_GUARD_DUE:
		return list_health_due(health, clock_ms());
	case LIST_GUARD_NEW:
		return atomic_load(&health->tested) == 0;
	}
	return false;
}

static void
list_guard_learn(struct dns_list *list, const struct list_test *test,
    struct arena *a)
{
	bool well;
	const char *line =
	    list_test_learn(list, test, a, list_guard_chance(), &well);

	if (line != NULL && well)
		log_info("%s", line);
	else if (line != NULL)
		log_warn("%s", line);
}

void
list_guard_round(const struct policy_settings *policy, struct dns *dns,
    enum list_guard_which which, const atomic_bool *stop)
{
	struct arena *a = arena_new();
	struct dns_list **lists =
	    arena_take_array(a, policy->n_lists + 1, sizeof(*lists));
	struct list_test *tests =
	    arena_take_array(a, policy->n_lists + 1, sizeof(*tests));
	size_t n = 0;

	for (size_t i = 0; i < policy->n_lists; i++)
		if (is_meant(&policy->lists[i], which))
			lists[n++] = &policy->lists[i];
	list_test_run(dns, a, lists, n, policy->list_deadline_ms, tests);
	/* A test that is given up because the program ends proves nothing. */
	for (size_t i = 0; i < n && !atomic_load(stop); i++)
		list_guard_learn(lists[i], &tests[i], a);
	arena_free(a);
}

/* Returns when the next test is due. */
static int64_t
next_due(const struct policy_settings *policy)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < policy->n_lists; i++) {
		struct dns_list *list = &policy->lists[i];
		int64_t due = atomic_load(&dns_list_health(list)->test_at);

		if (is_on(list) && due < next)
			next = due;
	}
	return next;
}

static void
test_lists(const struct settings *settings, enum list_guard_which which,
    const atomic_bool *stop)
{
	struct dns_settings resolver = settings->resolver;
	struct dns *dns;
	struct err err;

	resolver.cache_answers = 0;
	if (dns_open(&resolver, &dns, &err) != RC_OK) {
		log_warn("DNS lists cannot be tested: %s", err.text);
		return;
	}
	list_guard_round(&settings->policy, dns, which, stop);
	dns_close(dns);
}

/* Tests the lists that are due, or all.  Returns when to look again. */
static int64_t
list_guard_look_at_due(struct list_guard *g, bool all)
{
	struct snapshot *snapshot = snapshots_acquire(g->snapshots, NULL);
	const struct settings *settings = snapshot->settings;
	int64_t now = clock_ms(), next = INT64_MAX;

	if (g->wanted(settings)) {
		next = next_due(&settings->policy);
		if (next != INT64_MAX && (all || next <= now))
			test_lists(settings,
			    all ? LIST_GUARD_ALL : LIST_GUARD_DUE, &g->stop);
		next = next_due(&settings->policy);
	}
	snapshots_release(g->snapshots, snapshot);
	now = clock_ms();
	/* A list that could not be tested is not due again at once. */
	if (next <= now || next > now + LONGEST_SLEEP_MS)
		return now + LONGEST_SLEEP_MS;
	return next;
}

void
list_guard_meet(struct list_guard *guard, const struct settings *settings)
{
	const struct policy_settings *policy = &settings->policy;
	bool any = false;

	for (size_t i = 0; i < policy->n_lists; i++)
		any |= is_meant(&policy->lists[i], LIST_GUARD_NEW);
	if (any && guard->wanted(settings))
		test_lists(settings, LIST_GUARD_NEW, &guard->stop);
}

static struct timespec
time_of(int64_t ms)
{
	return (struct timespec){
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* True: all lists must be tested. */
static bool
sleep_until(struct list_guard *g, int64_t wake_ms)
{
	struct timespec at = time_of(wake_ms);
	bool all;

	pthread_mutex_lock(&g->lock);
	while (!g->look && !atomic_load(&g->stop) &&
	       pthread_cond_timedwait(&g->called, &g->lock, &at) != ETIMEDOUT)
		;
	all = g->look;
	g->look = false;
	pthread_mutex_unlock(&g->lock);
	return all;
}

static void *
list_guard_run(void *arg)
{
	struct list_guard *g = arg;
	bool all = false;

	pthread_setname_np(pthread_self(), "list-guard");
	while (!atomic_load(&g->stop))
		all = sleep_until(g, list_guard_look_at_due(g, all));
	pthread_mutex_lock(&g->lock);
	g->ended = true;
	pthread_cond_broadcast(&g->called);
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

void
list_guard_look(struct list_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	guard->look = true;
	pthread_cond_broadcast(&guard->called);
	pthread_mutex_unlock(&guard->lock);
}

static void
guard_free(struct list_guard *g)
{
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->called);
	free(g);
}

static void
meet_first(struct list_guard *g)
{
	struct snapshot *snapshot = snapshots_acquire(g->snapshots, NULL);

	list_guard_meet(g, snapshot->settings);
	snapshots_release(g->snapshots, snapshot);
}

enum rc
list_guard_open(struct snapshots *snapshots, list_guard_wanted_fn *wanted,
    struct list_guard **out, struct err *err)
{
	struct list_guard *g = memory_zeroed(1, sizeof(*g));
	pthread_condattr_t monotonic;
	pthread_attr_t small;
	int problem;

	g->snapshots = snapshots;
	g->wanted = wanted;
	pthread_mutex_init(&g->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&g->called, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_SIZE);
	meet_first(g);
	problem = pthread_create(&g->thread, &small, list_guard_run, g);
	pthread_attr_destroy(&small);
	if (problem != 0) {
		guard_free(g);
		return err_set(err, RC_TEMP, "cannot start a thread");
	}
	*out = g;
	return RC_OK;
}

static bool
ends_in_time(struct list_guard *g)
{
	struct timespec at = time_of(clock_ms() + PATIENCE_MS);
	int problem = 0;
	bool ended;

	pthread_mutex_lock(&g->lock);
	atomic_store(&g->stop, true);
	pthread_cond_broadcast(&g->called);
	while (!g->ended && problem == 0)
		problem = pthread_cond_timedwait(&g->called, &g->lock, &at);
	ended = g->ended;
	pthread_mutex_unlock(&g->lock);
	return ended;
}

bool
list_guard_close(struct list_guard *guard)
{
	if (guard == NULL)
		return true;
	if (!ends_in_time(guard)) {
		pthread_detach(guard->thread);
		return false;
	}
	pthread_join(guard->thread, NULL);
	guard_free(guard);
	return true;
}
