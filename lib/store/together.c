/* SPDX-License-Identifier: MIT */
#include "store/together.h"

#include "base/blocking.h"
#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

/* Writes of one turn. */
#define TURN_MAX 64

/* One thread's, on its stack. */
struct piece {
	TAILQ_ENTRY(piece) next;
	store_work *work;
	void *context;
	enum rc rc;
	struct err err;
	bool taken, done; /* taken: the thread must wait until it is done */
};

TAILQ_HEAD(pieces, piece);

struct together {
	pthread_mutex_t lock; /* guards all of it */
	pthread_cond_t changed;
	struct pieces waiting;
	bool writing; /* one thread does, for all whose pieces it has taken */
};

struct together *
together_new(void)
{
	struct together *t = memory_zeroed(1, sizeof(*t));
	pthread_condattr_t attributes;

	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	TAILQ_INIT(&t->waiting);
	return t;
}

void
together_free(struct together *t)
{
	if (t == NULL)
		return;
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static enum rc
write_turn(struct db *db, void *context, struct err *err)
{
	struct pieces *turn = context;
	struct piece *p;

	TAILQ_FOREACH(p, turn, next)
	{
		p->rc = p->work(db, p->context, &p->err);
		if (p->rc == RC_TEMP)
			return err_set(err, RC_TEMP, "%s", p->err.text);
	}
	return RC_OK;
}

/* The caller holds the lock, and gives it away for as long as it writes. */
static void
take_turn(struct together *t, struct store *store)
{
	struct pieces turn;
	struct piece *p;
	struct err err;
	enum rc rc;

	TAILQ_INIT(&turn);
	for (int n = 0; n < TURN_MAX && !TAILQ_EMPTY(&t->waiting); n++) {
		p = TAILQ_FIRST(&t->waiting);
		TAILQ_REMOVE(&t->waiting, p, next);
		p->taken = true;
		TAILQ_INSERT_TAIL(&turn, p, next);
	}
	t->writing = true;
	pthread_mutex_unlock(&t->lock);
	rc = store_add(store, write_turn, &turn, &err);
	pthread_mutex_lock(&t->lock);
	t->writing = false;
	while ((p = TAILQ_FIRST(&turn)) != NULL) {
		TAILQ_REMOVE(&turn, p, next);
		if (rc != RC_OK)
			p->rc = err_set(&p->err, RC_TEMP, "%s", err.text);
		p->done = true;
	}
	pthread_cond_broadcast(&t->changed);
}

/* Until it is done, by this thread or another one.  The caller holds the
   lock. */
static void
wait_or_write(struct together *t, struct store *store, struct piece *p,
    int64_t wait_ms)
{
	const struct timespec until = clock_after(wait_ms);
	bool late = false;

	while (!p->done) {
		if (!t->writing && !p->taken) {
			take_turn(t, store);
		} else if (p->taken) {
			pthread_cond_wait(&t->changed, &t->lock);
		} else if (late) {
			TAILQ_REMOVE(&t->waiting, p, next);
			p->rc = err_set(&p->err, RC_TEMP,
			    "%s: too many writes wait", store_url(store));
			p->done = true;
		} else {
			late = pthread_cond_timedwait(&t->changed, &t->lock,
				   &until) != 0;
		}
	}
}

enum rc
together_add(struct together *t, struct store *store, store_work *work,
    void *context, int64_t wait_ms, struct err *err)
{
	struct piece p = {.work = work, .context = context};

	blocking_begin();
	pthread_mutex_lock(&t->lock);
	TAILQ_INSERT_TAIL(&t->waiting, &p, next);
	wait_or_write(t, store, &p, wait_ms);
	pthread_mutex_unlock(&t->lock);
	blocking_end();
	if (p.rc != RC_OK && err != NULL)
		*err = p.err;
	return p.rc;
}
