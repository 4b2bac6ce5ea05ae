/* SPDX-License-Identifier: MIT */
#include "postfix_tables.h"

#include "postfix_list.h"
#include "postfix_program.h"
#include "postfix_view.h"

#include "base/file.h"
#include "base/str.h"

#include <string.h>

#define POSTMAP_TIMEOUT_MS 10000
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
	struct arena *a = run->arena;

	while (str_starts(table, "proxy:"))
		table += strlen("proxy:");
	if (str_starts(table, unix_map) && table[strlen(unix_map)] != '/')
		return arena_printf(a, "%s%s/%s", unix_map,
		    postfix_text(run->postfix, a, "queue_directory"),
		    table + strlen(unix_map));
	return table;
}

enum rc
postfix_table_look_up(void *context, const char *table, const char *key,
    const char **value)
{
	const struct probe_run *run = context;
	const char *const args[] = {
	    "-q", key, *table == '/' ? table : table_as_asked(run, table)};
	struct postmap_answer answer = {run->arena, value};
	const struct postfix_program postmap = {
	    .name = "postmap",
	    .folder = "-c",
	    .args = args,
	    .n_args = 3,
	    .process =
		{
		    .timeout_ms = POSTMAP_TIMEOUT_MS,
		    .lines_max = 1,
		    .line_max = 4096,
		    .without_errors = true,
		    .line = postmap_line,
		    .context = &answer,
		},
	};

	if (*table == '/')
		return file_look_up(run, table, key, value);
	*value = NULL;
	return postfix_program_run(run->in, &postmap, NULL) == RC_OK &&
		       *value != NULL
		   ? RC_OK
		   : RC_NONE;
}
