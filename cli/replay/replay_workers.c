/* SPDX-License-Identifier: MIT */
#include "replay_workers.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#define WORKERS_MAX 8

struct replay_workers {
	replay_work *work;
	void *context;
	pthread_t threads[WORKERS_MAX];
	unsigned n_threads;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	struct replay_batch *empty, *full, **full_end;
	bool over; /* no more will be full */
};

static struct replay_batch *
next_full_batch(struct replay_workers *w)
{
	struct replay_batch *batch;

	pthread_mutex_lock(&w->lock);
	while (w->full == NULL && !w->over)
		pthread_cond_wait(&w->changed, &w->lock);
	batch = w->full;
	if (batch != NULL) {
		w->full = batch->next;
		if (w->full == NULL)
			w->full_end = &w->full;
	}
	pthread_mutex_unlock(&w->lock);
	return batch;
}

static void
give_empty_batch(struct replay_workers *w, struct replay_batch *batch)
{
	batch->n = 0;
	arena_reset(batch->arena);
	pthread_mutex_lock(&w->lock);
	batch->next = w->empty;
	w->empty = batch;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static void
work_on_batch(struct replay_workers *w, struct replay_batch *batch,
    struct arena *scratch)
{
	for (size_t i = 0; i < batch->n; i++) {
		w->work(w->context, &batch->records[i], scratch);
		arena_reset(scratch);
	}
}

static void *
run_worker(void *workers)
{
	struct replay_workers *w = workers;
	struct arena *scratch = arena_new();
	struct replay_batch *batch;

	while ((batch = next_full_batch(w)) != NULL) {
		work_on_batch(w, batch, scratch);
		give_empty_batch(w, batch);
	}
	arena_free(scratch);
	return NULL;
}

/* Without any thread at all, who reads does the work. */
static void
start_threads(struct replay_workers *w)
{
	int processors = get_nprocs();
	unsigned wanted = processors < 1             ? 1
			  : processors > WORKERS_MAX ? WORKERS_MAX
						     : (unsigned)processors;

	while (w->n_threads < wanted &&
	       pthread_create(&w->threads[w->n_threads], NULL, run_worker, w) ==
		   0)
		w->n_threads++;
}

struct replay_workers *
replay_workers_start(replay_work *work, void *context)
{
	struct replay_workers *w = memory_zeroed(1, sizeof(*w));

	w->work = work;
	w->context = context;
	w->full_end = &w->full;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	start_threads(w);
	for (unsigned i = 0; i < 2 * w->n_threads + 1; i++) {
		struct replay_batch *batch = memory_zeroed(1, sizeof(*batch));

		batch->arena = arena_new();
		give_empty_batch(w, batch);
	}
	return w;
}

struct replay_batch *
replay_workers_take(struct replay_workers *w)
{
	struct replay_batch *batch;

	pthread_mutex_lock(&w->lock);
	while (w->empty == NULL)
		pthread_cond_wait(&w->changed, &w->lock);
	batch = w->empty;
	w->empty = batch->next;
	pthread_mutex_unlock(&w->lock);
	return batch;
}

void
replay_workers_put(struct replay_workers *w, struct replay_batch *batch)
{
	struct arena *scratch;

	if (w->n_threads == 0) {
		scratch = arena_new();
		work_on_batch(w, batch, scratch);
		arena_free(scratch);
		give_empty_batch(w, batch);
		return;
	}
	pthread_mutex_lock(&w->lock);
	batch->next = NULL;
	*w->full_end = batch;
	w->full_end = &batch->next;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

void
replay_workers_end(struct replay_workers *w)
{
	struct replay_batch *batch;

	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n_threads; i++)
		pthread_join(w->threads[i], NULL);
	while ((batch = w->empty) != NULL) {
		w->empty = batch->next;
		arena_free(batch->arena);
		free(batch);
	}
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
	free(w);
}
