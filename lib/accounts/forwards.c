/* SPDX-License-Identifier: MIT */
#include "accounts/forwards.h"

#include "accounts/forwards_walk.h"
#include "base/str.h"

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

static enum rc
find(struct db *db, void *context, struct err *err)
{
	const struct search *search = context;
	struct forwards_walk *w = arena_take(search->arena, sizeof(*w));
	struct forwards *out = search->out;
	enum rc rc;

	w->db = db;
	w->arena = search->arena;
	w->settings = search->settings;
	w->home_of = search->settings->home_of;
	rc = forwards_walk_begin(w, search->address, err);
	if (rc == RC_NONE) {
		out->known = FORWARDS_NO_ACCOUNT;
		return RC_OK;
	}
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
	rc = store_do(store, find, &search, err);
	out->store_down &= rc == RC_TEMP;
	return rc;
}
