/* SPDX-License-Identifier: MIT */
/* Runs the probes: `postward check`. */
#include "probe.h"

#include "store/db.h"

/* Opens what a need stands for, and says so, or what is wrong. */
static void
doctor_open_store(struct probe_run *run)
{
	const struct settings *s = run->settings;
	struct db *db;
	struct err err;
	enum rc rc = settings_open_store(s, &run->store, &err);

	if (rc == RC_OK)
		rc = store_take(run->store, &db, &err);
	if (rc == RC_OK) {
		store_give(run->store, db);
		report_add(run->report, REPORT_FINE, "store", s->store_url);
		return;
	}
	report_add(run->report, rc == RC_TEMP ? REPORT_RETRY : REPORT_FIX,
	    "store", arena_copy_text(run->arena, err.text));
	store_close(run->store);
	run->store = NULL;
}

static void
doctor_open_dns(struct probe_run *run)
{
	struct err err;

	if (dns_open(&run->settings->resolver, &run->dns, &err) == RC_OK)
		return;
	report_add(run->report, REPORT_RETRY, "resolver",
	    arena_copy_text(run->arena, err.text));
	run->dns = NULL;
}

/* Is there what the probe needs?  What none has needed before is opened. */
static bool
doctor_has_needed(struct probe_run *run, bool tried[PROBE_NEEDS])
{
	enum probe_need need = run->probe->need;
	bool first = !tried[need];

	tried[need] = true;
	switch (need) {
	case PROBE_STORE:
		if (first)
			doctor_open_store(run);
		return run->store != NULL;
	case PROBE_DNS:
		if (first)
			doctor_open_dns(run);
		return run->dns != NULL;
	case PROBE_SETTINGS:
	case PROBE_NEEDS:
		break;
	}
	return true;
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
	bool tried[PROBE_NEEDS] = {false};

	for (size_t i = 0; i < probes_n; i++) {
		run.probe = &probes[i];
		if (doctor_has_needed(&run, tried))
			probes[i].run(&run);
	}
	store_close(run.store);
	dns_close(run.dns);
	return report_print(run.report, in);
}
