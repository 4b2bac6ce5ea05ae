/* SPDX-License-Identifier: MIT */
#include "program/mail_server.h"

#include "base/process.h"
#include "base/str.h"

#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS ((int64_t)10 * 1000)

#define EIGHT_BIT "disable_mime_output_conversion"
#define LONG_LINE "smtp_line_length_limit"

static void
mail_server_line(void *context, const char *line)
{
	struct str *lines = context;

	str_add(lines, line);
	str_add(lines, "\n");
}

static bool
has_line(const char *lines, const char *line)
{
	size_t len = strlen(line);

	for (; *lines != '\0'; lines += lines[0] == '\n') {
		if (strncmp(lines, line, len) == 0 &&
		    (lines[len] == '\n' || lines[len] == '\0'))
			return true;
		lines += strcspn(lines, "\n");
	}
	return false;
}

struct survival_server
mail_server_read(const char *lines)
{
	return (struct survival_server){
	    .known = strstr(lines, EIGHT_BIT " =") != NULL &&
		     strstr(lines, LONG_LINE " =") != NULL,
	    .keeps_eight_bit = has_line(lines, EIGHT_BIT " = yes"),
	    .keeps_long_lines = has_line(lines, LONG_LINE " = 0"),
	};
}

struct survival_server
mail_server_ask(struct arena *a)
{
	const char *argv[] = {
	    process_find(a, "postconf"), "-x", EIGHT_BIT, LONG_LINE};
	struct str lines;
	const struct process postconf = {
	    .argv = argv,
	    .n_argv = sizeof(argv) / sizeof(*argv),
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = TIMEOUT_MS,
	    .lines_max = 10,
	    .line_max = 1000,
	    .without_errors = true,
	    .line = mail_server_line,
	    .context = &lines,
	};
	struct err err;

	str_init(&lines, a);
	if (argv[0] == NULL || process_run(a, &postconf, &err) != RC_OK)
		return (struct survival_server){0};
	return mail_server_read(lines.text);
}
