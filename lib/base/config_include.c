/* SPDX-License-Identifier: MIT */
#include "base/private/config_include.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WILD            "*?["
#define PASSED_OVER_MAX 100 /* names of one folder */

const char *
config_include_wrong(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	const char *name = slash == NULL ? pattern : slash + 1;
	const char *wild = strpbrk(pattern, WILD);

	if (name[0] == '\0')
		return "expected the name of a file, or a pattern";
	if (wild == NULL)
		return NULL;
	if (wild < name)
		return "expected *, ? and [ behind the last / only";
	/* So that what editors and dpkg leave behind is not read. */
	if (strchr("*?]", name[strlen(name) - 1]) != NULL)
		return "expected a pattern with an ending, such as \"*.conf\"";
	return NULL;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_sorted(struct arena *a, const struct config_value *names,
    struct config_value *out)
{
	if (names->n > 0)
		qsort(names->items, names->n, sizeof(*names->items),
		    compare_names);
	for (size_t i = 0; i < names->n; i++)
		config_value_add(a, out, names->items[i]);
}

struct include_folder {
	struct arena *a;
	const char *path;
	const char *before; /* of a name in it: the path with a /, or "" */
};

static struct include_folder
include_folder_of(struct arena *a, const char *from, const char *pattern)
{
	const char *slash = strrchr(from, '/'), *last = strrchr(pattern, '/');
	const char *own =
	    pattern[0] == '/' || slash == NULL
		? ""
		: arena_printf(a, "%.*s", (int)(slash + 1 - from), from);
	const char *before = arena_printf(a, "%s%.*s", own,
	    last == NULL ? 0 : (int)(last + 1 - pattern), pattern);

	return (struct include_folder){
	    .a = a, .path = before[0] == '\0' ? "." : before, .before = before};
}

/* A folder that is not there has no files; but a link that leads nowhere is
   trouble. */
static enum rc
no_include_folder(const struct include_folder *f, int problem, struct err *err)
{
	size_t len = strlen(f->path);
	bool slash = len > 1 && f->path[len - 1] == '/';
	const char *name =
	    arena_printf(f->a, "%.*s", (int)(slash ? len - 1 : len), f->path);
	struct stat st;

	if (problem == ENOENT && lstat(name, &st) != 0 && errno == ENOENT)
		return RC_OK;
	return err_set(err, RC_TEMP, "%s: %s", f->path, strerror(problem));
}

static void
sort_include_name(const struct include_folder *f, const char *pattern,
    const char *name, struct config_value *out,
    struct config_value *passed_over)
{
	if (fnmatch(pattern, name, FNM_PERIOD | FNM_NOESCAPE) == 0)
		config_value_add(f->a, out,
		    arena_printf(f->a, "%s%s", f->before, name));
	else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		 passed_over->n < PASSED_OVER_MAX)
		config_value_add(f->a, passed_over,
		    arena_printf(f->a, "%s%s", f->before, name));
}

static enum rc
read_include_folder(const struct include_folder *f, const char *pattern,
    struct config_value *out, struct config_value *passed_over, struct err *err)
{
	DIR *folder = opendir(f->path);
	struct dirent *entry;
	int problem;

	if (folder == NULL)
		return no_include_folder(f, errno, err);
	while (errno = 0, entry = readdir(folder), entry != NULL)
		sort_include_name(f, pattern, entry->d_name, out, passed_over);
	problem = errno;
	closedir(folder);
	return problem == 0 ? RC_OK
			    : err_set(err, RC_TEMP, "%s: %s", f->path,
				  strerror(problem));
}

enum rc
config_include(struct arena *a, const char *from, const char *pattern,
    struct config_value *out, struct config_value *passed_over, struct err *err)
{
	struct include_folder f = include_folder_of(a, from, pattern);
	const char *slash = strrchr(pattern, '/');
	const char *name = slash == NULL ? pattern : slash + 1;
	struct config_value found = {0}, over = {0};
	enum rc rc = RC_OK;

	if (strpbrk(name, WILD) == NULL)
		config_value_add(a, &found,
		    arena_printf(a, "%s%s", f.before, name));
	else
		rc = read_include_folder(&f, name, &found, &over, err);
	add_sorted(a, &found, out);
	add_sorted(a, &over, passed_over);
	return rc;
}
