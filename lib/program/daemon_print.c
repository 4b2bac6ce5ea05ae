/* SPDX-License-Identifier: MIT */
#include "program/private/daemon_print.h"

#include "base/config_files.h"
#include "base/str.h"

#include <string.h>

void
daemon_print_files(const struct settings *settings)
{
	struct config_list files = config_files(settings->config);
	struct config_list others = config_passed_over(settings->config);

	for (size_t i = 1; i < files.n; i++)
		printf("%s: included\n", files.items[i]);
	for (size_t i = 0; i < others.n; i++)
		printf("%s: not read: no pattern of include has it\n",
		    str_printable(settings->arena, others.items[i],
			strlen(others.items[i]), SIZE_MAX));
}

void
daemon_print_usage(const struct daemon_program *program, FILE *to)
{
	fprintf(to,
	    "postward-%s - %s\n\n"
	    "usage: postward-%s [-c FILE] [-t] [-V] [-h]\n"
	    "  -c FILE  the configuration (default %s)\n"
	    "  -t       check the configuration as a start would, and exit\n"
	    "  -V       print the version and exit\n"
	    "  -h       print this help and exit\n\n"
	    "The program stays in the foreground.  SIGHUP makes it read the\n"
	    "configuration again; SIGTERM makes it finish what is in flight "
	    "and\n"
	    "exit.  See postward-%s(8).\n",
	    program->name, program->about, program->name, settings_default_path,
	    program->name);
}
