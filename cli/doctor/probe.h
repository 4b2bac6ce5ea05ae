/* SPDX-License-Identifier: MIT */
/*
 * probe - one thing that `postward check` looks at: a row of the table of its
 * group (group_*.c).
 *
 *	{"outbox", NEED_STORE, REPORT_WARNING, probe_outbox,
 *	    "whether mail of our own waits", "...", "postward-mailer(8)"},
 *
 * A probe looks, and says what it saw and which commands mend it; it changes
 * nothing.  The functions of the rows stand in probes_*.c, by subject, and know
 * one another as little as the runner (doctor.c): all that they share is below.
 */
#pragma once

#include "report.h"

#include "net/dns.h"

/* What has to be there before a probe can run, added up.  Where it is not, the
   runner says why the probe was left out. */
enum probe_need {
	NEED_NOTHING = 0,
	NEED_ROOT = 1 << 0,
	NEED_STORE = 1 << 1,
	NEED_DNS = 1 << 2,
	NEED_POSTFIX = 1 << 3,   /* its configuration can be read */
	NEED_OUTSIDE = 1 << 4,   /* --outside is given, or the probe is named */
	NEED_RESOLVERS = 1 << 5, /* each of them was asked */
	NEED_RECORDS = 1 << 6,   /* our records in DNS; with NEED_DNS */
};

struct dns_review;
struct postfix_view;
struct resolvers;

struct probe_run {
	const struct probe *probe; /* the row */
	const struct probe_group *group;
	const struct invocation *in;
	const struct settings *settings; /* of it */
	struct arena *arena;             /* of it */
	struct report *report;
	/* Those that are needed; else perhaps NULL. */
	struct store *store;
	struct dns *dns;
	const struct postfix_view *postfix;
	const struct resolvers *resolvers;
	struct dns_review *records;
};

struct probe {
	const char *name; /* one word, which stays: "outbox" */
	unsigned need;    /* of probe_need */
	/* Of what probe_wrong reports. */
	enum report_state severity;
	void (*run)(const struct probe_run *run);
	const char *looks;  /* "whether ...": what it looks at */
	const char *why;    /* it matters, in a sentence */
	const char *manual; /* a page, and its section if it has many */
};

struct probe_group {
	const char *name;
	const struct probe *probes; /* in the order in which they report */
	const size_t *n;
};

/* In the order in which they run. */
extern const struct probe_group probe_groups[];
extern const size_t probe_groups_n;

/* group_*.c */
extern const struct probe site_probes[], store_probes[], programs_probes[],
    postfix_probes[], dns_probes[], lists_probes[], members_probes[],
    machine_probes[], outside_probes[];
extern const size_t site_probes_n, store_probes_n, programs_probes_n,
    postfix_probes_n, dns_probes_n, lists_probes_n, members_probes_n,
    machine_probes_n, outside_probes_n;

/* A finding about what the row's name says. */
void probe_saw(const struct probe_run *run, enum report_state state,
    const char *words);
/* One about something that has a name of its own: "MX of remotes.club". */
void probe_saw_of(const struct probe_run *run, enum report_state state,
    const char *what, const char *words);
/* As bad as the row says; what NULL: what the row's name says. */
void probe_wrong(const struct probe_run *run, const char *what,
    const char *words);

/* Adds a command that mends what was found last: a shell takes it as it is, so
   that what comes from outside goes through probe_quoted. */
void probe_cure(const struct probe_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Between quotes where a shell needs them. */
const char *probe_quoted(const struct probe_run *run, const char *text);

/* Adds a command of ours, "store init", for the configuration that is read. */
void probe_cure_ours(const struct probe_run *run, const char *words);

/* Adds `postconf -e 'assignment'` for the Postfix that is looked at. */
void probe_cure_set(const struct probe_run *run, const char *assignment);
/* The same, and what makes it count. */
void probe_cure_parameter(const struct probe_run *run, const char *assignment);
/* The same of an option in master.cf: "smtp/inet/smtpd_milters=". */
void probe_cure_option(const struct probe_run *run, const char *assignment);
/* Adds a line of master.cf, "smtp/inet=smtp inet n - y - - smtpd". */
void probe_cure_service(const struct probe_run *run, const char *assignment);
/* Sets a field of such a line, "127.0.0.1:smtp/inet/service=smtp". */
void probe_cure_field(const struct probe_run *run, const char *assignment);
/* Takes a parameter out of main.cf. */
void probe_cure_removed(const struct probe_run *run, const char *parameter);
/* Adds what lets systemd start a unit again that was masked; nothing for one
   that is not. */
void probe_cure_unmask(const struct probe_run *run, const char *unit);

/* Adds `postfix reload` for it alone, what starts it, or starts it anew. */
void probe_cure_reload(const struct probe_run *run);
void probe_cure_start(const struct probe_run *run);
void probe_cure_restart(const struct probe_run *run);
