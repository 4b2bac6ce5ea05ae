/* SPDX-License-Identifier: MIT */
#include "postconf.h"

#include "postfix_program.h"

#include "base/str.h"

/* It may wait for a lookup table or a lock that never comes. */
#define POSTCONF_TIMEOUT_MS 10000
#define POSTCONF_LINE_MAX   ((size_t)64 * 1024)
#define POSTCONF_LINES_MAX  20000

static void
postconf_line(void *context, const char *line)
{
	struct str *lines = context;

	str_add(lines, line);
	str_add(lines, "\n");
}

enum rc
postconf_run(const struct invocation *in, const char *const *words, size_t n,
    bool errors, const char **lines, struct err *err)
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
		    .without_errors = !errors,
		    .line = postconf_line,
		    .context = &text,
		},
	};

	enum rc rc;

	str_init(&text, in->arena);
	rc = postfix_program_run(in, &postconf, err);
	*lines = text.text;
	return rc;
}

/* A master.cf that cannot be read leaves main.cf to be looked at. */
enum rc
postconf_view(const struct invocation *in, struct postfix_view **out,
    struct err *err)
{
	static const char *const expanded[] = {"-x"},
				 *const services[] = {"-M"},
				 *const overrides[] = {"-Px"};
	const char *parameters, *master, *own;
	struct err why;

	enum rc rc = postconf_run(in, expanded, 1, false, &parameters, &why);

	if (rc == RC_NONE)
		return err_set(err, rc, "%s", why.text);
	if (rc != RC_OK)
		return err_set(err, rc, "postconf cannot read main.cf: %s",
		    why.text);
	if (postconf_run(in, services, 1, false, &master, NULL) != RC_OK)
		master = "";
	if (postconf_run(in, overrides, 1, false, &own, NULL) != RC_OK)
		own = "";
	*out = postfix_view_read(in->arena, parameters, master, own);
	return RC_OK;
}
