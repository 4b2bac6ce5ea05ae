/* SPDX-License-Identifier: MIT */
/* Runs the probes: `postward check`. */
#include "choice.h"
#include "need_dns.h"
#include "output.h"
#include "postconf.h"
#include "probes_site.h"

#include "store/db.h"

#include <string.h>
#include <unistd.h>

/* What a row needs: opened by the first that does, and by none if --only leaves
   them all out. */
struct need {
	unsigned bit;
	const char *name; /* of the row that tells more of it; or NULL */
	enum rc (*open)(struct probe_run *run, struct err *err);
	bool tried;
	enum rc rc;
	struct err err;
};

static enum rc
need_root(struct probe_run *run, struct err *err)
{
	(void)run;
	return geteuid() == 0 ? RC_OK
			      : err_set(err, RC_NONE, "only root can look");
}

static enum rc
need_store(struct probe_run *run, struct err *err)
{
	struct db *db;
	enum rc rc = settings_open_store(run->settings, &run->store, err);

	if (rc == RC_OK)
		rc = store_take(run->store, &db, err);
	if (rc == RC_OK) {
		store_give(run->store, db);
		return RC_OK;
	}
	store_close(run->store);
	run->store = NULL;
	return rc;
}

static enum rc
need_postfix(struct probe_run *run, struct err *err)
{
	struct postfix_view *view = NULL;
	enum rc rc = postconf_view(run->in, &view, err);

	run->postfix = view;
	return rc;
}

static void
need_try(struct need *need, struct probe_run *run)
{
	if (!need->tried)
		need->rc = need->open(run, &need->err);
	need->tried = true;
}

/* Errors of the store name the command that mends them. */
static void
doctor_cure_named(const struct probe_run *run, const char *words)
{
	static const char *const commands[] = {"store init", "store migrate"};

	for (size_t i = 0; i < 2; i++)
		if (strstr(words, commands[i]) != NULL)
			probe_cure_ours(run, commands[i]);
}

/* The row that stands for the need says what is wrong with it; for all others
   it is the reason why they were not looked at, as it is for that row where
   there is nothing to look at. */
static void
doctor_says_missing(const struct probe_run *run, const struct need *need)
{
	struct arena *a = run->arena;

	if (need->rc != RC_NONE && need->name != NULL &&
	    strcmp(need->name, run->probe->name) == 0) {
		probe_saw(run, run->probe->severity,
		    arena_copy_text(a, need->err.text));
		doctor_cure_named(run, need->err.text);
	} else
		probe_saw(run, REPORT_UNKNOWN,
		    arena_printf(a, "not looked at: %s", need->err.text));
}

static void
doctor_run_row(struct probe_run *run, struct need *needs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((run->probe->need & needs[i].bit) == 0)
			continue;
		need_try(&needs[i], run);
		if (needs[i].rc == RC_OK)
			continue;
		doctor_says_missing(run, &needs[i]);
		return;
	}
	run->probe->run(run);
}

static void
doctor_run_rows(struct probe_run *run, const struct choice *choice)
{
	struct need needs[] = {
	    {.bit = NEED_ROOT, .open = need_root},
	    {.bit = NEED_STORE, .name = "store", .open = need_store},
	    {.bit = NEED_RESOLVERS, .name = "resolver", .open = need_resolvers},
	    {.bit = NEED_DNS, .open = need_dns},
	    {.bit = NEED_RECORDS, .open = need_records},
	    {.bit = NEED_POSTFIX, .name = "postfix", .open = need_postfix},
	};

	for (size_t g = 0; g < probe_groups_n; g++) {
		run->group = &probe_groups[g];
		for (size_t i = 0; i < *run->group->n; i++) {
			run->probe = &run->group->probes[i];
			if (choice_has(choice, run->group, run->probe))
				doctor_run_row(run, needs,
				    sizeof(needs) / sizeof(*needs));
		}
	}
}

/* Metrics that cannot be written are something that a monitoring system cannot
   look at. */
static int
doctor_tell(const struct report *report, const struct invocation *in)
{
	const char *path = in->options[OPTION_METRICS];
	int status = report_print(report, in);
	struct err err;

	if (path == NULL ||
	    report_write_metrics(report, in->arena, path, &err) == RC_OK)
		return status;
	output_wrong(in, "%s", err.text);
	return status == EXIT_DONE ? EXIT_UNKNOWN : status;
}

int
check_run(struct invocation *in)
{
	struct probe_run run = {
	    .in = in,
	    .settings = in->settings,
	    .arena = in->arena,
	    .report = report_new(in->arena),
	};
	struct choice choice;

	if (in->options[OPTION_LIST] != NULL)
		return choice_list(in);
	if (in->options[OPTION_EXPLAIN] != NULL)
		return choice_explain(in);
	if (!choice_read(&choice, in))
		return EXIT_USAGE;
	doctor_run_rows(&run, &choice);
	store_close(run.store);
	need_records_close(&run);
	dns_close(run.dns);
	return doctor_tell(run.report, in);
}

/* Nothing can be looked at without it. */
int
check_unreadable(struct invocation *in, const char *why)
{
	struct probe_run run = {
	    .in = in,
	    .arena = in->arena,
	    .report = report_new(in->arena),
	    .group = &probe_groups[0],
	    .probe = &site_probes[0],
	};

	if (in->options[OPTION_LIST] != NULL)
		return choice_list(in);
	if (in->options[OPTION_EXPLAIN] != NULL)
		return choice_explain(in);
	probe_configuration_unreadable(&run, why);
	/* Who reads has been told already, in one line. */
	return in->options[OPTION_JSON] != NULL ||
		       in->options[OPTION_METRICS] != NULL
		   ? doctor_tell(run.report, in)
		   : report_status(run.report);
}
