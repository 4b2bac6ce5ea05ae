/* SPDX-License-Identifier: MIT */
#include "fuzz_session.h"

#include "net/private/server_connection.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* What recv still has to give. */
static struct {
	struct fuzz_connection from;
	size_t next_cut;
	struct str answers;
} peer;

/* Under these names the linker knows what `session` and `stream` call. */
ssize_t __wrap_recv(int fd, void *to, size_t room, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);

ssize_t
__wrap_recv(int fd, void *to, size_t room, int flags)
{
	struct fuzz_connection *from = &peer.from;
	size_t len = from->len;
	uint8_t cut = 0;

	(void)fd;
	(void)flags;
	if (from->n_cuts > 0)
		cut = from->cuts[peer.next_cut++ % from->n_cuts];
	if (cut > 0 && cut < len)
		len = cut;
	if (len > room)
		len = room;
	if (len > 0)
		memcpy(to, from->bytes, len);
	from->bytes += len;
	from->len -= len;
	return (ssize_t)len;
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	(void)fd;
	(void)flags;
	str_add_bytes(&peer.answers, bytes, len);
	return (ssize_t)len;
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)timeout;
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = fds[i].events;
	return (int)n;
}

/* As many turns as there are requests and pieces, or it would never end. */
static void
serve(const struct protocol *protocol, struct arena *a,
    const struct fuzz_connection *connection)
{
	static struct server_connection c;
	const struct sessions sessions = {.protocol = protocol};
	void *session =
	    session_server_sessions.open(0, &c, (void *)(uintptr_t)&sessions);
	size_t turns = 2 * connection->len + 2;

	peer.from = *connection;
	peer.next_cut = 0;
	while (session_server_sessions.serve(session, a) != SERVER_ENDS)
		fuzz_must(turns-- > 0);
	session_server_sessions.close(session);
}

const char *
fuzz_session_answers(const struct protocol *protocol, struct arena *a,
    const struct fuzz_connection *connection, size_t *len)
{
	struct fuzz_connection whole = *connection;
	static struct arena *requests;
	const char *cut;

	fuzz_world_open();
	if (requests == NULL)
		requests = arena_new();
	str_init(&peer.answers, a);
	serve(protocol, requests, connection);
	cut = peer.answers.text;
	*len = peer.answers.len;
	whole.n_cuts = 0;
	str_init(&peer.answers, a);
	serve(protocol, requests, &whole);
	arena_reset(requests);
	fuzz_must(*len == peer.answers.len &&
		  memcmp(cut, peer.answers.text, *len) == 0);
	return cut;
}
