/* SPDX-License-Identifier: MIT */
/* `postward postfix disable` and `status`. */
#include "postfix_command.h"

#include "output.h"

#include <stdio.h>
#include <string.h>

static void
disable_print(const struct postfix_wiring *w, const struct postfix_record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct postfix_change *c = &r->changes[i];

		if (!postfix_command_same(postfix_wiring_raw(w, c->name),
			c->after))
			printf("# %s was changed since\n", c->name);
		else if (c->before == NULL)
			printf("postconf -X %s\n", c->name);
		else
			printf("postconf -e %s\n",
			    postfix_command_quoted(w->in,
				arena_printf(w->in->arena, "%s = %s", c->name,
				    c->before)));
	}
	if (r->service != NULL)
		printf("postconf -MX %s\n", r->service);
	printf("postfix reload\n");
}

static enum rc
disable_run(struct postfix_wiring *w, struct err *err)
{
	struct postfix_record record;
	bool runs;
	enum rc rc = postfix_record_read(w, &record, err);

	if (rc == RC_NONE) {
		printf("Postfix was not changed by postward postfix enable: "
		       "there is nothing to undo.\n");
		return RC_OK;
	}
	if (rc == RC_OK && w->in->options[OPTION_DRY_RUN] != NULL) {
		disable_print(w, &record);
		return RC_OK;
	}
	runs = !w->offline && postfix_wiring_runs(w);
	if (rc == RC_OK)
		rc = postfix_command_undo(w, &record, err);
	if (rc == RC_OK && runs)
		rc = postfix_wiring_reload(w, err);
	if (rc == RC_OK)
		printf("Postfix no longer asks Postward.\n");
	return rc;
}

int
postfix_disable_run(struct invocation *in)
{
	struct postfix_wiring w = {.in = in, .undoes = true};
	struct err err;
	enum rc rc = postfix_command_begin(&w, &err);

	if (rc == RC_OK)
		rc = disable_run(&w, &err);
	postfix_command_end(&w);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

/* ---- status */

static const struct postfix_change *
status_change(const struct postfix_change *changes, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(changes[i].name, name) == 0)
			return &changes[i];
	return NULL;
}

/* What became of a parameter that we have set. */
static const char *
status_word(const struct postfix_wiring *w, const struct postfix_change *c)
{
	const char *now = postfix_wiring_raw(w, c->name);

	return postfix_command_same(now, c->after)    ? "ours"
	       : postfix_command_same(now, c->before) ? "as before"
						      : "changed";
}

/* A line of the answer: a parameter or a service, what it is, and whether it is
   missing as it should be. */
struct status_line {
	const char *name, *word; /* word NULL: nothing of ours was ever there */
	bool missing;
};

/* As many as record and plan have, and one for our service; returns n. */
static size_t
status_lines(const struct postfix_wiring *w, const struct postfix_record *r,
    const struct postfix_change *plan, size_t n_plan, struct status_line *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		out[n++] = (struct status_line){r->changes[i].name,
		    status_word(w, &r->changes[i]),
		    status_change(plan, n_plan, r->changes[i].name) != NULL};
	for (size_t i = 0; i < n_plan; i++)
		if (status_change(r->changes, r->n, plan[i].name) == NULL)
			out[n++] =
			    (struct status_line){plan[i].name, NULL, true};
	return n;
}

static void
status_print(const struct status_line *lines, size_t n, bool wired)
{
	for (size_t i = 0; i < n; i++)
		printf("%-32s %s%s%s\n", lines[i].name,
		    lines[i].word == NULL ? "" : lines[i].word,
		    lines[i].word != NULL && lines[i].missing ? ", " : "",
		    lines[i].missing ? "missing" : "");
	printf("%s\n", wired ? "Postfix asks Postward."
			     : "Postfix does not ask Postward as it should; "
			       "run: postward postfix enable");
}

static void
status_print_json(const struct status_line *lines, size_t n, bool wired)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *rows = cJSON_AddArrayToObject(json, "parts");

	cJSON_AddBoolToObject(json, "wired", wired);
	for (size_t i = 0; i < n; i++) {
		cJSON *row = cJSON_CreateObject();

		output_member(row, "name", lines[i].name);
		output_member(row, "state", lines[i].word);
		cJSON_AddBoolToObject(row, "missing", lines[i].missing);
		cJSON_AddItemToArray(rows, row);
	}
	output_json(json);
}

static enum rc
status_run(struct postfix_wiring *w, bool *wired, struct err *err)
{
	struct postfix_change plan[POSTFIX_CHANGES_MAX];
	struct status_line lines[2 * POSTFIX_CHANGES_MAX + 1];
	struct postfix_record record = {0};
	bool there;
	size_t n, n_lines;
	enum rc rc = postfix_record_read(w, &record, err);

	if (rc != RC_OK && rc != RC_NONE)
		record.n = 0; /* who is not root sees no record */
	/* What would be refused is told by enable. */
	w->facts.takes_domains = true;
	rc = postfix_plan(w->in->arena, &w->facts, plan, &n, err);
	if (rc == RC_OK)
		rc = postfix_wiring_service(w, &there, err);
	if (rc != RC_OK)
		return rc;
	n_lines = status_lines(w, &record, plan, n, lines);
	if (w->service != NULL)
		lines[n_lines++] = (struct status_line){w->service,
		    !there                   ? NULL
		    : record.service != NULL ? "ours"
					     : "there",
		    !there};
	*wired = n == 0 && (w->service == NULL || there);
	if (w->in->options[OPTION_JSON] != NULL)
		status_print_json(lines, n_lines, *wired);
	else
		status_print(lines, n_lines, *wired);
	return RC_OK;
}

int
postfix_status_run(struct invocation *in)
{
	struct postfix_wiring w = {.in = in, .looks = true};
	bool wired = false;
	struct err err;
	enum rc rc = postfix_command_begin(&w, &err);

	if (rc == RC_OK)
		rc = status_run(&w, &wired, &err);
	postfix_command_end(&w);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	return wired ? EXIT_DONE : EXIT_NO;
}
