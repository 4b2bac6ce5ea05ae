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
#define LISTEN_SAME_GROUP  ((gid_t)-1) /* chown(2) changes no group then */

enum listen_kind {
	LISTEN_UNIX,
	LISTEN_INET,
	LISTEN_SYSTEMD
};

struct listen_place {
	enum listen_kind kind;
	const char *rest; /* the address after "unix:" and the like */
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} name; /* unset for LISTEN_SYSTEMD */
	socklen_t size;
};

/* RC_PERM: address is none; err says what was expected. */
enum rc listen_place_read(const char *address, struct listen_place *out,
    struct err *err);

/* Writes the path of the folder of a unix socket's file to out, which has size
   bytes. */
void listen_place_folder(const struct listen_place *p, char *out, size_t size);

/* Opens a socket for the place, neither bound nor listening.  RC_TEMP: the
   system gives none; err says why. */
enum rc listen_place_socket(const struct listen_place *p, int *out,
    struct err *err);

/* Looks the group up; NULL and "" are LISTEN_SAME_GROUP.  RC_PERM: no group has
   that name. */
enum rc listen_group(const char *name, gid_t *out, struct err *err);

/* Returns RC_TEMP, with "cannot <doing> <what>: " and the text of errno in
   err. */
enum rc listen_failed(struct err *err, const char *doing, const char *what);
