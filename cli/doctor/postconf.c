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

/* What of it cannot be read leaves the rest to be looked at.  option NULL:
   none. */
static const char *
postconf_print(const struct invocation *in, const char *option)
{
	const char *lines;

	return postconf_run(in, &option, option == NULL ? 0 : 1, false, &lines,
		   NULL) == RC_OK
		   ? lines
		   : "";
}

/* Why it does not answer: its last word. */
static enum rc
postconf_failed(const struct invocation *in, enum rc rc, struct err *err)
{
	const char *option = "-x", *lines;
	struct err why;

	if (rc == RC_NONE)
		return rc;
	postconf_run(in, &option, 1, true, &lines, &why);
	return err_set(err, rc, "postconf cannot read main.cf: %s", why.text);
}

enum rc
postconf_view(const struct invocation *in, struct postfix_view **out,
    struct err *err)
{
	const char *option = "-x";
	struct postfix_printed printed;
	enum rc rc =
	    postconf_run(in, &option, 1, false, &printed.parameters, err);

	if (rc != RC_OK)
		return postconf_failed(in, rc, err);
	printed.set = postconf_print(in, NULL);
	printed.master = postconf_print(in, "-M");
	printed.overrides = postconf_print(in, "-Px");
	printed.set_overrides = postconf_print(in, "-P");
	*out = postfix_view_read(in->arena, &printed);
	return RC_OK;
}
