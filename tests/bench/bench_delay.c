/* SPDX-License-Identifier: MIT */
/*
 * bench_delay - a way to a DNS server that takes its time: each answer comes
 * MS milliseconds late, and many may be on their way.
 *
 *	bench_delay PORT SERVER_PORT MS
 *
 * UDP, 127.0.0.1 only.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define WAITING 65536 /* as many as there are DNS ids */
#define PACKET  4096

/* A question's id at the server is its place here. */
struct question {
	struct sockaddr_in client;
	uint16_t id;
};

struct answer {
	int64_t due_us;
	struct sockaddr_in client;
	size_t len;
	unsigned char bytes[PACKET];
};

static struct question questions[WAITING];
static struct answer *answers; /* a ring: all wait equally long */
static size_t first, after;

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct sockaddr_in
loopback(unsigned long port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void
take_questions(int clients, int server)
{
	static uint16_t next;
	unsigned char bytes[PACKET];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(clients, bytes, sizeof(bytes), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &size)) >= 12) {
		struct question *q = &questions[++next];

		q->client = from;
		memcpy(&q->id, bytes, 2);
		memcpy(bytes, &next, 2);
		send(server, bytes, (size_t)n, 0);
	}
}

static void
take_answers(int server, int64_t delay_us)
{
	struct answer *a = &answers[after % WAITING];
	ssize_t n;

	while ((n = recv(server, a->bytes, PACKET, MSG_DONTWAIT)) >= 12) {
		uint16_t id;

		memcpy(&id, a->bytes, 2);
		memcpy(a->bytes, &questions[id].id, 2);
		a->client = questions[id].client;
		a->len = (size_t)n;
		a->due_us = now_us() + delay_us;
		a = &answers[++after % WAITING];
	}
}

static void
give_answers(int clients, int64_t now)
{
	for (; first != after; first++) {
		struct answer *a = &answers[first % WAITING];

		if (a->due_us > now)
			return;
		sendto(clients, a->bytes, a->len, 0,
		    (struct sockaddr *)&a->client, sizeof(a->client));
	}
}

static struct timespec
time_to_next(void)
{
	int64_t us = 1000000;

	if (first != after)
		us = answers[first % WAITING].due_us - now_us();
	if (us < 0)
		us = 0;
	return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

int
main(int argc, char **argv)
{
	int clients = socket(AF_INET, SOCK_DGRAM, 0), room = 8 << 20;
	int server = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in mine, its;
	int64_t delay_us;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_delay PORT SERVER_PORT MS\n");
		return 2;
	}
	mine = loopback(strtoul(argv[1], NULL, 10));
	its = loopback(strtoul(argv[2], NULL, 10));
	delay_us = strtol(argv[3], NULL, 10) * 1000;
	answers = calloc(WAITING, sizeof(*answers));
	setsockopt(clients, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(server, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(clients, (struct sockaddr *)&mine, sizeof(mine)) != 0 ||
	    connect(server, (struct sockaddr *)&its, sizeof(its)) != 0) {
		perror("bench_delay");
		return 1;
	}
	for (;;) {
		struct pollfd fds[] = {
		    {.fd = clients, .events = POLLIN},
		    {.fd = server, .events = POLLIN},
		};
		struct timespec wait = time_to_next();

		ppoll(fds, 2, &wait, NULL);
		take_questions(clients, server);
		take_answers(server, delay_us);
		give_answers(clients, now_us());
	}
}
