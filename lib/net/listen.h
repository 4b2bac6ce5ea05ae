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
	const char *group; /* of a unix socket's file; NULL or "": the group of
			      the process */
	unsigned mode;     /* of a unix socket's file, such as 0660 */
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

/* Opens a listening, non-blocking, close-on-exec descriptor.  If the folder of
   a unix socket is missing, listen_open makes it, with access for those who may
   use the socket.  It replaces a stale socket.  RC_PERM: another program still
   answers on the socket, or the file is no socket.  A unix socket is never open
   to more users than mode says.  Where systemd passed several descriptors under
   one name, the first is taken. */
enum rc listen_open(const char *address, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err);

/* Closes the descriptor, and removes the file of a unix socket if it is still
   the one that listen_open made. */
void listen_close(struct listen_socket *s);

/* Would listen_open succeed?  Checks group, folder and address as the present
   user, and makes nothing.  A program that serves there now is no error: it may
   be an instance of this one.  Sockets that systemd will pass are not
   checked. */
enum rc listen_check(const char *address,
    const struct listen_settings *settings, struct err *err);

/* Returns NULL, or what is wrong with the address, as "expected ...". */
const char *listen_wrong(const char *address);
