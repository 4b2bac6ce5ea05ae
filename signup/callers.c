/* SPDX-License-Identifier: MIT */
#include "callers.h"

#include "base/clock.h"
#include "base/memory.h"
#include "throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct caller {
	struct caller *next, **link;
	int fd;
	struct ip client, network; /* version 0: it has none */
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
caller_new(struct callers *callers, const char *peer, int fd)
{
	struct caller *caller = memory_zeroed(1, sizeof(*caller));

	caller->fd = fd;
	if (peer != NULL) {
		caller->client = throttle_network(peer, false);
		caller->network = throttle_network(peer, true);
	}
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
	caller->since_ms = clock_ms();
	pthread_mutex_unlock(&callers->lock);
}

/* As long as we work for it, it waits for us. */
static const int64_t times_ms[] = {
    [CALLER_IDLE] = CALLERS_HEADER_MS,
    [CALLER_BEGUN] = CALLERS_REQUEST_MS,
    [CALLER_SERVED] = INT64_MAX,
    [CALLER_ANSWERED] = CALLERS_ANSWER_MS,
};

void
callers_hurry(struct callers *callers)
{
	int64_t now = clock_ms();

	pthread_mutex_lock(&callers->lock);
	for (struct caller *c = callers->first; c != NULL; c = c->next)
		if (now - c->since_ms > times_ms[c->state])
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

bool
callers_has_room(struct callers *callers, const char *peer, unsigned most)
{
	struct ip client = throttle_network(peer, false),
		  network = throttle_network(peer, true);
	unsigned of_client = 0, of_network = 0;

	pthread_mutex_lock(&callers->lock);
	for (struct caller *c = callers->first; c != NULL; c = c->next) {
		of_client += ip_equal(&c->client, &client);
		of_network += ip_equal(&c->network, &network);
	}
	pthread_mutex_unlock(&callers->lock);
	return of_client <= most / CALLERS_CLIENT_PART &&
	       of_network <= most / CALLERS_NETWORK_PART;
}
