/* SPDX-License-Identifier: MIT */
#include "forwarding/domains.h"

#include "base/clock.h"
#include "base/memory.h"
#include "forwarding/private/domains_kept.h"
#include "store/domain_table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum mark {
	MARK_SERVED = DOMAINS_KEPT_LONGEST,
	MARK_REMOVED = 2,
	MARK_SRS = 4,
	MARK_OWN_SRS = 8,
	MARK_STRATEGY = 16, /* times its place in strategies, below 8 */
	MARK_UNSURE = 128,  /* the server may be behind others */
	MARK_LED_TO = 256   /* a forward that is kept leads there */
};

static const char *const strategies[] = {
    NULL, "keep", "hold", "reject", "rewrite"};

struct silence {
	/* When the store did not answer for the first time; -1: it does. */
	_Atomic int64_t since;
	_Atomic int64_t ask_at; /* when it is asked again then */
};

struct domains {
	struct store *store;
	int64_t fresh_ms, stale_ms;
	struct domains_kept *kept;
	/* When the table was seen to be empty, for sure and perhaps; -1: it has
	   rows, or nobody has looked. */
	_Atomic int64_t empty_at, seen_empty_at;
	atomic_bool had_rows; /* since the start */
	/* Of questions with an answer that has to be sure, and of others: a
	   node that is behind answers these alone. */
	struct silence silences[2];
	pthread_mutex_t why_lock;
	struct err why; /* it did not answer */
};

/* How a question takes old news. */
struct manner {
	unsigned yes; /* marks that are a yes */
	bool sure;    /* a "no" must be sure */
};

struct domains *
domains_new(struct store *store, int64_t fresh_ms, int64_t stale_ms)
{
	struct domains *d = memory_zeroed(1, sizeof(*d));

	d->store = store;
	d->fresh_ms = fresh_ms;
	d->stale_ms = stale_ms;
	d->kept = domains_kept_new(DOMAINS_KEPT);
	pthread_mutex_init(&d->why_lock, NULL);
	atomic_init(&d->empty_at, -1);
	atomic_init(&d->seen_empty_at, -1);
	for (size_t i = 0; i < 2; i++)
		atomic_init(&d->silences[i].since, -1);
	return d;
}

void
domains_free(struct domains *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->why_lock);
	domains_kept_free(d->kept);
	free(d);
}

/* ---- what is known already */

/* 0 ms: nothing is ever used again. */
static bool
is_within(int64_t at, int64_t now, int64_t ms)
{
	return at >= 0 && now >= at && now - at < ms;
}

static bool
knows_no_rows(const struct domains *d, struct manner m, int64_t now, bool down)
{
	int64_t ms = d->fresh_ms;

	if (down)
		ms = d->stale_ms;
	else if (m.sure && ms > DOMAINS_EMPTY_MS)
		ms = DOMAINS_EMPTY_MS;
	return is_within(atomic_load(&d->empty_at), now, ms) ||
	       (!m.sure && is_within(atomic_load(&d->seen_empty_at), now, ms));
}

/* May the answer that was given then be given again?  See domains.h. */
static bool
counts_still(const struct domains *d, const struct kept_domain *k,
    struct manner m, int64_t now, bool down)
{
	bool yes = (k->mark & m.yes) != 0;
	int64_t since = atomic_load(&d->silences[m.sure].since);

	if (!down)
		return (yes || !m.sure) && is_within(k->at, now, d->fresh_ms);
	return is_within(k->at, now, d->stale_ms) &&
	       (yes || !m.sure || (k->mark & MARK_LED_TO) != 0 ||
		   ((k->mark & MARK_UNSURE) == 0 && since >= 0 &&
		       k->at > since - d->fresh_ms));
}

static bool
knows_already(struct domains *d, const char *name, struct manner m, int64_t now,
    bool down, unsigned *mark)
{
	struct kept_domain known;

	*mark = 0;
	/* Most sites never have any, and need no look at single names. */
	if (!down && !atomic_load(&d->had_rows) &&
	    knows_no_rows(d, m, now, false))
		return true;
	known = domains_kept_find(d->kept, name);
	if (counts_still(d, &known, m, now, down)) {
		*mark = known.mark;
		return true;
	}
	return knows_no_rows(d, m, now, down);
}

/* ---- the store */

static unsigned
mark_of_strategy(const char *word)
{
	for (unsigned i = 1; i < sizeof(strategies) / sizeof(*strategies); i++)
		if (strcmp(strategies[i], word) == 0)
			return i * MARK_STRATEGY;
	return 0;
}

static unsigned
mark_of(const struct stored_domain_mark *m)
{
	return (m->served ? MARK_SERVED : 0u) |
	       (m->removed ? MARK_REMOVED : 0u) | (m->srs ? MARK_SRS : 0u) |
	       (m->own_srs ? MARK_OWN_SRS : 0u) | mark_of_strategy(m->strategy);
}

struct look {
	const char *name;
	struct stored_domain_mark mark;
};

static enum rc
look_up_domain(struct db *db, void *context, struct err *err)
{
	struct look *look = context;

	return stored_domain_look(db, look->name, &look->mark, err);
}

static void
note_answer(struct domains *d, const struct look *look, bool sure, int64_t now)
{
	bool empty = look->mark.empty;

	atomic_store(&d->silences[false].since, -1);
	if (sure)
		atomic_store(&d->silences[true].since, -1);
	atomic_store(&d->seen_empty_at, empty ? now : -1);
	if (!empty && !atomic_load(&d->had_rows))
		atomic_store(&d->had_rows, true);
	if (sure || !empty)
		atomic_store(&d->empty_at, empty ? now : -1);
	if (!empty)
		domains_kept_put(d->kept, look->name, now,
		    mark_of(&look->mark) | (sure ? 0u : MARK_UNSURE));
}

static void
note_silence(struct domains *d, bool sure, int64_t now, const struct err *why)
{
	struct silence *silence = &d->silences[sure];
	int64_t up = -1;

	pthread_mutex_lock(&d->why_lock);
	d->why = *why;
	pthread_mutex_unlock(&d->why_lock);

	atomic_compare_exchange_strong(&silence->since, &up, now);
	atomic_store(&silence->ask_at, clock_coarse_ms() + DOMAINS_RETRY_MS);
}

static enum rc
tell_silence(struct domains *d, struct err *err)
{
	struct err why;

	pthread_mutex_lock(&d->why_lock);
	why = d->why;
	pthread_mutex_unlock(&d->why_lock);
	return err_set(err, RC_TEMP, "%s", why.text);
}

/* While the store is down, one in a while asks on behalf of the others. */
static bool
may_ask_store(struct silence *silence, int64_t now)
{
	int64_t at = atomic_load(&silence->ask_at);

	return atomic_load(&silence->since) < 0 ||
	       (now >= at && atomic_compare_exchange_strong(&silence->ask_at,
				 &at, now + DOMAINS_RETRY_MS));
}

/* RC_TEMP, or RC_OK with the marks of the name. */
static enum rc
ask_for_domain(struct domains *d, const char *name, struct manner m,
    unsigned *mark, struct err *err)
{
	int64_t now = clock_coarse_ms();
	struct look look = {.name = name};
	struct err why;
	enum rc rc = RC_TEMP;

	if (knows_already(d, name, m, now, false, mark))
		return RC_OK;
	if (may_ask_store(&d->silences[m.sure], now)) {
		rc = m.sure
			 ? store_do(d->store, look_up_domain, &look, &why)
			 : store_glance(d->store, look_up_domain, &look, &why);
		if (rc == RC_OK || rc == RC_NONE)
			note_answer(d, &look, m.sure, now);
		else
			note_silence(d, m.sure, now, &why);
	}
	*mark = mark_of(&look.mark);
	if (rc == RC_OK || rc == RC_NONE ||
	    knows_already(d, name, m, now, true, mark))
		return RC_OK;
	return tell_silence(d, err);
}

/* ---- questions */

static enum rc
answer_by_mark(unsigned mark, unsigned yes, struct domain_facts *facts)
{
	if (facts != NULL)
		*facts = (struct domain_facts){
		    .stored = (mark & MARK_SERVED) != 0,
		    .removed = (mark & MARK_REMOVED) != 0,
		    .srs = (mark & MARK_SRS) != 0,
		    .own_srs = (mark & MARK_OWN_SRS) != 0,
		    .strategy = strategies[mark / MARK_STRATEGY % 8],
		};
	return (mark & yes) != 0 ? RC_OK : RC_NONE;
}

static enum rc
find_domain(const struct forwards_settings *settings, const char *name,
    struct manner m, struct domain_facts *facts, struct err *err)
{
	unsigned mark = 0;
	enum rc rc = RC_OK;

	if ((m.yes & MARK_SERVED) != 0 && forwards_configured(settings, name)) {
		answer_by_mark(0, 0, facts);
		return RC_OK;
	}
	if (settings->stored != NULL && name[0] != '\0')
		rc = ask_for_domain(settings->stored, name, m, &mark, err);
	return rc == RC_OK ? answer_by_mark(mark, m.yes, facts) : rc;
}

enum rc
domains_find(const struct forwards_settings *settings, const char *domain,
    struct domain_facts *facts, struct err *err)
{
	return find_domain(settings, domain, (struct manner){MARK_SERVED, true},
	    facts, err);
}

enum rc
domains_glance(const struct forwards_settings *settings, const char *domain,
    struct domain_facts *facts, struct err *err)
{
	return find_domain(settings, domain,
	    (struct manner){MARK_SERVED, false}, facts, err);
}

bool
domains_ours(const struct forwards_settings *settings, const char *domain)
{
	struct err err;

	return domains_glance(settings, domain, NULL, &err) == RC_OK;
}

enum rc
domains_find_any(const struct forwards_settings *settings, const char *domain,
    struct err *err)
{
	return find_domain(settings, domain,
	    (struct manner){MARK_SERVED | MARK_SRS, true}, NULL, err);
}

enum rc
domains_srs_find(const struct forwards_settings *settings, const char *domain,
    struct err *err)
{
	return find_domain(settings, domain, (struct manner){MARK_SRS, true},
	    NULL, err);
}

enum rc
domains_srs_glance(const struct forwards_settings *settings, const char *domain,
    struct err *err)
{
	return find_domain(settings, domain, (struct manner){MARK_SRS, false},
	    NULL, err);
}

void
domains_led_to(const struct forwards_settings *settings, const char *domain)
{
	struct domains *d = settings->stored;

	if (d == NULL || domain[0] == '\0' ||
	    forwards_configured(settings, domain) ||
	    (domains_kept_find(d->kept, domain).mark &
		(MARK_SERVED | MARK_SRS)) != 0)
		return;
	domains_kept_put(d->kept, domain, clock_coarse_ms(), MARK_LED_TO);
}

/* A "no" is not kept: it is not known to be that of a current node. */
enum rc
domains_glance_tx(struct db *db, const struct forwards_settings *settings,
    const char *domain, struct domain_facts *facts, struct err *err)
{
	const struct manner m = {MARK_SERVED, false};
	struct look look = {.name = domain};
	struct domains *d = settings->stored;
	int64_t now = clock_coarse_ms();
	unsigned mark;
	enum rc rc;

	if (d == NULL || domain[0] == '\0' ||
	    forwards_configured(settings, domain))
		return find_domain(settings, domain, m, facts, err);
	if (knows_already(d, domain, m, now, false, &mark))
		return answer_by_mark(mark, m.yes, facts);
	rc = look_up_domain(db, &look, err);
	if (rc == RC_OK)
		note_answer(d, &look, false, now);
	return rc == RC_OK || rc == RC_NONE
		   ? answer_by_mark(mark_of(&look.mark), m.yes, facts)
		   : rc;
}

struct srs_question {
	const char *domain, *srs;
	struct arena *arena;
};

static enum rc
find_srs_domain(struct db *db, void *context, struct err *err)
{
	struct srs_question *q = context;
	struct stored_domain d;
	enum rc rc = stored_domain_find(db, q->arena, q->domain, &d, err);

	q->srs = rc == RC_OK ? d.srs_domain : NULL;
	return rc;
}

enum rc
domains_srs_of(const struct forwards_settings *settings, struct arena *a,
    const char *domain, const char **out, struct err *err)
{
	struct srs_question q = {.domain = domain, .arena = a};
	struct domain_facts facts;
	enum rc rc = domains_glance(settings, domain, &facts, err);

	if (rc != RC_OK || !facts.own_srs)
		return rc == RC_OK ? RC_NONE : rc;
	rc = store_glance(settings->stored->store, find_srs_domain, &q, err);
	if (rc == RC_OK && q.srs == NULL)
		rc = RC_NONE;
	*out = q.srs;
	return rc;
}
