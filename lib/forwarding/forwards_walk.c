/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards_walk.h"

#include "base/str.h"
#include "store/account_table.h"
#include "store/forward_table.h"

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

static enum rc
read_targets(struct forwards_walk *w, struct forwards_stop *stop,
    struct err *err)
{
	struct forward *all;
	const char **targets;
	size_t n;
	enum rc rc =
	    forward_list(w->db, w->arena, stop->account, &all, &n, err);

	if (rc != RC_OK)
		return rc;
	targets = arena_take_array(w->arena, n, sizeof(*targets));
	for (size_t i = 0; i < n; i++)
		if (all[i].state == FORWARD_ACTIVE || w->every_state)
			targets[stop->n++] = all[i].target;
	stop->targets = targets;
	return RC_OK;
}

/* What useradd lets pass: nothing else is asked of the system. */
static bool
is_unix_name(const char *name)
{
	return name[0] != '\0' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.")] ==
		   '\0';
}

/* RC_NONE: no Unix user. */
static enum rc
read_home(struct forwards_walk *w, const struct address *address,
    struct forwards_stop *stop, struct err *err)
{
	const char *name = str_lower(w->arena, address->local);
	struct unix_user user;
	struct dot_forward file;
	enum rc rc;

	if (w->home_of == NULL || !is_unix_name(name))
		return RC_NONE;
	rc = w->home_of(w->arena, name, &user, err);
	w->home_failed = rc == RC_TEMP;
	if (rc != RC_OK)
		return rc;
	stop->account = address_key(w->arena, address);
	rc = dot_forward_read(w->arena, &user, address->domain, &file, err);
	w->home_failed = rc == RC_TEMP;
	if (rc == RC_NONE)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	stop->targets = file.targets;
	stop->n = file.n;
	if (file.note != NULL)
		walk_note(w, "%s", file.note);
	return RC_OK;
}

/* The account of exactly that address.  It may turn out to have no targets. */
static enum rc
read_account_of(struct forwards_walk *w, const struct address *address,
    struct forwards_stop *stop, struct err *err)
{
	const char *key = address_key(w->arena, address);
	struct account account;
	enum rc rc = account_find(w->db, w->arena, key, &account, err);

	if (rc == RC_NONE)
		return read_home(w, address, stop, err);
	if (rc != RC_OK)
		return rc;
	stop->account = key;
	if (account.suspended && !w->every_state)
		return RC_OK;
	rc = read_targets(w, stop, err);
	if (rc != RC_OK || stop->n > 0)
		return rc;
	rc = read_home(w, address, stop, err);
	return rc == RC_NONE ? RC_OK : rc;
}

/* The address itself, without its extension, and the domain's catch-all: the
   first that is known is the account. */
static enum rc
read_account_or_base(struct forwards_walk *w, const struct address *address,
    struct forwards_stop *stop, struct err *err)
{
	struct address as = *address;
	size_t base = strcspn(as.local, w->settings->delimiter);
	enum rc rc = read_account_of(w, &as, stop, err);

	if (rc == RC_NONE && base > 0 && as.local[base] != '\0') {
		as.local = arena_copy_bytes(w->arena, as.local, base);
		rc = read_account_of(w, &as, stop, err);
	}
	if (rc == RC_NONE) {
		as.local = "";
		rc = read_account_of(w, &as, stop, err);
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
	if (stop->n == 0) {
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
	if (w->n_finals < FORWARDS_FINAL_MAX)
		w->finals[w->n_finals++] = target;
	else
		w->refusal = walk_note(w,
		    "%s, a target of %s, is left out: more than %d targets",
		    target, from->account, FORWARDS_FINAL_MAX);
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
	if (!forwards_serves(w->settings, address.domain)) {
		add_final(w, from, address_text(w->arena, &address));
		return RC_OK;
	}
	rc = read_account_or_base(w, &address, &stop, err);
	if (rc == RC_OK)
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
	enum rc rc = read_account_or_base(w, address, &w->stops[0], err);

	w->n_stops = rc == RC_OK;
	return rc;
}

enum rc
forwards_walk_on(struct forwards_walk *w, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < w->n_stops; i++)
		for (size_t k = 0; rc == RC_OK && k < w->stops[i].n; k++)
			rc = follow_target(w, &w->stops[i],
			    w->stops[i].targets[k], err);
	return rc;
}
