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

/* fd and address are for everybody; the rest tells listen_close which file
   is ours. */
struct listen_socket {
	int fd;
	char address[128];
	dev_t device;
	ino_t inode; /* 0: no file */
};

/* A listening, non-blocking, close-on-exec descriptor.  A unix socket's
   folder is made if it is missing, open to those whom the socket is open to;
   a stale socket is replaced; one that somebody still answers on is refused
   (RC_PERM), and so is a file that is no socket.  A unix socket is never open
   to more than mode says.  Of several descriptors that systemd passed under
   one name it is the first. */
enum rc listen_open(const char *address, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err);

/* Closes, and removes a unix socket if it is still the one we made. */
void listen_close(struct listen_socket *s);

/* Would listen_open find a place there?  As the present user, without making
   anything: group, folder and address are looked at.  Somebody who serves there
   now is no reason: that may be the program itself.  What systemd will pass
   nobody can know. */
enum rc listen_check(const char *address,
    const struct listen_settings *settings, struct err *err);

/* NULL, or what is wrong with the address, as "expected ...". */
const char *listen_wrong(const char *address);
