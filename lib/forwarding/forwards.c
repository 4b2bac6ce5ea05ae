/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/blocking.h"
#include "base/clock.h"
#include "base/str.h"
#include "forwarding/domains.h"
#include "forwarding/private/forwards_walk.h"
#include "outbox/outbox.h"

static const struct source *const sources[FORWARDS_SOURCES] = {
    [FORWARDS_STORE] = &source_store,
    [FORWARDS_HOME] = &source_home,
    [FORWARDS_LDAP] = &source_ldap,
};

const char forwards_without_target[] = "postward-without-forward";

struct search {
	const struct forwards_settings *settings;
	struct arena *arena;
	const struct address *address;
	struct source_answer *answers, *questions; /* see forwards_walk.h */
	struct forwards *out;
};

const char *
forwards_bounce_id(const struct forwards_settings *settings, struct arena *a,
    const struct address *address)
{
	const char *id =
	    address->domain == NULL ? NULL : outbox_sender_id(a, address);

	return id != NULL && domains_ours(settings, address->domain) ? id
								     : NULL;
}

/* The answer for an address that belongs to no member: it leads to `to`
   outside. */
static enum rc
lead_outside(const struct search *search, const struct address *to)
{
	struct forwards *out = search->out;
	const char **targets =
	    arena_take_array(search->arena, 2, sizeof(*targets));

	out->known = FORWARDS_FOUND;
	out->account = address_key(search->arena, search->address);
	targets[0] = address_text(search->arena, to);
	targets[1] = out->account;
	out->targets = targets;
	out->holders = targets + 1;
	out->n = 1;
	return RC_OK;
}

static enum forwards_known
known_of(const struct forwards_walk *w)
{
	if (w->n_finals > 0)
		return FORWARDS_FOUND;
	return w->failing != 0 && clock_now() < w->failing + FORWARDS_PUT_OFF_S
		   ? FORWARDS_PUT_OFF
		   : FORWARDS_NO_TARGET;
}

/* The sources in the order in which they are asked, ended by NULL. */
static const struct source *const *
sources_of(const struct search *search)
{
	const struct forwards_settings *s = search->settings;
	const struct source **all =
	    arena_take_array(search->arena, FORWARDS_SOURCES + 1, sizeof(*all));

	if (s->n_sources == 0) {
		all[0] = &source_store;
		all[1] = &source_home;
	}
	for (size_t i = 0; i < s->n_sources; i++)
		all[i] = sources[s->sources[i]];
	return all;
}

static enum rc
walk_forwards(struct db *db, struct search *search, const struct address *from,
    struct err *err)
{
	struct forwards_walk *w = arena_take(search->arena, sizeof(*w));
	struct forwards *out = search->out;
	enum rc rc;

	w->db = db;
	w->arena = search->arena;
	w->settings = search->settings;
	w->sources = sources_of(search);
	w->answers = search->answers;
	rc = forwards_walk_begin(w, from, err);
	if (rc == RC_OK)
		rc = forwards_walk_on(w, err);
	search->questions = w->questions;
	if (rc != RC_OK || w->questions != NULL)
		return rc;
	out->known = known_of(w);
	out->account = w->stops[0].account;
	out->source = w->stops[0].source;
	out->targets = w->finals;
	out->holders = w->holders;
	out->n = w->n_finals;
	out->note = w->note;
	out->strategy = w->stops[0].strategy;
	out->rules = w->stops[0].rules;
	out->choices = w->stops[0].choices;
	return RC_OK;
}

static enum rc
find_bounces(struct db *db, struct search *search, const char *id,
    struct err *err)
{
	const char *to = search->settings->bounces_to;
	struct outbox_mail mail;
	struct address address;
	enum rc ours;
	enum rc rc = outbox_by_id(db, search->arena, id, &mail, err);

	if (rc != RC_OK)
		return rc;
	search->out->known = FORWARDS_NO_TARGET;
	if (to == NULL ||
	    address_read(search->arena, to, &address, NULL) != RC_OK ||
	    address.domain[0] == '\0')
		return RC_OK;
	ours =
	    domains_glance_tx(db, search->settings, address.domain, NULL, err);
	if (ours == RC_NONE)
		return lead_outside(search, &address);
	if (ours != RC_OK)
		return ours;
	rc = walk_forwards(db, search, &address, err);
	/* Our own bounces are noted, whoever reads them, and not put off. */
	if (rc == RC_OK && search->out->known == FORWARDS_PUT_OFF)
		search->out->known = FORWARDS_NO_TARGET;
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
find_forwards(struct db *db, void *context, struct err *err)
{
	struct search *search = context;
	const char *id;
	enum rc rc;

	*search->out = (struct forwards){0};
	search->questions = NULL;
	id = forwards_bounce_id(search->settings, search->arena,
	    search->address);
	rc = id == NULL ? walk_forwards(db, search, search->address, err)
			: find_bounces(db, search, id, err);
	if (rc == RC_OK && search->questions != NULL)
		return RC_OK;
	if (rc == RC_NONE)
		search->out->known = FORWARDS_NO_ACCOUNT;
	/* An account that was not found on the way may have been added by
	   now. */
	if (rc == RC_OK &&
	    (search->out->known != FORWARDS_FOUND || search->out->note != NULL))
		rc = RC_NONE;
	return rc;
}

/* Asks the sources outside the store.  No connection is held meanwhile, however
   long that takes. */
static enum rc
ask_outside(struct search *search, struct source_answer *answer,
    struct err *err)
{
	const struct source_question question = {
	    .arena = search->arena,
	    .settings = search->settings,
	    .address = &answer->address,
	};

	blocking_begin();
	answer->rc = answer->source->find(&question, &answer->account, err);
	blocking_end();
	if (answer->rc != RC_OK && answer->rc != RC_NONE) {
		search->out->directory_down = answer->source->remote;
		return answer->rc;
	}
	answer->next = search->answers;
	search->answers = answer;
	return RC_OK;
}

static enum rc
answer_questions(struct search *search, struct err *err)
{
	struct source_answer *next, *q = search->questions;
	enum rc rc = RC_OK;

	for (; q != NULL && rc == RC_OK; q = next) {
		next = q->next;
		if (source_answer_of(search->answers, q->source, &q->address) ==
		    NULL)
			rc = ask_outside(search, q, err);
	}
	return rc;
}

enum rc
forwards_find(struct store *store, const struct forwards_settings *settings,
    struct arena *a, const struct address *address, struct forwards *out,
    struct err *err)
{
	struct search search = {
	    .settings = settings, .arena = a, .address = address, .out = out};
	struct domain_facts domain;
	enum rc rc;

	*out = (struct forwards){.known = FORWARDS_NOT_OURS};
	if (address->domain == NULL)
		return RC_OK;
	rc = domains_find(settings, address->domain, &domain, err);
	out->store_down = rc == RC_TEMP;
	if (rc != RC_OK)
		return rc == RC_NONE ? RC_OK : rc;
	if (str_equal_fold(address->local, forwards_without_target)) {
		out->known = FORWARDS_NO_TARGET;
		return RC_OK;
	}
	do {
		rc = store_do(store, find_forwards, &search, err);
		out->store_down = rc == RC_TEMP;
		if (rc == RC_OK)
			rc = answer_questions(&search, err);
	} while (rc == RC_OK && search.questions != NULL);
	if (out->strategy == NULL)
		out->strategy = domain.strategy;
	return rc == RC_NONE ? RC_OK : rc;
}
