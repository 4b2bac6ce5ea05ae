/* SPDX-License-Identifier: MIT */
#include "postfix_record.h"

#include "output.h"

#include "base/file.h"
#include "base/str.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE    "/var/lib/postward"
#define FILE_MAX ((size_t)1024 * 1024)

static const char *const copied[] = {"main.cf", "master.cf"};

/* Beside the store as it is packaged; with a configuration elsewhere, beside
   that.  An instance of Postfix in another folder has one of its own. */
const char *
postfix_record_folder(const struct postfix_wiring *w)
{
	struct arena *a = w->in->arena;
	const char *config = w->in->options[OPTION_CONFIG];
	const char *instance = w->in->options[OPTION_POSTFIX_CONFIG];
	const char *base =
	    config == NULL || strcmp(config, settings_default_path) == 0
		? STATE
		: dirname(arena_copy_text(a, config));
	char *name;

	if (instance == NULL || strcmp(w->folder, "/etc/postfix") == 0)
		return arena_printf(a, "%s/postfix-before", base);
	name = arena_copy_text(a, w->folder);
	for (char *at = name; *at != '\0'; at++)
		if (*at == '/')
			*at = '-';
	return arena_printf(a, "%s/postfix-before%s", base, name);
}

static const char *
record_path(const struct postfix_wiring *w, const struct postfix_record *r,
    const char *name)
{
	return arena_printf(w->in->arena, "%s/%s", r->folder, name);
}

/* Who may write the folder above could have put another one there. */
static enum rc
record_is_ours(const char *folder, struct err *err)
{
	struct stat st;

	if (lstat(folder, &st) != 0)
		return errno == ENOENT
			   ? err_set(err, RC_NONE, "%s: there is none", folder)
			   : err_set(err, RC_TEMP, "%s: %s", folder,
				 strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return err_set(err, RC_PERM,
		    "%s: it should be a folder of root's, closed to others: "
		    "somebody else has been there; look at it, and remove it",
		    folder);
	return RC_OK;
}

static const char *
record_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
}

static enum rc
record_take(struct arena *a, const cJSON *json, struct postfix_record *out)
{
	const cJSON *list = cJSON_GetObjectItem(json, "parameters"), *one;

	out->service = arena_copy_text(a, record_text(json, "service"));
	if (!cJSON_IsArray(list))
		return RC_PERM;
	cJSON_ArrayForEach(one, list)
	{
		const char *name = record_text(one, "name");
		const char *ours = record_text(one, "ours");

		if (name == NULL || ours == NULL ||
		    out->n == sizeof(out->changes) / sizeof(*out->changes))
			return RC_PERM;
		out->changes[out->n++] =
		    (struct postfix_change){arena_copy_text(a, name),
			arena_copy_text(a, record_text(one, "before")),
			arena_copy_text(a, ours), ""};
	}
	return RC_OK;
}

enum rc
postfix_record_read(const struct postfix_wiring *w, struct postfix_record *out,
    struct err *err)
{
	struct arena *a = w->in->arena;
	const char *path;
	cJSON *json;
	char *text;
	size_t len;
	enum rc rc;

	*out = (struct postfix_record){.folder = postfix_record_folder(w)};
	rc = record_is_ours(out->folder, err);
	if (rc != RC_OK)
		return rc;
	path = record_path(w, out, "record.json");
	rc = file_read(a, path, FILE_MAX, &text, &len, NULL, err);
	if (rc != RC_OK)
		return rc == RC_NONE ? RC_PERM : rc;
	json = cJSON_Parse(text);
	rc = record_take(a, json, out);
	cJSON_Delete(json);
	return rc == RC_OK
		   ? RC_OK
		   : err_set(err, RC_PERM, "%s: nobody can read that", path);
}

static const char *
record_json(struct arena *a, const struct postfix_wiring *w,
    const struct postfix_record *r)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(json, "parameters");
	char *text, *copy;

	output_member(json, "config", w->folder);
	output_member(json, "service", r->service);
	for (size_t i = 0; i < r->n; i++) {
		cJSON *one = cJSON_CreateObject();

		output_member(one, "name", r->changes[i].name);
		output_member(one, "before", r->changes[i].before);
		output_member(one, "ours", r->changes[i].after);
		cJSON_AddItemToArray(list, one);
	}
	text = cJSON_Print(json);
	copy = arena_printf(a, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(json);
	return copy;
}

static const struct file_owner *
record_owner(void)
{
	static const struct file_owner root = {0, 0, 0600};

	return &root;
}

/* RC_NONE: there is no such file. */
static enum rc
record_copy(const struct postfix_wiring *w, const char *from, const char *to,
    struct err *err)
{
	char *text;
	size_t len;
	enum rc rc =
	    file_read(w->in->arena, from, FILE_MAX, &text, &len, NULL, err);

	if (rc == RC_OK && len > FILE_MAX)
		rc = err_set(err, RC_PERM, "%s: too long to be copied", from);
	return rc == RC_OK ? file_write(w->in->arena, to, text, len,
				 record_owner(), err)
			   : rc;
}

static enum rc
record_write_json(const struct postfix_wiring *w, const char *folder,
    const struct postfix_record *r, struct err *err)
{
	const char *text = record_json(w->in->arena, w, r);

	return file_write(w->in->arena,
	    arena_printf(w->in->arena, "%s/record.json", folder), text,
	    strlen(text), record_owner(), err);
}

/* The folder has its name once all is in it. */
static enum rc
record_begin(const struct postfix_wiring *w, const struct postfix_record *r,
    struct err *err)
{
	struct arena *a = w->in->arena;
	const char *above = dirname(arena_copy_text(a, r->folder));
	char *made = arena_printf(a, "%s/.postfix-before-XXXXXX", above);
	enum rc rc = RC_OK;

	if (mkdtemp(made) == NULL)
		return err_set(err, RC_TEMP, "%s: %s", above, strerror(errno));
	/* The group of the folder above would come with it. */
	if (geteuid() == 0 &&
	    (chown(made, 0, 0) != 0 || chmod(made, 0700) != 0))
		rc = err_set(err, RC_TEMP, "%s: %s", made, strerror(errno));
	for (size_t i = 0; rc == RC_OK && i < 2; i++)
		rc = record_copy(w,
		    arena_printf(a, "%s/%s", w->folder, copied[i]),
		    arena_printf(a, "%s/%s", made, copied[i]), err);
	if (rc == RC_OK)
		rc = record_write_json(w, made, r, err);
	if (rc == RC_OK && rename(made, r->folder) != 0)
		rc =
		    err_set(err, RC_TEMP, "%s: %s", r->folder, strerror(errno));
	file_sync_folder(above);
	return rc;
}

enum rc
postfix_record_write(const struct postfix_wiring *w, struct postfix_record *r,
    struct err *err)
{
	enum rc rc;

	r->folder = postfix_record_folder(w);
	rc = record_is_ours(r->folder, err);
	if (rc == RC_NONE)
		return record_begin(w, r, err);
	return rc == RC_OK ? record_write_json(w, r->folder, r, err) : rc;
}

enum rc
postfix_record_keep_ours(const struct postfix_wiring *w,
    const struct postfix_record *r, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < 2; i++)
		rc = record_copy(w,
		    arena_printf(w->in->arena, "%s/%s", w->folder, copied[i]),
		    record_path(w, r,
			arena_printf(w->in->arena, "%s.ours", copied[i])),
		    err);
	return rc;
}

static bool
record_same(const struct postfix_wiring *w, const char *one, const char *other)
{
	char *text[2];
	size_t len[2];

	return file_read(w->in->arena, one, FILE_MAX, &text[0], &len[0], NULL,
		   NULL) == RC_OK &&
	       file_read(w->in->arena, other, FILE_MAX, &text[1], &len[1], NULL,
		   NULL) == RC_OK &&
	       len[0] == len[1] && memcmp(text[0], text[1], len[0]) == 0;
}

enum rc
postfix_record_put_back(const struct postfix_wiring *w,
    const struct postfix_record *r, const char *name, struct err *err)
{
	struct arena *a = w->in->arena;
	const char *path = arena_printf(a, "%s/%s", w->folder, name);
	struct file_owner owner;
	struct stat st;
	char *text;
	size_t len;
	enum rc rc;

	if (!record_same(w, path,
		record_path(w, r, arena_printf(a, "%s.ours", name))))
		return RC_NONE;
	rc = file_read(a, record_path(w, r, name), FILE_MAX, &text, &len, NULL,
	    err);
	if (rc != RC_OK || stat(path, &st) != 0)
		return RC_NONE;
	owner = (struct file_owner){st.st_uid, st.st_gid, st.st_mode & 07777};
	return file_write(a, path, text, len, &owner, err);
}

/* With what a write that was killed has left there; no folder is below it. */
static void
record_empty(struct arena *a, const char *folder)
{
	DIR *open = opendir(folder);

	for (struct dirent *it = open == NULL ? NULL : readdir(open);
	     it != NULL; it = readdir(open))
		unlink(arena_printf(a, "%s/%s", folder, it->d_name));
	if (open != NULL)
		closedir(open);
	rmdir(folder);
}

/* Under another name first: half a record is none. */
enum rc
postfix_record_remove(const struct postfix_wiring *w,
    const struct postfix_record *r, struct err *err)
{
	const char *gone = arena_printf(w->in->arena, "%s.gone", r->folder);

	record_empty(w->in->arena, gone);
	if (rename(r->folder, gone) != 0)
		return err_set(err, RC_TEMP, "%s: %s", r->folder,
		    strerror(errno));
	record_empty(w->in->arena, gone);
	return RC_OK;
}
