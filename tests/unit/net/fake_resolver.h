/* SPDX-License-Identifier: MIT */
/*
 * fake_resolver - a resolver in a thread that behaves as the name it is asked
 * for says: "anything.servfail.test" fails.  See the table of behaviours.
 */
#pragma once

#include "base/clock.h"
#include "dns_wire.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 16 /* what "batch" collects before it answers */

#define SLOW_MAX     64   /* answers that "slow" and its like put off */
#define SLOW_LONGEST 6000 /* ms */

/* One question that came in. */
struct asked {
	bool over_tcp;
	struct sockaddr_storage from;
	socklen_t from_len;
	unsigned id, type;
	bool edns, ad;
	char name[NS_MAXDNAME];
};

struct fake_resolver {
	bool fails, is_silent; /* whatever the name */
	char address[64];
	atomic_uint queries, tcp_questions;
	atomic_int last;       /* the number that the last name began with */
	atomic_uint last_port; /* that it came from, over IPv4 and UDP */
	/* The thread's own. */
	int udp, listener, connection;
	int stop[2];
	struct asked held[BATCH], late;
	struct {
		struct asked q;
		int64_t at; /* of clock_ms; 0: free */
		uint32_t address;
	} slow[SLOW_MAX];
	atomic_uint slow_asked[SLOW_LONGEST]; /* by how slow it is, in ms */
	size_t n_held;
	unsigned behind[BATCH]; /* how often each was asked */
	bool has_late, lost_one;
	pthread_t thread;
};

static inline void
fake_send(struct fake_resolver *r, const struct asked *q, const struct wire *w)
{
	unsigned char length[2];

	if (!q->over_tcp) {
		sendto(r->udp, w->bytes, w->len, 0,
		    (const struct sockaddr *)&q->from, q->from_len);
		return;
	}
	ns_put16((uint16_t)w->len, length);
	if (send(r->connection, length, 2, MSG_NOSIGNAL) == 2)
		send(r->connection, w->bytes, w->len, MSG_NOSIGNAL);
}

static inline void
fake_send_flags(struct fake_resolver *r, const struct asked *q, unsigned flags)
{
	struct wire w;

	wire_start(&w, q->id, flags, q->name, q->type);
	fake_send(r, q, &w);
}

/* The address in the answer is the number that the name begins with. */
static inline void
fake_ok(struct fake_resolver *r, const struct asked *q)
{
	struct wire w;

	wire_start(&w, q->id, WIRE_REPLY, q->name, q->type);
	wire_add_a(&w, q->name, 60, (uint32_t)atoi(q->name));
	fake_send(r, q, &w);
}

/* A resolver that verifies says so to who has asked for it. */
static inline void
fake_signed(struct fake_resolver *r, const struct asked *q)
{
	struct wire w;

	wire_start(&w, q->id, WIRE_REPLY | (q->ad ? WIRE_AD : 0), q->name,
	    q->type);
	wire_add_record(&w, ns_s_an, q->name, q->type, 60);
	wire_add_rdata(&w, "\3\1\1x", 4);
	fake_send(r, q, &w);
}

static inline void
fake_text(struct fake_resolver *r, const struct asked *q, size_t strings)
{
	const char string[] = "\77abcdefghijklmnopqrstuvwxyz"
			      "abcdefghijklmnopqrstuvwxyzabcdefghijk";
	struct wire w, rdata = {.len = 0};

	wire_start(&w, q->id, WIRE_REPLY, q->name, q->type);
	wire_add_record(&w, ns_s_an, q->name, ns_t_txt, 60);
	while (strings-- > 0)
		wire_add_bytes(&rdata, string, 64);
	wire_add_rdata(&w, rdata.bytes, rdata.len);
	fake_send(r, q, &w);
}

/* More than 512 bytes, so that it is only got over UDP thanks to EDNS. */
static inline void
fake_large(struct fake_resolver *r, const struct asked *q)
{
	if (q->edns || q->over_tcp)
		fake_text(r, q, 15);
	else
		fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
}

static inline void
fake_huge(struct fake_resolver *r, const struct asked *q)
{
	if (q->over_tcp)
		fake_text(r, q, 500);
	else
		fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
}

static inline void
fake_servfail(struct fake_resolver *r, const struct asked *q)
{
	fake_send_flags(r, q, WIRE_REPLY | ns_r_servfail);
}

static inline void
fake_refused(struct fake_resolver *r, const struct asked *q)
{
	fake_send_flags(r, q, WIRE_REPLY | ns_r_refused);
}

static inline void
fake_notimp(struct fake_resolver *r, const struct asked *q)
{
	fake_send_flags(r, q, WIRE_REPLY | ns_r_notimpl);
}

static inline void
fake_nxdomain(struct fake_resolver *r, const struct asked *q)
{
	struct wire w;

	wire_start(&w, q->id, WIRE_NXDOMAIN, q->name, q->type);
	wire_add_soa(&w, 60, 60);
	fake_send(r, q, &w);
}

static inline void
fake_nodata(struct fake_resolver *r, const struct asked *q)
{
	fake_send_flags(r, q, WIRE_REPLY);
}

static inline void
fake_silent(struct fake_resolver *r, const struct asked *q)
{
	(void)r;
	(void)q;
}

static inline void
fake_wrong_id(struct fake_resolver *r, const struct asked *q)
{
	struct asked other = *q;

	other.id ^= 1;
	fake_servfail(r, &other);
	fake_ok(r, q);
}

static inline void
fake_wrong_question(struct fake_resolver *r, const struct asked *q)
{
	struct asked other = *q;

	snprintf(other.name, sizeof(other.name), "7.other.test");
	fake_ok(r, &other);
	fake_ok(r, q);
}

static inline void
fake_garbage(struct fake_resolver *r, const struct asked *q)
{
	struct wire w;

	fake_send(r, q, &(struct wire){.len = 0});
	fake_send(r, q, &(struct wire){.bytes = "\377\377\377", .len = 3});
	/* A header that is right, and nothing behind it. */
	wire_start(&w, q->id, WIRE_REPLY, q->name, q->type);
	w.len = 12;
	fake_send(r, q, &w);
	/* All is right but the records. */
	wire_start(&w, q->id, WIRE_REPLY, q->name, q->type);
	w.bytes[7] = 9;
	wire_add_bytes(&w, "\300\300\300\300", 4);
	fake_send(r, q, &w);
}

/* Waits until "bad" is asked; when it is asked again, it has an answer at
   once. */
static inline void
fake_behind_garbage(struct fake_resolver *r, const struct asked *q)
{
	if (r->behind[atoi(q->name) % BATCH]++ > 0)
		fake_ok(r, q);
	else
		r->held[r->n_held++ % BATCH] = *q;
}

/* Garbage, and behind it what waits. */
static inline void
fake_bad(struct fake_resolver *r, const struct asked *q)
{
	fake_garbage(r, q);
	while (r->n_held > 0)
		fake_ok(r, &r->held[--r->n_held]);
}

static inline void
fake_truncated(struct fake_resolver *r, const struct asked *q)
{
	if (q->over_tcp)
		fake_ok(r, q);
	else
		fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
}

static inline void
fake_truncated_forever(struct fake_resolver *r, const struct asked *q)
{
	fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
}

static inline void
fake_hangs_up(struct fake_resolver *r, const struct asked *q)
{
	if (!q->over_tcp) {
		fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
		return;
	}
	close(r->connection);
	r->connection = -1;
}

static inline void
fake_stops_halfway(struct fake_resolver *r, const struct asked *q)
{
	if (q->over_tcp)
		send(r->connection, "\0\377abc", 5, MSG_NOSIGNAL);
	else
		fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
}

static inline void
fake_without_edns(struct fake_resolver *r, const struct asked *q)
{
	if (q->edns)
		fake_send_flags(r, q, WIRE_REPLY | ns_r_formerr);
	else
		fake_ok(r, q);
}

static inline void
fake_loses_one(struct fake_resolver *r, const struct asked *q)
{
	if (r->lost_one)
		fake_ok(r, q);
	r->lost_one = true;
}

/* Answers when it has all questions, so that nobody who waits for an answer
   before the next question is ever answered. */
static inline void
fake_batch(struct fake_resolver *r, const struct asked *q)
{
	if (r->n_held < BATCH)
		r->held[r->n_held++] = *q;
	for (size_t i = 0; r->n_held == BATCH && i < BATCH; i++)
		fake_ok(r, &r->held[i]);
}

/* Answers when "after-late" is asked. */
static inline void
fake_late(struct fake_resolver *r, const struct asked *q)
{
	r->late = *q;
	r->has_late = true;
}

static inline void
fake_after_late(struct fake_resolver *r, const struct asked *q)
{
	if (r->has_late)
		fake_ok(r, &r->late);
	r->has_late = false;
	fake_ok(r, q);
}

static inline void
fake_ok_address(struct fake_resolver *r, const struct asked *q,
    uint32_t address)
{
	struct wire w;

	wire_start(&w, q->id, WIRE_REPLY, q->name, q->type);
	wire_add_a(&w, q->name, 60, address);
	fake_send(r, q, &w);
}

/* Puts the answer off for as many ms as the name begins with; its address is
   the number of the asking that it is to: 1 for the first. */
static inline void
fake_slow_after(struct fake_resolver *r, const struct asked *q, unsigned lost)
{
	unsigned ms = (unsigned)atoi(q->name) % SLOW_LONGEST;
	unsigned asked = ++r->slow_asked[ms];

	for (size_t i = 0; asked > lost && i < SLOW_MAX; i++) {
		if (r->slow[i].at != 0)
			continue;
		r->slow[i].q = *q;
		r->slow[i].at = clock_ms() + ms;
		r->slow[i].address = asked;
		return;
	}
}

static inline void
fake_slow(struct fake_resolver *r, const struct asked *q)
{
	fake_slow_after(r, q, 0);
}

static inline void
fake_lost_then_slow(struct fake_resolver *r, const struct asked *q)
{
	fake_slow_after(r, q, 1);
}

static inline void
fake_slow_over_tcp(struct fake_resolver *r, const struct asked *q)
{
	if (q->over_tcp)
		fake_slow_after(r, q, 0);
	else
		fake_send_flags(r, q, WIRE_REPLY | WIRE_TC);
}

/* Sends what is due; ms until the next is, or -1. */
static inline int
fake_send_slow(struct fake_resolver *r)
{
	int64_t now = clock_ms(), next = -1;

	for (size_t i = 0; i < SLOW_MAX; i++) {
		int64_t left = r->slow[i].at - now;

		if (r->slow[i].at == 0)
			continue;
		if (left <= 0) {
			fake_ok_address(r, &r->slow[i].q, r->slow[i].address);
			r->slow[i].at = 0;
		} else if (next < 0 || left < next) {
			next = left;
		}
	}
	return (int)next;
}

static const struct {
	const char *label;
	void (*behave)(struct fake_resolver *r, const struct asked *q);
} behaviours[] = {
    {"ok", fake_ok},
    {"signed", fake_signed},
    {"large", fake_large},
    {"huge", fake_huge},
    {"servfail", fake_servfail},
    {"refused", fake_refused},
    {"notimp", fake_notimp},
    {"nxdomain", fake_nxdomain},
    {"nodata", fake_nodata},
    {"silent", fake_silent},
    {"wrong-id", fake_wrong_id},
    {"wrong-question", fake_wrong_question},
    {"garbage", fake_garbage},
    {"behind-garbage", fake_behind_garbage},
    {"bad", fake_bad},
    {"truncated", fake_truncated},
    {"truncated-forever", fake_truncated_forever},
    {"hangs-up", fake_hangs_up},
    {"stops-halfway", fake_stops_halfway},
    {"without-edns", fake_without_edns},
    {"loses-one", fake_loses_one},
    {"batch", fake_batch},
    {"late", fake_late},
    {"after-late", fake_after_late},
    {"slow", fake_slow},
    {"lost-then-slow", fake_lost_then_slow},
    {"slow-over-tcp", fake_slow_over_tcp},
};

static inline void
fake_behave(struct fake_resolver *r, const struct asked *q)
{
	char name[NS_MAXDNAME];
	char *label;

	snprintf(name, sizeof(name), "%s", q->name);
	*strrchr(name, '.') = '\0'; /* ".test" */
	label = strrchr(name, '.');
	label = label != NULL ? label + 1 : name;
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(*behaviours); i++)
		if (strcasecmp(label, behaviours[i].label) == 0)
			behaviours[i].behave(r, q);
}

static inline void
fake_take(struct fake_resolver *r, struct asked *q, const unsigned char *bytes,
    size_t len)
{
	ns_msg message;
	ns_rr query;

	if (ns_initparse(bytes, (int)len, &message) != 0 ||
	    ns_parserr(&message, ns_s_qd, 0, &query) != 0)
		return;
	q->id = ns_msg_id(message);
	q->type = ns_rr_type(query);
	q->ad = ns_msg_getflag(message, ns_f_ad) != 0;
	q->edns = ns_msg_count(message, ns_s_ar) > 0;
	snprintf(q->name, sizeof(q->name), "%s", ns_rr_name(query));
	r->last = atoi(q->name);
	r->queries++;
	if (q->over_tcp)
		r->tcp_questions++;
	if (r->is_silent)
		return;
	if (r->fails)
		fake_servfail(r, q);
	else
		fake_behave(r, q);
}

static inline void
fake_take_udp(struct fake_resolver *r)
{
	unsigned char bytes[NS_PACKETSZ];
	struct asked q = {.from_len = sizeof(q.from)};
	ssize_t n = recvfrom(r->udp, bytes, sizeof(bytes), 0,
	    (struct sockaddr *)&q.from, &q.from_len);

	r->last_port = ntohs(((const struct sockaddr_in *)&q.from)->sin_port);
	if (n > 0)
		fake_take(r, &q, bytes, (size_t)n);
}

/* A question on loopback is never split. */
static inline void
fake_take_tcp(struct fake_resolver *r)
{
	unsigned char bytes[NS_PACKETSZ];
	struct asked q = {.over_tcp = true};
	ssize_t n = recv(r->connection, bytes, 2, MSG_WAITALL);

	if (n == 2)
		n = recv(r->connection, bytes, ns_get16(bytes), MSG_WAITALL);
	if (n > 0) {
		fake_take(r, &q, bytes, (size_t)n);
		return;
	}
	close(r->connection);
	r->connection = -1;
}

static inline void *
fake_run(void *context)
{
	struct fake_resolver *r = context;

	for (;;) {
		struct pollfd fds[] = {
		    {.fd = r->stop[0], .events = POLLIN},
		    {.fd = r->udp, .events = POLLIN},
		    {.fd = r->listener, .events = POLLIN},
		    {.fd = r->connection, .events = POLLIN},
		};

		poll(fds, 4, fake_send_slow(r));
		if (fds[0].revents != 0)
			return NULL;
		if (fds[1].revents != 0)
			fake_take_udp(r);
		if (fds[3].revents != 0)
			fake_take_tcp(r);
		if (fds[2].revents != 0) {
			if (r->connection >= 0)
				close(r->connection);
			r->connection = accept(r->listener, NULL, NULL);
		}
	}
}

/* The same port for UDP and TCP, which the kernel chose for UDP. */
static inline bool
fake_bind(struct fake_resolver *r, int family)
{
	struct sockaddr_in6 six = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *address =
	    family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);

	r->udp = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(r->udp, address, len) == 0 &&
	    getsockname(r->udp, address, &len) == 0 &&
	    bind(r->listener, address, len) == 0 &&
	    listen(r->listener, 16) == 0) {
		snprintf(r->address, sizeof(r->address),
		    family == AF_INET ? "127.0.0.1:%d" : "[::1]:%d",
		    ntohs(family == AF_INET ? four.sin_port : six.sin6_port));
		return true;
	}
	close(r->udp);
	close(r->listener);
	return false;
}

/* False: there is no loopback of that family. */
static inline bool
fake_start(struct fake_resolver *r, int family)
{
	bool bound = false;

	/* Somebody may have that port for TCP. */
	for (int i = 0; i < 10 && !bound; i++)
		bound = fake_bind(r, family);
	if (!bound)
		return false;
	r->connection = -1;
	return pipe(r->stop) == 0 &&
	       pthread_create(&r->thread, NULL, fake_run, r) == 0;
}

static inline void
fake_stop(struct fake_resolver *r)
{
	close(r->stop[1]);
	pthread_join(r->thread, NULL);
	close(r->stop[0]);
	close(r->udp);
	close(r->listener);
	if (r->connection >= 0)
		close(r->connection);
}
