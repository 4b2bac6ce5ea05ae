/* SPDX-License-Identifier: MIT */
#include "net/server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/listen_set.h"
#include "net/net_metrics.h"
#include "net/private/server_connection.h"
#include "net/private/stillness.h"
#include "net/private/worker_pool.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A connection idle for less is not closed to make room. */
#define ROOM_IDLE_MS 1000
#define PAUSE_MS     100 /* how long accepting pauses when there is no room */
/* So often in idle_ms, idle connections are looked at. */
#define SWEEPS 8
/* How long sessions have to notice that they are cut off. */
#define CUT_MS 1000

LIST_HEAD(connections, server_connection);

/* One thread accepts.  It holds the lock except while it waits or opens a
   session.  A session takes the lock when it ends, not for a request. */
struct server {
	const struct server_sessions *sessions;
	void *context;
	pthread_t acceptor;
	int wake;  /* eventfd: the acceptor must look at the server again */
	int end;   /* eventfd: the pool has nothing more to do */
	int ready; /* epoll */
	struct worker_pool *pool;

	pthread_mutex_t lock;
	pthread_cond_t empty;
	bool accepting, full;
	struct listen_set listening;
	size_t turn;
	struct connections connections, free;
	unsigned n_connections, most;
	int64_t idle_ms, swept;

	/* How often the acceptor and the pool have done something. */
	atomic_uint turns, tasks;
	struct stillness acceptor_still, pool_still; /* of server_is_alive */
};

static void
wake_acceptor(struct server *s)
{
	eventfd_write(s->wake, 1);
}

/* Waits, without the lock, for a call or for a client at one of the first n
   sockets.  True: there is a client. */
static bool
wait_for_client(struct server *s, size_t n, int timeout_ms)
{
	struct pollfd fds[1 + LISTEN_SET_MAX] = {
	    {.fd = s->wake, .events = POLLIN}};
	eventfd_t calls;
	int ready;

	for (size_t i = 0; i < n; i++)
		fds[1 + i] = (struct pollfd){
		    .fd = s->listening.sockets[i].fd, .events = POLLIN};
	pthread_mutex_unlock(&s->lock);
	ready = poll(fds, 1 + n, timeout_ms);
	pthread_mutex_lock(&s->lock);
	if (fds[0].revents == 0)
		return ready > 0;
	eventfd_read(s->wake, &calls);
	return ready > 1;
}

static void
add_connection(struct server *s, struct server_connection *c)
{
	LIST_INSERT_HEAD(&s->connections, c, in_list);
	s->n_connections++;
	metric_add(&net_connections, 0, 1);
}

static void
drop_connection(struct server *s, struct server_connection *c)
{
	LIST_REMOVE(c, in_list);
	LIST_INSERT_HEAD(&s->free, c, in_list);
	metric_add(&net_connections, 0, -1);
	metric_add(&net_connections_ended,
	    c->leaving ? NET_CONNECTION_FOR_ROOM : NET_CONNECTION_OVER, 1);
	close(c->fd);
	c->fd = -1;
	if (--s->n_connections == 0)
		pthread_cond_signal(&s->empty);
	if (s->full)
		wake_acceptor(s);
}

static void
connection_over(struct server_connection *c)
{
	struct server *s = c->server;

	pthread_mutex_lock(&s->lock);
	drop_connection(s, c);
	pthread_mutex_unlock(&s->lock);
}

static bool
take_task(void *server, struct arena *arena)
{
	struct server *s = server;
	struct epoll_event event;

	/* Takes one event: other events are for other threads. */
	if (epoll_wait(s->ready, &event, 1, -1) < 1)
		return true;
	if (event.data.ptr == NULL)
		return false;
	atomic_fetch_add(&s->tasks, 1);
	server_connection_attend(event.data.ptr, event.events, arena);
	return true;
}

static bool
server_has_room(const struct server *s)
{
	return s->n_connections < s->most;
}

static struct server_connection *
place_for(struct server *s)
{
	struct server_connection *c = LIST_FIRST(&s->free);

	if (c == NULL)
		return memory_zeroed(1, sizeof(*c));
	LIST_REMOVE(c, in_list);
	return c;
}

/* Accepts one client, if there is one.  False: there is no descriptor or memory
   for it. */
static bool
admit_connection(struct server *s, int socket)
{
	struct server_connection *c;
	bool opened;
	int fd;

	fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return errno == EAGAIN || errno == EINTR ||
		       errno == ECONNABORTED;
	c = place_for(s);
	c->server = s;
	c->sessions = s->sessions;
	c->over = connection_over;
	c->queue = s->ready;
	c->fd = fd;
	c->leaving = false;
	add_connection(s, c);
	/* Without the lock: the session that is opened may have to wait for a
	   reload. */
	pthread_mutex_unlock(&s->lock);
	opened = server_connection_open(c, s->context);
	pthread_mutex_lock(&s->lock);
	if (!opened)
		drop_connection(s, c); /* Postfix connects again */
	else if (c->fd >= 0)           /* the client may have hung up at once */
		server_connection_begin(c);
	return opened;
}

/* Accepts one client from each socket, beginning with another socket each time,
   so that the clients of the first one do not take all the room. */
static bool
admit_all(struct server *s)
{
	const struct listen_set *all = &s->listening;

	s->turn++;
	for (size_t i = 0; i < all->n && server_has_room(s); i++)
		if (!admit_connection(s,
			all->sockets[(s->turn + i) % all->n].fd))
			return false;
	return true;
}

/* Ends the connection that is idle longest.  A request that is already here is
   still read and answered, as only the way in is shut.  One that arrives later
   is lost with the connection: Postfix knows that an idle connection may be
   closed, and asks again on a new one. */
static void
make_room(struct server *s)
{
	struct server_connection *longest = NULL;
	struct server_connection *c;
	int64_t since = clock_coarse_ms() - ROOM_IDLE_MS;

	LIST_FOREACH(c, &s->connections, in_list)
	{
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

/* Ends the connections that are idle for longer than they may be, or for an
   eighth longer. */
static void
sweep_connections(struct server *s)
{
	int64_t now = clock_coarse_ms();
	struct server_connection *c;

	if (now - s->swept < s->idle_ms / SWEEPS)
		return;
	s->swept = now;
	LIST_FOREACH(c, &s->connections, in_list)
	if (atomic_load_explicit(&c->idle_since, memory_order_relaxed) <
	    now - s->idle_ms)
		shutdown(c->fd, SHUT_RD);
}

static void *
accept_clients(void *arg)
{
	struct server *s = arg;

	pthread_setname_np(pthread_self(), "acceptor");
	pthread_mutex_lock(&s->lock);
	while (s->accepting) {
		bool client = wait_for_client(s, s->listening.n,
		    (int)(s->idle_ms / SWEEPS));

		atomic_fetch_add(&s->turns, 1);
		sweep_connections(s);
		if (!client || (server_has_room(s) && admit_all(s)))
			continue;
		make_room(s);
		s->full = true;
		wait_for_client(s, 0, PAUSE_MS);
		s->full = false;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

enum rc
server_change(struct server *s, const struct server_settings *settings,
    struct err *err)
{
	const struct listen_settings how = {
	    .group = settings->group,
	    .mode = settings->mode,
	    .backlog = SOMAXCONN,
	};
	struct listen_set next, old;
	enum rc rc;

	assert(settings->idle_ms > 0);
	rc = listen_set_open(&s->listening, settings->addresses,
	    settings->n_addresses, &how, &next, err);
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&s->lock);
	old = s->listening;
	s->listening = next;
	s->most = settings->max_connections;
	s->idle_ms = settings->idle_ms;
	wake_acceptor(s);
	pthread_mutex_unlock(&s->lock);
	listen_set_close(&old, &next);
	return RC_OK;
}

bool
server_is_alive(struct server *s, int64_t patience_ms)
{
	/* Ready is a connection that waits for a worker, not one that is
	   being served. */
	struct pollfd ready = {.fd = s->ready, .events = POLLIN};
	bool is_wanted = poll(&ready, 1, 0) > 0;
	bool pool_hangs = stillness_lasts(&s->pool_still,
	    atomic_load(&s->tasks), is_wanted, patience_ms);

	/* The acceptor looks around even if nobody comes. */
	return !stillness_lasts(&s->acceptor_still, atomic_load(&s->turns),
		   true, patience_ms) &&
	       !pool_hangs;
}

/* The main thread takes signals: our thread and the pool's get none. */
static bool
start_acceptor(struct server *s)
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
server_new(const struct server_sessions *sessions, void *context)
{
	struct server *s = memory_zeroed(1, sizeof(*s));
	pthread_condattr_t monotonic;

	s->sessions = sessions;
	s->context = context;
	s->accepting = true;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->ready = epoll_create1(EPOLL_CLOEXEC);
	LIST_INIT(&s->connections);
	LIST_INIT(&s->free);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->empty, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return s;
}

static void
close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void
server_free(struct server *s)
{
	struct server_connection *c;

	listen_set_close(&s->listening, NULL);
	while ((c = LIST_FIRST(&s->free)) != NULL) {
		LIST_REMOVE(c, in_list);
		free(c);
	}
	pthread_cond_destroy(&s->empty);
	pthread_mutex_destroy(&s->lock);
	close_if_open(s->wake);
	close_if_open(s->end);
	close_if_open(s->ready);
	free(s);
}

static enum rc
open_queue(struct server *s, struct err *err)
{
	struct epoll_event end = {.events = EPOLLIN};

	if (s->wake < 0 || s->end < 0 || s->ready < 0 ||
	    epoll_ctl(s->ready, EPOLL_CTL_ADD, s->end, &end) != 0)
		return err_set(err, RC_TEMP, "epoll: %s", strerror(errno));
	return RC_OK;
}

static void
let_pool_end(struct server *s)
{
	eventfd_write(s->end, 1);
}

static enum rc
start_all(struct server *s, struct err *err)
{
	enum rc rc =
	    worker_pool_open(worker_pool_size(), take_task, s, &s->pool, err);

	if (rc != RC_OK || start_acceptor(s))
		return rc;
	let_pool_end(s);
	worker_pool_close(s->pool);
	return err_set(err, RC_TEMP, "cannot start a thread");
}

enum rc
server_open(const struct server_settings *settings,
    const struct server_sessions *sessions, void *context, struct server **out,
    struct err *err)
{
	struct server *s = server_new(sessions, context);
	enum rc rc = open_queue(s, err);

	if (rc == RC_OK)
		rc = server_change(s, settings, err);
	if (rc == RC_OK)
		rc = start_all(s, err);
	if (rc == RC_OK)
		*out = s;
	else
		server_free(s);
	return rc;
}

static void
shut_all(struct server *s, int way)
{
	struct server_connection *c;

	LIST_FOREACH(c, &s->connections, in_list)
	shutdown(c->fd, way);
}

static void
wait_empty(struct server *s, int64_t ms)
{
	struct timespec until = clock_after(ms);

	while (s->n_connections > 0 &&
	       pthread_cond_timedwait(&s->empty, &s->lock, &until) == 0)
		;
}

/* Shuts the way in for all connections.  Those between requests end; those at
   work find the end after their answer.  A request that is already here is
   still read. */
unsigned
server_close(struct server *s, int64_t wait_ms)
{
	unsigned cut, left;

	if (s == NULL)
		return 0;
	pthread_mutex_lock(&s->lock);
	s->accepting = false;
	wake_acceptor(s);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->acceptor, NULL);
	listen_set_close(&s->listening, NULL);

	pthread_mutex_lock(&s->lock);
	shut_all(s, SHUT_RD);
	wait_empty(s, wait_ms);
	cut = s->n_connections;
	shut_all(s, SHUT_RDWR);
	wait_empty(s, CUT_MS);
	left = s->n_connections;
	pthread_mutex_unlock(&s->lock);
	let_pool_end(s);
	/* A session that runs on uses s at its end: s is left behind rather
	   than freed under a thread. */
	if (left > 0) {
		worker_pool_leave(s->pool);
	} else {
		worker_pool_close(s->pool);
		server_free(s);
	}
	return cut;
}
