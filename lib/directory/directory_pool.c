/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_pool.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A connection that was not used for so long is closed: nobody knows what lies
   between has forgotten it. */
#define IDLE_US  ((int64_t)60 * 1000000)
#define LEAVE_US (DIRECTORY_LEAVE_MS * 1000)

struct pool_server {
	struct directory_server at;
	bool failed;     /* the last try did */
	int64_t next_at; /* of clock_us: it may be tried then */
	struct err why;
};

LIST_HEAD(connections, directory_connection);

struct directory_pool {
	const struct directory_settings *settings;
	struct arena *arena;
	directory_say_fn *say; /* or NULL */
	pthread_mutex_t lock;  /* guards all below */
	pthread_cond_t left;
	unsigned inside; /* questions that are asked now */
	unsigned held;   /* connections that were taken, or are being made */
	/* Those that nobody uses, the one used last first, and how many. */
	struct connections idle;
	unsigned n_idle;
	struct pool_server servers[DIRECTORY_SERVERS_MAX];
};

struct directory_pool *
directory_pool_new(const struct directory_settings *settings)
{
	struct directory_pool *pool = memory_zeroed(1, sizeof(*pool));

	pool->settings = settings;
	pool->arena = arena_new();
	for (size_t i = 0; i < settings->n_urls; i++)
		directory_url_read(pool->arena, settings->urls[i],
		    &pool->servers[i].at, NULL);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->left, NULL);
	LIST_INIT(&pool->idle);
	return pool;
}

static void
close_all(struct connections *list)
{
	struct directory_connection *c;

	while ((c = LIST_FIRST(list)) != NULL) {
		LIST_REMOVE(c, in_list);
		directory_connection_close(c);
	}
}

void
directory_pool_free(struct directory_pool *pool)
{
	close_all(&pool->idle);
	pthread_cond_destroy(&pool->left);
	pthread_mutex_destroy(&pool->lock);
	arena_free(pool->arena);
	free(pool);
}

void
directory_pool_log_to(struct directory_pool *pool, directory_say_fn *say)
{
	pthread_mutex_lock(&pool->lock);
	pool->say = say;
	pthread_mutex_unlock(&pool->lock);
}

const struct directory_server *
directory_pool_server(const struct directory_pool *pool, size_t server)
{
	return &pool->servers[server].at;
}

bool
directory_pool_enter(struct directory_pool *pool, int64_t end)
{
	const struct timespec until = {
	    .tv_sec = end / 1000000,
	    .tv_nsec = end % 1000000 * 1000,
	};
	bool entered;
	int rc = 0;

	pthread_mutex_lock(&pool->lock);
	while (pool->inside >= pool->settings->connections && rc == 0)
		rc = pthread_cond_clockwait(&pool->left, &pool->lock,
		    CLOCK_MONOTONIC, &until);
	entered = pool->inside < pool->settings->connections;
	pool->inside += entered;
	pthread_mutex_unlock(&pool->lock);
	return entered;
}

void
directory_pool_leave(struct directory_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->inside--;
	pthread_cond_signal(&pool->left);
	pthread_mutex_unlock(&pool->lock);
}

/* The first in the administrator's order.  One that has failed is tried by one
   question: the others find its time put off. */
bool
directory_pool_choose(struct directory_pool *pool, unsigned tried,
    size_t *server, unsigned *others, struct err *why)
{
	size_t n = pool->settings->n_urls, chosen = n;
	int64_t now = clock_us();

	*others = 0;
	pthread_mutex_lock(&pool->lock);
	for (size_t i = 0; i < n; i++) {
		struct pool_server *s = &pool->servers[i];

		if ((tried >> i & 1) != 0)
			continue;
		if (s->failed && now < s->next_at)
			*why = s->why;
		else if (chosen == n)
			chosen = i;
		else
			++*others;
	}
	if (chosen < n && pool->servers[chosen].failed)
		pool->servers[chosen].next_at = now + LEAVE_US;
	pthread_mutex_unlock(&pool->lock);
	*server = chosen;
	return chosen < n;
}

/* The caller holds the lock.  Moves to `out` what must not be used. */
static void
pool_expire(struct directory_pool *pool, int64_t now, struct connections *out)
{
	struct directory_connection *c, *next;

	for (c = LIST_FIRST(&pool->idle); c != NULL; c = next) {
		next = LIST_NEXT(c, in_list);
		if (now - c->since < IDLE_US)
			continue;
		LIST_REMOVE(c, in_list);
		pool->n_idle--;
		LIST_INSERT_HEAD(out, c, in_list);
	}
}

/* The caller holds the lock. */
static void
pool_make_room(struct directory_pool *pool, struct connections *out)
{
	struct directory_connection *c, *last;

	while (pool->n_idle > 0 &&
	       pool->n_idle + pool->held > pool->settings->connections) {
		last = NULL;
		LIST_FOREACH(c, &pool->idle, in_list)
		last = c;
		LIST_REMOVE(last, in_list);
		pool->n_idle--;
		LIST_INSERT_HEAD(out, last, in_list);
	}
}

struct directory_connection *
directory_pool_take(struct directory_pool *pool, size_t server)
{
	struct connections gone = LIST_HEAD_INITIALIZER(gone);
	struct directory_connection *c;

	pthread_mutex_lock(&pool->lock);
	pool_expire(pool, clock_us(), &gone);
	LIST_FOREACH(c, &pool->idle, in_list)
	if (c->server == server)
		break;
	if (c != NULL) {
		LIST_REMOVE(c, in_list);
		pool->n_idle--;
	}
	pool->held++;
	pool_make_room(pool, &gone);
	pthread_mutex_unlock(&pool->lock);
	close_all(&gone);
	if (c == NULL || !directory_stream_stirs(&c->stream))
		return c;
	directory_connection_close(c);
	directory_pool_drop(pool, server);
	return NULL;
}

void
directory_pool_give(struct directory_pool *pool, struct directory_connection *c)
{
	pthread_mutex_lock(&pool->lock);
	pool->held--;
	if (c != NULL) {
		c->since = clock_us();
		LIST_INSERT_HEAD(&pool->idle, c, in_list);
		pool->n_idle++;
	}
	pthread_mutex_unlock(&pool->lock);
}

void
directory_pool_drop(struct directory_pool *pool, size_t server)
{
	struct connections gone = LIST_HEAD_INITIALIZER(gone);
	struct directory_connection *c, *next;

	pthread_mutex_lock(&pool->lock);
	for (c = LIST_FIRST(&pool->idle); c != NULL; c = next) {
		next = LIST_NEXT(c, in_list);
		if (c->server != server)
			continue;
		LIST_REMOVE(c, in_list);
		pool->n_idle--;
		LIST_INSERT_HEAD(&gone, c, in_list);
	}
	pthread_mutex_unlock(&pool->lock);
	close_all(&gone);
}

/* One line when it begins, and one when it is over. */
static void
pool_say(directory_say_fn *say, bool good, const struct pool_server *s,
    const struct err *why)
{
	struct arena *a;

	if (say == NULL)
		return;
	a = arena_new();
	say(good, good ? arena_printf(a, "%s answers again", s->at.url)
		       : arena_printf(a, "%s is left alone: %s", s->at.url,
			     why->text));
	arena_free(a);
}

void
directory_pool_worked(struct directory_pool *pool, size_t server)
{
	struct pool_server *s = &pool->servers[server];
	directory_say_fn *say;
	bool is_back;

	pthread_mutex_lock(&pool->lock);
	is_back = s->failed;
	s->failed = false;
	say = pool->say;
	pthread_mutex_unlock(&pool->lock);
	if (is_back)
		pool_say(say, true, s, NULL);
}

void
directory_pool_failed(struct directory_pool *pool, size_t server,
    const struct err *why)
{
	struct pool_server *s = &pool->servers[server];
	directory_say_fn *say;
	bool is_new;

	pthread_mutex_lock(&pool->lock);
	is_new = !s->failed;
	s->failed = true;
	s->next_at = clock_us() + LEAVE_US;
	s->why = *why;
	say = pool->say;
	pthread_mutex_unlock(&pool->lock);
	directory_pool_drop(pool, server);
	if (is_new)
		pool_say(say, false, s, why);
}
