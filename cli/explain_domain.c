/* SPDX-License-Identifier: MIT */
#include "explain_domain.h"

#include "output.h"

#include "forwarding/domains.h"

#include <stdio.h>
#include <string.h>

#define IN_FILE  "postward.conf"
#define IN_STORE "store"

struct domain_seen {
	const char *name;
	const char *state;  /* of the words below */
	const char *source; /* NULL: nobody says that it is ours */
	const char *why;    /* nobody knows now, or NULL */
};

static const char SERVED[] = "served", SRS[] = "srs",
		  REWRITES[] = "from-domain", REMOVED[] = "removed",
		  NOT_OURS[] = "not ours", UNKNOWN[] = "unknown";

static const struct {
	const char *state, *words;
} states[] = {
    {SERVED, "ours"},
    {SRS, "an SRS domain of ours"},
    {REWRITES, "the domain of rewritten authors"},
    {REMOVED, "was ours, and is removed"},
};

static bool
is_srs_domain(const struct srs *srs, const char *name)
{
	for (size_t i = 0; srs != NULL && i < srs->n_domains; i++)
		if (strcmp(srs->domains[i], name) == 0)
			return true;
	return false;
}

/* What postward.conf says of it; NULL: nothing. */
static const char *
state_in_file(const struct settings *s, const char *name)
{
	return forwards_configured(&s->forwards, name)    ? SERVED
	       : author_address_serves(&s->authors, name) ? REWRITES
	       : is_srs_domain(s->return_path.srs, name)  ? SRS
							  : NULL;
}

static struct domain_seen
see_stored_domain(const struct invocation *in, const char *name)
{
	struct domain_facts facts;
	struct err err;

	switch (domains_find(&in->settings->forwards, name, &facts, &err)) {
	case RC_OK:
		return (struct domain_seen){name, SERVED, IN_STORE, NULL};
	case RC_NONE:
		return (struct domain_seen){name,
		    facts.srs       ? SRS
		    : facts.removed ? REMOVED
				    : NOT_OURS,
		    facts.srs || facts.removed ? IN_STORE : NULL, NULL};
	case RC_TEMP:
	case RC_PERM:
		break;
	}
	return (struct domain_seen){
	    name, UNKNOWN, NULL, arena_copy_text(in->arena, err.text)};
}

/* A domain that stands in both is served as postward.conf has it. */
static struct domain_seen
see_domain(const struct invocation *in, const char *name)
{
	const char *state = state_in_file(in->settings, name);
	struct domain_seen seen;

	if (state != NULL && state != SRS)
		return (struct domain_seen){name, state, IN_FILE, NULL};
	seen = see_stored_domain(in, name);
	return state != NULL && seen.state != SERVED
		   ? (struct domain_seen){name, state, IN_FILE, NULL}
		   : seen;
}

static const char *
domain_words(const struct invocation *in, const struct domain_seen *seen)
{
	if (seen->why != NULL)
		return arena_printf(in->arena, "nobody knows now: %s",
		    seen->why);
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].state == seen->state)
			return arena_printf(in->arena, "%s: in %s%s",
			    states[i].words,
			    strcmp(seen->source, IN_STORE) == 0 ? "the " : "",
			    seen->source);
	return seen->state;
}

static void
print_domain(const struct invocation *in, const struct domain_seen *seen)
{
	printf("  %-14s %s, %s\n", "domain",
	    output_shown(in->arena, seen->name),
	    output_shown(in->arena, domain_words(in, seen)));
}

void
explain_domains_print(const struct invocation *in, const struct facts *facts)
{
	const char *from = facts->from.domain, *to = facts->to_domain;
	struct domain_seen seen;

	if (to != NULL) {
		seen = see_domain(in, to);
		print_domain(in, &seen);
	}
	if (from == NULL || (to != NULL && strcmp(from, to) == 0))
		return;
	seen = see_domain(in, from);
	if (seen.state != NOT_OURS)
		print_domain(in, &seen);
}

static void
add_domain_member(const struct invocation *in, cJSON *all, const char *member,
    const char *name)
{
	struct domain_seen seen;
	cJSON *o;

	if (name == NULL) {
		cJSON_AddNullToObject(all, member);
		return;
	}
	seen = see_domain(in, name);
	o = cJSON_AddObjectToObject(all, member);
	output_member(o, "name", seen.name);
	output_member(o, "state", seen.state);
	output_member(o, "source", seen.source);
}

void
explain_domains_add(const struct invocation *in, cJSON *all,
    const struct facts *facts)
{
	add_domain_member(in, all, "recipient_domain", facts->to_domain);
	add_domain_member(in, all, "sender_domain", facts->from.domain);
}
