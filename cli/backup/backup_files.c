/* SPDX-License-Identifier: MIT */
#include "backup_files.h"

#include "base/config_files.h"
#include "base/str.h"
#include "store/db.h"
#include "store/mariadb_url.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_DEEP 4 /* where links may lead round */

/* One part of a path from *at on; false: that was the last one. */
static bool
next_path_part(const char **at, const char **part, size_t *len)
{
	*part = *at + strspn(*at, "/");
	*len = strcspn(*part, "/");
	*at = *part + *len;
	return *len > 0;
}

static bool
leads_up(const char *path)
{
	const char *part;
	size_t len;

	while (next_path_part(&path, &part, &len))
		if (len == 2 && part[0] == '.' && part[1] == '.')
			return true;
	return false;
}

/* Only a file system knows where .. leads. */
static const char *
path_without_up(struct arena *a, const char *path)
{
	char *folder = realpath(dirname(arena_copy_text(a, path)), NULL);
	const char *whole = folder == NULL
				? NULL
				: arena_printf(a, "%s/%s", folder,
				      basename(arena_copy_text(a, path)));

	free(folder);
	return whole;
}

const char *
backup_path(struct arena *a, const char *path)
{
	char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
	const char *part;
	struct str clean;
	size_t len;

	if (here != NULL)
		path = arena_printf(a, "%s/%s", here, path);
	free(here);
	if (leads_up(path))
		path = path_without_up(a, path);
	if (path == NULL)
		return NULL;
	str_init(&clean, a);
	while (next_path_part(&path, &part, &len))
		if (len != 1 || part[0] != '.')
			str_addf(&clean, "/%.*s", (int)len, part);
	return clean.text;
}

static void
add_backup_path(struct arena *a, struct backup_files *files, const char *path)
{
	struct stat st;

	path = path == NULL || path[0] == '\0' ? NULL : backup_path(a, path);
	/* Not all may be looked at by everybody: who reads them says so. */
	if (path == NULL || (stat(path, &st) != 0 && errno == ENOENT))
		return;
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->paths[i], path) == 0)
			return;
	files->paths =
	    db_more(a, files->paths, files->n, sizeof(*files->paths));
	files->paths[files->n++] = path;
}

static int
is_no_dot_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static enum rc
add_backup_folder(struct arena *a, struct backup_files *files,
    const char *folder, int deep, struct err *err)
{
	struct dirent **names;
	enum rc rc = RC_OK;
	int n = scandir(folder, &names, is_no_dot_file, alphasort);

	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? RC_OK
			   : err_set(err, RC_TEMP, "%s: %s", folder,
				 strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *path =
		    arena_printf(a, "%s/%s", folder, names[i]->d_name);
		struct stat st;

		free(names[i]);
		if (rc != RC_OK || stat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			add_backup_path(a, files, path);
		else if (S_ISDIR(st.st_mode) && deep > 1)
			rc = add_backup_folder(a, files, path, deep - 1, err);
	}
	free(names);
	return rc;
}

/* The certificate that the server of the store has to show. */
static void
add_authority(struct arena *a, const struct settings *s,
    struct backup_files *files)
{
	struct mariadb_url url;

	if (str_starts(s->store_url, "mariadb://") &&
	    mariadb_url_read(a, s->store_url + strlen("mariadb://"), &url) ==
		NULL)
		add_backup_path(a, files, url.ca);
}

enum rc
backup_files_find(struct arena *a, const struct settings *s,
    struct backup_files *out, struct err *err)
{
	const struct config_list own = config_files(s->config);
	const struct config_list files =
	    config_paths(s->config, a, CONFIG_FILE);
	const struct config_list folders =
	    config_paths(s->config, a, CONFIG_FOLDER);
	enum rc rc = RC_OK;

	*out = (struct backup_files){0};
	for (size_t i = 0; i < own.n; i++)
		add_backup_path(a, out, own.items[i]);
	for (size_t i = 0; i < files.n; i++)
		add_backup_path(a, out, files.items[i]);
	/* Where they are by default no key says. */
	add_backup_path(a, out, s->codes_file);
	add_backup_path(a, out, s->approvals_file);
	add_authority(a, s, out);
	for (size_t i = 0; i < folders.n && rc == RC_OK; i++)
		rc = add_backup_folder(a, out, folders.items[i], FOLDERS_DEEP,
		    err);
	return rc;
}
