/* SPDX-License-Identifier: MIT */
#include "directory/private/directory_stream.h"

#include "base/clock.h"
#include "directory/private/directory_lookup.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* False: the end has come first. */
static bool
wait_for_socket(struct directory_stream *s, int fd, short events, int64_t end)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = (end - clock_us() + 999) / 1000;
	int n = 0;

	while (left > 0) {
		n = poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
		if (n > 0 || (n < 0 && errno != EINTR))
			return true;
		left = (end - clock_us() + 999) / 1000;
	}
	s->late = clock_us() >= s->end;
	errno = ETIMEDOUT;
	return false;
}

static ssize_t
socket_receive(struct directory_stream *s, void *buf, size_t len)
{
	ssize_t n;

	if (s->may == 0) {
		s->too_long = true;
		errno = EMSGSIZE;
		return -1;
	}
	if (len > s->may)
		len = s->may;
	while ((n = recv(s->fd, buf, len, MSG_DONTWAIT)) < 0 &&
	       (errno == EAGAIN || errno == EINTR))
		if (!wait_for_socket(s, s->fd, POLLIN, s->end))
			return -1;
	if (n > 0)
		s->may -= (size_t)n;
	return n;
}

static ssize_t
socket_send(struct directory_stream *s, const void *buf, size_t len)
{
	ssize_t n;

	while ((n = send(s->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL)) < 0 &&
	       (errno == EAGAIN || errno == EINTR))
		if (!wait_for_socket(s, s->fd, POLLOUT, s->end))
			return -1;
	return n;
}

/* A peer that is gone without a word is noticed, also while nobody asks. */
static void
set_socket_options(int fd)
{
	static const struct {
		int level, option, value;
	} rows[] = {
	    {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1},
	    {IPPROTO_TCP, TCP_KEEPIDLE, 15},
	    {IPPROTO_TCP, TCP_KEEPINTVL, 5},
	    {IPPROTO_TCP, TCP_KEEPCNT, 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		setsockopt(fd, rows[i].level, rows[i].option, &rows[i].value,
		    sizeof(rows[i].value));
}

static enum rc
connect_to_address(struct directory_stream *s, const struct addrinfo *to,
    int64_t end, struct err *err)
{
	int fd = socket(to->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int problem = 0;
	socklen_t len = sizeof(problem);

	if (fd < 0)
		return err_set(err, RC_TEMP, "socket: %s", strerror(errno));
	if (connect(fd, to->ai_addr, to->ai_addrlen) != 0 &&
	    errno != EINPROGRESS)
		problem = errno;
	else if (!wait_for_socket(s, fd, POLLOUT, end))
		problem = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len);
	if (problem != 0) {
		close(fd);
		return err_set(err, RC_TEMP, "%s", strerror(problem));
	}
	set_socket_options(fd);
	s->fd = fd;
	return RC_OK;
}

static unsigned
count_addresses(const struct addrinfo *found)
{
	unsigned n = 0;

	for (; found != NULL; found = found->ai_next)
		n++;
	return n;
}

/* Each address has its share of the time, so that one that is silent leaves
   some for the next. */
enum rc
directory_stream_open(struct directory_stream *s, struct err *err)
{
	struct addrinfo *found = NULL;
	enum rc rc = directory_lookup(s->server->host, s->server->port, s->end,
	    &found, err);

	if (rc != RC_OK) {
		s->late = clock_us() >= s->end;
		return rc;
	}
	rc = RC_TEMP;
	for (const struct addrinfo *to = found; to != NULL && rc != RC_OK;
	     to = to->ai_next) {
		int64_t now = clock_us();

		rc = connect_to_address(s, to,
		    now + (s->end - now) / count_addresses(to), err);
	}
	freeaddrinfo(found);
	return rc;
}

void
directory_stream_close(struct directory_stream *s)
{
	SSL_free(s->ssl);
	s->ssl = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* What OpenSSL reads and writes. */
static int
tls_bytes_read(BIO *bio, char *buf, int len)
{
	return (int)socket_receive(BIO_get_data(bio), buf, (size_t)len);
}

static int
tls_bytes_write(BIO *bio, const char *buf, int len)
{
	return (int)socket_send(BIO_get_data(bio), buf, (size_t)len);
}

static long
tls_bytes_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static pthread_once_t tls_bytes_once = PTHREAD_ONCE_INIT;
static BIO_METHOD *tls_bytes;

static void
tls_bytes_make(void)
{
	tls_bytes = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "directory_stream");
	if (tls_bytes == NULL)
		abort();
	BIO_meth_set_read(tls_bytes, tls_bytes_read);
	BIO_meth_set_write(tls_bytes, tls_bytes_write);
	BIO_meth_set_ctrl(tls_bytes, tls_bytes_ctrl);
}

enum rc
directory_stream_secure(struct directory_stream *s, SSL_CTX *tls,
    struct err *err)
{
	BIO *bio;

	pthread_once(&tls_bytes_once, tls_bytes_make);
	bio = BIO_new(tls_bytes);
	s->ssl = SSL_new(tls);
	if (bio == NULL || s->ssl == NULL)
		abort();
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	SSL_set_bio(s->ssl, bio, bio);
	directory_tls_expect(s);
	ERR_clear_error();
	return SSL_connect(s->ssl) == 1 ? RC_OK : directory_tls_failed(s, err);
}

ssize_t
directory_stream_read(struct directory_stream *s, void *buf, size_t len)
{
	int n;

	if (s->fd < 0) {
		errno = EBADF;
		return -1;
	}
	if (s->ssl == NULL)
		return socket_receive(s, buf, len);
	ERR_clear_error();
	n = SSL_read(s->ssl, buf, len < INT_MAX ? (int)len : INT_MAX);
	if (n > 0)
		return n;
	if (SSL_get_error(s->ssl, n) == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (!s->late && !s->too_long)
		errno = ECONNRESET;
	return -1;
}

ssize_t
directory_stream_write(struct directory_stream *s, const void *buf, size_t len)
{
	int n;

	if (s->fd < 0) {
		errno = EBADF;
		return -1;
	}
	if (s->ssl == NULL)
		return socket_send(s, buf, len);
	ERR_clear_error();
	n = SSL_write(s->ssl, buf, len < INT_MAX ? (int)len : INT_MAX);
	if (n <= 0)
		errno = s->late ? ETIMEDOUT : ECONNRESET;
	return n > 0 ? n : -1;
}

bool
directory_stream_holds(const struct directory_stream *s)
{
	return s->ssl != NULL && SSL_has_pending(s->ssl) != 0;
}

bool
directory_stream_stirs(const struct directory_stream *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	return s->fd < 0 || poll(&p, 1, 0) != 0;
}
