/* SPDX-License-Identifier: MIT */
#include "greeting.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS  5000
#define GREETING_MAX 512 /* RFC 5321 4.5.3.1.5 */

/* 0, or the errno of what has not come in time. */
static int
greeting_wait(int fd, short events, int64_t deadline)
{
	struct pollfd waiting = {.fd = fd, .events = events};
	int64_t left = deadline - clock_ms();
	int n = poll(&waiting, 1, left > 0 ? (int)left : 0);

	return n > 0 ? 0 : n == 0 ? ETIMEDOUT : errno;
}

/* A connected socket, or -1 and why in *failed. */
static int
greeting_connect(const struct addrinfo *to, int64_t deadline, int *failed)
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
		*failed = greeting_wait(fd, POLLOUT, deadline);
		if (*failed == 0)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, failed, &size);
	}
	if (*failed == 0)
		return fd;
	close(fd);
	return -1;
}

static enum rc
greeting_read_line(struct arena *a, int fd, int64_t deadline, const char **line,
    struct err *err)
{
	char text[GREETING_MAX];
	size_t len = 0;
	ssize_t got = 1;
	int failed = 0;

	while (failed == 0 && got > 0 && len < sizeof(text) &&
	       memchr(text, '\n', len) == NULL) {
		failed = greeting_wait(fd, POLLIN, deadline);
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
greeting_read(struct arena *a, const char *host, const char *port,
    const char **line, struct err *err)
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
		fd = greeting_connect(to, deadline, &failed);
	freeaddrinfo(all);
	if (fd < 0)
		return err_set(err, RC_TEMP, "%s", strerror(failed));
	if (line != NULL)
		rc = greeting_read_line(a, fd, deadline, line, err);
	close(fd);
	return rc;
}

/* 0, or the errno with which nobody could be reached there. */
static int
greeting_knock_unix(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed = 0;

	if (fd < 0)
		return errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		failed = errno;
	close(fd);
	return failed;
}

/* Why nobody can be there, where that is known. */
static const char *
greeting_cause_of_silence(struct arena *a, const char *path, int failed)
{
	const char *end = strrchr(path, '/');
	const char *folder = arena_copy_bytes(a, path, (size_t)(end - path));

	if (failed != ENOENT || access(folder, F_OK) == 0)
		return strerror(failed);
	if (getgrnam("postfix") == NULL)
		return "there is no Postfix here: install it, then run "
		       "systemd-tmpfiles --create";
	return arena_printf(a,
	    "there is no folder %s: run systemd-tmpfiles --create", folder);
}

static enum rc
greeting_knock_path(struct arena *a, const char *path, struct err *err)
{
	int failed = greeting_knock_unix(path);

	if (failed == 0)
		return RC_OK;
	if (failed == EACCES)
		return err_set(err, RC_TEMP,
		    "only root and the user postward may ask");
	return err_set(err, RC_TEMP, "%s",
	    greeting_cause_of_silence(a, path, failed));
}

enum rc
greeting_knock(struct arena *a, const char *where, struct err *err)
{
	char *host, *port;

	if (str_starts(where, "unix:"))
		return greeting_knock_path(a, where + strlen("unix:"), err);
	host = arena_copy_text(a, where + strlen("inet:"));
	port = strrchr(host, ':');
	*port++ = '\0';
	if (host[0] == '[') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	return greeting_read(a, host, port, NULL, err);
}
