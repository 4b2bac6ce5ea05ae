/* SPDX-License-Identifier: MIT */
/* A configuration from its files. */
#include "base/config.h"

#include "base/file.h"
#include "base/private/config_confuse.h"
#include "base/private/config_include.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST ((size_t)1024 * 1024) /* all files together */

struct opening {
	struct config *config;
	size_t room; /* bytes that may still come */
	struct err *err;
};

static struct config *
config_new(const struct config_key *keys, size_t n)
{
	struct arena *a = arena_new();
	struct config *c = arena_take(a, sizeof(*c));

	*c = (struct config){.arena = a, .keys = keys, .n = n};
	c->defaults = arena_take_array(a, n, sizeof(*c->defaults));
	c->titles = arena_take_array(a, n, sizeof(*c->titles));
	for (size_t i = 0; i < n; i++) {
		assert(config_find_key(c, keys[i].section, keys[i].name) == i);
		c->defaults[i] = config_value_default(a, &keys[i]);
	}
	return c;
}

void
config_free(struct config *c)
{
	if (c != NULL)
		arena_free(c->arena);
}

/* Returns c, or NULL if it is not to be had. */
static enum rc
config_done(struct config *c, enum rc rc, struct config **out)
{
	*out = rc == RC_OK ? c : NULL;
	if (rc != RC_OK)
		config_free(c);
	return rc;
}

static enum rc
config_take_text(struct opening *o, const char *text, const char *name)
{
	size_t len = strnlen(text, o->room + 1);

	if (len > o->room)
		return err_set(o->err, RC_PERM, "%s: longer than 1 MiB%s", name,
		    o->config->files.n > 0 ? " with the files before it" : "");
	o->room -= len;
	return config_parse(o->config, text, name, o->err);
}

enum rc
config_read(const char *text, const char *name, const struct config_key *keys,
    size_t n, struct config **out, struct err *err)
{
	struct config *c = config_new(keys, n);
	struct opening o = {.config = c, .room = LONGEST, .err = err};

	return config_done(c, config_take_text(&o, text, name), out);
}

/* If there is more, `most` and one byte are read. */
static enum rc
read_config_text(struct arena *a, const char *path, size_t most,
    const char **out, struct err *err)
{
	char *text;
	size_t len;
	enum rc rc = file_read(a, path, most, &text, &len, NULL, err);

	if (rc != RC_OK)
		return rc == RC_PERM ? RC_PERM : RC_TEMP;
	*out = text;
	if (strlen(text) != len)
		return err_set(err, RC_PERM, "%s: not text: holds a NUL", path);
	return RC_OK;
}

/* True: the file was cut off, as on a full disk, which seldom happens where a
   line ends.  After a closing brace or quote a missing newline proves
   nothing. */
static bool
is_cut(const char *text)
{
	const char *line = strrchr(text, '\n');
	size_t len = strlen(text);

	line = line == NULL ? text : line + 1;
	line += strspn(line, " \t");
	return *line == '#' || str_starts(line, "//") ||
	       (len > 0 && strchr("}\"' \t\r\n", text[len - 1]) == NULL);
}

static enum rc
config_take_file(struct opening *o, const char *path, size_t most)
{
	struct arena *a = arena_new();
	const char *text = "";
	enum rc rc = read_config_text(a, path, most, &text, o->err);

	if (rc == RC_OK && most < o->room && strlen(text) > most)
		rc = err_set(o->err, RC_TEMP,
		    "%s: somebody is writing it: try again", path);
	if (rc == RC_OK)
		rc = config_take_text(o, text, path);
	if (rc == RC_OK && is_cut(text))
		rc = err_set(o->err, RC_PERM,
		    "%s: its last line has no end: is the file cut off?", path);
	arena_free(a);
	return rc;
}

/* Who waits for the other end of a pipe serves nobody.  A small file is given
   little room: there may be thousands. */
static enum rc
config_take_one(struct opening *o, const char *path)
{
	struct stat st;
	size_t size;

	if (stat(path, &st) != 0)
		return err_set(o->err, RC_TEMP, "%s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(o->err, RC_TEMP, "%s: expected a file", path);
	size = (size_t)st.st_size;
	return config_take_file(o, path, size < o->room ? size : o->room);
}

/* True: one of the first n items. */
static bool
is_listed(const struct config_value *list, size_t n, const char *item)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list->items[i], item) == 0)
			return true;
	return false;
}

/* Takes the files of one pattern but those that have been read. */
static enum rc
config_take_pattern(struct opening *o, const char *pattern,
    struct config_value *passed_over)
{
	struct config *c = o->config;
	size_t before = c->files.n;
	struct config_value paths = {0};
	enum rc rc;

	assert(c->files.items != NULL);
	rc = config_include(c->arena, c->files.items[0], pattern, &paths,
	    passed_over, o->err);
	for (size_t i = 0; i < paths.n && rc == RC_OK; i++) {
		if (is_listed(&c->files, before, paths.items[i]))
			continue;
		rc = config_take_one(o, paths.items[i]);
	}
	return rc;
}

/* What one pattern passes over, another may have named. */
static void
note_passed_over(struct config *c, const struct config_value *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (!is_listed(&c->files, c->files.n, names->items[i]) &&
		    !is_listed(&c->passed_over, c->passed_over.n,
			names->items[i]))
			config_value_add(c->arena, &c->passed_over,
			    names->items[i]);
}

static enum rc
config_take_included(struct opening *o, const struct config_key *key)
{
	struct config *c = o->config;
	struct config_list patterns =
	    config_list(c, key->section, NULL, key->name);
	struct config_value passed_over = {0};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < patterns.n && rc == RC_OK; i++)
		rc = config_take_pattern(o, patterns.items[i], &passed_over);
	note_passed_over(c, &passed_over);
	return rc;
}

enum rc
config_open(const char *path, const struct config_key *keys, size_t n,
    struct config **out, struct err *err)
{
	struct config *c = config_new(keys, n);
	struct opening o = {.config = c, .room = LONGEST, .err = err};
	enum rc rc = config_take_file(&o, path, LONGEST);

	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (keys[i].includes)
			rc = config_take_included(&o, &keys[i]);
	return config_done(c, rc, out);
}
