/* SPDX-License-Identifier: MIT */
#include "backup_copy.h"

#include "backup_source.h"
#include "base/str.h"
#include "store/sqlite_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
backup_store_file(const struct settings *s)
{
	return str_starts(s->store_url, "sqlite:")
		   ? s->store_url + strlen("sqlite:")
		   : NULL;
}

/* Made by somebody else, who may have it open still. */
static bool
is_foreign_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	       st.st_uid != geteuid() || st.st_nlink != 1;
}

enum rc
backup_fresh_file(const char *path, int *out, struct err *err)
{
	int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, flags, 0600);

	if (fd >= 0 && is_foreign_file(fd)) {
		close(fd);
		unlink(path);
		fd = open(path, flags | O_EXCL, 0600);
	}
	*out = fd;
	if (fd < 0)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fchmod(fd, 0600) != 0 ||
	    ftruncate(fd, 0) != 0) {
		close(fd);
		return err_set(err, RC_TEMP, "%s: another backup writes it",
		    path);
	}
	return RC_OK;
}

enum rc
backup_copy_store(struct arena *a, const char *store, const char *to,
    struct err *err)
{
	const char *new = arena_printf(a, "%s.new", to);
	struct stat st;
	int fd;
	enum rc rc = backup_fresh_file(new, &fd, err);

	if (rc != RC_OK)
		return rc;
	rc = sqlite_copy_write(store, new, err);
	if (rc == RC_OK && (fsync(fd) != 0 || rename(new, to) != 0))
		rc = err_set(err, RC_TEMP, "%s: %s", to, strerror(errno));
	if (rc != RC_OK)
		unlink(new);
	/* Only now: as long as it is written it must show whose it is. */
	if (rc == RC_OK && stat(store, &st) == 0 && geteuid() == 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		rc = err_set(err, RC_TEMP, "%s: %s", to, strerror(errno));
	close(fd);
	return rc;
}

static const char sent_since[] =
    "it waited when a backup was made, and may have been sent since";

/* folder: NULL, or goes too. */
static enum rc
open_and_unlink_copy(struct arena *a, const char *store, const char *copy,
    const char *folder, FILE **out, struct err *err)
{
	bool used = sqlite_copy_in_use(store);
	enum rc rc = backup_copy_store(a, store, copy, err);

	if (rc == RC_OK && used)
		rc = sqlite_copy_stop_mail(copy, sent_since, err);
	*out = rc == RC_OK ? fopen(copy, "re") : NULL;
	if (rc == RC_OK && *out == NULL)
		rc = err_set(err, RC_TEMP, "%s: %s", copy, strerror(errno));
	unlink(copy);
	if (folder != NULL)
		rmdir(folder);
	return rc;
}

static enum rc
open_copy_apart(struct arena *a, const char *store, FILE **out, struct err *err)
{
	const char *large = backup_large_folder();
	char *folder = arena_printf(a, "%s/postward-XXXXXX", large);

	if (mkdtemp(folder) == NULL)
		return err_set(err, RC_TEMP, "%s: %s", large, strerror(errno));
	return open_and_unlink_copy(a, store,
	    arena_printf(a, "%s/store", folder), folder, out, err);
}

/* Whoever stops the command meanwhile waits until the copy has no name. */
enum rc
backup_open_copy(struct arena *a, const char *store, const char *beside,
    FILE **out, struct err *err)
{
	sigset_t stop, before;
	enum rc rc;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, &before);
	rc = beside == NULL
		 ? open_copy_apart(a, store, out, err)
		 : open_and_unlink_copy(a, store, beside, NULL, out, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}
