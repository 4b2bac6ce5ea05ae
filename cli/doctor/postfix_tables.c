/* SPDX-License-Identifier: MIT */
#include "postfix_tables.h"

#include "postfix_list.h"
#include "postfix_program.h"
#include "postfix_view.h"

#include "base/file.h"
#include "base/str.h"

#include <string.h>

#define POSTMAP_TIMEOUT_MS 10000
#define POSTMAP_LINES_MAX  5000
#define TABLE_FILE_MAX     ((size_t)1024 * 1024)

struct postmap_answer {
	struct arena *arena;
	const char **value;
};

static void
postmap_line(void *context, const char *line)
{
	struct postmap_answer *answer = context;

	*answer->value = arena_copy_text(answer->arena, line);
}

/* The same words stand in it as in main.cf, and comments. */
struct postfix_list
postfix_file_words(const struct probe_run *run, const char *path)
{
	struct arena *a = run->arena;
	char *text, *line, *rest = NULL;
	struct str words;
	size_t len;

	str_init(&words, a);
	if (file_read(a, path, TABLE_FILE_MAX, &text, &len, NULL, NULL) !=
		RC_OK ||
	    len > TABLE_FILE_MAX)
		text = arena_copy_text(a, "");
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		line[strcspn(line, "#")] = '\0';
		str_addf(&words, "%s ", line);
	}
	return postfix_list_read(a, words.text);
}

static enum rc
file_look_up(const struct probe_run *run, const char *path, const char *key,
    const char **value)
{
	struct postfix_list words = postfix_file_words(run, path);

	*value = key;
	return postfix_list_has(&words, key) ? RC_OK : RC_NONE;
}

/* Without what needs a running Postfix; sockets are named from the queue. */
static const char *
table_as_asked(const struct probe_run *run, const char *table)
{
	static const char unix_map[] = "socketmap:unix:";
	const char *queue =
	    postfix_text(run->postfix, run->arena, "queue_directory");
	struct str asked;

	str_init(&asked, run->arena);
	while (*table != '\0') {
		if (str_starts(table, "proxy:")) {
			table += strlen("proxy:");
		} else if (str_starts(table, unix_map)) {
			table += strlen(unix_map);
			str_addf(&asked, "%s%s%s", unix_map,
			    *table == '/' ? "" : queue,
			    *table == '/' ? "" : "/");
		} else {
			str_add_bytes(&asked, table++, 1);
		}
	}
	return asked.text;
}

static struct postfix_program
postmap_program(const char *const args[3],
    void (*line)(void *context, const char *line), void *context)
{
	return (struct postfix_program){
	    .name = "postmap",
	    .folder = "-c",
	    .args = args,
	    .n_args = 3,
	    .process =
		{
		    .timeout_ms = POSTMAP_TIMEOUT_MS,
		    .line_max = 4096,
		    .line = line,
		    .context = context,
		},
	};
}

enum rc
postfix_table_look_up(void *context, const char *table, const char *key,
    const char **value)
{
	const struct probe_run *run = context;
	const char *const args[] = {
	    "-q", key, *table == '/' ? table : table_as_asked(run, table)};
	struct postmap_answer answer = {run->arena, value};
	struct postfix_program postmap =
	    postmap_program(args, postmap_line, &answer);

	if (*table == '/')
		return file_look_up(run, table, key, value);
	postmap.process.lines_max = 1;
	postmap.process.without_errors = true;
	*value = NULL;
	return postfix_program_run(run->in, &postmap, NULL) == RC_OK &&
		       *value != NULL
		   ? RC_OK
		   : RC_NONE;
}

/* "postmap: warning: ..."; what else it prints is an answer. */
static void
postmap_complaint(void *context, const char *line)
{
	static const char *const marks[] = {
	    "postmap: warning: ", "postmap: error: ", "postmap: fatal: "};
	struct postmap_answer *answer = context;

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (str_starts(line, marks[i]))
			*answer->value = arena_copy_text(answer->arena,
			    line + strlen(marks[i]));
}

/* It may not be asked for what a table of addresses would call nonsense. */
const char *
postfix_table_trouble(const struct probe_run *run, const char *table)
{
	const char *const args[] = {
	    "-q", "postmaster@example.com", table_as_asked(run, table)};
	const char *trouble = NULL;
	struct postmap_answer answer = {run->arena, &trouble};
	struct postfix_program postmap =
	    postmap_program(args, postmap_complaint, &answer);

	postmap.process.lines_max = 20;
	postfix_program_run(run->in, &postmap, NULL);
	return trouble;
}

const char *
postfix_table_about(const struct probe_run *run, const char *table,
    const char *address, bool with_domain)
{
	struct arena *a = run->arena;
	const char *at = strchr(address, '@'), *value;
	void *context = (void *)(uintptr_t)run;

	if (postfix_table_look_up(context, table, address, &value) == RC_OK)
		return value;
	if (!with_domain)
		return postfix_table_look_up(context, table, at, &value) ==
			       RC_OK
			   ? value
			   : NULL;
	for (const char *key = at + 1; key != NULL; key = strchr(key + 1, '.'))
		if (postfix_table_look_up(context, table, key, &value) == RC_OK)
			return value;
	return postfix_table_look_up(context, table, arena_copy_text(a, "*"),
		   &value) == RC_OK
		   ? value
		   : NULL;
}

struct postmap_visit {
	struct arena *arena;
	void (*visit)(void *context, const char *key, const char *value);
	void *context;
};

/* "key<tab>value", as process.h makes lines printable. */
static void
postmap_pair(void *context, const char *line)
{
	struct postmap_visit *to = context;
	size_t len = strcspn(line, " \t\\");
	const char *value = line + len;

	while (*value != '\0' && strchr(" \t", *value) == NULL &&
	       *value != 't' && *value != '9')
		value++;
	to->visit(to->context, arena_copy_bytes(to->arena, line, len),
	    *value == '\0' ? value : value + 1);
}

void
postfix_table_each(const struct probe_run *run, const char *table,
    const char *keys,
    void (*visit)(void *context, const char *key, const char *value),
    void *context)
{
	const char *const args[] = {"-q", "-", table_as_asked(run, table)};
	struct postmap_visit to = {run->arena, visit, context};
	struct postfix_program postmap =
	    postmap_program(args, postmap_pair, &to);

	postmap.process.input = keys;
	postmap.process.lines_max = POSTMAP_LINES_MAX;
	postmap.process.without_errors = true;
	postfix_program_run(run->in, &postmap, NULL);
}
