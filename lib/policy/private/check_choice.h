/* SPDX-License-Identifier: MIT */
/*
 * check_choice - which checks are asked at a step, and why the others are not.
 * Pure: facts and settings tell.
 */
#pragma once

#include "policy/private/check_rows.h"

/* Selects the checks of this step that have anything to look at; sets
   run->trusted. */
void check_choose(struct check_run *run, bool applies[CHECKS]);

/* Why one of them is not asked all the same; NULL: it is. */
const char *check_why_skipped(const struct check_run *run, enum check_id id);

/* Of a check that is not asked where a member does not want it. */
extern const char check_switched_off[];

/* Has check_why_skipped said so, for a reason that another configuration may
   not have? */
bool check_skip_was_chosen(const char *why);

/* The result of SPF is taken by the rules for its domain, which may be NULL. */
const struct check_settings *
check_spf_settings(const struct policy_settings *settings,
    enum spf_verdict verdict, const char *domain);

/* What is said to a client that SPF does not let send for that domain, or of
   which nobody knows; NULL: for nobody's. */
struct reply check_spf_reply(struct arena *a, enum spf_verdict verdict,
    const char *domain, const struct ip *client, const char *explanation);

/* What a list was asked about. */
struct list_subject {
	const char *what;    /* "client", "sender domain"... */
	const char *subject; /* the address or name */
	const char *text_at; /* see struct finding; or NULL */
	bool parents;        /* so it was about the domains above */
	/* That no list has it, in words, once they are made; or NULL. */
	const char **not_listed;
};

/* In a finding that says so. */
extern const char check_list_above[];

/* Would a list be asked about domains above that name, if it were told to? */
bool check_list_has_parents(const struct check_run *run, const char *name);

/* Makes the findings about a list's n answers, which are no nonsense: of a list
   that has none, that the subject is not listed. */
void check_list_answered(struct check_run *run, enum check_id id,
    const struct dns_list *list, const struct list_subject *about,
    const struct dns_record *answers, size_t n);

/* Would the list be asked about anything of these facts, if it were well? */
bool check_list_asks(const struct check_run *run, const struct dns_list *list,
    enum check_id id);
/* Is that name, as a finding of rhsbl tells it, what the list is asked about?
 */
bool check_list_takes(const struct check_run *run, const struct dns_list *list,
    const char *why);
