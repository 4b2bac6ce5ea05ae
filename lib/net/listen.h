/* SPDX-License-Identifier: MIT */
/*
 * listen - sockets that wait for clients, named as Postfix names them:
 * "unix:/path", "inet:127.0.0.1:10040", "inet:[::1]:10040", and
 * "systemd:NAME" for one that systemd opened (sd_listen_fds(3)).
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

struct listen_settings {
	const char *group; /* of a unix socket; NULL or "": the process's */
	unsigned mode;     /* of a unix socket, such as 0660 */
	int backlog;
};

/* Callers may read fd and address; the other fields tell listen_close which
   file is ours. */
struct listen_socket {
	int fd;
	char address[128];
	dev_t device;
	ino_t inode; /* 0: no file */
};

/* A listening, non-blocking, close-on-exec descriptor.  The folder of a unix
   socket is made if it is missing, with access for those who may use the
   socket.  A stale socket is replaced.  RC_PERM: another program still answers
   on the socket, or the file is no socket.  A unix socket is never open to more
   than mode says.  Of several descriptors that systemd passed under one name it
   is the first. */
enum rc listen_open(const char *address, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err);

/* Closes, and removes a unix socket if it is still the one we made. */
void listen_close(struct listen_socket *s);

/* Would listen_open find a place there?  Checks group, folder and address as
   the present user and makes nothing.  A program that serves there now is no
   error, as it may be this one.  Sockets that systemd is to pass are not
   checked. */
enum rc listen_check(const char *address,
    const struct listen_settings *settings, struct err *err);

/* NULL, or what is wrong with the address, as "expected ...". */
const char *listen_wrong(const char *address);
