/* SPDX-License-Identifier: MIT */
#include "program/list_guard.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "policy/list_test.h"
#include "program/rounds.h"

#include <stdlib.h>
#include <sys/random.h>

/* How often the thread looks whether a test is due: a request may find a fault
   at any moment, and have the test sooner. */
#define LONGEST_SLEEP_MS ((int64_t)60 * 1000)

struct list_guard {
	struct snapshots *snapshots;
	list_guard_wanted_fn *wanted;
	struct rounds *rounds;
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
list_guard_look_at_due(void *own, bool all, const atomic_bool *stop)
{
	struct list_guard *g = own;
	struct snapshot *snapshot = snapshots_acquire(g->snapshots, NULL);
	const struct settings *settings = snapshot->settings;
	int64_t next = INT64_MAX;

	if (g->wanted(settings)) {
		next = next_due(&settings->policy);
		if (next != INT64_MAX && (all || next <= clock_ms()))
			test_lists(settings,
			    all ? LIST_GUARD_ALL : LIST_GUARD_DUE, stop);
		next = next_due(&settings->policy);
	}
	snapshots_release(g->snapshots, snapshot);
	return rounds_next(next, LONGEST_SLEEP_MS);
}

void
list_guard_meet(struct list_guard *guard, const struct settings *settings)
{
	/* The thread that calls this is the one that would end it. */
	static const atomic_bool never;
	const struct policy_settings *policy = &settings->policy;
	bool any = false;

	for (size_t i = 0; i < policy->n_lists; i++)
		any |= is_meant(&policy->lists[i], LIST_GUARD_NEW);
	if (any && guard->wanted(settings))
		test_lists(settings, LIST_GUARD_NEW, &never);
}

void
list_guard_look(struct list_guard *guard)
{
	rounds_ask(guard->rounds);
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
	enum rc rc;

	g->snapshots = snapshots;
	g->wanted = wanted;
	meet_first(g);
	rc = rounds_open("list-guard", list_guard_look_at_due, g, &g->rounds,
	    err);
	if (rc == RC_OK)
		*out = g;
	else
		free(g);
	return rc;
}

bool
list_guard_close(struct list_guard *guard)
{
	if (guard == NULL)
		return true;
	if (!rounds_close(guard->rounds))
		return false;
	free(guard);
	return true;
}
