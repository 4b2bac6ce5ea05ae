/* SPDX-License-Identifier: MIT */
/*
 * postfix_service - for the probes of Postfix: which entries lead to programs
 * of ours, and how a value is cured where it counts, in main.cf or in an option
 * of master.cf.
 */
#pragma once

#include "postfix_entries.h"
#include "postfix_view.h"
#include "probe.h"

enum postfix_ours {
	POSTFIX_OUR_POLICYD,
	POSTFIX_OUR_MILTER,
	POSTFIX_OUR_FORWARDER
};

/* Where it listens. */
struct config_list postfix_our_listen(const struct settings *s,
    enum postfix_ours program);

/* Where Postfix finds the program: "unix:postward/policyd". */
const char *postfix_our_place(const struct probe_run *run,
    enum postfix_ours program);

/* Does an entry ("{ unix:postward/policyd, timeout=20s }") lead there? context
   is a struct probe_run. */
enum postfix_found postfix_entry_is_ours(const void *context,
    enum postfix_ours program, const char *entry);

/* The value of an option of an entry between braces: "default_action"; NULL. */
const char *postfix_entry_option(struct arena *a, const char *entry,
    const char *name);

/* An address that is ours: postmaster of the first domain. */
const char *postfix_our_recipient(const struct probe_run *run);
bool postfix_wants_policyd(const struct probe_run *run);

/* The value that a cure starts from: that of the service's own option, or of
   main.cf. */
const char *postfix_set_value(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter);

/* Sets it where it counts for the service; NULL: in main.cf. */
void postfix_cure_value(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    const char *value);

/* Takes an entry out of a list, as main.cf has it: where the value is made of
   other parameters' ("$mydomain"), those that hold the entry go. instead: the
   value where nothing is left; NULL: nothing. */
void postfix_cure_without(const struct probe_run *run,
    const struct postfix_service *service, const char *parameter,
    const char *entry, const char *instead);
