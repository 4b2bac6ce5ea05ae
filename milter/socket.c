/* SPDX-License-Identifier: MIT */
#include "socket.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_MODE 0660
#define BACKLOG     128

/* "inet:127.0.0.1:10040" is "inet:10040@127.0.0.1" to libmilter. */
static void
libmilter_name(const char *listen, char *out, size_t size)
{
	const char *host = listen + strlen("inet:");
	const char *colon = strrchr(host, ':');
	bool v6 = host[0] == '[';

	if (!str_starts(listen, "inet:"))
		snprintf(out, size, "%s", listen);
	else
		snprintf(out, size, "inet%s:%s@%.*s", v6 ? "6" : "", colon + 1,
		    (int)(colon - host) - (v6 ? 2 : 0), host + v6);
}

/* net/listen looks whether the place is free, removes a stale socket and
   makes the folder; then it makes room for libmilter. */
static enum rc
try_place(const struct milter_settings *settings, gid_t *group, struct err *err)
{
	const struct listen_settings wanted = {
	    .group = settings->group,
	    .mode = SOCKET_MODE,
	    .backlog = BACKLOG,
	};
	const char *path = strchr(settings->listen, '/');
	struct listen_socket tried;
	struct stat file = {0};
	enum rc rc = listen_open(settings->listen, &wanted, &tried, err);

	if (rc != RC_OK)
		return rc;
	if (path != NULL && lstat(path, &file) != 0)
		rc = err_set(err, RC_TEMP, "cannot look at %s: %s", path,
		    strerror(errno));
	*group = file.st_gid;
	listen_close(&tried);
	return rc;
}

static enum rc
open_by_libmilter(const char *listen, struct err *err)
{
	char name[256];
	mode_t before = umask(0177);
	int status;

	libmilter_name(listen, name, sizeof(name));
	smfi_setbacklog(BACKLOG);
	status = smfi_setconn(name);
	if (status == MI_SUCCESS)
		status = smfi_opensocket(false);
	umask(before);
	return status == MI_SUCCESS
		   ? RC_OK
		   : err_set(err, RC_TEMP, "libmilter cannot listen on %s",
			 listen);
}

static enum rc
open_file(const char *path, gid_t group, struct listen_socket *out,
    struct err *err)
{
	enum rc rc = open_by_libmilter(out->address, err);
	struct stat file;

	if (rc != RC_OK)
		return rc;
	if (lchown(path, (uid_t)-1, group) != 0 ||
	    chmod(path, SOCKET_MODE) != 0 || lstat(path, &file) != 0)
		return err_set(err, RC_TEMP,
		    "cannot give the right group and mode to %s: %s", path,
		    strerror(errno));
	out->device = file.st_dev;
	out->inode = file.st_ino;
	return RC_OK;
}

/* The folder is locked, as net/listen does: two that start at once must not
   both take a socket for stale. */
static enum rc
open_milter_socket(gid_t group, struct listen_socket *out, struct err *err)
{
	const char *path = strchr(out->address, '/');
	char folder[sizeof(out->address)];
	int fd;
	enum rc rc;

	snprintf(folder, sizeof(folder), "%.*s",
	    (int)(strrchr(path, '/') - path) + 1, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		rc = err_set(err, RC_TEMP, "cannot lock the folder of %s: %s",
		    path, strerror(errno));
	else
		rc = open_file(path, group, out, err);
	if (fd >= 0)
		close(fd);
	return rc;
}

enum rc
socket_open(const struct milter_settings *settings, struct listen_socket *out,
    struct err *err)
{
	gid_t group;
	enum rc rc = try_place(settings, &group, err);

	*out = (struct listen_socket){.fd = -1};
	snprintf(out->address, sizeof(out->address), "%s", settings->listen);
	if (rc != RC_OK)
		return rc;
	if (str_starts(settings->listen, "unix:"))
		return open_milter_socket(group, out, err);
	return open_by_libmilter(settings->listen, err);
}
