/* SPDX-License-Identifier: MIT */
/*
 * postfix_restrictions - what becomes of a stranger in a list of restrictions
 * of smtpd (postconf(5), SMTPD_ACCESS_README), by their meaning.
 *
 * An honest stranger is walked through the list: nothing is known against him,
 * so that all that refuses for a cause lets him pass.  What tables say of him
 * is asked.  Pure, but for what look_up does.
 */
#pragma once

#include "postfix_list.h"
#include "postfix_view.h"

#include "base/err.h"

enum postfix_outcome {
	POSTFIX_PASSES,  /* the list ends, and has not decided */
	POSTFIX_PERMITS, /* the rest of the list is not reached */
	POSTFIX_REFUSES, /* or puts off */
	POSTFIX_ASKS     /* our policy service is reached */
};

struct postfix_walk {
	struct arena *arena;
	const struct postfix_view *view;
	const struct postfix_service *service; /* NULL: main.cf alone */
	/* Who comes, and to whom he writes. */
	const char *client, *helo, *sender, *recipient;
	bool to_us; /* the recipient is in a domain of ours */
	/* Is that entry, behind check_policy_service, our service?  NULL: none
	   is looked for. */
	bool (*is_ours)(void *context, const char *entry);
	/* What a table has for a key: RC_NONE: nothing.  NULL: tables say
	   nothing. */
	enum rc (*look_up)(void *context, const char *table, const char *key,
	    const char **value);
	void *context;
	/* Out: the restriction that has decided, or that only warns. */
	const char *culprit;
	/* Out: the entry of our service that was reached. */
	const char *policy;
	unsigned depth;
};

/* kind: "client", "helo", "sender" or "recipient": what a bare table is asked
   for in that list. */
enum postfix_outcome postfix_walk(struct postfix_walk *walk, const char *kind,
    const char *value);

/* The same of a parameter, as it counts for walk->service. */
enum postfix_outcome postfix_walk_parameter(struct postfix_walk *walk,
    const char *kind, const char *parameter);

/* Does the word behind this one belong to it? */
bool postfix_takes_argument(const char *restriction);

/* The list without the restrictions for which unwanted says so, with their
   arguments and the warn_if_reject before them. */
struct postfix_list postfix_restrictions_without(struct arena *a,
    const struct postfix_list *list,
    bool (*unwanted)(void *context, const char *word, const char *argument),
    void *context);

/* With this restriction, perhaps of several words, before all that strangers
   meet, but behind what lets in our own machines and members. */
const char *postfix_restrictions_guarded(struct arena *a,
    const struct postfix_list *list, const char *restriction);

/* As it is written in main.cf: a comma behind each restriction. */
const char *postfix_restrictions_text(struct arena *a,
    const struct postfix_list *list);

/* Does the restriction refuse whom we should not relay for? */
bool postfix_guards_relay(const char *word);
