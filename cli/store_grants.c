/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "output.h"

#include "base/str.h"
#include "store/grants.h"
#include "store/mariadb_url.h"

#include <stdio.h>
#include <string.h>

static const char scheme[] = "mariadb://";

static bool
is_program(const char *name)
{
	for (const char *const *p = grants_programs; *p != NULL; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

static int
grants_wrong(const struct invocation *in, const char *option, const char *value,
    const char *expected)
{
	output_wrong(in, "--%s %s: expected %s", option, value, expected);
	return EXIT_USAGE;
}

/* Over a socket everybody is at localhost. */
static const char *
grants_host(const struct invocation *in, const struct mariadb_url *url)
{
	const char *given = in->options[OPTION_HOST];

	if (given != NULL)
		return given;
	return url->socket != NULL ? "localhost" : "%";
}

/* That of cli first: it makes the tables that the others are about. */
static void
grants_print(const struct invocation *in, const struct mariadb_url *url,
    const char *program)
{
	const char *given = in->options[OPTION_USER];
	const char *user =
	    given != NULL ? given
			  : arena_printf(in->arena, "postward_%s", program);

	fputs(grants_text(in->arena, program, url->database, user,
		  grants_host(in, url)),
	    stdout);
}

int
store_grants(struct invocation *in)
{
	const char *url = in->settings->store_url;
	const char *only = in->options[OPTION_PROGRAM];
	const char *user = in->options[OPTION_USER];
	const char *host = in->options[OPTION_HOST];
	struct mariadb_url read;
	struct err err;

	if (only != NULL && !is_program(only))
		return grants_wrong(in, "program", only,
		    "policyd, forwarder, milter, mailer, signup or cli");
	if (user != NULL && !grants_name_valid(user))
		return grants_wrong(in, "user", user, "a name of MariaDB");
	if (host != NULL && !grants_name_valid(host))
		return grants_wrong(in, "host", host, "a host, or %");
	if (!str_starts(url, scheme)) {
		err_set(&err, RC_PERM,
		    "%s: no MariaDB: who may write the file may do all", url);
		return output_failure(in, RC_PERM, &err);
	}
	mariadb_url_read(in->arena, url + strlen(scheme), &read);
	if (only != NULL) {
		grants_print(in, &read, only);
		return EXIT_DONE;
	}
	grants_print(in, &read, "cli");
	for (const char *const *p = grants_programs; *p != NULL; p++)
		if (strcmp(*p, "cli") != 0)
			grants_print(in, &read, *p);
	return EXIT_DONE;
}
