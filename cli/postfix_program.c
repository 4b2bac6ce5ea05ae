/* SPDX-License-Identifier: MIT */
#include "postfix_program.h"

#include <stdlib.h>
#include <unistd.h>

/* Programs are run in another folder than ours. */
static const char *
whole_path(struct arena *a, const char *folder)
{
	char *whole = realpath(folder, NULL);
	const char *copy = whole == NULL ? folder : arena_copy_text(a, whole);

	free(whole);
	return copy;
}

enum rc
postfix_program_run(const struct invocation *in,
    const struct postfix_program *program, struct err *err)
{
	struct arena *a = in->arena;
	const char *folder = in->options[OPTION_POSTFIX_CONFIG];
	const char **argv =
	    arena_take_array(a, program->n_args + 4, sizeof(*argv));
	struct process process = program->process;

	argv[process.n_argv++] = process_find(a, program->name);
	if (argv[0] == NULL)
		return err_set(err, RC_NONE,
		    "there is no %s: is Postfix installed?", program->name);
	if (folder != NULL) {
		argv[process.n_argv++] = program->folder;
		argv[process.n_argv++] = whole_path(a, folder);
	}
	for (size_t i = 0; i < program->n_args; i++)
		argv[process.n_argv++] = program->args[i];
	process.argv = argv;
	process.env = (const char *const *)environ;
	if (process.input == NULL)
		process.input = "";
	return process_run(a, &process, err);
}
