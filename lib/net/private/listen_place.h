/* SPDX-License-Identifier: MIT */
/*
 * listen_place - an address of listen.h, taken apart.  For listen.c and
 * listen_check.c only.
 */
#pragma once

#include "base/err.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define LISTEN_SOCKET_KIND (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define LISTEN_SAME_GROUP  ((gid_t)-1) /* chown(2): leave it */

enum listen_kind {
	LISTEN_UNIX,
	LISTEN_INET,
	LISTEN_SYSTEMD
};

struct listen_place {
	enum listen_kind kind;
	const char *rest; /* after "unix:" and the like; of the address */
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} name; /* not of LISTEN_SYSTEMD */
	socklen_t size;
};

/* RC_PERM: it is no address; err says what was expected. */
enum rc listen_place_read(const char *address, struct listen_place *out,
    struct err *err);

/* The folder of a unix socket's file, into size bytes. */
void listen_place_folder(const struct listen_place *p, char *out, size_t size);

/* A socket for the place, neither bound nor listening.  RC_TEMP: err says why
   not. */
enum rc listen_place_socket(const struct listen_place *p, int *out,
    struct err *err);

/* NULL or "": LISTEN_SAME_GROUP.  RC_PERM: there is none of that name. */
enum rc listen_group(const char *name, gid_t *out, struct err *err);

/* RC_TEMP: "cannot <doing> <what>: " and what errno says. */
enum rc listen_failed(struct err *err, const char *doing, const char *what);
