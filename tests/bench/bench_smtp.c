/* SPDX-License-Identifier: MIT */
/*
 * bench_smtp - one SMTP session after another, many side by side, each as a
 * client of its own (XCLIENT).
 *
 *	bench_smtp PORT SESSIONS COUNT rcpt|message FILE checked|any|trouble
 *	    [FIRST]
 *
 * FILE is one of session_file.h.  "rcpt" leaves after RCPT, "message" sends the
 * message of the line, in which no line begins with a dot, or 2 KiB.  "any":
 * what is to be refused may be accepted; "trouble": any may be put off, too.
 * FIRST is the number of the first line.
 * Prints "sessions=N accepted=N refused=N failed=N bad=N seconds=S rate=R
 * p50=µs p95=µs p99=µs" of the time that RCPT takes; bad are the wrong answers.
 */
#include "session_file.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_LINES 32 /* of 64 bytes */

static struct session_file file;
static size_t count;
static unsigned port;
static size_t first_line;
static bool messages, checked, has_trouble;
static atomic_size_t next, accepted, refused, failed, bad;
static int64_t *rcpt_us;
static _Thread_local char last_reply[200];

/* The reply's first digit; 0: no reply. */
static int
hear(FILE *in)
{
	char line[2048];

	do {
		if (fgets(line, sizeof(line), in) == NULL)
			return 0;
	} while (strlen(line) > 3 && line[3] == '-');
	snprintf(last_reply, sizeof(last_reply), "%.150s", line);
	return line[0] - '0';
}

static int
say(FILE *in, int fd, const char *text)
{
	size_t len = strlen(text);

	return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len ? hear(in) : 0;
}

static int
say_message(FILE *in, int fd, const struct session_line *line)
{
	size_t len = line->message_len;

	/* In one packet with what follows. */
	return send(fd, line->message, len, MSG_NOSIGNAL | MSG_MORE) ==
		       (ssize_t)len
		   ? say(in, fd, ".\r\n")
		   : 0;
}

static int
say_letter(FILE *in, int fd)
{
	static const char line[] = "Nothing but a line of text, of which there "
				   "are many in a mail.\r\n";
	char text[4096] = "Subject: bench\r\nFrom: bench@example.org\r\n"
			  "To: bench@local.test\r\n\r\n";

	for (int i = 0; i < BODY_LINES; i++)
		strcat(text, line);
	strcat(text, ".\r\n");
	return say(in, fd, text);
}

static bool
send_message(FILE *in, int fd, const struct session_line *line)
{
	int reply = say(in, fd, "DATA\r\n");

	if (reply == 4 && has_trouble)
		return true;
	if (reply != 3)
		return false;
	reply = line->message == NULL ? say_letter(in, fd)
				      : say_message(in, fd, line);
	return reply == 2 || (reply == 4 && has_trouble);
}

/* What the world expects of a reply to RCPT. */
static bool
is_right(int reply, const char *expected)
{
	if (strcmp(expected, "accept") == 0)
		return reply == 2 || (reply == 4 && has_trouble);
	if (reply == 4)
		return has_trouble;
	return reply == 5 || (reply == 2 && !checked);
}

static bool
converse(FILE *in, int fd, const struct session_line *line, int64_t *us)
{
	const char *const *of = line->of;
	char text[1024];
	int64_t began;
	int reply;

	if (hear(in) != 2 || say(in, fd, "EHLO bench\r\n") != 2)
		return false;
	snprintf(text, sizeof(text),
	    "XCLIENT ADDR=%s NAME=%s REVERSE_NAME=%s PROTO=ESMTP\r\n",
	    of[SESSION_CLIENT], of[SESSION_NAME], of[SESSION_NAME]);
	if (say(in, fd, text) != 2)
		return false;
	snprintf(text, sizeof(text), "EHLO %s\r\n", of[SESSION_HELO]);
	if (say(in, fd, text) != 2)
		return false;
	snprintf(text, sizeof(text), "MAIL FROM:<%s>\r\n", of[SESSION_SENDER]);
	if (say(in, fd, text) != 2)
		return false;
	snprintf(text, sizeof(text), "RCPT TO:<%s>\r\n", of[SESSION_RECIPIENT]);
	began = session_now_us();
	reply = say(in, fd, text);
	*us = session_now_us() - began;
	if (!is_right(reply, of[SESSION_EXPECTED]) &&
	    atomic_fetch_add(&bad, 1) == 0)
		fprintf(stderr, "wrong: %s\n", last_reply);
	atomic_fetch_add(reply == 2 ? &accepted : &refused, 1);
	if (reply == 2 && messages && !send_message(in, fd, line))
		return false;
	return say(in, fd, "QUIT\r\n") == 2;
}

static bool
one_session(size_t n)
{
	const struct sockaddr_in server = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct session_line *line =
	    &file.lines[(n + first_line) % file.n];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = {.tv_sec = 60};
	bool good = false;
	FILE *in;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&server, sizeof(server)) ==
	    0) {
		in = fdopen(dup(fd), "r");
		good = converse(in, fd, line, &rcpt_us[n]);
		fclose(in);
	}
	close(fd);
	return good;
}

static void *
work(void *unused)
{
	size_t n;

	(void)unused;
	while ((n = atomic_fetch_add(&next, 1)) < count)
		if (!one_session(n))
			atomic_fetch_add(&failed, 1);
	return NULL;
}

int
main(int argc, char **argv)
{
	unsigned sessions;
	pthread_t *threads;
	double seconds;
	int64_t began;

	if (argc < 7 || argc > 8 || !session_file_read(argv[5], &file)) {
		fprintf(stderr, "usage: bench_smtp PORT SESSIONS COUNT "
				"rcpt|message FILE "
				"checked|any|trouble [FIRST]\n");
		return 2;
	}
	port = (unsigned)strtoul(argv[1], NULL, 10);
	sessions = (unsigned)strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	messages = strcmp(argv[4], "message") == 0;
	checked = strcmp(argv[6], "checked") == 0;
	has_trouble = strcmp(argv[6], "trouble") == 0;
	first_line = argc > 7 ? strtoul(argv[7], NULL, 10) : 0;
	if (sessions == 0 || count == 0)
		return 2;
	threads = calloc(sessions, sizeof(*threads));
	rcpt_us = calloc(count, sizeof(*rcpt_us));
	began = session_now_us();
	for (unsigned i = 0; i < sessions; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (unsigned i = 0; i < sessions; i++)
		pthread_join(threads[i], NULL);
	seconds = (double)(session_now_us() - began) / 1e6;
	printf("sessions=%zu accepted=%zu refused=%zu failed=%zu bad=%zu "
	       "seconds=%.3f rate=%.0f p50=%lld p95=%lld p99=%lld\n",
	    count, (size_t)accepted, (size_t)refused, (size_t)failed,
	    (size_t)bad, seconds, (double)count / seconds,
	    session_percentile(rcpt_us, count, 0.5),
	    session_percentile(rcpt_us, count, 0.95),
	    session_percentile(rcpt_us, count, 0.99));
	session_file_free(&file);
	free(rcpt_us);
	free(threads);
	return failed == 0 ? 0 : 1;
}
