/* SPDX-License-Identifier: MIT */
#include "net/listen.h"

#include "net/private/listen_place.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEMD_FIRST 3 /* sd_listen_fds(3) */

/* A folder is locked for less than a millisecond at a time. */
#define LOCK_TRIES    200
#define LOCK_PAUSE_MS 10

/* A user who may connect may also search the folder. */
static mode_t
folder_mode(unsigned mode)
{
	return 0700 | ((mode & 0020) != 0 ? 0050 : 0) |
	       ((mode & 0002) != 0 ? 0005 : 0);
}

static enum rc
open_folder(const struct listen_place *p, unsigned mode, gid_t group, int *out,
    struct err *err)
{
	char name[sizeof(p->name.un.sun_path)];
	bool made;

	listen_place_folder(p, name, sizeof(name));
	made = mkdir(name, 0700) == 0;
	if (!made && errno != EEXIST)
		return listen_failed(err, "make the folder", name);
	*out = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out < 0)
		return listen_failed(err, "open the folder", name);
	if (!made || (fchown(*out, (uid_t)-1, group) == 0 &&
			 fchmod(*out, folder_mode(mode)) == 0))
		return RC_OK;
	listen_failed(err, "give the right group and mode to", name);
	rmdir(name); /* or the next start would take it for the operator's */
	close(*out);
	return RC_TEMP;
}

/* Locks the folder.  Of two programs that start at once, one checks and
   replaces a stale socket while the other waits, so that they do not both take
   it for stale.  The wait has an end, because any program that can read the
   folder can hold the lock. */
static enum rc
lock_folder(int folder, const char *path, struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(folder, LOCK_EX | LOCK_NB) == 0)
			return RC_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return listen_failed(err, "lock the folder of", path);
}

static enum rc
remove_stale(const struct listen_place *p, struct err *err)
{
	const char *path = p->rest;
	struct stat st;
	int fd, problem;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? RC_OK
				       : listen_failed(err, "look at", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, RC_PERM, "%s is there and is no socket",
		    path);
	if (listen_place_socket(p, &fd, err) != RC_OK)
		return RC_TEMP;
	problem = connect(fd, &p->name.any, p->size) == 0 ? 0 : errno;
	close(fd);
	if (problem == 0 || problem == EAGAIN) /* EAGAIN: its backlog is full */
		return err_set(err, RC_PERM,
		    "%s: somebody already serves there", path);
	if (problem != ECONNREFUSED)
		return err_set(err, RC_PERM, "%s: not ours to replace: %s",
		    path, strerror(problem));
	if (unlink(path) != 0 && errno != ENOENT)
		return listen_failed(err, "remove the stale socket", path);
	return RC_OK;
}

/* Sets group and mode between bind and listen, when nobody can connect yet.
   Linux gives the file the mode of the descriptor, less the umask, so that the
   mode is at no time wider. */
static enum rc
make_socket_file(struct listen_socket *s, const struct listen_place *p,
    const struct listen_settings *settings, gid_t group, struct err *err)
{
	const char *path = p->rest;
	struct stat st;

	if (fchmod(s->fd, settings->mode) != 0 ||
	    bind(s->fd, &p->name.any, p->size) != 0)
		return listen_failed(err, "make the socket", path);
	if (lchown(path, (uid_t)-1, group) == 0 &&
	    fchmodat(AT_FDCWD, path, settings->mode, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    lstat(path, &st) == 0 && listen(s->fd, settings->backlog) == 0) {
		s->device = st.st_dev;
		s->inode = st.st_ino;
		return RC_OK;
	}
	listen_failed(err, "give the right group and mode to", path);
	unlink(path);
	return RC_TEMP;
}

static enum rc
open_unix_place(const struct listen_place *p,
    const struct listen_settings *settings, struct listen_socket *out,
    struct err *err)
{
	gid_t group;
	enum rc rc = listen_group(settings->group, &group, err);
	int folder = -1;

	if (rc == RC_OK)
		rc = open_folder(p, settings->mode, group, &folder, err);
	if (rc != RC_OK)
		return rc;
	rc = lock_folder(folder, p->rest, err);
	if (rc == RC_OK)
		rc = remove_stale(p, err);
	if (rc == RC_OK)
		rc = listen_place_socket(p, &out->fd, err);
	if (rc == RC_OK)
		rc = make_socket_file(out, p, settings, group, err);
	if (rc != RC_OK && out->fd >= 0)
		close(out->fd);
	close(folder); /* this also unlocks the folder */
	return rc;
}

static enum rc
open_inet(const struct listen_place *p, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err)
{
	static const int on = 1;
	int fd, problem;

	if (listen_place_socket(p, &fd, err) != RC_OK)
		return RC_TEMP;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Accepted sockets inherit the option: an answer never waits for
	   another packet. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (p->name.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	out->fd = fd;
	if (bind(fd, &p->name.any, p->size) == 0 &&
	    listen(fd, settings->backlog) == 0)
		return RC_OK;
	problem = errno;
	close(fd);
	if (problem == EADDRINUSE)
		return err_set(err, RC_PERM,
		    "%s: somebody already serves there", p->rest);
	errno = problem;
	return listen_failed(err, "listen on", p->rest);
}

/* Returns the descriptor of that name, or -1. */
static int
find_passed(const char *name)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	size_t len = strlen(name);
	int n;

	if (pid == NULL || count == NULL || names == NULL ||
	    strtol(pid, NULL, 10) != getpid())
		return -1;
	n = (int)strtol(count, NULL, 10);
	for (int i = 0; i < n; i++) {
		size_t this = strcspn(names, ":");

		if (this == len && memcmp(names, name, len) == 0)
			return SYSTEMD_FIRST + i;
		if (names[this] == '\0')
			break;
		names += this + 1;
	}
	return -1;
}

/* Uses a copy, and leaves systemd's own descriptor open: a later reload may ask
   for it again. */
static enum rc
open_systemd(const struct listen_place *p,
    const struct listen_settings *settings, struct listen_socket *out,
    struct err *err)
{
	int passed = find_passed(p->rest), listening = 0;
	socklen_t size = sizeof(listening);

	(void)settings;
	if (passed < 0)
		return err_set(err, RC_PERM,
		    "systemd passed no socket of the name \"%s\"", p->rest);
	if (getsockopt(passed, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) !=
		0 ||
	    !listening)
		return err_set(err, RC_PERM,
		    "systemd's socket \"%s\" does not listen (Accept=yes?)",
		    p->rest);
	fcntl(passed, F_SETFD, FD_CLOEXEC);
	fcntl(passed, F_SETFL, fcntl(passed, F_GETFL) | O_NONBLOCK);
	out->fd = fcntl(passed, F_DUPFD_CLOEXEC, SYSTEMD_FIRST);
	if (out->fd < 0)
		return listen_failed(err, "copy systemd's socket", p->rest);
	return RC_OK;
}

enum rc
listen_open(const char *address, const struct listen_settings *settings,
    struct listen_socket *out, struct err *err)
{
	struct listen_place place;
	enum rc rc = listen_place_read(address, &place, err);

	if (rc != RC_OK)
		return rc;
	*out = (struct listen_socket){.fd = -1};
	snprintf(out->address, sizeof(out->address), "%s", address);
	switch (place.kind) {
	case LISTEN_UNIX:
		return open_unix_place(&place, settings, out, err);
	case LISTEN_INET:
		return open_inet(&place, settings, out, err);
	case LISTEN_SYSTEMD:
		return open_systemd(&place, settings, out, err);
	}
	return RC_PERM;
}

/* While our socket is open no other file can have its inode. */
static bool
is_socket_ours(const struct listen_socket *s, const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_dev == s->device &&
	       st.st_ino == s->inode;
}

void
listen_close(struct listen_socket *s)
{
	if (s == NULL)
		return;
	if (s->inode != 0) {
		const char *path = strchr(s->address, '/');

		if (is_socket_ours(s, path))
			unlink(path);
	}
	close(s->fd);
}
