/* SPDX-License-Identifier: MIT */
#include "net/server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/listen.h"
#include "net/net_metrics.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)256 * 1024)
#define IDLE_MS    1000 /* idle for less: not closed to make room */
#define PAUSE_MS   100  /* when there was no room */
#define CUT_MS     1000 /* for sessions to notice that they are cut off */

/* Longer than any connection is idle. */
#define BUSY INT64_MAX

struct server_connection {
	struct server *server;
	struct server_connection *next, **link;
	int fd;
	bool leaving;
	_Atomic int64_t idle_since; /* of clock_ms, or BUSY */
};

/* One thread accepts, and holds the lock but while it waits.  Sessions take
   the lock when they end, not for a request. */
struct server {
	server_session_fn *session;
	void *context;
	pthread_t acceptor;
	pthread_attr_t small; /* of a session's thread */
	int wake;             /* eventfd: look at the server again */

	pthread_mutex_t lock;
	pthread_cond_t empty;
	bool accepting, full;
	struct listen_socket sockets[SERVER_ADDRESSES_MOST];
	size_t n_sockets, turn;
	struct server_connection *connections;
	unsigned n_connections, most;
	bool left_behind; /* server_close could not wait any longer */
	bool has_ended;
	pthread_t ended; /* the last session's thread, if has_ended */
};

void
server_busy(struct server_connection *c)
{
	atomic_store_explicit(&c->idle_since, BUSY, memory_order_relaxed);
}

void
server_idle(struct server_connection *c)
{
	atomic_store_explicit(&c->idle_since, clock_ms(), memory_order_relaxed);
}

static void
call(struct server *s)
{
	eventfd_write(s->wake, 1);
}

/* Waits, unlocked, for a call or a client at one of the first n sockets, and
   tells whether there is a client. */
static bool
wait_for_client(struct server *s, size_t n, int timeout_ms)
{
	struct pollfd fds[1 + SERVER_ADDRESSES_MOST] = {
	    {.fd = s->wake, .events = POLLIN}};
	eventfd_t calls;
	int ready;

	for (size_t i = 0; i < n; i++)
		fds[1 + i] =
		    (struct pollfd){.fd = s->sockets[i].fd, .events = POLLIN};
	pthread_mutex_unlock(&s->lock);
	ready = poll(fds, 1 + n, timeout_ms);
	pthread_mutex_lock(&s->lock);
	if (fds[0].revents == 0)
		return ready > 0;
	eventfd_read(s->wake, &calls);
	return ready > 1;
}

static void
add(struct server *s, struct server_connection *c)
{
	c->next = s->connections;
	c->link = &s->connections;
	if (c->next != NULL)
		c->next->link = &c->next;
	s->connections = c;
	s->n_connections++;
	metric_add(&net_connections, 0, 1);
}

static void
drop(struct server *s, struct server_connection *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	metric_add(&net_connections, 0, -1);
	metric_add(&net_connections_ended,
	    c->leaving ? NET_CONNECTION_FOR_ROOM : NET_CONNECTION_OVER, 1);
	close(c->fd);
	free(c);
	if (--s->n_connections == 0)
		pthread_cond_signal(&s->empty);
	if (s->full)
		call(s);
}

static void *
serve(void *arg)
{
	struct server_connection *c = arg;
	struct server *s = c->server;
	bool has_before;
	pthread_t before;

	s->session(c->fd, c, s->context);
	pthread_mutex_lock(&s->lock);
	has_before = s->has_ended;
	before = s->ended;
	s->has_ended = !s->left_behind;
	s->ended = pthread_self();
	if (s->left_behind)
		pthread_detach(pthread_self());
	drop(s, c);
	pthread_mutex_unlock(&s->lock); /* from here on s may be gone */
	/* Each waits for the one before it, and server_close for the last: what
	   libraries keep for a thread is freed before the process ends. */
	if (has_before)
		pthread_join(before, NULL);
	return NULL;
}

static bool
has_room(const struct server *s)
{
	return s->n_connections < s->most;
}

/* Accepts one client, if one is there; false if there is no descriptor, thread
   or memory for it. */
static bool
admit(struct server *s, int socket)
{
	struct server_connection *c;
	pthread_t thread;
	int fd;

	fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return errno == EAGAIN || errno == EINTR ||
		       errno == ECONNABORTED;
	c = malloc(sizeof(*c));
	if (c == NULL) {
		close(fd);
		return false;
	}
	*c = (struct server_connection){
	    .server = s, .fd = fd, .idle_since = clock_ms()};
	add(s, c);
	if (pthread_create(&thread, &s->small, serve, c) == 0)
		return true;
	drop(s, c); /* Postfix connects again */
	return false;
}

/* One from each socket, beginning with another one each time, lest those at
   the first take all the room. */
static bool
admit_all(struct server *s)
{
	s->turn++;
	for (size_t i = 0; i < s->n_sockets && has_room(s); i++)
		if (!admit(s, s->sockets[(s->turn + i) % s->n_sockets].fd))
			return false;
	return true;
}

/* Tells the connection idle longest to end.  A request that is already here
   is still read and answered, as only the way in is shut.  One that arrives
   later is lost with the connection: Postfix knows that an idle connection
   may be closed, and asks again on a new one. */
static void
make_room(struct server *s)
{
	struct server_connection *longest = NULL;
	int64_t since = clock_ms() - IDLE_MS;

	for (struct server_connection *c = s->connections; c != NULL;
	     c = c->next) {
		int64_t idle_since =
		    atomic_load_explicit(&c->idle_since, memory_order_relaxed);

		if (c->leaving || idle_since > since)
			continue;
		since = idle_since;
		longest = c;
	}
	if (longest == NULL)
		return;
	longest->leaving = true;
	shutdown(longest->fd, SHUT_RD);
}

static void *
accept_clients(void *arg)
{
	struct server *s = arg;

	pthread_mutex_lock(&s->lock);
	while (s->accepting) {
		if (!wait_for_client(s, s->n_sockets, -1))
			continue;
		if (has_room(s) && admit_all(s))
			continue;
		make_room(s);
		s->full = true;
		wait_for_client(s, 0, PAUSE_MS);
		s->full = false;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static const struct listen_socket *
find(const struct listen_socket *sockets, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(sockets[i].address, address) == 0)
			return &sockets[i];
	return NULL;
}

/* Closes those of the n sockets that are not among the others. */
static void
close_sockets(struct listen_socket *sockets, size_t n,
    const struct listen_socket *others, size_t n_others)
{
	for (size_t i = 0; i < n; i++)
		if (find(others, n_others, sockets[i].address) == NULL)
			listen_close(&sockets[i]);
}

/* The socket that is already open at the address, or a new one. */
static enum rc
take_socket(struct server *s, const struct server_settings *settings,
    const char *address, struct listen_socket *out, struct err *err)
{
	const struct listen_settings how = {
	    .group = settings->group,
	    .mode = settings->mode,
	    .backlog = SOMAXCONN,
	};
	const struct listen_socket *open =
	    find(s->sockets, s->n_sockets, address);

	if (open == NULL)
		return listen_open(address, &how, out, err);
	*out = *open;
	return RC_OK;
}

enum rc
server_change(struct server *s, const struct server_settings *settings,
    struct err *err)
{
	struct listen_socket sockets[SERVER_ADDRESSES_MOST],
	    old[SERVER_ADDRESSES_MOST];
	size_t n, n_old = s->n_sockets;

	if (settings->n_addresses < 1 ||
	    settings->n_addresses > SERVER_ADDRESSES_MOST)
		return err_set(err, RC_PERM,
		    "%zu addresses to listen on, expected 1 to %d",
		    settings->n_addresses, SERVER_ADDRESSES_MOST);
	for (n = 0; n < settings->n_addresses; n++) {
		const char *address = settings->addresses[n];
		enum rc rc = RC_OK;

		if (find(sockets, n, address) != NULL)
			rc = err_set(err, RC_PERM, "%s: given twice", address);
		else
			rc =
			    take_socket(s, settings, address, &sockets[n], err);
		if (rc != RC_OK) {
			close_sockets(sockets, n, s->sockets, s->n_sockets);
			return rc;
		}
	}
	pthread_mutex_lock(&s->lock);
	memcpy(old, s->sockets, n_old * sizeof(*old));
	memcpy(s->sockets, sockets, n * sizeof(*sockets));
	s->n_sockets = n;
	s->most = settings->max_connections;
	call(s);
	pthread_mutex_unlock(&s->lock);
	close_sockets(old, n_old, sockets, n);
	return RC_OK;
}

/* Signals are for the main thread: ours and its children have none. */
static bool
start(struct server *s)
{
	sigset_t all, before;
	int problem;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	problem = pthread_create(&s->acceptor, NULL, accept_clients, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return problem == 0;
}

static struct server *
server_new(server_session_fn *session, void *context)
{
	struct server *s = memory_zeroed(1, sizeof(*s));
	pthread_condattr_t monotonic;

	s->session = session;
	s->context = context;
	s->accepting = true;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_attr_init(&s->small);
	pthread_attr_setstacksize(&s->small, STACK_SIZE);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->empty, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return s;
}

static void
server_free(struct server *s)
{
	close_sockets(s->sockets, s->n_sockets, NULL, 0);
	pthread_cond_destroy(&s->empty);
	pthread_mutex_destroy(&s->lock);
	pthread_attr_destroy(&s->small);
	if (s->wake >= 0)
		close(s->wake);
	free(s);
}

enum rc
server_open(const struct server_settings *settings, server_session_fn *session,
    void *context, struct server **out, struct err *err)
{
	struct server *s = server_new(session, context);
	enum rc rc = RC_OK;

	if (s->wake < 0)
		rc = err_set(err, RC_TEMP, "eventfd: %s", strerror(errno));
	if (rc == RC_OK)
		rc = server_change(s, settings, err);
	if (rc == RC_OK && !start(s))
		rc = err_set(err, RC_TEMP, "cannot start a thread");
	if (rc == RC_OK)
		*out = s;
	else
		server_free(s);
	return rc;
}

static void
shut_all(struct server *s, int way)
{
	for (struct server_connection *c = s->connections; c != NULL;
	     c = c->next)
		shutdown(c->fd, way);
}

static void
wait_empty(struct server *s, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (s->n_connections > 0 &&
	       pthread_cond_timedwait(&s->empty, &s->lock, &until) == 0)
		;
}

/* The way in is shut for all: those between requests end, those at work find
   the end after their answer, and what is already here is still read. */
unsigned
server_close(struct server *s, int64_t wait_ms)
{
	unsigned cut, left;

	if (s == NULL)
		return 0;
	pthread_mutex_lock(&s->lock);
	s->accepting = false;
	call(s);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->acceptor, NULL);
	close_sockets(s->sockets, s->n_sockets, NULL, 0);
	s->n_sockets = 0;

	pthread_mutex_lock(&s->lock);
	shut_all(s, SHUT_RD);
	wait_empty(s, wait_ms);
	cut = s->n_connections;
	shut_all(s, SHUT_RDWR);
	wait_empty(s, CUT_MS);
	left = s->n_connections;
	s->left_behind = left > 0;
	if (s->left_behind && s->has_ended)
		pthread_detach(s->ended);
	s->has_ended &= !s->left_behind;
	pthread_mutex_unlock(&s->lock);
	/* A session that runs on comes back to s in the end: better to leave s
	   behind than to free it under a thread. */
	if (left == 0) {
		if (s->has_ended)
			pthread_join(s->ended, NULL);
		server_free(s);
	}
	return cut;
}
