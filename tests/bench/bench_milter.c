/* SPDX-License-Identifier: MIT */
/*
 * bench_milter - what Postfix says to a milter, over many connections side by
 * side, each message over one of its own.
 *
 *	bench_milter SOCKET CONNECTIONS COUNT FILE apart|together [WORD]...
 *
 * FILE is one of session_file.h, with messages.  "together": no body begins,
 * and none ends, before all connections have come so far; COUNT is then
 * CONNECTIONS.  Each message must be accepted, and the Authentication-Results
 * that it gets must hold each WORD.  Prints "messages=N bad=N seconds=S rate=R
 * p50=µs p95=µs p99=µs" of the time from the end of a message to the answer.
 */
#include "session_file.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BODY_CHUNK 65535
#define PACKET_MAX 70000

/* As in libmilter's mfdef.h. */
#define ACTIONS   0x1ffu
#define STEPS     0x1fffffu
#define LEADSPACE 0x100000u

/* Which of the steps that were agreed leaves a command out, and which one its
   answer. */
static const struct command {
	char letter;
	uint32_t no_command, no_answer;
} commands[] = {
    {'C', 0x1, 0x1000},
    {'H', 0x2, 0x2000},
    {'M', 0x4, 0x4000},
    {'R', 0x8, 0x8000},
    {'T', 0x200, 0x10000},
    {'L', 0x20, 0x80},
    {'N', 0x40, 0x40000},
    {'B', 0x10, 0x80000},
};

struct talk {
	int fd;
	uint32_t steps;
	const struct session_line *line;
	bool told; /* our words are in a field that is put in */
	char packet[PACKET_MAX];
	size_t len; /* of the packet that came */
};

static struct session_file file;
static const char *place;
static char **words;
static size_t n_words, count;
static atomic_size_t next, bad;
static int64_t *took_us;
static pthread_barrier_t *all; /* NULL: apart */

static bool
talk_say(struct talk *t, char letter, const char *bytes, size_t len)
{
	uint32_t size = htonl((uint32_t)len + 1);
	char head[5];

	memcpy(head, &size, 4);
	head[4] = letter;
	return send(t->fd, head, 5, MSG_NOSIGNAL | MSG_MORE) == 5 &&
	       send(t->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool
talk_take(struct talk *t, void *to, size_t len)
{
	return len == 0 || recv(t->fd, to, len, MSG_WAITALL) == (ssize_t)len;
}

/* The letter of the packet that comes; 0: none does. */
static char
talk_hear(struct talk *t)
{
	uint32_t size;
	char letter;

	if (!talk_take(t, &size, 4) || !talk_take(t, &letter, 1))
		return 0;
	t->len = ntohl(size) - 1;
	if (t->len >= sizeof(t->packet) || !talk_take(t, t->packet, t->len))
		return 0;
	t->packet[t->len] = '\0';
	return letter;
}

/* What is answered to a command; 'c' also where none is expected. */
static char
talk_do(struct talk *t, char letter, const char *bytes, size_t len)
{
	const struct command *c = commands;

	while (c->letter != letter)
		c++;
	if ((t->steps & c->no_command) != 0)
		return 'c';
	if (!talk_say(t, letter, bytes, len))
		return 0;
	return (t->steps & c->no_answer) != 0 ? 'c' : talk_hear(t);
}

static bool
talk_do_text(struct talk *t, char letter, const char *text)
{
	return talk_do(t, letter, text, strlen(text) + 1) == 'c';
}

static bool
talk_negotiate(struct talk *t)
{
	uint32_t wanted[] = {htonl(6), htonl(ACTIONS), htonl(STEPS)};

	if (!talk_say(t, 'O', (const char *)wanted, sizeof(wanted)) ||
	    talk_hear(t) != 'O' || t->len < sizeof(wanted))
		return false;
	memcpy(wanted, t->packet, sizeof(wanted));
	t->steps = ntohl(wanted[2]);
	return true;
}

static bool
talk_envelope(struct talk *t)
{
	const char *const *of = t->line->of;
	char text[1024];
	int len = snprintf(text, sizeof(text), "%s%c4%c%c%s", of[SESSION_NAME],
	    0, 1, 1, of[SESSION_CLIENT]);

	if (talk_do(t, 'C', text, (size_t)len + 1) != 'c' ||
	    !talk_do_text(t, 'H', of[SESSION_HELO]))
		return false;
	snprintf(text, sizeof(text), "<%s>", of[SESSION_SENDER]);
	if (!talk_do_text(t, 'M', text))
		return false;
	snprintf(text, sizeof(text), "<%s>", of[SESSION_RECIPIENT]);
	return talk_do_text(t, 'R', text) && talk_do_text(t, 'T', "");
}

/* Behind the field that begins at p; its lines end with LF, as Postfix tells
   them. */
static const char *
talk_field(struct talk *t, const char *p, const char *end, bool *said)
{
	char text[16384];
	size_t len = 0, colon = 0;

	for (; p < end && len < sizeof(text) - 2; p++) {
		if (*p == '\r')
			continue;
		if (*p == '\n' && (p + 1 == end || !strchr(" \t", p[1])))
			break;
		if (*p == ':' && colon == 0) {
			colon = len;
			text[len++] = '\0';
			if ((t->steps & LEADSPACE) == 0 && p[1] == ' ')
				p++;
			continue;
		}
		text[len++] = *p;
	}
	text[len++] = '\0';
	*said = talk_do(t, 'L', text, len) == 'c';
	return p + 1;
}

static bool
talk_header(struct talk *t, const char **body)
{
	const char *p = t->line->message, *end = p + t->line->message_len;
	bool said = true;

	while (said && end - p > 2 && memcmp(p, "\r\n", 2) != 0)
		p = talk_field(t, p, end, &said);
	*body = end - p >= 2 ? p + 2 : end;
	return said && talk_do(t, 'N', "", 0) == 'c';
}

static bool
talk_body(struct talk *t, const char *p)
{
	const char *end = t->line->message + t->line->message_len;

	while (p < end) {
		size_t len =
		    end - p < BODY_CHUNK ? (size_t)(end - p) : BODY_CHUNK;
		char answer = talk_do(t, 'B', p, len);

		if (answer == 's')
			return true;
		if (answer != 'c')
			return false;
		p += len;
	}
	return true;
}

static bool
has_all_words(const char *field)
{
	for (size_t i = 0; i < n_words; i++)
		if (strstr(field, words[i]) == NULL)
			return false;
	return true;
}

/* Up to the answer that ends it; the changes before it are of two words, behind
   the place if there is one. */
static bool
talk_end(struct talk *t)
{
	char answer;

	if (!talk_say(t, 'D',
		"Ei\0"
		"4ABC",
		8) ||
	    !talk_say(t, 'E', "", 0))
		return false;
	while ((answer = talk_hear(t)) != 0 && strchr("pihmeb+-", answer)) {
		const char *name = t->packet + (answer == 'i' ? 4 : 0);

		if (strchr("ih", answer) != NULL &&
		    strcmp(name, "Authentication-Results") == 0)
			t->told |= has_all_words(name + strlen(name) + 1);
	}
	if (answer != 'c' && answer != 'a')
		fprintf(stderr, "%s: answer %c %s\n",
		    t->line->of[SESSION_SENDER], answer, t->packet);
	else if (n_words > 0 && !t->told)
		fprintf(stderr, "%s: other results\n",
		    t->line->of[SESSION_SENDER]);
	return (answer == 'c' || answer == 'a') && (n_words == 0 || t->told);
}

static int
talk_connect(void)
{
	const struct timeval patience = {.tv_sec = 300};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", place);
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) != 0) {
		perror(place);
		exit(1);
	}
	return fd;
}

static void
wait_for_all(void)
{
	if (all != NULL)
		pthread_barrier_wait(all);
}

static bool
one_message(size_t n)
{
	struct talk *t = calloc(1, sizeof(*t));
	const char *body = NULL;
	int64_t began;
	bool good;

	t->fd = talk_connect();
	t->line = &file.lines[n % file.n];
	good = t->line->message != NULL && talk_negotiate(t) &&
	       talk_envelope(t) && talk_header(t, &body);
	wait_for_all();
	good = good && talk_body(t, body);
	wait_for_all();
	began = session_now_us();
	good = good && talk_end(t);
	took_us[n] = session_now_us() - began;
	if (good)
		talk_say(t, 'Q', "", 0);
	close(t->fd);
	free(t);
	return good;
}

static void *
work(void *unused)
{
	size_t n;

	(void)unused;
	while ((n = atomic_fetch_add(&next, 1)) < count)
		if (!one_message(n))
			atomic_fetch_add(&bad, 1);
	return NULL;
}

/* Seconds that it took. */
static double
work_all(size_t connections)
{
	pthread_t *threads = calloc(connections, sizeof(*threads));
	int64_t began = session_now_us();

	for (size_t i = 0; i < connections; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (size_t i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return (double)(session_now_us() - began) / 1e6;
}

int
main(int argc, char **argv)
{
	pthread_barrier_t barrier;
	size_t connections;
	double seconds;

	if (argc < 6 || !session_file_read(argv[4], &file)) {
		fprintf(stderr, "usage: bench_milter SOCKET CONNECTIONS COUNT "
				"FILE apart|together [WORD]...\n");
		return 2;
	}
	place = argv[1];
	connections = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	words = argv + 6;
	n_words = (size_t)argc - 6;
	if (connections == 0 || count == 0)
		return 2;
	if (strcmp(argv[5], "together") == 0) {
		count = connections;
		pthread_barrier_init(&barrier, NULL, (unsigned)connections);
		all = &barrier;
	}
	took_us = calloc(count, sizeof(*took_us));
	seconds = work_all(connections);
	printf("messages=%zu bad=%zu seconds=%.3f rate=%.0f p50=%lld p95=%lld "
	       "p99=%lld\n",
	    count, (size_t)bad, seconds, (double)count / seconds,
	    session_percentile(took_us, count, 0.5),
	    session_percentile(took_us, count, 0.95),
	    session_percentile(took_us, count, 0.99));
	session_file_free(&file);
	free(took_us);
	return bad == 0 ? 0 : 1;
}
