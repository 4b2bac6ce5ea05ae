/* SPDX-License-Identifier: MIT */
/*
 * postfix_view - what a Postfix is told by main.cf and by the options of
 * master.cf, as postconf(1) prints it; pure.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* A line of master.cf. */
struct postfix_service {
	const char *name, *type; /* "smtp" "inet"; "[::1]:25" "inet" */
	const char *command;     /* "smtpd" */
	bool chrooted;
	const char *overrides;     /* of main.cf: lines "name = value" */
	const char *set_overrides; /* the same as written, not expanded */
};

struct postfix_view {
	const char *parameters; /* of main.cf: lines "name = value" */
	const char *set;        /* the same as written, not expanded */
	const struct postfix_service *services;
	size_t n_services;
	bool chroots_known; /* false: chrooted says what Debian's would be */
	const char *folder; /* config_directory */
};

/* What postconf prints. */
struct postfix_printed {
	const char *parameters; /* with -x */
	const char *set;        /* without options */
	const char *master;     /* with -M; "": it is not known */
	const char *overrides, *set_overrides; /* with -Px and with -P */
};

struct postfix_view *postfix_view_read(struct arena *a,
    const struct postfix_printed *printed);

/* The value that stands in such lines; NULL: it does not. */
const char *postfix_lines_value(struct arena *a, const char *lines,
    const char *name);

/* What main.cf says, expanded; NULL: this Postfix does not know it. */
const char *postfix_value(const struct postfix_view *view, struct arena *a,
    const char *name);
/* The same, never NULL: "" if Postfix does not know it. */
const char *postfix_text(const struct postfix_view *view, struct arena *a,
    const char *name);
/* What counts for a service; *overridden (may be NULL): its own options say
   it. */
const char *postfix_service_value(const struct postfix_view *view,
    struct arena *a, const struct postfix_service *service, const char *name,
    bool *overridden);

/* yes, true, or another word that Postfix takes for it. */
bool postfix_is_yes(const char *value);

/* Does a service that runs one of these programs see the queue as its root?
   What is not known is taken for Debian's default: yes. */
bool postfix_is_chrooted(const struct postfix_view *view,
    const char *const *programs, size_t n);

/* May strangers come in there?  smtpd at port 25, or behind postscreen; where
   nobody has that port, all that are not for this machine or members alone. */
bool postfix_serves_strangers(const struct postfix_view *view, struct arena *a,
    const struct postfix_service *service);
/* Has it an address of this machine alone? */
bool postfix_is_loopback(const struct postfix_service *service);
/* Is it smtpd, at an address that is not of this machine alone? */
bool postfix_faces_network(const struct postfix_service *service);

/* The port of an inet service: "smtp", "25". */
const char *postfix_service_port(const struct postfix_service *service);
