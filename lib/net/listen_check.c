/* SPDX-License-Identifier: MIT */
#include "net/listen.h"
#include "net/private/listen_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rc
check_writable(const char *folder, struct err *err)
{
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0
		   ? RC_OK
		   : listen_failed(err, "write to the folder", folder);
}

/* listen_open makes a missing folder, but not the folders above it. */
static enum rc
check_folder(const struct listen_place *p, struct err *err)
{
	char name[sizeof(p->name.un.sun_path)];
	struct stat st;
	char *slash;

	listen_place_folder(p, name, sizeof(name));
	if (stat(name, &st) == 0) {
		errno = ENOTDIR;
		return S_ISDIR(st.st_mode)
			   ? check_writable(name, err)
			   : listen_failed(err, "open the folder", name);
	}
	if (errno != ENOENT)
		return listen_failed(err, "open the folder", name);
	slash = strrchr(name, '/');
	slash[slash == name ? 1 : 0] = '\0';
	if (stat(name, &st) == 0)
		return check_writable(name, err);
	listen_place_folder(p, name, sizeof(name));
	return listen_failed(err, "make the folder", name);
}

static enum rc
check_unix(const struct listen_place *p, const struct listen_settings *settings,
    struct err *err)
{
	gid_t group;
	struct stat st;
	enum rc rc = listen_group(settings->group, &group, err);

	if (rc == RC_OK)
		rc = check_folder(p, err);
	if (rc == RC_OK && lstat(p->rest, &st) == 0 && !S_ISSOCK(st.st_mode))
		rc = err_set(err, RC_PERM, "%s is there and is no socket",
		    p->rest);
	return rc;
}

static enum rc
check_inet(const struct listen_place *p, struct err *err)
{
	enum rc rc = RC_OK;
	int fd;

	if (listen_place_socket(p, &fd, err) != RC_OK)
		return RC_TEMP;
	if (bind(fd, &p->name.any, p->size) != 0 && errno != EADDRINUSE)
		rc = listen_failed(err, "listen on", p->rest);
	close(fd);
	return rc;
}

enum rc
listen_check(const char *address, const struct listen_settings *settings,
    struct err *err)
{
	struct listen_place place;
	enum rc rc = listen_place_read(address, &place, err);

	if (rc != RC_OK)
		return rc;
	switch (place.kind) {
	case LISTEN_UNIX:
		return check_unix(&place, settings, err);
	case LISTEN_INET:
		return check_inet(&place, err);
	case LISTEN_SYSTEMD:
		return RC_OK;
	}
	return RC_PERM;
}
