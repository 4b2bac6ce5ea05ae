/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/str.h"
#include "forwarding/forwards_walk.h"
#include "outbox/outbox.h"

bool
forwards_serves(const struct forwards_settings *settings, const char *domain)
{
	for (size_t i = 0; i < settings->n_domains; i++)
		if (str_equal_fold(settings->domains[i], domain))
			return true;
	return false;
}

struct search {
	const struct forwards_settings *settings;
	struct arena *arena;
	const struct address *address;
	struct forwards *out;
};

const char *
forwards_bounce_id(const struct forwards_settings *settings, struct arena *a,
    const struct address *address)
{
	return address->domain != NULL &&
		       forwards_serves(settings, address->domain)
		   ? outbox_sender_id(a, address)
		   : NULL;
}

/* To somebody who is none of our members. */
static enum rc
lead_outside(const struct search *search, const struct address *to)
{
	struct forwards *out = search->out;
	const char **targets =
	    arena_take_array(search->arena, 1, sizeof(*targets));

	targets[0] = address_text(search->arena, to);
	out->known = FORWARDS_FOUND;
	out->account = address_key(search->arena, search->address);
	out->targets = targets;
	out->n = 1;
	return RC_OK;
}

static enum rc
walk_forwards(struct db *db, const struct search *search,
    const struct address *from, struct err *err)
{
	struct forwards_walk *w = arena_take(search->arena, sizeof(*w));
	struct forwards *out = search->out;
	enum rc rc;

	w->db = db;
	w->arena = search->arena;
	w->settings = search->settings;
	w->home_of = search->settings->home_of;
	rc = forwards_walk_begin(w, from, err);
	if (rc == RC_OK)
		rc = forwards_walk_on(w, err);
	out->store_down = rc == RC_TEMP && !w->home_failed;
	if (rc != RC_OK)
		return rc;
	out->known = w->n_finals > 0 ? FORWARDS_FOUND : FORWARDS_NO_TARGET;
	out->account = w->stops[0].account;
	out->targets = w->finals;
	out->n = w->n_finals;
	out->note = w->note;
	return RC_OK;
}

static enum rc
find_bounces(struct db *db, const struct search *search, const char *id,
    struct err *err)
{
	const char *to = search->settings->bounces_to;
	struct outbox_mail mail;
	struct address address;
	enum rc rc = outbox_by_id(db, search->arena, id, &mail, err);

	search->out->store_down = rc == RC_TEMP;
	if (rc != RC_OK)
		return rc;
	search->out->known = FORWARDS_NO_TARGET;
	if (to == NULL ||
	    address_read(search->arena, to, &address, NULL) != RC_OK ||
	    address.domain[0] == '\0')
		return RC_OK;
	if (!forwards_serves(search->settings, address.domain))
		return lead_outside(search, &address);
	rc = walk_forwards(db, search, &address, err);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
find_forwards(struct db *db, void *context, struct err *err)
{
	const struct search *search = context;
	const char *id;
	enum rc rc;

	*search->out = (struct forwards){.store_down = true};
	id = forwards_bounce_id(search->settings, search->arena,
	    search->address);
	rc = id == NULL ? walk_forwards(db, search, search->address, err)
			: find_bounces(db, search, id, err);
	if (rc == RC_NONE)
		search->out->known = FORWARDS_NO_ACCOUNT;
	/* Whoever was not found on the way may have been added by now. */
	if (rc == RC_OK &&
	    (search->out->known != FORWARDS_FOUND || search->out->note != NULL))
		rc = RC_NONE;
	/* If it is not believed, that is for the store's sake. */
	search->out->store_down |= rc == RC_NONE;
	return rc;
}

enum rc
forwards_find(struct store *store, const struct forwards_settings *settings,
    struct arena *a, const struct address *address, struct forwards *out,
    struct err *err)
{
	struct search search = {settings, a, address, out};
	enum rc rc;

	*out = (struct forwards){.known = FORWARDS_NOT_OURS};
	if (address->domain == NULL ||
	    !forwards_serves(settings, address->domain))
		return RC_OK;
	out->store_down = true;
	rc = store_do(store, find_forwards, &search, err);
	out->store_down &= rc == RC_TEMP;
	return rc == RC_NONE ? RC_OK : rc;
}
