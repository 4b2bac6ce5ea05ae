/* SPDX-License-Identifier: MIT */
#include "policy/list_health.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The next test is up to a tenth of the time sooner or later. */
#define JITTER 10

const struct list_fault_text list_fault_texts[LIST_FAULTS] = {
    [LIST_WELL] = {"well", "it is well", "nothing"},
    [LIST_TYPING_ERROR] = {"typing-error",
	"it says that its name is written wrongly",
	"compare the zone with what the list's operator publishes"},
    [LIST_PUBLIC_RESOLVER] = {"public-resolver",
	"it was asked through a public resolver, which it does not serve",
	"set resolver.servers to a resolver of your own"},
    [LIST_TOO_MANY] = {"too-many", "it was asked too many questions",
	"ask its operator for a plan that fits, or for a copy of the zone"},
    [LIST_REFUSES] = {"refuses", "it does not serve this resolver",
	"see what its operator says about this code"},
    [LIST_BLOCKED] = {"blocked",
	"it refuses to be asked, and says 127.0.0.1 to everything",
	"set resolver.servers to a resolver of your own, and see what its "
	"operator demands"},
    [LIST_OUTSIDE] = {"outside",
	"it answers outside 127.0.0.0/8: it has ended, or the resolver makes "
	"answers up",
	"see whether the list still exists, and remove it if not"},
    [LIST_WORLD] = {"lists-the-world",
	"it lists what no list may, and probably all the world",
	"it has ended, it seems: remove it"},
    [LIST_EMPTY] = {"no-test-entry",
	"it does not list its test entry (RFC 5782 5)",
	"see whether the zone is of the right kind, and the list still exists"},
    [LIST_OTHER_CODES] = {"other-codes",
	"it lists its test entry only with codes that are not configured",
	"compare codes with what the list's operator publishes"},
    [LIST_ODD] = {"odd-test-entry",
	"it lists what no list should (RFC 5782 5), with a code that refuses "
	"nobody",
	"see what its operator says about this code"},
    [LIST_NO_ZONE] = {"no-such-zone", "there is no such zone",
	"see whether its name is right, and the list still exists"},
    [LIST_SILENT] = {"silent", "it does not answer in time",
	"see whether the resolver works and reaches it; it is asked again "
	"every minute"},
};

struct entry {
	struct list_health health; /* first, as callers hold a pointer to it */
	struct entry *next;
	char *zone, *asked_at;
	bool of_clients;
	unsigned users;
};

struct list_healths {
	struct entry *first;
};

bool
list_health_suspended(struct list_health *h, int64_t now_ms)
{
	return now_ms < atomic_load(&h->until);
}

bool
list_fault_is_harmless(enum list_fault fault)
{
	return fault == LIST_EMPTY || fault == LIST_OTHER_CODES ||
	       fault == LIST_ODD || fault == LIST_NO_ZONE;
}

static int64_t
retry_ms(enum list_fault fault)
{
	if (fault == LIST_WELL || list_fault_is_harmless(fault))
		return LIST_HEALTH_TEST_MS;
	return fault == LIST_SILENT ? LIST_HEALTH_SILENT_MS
				    : LIST_HEALTH_RETRY_MS;
}

/* Has the list tested at that time at the latest: a test that comes sooner is
   not put off. */
static void
test_before(struct list_health *h, int64_t at)
{
	int64_t due = atomic_load(&h->test_at);

	while (at < due && !atomic_compare_exchange_weak(&h->test_at, &due, at))
		;
}

bool
list_health_change(struct list_health *h, enum list_witness witness,
    enum list_fault fault, int64_t now_ms)
{
	bool asked = fault == LIST_WELL || list_fault_is_harmless(fault);
	int64_t until = atomic_load(&h->until);

	do {
		if (witness == LIST_BY_REQUEST && until > now_ms)
			return false;
	} while (!atomic_compare_exchange_weak(&h->until, &until,
	    asked ? 0 : now_ms + LIST_HEALTH_SUSPENSION_MS));
	if (fault == LIST_WELL)
		atomic_store(&h->silences, 0);
	if (atomic_exchange(&h->fault, (int)fault) == (int)fault &&
	    (asked || until > now_ms))
		return false;
	atomic_store(&h->since, clock_now());
	test_before(h, now_ms + retry_ms(fault));
	return true;
}

void
list_health_answered(struct list_health *h)
{
	/* Mostly it is 0 already, and no other processor loses its cache
	   line. */
	if (atomic_load(&h->silences) != 0)
		atomic_store(&h->silences, 0);
}

bool
list_health_silent(struct list_health *h)
{
	return atomic_fetch_add(&h->silences, 1) + 1 >= LIST_HEALTH_SILENCES;
}

void
list_health_tested(struct list_health *h, int64_t now_ms, unsigned chance)
{
	enum list_fault fault = (enum list_fault)atomic_load(&h->fault);
	int64_t ms = retry_ms(fault);
	int64_t least = ms - ms / JITTER;

	atomic_store(&h->tested, clock_now());
	atomic_store(&h->test_at, now_ms + least + chance % (2 * ms / JITTER));
}

bool
list_health_due(struct list_health *h, int64_t now_ms)
{
	return now_ms >= atomic_load(&h->test_at);
}

struct list_healths *
list_healths_new(void)
{
	return memory_zeroed(1, sizeof(struct list_healths));
}

static void
entry_free(struct entry *e)
{
	free(e->zone);
	free(e->asked_at);
	free(e);
}

void
list_healths_free(struct list_healths *all)
{
	while (all != NULL && all->first != NULL) {
		struct entry *e = all->first;

		all->first = e->next;
		entry_free(e);
	}
	free(all);
}

static char *
copied(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

struct list_health *
list_healths_take(struct list_healths *all, const char *zone, bool of_clients,
    const char *asked_at)
{
	struct entry *e = all->first;

	if (asked_at == NULL)
		asked_at = "";
	while (e != NULL &&
	       (e->of_clients != of_clients || strcmp(e->zone, zone) != 0 ||
		   strcmp(e->asked_at, asked_at) != 0))
		e = e->next;
	if (e == NULL) {
		e = memory_zeroed(1, sizeof(*e));
		e->zone = copied(zone);
		e->asked_at = copied(asked_at);
		e->of_clients = of_clients;
		e->next = all->first;
		all->first = e;
	}
	e->users++;
	return &e->health;
}

void
list_healths_give(struct list_healths *all, struct list_health *health)
{
	struct entry **link = &all->first, *e;

	while (&(*link)->health != health)
		link = &(*link)->next;
	e = *link;
	if (--e->users > 0)
		return;
	*link = e->next;
	entry_free(e);
}
