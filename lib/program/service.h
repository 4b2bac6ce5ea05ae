/* SPDX-License-Identifier: MIT */
/*
 * service - the life of a daemon that answers a protocol at sockets: policyd
 * and the forwarder.
 *
 * Its functions are those of a daemon_program whose own is a struct service.
 */
#pragma once

#include "program/daemon.h"
#include "program/session.h"

struct service {
	const char *name; /* of the program, and so of its section */
	const struct protocol *protocol;
	/* The rest belongs to the service. */
	struct sessions sessions;
	struct server *server;
	int64_t patience_ms; /* with what is in flight, at the end */
};

struct daemon_places service_places(void *own, const struct settings *settings);
enum rc service_open(void *own, struct snapshots *snapshots, struct err *err);
/* Addresses that stay keep their socket; one that Postfix may still ask is
   told. */
enum rc service_change(void *own, const struct settings *present,
    const struct settings *next, struct err *err);
unsigned service_close(void *own);
