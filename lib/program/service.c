/* SPDX-License-Identifier: MIT */
#include "program/service.h"

#include "program/settings_losses.h"

#define SOCKET_MODE 0660
/* What a stop takes beside requests in flight. */
#define MARGIN_MS 10000

static struct server_settings
server_settings_of(const struct service *s, const struct settings *settings)
{
	const struct service_settings *of = s->protocol->service(settings);

	return (struct server_settings){
	    .addresses = of->listen.items,
	    .n_addresses = of->listen.n,
	    .group = of->group,
	    .mode = SOCKET_MODE,
	    .max_connections = of->max_connections,
	    .idle_ms = SESSION_IDLE_MS,
	};
}

struct daemon_places
service_places(void *own, const struct settings *settings)
{
	const struct service *s = own;
	const struct service_settings *of = s->protocol->service(settings);

	return (struct daemon_places){
	    .addresses = of->listen.items,
	    .n = of->listen.n,
	    .as = {.group = of->group, .mode = SOCKET_MODE},
	};
}

enum rc
service_open(void *own, struct snapshots *snapshots, struct err *err)
{
	struct service *s = own;
	struct snapshot *present = snapshots_acquire(snapshots, NULL);
	struct server_settings where = server_settings_of(s, present->settings);
	enum rc rc;

	s->sessions = (struct sessions){s->protocol, snapshots};
	s->patience_ms = s->protocol->service(present->settings)->deadline_ms;
	rc = server_open(&where, &session_server_sessions, &s->sessions,
	    &s->server, err);
	snapshots_release(snapshots, present);
	return rc;
}

static void
say_moved_socket(const char *line)
{
	log_warn("%s", line);
}

enum rc
service_change(void *own, const struct settings *present,
    const struct settings *next, struct err *err)
{
	struct service *s = own;
	struct server_settings where = server_settings_of(s, next);
	enum rc rc = server_change(s->server, &where, err);

	if (rc == RC_OK)
		settings_losses_of_sockets(s->name,
		    s->protocol->service(present), s->protocol->service(next),
		    say_moved_socket);
	return rc;
}

bool
service_is_alive(void *own, int64_t patience_ms)
{
	struct service *s = own;

	return server_is_alive(s->server, patience_ms);
}

int64_t
service_patience(void *own)
{
	struct service *s = own;

	return s->patience_ms + MARGIN_MS;
}

unsigned
service_close(void *own)
{
	struct service *s = own;

	return server_close(s->server, s->patience_ms);
}
