/* SPDX-License-Identifier: MIT */
#include "base/private/config_confuse.h"

#include "base/nearest.h"
#include "base/private/config_scan.h"
#include "base/str.h"

#include <assert.h>
#include <confuse.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_QUOTE 60 /* bytes of the file's words in an error */

struct reader {
	struct config *config;
	struct arena *scratch;
	const char *name;
	cfg_t *root;
	enum rc rc; /* the first error; later ones are dropped */
	struct err *err;
};

/* libconfuse's scanner has globals, and its callbacks take no pointer of ours.
   So one thread reads at a time, and this is its reader. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct reader *reading;

static const char *
shown_line(const struct reader *r, const char *text)
{
	return str_printable(r->scratch, text, strlen(text), LONGEST_QUOTE);
}

/* Returns the title of a section of that name, as far as errors may show it. */
static const char *
title_shown(const struct reader *r, const char *section, const char *title)
{
	const struct config *c = r->config;
	size_t first = config_find_key(c, section, NULL);

	if (first < c->n && c->keys[first].title_shown != NULL)
		title = c->keys[first].title_shown(r->scratch, title);
	return shown_line(r, title);
}

/* Remembers the first error; -1 makes libconfuse stop. */
__attribute__((format(printf, 3, 4))) static int
refuse_config(struct reader *r, const cfg_t *where, const char *format, ...)
{
	va_list args;
	char *text;

	if (r->rc != RC_OK)
		return -1;
	va_start(args, format);
	text = arena_vprintf(r->scratch, format, args);
	va_end(args);
	r->rc =
	    err_set(r->err, RC_PERM, "%s:%d: %s", r->name, where->line, text);
	return -1;
}

static struct config_spot
spot_of(const struct config *c, const cfg_t *where)
{
	return (struct config_spot){
	    (unsigned)c->files.n, (unsigned)where->line};
}

/* Returns the section that libconfuse is in, added at its first mention; NULL
   if the file may not have it. */
static struct config_section *
enter_section(struct reader *r, const cfg_t *where)
{
	struct config *c = r->config;
	const char *name = where == r->root ? "" : where->name;
	size_t first = config_find_key(c, name, NULL);
	struct config_section *s = config_find_section(c, name, where->title);
	const char *wrong = NULL;

	if (s != NULL)
		return s;
	assert(first < c->n || where == r->root);
	if (where->title != NULL && c->keys[first].titles != NULL)
		wrong = config_not_among(c->arena, where->title,
		    c->keys[first].titles);
	if (wrong != NULL) {
		/* The error is told with the line at which the section
		   began. */
		refuse_config(r, r->root, "%s \"%s\": %s", name,
		    title_shown(r, name, where->title), wrong);
		return NULL;
	}
	s = config_add_section(c, name, where->title);
	s->spot = spot_of(c, r->root);
	return s;
}

/* Returns the key as an error names it. */
static const char *
path_of(const struct reader *r, const struct config_section *s, const char *key)
{
	struct arena *a = r->scratch;

	if (s->title != NULL)
		return arena_printf(a, "%s \"%s\".%s", s->name,
		    title_shown(r, s->name, s->title), key);
	return arena_printf(a, "%s%s%s", s->name, s->name[0] != '\0' ? "." : "",
	    key);
}

/* True: the file that is being read has set the key already. */
static bool
is_given_here(const struct config *c, const struct config_value *v)
{
	return v->given && v->spot.file == c->files.n;
}

static struct config_value
value_given_here(const struct config *c, const cfg_t *where)
{
	return (struct config_value){.given = true, .spot = spot_of(c, where)};
}

/* Only the first file includes. */
static const char *
wrong_place(const struct config *c, size_t key)
{
	return c->keys[key].includes && c->files.n > 1
		   ? "a file that is included cannot include others"
		   : NULL;
}

/* Called when libconfuse has met a value.  All our keys are lists to
   libconfuse, so that it tells us how many values there are. */
static int
take_value(cfg_t *where, cfg_opt_t *opt, const char *text, void *result)
{
	struct reader *r = reading;
	struct config *c = r->config;
	struct config_section *s = enter_section(r, where);
	struct config_value *v;
	const char *path, *wrong;
	size_t i;

	if (s == NULL)
		return -1;
	i = config_find_key(c, s->name, opt->name);
	assert(i < c->n);
	v = &s->values[i];
	path = path_of(r, s, opt->name);
	if (opt->nvalues == 1 && is_given_here(c, v))
		return refuse_config(r, where, "%s is given twice", path);
	if (opt->nvalues > 1 && c->keys[i].type != CONFIG_LIST)
		return refuse_config(r, where, "%s: expected one value", path);
	if (!is_given_here(c, v))
		*v = value_given_here(c, where);
	wrong = wrong_place(c, i);
	if (wrong == NULL)
		wrong = config_value_read(c->arena, &c->keys[i], text, v);
	if (wrong != NULL)
		return refuse_config(r, where, "%s = \"%s\": %s", path,
		    shown_line(r, text), wrong);
	*(const char **)result = text;
	return 0;
}

/* Called at the end of a section: take_value hears nothing of empty lists. */
static int
leave_section(struct reader *r, const cfg_t *where)
{
	struct config_section *s = enter_section(r, where);
	struct config_value *v;

	if (s == NULL)
		return -1;
	for (cfg_opt_t *opt = where->opts; opt->name != NULL; opt++) {
		size_t i = config_find_key(r->config, s->name, opt->name);

		if (opt->type != CFGT_STR || opt->nvalues > 0 ||
		    (opt->flags & CFGF_MODIFIED) == 0)
			continue;
		v = &s->values[i];
		if (r->config->keys[i].type != CONFIG_LIST)
			return refuse_config(r, where, "%s: expected one value",
			    path_of(r, s, opt->name));
		if (v->n > 0 && is_given_here(r->config, v))
			return refuse_config(r, where, "%s is given twice",
			    path_of(r, s, opt->name));
		if (wrong_place(r->config, i) != NULL)
			return refuse_config(r, where, "%s: %s",
			    path_of(r, s, opt->name),
			    wrong_place(r->config, i));
		*v = value_given_here(r->config, where);
	}
	return 0;
}

static int
end_section(cfg_t *root, cfg_opt_t *opt)
{
	(void)root;
	return leave_section(reading, opt->values[opt->nvalues - 1]->section);
}

static bool
is_first_of_section(const struct config *c, size_t i)
{
	return config_find_key(c, c->keys[i].section, NULL) == i;
}

/* Returns what a key of that section is called now whose old name that is;
   NULL: no key had that name. */
static const char *
name_now(const struct config *c, const char *section, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->keys[i].section, section) == 0 &&
		    c->keys[i].old_name != NULL &&
		    strcmp(c->keys[i].old_name, name) == 0)
			return c->keys[i].name;
	return NULL;
}

static int
refuse_name(struct reader *r, const cfg_t *where, const char *name)
{
	struct config *c = r->config;
	bool at_top = where == r->root;
	const char *section = at_top ? "" : where->name, *meant, *hint;
	struct config_value known = {0}; /* in a list */

	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->keys[i].section, section) == 0)
			config_value_add(r->scratch, &known, c->keys[i].name);
		else if (at_top && is_first_of_section(c, i))
			config_value_add(r->scratch, &known,
			    c->keys[i].section);
	meant = name_now(c, section, name);
	if (meant == NULL)
		meant = nearest(name, known.items, known.n);
	hint = config_hint(r->scratch, meant);
	if (!at_top)
		return refuse_config(r, where, "unknown key \"%s\" in %s%s",
		    shown_line(r, name), section, hint);
	return refuse_config(r, where, "unknown %s \"%s\"%s",
	    meant == NULL                          ? "key or section"
	    : config_find_key(c, "", meant) < c->n ? "key"
						   : "section",
	    shown_line(r, name), hint);
}

/* Reports an error in a section that libconfuse does not name. */
static int
refuse_second_title(struct reader *r, const cfg_t *where, const char *title)
{
	for (size_t i = 0; i < r->config->n; i++)
		if (r->config->keys[i].title_shown != NULL)
			title =
			    r->config->keys[i].title_shown(r->scratch, title);
	return refuse_config(r, where, "found duplicate title '%s'",
	    shown_line(r, title));
}

static void
on_error(cfg_t *where, const char *format, va_list args)
{
	struct reader *r = reading;

	/* A message that is translated, should a program ever set its locale,
	   merely comes without the hint. */
	if (strcmp(format, "no such option '%s'") == 0)
		refuse_name(r, where, va_arg(args, const char *));
	else if (strcmp(format, "found duplicate title '%s'") == 0)
		refuse_second_title(r, where, va_arg(args, const char *));
	else
		refuse_config(r, where, "%s",
		    shown_line(r, arena_vprintf(r->scratch, format, args)));
}

/* Returns what the section may hold, as libconfuse wants it; "", the top of the
   file, may also hold the other sections. */
static cfg_opt_t *
options_of(const struct reader *r, const char *section)
{
	const struct config *c = r->config;
	cfg_opt_t *options =
	    arena_take_array(r->scratch, c->n + 1, sizeof(*options));
	cfg_opt_t *next = options;

	for (size_t i = 0; i < c->n; i++) {
		const struct config_key *key = &c->keys[i];

		if (strcmp(key->section, section) == 0)
			*next++ = (cfg_opt_t){
			    .name = key->name,
			    .type = CFGT_STR,
			    .flags = CFGF_LIST | CFGF_NODEFAULT,
			    .parsecb = take_value,
			};
		else if (section[0] == '\0' && is_first_of_section(c, i))
			*next++ = (cfg_opt_t){
			    .name = key->section,
			    .type = CFGT_SEC,
			    .flags = !key->titled ? CFGF_NODEFAULT
						  : CFGF_MULTI | CFGF_TITLE |
							CFGF_NO_TITLE_DUPES,
			    .subopts = options_of(r, key->section),
			    .validcb = end_section,
			};
	}
	return options;
}

static void
confuse_parse(struct reader *r, const char *text)
{
	cfg_opt_t *options = options_of(r, "");

	pthread_mutex_lock(&turn);
	reading = r;
	r->root = cfg_init(options, CFGF_NONE);
	if (r->root == NULL)
		abort();
	cfg_set_error_function(r->root, on_error);
	if (cfg_parse_buf(r->root, text) == CFG_SUCCESS)
		leave_section(r, r->root);
	else /* in case libconfuse has not said why, as with "" for a name */
		refuse_config(r, r->root, "expected a key or a section");
	cfg_free(r->root);
	reading = NULL;
	pthread_mutex_unlock(&turn);
}

enum rc
config_parse(struct config *c, const char *text, const char *name,
    struct err *err)
{
	struct arena *scratch = arena_new();
	struct reader r = {
	    .config = c, .scratch = scratch, .name = name, .err = err};
	char *copy = arena_copy_text(scratch, text);

	config_value_add(c->arena, &c->files, arena_copy_text(c->arena, name));
	r.rc = config_scan(copy, name, err);
	if (r.rc == RC_OK)
		confuse_parse(&r, copy);
	arena_free(scratch);
	return r.rc;
}
