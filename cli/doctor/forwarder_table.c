/* SPDX-License-Identifier: MIT */
#include "forwarder_table.h"

#include "base/str.h"
#include "net/netstring.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 5
#define ANSWER_MAX 4096

static void
table_limit_time(int fd)
{
	const struct timeval limit = {.tv_sec = PATIENCE_S};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int
table_connect_unix(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	table_limit_time(fd);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* "address:port", "[address]:port" */
static int
table_connect_inet(struct arena *a, const char *where)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	char *host = arena_copy_text(a, where);
	char *port = strrchr(host, ':');
	struct addrinfo *to = NULL;
	int fd = -1;

	if (port == NULL) {
		errno = EINVAL;
		return -1;
	}
	*port++ = '\0';
	if (host[0] == '[') {
		host++;
		host[strcspn(host, "]")] = '\0';
	}
	if (getaddrinfo(host, port, &hints, &to) != 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		table_limit_time(fd);
	if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(to);
	return fd;
}

static enum rc
table_read(struct arena *a, int fd, const char **out, struct err *err)
{
	char bytes[ANSWER_MAX];
	size_t len = 0, whole, text_len;
	const char *text;

	*out = NULL;
	while (len < sizeof(bytes)) {
		ssize_t got = recv(fd, bytes + len, sizeof(bytes) - len, 0);
		enum rc rc;

		if (got <= 0)
			return err_set(err, RC_TEMP,
			    "the forwarder does not answer");
		len += (size_t)got;
		rc = netstring_read(bytes, len, sizeof(bytes), &whole, &text,
		    &text_len, err);
		if (rc == RC_OK)
			*out = str_printable(a, text, text_len, SIZE_MAX);
		if (rc != RC_NONE)
			return rc == RC_OK ? RC_OK : RC_TEMP;
	}
	return err_set(err, RC_TEMP, "the forwarder's answer is too long");
}

static enum rc
table_ask(struct arena *a, int fd, const char *question, struct err *err)
{
	size_t len;
	const char *request = netstring_make(a, question, &len);
	const char *answer;
	enum rc rc;

	if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		return err_set(err, RC_TEMP, "the forwarder hung up");
	rc = table_read(a, fd, &answer, err);
	if (rc != RC_OK)
		return rc;
	if (str_starts(answer, "OK "))
		return RC_OK;
	if (str_starts(answer, "NOTFOUND"))
		return RC_NONE;
	return err_set(err, RC_TEMP, "the forwarder says %s", answer);
}

enum rc
forwarder_table_has(struct arena *a, const struct settings *settings,
    const char *table, const char *key, struct err *err)
{
	const struct config_list listen = settings->forwarder.listen;
	const char *where;
	enum rc rc;
	int fd;

	if (listen.n == 0 || (!str_starts(listen.items[0], "unix:") &&
				 !str_starts(listen.items[0], "inet:")))
		return err_set(err, RC_TEMP, "only systemd knows where it is");
	where = listen.items[0];
	fd = where[0] == 'u' ? table_connect_unix(where + strlen("unix:"))
			     : table_connect_inet(a, where + strlen("inet:"));
	if (fd < 0)
		return err_set(err, RC_TEMP, "the forwarder at %s: %s", where,
		    strerror(errno));
	rc = table_ask(a, fd, arena_printf(a, "%s %s", table, key), err);
	close(fd);
	return rc;
}
