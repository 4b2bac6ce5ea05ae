/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_lookup.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Shared by who asks and who waits; the last of them frees it. */
struct lookup {
	pthread_mutex_t lock;
	pthread_cond_t done;
	unsigned users;
	bool is_done;
	int code; /* of getaddrinfo */
	struct addrinfo *found;
	char *host, *port;
};

/* Without AI_ADDRCONFIG, which finds no "localhost" on a machine that has no
   other address; one that cannot be reached costs nothing. */
static int
look_up(const char *host, const char *port, int flags, struct addrinfo **out)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = flags | AI_NUMERICSERV,
	};

	*out = NULL;
	return getaddrinfo(host, port, &hints, out);
}

/* The caller holds the lock. */
static void
lookup_leave(struct lookup *l)
{
	bool last = --l->users == 0;

	pthread_mutex_unlock(&l->lock);
	if (!last)
		return;
	if (l->found != NULL)
		freeaddrinfo(l->found);
	pthread_cond_destroy(&l->done);
	pthread_mutex_destroy(&l->lock);
	free(l->host);
	free(l->port);
	free(l);
}

static void *
lookup_run(void *context)
{
	struct lookup *l = context;
	struct addrinfo *found;
	int code = look_up(l->host, l->port, 0, &found);

	pthread_mutex_lock(&l->lock);
	l->code = code;
	l->found = found;
	l->is_done = true;
	pthread_cond_signal(&l->done);
	lookup_leave(l);
	return NULL;
}

static struct lookup *
lookup_new(const char *host, const char *port)
{
	struct lookup *l = memory_zeroed(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->done, NULL);
	l->users = 2;
	l->host = strdup(host);
	l->port = strdup(port);
	if (l->host == NULL || l->port == NULL)
		abort();
	return l;
}

/* The thread takes no signals, which are for threads that wait for them. */
static bool
lookup_start(struct lookup *l)
{
	sigset_t all, before;
	pthread_t thread;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	started = pthread_create(&thread, NULL, lookup_run, l) == 0;
	if (started)
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

/* The caller holds the lock. */
static void
lookup_wait(struct lookup *l, int64_t end)
{
	const struct timespec until = {
	    .tv_sec = end / 1000000,
	    .tv_nsec = end % 1000000 * 1000,
	};
	int rc = 0;

	while (!l->is_done && rc == 0)
		rc = pthread_cond_clockwait(&l->done, &l->lock, CLOCK_MONOTONIC,
		    &until);
}

static enum rc
lookup_take(struct lookup *l, struct addrinfo **out, struct err *err)
{
	if (!l->is_done)
		return err_set(err, RC_TEMP,
		    "nobody has said in time which address %s has", l->host);
	if (l->code != 0)
		return err_set(err, RC_TEMP, "%s: %s", l->host,
		    gai_strerror(l->code));
	*out = l->found;
	l->found = NULL;
	return RC_OK;
}

enum rc
directory_lookup(const char *host, const char *port, int64_t end,
    struct addrinfo **out, struct err *err)
{
	struct lookup *l;
	enum rc rc;

	if (look_up(host, port, AI_NUMERICHOST, out) == 0)
		return RC_OK;
	l = lookup_new(host, port);
	if (!lookup_start(l))
		l->users--;
	pthread_mutex_lock(&l->lock);
	if (l->users == 2)
		lookup_wait(l, end);
	rc = lookup_take(l, out, err);
	lookup_leave(l);
	return rc;
}
