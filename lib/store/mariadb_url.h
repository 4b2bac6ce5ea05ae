/* SPDX-License-Identifier: MIT */
/*
 * mariadb_url - where a MariaDB store is, and how it is reached:
 *
 *	mariadb://user@host[:port][,host[:port]...]/database[?name=value&...]
 *
 * A host is a name, an IPv4 address or an IPv6 one in brackets.  The names are
 * socket (a path: instead of a host, or of "localhost"), tls (off, require,
 * verify) and ca (a path, with tls=verify).  No password: what stands in a URL
 * gets into logs.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stddef.h>

#define MARIADB_HOSTS_MAX 16
#define MARIADB_PORT      3306

enum mariadb_tls {
	MARIADB_TLS_OFF,
	MARIADB_TLS_REQUIRE, /* encrypted, with whoever it is */
	MARIADB_TLS_VERIFY,  /* with a certificate of that host's name */
};

struct mariadb_host {
	const char *name; /* NULL: the socket */
	unsigned port;
};

struct mariadb_url {
	const char *user, *database;
	struct mariadb_host hosts[MARIADB_HOSTS_MAX]; /* in order */
	size_t n_hosts;                               /* at least 1 */
	const char *socket;                           /* or NULL */
	enum mariadb_tls tls;
	const char *ca; /* NULL: the system's */
};

/* text: without "mariadb://".  NULL, or what was expected instead. */
const char *mariadb_url_read(struct arena *a, const char *text,
    struct mariadb_url *out);
