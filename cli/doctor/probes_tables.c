/* SPDX-License-Identifier: MIT */
#include "probes_tables.h"

#include "postconf.h"
#include "postfix_list.h"
#include "postfix_restrictions.h"
#include "postfix_service.h"
#include "postfix_tables.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What can be done about a table of a type. */
static const struct table_type {
	const char *name;
	const char *package; /* of Debian; NULL: Postfix itself has it */
	bool file;           /* behind the colon stands a path */
	bool indexed;        /* postmap(1) makes another file of it */
} types[] = {
    {"hash", NULL, true, true},
    {"btree", NULL, true, true},
    {"lmdb", "postfix-lmdb", true, true},
    {"cdb", "postfix-cdb", true, true},
    {"dbm", NULL, true, true},
    {"texthash", NULL, true, false},
    {"regexp", NULL, true, false},
    {"pcre", "postfix-pcre", true, false},
    {"cidr", NULL, true, false},
    {"mysql", "postfix-mysql", false, false},
    {"pgsql", "postfix-pgsql", false, false},
    {"ldap", "postfix-ldap", false, false},
    {"sqlite", "postfix-sqlite", false, false},
    {"memcache", NULL, false, false},
    {"inline", NULL, false, false},
    {"unionmap", NULL, false, false},
    {"pipemap", NULL, false, false},
    {"randmap", NULL, false, false},
    {"socketmap", NULL, false, false},
    {"tcp", NULL, false, false},
};

#define TYPES (sizeof(types) / sizeof(*types))

static const char *
table_without_proxy(const char *table)
{
	while (str_starts(table, "proxy:"))
		table += strlen("proxy:");
	return table;
}

/* NULL: a type that is not known here. */
static const struct table_type *
table_type_of(const char *table)
{
	size_t len;

	table = table_without_proxy(table);
	len = strcspn(table, ":");
	for (size_t i = 0; i < TYPES; i++)
		if (strlen(types[i].name) == len &&
		    strncmp(types[i].name, table, len) == 0)
			return &types[i];
	return NULL;
}

/* Postfix makes those of its caches itself; what may be asked through
   proxymap(8) is named where it is asked. */
static bool
parameter_has_tables(const char *name)
{
	static const char *const ends[] = {
	    "_cache_database", "_cache_map", "_cache_maps"};
	static const char *const others[] = {"address_verify_map",
	    "alias_database", "proxy_read_maps", "proxy_write_maps",
	    "default_database_type"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (str_ends_fold(name, ends[i]))
			return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

/* Our own programs have probes of their own; sockets look like tables. */
static bool
word_is_table(const char *parameter, const char *before, const char *word)
{
	if (!postfix_is_table(word) || strstr(word, "postward/") != NULL ||
	    str_starts(word, "static:"))
		return false;
	return table_type_of(word) != NULL ||
	       str_ends_fold(parameter, "_maps") ||
	       (before != NULL && str_ends_fold(before, "_access"));
}

/* ---- cures */

static bool
restriction_has_table(void *context, const char *word, const char *argument)
{
	return strcmp(argument == NULL ? word : argument, context) == 0;
}

static void
cure_by_removal(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    const char *table)
{
	struct arena *a = run->arena;
	struct postfix_list list;

	if (!str_ends_fold(parameter, "_restrictions")) {
		postfix_cure_without(run, service, parameter, table, NULL);
		return;
	}
	list = postfix_list_read(a, postfix_set_value(run, service, parameter));
	list = postfix_restrictions_without(a, &list, restriction_has_table,
	    arena_copy_text(a, table));
	postfix_cure_value(run, service, parameter,
	    postfix_restrictions_text(a, &list));
}

/* An index is made of the text, or both anew, and empty. */
static bool
cure_file(const struct probe_run *run, const struct table_type *type,
    const char *parameter, const char *table)
{
	struct arena *a = run->arena;
	const char *path = table_without_proxy(table) + strlen(type->name) + 1;
	const char *slash = strrchr(path, '/');
	bool there = access(path, F_OK) == 0;

	if (slash == NULL || *path != '/' || (there && !type->indexed) ||
	    (!there && slash > path &&
		access(arena_copy_bytes(a, path, (size_t)(slash - path)),
		    W_OK) != 0))
		return false;
	if (!there)
		probe_cure(run, "touch %s", probe_quoted(run, path));
	if (type->indexed)
		probe_cure(run, "%s %s",
		    strcmp(parameter, "alias_maps") == 0 ? "postalias"
							 : "postmap",
		    probe_quoted(run, table_without_proxy(table)));
	probe_cure_reload(run);
	return true;
}

static void
cure_table(const struct probe_run *run, const struct postfix_service *service,
    const char *parameter, const char *table, const char *trouble)
{
	const struct table_type *type = table_type_of(table);

	if (type != NULL && type->package != NULL &&
	    strstr(trouble, "unsupported dictionary type") != NULL)
		probe_cure(run, "apt-get install -y %s", type->package);
	else if (type != NULL && type->file &&
		 cure_file(run, type, parameter, table))
		return;
	else if (type == NULL || type->file || type->package == NULL)
		cure_by_removal(run, service, parameter, table);
}

/* ---- tables */

/* What was found already: one table may stand at many places. */
struct tables_seen {
	const struct probe_run *run;
	struct str told;
	bool wrong;
};

static void
table_look(struct tables_seen *seen, const struct postfix_service *service,
    const char *parameter, const char *table)
{
	const struct probe_run *run = seen->run;
	const char *mark =
	    arena_printf(run->arena, "\n%s %s\n", parameter, table);
	const char *trouble;
	bool old;

	if (strstr(seen->told.text, mark) != NULL)
		return;
	str_add(&seen->told, mark);
	trouble = postfix_table_trouble(run, table);
	if (trouble == NULL)
		return;
	seen->wrong = true;
	old = strstr(trouble, "older than source") != NULL;
	probe_saw_of(run, old ? REPORT_WARNING : run->probe->severity,
	    parameter, trouble);
	cure_table(run, service, parameter, table, trouble);
}

static void
tables_of_value(struct tables_seen *seen, const struct postfix_service *service,
    const char *parameter, const char *value)
{
	struct postfix_list list = postfix_list_read(seen->run->arena, value);

	for (size_t i = 0; i < list.n; i++)
		if (word_is_table(parameter, i == 0 ? NULL : list.words[i - 1],
			list.words[i]))
			table_look(seen, service, parameter, list.words[i]);
}

/* Of lines "name = value". */
static void
tables_of_lines(struct tables_seen *seen, const struct postfix_service *service,
    const char *lines)
{
	struct arena *a = seen->run->arena;
	char *text = arena_copy_text(a, lines), *line, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *equals = strstr(line, " =");

		if (equals == NULL)
			continue;
		*equals = '\0';
		if (parameter_has_tables(line))
			tables_of_value(seen, service, line, equals + 2);
	}
}

/* What is not said in main.cf is as Postfix' packager has it. */
void
probe_tables(const struct probe_run *run)
{
	const char *option = "-nx", *lines;
	const struct postfix_view *view = run->postfix;
	struct tables_seen seen = {.run = run};

	str_init(&seen.told, run->arena);
	if (postconf_run(run->in, &option, 1, false, &lines, NULL) == RC_OK)
		tables_of_lines(&seen, NULL, lines);
	for (size_t i = 0; i < view->n_services; i++)
		tables_of_lines(&seen, &view->services[i],
		    view->services[i].overrides);
	if (!seen.wrong)
		probe_saw(run, REPORT_OK, "Postfix can open them");
}
