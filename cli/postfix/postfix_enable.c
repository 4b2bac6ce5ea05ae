/* SPDX-License-Identifier: MIT */
/* `postward postfix enable`: Postfix asks Postward, or is as it was. */
#include "postfix_ask.h"
#include "postfix_command.h"
#include "postfix_record.h"

#include "greeting.h"
#include "output.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PROGRAMS_PATIENCE 20 /* half seconds, while they start */

struct enabling {
	struct postfix_wiring *w;
	struct postfix_change plan[POSTFIX_CHANGES_MAX];
	size_t n;
	bool adds_service;
	bool ran; /* before we came */
	struct postfix_record record;
};

/* ---- what is to be done */

static enum rc
enabling_plan(struct enabling *e, struct err *err)
{
	bool there;
	enum rc rc = postfix_wiring_conflicts(e->w, err);

	if (rc == RC_OK)
		rc = postfix_plan(e->w->in->arena, &e->w->facts, e->plan, &e->n,
		    err);
	if (rc == RC_OK)
		rc = postfix_wiring_service(e->w, &there, err);
	e->adds_service = rc == RC_OK && e->w->service != NULL && !there;
	return rc;
}

static void
enabling_print_command(const struct enabling *e, const char *option,
    const char *text)
{
	const char *folder = e->w->in->options[OPTION_POSTFIX_CONFIG];

	printf("postconf%s%s %s %s\n", folder == NULL ? "" : " -c ",
	    folder == NULL ? "" : postfix_command_quoted(e->w->in, folder),
	    option, postfix_command_quoted(e->w->in, text));
}

static void
enabling_print_commands(const struct enabling *e)
{
	for (size_t i = 0; i < e->n; i++)
		enabling_print_command(e, "-e",
		    arena_printf(e->w->in->arena, "%s = %s", e->plan[i].name,
			e->plan[i].after));
	if (e->adds_service)
		enabling_print_command(e, "-Me", e->w->service_line);
	if (e->n > 0 || e->adds_service)
		printf("postfix reload\n");
	else
		printf("# nothing is to be changed\n");
}

static void
enabling_print_plan(const struct enabling *e)
{
	struct arena *a = e->w->in->arena;

	for (size_t i = 0; i < e->n; i++) {
		const struct postfix_change *c = &e->plan[i];

		printf("%s = %s\n    %s\n", c->name, output_shown(a, c->after),
		    c->why);
		if (c->before != NULL)
			printf("    before: %s\n", output_shown(a, c->before));
	}
	if (e->adds_service)
		printf("%s in master.cf\n    takes our own mail\n",
		    e->w->service);
}

/* ---- before anything is changed */

static enum rc
enabling_knock(const struct enabling *e, enum postfix_part part,
    const char *program, struct err *err)
{
	const struct timespec pause = {.tv_nsec = 500 * 1000000L};
	const char *listen = e->w->facts.parts[part].listen[0];
	struct err why;
	enum rc rc = RC_TEMP;

	for (int i = 0; rc != RC_OK && i < PROGRAMS_PATIENCE; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		rc = greeting_knock(e->w->in->arena, listen, &why);
	}
	return rc == RC_OK
		   ? RC_OK
		   : err_set(err, RC_TEMP,
			 "postward-%s does not answer (%s), so that all "
			 "mail would wait: systemctl start postward-%s",
			 program, why.text, program);
}

static enum rc
enabling_programs(const struct enabling *e, struct err *err)
{
	enum rc rc =
	    enabling_knock(e, POSTFIX_PART_FORWARDER, "forwarder", err);

	if (rc == RC_OK)
		rc = enabling_knock(e, POSTFIX_PART_MILTER, "milter", err);
	if (rc == RC_OK && e->w->facts.policyd)
		rc = enabling_knock(e, POSTFIX_PART_POLICYD, "policyd", err);
	return rc;
}

/* ---- the change */

/* What a change that was broken off has recorded stays: its `before` is what
   was there first. */
static void
enabling_record(struct enabling *e)
{
	struct postfix_record *r = &e->record;

	for (size_t i = 0; i < e->n; i++) {
		size_t k = 0;

		while (k < r->n &&
		       strcmp(r->changes[k].name, e->plan[i].name) != 0)
			k++;
		if (k == sizeof(r->changes) / sizeof(*r->changes))
			continue;
		if (k == r->n)
			r->changes[r->n++] = e->plan[i];
		else if (!postfix_command_same(r->changes[k].before,
			     e->plan[i].before))
			r->changes[k].before = e->plan[i].before;
		r->changes[k].after = e->plan[i].after;
	}
	if (e->adds_service)
		r->service = e->w->service;
}

static enum rc
enabling_edit(struct enabling *e, struct err *err)
{
	struct postfix_edit edits[POSTFIX_CHANGES_MAX];
	enum rc rc = RC_OK;

	for (size_t i = 0; i < e->n; i++)
		edits[i] =
		    (struct postfix_edit){e->plan[i].name, e->plan[i].after};
	if (e->adds_service)
		rc = postfix_wiring_add_service(e->w, e->w->service,
		    e->w->service_line, err);
	if (rc == RC_OK)
		rc = postfix_wiring_edit(e->w, edits, e->n, err);
	return rc == RC_OK ? postfix_record_keep_ours(e->w, &e->record, err)
			   : rc;
}

static enum rc
enabling_try(struct enabling *e, struct err *err)
{
	enum rc rc = postfix_command_check(e->w, err);

	if (rc != RC_OK || e->w->offline)
		return rc;
	rc = postfix_wiring_reload(e->w, err);
	return rc == RC_OK ? postfix_ask(e->w, err) : rc;
}

/* Says what was wrong, and that all is as before. */
static void
enabling_roll_back(struct enabling *e, struct err *err)
{
	struct err why;
	enum rc rc;

	output_wrong(e->w->in, "%s", err->text);
	rc = postfix_command_undo(e->w, &e->record, &why);
	if (rc == RC_OK && !e->w->offline)
		rc = e->ran ? postfix_wiring_reload(e->w, &why)
			    : postfix_wiring_stop(e->w, &why);
	if (rc == RC_OK)
		err_set(err, RC_PERM, "Postfix is as it was before");
	else
		err_set(err, RC_TEMP,
		    "and Postfix cannot be put back: %s; the files of before "
		    "are in %s",
		    why.text, e->record.folder);
}

static enum rc
enabling_change(struct enabling *e, struct err *err)
{
	bool changes = e->n > 0 || e->adds_service;
	enum rc rc = RC_OK;

	enabling_print_plan(e);
	enabling_record(e);
	if (changes)
		rc = postfix_record_write(e->w, &e->record, err);
	if (rc == RC_OK && changes)
		rc = enabling_edit(e, err);
	if (rc == RC_OK)
		rc = enabling_try(e, err);
	if (rc == RC_OK || !changes)
		return rc;
	enabling_roll_back(e, err);
	return RC_PERM;
}

static void
enabling_say_notes(const struct enabling *e)
{
	const char *notes[8];
	size_t n = postfix_plan_notes(e->w->in->arena, &e->w->facts, notes, 8);

	for (size_t i = 0; i < n; i++)
		printf("Look at %s\n", notes[i]);
}

static enum rc
enabling_run(struct enabling *e, struct err *err)
{
	enum rc rc = postfix_command_check(e->w, err);

	if (rc == RC_OK)
		rc = enabling_plan(e, err);
	if (rc != RC_OK)
		return rc;
	if (e->w->in->options[OPTION_DRY_RUN] != NULL) {
		enabling_print_commands(e);
		return RC_OK;
	}
	rc = postfix_record_read(e->w, &e->record, err);
	if (rc == RC_OK || rc == RC_NONE)
		rc = e->w->offline ? RC_OK : enabling_programs(e, err);
	e->ran = !e->w->offline && postfix_wiring_runs(e->w);
	if (rc == RC_OK)
		rc = enabling_change(e, err);
	if (rc != RC_OK)
		return rc;
	printf("%s\n", e->n > 0 || e->adds_service
			   ? "Postfix asks Postward."
			   : "Postfix asks Postward already: nothing changed.");
	enabling_say_notes(e);
	return RC_OK;
}

int
postfix_enable_run(struct invocation *in)
{
	struct postfix_wiring w = {.in = in};
	struct enabling e = {.w = &w};
	struct err err;
	enum rc rc = postfix_command_begin(&w, &err);

	if (rc == RC_OK && w.facts.n_domains == 0)
		rc = err_set(&err, RC_PERM,
		    "there is no domain yet; first: postward setup");
	if (rc == RC_OK)
		rc = enabling_run(&e, &err);
	postfix_command_end(&w);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}
