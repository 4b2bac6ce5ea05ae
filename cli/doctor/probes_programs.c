/* SPDX-License-Identifier: MIT */
#include "probes_programs.h"

#include "greeting.h"
#include "site_uses.h"

#include "base/str.h"

/* wanted: somebody has to be there. */
static void
probe_socket(const struct probe_run *run, const char *where, bool wanted)
{
	const char *program = run->probe->name;
	struct err err;

	if (!str_starts(where, "unix:") && !str_starts(where, "inet:"))
		return; /* systemd knows */
	if (greeting_knock(run->arena, where, &err) == RC_OK)
		probe_saw(run, REPORT_OK,
		    arena_printf(run->arena, "answers at %s", where));
	else if (wanted)
		probe_saw(run, REPORT_BROKEN,
		    arena_printf(run->arena, "%s: %s; is postward-%s running?",
			where, err.text, program));
}

void
probe_signup(const struct probe_run *run)
{
	probe_socket(run, run->settings->signup.listen,
	    site_uses_form(run->settings));
}

void
probe_policyd(const struct probe_run *run)
{
	const struct config_list listen = run->settings->policyd.listen;

	for (size_t i = 0; i < listen.n; i++)
		probe_socket(run, listen.items[i],
		    site_uses_policyd(run->settings));
}

void
probe_forwarder(const struct probe_run *run)
{
	const struct config_list listen = run->settings->forwarder.listen;

	for (size_t i = 0; i < listen.n; i++)
		probe_socket(run, listen.items[i], true);
}

void
probe_milter(const struct probe_run *run)
{
	probe_socket(run, run->settings->milter.listen, true);
}
