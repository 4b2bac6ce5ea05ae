/* SPDX-License-Identifier: MIT */
/*
 * service - a daemon that answers requests of a protocol at sockets: policyd
 * and the forwarder.
 *
 * The functions here are those of a daemon_program whose `own` is a struct
 * service.
 */
#pragma once

#include "program/daemon.h"
#include "program/session.h"

struct service {
	const char *name; /* of the program and of its section */
	const struct protocol *protocol;
	/* The rest belongs to the service. */
	struct sessions sessions;
	struct server *server;
	int64_t patience_ms; /* how long close waits for requests in flight */
};

struct daemon_places service_places(void *own, const struct settings *settings);
enum rc service_open(void *own, struct snapshots *snapshots, struct err *err);
/* An address that stays keeps its socket.  Logs each address at which the
   program does not listen any more, as Postfix may still ask there. */
enum rc service_change(void *own, const struct settings *present,
    const struct settings *next, struct err *err);
bool service_is_alive(void *own, int64_t patience_ms);
int64_t service_patience(void *own);
unsigned service_close(void *own);
