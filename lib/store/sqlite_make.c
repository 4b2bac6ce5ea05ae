/* SPDX-License-Identifier: MIT */
#include "store/private/sqlite_database.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Gives a file that root has made to the owner of the folder: the programs,
   which are not root, must use it.  Where the group of the folder may write,
   the group has the store: its users write the file, and the side files, to
   which SQLite gives the same mode. */
static bool
set_owner(int fd, int folder)
{
	struct stat st;

	return fstat(folder, &st) == 0 &&
	       (geteuid() != 0 || fchown(fd, st.st_uid, st.st_gid) == 0) &&
	       fchmod(fd, (st.st_mode & S_IWGRP) != 0 ? 0660 : 0640) == 0;
}

static enum rc
make_sqlite_file(int folder, const char *path, struct err *err)
{
	struct arena *a;
	enum rc rc = RC_OK;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd < 0 && errno == EEXIST)
		return RC_OK;
	if (fd < 0)
		return err_set(err, RC_TEMP,
		    "%s: %s: let this user write its folder", path,
		    strerror(errno));
	a = arena_new();
	unlink(arena_printf(a, "%s-wal", path)); /* its database is gone */
	unlink(arena_printf(a, "%s-shm", path));
	arena_free(a);
	if (!set_owner(fd, folder))
		rc = err_set(err, RC_TEMP,
		    "%s: its owner and mode cannot be set: %s", path,
		    strerror(errno));
	close(fd);
	return rc;
}

/* Locks the folder, as several programs may start at once. */
enum rc
sqlite_make_file(const char *path, struct err *err)
{
	struct arena *a = arena_new();
	const char *slash = strrchr(path, '/');
	const char *name = arena_copy_bytes(a, path, (size_t)(slash - path));
	int folder = open(name[0] != '\0' ? name : "/",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc;

	if (folder < 0)
		rc = err_set(err, RC_TEMP,
		    "%s: %s: make the folder, for this user", name,
		    strerror(errno));
	else {
		flock(folder, LOCK_EX);
		rc = make_sqlite_file(folder, path, err);
		close(folder);
	}
	arena_free(a);
	return rc;
}
