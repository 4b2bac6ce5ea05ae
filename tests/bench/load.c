/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ROOM 131072

struct connection {
	int fd;
	int64_t sent_us;
	size_t number, held;
	char in[ROOM];
};

/* Latencies in buckets of 1/64 of their size: 1.6 % wide. */
#define BUCKETS 4096

struct load {
	const struct load_plan *plan;
	const struct load_protocol *protocol;
	int epoll;
	size_t sent, answered, refused, bad;
	unsigned warming; /* connections without an answer yet */
	int64_t start;
	uint64_t buckets[BUCKETS];
	int64_t most;
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static unsigned
bucket_of(int64_t us)
{
	unsigned power = 0;

	while (us >= 128) {
		us >>= 1;
		power++;
	}
	return power * 64 + (unsigned)us;
}

static int64_t
bucket_value(unsigned bucket)
{
	unsigned power = bucket < 128 ? 0 : bucket / 64 - 1;

	return (int64_t)(bucket - power * 64) << power;
}

static int64_t
percentile(const struct load *l, double part)
{
	uint64_t wanted = (uint64_t)((double)l->answered * part), seen = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += l->buckets[i];
		if (seen > wanted)
			return bucket_value(i);
	}
	return l->most;
}

static bool
connect_to_port(struct connection *c, const char *port)
{
	const struct sockaddr_in in = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return c->fd >= 0 &&
	       connect(c->fd, (const struct sockaddr *)&in, sizeof(in)) == 0;
}

static bool
connect_to(struct connection *c, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (path[0] != '/')
		return connect_to_port(c, strchr(path, ':') + 1);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return c->fd >= 0 &&
	       connect(c->fd, (struct sockaddr *)&un, sizeof(un)) == 0;
}

static bool
send_next(struct load *l, struct connection *c)
{
	size_t len;
	const char *request = l->protocol->request(l->sent, &len);

	c->number = l->sent;
	c->sent_us = now_us();
	if (send(c->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	l->sent++;
	return true;
}

static void
count(struct load *l, int64_t us, const struct load_answer *answer)
{
	l->answered++;
	l->refused += answer->refused;
	l->buckets[bucket_of(us)]++;
	if (us > l->most)
		l->most = us;
}

/* The last of the first answers starts the clock. */
static void
warm_up(struct load *l, int64_t now)
{
	if (--l->warming == 0)
		l->start = now;
}

/* False: the connection is of no more use. */
static bool
hear(struct load *l, struct connection *c, int64_t now, bool more)
{
	ssize_t n = read(c->fd, c->in + c->held, ROOM - c->held);
	struct load_answer answer = {0};

	if (n <= 0)
		return false;
	c->held += (size_t)n;
	if (!l->protocol->answered(c->number, c->in, c->held, &answer))
		return c->held < ROOM;
	if (!answer.good && l->bad++ == 0)
		fprintf(stderr, "wrong: request %zu: %.*s\n", c->number,
		    (int)(c->held < 200 ? c->held : 200), c->in);
	c->held = 0;
	if (l->warming > 0)
		warm_up(l, now);
	else
		count(l, now_us() - c->sent_us, &answer);
	return !more || send_next(l, c);
}

static bool
goes_on(const struct load *l, int64_t now)
{
	const struct load_plan *p = l->plan;

	if (p->requests != 0 && l->sent >= p->requests)
		return false;
	return l->warming > 0 || p->seconds == 0 ||
	       (double)(now - l->start) < p->seconds * 1e6;
}

static int
report(const struct load *l, double seconds)
{
	printf("requests=%zu seconds=%.3f rate=%.0f p50=%lld p95=%lld p99=%lld "
	       "max=%lld refused=%zu bad=%zu\n",
	    l->answered, seconds, (double)l->answered / seconds,
	    (long long)percentile(l, 0.5), (long long)percentile(l, 0.95),
	    (long long)percentile(l, 0.99), (long long)l->most, l->refused,
	    l->bad);
	return 0;
}

/* Each connection has at most one request under way. */
static int
drive(struct load *l, size_t under_way)
{
	struct epoll_event events[64];

	while (under_way > 0) {
		int n = epoll_wait(l->epoll, events, 64, 60000);
		int64_t now = now_us();

		if (n <= 0 && errno != EINTR) {
			fprintf(stderr, "no answer within 60 s\n");
			return 1;
		}
		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;
			size_t sent = l->sent;

			if (!hear(l, c, now, goes_on(l, now))) {
				fprintf(stderr, "a connection was closed\n");
				return 1;
			}
			if (c->held == 0 && l->sent == sent)
				under_way--;
		}
	}
	return report(l, (double)(now_us() - l->start) / 1e6);
}

static bool
connect_all(struct load *l, struct connection *all)
{
	for (unsigned i = 0; i < l->plan->connections; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		event.data.ptr = &all[i];
		if (!connect_to(&all[i], l->plan->place) ||
		    epoll_ctl(l->epoll, EPOLL_CTL_ADD, all[i].fd, &event) !=
			0) {
			perror(l->plan->place);
			return false;
		}
	}
	return true;
}

static bool
send_all(struct load *l, struct connection *all)
{
	l->warming = l->plan->seconds > 0 ? l->plan->connections : 0;
	l->start = now_us();
	for (unsigned i = 0; i < l->plan->connections; i++)
		if (!send_next(l, &all[i]))
			return false;
	return true;
}

int
load_run(const struct load_plan *plan, const struct load_protocol *protocol)
{
	struct load l = {.plan = plan, .protocol = protocol};
	struct connection *all = calloc(plan->connections, sizeof(*all));
	int status = 1;

	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (connect_all(&l, all) && send_all(&l, all))
		status = drive(&l, plan->connections);
	free(all);
	return status;
}
