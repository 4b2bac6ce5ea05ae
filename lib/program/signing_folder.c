/* SPDX-License-Identifier: MIT */
#include "program/private/signing_folder.h"

#include "base/file.h"
#include "base/str.h"
#include "mail/domain.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Other files may lie about. */
#define NAMES_MAX ((size_t)1000)

#define SUFFIX ".pem"

struct name_list {
	struct arena *arena;
	const char **names;
	size_t n, room;
};

static void
name_list_add(struct name_list *list, const char *name)
{
	if (list->n == list->room) {
		const char **old = list->names;

		list->room = list->room == 0 ? 16 : 2 * list->room;
		list->names = arena_take_array(list->arena, list->room,
		    sizeof(*list->names));
		if (old != NULL)
			memcpy(list->names, old, list->n * sizeof(*old));
	}
	list->names[list->n++] = arena_copy_text(list->arena, name);
}

static enum rc
signing_folder_trouble(const char *path, int problem, struct err *err)
{
	return err_set(err, problem == ENOENT ? RC_NONE : RC_TEMP, "%s: %s",
	    path, strerror(problem));
}

enum rc
signing_folder_each(const char *path, size_t most, signing_name_fn *visit,
    void *context, struct err *err)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	enum rc rc = RC_OK;
	size_t n = 0;

	if (folder == NULL)
		return signing_folder_trouble(path, errno, err);
	for (errno = 0; (entry = readdir(folder)) != NULL; errno = 0) {
		if (entry->d_name[0] == '.')
			continue;
		if (n++ == most) {
			rc = err_set(err, RC_TEMP, "%s: more than %zu names",
			    path, most);
			break;
		}
		visit(context, entry->d_name, entry->d_type == DT_REG);
	}
	if (entry == NULL && errno != 0)
		rc = err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	closedir(folder);
	return rc;
}

static void
name_list_visit(void *context, const char *name, bool is_file)
{
	struct name_list *list = context;

	(void)is_file;
	name_list_add(list, name);
}

enum rc
signing_folder_list(struct arena *a, const char *path, size_t most,
    const char *const **names, size_t *n, struct err *err)
{
	struct name_list list = {.arena = a};
	enum rc rc =
	    signing_folder_each(path, most, name_list_visit, &list, err);

	*names = list.names;
	*n = list.n;
	return rc;
}

/* NULL, or what is wrong. */
static const char *
signing_file_status_wrong(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if ((st->st_mode & S_IRWXO) != 0)
		return "everybody can read or write it: make another key, or "
		       "chmod o= it if nobody did";
	if (st->st_size > SIGNING_KEYS_FILE_MAX)
		return "too long for a key";
	return NULL;
}

/* Looked at before it is opened, too: a pipe would wait for who writes it. */
static enum rc
signing_file_text(struct arena *a, struct signing_file *file, char **text,
    size_t *len, struct err *err)
{
	struct stat st;
	const char *wrong;
	enum rc rc;

	if (stat(file->path, &st) != 0)
		return err_set(err, RC_TEMP, "%s: %s", file->path,
		    strerror(errno));
	file->modified = st.st_mtim;
	wrong = signing_file_status_wrong(&st);
	if (wrong != NULL)
		return err_set(err, RC_TEMP, "%s: %s", file->path, wrong);
	rc = file_read(a, file->path, SIGNING_KEYS_FILE_MAX, text, len, &st,
	    err);
	if (rc != RC_OK)
		return RC_TEMP;
	wrong = signing_file_status_wrong(&st);
	if (wrong != NULL || *len > SIGNING_KEYS_FILE_MAX)
		return err_set(err, RC_TEMP, "%s: %s", file->path,
		    wrong != NULL ? wrong : "too long for a key");
	return RC_OK;
}

static enum rc
signing_file_key(struct arena *a, const char *domain, struct signing_file *file,
    struct err *err)
{
	struct arena *secret = arena_new();
	struct err why;
	char *text = NULL;
	size_t len = 0;
	enum rc rc;

	arena_wipe(secret);
	rc = signing_file_text(secret, file, &text, &len, err);
	if (rc == RC_OK && file->selector == NULL)
		rc = err_set(err, RC_TEMP, "%s: its name is no selector",
		    file->path);
	if (rc == RC_OK &&
	    !dns_name_valid(dkim_record_name(secret, domain, file->selector)))
		rc = err_set(err, RC_TEMP,
		    "too long for a name in DNS, with ._domainkey: %s",
		    file->path);
	if (rc == RC_OK &&
	    private_key_read(text, len, &file->key, &why) != RC_OK)
		rc = err_set(err, RC_TEMP, "%s: %s", file->path, why.text);
	arena_free(secret);
	if (rc != RC_OK)
		return rc;
	rc = private_key_public(file->key, a, &file->public, err);
	if (rc != RC_OK) {
		private_key_free(file->key);
		file->key = NULL;
	}
	return rc;
}

static void
signing_file_read(struct arena *a, const char *folder, const char *domain,
    const char *name, struct signing_file *out)
{
	size_t len = strlen(name) - strlen(SUFFIX);
	struct err err;

	*out = (struct signing_file){
	    .path = arena_printf(a, "%s/%s", folder, name)};
	if (domain_read(a, arena_copy_bytes(a, name, len), &out->selector,
		NULL) != RC_OK)
		out->selector = NULL;
	if (signing_file_key(a, domain, out, &err) != RC_OK)
		out->trouble = arena_copy_text(a, err.text);
}

void
signing_folder_read(struct arena *a, const char *path, const char *name,
    struct signing_domain *out)
{
	const char *const *names = NULL;
	size_t n = 0;
	struct err err;

	*out = (struct signing_domain){.name = name, .folder = path};
	if (signing_folder_list(a, path, NAMES_MAX, &names, &n, &err) !=
	    RC_OK) {
		out->trouble = arena_copy_text(a, err.text);
		return;
	}
	out->files = arena_take_array(a, n + 1, sizeof(*out->files));
	for (size_t i = 0; i < n; i++) {
		if (!str_ends_fold(names[i], SUFFIX))
			continue;
		if (out->n == SIGNING_KEYS_FILES_MAX) {
			out->trouble = arena_printf(a, "%s: more than %d keys",
			    path, SIGNING_KEYS_FILES_MAX);
			return;
		}
		signing_file_read(a, path, name, names[i],
		    &out->files[out->n++]);
	}
	if (out->n == 0)
		out->trouble = arena_printf(a,
		    "%s: no key in it, so that mail of %s is put off: make "
		    "one, or remove the folder",
		    path, name);
}

void
signing_folder_merge(struct arena *a, struct signing_domain *d,
    const struct signing_domain *more)
{
	size_t n = d->n + more->n;
	struct signing_file *files = arena_take_array(a, n + 1, sizeof(*files));

	if (d->n > 0)
		memcpy(files, d->files, d->n * sizeof(*files));
	if (more->n > 0)
		memcpy(files + d->n, more->files, more->n * sizeof(*files));
	d->files = files;
	d->n = n;
	if (d->trouble == NULL)
		d->trouble = more->trouble;
}
