/* SPDX-License-Identifier: MIT */
#include "callers.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct caller {
	struct caller *next, **link;
	int fd;
	enum caller_state state;
	int64_t since_ms;
};

struct callers {
	pthread_mutex_t lock; /* of all of them */
	struct caller *first;
	unsigned busy;
};

struct callers *
callers_new(void)
{
	struct callers *callers = memory_zeroed(1, sizeof(*callers));

	pthread_mutex_init(&callers->lock, NULL);
	return callers;
}

void
callers_free(struct callers *callers)
{
	if (callers == NULL)
		return;
	pthread_mutex_destroy(&callers->lock);
	free(callers);
}

struct caller *
caller_new(struct callers *callers, int fd)
{
	struct caller *caller = memory_zeroed(1, sizeof(*caller));

	caller->fd = fd;
	caller->since_ms = clock_ms();
	pthread_mutex_lock(&callers->lock);
	caller->next = callers->first;
	caller->link = &callers->first;
	if (caller->next != NULL)
		caller->next->link = &caller->next;
	callers->first = caller;
	pthread_mutex_unlock(&callers->lock);
	return caller;
}

void
caller_free(struct callers *callers, struct caller *caller)
{
	if (caller == NULL)
		return;
	pthread_mutex_lock(&callers->lock);
	*caller->link = caller->next;
	if (caller->next != NULL)
		caller->next->link = caller->link;
	callers->busy -= caller->state != CALLER_IDLE;
	pthread_mutex_unlock(&callers->lock);
	free(caller);
}

void
caller_turn(struct callers *callers, struct caller *caller,
    enum caller_state state)
{
	pthread_mutex_lock(&callers->lock);
	callers->busy -= caller->state != CALLER_IDLE;
	callers->busy += state != CALLER_IDLE;
	caller->state = state;
	if (state == CALLER_IDLE)
		caller->since_ms = clock_ms();
	pthread_mutex_unlock(&callers->lock);
}

void
callers_hurry(struct callers *callers)
{
	int64_t now = clock_ms();

	pthread_mutex_lock(&callers->lock);
	for (struct caller *c = callers->first; c != NULL; c = c->next)
		if (c->state != CALLER_SERVED &&
		    now - c->since_ms > CALLERS_REQUEST_MS)
			shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&callers->lock);
}

unsigned
callers_busy(struct callers *callers)
{
	unsigned busy;

	pthread_mutex_lock(&callers->lock);
	busy = callers->busy;
	pthread_mutex_unlock(&callers->lock);
	return busy;
}
