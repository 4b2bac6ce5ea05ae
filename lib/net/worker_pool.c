/* SPDX-License-Identifier: MIT */
#include "net/private/worker_pool.h"

#include "base/blocking.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#define STACK_SIZE ((size_t)256 * 1024)
#define SIZE_MIN   2
/* A worker that has been parked for so long is not needed. */
#define PARK_S 10

/* One thread, on its own stack. */
struct worker {
	struct worker_pool *pool;
	struct blocking blocking;
	pthread_cond_t wake;
	bool woken;
	LIST_ENTRY(worker) in_parked;
};

struct worker_pool {
	worker_pool_task_fn *task;
	void *context;
	pthread_attr_t small;
	pthread_condattr_t monotonic;
	unsigned planned; /* how many workers should be at work */
	atomic_uint
	    at_work; /* the lock guards changes of this, and all below */
	pthread_mutex_t lock;
	pthread_cond_t gone;
	unsigned n;
	LIST_HEAD(, worker) parked; /* the worker parked last is woken first */
	bool closing, left;
	bool has_ended; /* `ended` has ended, and must be joined */
	pthread_t ended;
};

static void *run_worker(void *pool);

unsigned
worker_pool_size(void)
{
	cpu_set_t set;
	int n = SIZE_MIN;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < SIZE_MIN ? SIZE_MIN : (unsigned)n;
}

static bool
add_worker(struct worker_pool *p)
{
	pthread_t thread;

	p->n++;
	p->at_work++;
	if (pthread_create(&thread, &p->small, run_worker, p) == 0)
		return true;
	p->n--;
	p->at_work--;
	return false;
}

static void
wake_worker(struct worker_pool *p, struct worker *w)
{
	LIST_REMOVE(w, in_parked);
	w->woken = true;
	p->at_work++;
	pthread_cond_signal(&w->wake);
}

/* If no thread can be started, the pool goes on when a blocked worker
   returns. */
static void
begin_blocking(void *worker)
{
	struct worker_pool *p = ((struct worker *)worker)->pool;

	pthread_mutex_lock(&p->lock);
	p->at_work--;
	if (p->at_work < p->planned && !p->closing) {
		if (LIST_EMPTY(&p->parked))
			add_worker(p);
		else
			wake_worker(p, LIST_FIRST(&p->parked));
	}
	pthread_mutex_unlock(&p->lock);
}

static void
end_blocking(void *worker)
{
	struct worker_pool *p = ((struct worker *)worker)->pool;

	pthread_mutex_lock(&p->lock);
	p->at_work++;
	pthread_mutex_unlock(&p->lock);
}

/* Parks the worker; the caller holds the lock.  False: nobody woke the worker
   in time, so that it no longer counts as at work and must end. */
static bool
park_worker(struct worker_pool *p, struct worker *w)
{
	struct timespec until;
	int problem = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PARK_S;
	p->at_work--;
	w->woken = false;
	LIST_INSERT_HEAD(&p->parked, w, in_parked);
	while (!w->woken && problem != ETIMEDOUT)
		problem = pthread_cond_timedwait(&w->wake, &p->lock, &until);
	if (!w->woken)
		LIST_REMOVE(w, in_parked);
	return w->woken;
}

static bool
park_if_too_many(struct worker_pool *p, struct worker *w)
{
	bool at_work = true;

	if (atomic_load_explicit(&p->at_work, memory_order_relaxed) <=
	    p->planned)
		return true;
	pthread_mutex_lock(&p->lock);
	if (p->at_work > p->planned && !p->closing)
		at_work = park_worker(p, w);
	pthread_mutex_unlock(&p->lock);
	return at_work;
}

/* Each thread joins the one before it, and worker_pool_close joins the last:
   what libraries keep for a thread is freed before the process ends. */
static void
end_worker(struct worker_pool *p, bool at_work)
{
	bool has_before;
	pthread_t before;

	pthread_mutex_lock(&p->lock);
	p->at_work -= at_work;
	has_before = p->has_ended;
	before = p->ended;
	p->has_ended = !p->left;
	p->ended = pthread_self();
	if (p->left)
		pthread_detach(pthread_self());
	if (--p->n == 0)
		pthread_cond_signal(&p->gone);
	pthread_mutex_unlock(&p->lock); /* p may be freed from here on */
	if (has_before)
		pthread_join(before, NULL);
}

static void *
run_worker(void *pool)
{
	struct worker_pool *p = pool;
	struct worker w = {.pool = p};
	struct arena *arena = arena_new();
	bool at_work;

	pthread_setname_np(pthread_self(), "worker");
	w.blocking = (struct blocking){
	    .begin = begin_blocking, .end = end_blocking, .context = &w};
	pthread_cond_init(&w.wake, &p->monotonic);
	blocking_observe(&w.blocking);
	while ((at_work = park_if_too_many(p, &w)) &&
	       p->task(p->context, arena))
		arena_reset(arena);
	blocking_observe(NULL);
	pthread_cond_destroy(&w.wake);
	arena_free(arena);
	end_worker(p, at_work);
	return NULL;
}

static struct worker_pool *
worker_pool_new(unsigned at_work, worker_pool_task_fn *task, void *context)
{
	struct worker_pool *p = memory_zeroed(1, sizeof(*p));

	p->planned = at_work;
	p->task = task;
	p->context = context;
	pthread_attr_init(&p->small);
	pthread_attr_setstacksize(&p->small, STACK_SIZE);
	pthread_condattr_init(&p->monotonic);
	pthread_condattr_setclock(&p->monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->gone, NULL);
	LIST_INIT(&p->parked);
	return p;
}

static void
worker_pool_free(struct worker_pool *p)
{
	pthread_cond_destroy(&p->gone);
	pthread_mutex_destroy(&p->lock);
	pthread_condattr_destroy(&p->monotonic);
	pthread_attr_destroy(&p->small);
	free(p);
}

/* The main thread takes signals: these threads and their children get none. */
enum rc
worker_pool_open(unsigned at_work, worker_pool_task_fn *task, void *context,
    struct worker_pool **out, struct err *err)
{
	struct worker_pool *p = worker_pool_new(at_work, task, context);
	sigset_t all, before;
	bool has_begun;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&p->lock);
	while (p->n < at_work && add_worker(p))
		;
	has_begun = p->n > 0; /* they may have ended when this is unlocked */
	pthread_mutex_unlock(&p->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!has_begun) {
		worker_pool_free(p);
		return err_set(err, RC_TEMP, "cannot start a thread");
	}
	*out = p;
	return RC_OK;
}

static void
call_all(struct worker_pool *p)
{
	p->closing = true;
	while (!LIST_EMPTY(&p->parked))
		wake_worker(p, LIST_FIRST(&p->parked));
}

void
worker_pool_close(struct worker_pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	call_all(p);
	while (p->n > 0)
		pthread_cond_wait(&p->gone, &p->lock);
	pthread_mutex_unlock(&p->lock);
	if (p->has_ended)
		pthread_join(p->ended, NULL);
	worker_pool_free(p);
}

void
worker_pool_leave(struct worker_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->left = true;
	if (p->has_ended)
		pthread_detach(p->ended);
	p->has_ended = false;
	call_all(p);
	pthread_mutex_unlock(&p->lock);
}
