/* SPDX-License-Identifier: MIT */
#include "postconf.h"

#include "postfix_program.h"

#include "base/str.h"

#include <string.h>

/* It may wait for a lookup table or a lock that never comes. */
#define POSTCONF_TIMEOUT_MS 10000
#define POSTCONF_LINE_MAX   ((size_t)64 * 1024)
#define POSTCONF_LINES_MAX  1000

#define BLANKS " \t"

/* The fields of a line of master.cf (master(5)). */
enum master_field {
	MASTER_CHROOT = 4,
	MASTER_COMMAND = 7,
	MASTER_FIELDS
};

static void
postconf_line(void *context, const char *line)
{
	struct str *lines = context;

	str_add(lines, line);
	str_add(lines, "\n");
}

/* words: what it is asked. */
static enum rc
postconf_run(const struct invocation *in, const char *const *words, size_t n,
    const char **lines, struct err *err)
{
	struct str text;
	const struct postfix_program postconf = {
	    .name = "postconf",
	    .folder = "-c",
	    .args = words,
	    .n_args = n,
	    .process =
		{
		    .timeout_ms = POSTCONF_TIMEOUT_MS,
		    .lines_max = POSTCONF_LINES_MAX,
		    .line_max = POSTCONF_LINE_MAX,
		    .without_errors = true,
		    .line = postconf_line,
		    .context = &text,
		},
	};

	str_init(&text, in->arena);
	if (postfix_program_run(in, &postconf, err) != RC_OK)
		return RC_NONE;
	*lines = text.text;
	return RC_OK;
}

enum rc
postconf_parameters(const struct invocation *in, const char *const *names,
    size_t n, const char **lines, struct err *err)
{
	const char **words = arena_take_array(in->arena, n + 1, sizeof(*words));
	struct err why;

	words[0] = "-x";
	for (size_t i = 0; i < n; i++)
		words[1 + i] = names[i];
	return postconf_run(in, words, n + 1, lines, &why) == RC_OK
		   ? RC_OK
		   : err_set(err, RC_NONE,
			 "postconf cannot read main.cf, so its settings were "
			 "not looked at: %s",
			 why.text);
}

const char *
postconf_value(struct arena *a, const char *lines, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = lines; *line != '\0';) {
		size_t line_len = strcspn(line, "\n");

		if (strncmp(line, name, len) == 0 &&
		    strncmp(line + len, " =", 2) == 0) {
			const char *value = line + len + 2;

			value += *value == ' ';
			return arena_copy_bytes(a, value,
			    (size_t)(line + line_len - value));
		}
		line += line_len + (line[line_len] == '\n');
	}
	return NULL;
}

/* Splits a line of master.cf in place; false: it has fewer fields. */
static bool
master_fields(char *line, const char *fields[MASTER_FIELDS])
{
	for (size_t i = 0; i < MASTER_FIELDS; i++) {
		line += strspn(line, BLANKS);
		if (*line == '\0')
			return false;
		fields[i] = line;
		line += strcspn(line, BLANKS);
		if (*line != '\0')
			*line++ = '\0';
	}
	return true;
}

static bool
is_parameter_among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

bool
postconf_is_chrooted(const struct invocation *in, const char *const *programs,
    size_t n)
{
	const char *option = "-M", *lines = "", *fields[MASTER_FIELDS];

	if (postconf_run(in, &option, 1, &lines, NULL) != RC_OK)
		return true;
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (master_fields(arena_copy_bytes(in->arena, lines, len),
			fields) &&
		    is_parameter_among(fields[MASTER_COMMAND], programs, n) &&
		    strcmp(fields[MASTER_CHROOT], "y") == 0)
			return true;
		lines += len + (lines[len] == '\n');
	}
	return false;
}
