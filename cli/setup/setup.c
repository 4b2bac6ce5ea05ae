/* SPDX-License-Identifier: MIT */
/* `postward setup`: from an installed package to a site that forwards mail. */
#include "setup.h"

#include "output.h"
#include "postfix_command.h"
#include "postfix_wiring.h"

#include "base/str.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As seen from --root. */
static void
setup_name_files(struct setup *s)
{
	struct arena *a = s->in->arena;
	const char *given = s->in->options[OPTION_CONFIG];

	s->config = given == NULL ? settings_default_path : given;
	s->installed = strcmp(s->config, settings_default_path) == 0;
	s->folder = arena_printf(a, "%s/conf.d",
	    dirname(arena_copy_text(a, s->config)));
	s->file = arena_printf(a, "%s/10-setup.conf", s->folder);
}

/* All that follows happens in there: names of users, paths, programs. */
static enum rc
setup_enter_root(const struct setup *s, struct err *err)
{
	const char *root = s->in->options[OPTION_ROOT];

	if (root == NULL)
		return RC_OK;
	return chroot(root) == 0 && chdir("/") == 0
		   ? RC_OK
		   : err_set(err, RC_PERM, "--root %s: %s", root,
			 strerror(errno));
}

/* What is set up already; it must be right before anything is added. */
static enum rc
setup_read_settings(struct setup *s, struct err *err)
{
	return access(s->config, F_OK) != 0
		   ? RC_OK
		   : settings_open(s->config, &s->in->settings, err);
}

/* The file of answers stands outside of the root. */
static int
setup_begin(struct setup *s)
{
	struct err err;
	int status;

	if (setup_read_given(s, &err) != RC_OK) {
		output_wrong(s->in, "%s", err.text);
		return EXIT_USAGE;
	}
	if (setup_enter_root(s, &err) != RC_OK ||
	    setup_read_settings(s, &err) != RC_OK) {
		output_wrong(s->in, "%s", err.text);
		return EXIT_NO;
	}
	status = setup_ask(s);
	if (status == EXIT_DONE &&
	    (s->asked || s->in->options[OPTION_DRY_RUN] != NULL)) {
		printf("\n");
		setup_show(s);
	}
	return status;
}

/* Where Postfix has one of our domains as its own, somebody may have mail
   there: who did not say --yes is asked. */
static void
setup_ask_domains(struct setup *s)
{
	struct postfix_wiring w = {.in = s->in, .looks = true, .lock = -1};
	struct postfix_change plan[POSTFIX_CHANGES_MAX];
	struct err err;
	size_t n;

	if (s->in->options[OPTION_YES] != NULL)
		return;
	if (postfix_command_begin(&w, &err) == RC_OK &&
	    postfix_plan(s->in->arena, &w.facts, plan, &n, &err) != RC_OK &&
	    str_starts(err.text, "mydestination has ")) {
		/* How to say so to a command is of no use here. */
		printf("\n%.*s.\n",
		    (int)(strstr(err.text, ", then add") == NULL
			      ? strlen(err.text)
			      : (size_t)(strstr(err.text, ", then add") -
					 err.text)),
		    err.text);
		if (setup_ask_yes(s, "Shall it be taken out now?"))
			s->in->options[OPTION_YES] = "";
	}
	postfix_command_end(&w);
}

/* What is left to do is not ours to do, or not without being told. */
static int
setup_say_next(struct setup *s)
{
	bool wire = s->in->options[OPTION_POSTFIX] != NULL;
	int status = EXIT_DONE;

	if (s->in->options[OPTION_ROOT] != NULL ||
	    s->in->options[OPTION_NO_START] != NULL)
		return EXIT_DONE;
	if (!wire && s->asked)
		wire = setup_ask_yes(s, "\nShall Postfix be told to ask "
					"Postward (postward postfix enable)?");
	if (wire && s->asked)
		setup_ask_domains(s);
	if (wire)
		status = postfix_enable_run(s->in);
	else
		printf("\nNext: postward postfix enable\n");
	printf("\nThe records to publish (postward dns --check looks whether "
	       "they are there):\n\n");
	dns_run(s->in);
	if (wire && status == EXIT_DONE) {
		printf("\nWhat is left to do (postward check):\n\n");
		fflush(stdout);
		check_run(s->in);
	}
	return status;
}

int
setup_run(struct invocation *in)
{
	struct setup s = {.in = in};
	struct err err;
	enum rc rc;
	int status;

	setup_name_files(&s);
	s.asks = isatty(STDIN_FILENO);
	s.starts = s.installed && in->options[OPTION_ROOT] == NULL &&
		   in->options[OPTION_NO_START] == NULL &&
		   access("/run/systemd/system", F_OK) == 0;
	/* What is closed to others is made so; the rest must be open. */
	umask(022);
	status = setup_begin(&s);
	if (status != EXIT_DONE || in->options[OPTION_DRY_RUN] != NULL)
		return status;
	if (s.asked && !setup_ask_yes(&s, "Go on?"))
		return EXIT_NO;
	rc = setup_do(&s, &err);
	return rc == RC_OK ? setup_say_next(&s) : output_failure(in, rc, &err);
}
