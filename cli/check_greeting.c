/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS  5000
#define GREETING_MAX 512 /* RFC 5321 4.5.3.1.5 */

/* 0, or the errno of what has not come in time. */
static int
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd waiting = {.fd = fd, .events = events};
	int64_t left = deadline - clock_ms();
	int n = poll(&waiting, 1, left > 0 ? (int)left : 0);

	return n > 0 ? 0 : n == 0 ? ETIMEDOUT : errno;
}

/* A connected socket, or -1 and why in *failed. */
static int
connect_in_time(const struct addrinfo *to, int64_t deadline, int *failed)
{
	socklen_t size = sizeof(*failed);
	int fd = socket(to->ai_family,
	    to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);

	*failed = fd < 0 ? errno : 0;
	if (fd < 0)
		return -1;
	if (connect(fd, to->ai_addr, to->ai_addrlen) != 0)
		*failed = errno;
	if (*failed == EINPROGRESS) {
		*failed = wait_for(fd, POLLOUT, deadline);
		if (*failed == 0)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, failed, &size);
	}
	if (*failed == 0)
		return fd;
	close(fd);
	return -1;
}

static enum rc
read_greeting_line(struct arena *a, int fd, int64_t deadline, const char **line,
    struct err *err)
{
	char text[GREETING_MAX];
	size_t len = 0;
	ssize_t got = 1;
	int failed = 0;

	while (failed == 0 && got > 0 && len < sizeof(text) &&
	       memchr(text, '\n', len) == NULL) {
		failed = wait_for(fd, POLLIN, deadline);
		if (failed != 0)
			break;
		got = recv(fd, text + len, sizeof(text) - len, 0);
		if (got < 0)
			failed = errno;
		else
			len += (size_t)got;
	}
	if (failed != 0)
		return err_set(err, RC_TEMP, "no greeting: %s",
		    strerror(failed));
	if (memchr(text, '\n', len) == NULL)
		return err_set(err, RC_TEMP, "hung up without a greeting");
	len = (size_t)((char *)memchr(text, '\n', len) - text);
	if (len > 0 && text[len - 1] == '\r')
		len--;
	*line = str_printable(a, text, len, 2 * sizeof(text));
	return RC_OK;
}

enum rc
check_greeting(struct arena *a, const char *host, const char *port,
    bool greeting, const char **line, struct err *err)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	int64_t deadline = clock_ms() + PATIENCE_MS;
	struct addrinfo *all = NULL;
	int failed = getaddrinfo(host, port, &wanted, &all), fd = -1;
	enum rc rc = RC_OK;

	if (failed != 0)
		return err_set(err, RC_TEMP, "%s: %s", host,
		    gai_strerror(failed));
	for (const struct addrinfo *to = all; to != NULL && fd < 0;
	     to = to->ai_next)
		fd = connect_in_time(to, deadline, &failed);
	freeaddrinfo(all);
	if (fd < 0)
		return err_set(err, RC_TEMP, "%s", strerror(failed));
	if (greeting)
		rc = read_greeting_line(a, fd, deadline, line, err);
	close(fd);
	return rc;
}
