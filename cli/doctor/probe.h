/* SPDX-License-Identifier: MIT */
/*
 * probe - one thing that `postward check` looks at: a row of the table in
 * probes.c.
 *
 *	{"outbox", PROBE_STORE, probe_outbox},
 *
 * A probe looks, and says what it saw; it changes nothing.  The functions of
 * the rows stand in probes_*.c, by subject, and know one another as little as
 * the runner (doctor.c): all that they share is below.
 */
#pragma once

#include "report.h"

#include "net/dns.h"

/* What has to be open before a probe can run.  What cannot be opened is
   reported by the runner, once, and the probe is left out. */
enum probe_need {
	PROBE_SETTINGS, /* nothing but them */
	PROBE_STORE,
	PROBE_DNS,
	PROBE_NEEDS /* their number */
};

struct probe_run {
	const struct probe *probe; /* the row */
	const struct invocation *in;
	const struct settings *settings; /* of it */
	struct arena *arena;             /* of it */
	struct report *report;
	struct store *store; /* those that are needed; else perhaps NULL */
	struct dns *dns;
};

struct probe {
	const char *name; /* what its lines are about: "outbox" */
	enum probe_need need;
	void (*run)(const struct probe_run *run);
};

/* In the order in which they run and report. */
extern const struct probe probes[];
extern const size_t probes_n;

/* A line about the probe's name; about something else: report_add. */
void probe_saw(const struct probe_run *run, enum report_state state,
    const char *words);

/* probes_site.c: is it set up? */
void probe_configuration(const struct probe_run *run);
void probe_domains(const struct probe_run *run);
void probe_postmaster(const struct probe_run *run);
void probe_srs(const struct probe_run *run);

/* probes_members.c: how newcomers ask and are written to */
void probe_codes(const struct probe_run *run);
void probe_approvals(const struct probe_run *run);
void probe_templates(const struct probe_run *run);
void probe_mail_from(const struct probe_run *run);

/* probes_work.c: is what was asked for done? */
void probe_outbox(const struct probe_run *run);
void probe_smtp(const struct probe_run *run);
void probe_provision(const struct probe_run *run);

/* probes_programs.c: does a program of ours answer? */
void probe_signup(const struct probe_run *run);
void probe_policyd(const struct probe_run *run);
void probe_forwarder(const struct probe_run *run);
void probe_milter(const struct probe_run *run);

/* probes_ours.c: what DNS tells the world about our domains */
void probe_our_mx(const struct probe_run *run);
void probe_our_spf(const struct probe_run *run);

/* probes_dkim.c: can our mail be signed, and does DNS have the keys? */
void probe_signing_keys(const struct probe_run *run);

/* probes_forwarding.c: can what is forwarded be signed, as the fate of a copy
   wants it, and does somebody look after what is held? */
void probe_forwarding(const struct probe_run *run);
void probe_held(const struct probe_run *run);

/* probes_lists.c: do DNS lists keep their keys to themselves? */
void probe_lists(const struct probe_run *run);

/* probes_postfix.c: does the Postfix of this machine ask us, and leave what it
   forwards as it is?  The wiring of conf/postfix/main.cf, line by line. */
void probe_postfix(const struct probe_run *run);
