/* SPDX-License-Identifier: MIT */
/*
 * settings_parts - the parts of settings_open, in the order in which it calls
 * them; each has a file of its own.  Seen by lib/program only.
 */
#pragma once

#include "base/config_files.h"
#include "program/settings.h"

/* Reads hostname, domains and sources; see settings_site.c. */
enum rc settings_read_site(struct settings *s, struct err *err);

/* Reads what belongs together in the section ldap, and opens the directory if
   it is a source; see settings_directory.c. */
enum rc settings_read_directory(struct settings *s, struct err *err);

/* For postward(1): has a store of its own, which is reached when it is first
   asked about a domain, as commands ask while they use theirs. */
void settings_know_domains(struct settings *s);

/* Where a section without title sets that key, as errors begin. */
const char *settings_where(const struct settings *s, const char *section,
    const char *key);

/* Returns domains, or addresses, in the form in which they are compared. */
const char *const *settings_domains(struct settings *s,
    struct config_list list);

/* Read what concerns lib/policy, and in it SPF; see settings_policy.c and
   settings_spf.c. */
enum rc settings_read_policy(struct settings *s, struct err *err);
enum rc settings_read_spf(struct settings *s, struct err *err);

/* The files that not every program's user may read. */
enum settings_secret {
	SETTINGS_SRS,          /* srs.secrets-file */
	SETTINGS_CODES,        /* secrets.codes */
	SETTINGS_APPROVALS,    /* secrets.approvals */
	SETTINGS_LIST_KEYS,    /* key-file of dnsbl and rhsbl */
	SETTINGS_SIGNING_KEYS, /* dkim.keys */
};

/* True: the program that the settings are for needs that secret. */
bool settings_reads(const struct settings *s, enum settings_secret secret);

/* Reads what a list is called, and the key that its zone begins with.  If the
   key cannot be read, lists_trouble says so, and the configuration is right all
   the same: not every user of `postward` may read the key. */
enum rc settings_read_list_name(struct settings *s, const char *section,
    const char *title, struct dns_list *list, struct err *err);

/* Reads who is asked about the list, and gives these servers a number among
   s->resolver.others. */
enum rc settings_read_list_resolver(struct settings *s, const char *section,
    const char *title, struct dns_list *list, struct err *err);

/* Returns the title of a list's section as errors may show it: without what may
   be a key. */
const char *settings_shown_list(struct arena *a, const char *title);

/* Reads the section srs into return_path.  If the secrets are missing or cannot
   be read, srs_note says so, and the configuration is right all the same:
   `store init` makes them, and not every user of `postward` may read them. */
void settings_read_srs(struct settings *s);

/* Reads forwarding.from-domain, after the policy.  RC_PERM: it makes no sense
   with the rest, or is missing. */
enum rc settings_read_rewrite(struct settings *s, struct err *err);

/* Reads the thresholds of the section targets. */
void settings_read_targets(struct settings *s);

/* Reads the sections mailer, signup, provision and metrics, after domains and
   SRS; see settings_members.c.  RC_PERM: a key makes no sense without
   another. */
enum rc settings_read_members(struct settings *s, struct err *err);

/* Returns the settings of a check or list: `own`, but for the keys that its
   section gives. */
struct check_settings settings_check(const struct config *c,
    const char *section, const char *title, struct check_settings own);

/* Reads "accept", "reject", "defer" or a number of points; false for anything
   else. */
bool settings_spf_action(const char *text, struct check_settings *out);
