/* SPDX-License-Identifier: MIT */
#include "program/decision_keeper.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "policy/decision_record.h"
#include "program/private/decision_keeper_work.h"
#include "program/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Of the thread that writes (setpriority(2)): it gets a tenth of what another
   one gets while all processors are busy, so that a lock of the database is
   never held for long. */
#define NICE 10

#define STACK_SIZE ((size_t)256 * 1024)

/* A column of MariaDB holds 65,535 bytes.  A record has two kilobytes mostly;
   a long one is made of what somebody wanted to be long. */
#define RECORD_MAX ((size_t)32 * 1024)

/* A batch in that time: 100 rows a second, more in a day than per-day can be. A
   row takes a tenth of a millisecond of a processor: no flood makes this dearer
   than a hundredth of one. */
#define PAUSE_MS ((int64_t)200)
/* How long the first one waits for others. */
#define GATHER_MS ((int64_t)50)
/* After a batch that the store did not take. */
#define AGAIN_MS ((int64_t)2000)
/* How often the store is asked how many rows it has, and of which time. */
#define COUNT_MS ((int64_t)60 * 1000)
#define DAY_S    ((int64_t)24 * 3600)

/* How long the end may take; and beyond that a wait for the store. */
#define FLUSH_MS ((int64_t)3000)
#define ENDS_MS  ((int64_t)2000)

static struct metric_cell kept_cells[1], lost_cells[4];
static const char *const lost_labels[] = {"reason=\"queue\"", "reason=\"day\"",
    "reason=\"store\"", "reason=\"long\""};

struct metric_family decisions_kept = {
    .name = "postward_decisions_kept_total",
    .help = "Decisions about mail to accounts that went into the store.",
    .n = 1,
    .cells = kept_cells,
};

struct metric_family decisions_lost = {
    .name = "postward_decisions_lost_total",
    .help = "Decisions about mail to accounts that did not.",
    .n = 4,
    .labels = lost_labels,
    .cells = lost_cells,
};

static struct log_limit trouble_limit;

struct decision_keeper *
decision_keeper_new(void)
{
	struct decision_keeper *k = memory_zeroed(1, sizeof(*k));
	pthread_condattr_t monotonic;

	k->writer.queue = decision_queue_new();
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&k->called, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return k;
}

void
decision_keeper_free(struct decision_keeper *k)
{
	if (k == NULL)
		return;
	decision_writer_drop(&k->writer, DECISIONS_LOST_STORE);
	decision_queue_free(k->writer.queue);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->called);
	free(k);
}

static struct timespec
keeper_time(int64_t ms)
{
	return (struct timespec){
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* Sleeps until then, or until something is added if it is to be woken by that,
   or until all ends. */
static void
keeper_sleep(struct decision_keeper *k, int64_t until_ms, bool until_called)
{
	struct timespec at = keeper_time(until_ms);

	pthread_mutex_lock(&k->lock);
	while (!(until_called && k->asked) && !atomic_load(&k->stop) &&
	       pthread_cond_timedwait(&k->called, &k->lock, &at) != ETIMEDOUT)
		;
	if (until_called)
		k->asked = false;
	pthread_mutex_unlock(&k->lock);
}

static void
keeper_call(struct decision_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	k->asked = true;
	pthread_cond_signal(&k->called);
	pthread_mutex_unlock(&k->lock);
}

struct count {
	int64_t since, rows;
};

/* Rows of the future, which a clock that was wrong has written, are as many as
   any. */
static enum rc
count_rows_tx(struct db *db, void *context, struct err *err)
{
	struct count *c = context;

	return decision_count(db, c->since, INT64_MAX, &c->rows, err);
}

static void
keeper_say_day(int64_t before, int64_t after, unsigned per_day)
{
	if (before > 0 && after <= 0)
		log_warn("decisions: 24 hours have had %u, no more are kept "
			 "until fewer have (per-day)",
		    per_day);
}

void
decision_keeper_count(struct decision_keeper *k, const struct snapshot *s)
{
	struct count count = {.since = clock_now() - DAY_S};
	unsigned per_day = s->settings->decisions.per_day;
	struct err err;
	int64_t room, before;

	k->count_at = clock_ms() + COUNT_MS;
	if (store_glance(s->store, count_rows_tx, &count, &err) != RC_OK) {
		log_error_limited(&trouble_limit, "decisions: %s", err.text);
		return;
	}
	room = (int64_t)per_day - count.rows -
	       (int64_t)decision_queue_rows(k->writer.queue);
	before = atomic_exchange(&k->room, room);
	keeper_say_day(k->counted ? before : 1, room, per_day);
	k->counted = true;
}

/* While nobody writes, the count gets no larger. */
static bool
keeper_wants_count(struct decision_keeper *k, const struct snapshot *s)
{
	return s->settings->decisions.keep_ms > 0 &&
	       clock_ms() >= k->count_at &&
	       (!k->counted || atomic_load(&k->room) <= 0 ||
		   decision_queue_rows(k->writer.queue) > 0);
}

/* Writes a batch, or counts if it is time to; returns when to go on, of
   clock_ms; 0: as soon as something is added. */
static int64_t
keeper_turn(struct decision_keeper *k, const struct snapshot *s)
{
	int64_t began = clock_ms();
	struct err err;
	enum rc rc;

	if (keeper_wants_count(k, s))
		decision_keeper_count(k, s);
	rc = decision_writer_batch(&k->writer, s->store, s->settings->hostname,
	    &err);
	atomic_store(&k->failing, rc == RC_TEMP);
	if (rc == RC_TEMP)
		log_error_limited(&trouble_limit, "decisions: not kept: %s",
		    err.text);
	return rc == RC_NONE   ? 0
	       : rc == RC_TEMP ? clock_ms() + AGAIN_MS
			       : began + PAUSE_MS;
}

/* What is left at the end. */
static void
keeper_flush(struct decision_keeper *k)
{
	struct snapshot *s = snapshots_acquire(k->snapshots, NULL);
	int64_t deadline = clock_ms() + FLUSH_MS;
	struct err err = {""};
	enum rc rc;
	size_t lost;

	store_set_deadline(deadline);
	do
		rc = decision_writer_batch(&k->writer, s->store,
		    s->settings->hostname, &err);
	while (rc == RC_OK && clock_ms() < deadline);
	lost = decision_writer_drop(&k->writer, DECISIONS_LOST_STORE);
	if (lost > 0)
		log_warn("decisions: %zu that waited were not kept%s%s", lost,
		    rc == RC_TEMP ? ": " : "", rc == RC_TEMP ? err.text : "");
	snapshots_release(k->snapshots, s);
}

static void *
keeper_run(void *arg)
{
	struct decision_keeper *k = arg;

	pthread_setname_np(pthread_self(), "decisions");
	/* Whoever answers goes first; where that may not be said, the pace
	   alone sees to it. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (!atomic_load(&k->stop)) {
		struct snapshot *s = snapshots_acquire(k->snapshots, NULL);
		int64_t next = keeper_turn(k, s);

		snapshots_release(k->snapshots, s);
		keeper_sleep(k, next == 0 ? clock_ms() + COUNT_MS : next,
		    next == 0);
		/* What comes together is written together. */
		if (next == 0)
			keeper_sleep(k, clock_ms() + GATHER_MS, false);
	}
	keeper_flush(k);
	pthread_mutex_lock(&k->lock);
	k->ended = true;
	pthread_cond_broadcast(&k->called);
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

void
decision_keeper_begin(struct decision_keeper *k, struct snapshots *snapshots)
{
	struct snapshot *s = snapshots_acquire(snapshots, NULL);

	k->snapshots = snapshots;
	atomic_store(&k->room, s->settings->decisions.per_day);
	snapshots_release(snapshots, s);
	atomic_store(&k->running, true);
}

enum rc
decision_keeper_start(struct decision_keeper *k, struct snapshots *snapshots,
    struct err *err)
{
	pthread_attr_t small;
	int problem;

	decision_keeper_begin(k, snapshots);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_SIZE);
	problem = pthread_create(&k->thread, &small, keeper_run, k);
	pthread_attr_destroy(&small);
	if (problem == 0)
		return RC_OK;
	atomic_store(&k->running, false);
	return err_set(err, RC_TEMP, "cannot start a thread");
}

void
decision_keeper_look(struct decision_keeper *k)
{
	struct snapshot *s = snapshots_acquire(k->snapshots, NULL);

	atomic_store(&k->room, s->settings->decisions.per_day);
	snapshots_release(k->snapshots, s);
	atomic_store(&k->count_at, 0);
	keeper_call(k);
}

static bool
keeper_ends_in_time(struct decision_keeper *k)
{
	struct timespec at = keeper_time(clock_ms() + FLUSH_MS + ENDS_MS);
	int problem = 0;
	bool ended;

	pthread_mutex_lock(&k->lock);
	atomic_store(&k->stop, true);
	pthread_cond_broadcast(&k->called);
	while (!k->ended && problem == 0)
		problem = pthread_cond_timedwait(&k->called, &k->lock, &at);
	ended = k->ended;
	pthread_mutex_unlock(&k->lock);
	return ended;
}

bool
decision_keeper_stop(struct decision_keeper *k)
{
	if (!atomic_exchange(&k->running, false))
		return true;
	if (!keeper_ends_in_time(k)) {
		pthread_detach(k->thread);
		return false;
	}
	pthread_join(k->thread, NULL);
	return true;
}

static enum decision_action
action_of(const struct decision *d)
{
	switch (d->verdict.action) {
	case VERDICT_REJECT:
		return DECISION_REJECT;
	case VERDICT_DEFER:
		return DECISION_DEFER;
	case VERDICT_ACCEPT:
		break;
	}
	return !d->fate_shadow && d->fate != NULL &&
		       strcmp(d->fate, fate_action_name(FATE_HOLD)) == 0
		   ? DECISION_HOLD
		   : DECISION_ACCEPT;
}

/* MariaDB takes no bytes that are no UTF-8. */
static const char *
shown(struct arena *a, const char *text)
{
	return text == NULL ? NULL
			    : str_printable(a, text, strlen(text), SIZE_MAX);
}

static void
keeper_lose(size_t why, size_t rows)
{
	metric_add(&decisions_lost, why, (int64_t)rows);
}

static size_t
why_no_room(struct decision_keeper *k)
{
	return atomic_load(&k->failing) ? DECISIONS_LOST_STORE
					: DECISIONS_LOST_QUEUE;
}

/* What is to be done only if there is room: to write the record costs more than
   all else. */
static void
keeper_add(struct decision_keeper *k, struct arena *a, const struct decision *d,
    const char *const *accounts, size_t n)
{
	const struct facts *facts = &d->facts;
	const struct decision_waiting w = {
	    .at_ms = clock_now_ms(),
	    .action = action_of(d),
	    .sender = facts->sender_key != NULL ? facts->sender_key
						: shown(a, facts->sender),
	    .queue_id = shown(a, facts->queue_id),
	    .record = decision_record_pairs(a, d),
	    .accounts = (const char **)(uintptr_t)accounts,
	    .n_accounts = n,
	};
	bool woken = false;

	if (strlen(w.record) > RECORD_MAX) {
		keeper_lose(DECISIONS_LOST_LONG, n);
		return;
	}
	if (!decision_queue_add(k->writer.queue, &w, &woken)) {
		keeper_lose(why_no_room(k), n);
		return;
	}
	atomic_fetch_sub(&k->room, (int64_t)n);
	if (woken)
		keeper_call(k);
}

void
decision_keep(const struct snapshot *snapshot, struct arena *a,
    const struct decision *d, const char *const *accounts, size_t n)
{
	struct decision_keeper *k = snapshot->keeper;

	if (k == NULL || n == 0 || snapshot->settings->decisions.keep_ms == 0 ||
	    !atomic_load_explicit(&k->running, memory_order_relaxed))
		return;
	if (atomic_load_explicit(&k->room, memory_order_relaxed) <= 0)
		keeper_lose(DECISIONS_LOST_DAY, n);
	else if (!decision_queue_has_room(k->writer.queue, n))
		keeper_lose(why_no_room(k), n);
	else
		keeper_add(k, a, d, accounts, n);
}

void
decision_keeper_metrics(struct str *page, const struct snapshot *snapshot)
{
	static const char name[] = "postward_decisions_queue";

	metric_show_head(page, name,
	    "Decisions about mail to accounts that wait to be written.");
	metric_show_gauge(page, name, NULL, NULL,
	    (int64_t)decision_queue_rows(snapshot->keeper->writer.queue));
}
