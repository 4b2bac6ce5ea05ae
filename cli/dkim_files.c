/* SPDX-License-Identifier: MIT */
#include "dkim_files.h"

#include "base/str.h"
#include "store_secrets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0750
#define FILE_MODE   0640

static enum rc
dkim_files_trouble(struct err *err, const char *path)
{
	return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
}

/* Only root can give it to others. */
static bool
give_to_programs(int fd, gid_t group, mode_t mode)
{
	return (geteuid() != 0 || fchown(fd, 0, group) == 0) &&
	       fchmod(fd, mode) == 0;
}

static bool
folder_give(const char *path, gid_t group)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && give_to_programs(fd, group, FOLDER_MODE);

	if (fd >= 0)
		close(fd);
	return done;
}

/* What was linked or renamed in it stays so. */
static void
folder_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static const char *
folder_above(struct arena *a, const char *path)
{
	return dirname(arena_copy_text(a, path));
}

static bool
write_pem(int fd, const char *pem)
{
	size_t len = strlen(pem);

	while (len > 0) {
		ssize_t n = write(fd, pem, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		pem += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* In a file of that folder that no reader looks at; its name is in temporary.
 */
static enum rc
write_beside(struct arena *a, const char *folder, const char *pem, gid_t group,
    char **temporary, struct err *err)
{
	int fd;
	enum rc rc = RC_OK;

	*temporary = arena_printf(a, "%s/.new-XXXXXX", folder);
	fd = mkostemp(*temporary, O_CLOEXEC);
	if (fd < 0)
		return dkim_files_trouble(err, folder);
	if (!write_pem(fd, pem) || !give_to_programs(fd, group, FILE_MODE))
		rc = dkim_files_trouble(err, *temporary);
	if (close(fd) != 0 && rc == RC_OK)
		rc = dkim_files_trouble(err, *temporary);
	if (rc != RC_OK)
		unlink(*temporary);
	return rc;
}

/* A link, as a name that is there already is left alone then. */
static enum rc
add_to_folder(struct arena *a, const char *folder, const char *name,
    const char *pem, gid_t group, struct err *err)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	char *temporary;
	enum rc rc = write_beside(a, folder, pem, group, &temporary, err);

	if (rc != RC_OK)
		return rc;
	if (link(temporary, path) != 0)
		rc = errno == EEXIST ? err_set(err, RC_PERM,
					   "%s: there is such a file", path)
				     : dkim_files_trouble(err, path);
	unlink(temporary);
	folder_sync(folder);
	return rc;
}

/* The folder of keys itself. */
static enum rc
make_keys_folder(const char *path, gid_t group, struct err *err)
{
	if (mkdir(path, FOLDER_MODE) != 0)
		return errno == EEXIST ? RC_OK : dkim_files_trouble(err, path);
	return folder_give(path, group) ? RC_OK : dkim_files_trouble(err, path);
}

/* The folder comes with its key: an empty one would put off mail. */
static enum rc
add_with_folder(struct arena *a, const char *keys, const char *folder,
    const char *name, const char *pem, gid_t group, struct err *err)
{
	char *made = arena_printf(a, "%s/.new-XXXXXX", keys);
	enum rc rc;

	if (mkdtemp(made) == NULL)
		return dkim_files_trouble(err, keys);
	rc = add_to_folder(a, made, name, pem, group, err);
	if (rc == RC_OK &&
	    (!folder_give(made, group) || rename(made, folder) != 0))
		rc = dkim_files_trouble(err, folder);
	if (rc != RC_OK) {
		unlink(arena_printf(a, "%s/%s", made, name));
		rmdir(made);
	}
	folder_sync(keys);
	return rc;
}

enum rc
dkim_files_add(const struct settings *s, struct arena *a,
    const struct dkim_new_file *file, const char **path, struct err *err)
{
	const char *keys = s->dkim.keys, *folder = file->folder;
	const char *name = arena_printf(a, "%s.pem", file->selector);
	gid_t group = store_secrets_group(s);
	enum rc rc = make_keys_folder(keys, group, err);

	if (rc != RC_OK)
		return rc;
	if (folder == NULL) {
		folder = arena_printf(a, "%s/%s", keys, file->domain);
		rc = add_with_folder(a, keys, folder, name, file->pem, group,
		    err);
	} else {
		rc = add_to_folder(a, folder, name, file->pem, group, err);
	}
	*path = arena_printf(a, "%s/%s", folder, name);
	return rc;
}

/* How many names are in it; -1: nobody knows. */
static int
folder_names(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (folder == NULL)
		return -1;
	while ((entry = readdir(folder)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 &&
		     strcmp(entry->d_name, "..") != 0;
	closedir(folder);
	return n;
}

/* Under a name that no reader looks at, the folder is gone before its key. */
static enum rc
remove_with_folder(struct arena *a, const char *path, const char *folder,
    struct err *err)
{
	const char *name = strrchr(path, '/') + 1;
	char *gone =
	    arena_printf(a, "%s/.gone-XXXXXX", folder_above(a, folder));

	if (folder_names(folder) != 1)
		return err_set(err, RC_PERM,
		    "%s: there is something else in it: remove the folder "
		    "yourself",
		    folder);
	if (mkdtemp(gone) == NULL || rename(folder, gone) != 0)
		return dkim_files_trouble(err, folder);
	if (unlink(arena_printf(a, "%s/%s", gone, name)) != 0 ||
	    rmdir(gone) != 0)
		return dkim_files_trouble(err, gone);
	folder_sync(folder_above(a, folder));
	return RC_OK;
}

enum rc
dkim_files_remove(struct arena *a, const char *path, bool last, struct err *err)
{
	const char *folder = folder_above(a, path);

	if (last)
		return remove_with_folder(a, path, folder, err);
	if (unlink(path) != 0)
		return dkim_files_trouble(err, path);
	/* A second folder of the same domain; one with a key in it stays. */
	rmdir(folder);
	folder_sync(folder);
	return RC_OK;
}
