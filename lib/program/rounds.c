/* SPDX-License-Identifier: MIT */
#include "program/rounds.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* How long it may take to end. */
#define PATIENCE_MS 100

#define STACK_SIZE ((size_t)256 * 1024)

struct rounds {
	const char *name;
	rounds_fn *run;
	void *own;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t called;
	bool asked, ended;
	atomic_bool stop;
};

static struct timespec
rounds_time(int64_t ms)
{
	return (struct timespec){
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

/* True: somebody asks for it. */
static bool
rounds_sleep_until(struct rounds *r, int64_t wake_ms)
{
	struct timespec at = rounds_time(wake_ms);
	bool asked;

	pthread_mutex_lock(&r->lock);
	while (!r->asked && !atomic_load(&r->stop) &&
	       pthread_cond_timedwait(&r->called, &r->lock, &at) != ETIMEDOUT)
		;
	asked = r->asked;
	r->asked = false;
	pthread_mutex_unlock(&r->lock);
	return asked;
}

static void *
rounds_run(void *arg)
{
	struct rounds *r = arg;
	bool asked = false;

	pthread_setname_np(pthread_self(), r->name);
	while (!atomic_load(&r->stop))
		asked = rounds_sleep_until(r, r->run(r->own, asked, &r->stop));
	pthread_mutex_lock(&r->lock);
	r->ended = true;
	pthread_cond_broadcast(&r->called);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void
rounds_free(struct rounds *r)
{
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->called);
	free(r);
}

enum rc
rounds_open(const char *name, rounds_fn *run, void *own, struct rounds **out,
    struct err *err)
{
	struct rounds *r = memory_zeroed(1, sizeof(*r));
	pthread_condattr_t monotonic;
	pthread_attr_t small;
	int problem;

	r->name = name;
	r->run = run;
	r->own = own;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->called, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_SIZE);
	problem = pthread_create(&r->thread, &small, rounds_run, r);
	pthread_attr_destroy(&small);
	if (problem != 0) {
		rounds_free(r);
		return err_set(err, RC_TEMP, "cannot start a thread");
	}
	*out = r;
	return RC_OK;
}

void
rounds_ask(struct rounds *rounds)
{
	pthread_mutex_lock(&rounds->lock);
	rounds->asked = true;
	pthread_cond_broadcast(&rounds->called);
	pthread_mutex_unlock(&rounds->lock);
}

static bool
rounds_end_in_time(struct rounds *r)
{
	struct timespec at = rounds_time(clock_ms() + PATIENCE_MS);
	int problem = 0;
	bool ended;

	pthread_mutex_lock(&r->lock);
	atomic_store(&r->stop, true);
	pthread_cond_broadcast(&r->called);
	while (!r->ended && problem == 0)
		problem = pthread_cond_timedwait(&r->called, &r->lock, &at);
	ended = r->ended;
	pthread_mutex_unlock(&r->lock);
	return ended;
}

bool
rounds_close(struct rounds *rounds)
{
	if (rounds == NULL)
		return true;
	if (!rounds_end_in_time(rounds)) {
		pthread_detach(rounds->thread);
		return false;
	}
	pthread_join(rounds->thread, NULL);
	rounds_free(rounds);
	return true;
}

int64_t
rounds_next(int64_t next, int64_t longest)
{
	int64_t now = clock_ms();

	return next <= now || next > now + longest ? now + longest : next;
}
