/* SPDX-License-Identifier: MIT */
#include "net/crew.h"

#include "base/memory.h"
#include "base/waiting.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#define STACK_SIZE ((size_t)256 * 1024)
#define LEAST_SIZE 2
#define REST_S     10 /* who is not called for so long is not needed */

/* One thread, on its own stack. */
struct member {
	struct crew *crew;
	struct waiting waiting;
	pthread_cond_t call;
	bool called;
	LIST_ENTRY(member) in_rest;
};

struct crew {
	crew_turn_fn *turn;
	void *context;
	pthread_attr_t small;
	pthread_condattr_t monotonic;
	unsigned planned;    /* to be at work */
	atomic_uint at_work; /* changed under the lock, as is all below */
	pthread_mutex_t lock;
	pthread_cond_t gone;
	unsigned n;
	LIST_HEAD(, member) resting; /* who came last is called first */
	bool closing, left;
	bool has_ended; /* and is to be joined: `ended` */
	pthread_t ended;
};

static void *run_worker(void *crew);

unsigned
crew_size(void)
{
	cpu_set_t set;
	int n = LEAST_SIZE;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < LEAST_SIZE ? LEAST_SIZE : (unsigned)n;
}

static bool
add_member(struct crew *c)
{
	pthread_t thread;

	c->n++;
	c->at_work++;
	if (pthread_create(&thread, &c->small, run_worker, c) == 0)
		return true;
	c->n--;
	c->at_work--;
	return false;
}

static void
wake_worker(struct crew *c, struct member *m)
{
	LIST_REMOVE(m, in_rest);
	m->called = true;
	c->at_work++;
	pthread_cond_signal(&m->call);
}

/* If there is no thread to be had, those who wait come back some time. */
static void
begin_waiting(void *member)
{
	struct crew *c = ((struct member *)member)->crew;

	pthread_mutex_lock(&c->lock);
	c->at_work--;
	if (c->at_work < c->planned && !c->closing) {
		if (LIST_EMPTY(&c->resting))
			add_member(c);
		else
			wake_worker(c, LIST_FIRST(&c->resting));
	}
	pthread_mutex_unlock(&c->lock);
}

static void
end_waiting(void *member)
{
	struct crew *c = ((struct member *)member)->crew;

	pthread_mutex_lock(&c->lock);
	c->at_work++;
	pthread_mutex_unlock(&c->lock);
}

/* Under the lock.  False: it was not called, and is at work no more. */
static bool
park_worker(struct crew *c, struct member *m)
{
	struct timespec until;
	int problem = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += REST_S;
	c->at_work--;
	m->called = false;
	LIST_INSERT_HEAD(&c->resting, m, in_rest);
	while (!m->called && problem != ETIMEDOUT)
		problem = pthread_cond_timedwait(&m->call, &c->lock, &until);
	if (!m->called)
		LIST_REMOVE(m, in_rest);
	return m->called;
}

static bool
rest_if_too_many(struct crew *c, struct member *m)
{
	bool at_work = true;

	if (atomic_load_explicit(&c->at_work, memory_order_relaxed) <=
	    c->planned)
		return true;
	pthread_mutex_lock(&c->lock);
	if (c->at_work > c->planned && !c->closing)
		at_work = park_worker(c, m);
	pthread_mutex_unlock(&c->lock);
	return at_work;
}

/* Each waits for the one before it, and crew_close for the last: what libraries
   keep for a thread is freed before the process ends. */
static void
end_worker(struct crew *c, bool at_work)
{
	bool has_before;
	pthread_t before;

	pthread_mutex_lock(&c->lock);
	c->at_work -= at_work;
	has_before = c->has_ended;
	before = c->ended;
	c->has_ended = !c->left;
	c->ended = pthread_self();
	if (c->left)
		pthread_detach(pthread_self());
	if (--c->n == 0)
		pthread_cond_signal(&c->gone);
	pthread_mutex_unlock(&c->lock); /* from here on c may be gone */
	if (has_before)
		pthread_join(before, NULL);
}

static void *
run_worker(void *crew)
{
	struct crew *c = crew;
	struct member m = {.crew = c};
	struct arena *arena = arena_new();
	bool at_work;

	m.waiting = (struct waiting){
	    .begin = begin_waiting, .end = end_waiting, .context = &m};
	pthread_cond_init(&m.call, &c->monotonic);
	waiting_tell(&m.waiting);
	while ((at_work = rest_if_too_many(c, &m)) &&
	       c->turn(c->context, arena))
		arena_reset(arena);
	waiting_tell(NULL);
	pthread_cond_destroy(&m.call);
	arena_free(arena);
	end_worker(c, at_work);
	return NULL;
}

static struct crew *
crew_new(unsigned at_work, crew_turn_fn *turn, void *context)
{
	struct crew *c = memory_zeroed(1, sizeof(*c));

	c->planned = at_work;
	c->turn = turn;
	c->context = context;
	pthread_attr_init(&c->small);
	pthread_attr_setstacksize(&c->small, STACK_SIZE);
	pthread_condattr_init(&c->monotonic);
	pthread_condattr_setclock(&c->monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->gone, NULL);
	LIST_INIT(&c->resting);
	return c;
}

static void
crew_free(struct crew *c)
{
	pthread_cond_destroy(&c->gone);
	pthread_mutex_destroy(&c->lock);
	pthread_condattr_destroy(&c->monotonic);
	pthread_attr_destroy(&c->small);
	free(c);
}

/* Signals are for the main thread: ours and its children have none. */
enum rc
crew_open(unsigned at_work, crew_turn_fn *turn, void *context,
    struct crew **out, struct err *err)
{
	struct crew *c = crew_new(at_work, turn, context);
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&c->lock);
	while (c->n < at_work && add_member(c))
		;
	pthread_mutex_unlock(&c->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (c->n == 0) {
		crew_free(c);
		return err_set(err, RC_TEMP, "cannot start a thread");
	}
	*out = c;
	return RC_OK;
}

static void
call_all(struct crew *c)
{
	c->closing = true;
	while (!LIST_EMPTY(&c->resting))
		wake_worker(c, LIST_FIRST(&c->resting));
}

void
crew_close(struct crew *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	call_all(c);
	while (c->n > 0)
		pthread_cond_wait(&c->gone, &c->lock);
	pthread_mutex_unlock(&c->lock);
	if (c->has_ended)
		pthread_join(c->ended, NULL);
	crew_free(c);
}

void
crew_leave(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->left = true;
	if (c->has_ended)
		pthread_detach(c->ended);
	c->has_ended = false;
	call_all(c);
	pthread_mutex_unlock(&c->lock);
}
