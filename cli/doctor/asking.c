/* SPDX-License-Identifier: MIT */
#include "asking.h"

#include "base/arena.h"
#include "base/str.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE   20 /* seconds */
#define ANSWER_MAX 1000

/* Of the milter protocol (libmilter/mfdef.h): what is offered at first. */
#define MILTER_VERSION "\0\0\0\6"
#define MILTER_ACTIONS "\0\0\1\377"
#define MILTER_STEPS   "\0\37\377\377"

static void
set_patience(int fd)
{
	const struct timeval time = {.tv_sec = PATIENCE};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

/* -1: errno says why. */
static int
open_path(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), failed;

	if (fd < 0)
		return -1;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	set_patience(fd);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	failed = errno;
	close(fd);
	errno = failed;
	return -1;
}

static int
open_port(const char *place)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	char text[300], *host = text, *port;
	struct addrinfo *to;
	int fd = -1;

	snprintf(text, sizeof(text), "%s", place);
	port = strrchr(text, ':');
	*port++ = '\0';
	if (host[0] == '[') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	if (getaddrinfo(host, port, &wanted, &to) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		set_patience(fd);
	if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(to);
	return fd;
}

static enum rc
asking_open(const struct asking *asking, int *fd, struct err *err)
{
	const char *where = asking->where;
	const char *place = where + strlen("unix:"); /* or inet: */

	*fd = str_starts(where, "unix:") ? open_path(place) : open_port(place);
	if (*fd >= 0)
		return RC_OK;
	return err_set(err,
	    errno == EACCES                            ? RC_PERM
	    : errno == ENOENT || errno == ECONNREFUSED ? RC_NONE
						       : RC_TEMP,
	    "%s", strerror(errno));
}

enum rc
asking_nothing(const void *context, struct err *err)
{
	int fd;
	enum rc rc = asking_open(context, &fd, err);

	if (rc == RC_OK)
		close(fd);
	return rc;
}

/* Sends all of it, and reads `least` bytes of the answer or more, up to a
   line's end where there is none.  The answer is ended by a NUL. */
static enum rc
asking_do(const struct asking *asking, const char *bytes, size_t len,
    size_t least, char answer[ANSWER_MAX], struct err *err)
{
	size_t n = 0;
	int fd;
	enum rc rc = asking_open(asking, &fd, err);

	if (rc != RC_OK)
		return rc;
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		rc = err_set(err, RC_TEMP, "%s", strerror(errno));
	while (rc == RC_OK && n < ANSWER_MAX - 1 &&
	       (least > 0 ? n < least : memchr(answer, '\n', n) == NULL)) {
		ssize_t got = recv(fd, answer + n, ANSWER_MAX - 1 - n, 0);

		if (got <= 0)
			rc = err_set(err, RC_TEMP, "no answer: %s",
			    got == 0 ? "it hung up" : strerror(errno));
		else
			n += (size_t)got;
	}
	close(fd);
	answer[n] = '\0';
	return rc;
}

enum rc
asking_policyd(const void *context, struct err *err)
{
	const struct asking *asking = context;
	char request[1500], answer[ANSWER_MAX];
	int len = snprintf(request, sizeof(request),
	    "request=smtpd_access_policy\nprotocol_state=RCPT\n"
	    "protocol_name=ESMTP\nclient_address=%s\nclient_name=%s\n"
	    "reverse_client_name=%s\nhelo_name=%s\nsender=\n"
	    "recipient=%s\ninstance=check\n\n",
	    asking->client, asking->domain, asking->domain, asking->domain,
	    asking->recipient);
	enum rc rc = asking_do(asking, request, (size_t)len, 0, answer, err);

	if (rc != RC_OK)
		return rc;
	answer[strcspn(answer, "\n")] = '\0';
	return str_starts(answer, "action=")
		   ? err_set(err, RC_OK, "%s", answer)
		   : err_set(err, RC_TEMP, "no policy service: \"%.60s\"",
			 answer);
}

enum rc
asking_forwarder(const void *context, struct err *err)
{
	const struct asking *asking = context;
	char key[600], request[700], answer[ANSWER_MAX], *text;
	int key_len = snprintf(key, sizeof(key), "domain %s", asking->domain);
	int len = snprintf(request, sizeof(request), "%d:%s,", key_len, key);
	enum rc rc = asking_do(asking, request, (size_t)len, 5, answer, err);

	if (rc != RC_OK)
		return rc;
	text = strchr(answer, ':');
	if (text == NULL)
		return err_set(err, RC_TEMP, "no socketmap: \"%.60s\"", answer);
	return str_starts(text + 1, "OK")
		   ? err_set(err, RC_OK, "%s", text + 1)
		   : err_set(err, RC_TEMP, "it says of %s: %.60s",
			 asking->domain, text + 1);
}

enum rc
asking_milter(const void *context, struct err *err)
{
	static const char offer[] =
	    "\0\0\0\15O" MILTER_VERSION MILTER_ACTIONS MILTER_STEPS;
	char answer[ANSWER_MAX];
	enum rc rc =
	    asking_do(context, offer, sizeof(offer) - 1, 5, answer, err);

	if (rc != RC_OK)
		return rc;
	return answer[4] == 'O' ? err_set(err, RC_OK, "a milter")
				: err_set(err, RC_TEMP, "no milter");
}
