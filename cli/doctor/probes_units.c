/* SPDX-License-Identifier: MIT */
/* What systemd says of our programs, and of those beside them. */
#include "probes_machine.h"

#include "site_files.h"
#include "site_uses.h"
#include "unit_state.h"

#include "base/str.h"

#include <string.h>

struct unit {
	const char *name;
	bool (*used)(const struct settings *s); /* NULL: always */
};

static const struct unit ours[] = {
    {"postward-policyd.service", site_uses_policyd},
    {"postward-forwarder.service", NULL},
    {"postward-milter.service", NULL},
    {"postward-mailer.service", site_uses_mail},
    {"postward-signup.service", site_uses_form},
    {"postward-provision.timer", site_uses_provision},
};

/* Which of them this site needs, the other checks know. */
static const char *const beside[] = {"postfix.service", "unbound.service",
    "named.service", "nginx.service", "caddy.service", "apache2.service",
    "mariadb.service"};

#define OURS   (sizeof(ours) / sizeof(*ours))
#define BESIDE (sizeof(beside) / sizeof(*beside))

static bool
unit_will_start(const struct unit_state *unit)
{
	return strcmp(unit->enabled, "enabled") == 0;
}

static bool
unit_is_masked(const struct unit_state *unit)
{
	return strcmp(unit->load, "masked") == 0 ||
	       str_starts(unit->enabled, "masked");
}

static void
unit_cure_unmask(const struct probe_run *run, const struct unit_state *unit)
{
	if (unit_is_masked(unit))
		probe_cure(run, "systemctl unmask %s%s",
		    str_ends_fold(unit->enabled, "-runtime") ? "--runtime "
							     : "",
		    unit->name);
}

/* Why it does not run, and what starts it. */
static void
unit_is_down(const struct probe_run *run, const struct unit_state *unit)
{
	struct arena *a = run->arena;
	bool masked = unit_is_masked(unit);
	bool failed =
	    unit->result[0] != '\0' && strcmp(unit->result, "success") != 0;

	if (strcmp(unit->load, "not-found") == 0) {
		probe_wrong(run, unit->name, "systemd has no such unit");
		return;
	}
	probe_wrong(run, unit->name,
	    arena_printf(a, "it is %s%s%s%s%s%s", unit->active,
		masked ? ", and masked: nothing can start it" : "",
		failed ? ", result: " : "", failed ? unit->result : "",
		failed ? "; see journalctl -u " : "",
		failed ? unit->name : ""));
	unit_cure_unmask(run, unit);
	if (strcmp(unit->active, "failed") == 0)
		probe_cure(run, "systemctl reset-failed %s", unit->name);
	probe_cure(run, "systemctl enable --now %s", unit->name);
}

static bool
unit_is_not_enabled(const struct probe_run *run, const struct unit_state *unit,
    const char *after)
{
	if (unit_will_start(unit))
		return false;
	probe_saw_of(run, REPORT_WARNING, unit->name,
	    arena_printf(run->arena,
		"it runs, but is %s: after a restart of the machine %s",
		unit_is_masked(unit) ? "masked" : "not enabled", after));
	unit_cure_unmask(run, unit);
	probe_cure(run, "systemctl enable %s", unit->name);
	return true;
}

static bool
unit_has_restarted(const struct probe_run *run, const struct unit_state *unit)
{
	if (unit->restarts == 0)
		return false;
	probe_saw_of(run, REPORT_WARNING, unit->name,
	    arena_printf(run->arena,
		"systemd has restarted it %ld times: journalctl -u %s tells "
		"why",
		unit->restarts, unit->name));
	/* Where somebody has looked, the count begins anew. */
	probe_cure(run, "systemctl reset-failed %s", unit->name);
	return true;
}

static bool
unit_is_stale(const struct probe_run *run, const struct unit_state *unit)
{
	if (!unit->is_stale)
		return false;
	probe_saw_of(run, REPORT_WARNING, unit->name,
	    "its file was changed, and systemd has not read it");
	probe_cure(run, "systemctl daemon-reload");
	probe_cure(run, "systemctl restart %s", unit->name);
	return true;
}

static bool
probe_unit(const struct probe_run *run, const struct unit_state *unit)
{
	if (strcmp(unit->active, "active") != 0 &&
	    strcmp(unit->active, "reloading") != 0) {
		unit_is_down(run, unit);
		return true;
	}
	return unit_is_not_enabled(run, unit, "all mail waits") ||
	       unit_has_restarted(run, unit) || unit_is_stale(run, unit);
}

/* Only what runs now, and will not: if that is wanted, it is no great loss to
   be told. */
static bool
probe_unit_beside(const struct probe_run *run, const struct unit_state *unit)
{
	return strcmp(unit->active, "active") == 0 &&
	       (strcmp(unit->enabled, "disabled") == 0 ||
		   unit_is_masked(unit)) &&
	       unit_is_not_enabled(run, unit, "it is missing");
}

static bool
units_are_known(const struct probe_run *run, const char *const *names, size_t n,
    struct unit_state *states)
{
	if (!unit_states_are_known()) {
		probe_saw(run, REPORT_NOTE,
		    "not looked at: systemd does not run here");
		return false;
	}
	if (unit_states_read(run->arena, names, n, states))
		return true;
	probe_saw(run, REPORT_UNKNOWN,
	    "not looked at: systemctl does not answer");
	return false;
}

/* The names of ours that this site uses. */
static size_t
units_used(const struct probe_run *run, const char **names)
{
	size_t n = 0;

	for (size_t i = 0; i < OURS; i++)
		if (ours[i].used == NULL || ours[i].used(run->settings))
			names[n++] = ours[i].name;
	return n;
}

void
probe_units(const struct probe_run *run)
{
	const char *names[OURS + BESIDE];
	struct unit_state states[OURS + BESIDE];
	size_t n = units_used(run, names);
	bool wrong = false;

	memcpy(names + n, beside, sizeof(beside));
	if (!units_are_known(run, names, n + BESIDE, states))
		return;
	for (size_t i = 0; i < n; i++)
		wrong |= probe_unit(run, &states[i]);
	for (size_t i = n; i < n + BESIDE; i++)
		wrong |= probe_unit_beside(run, &states[i]);
	if (!wrong)
		probe_saw(run, REPORT_OK, "they run, and will after a restart");
}

/* ---- configuration-loaded */

/* As programs say it to systemd (lib/program/daemon.c). */
static const char stays[] = "The old configuration stays: ";

static bool
probe_unit_loaded(const struct probe_run *run, const struct unit_state *unit)
{
	const char *newer;

	if (str_starts(unit->status, stays))
		probe_wrong(run, unit->name,
		    arena_printf(run->arena,
			"it was told to read the configuration again, and "
			"could not: %s",
			unit->status + strlen(stays)));
	else if ((newer = site_files_newer(run->settings, run->arena,
		      unit->changed, strstr(unit->name, "milter") != NULL)) !=
		 NULL)
		probe_wrong(run, unit->name,
		    arena_printf(run->arena,
			"%s was changed, and it has not read it since", newer));
	else
		return false;
	probe_cure(run, "systemctl reload %s", unit->name);
	return true;
}

void
probe_configuration_loaded(const struct probe_run *run)
{
	const char *names[OURS];
	struct unit_state states[OURS];
	size_t n = units_used(run, names);
	bool wrong = false;

	if (!units_are_known(run, names, n, states))
		return;
	for (size_t i = 0; i < n; i++)
		if (strstr(states[i].name, ".service") != NULL &&
		    strcmp(states[i].active, "active") == 0)
			wrong |= probe_unit_loaded(run, &states[i]);
	if (!wrong)
		probe_saw(run, REPORT_OK,
		    "the programs have read what is written");
}
