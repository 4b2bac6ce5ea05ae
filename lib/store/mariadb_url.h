/* SPDX-License-Identifier: MIT */
/*
 * mariadb_url - where a MariaDB store is, and how it is reached:
 *
 *	mariadb://user@host[:port][,host[:port]...]/database[?name=value&...]
 *
 * A host is a name, an IPv4 address, or an IPv6 address in brackets.  name is
 *one of socket (a path, in place of a host or with "localhost"), tls (off,
 * require, verify) and ca (a path, with tls=verify).  A password has no place
 *in a URL, which gets into logs.  Pure.
 */
#pragma once

#include "base/arena.h"

#include <stddef.h>

#define MARIADB_HOSTS_MAX 16
#define MARIADB_PORT      3306

enum mariadb_tls {
	MARIADB_TLS_OFF,
	MARIADB_TLS_REQUIRE, /* encrypted; the server's name is not checked */
	MARIADB_TLS_VERIFY,  /* the certificate must name that host */
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

/* Reads text, the URL without "mariadb://".  Returns NULL, or what was expected
   instead. */
const char *mariadb_url_read(struct arena *a, const char *text,
    struct mariadb_url *out);
