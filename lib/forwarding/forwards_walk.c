/* SPDX-License-Identifier: MIT */
#include "forwarding/private/forwards_walk.h"

#include "base/str.h"
#include "forwarding/domains.h"

#include <string.h>

static const char *
walk_note(struct forwards_walk *w, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(w->arena, format, args);
	va_end(args);
	if (w->note == NULL)
		w->note = text;
	return text;
}

static void
add_question(struct forwards_walk *w, const struct source *source,
    const struct address *address)
{
	struct source_answer *question =
	    arena_take(w->arena, sizeof(*question));
	struct source_answer **end = &w->questions;

	question->source = source;
	question->address = *address;
	while (*end != NULL)
		end = &(*end)->next;
	*end = question;
}

/* *open: a source outside the store must be asked first. */
static enum rc
ask_source(struct forwards_walk *w, const struct source *source,
    const struct address *address, struct source_account *out, bool *open,
    struct err *err)
{
	const struct source_question question = {
	    .arena = w->arena,
	    .settings = w->settings,
	    .address = address,
	    .db = source->outside ? NULL : w->db,
	    .every_state = w->every_state,
	};
	const struct source_answer *answer;

	*out = (struct source_account){0};
	if (!source->may_have(&question))
		return RC_NONE;
	if (!source->outside)
		return source->find(&question, out, err);
	answer = source_answer_of(w->answers, source, address);
	*open = answer == NULL;
	if (*open) {
		add_question(w, source, address);
		return RC_NONE;
	}
	*out = answer->account;
	return answer->rc;
}

/* Finds the account of exactly that address.  The account may turn out to have
   no targets; it stays NULL if nobody knows yet. */
static enum rc
find_account(struct forwards_walk *w, const struct address *address,
    struct forwards_stop *stop, struct err *err)
{
	enum rc known = RC_NONE;

	for (size_t i = 0; w->sources[i] != NULL; i++) {
		struct source_account found;
		bool open = false;
		enum rc rc =
		    ask_source(w, w->sources[i], address, &found, &open, err);

		if (open) {
			stop->account = NULL;
			return RC_OK;
		}
		if (rc == RC_NONE)
			continue;
		if (rc != RC_OK)
			return rc;
		known = RC_OK;
		stop->account = address_key(w->arena, address);
		stop->source = w->sources[i]->name;
		stop->targets = found.targets;
		stop->n = found.n;
		stop->failing = found.failing;
		if (found.strategy != NULL)
			stop->strategy = found.strategy;
		if (found.rules != NULL)
			stop->rules = found.rules;
		if (found.choices != NULL)
			stop->choices = found.choices;
		if (found.note != NULL)
			walk_note(w, "%s", found.note);
		if (found.suspended || found.n > 0 || found.failing != 0)
			break;
	}
	return known;
}

/* Tries the address itself, the address without its extension, and the domain's
   catch-all: the first that is known is the account. */
static enum rc
find_account_or_base(struct forwards_walk *w, const struct address *address,
    struct forwards_stop *stop, struct err *err)
{
	struct address as = *address;
	size_t base = strcspn(as.local, w->settings->delimiter);
	enum rc rc = find_account(w, &as, stop, err);

	if (rc == RC_NONE && base > 0 && as.local[base] != '\0') {
		as.local = arena_copy_bytes(w->arena, as.local, base);
		rc = find_account(w, &as, stop, err);
	}
	if (rc == RC_NONE) {
		as.local = "";
		rc = find_account(w, &as, stop, err);
	}
	return rc;
}

static bool
is_on_the_way(const struct forwards_stop *from, const char *account)
{
	for (; from != NULL; from = from->from)
		if (strcmp(from->account, account) == 0)
			return true;
	return false;
}

static bool
is_visited(const struct forwards_walk *w, const char *account)
{
	for (size_t i = 0; i < w->n_stops; i++)
		if (strcmp(w->stops[i].account, account) == 0)
			return true;
	return false;
}

static void
note_failing(struct forwards_walk *w, const struct forwards_stop *stop)
{
	walk_note(w, "all targets of %s fail", stop->account);
	if (stop->failing > w->failing)
		w->failing = stop->failing;
}

static void
add_stop(struct forwards_walk *w, const struct forwards_stop *stop)
{
	const char *from = stop->from->account;
	const char *cycle;

	if (is_on_the_way(stop->from, stop->account)) {
		cycle = walk_note(w, "a cycle: %s forwards back to %s", from,
		    stop->account);
		if (strcmp(stop->account, w->stops[0].account) == 0)
			w->refusal = cycle;
		return;
	}
	if (is_visited(w, stop->account))
		return;
	if (stop->n == 0 && stop->failing != 0) {
		note_failing(w, stop);
	} else if (stop->n == 0) {
		walk_note(w, "%s, a target of %s, has no forwarding address",
		    stop->account, from);
	} else if (stop->distance >= FORWARDS_CHAIN_MAX ||
		   w->n_stops == FORWARDS_ACCOUNTS_MAX) {
		w->refusal = walk_note(w,
		    "%s, a target of %s, is left out: more than %d accounts "
		    "in a row or %d in all",
		    stop->account, from, FORWARDS_CHAIN_MAX,
		    FORWARDS_ACCOUNTS_MAX);
	} else {
		w->stops[w->n_stops++] = *stop;
	}
}

static void
add_final(struct forwards_walk *w, const struct forwards_stop *from,
    const char *target)
{
	for (size_t i = 0; i < w->n_finals; i++)
		if (str_equal_fold(w->finals[i], target))
			return;
	if (w->n_finals < FORWARDS_FINAL_MAX) {
		w->holders[w->n_finals] = from->account;
		w->finals[w->n_finals++] = target;
		return;
	}
	w->refusal = walk_note(w,
	    "%s, a target of %s, is left out: more than %d targets", target,
	    from->account, FORWARDS_FINAL_MAX);
}

static enum rc
follow_target(struct forwards_walk *w, const struct forwards_stop *from,
    const char *target, struct err *err)
{
	struct forwards_stop stop = {
	    .from = from, .distance = from->distance + 1};
	struct address address;
	enum rc rc;

	if (address_read(w->arena, target, &address, NULL) != RC_OK ||
	    address.domain[0] == '\0') {
		walk_note(w, "%s, a target of %s, is no address",
		    str_printable(w->arena, target, strlen(target), 80),
		    from->account);
		return RC_OK;
	}
	rc = domains_glance_tx(w->db, w->settings, address.domain, NULL, err);
	if (rc == RC_NONE) {
		add_final(w, from, address_text(w->arena, &address));
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	rc = find_account_or_base(w, &address, &stop, err);
	if (rc == RC_OK && stop.account != NULL)
		add_stop(w, &stop);
	else if (rc == RC_NONE)
		walk_note(w, "%s, a target of %s, is nobody's address", target,
		    from->account);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
forwards_walk_begin(struct forwards_walk *w, const struct address *address,
    struct err *err)
{
	enum rc rc = find_account_or_base(w, address, &w->stops[0], err);

	w->n_stops = rc == RC_OK && w->stops[0].account != NULL;
	if (w->n_stops > 0 && w->stops[0].n == 0 && w->stops[0].failing != 0)
		note_failing(w, &w->stops[0]);
	return rc;
}

/* Asks about all targets of one account in one go, but about no address that
   may turn out not to be on the way. */
enum rc
forwards_walk_on(struct forwards_walk *w, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < w->n_stops && w->questions == NULL; i++)
		for (size_t k = 0; rc == RC_OK && k < w->stops[i].n; k++)
			rc = follow_target(w, &w->stops[i],
			    w->stops[i].targets[k], err);
	return rc;
}
