/* SPDX-License-Identifier: MIT */
#include "fuzz_session.h"

#include "base/clock.h"
#include "net/server_connection.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char zone[] =
    "*.org A 192.0.2.1\n*.org AAAA 2001:db8::1\n*.org MX 1 a.org\n"
    "*.org TXT \"v=spf1 ip4:192.0.2.0/24 ~all\"\n"
    "fail.org TXT \"v=spf1 -all exp=e.org\"\n"
    "e.org TXT \"%{i} %{h} is none of %{d}\"\n"
    "remotes.club TXT \"v=spf1 mx -all\"\nnull.org MX 0 .\n"
    "slow.example TIMEOUT\nbad.example SERVFAIL\n"
    "2.2.0.192.bl.example A 127.0.0.2\n"
    "2.2.0.192.bl.example TXT \"see http://bl.example/192.0.2.2\"\n"
    "a.org.dbl.example A 127.0.0.2\n";

static const char configuration[] =
    "hostname = \"mx.remotes.club\"\ndomains = { \"remotes.club\" }\n"
    "store { url = \"sqlite:%1$s/db\" }\n"
    "srs { domain = { \"fwd.org\" } secrets-file = \"%1$s/srs\" }\n"
    "dnsbl \"bl.example\" {}\nrhsbl \"dbl.example\" { action = \"score\" }\n"
    "check \"helo_unknown\" { action = \"score\" }\n";

/* What recv still has to give. */
static struct {
	struct fuzz_connection from;
	size_t next_cut;
	struct str answers;
} peer;

void
fuzz_must(bool so)
{
	if (!so)
		abort();
}

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

/* There is one world, so these stand in for those of lib/program, which would
   ask the DNS of this machine. */
static struct world world;

struct world *
worlds_present(struct worlds *worlds, struct world *held)
{
	(void)worlds;
	(void)held;
	return &world;
}

void
worlds_give_back(struct worlds *worlds, struct world *held)
{
	(void)worlds;
	(void)held;
}

static char folder[] = "/dev/shm/postward-fuzz-XXXXXX";

static const char *
write_file(struct arena *a, const char *name, const char *text)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fuzz_must(fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

static void
remove_folder(void)
{
	static const char *const names[] = {
	    "conf", "srs", "zone", "db", "db-wal", "db-shm"};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(arena_printf(a, "%s/%s", folder, names[i]));
	rmdir(folder);
	arena_free(a);
}

static void
fill_store(struct store *store)
{
	static const struct forward ann = {.account = "ann@remotes.club",
	    .target = "ann@mail.example",
	    .state = FORWARD_ACTIVE};
	static const struct forward bob = {.account = "bob@remotes.club",
	    .target = "ann@remotes.club",
	    .state = FORWARD_ACTIVE};
	struct db *db = NULL;
	int from, to;

	fuzz_must(store_migrate(store, &from, &to, NULL) == RC_OK &&
		  store_take(store, &db, NULL) == RC_OK &&
		  account_add(db, ann.account, 1, NULL) == RC_OK &&
		  account_add(db, bob.account, 1, NULL) == RC_OK &&
		  account_add(db, "eve@remotes.club", 1, NULL) == RC_OK &&
		  forward_add(db, &ann, NULL) == RC_OK &&
		  forward_add(db, &bob, NULL) == RC_OK);
	store_give(store, db);
}

static void
open_world(struct arena *a)
{
	static const struct log_settings log = {"stderr", "error", "text"};
	struct settings *settings;
	struct err err = {""};

	fuzz_must(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
	clock_set(1767225600, 1);
	log_open("fuzz", &log);
	write_file(a, "srs", "secret\n");
	if (settings_open_as("policyd",
		write_file(a, "conf", arena_printf(a, configuration, folder)),
		&settings, &err) != RC_OK ||
	    settings_open_store(settings, &world.store, &err) != RC_OK ||
	    dns_open_zone(write_file(a, "zone", zone), &world.dns, &err) !=
		RC_OK) {
		log_error("%s", err.text);
		abort();
	}
	fill_store(world.store);
	world.settings = settings;
	world.spf = spf_new(world.dns);
	world.forwards =
	    forwards_cache_new(world.store, &settings->policy.forwards, 100);
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

	if (requests == NULL) {
		requests = arena_new();
		open_world(requests);
	}
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
