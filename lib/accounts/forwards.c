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

static enum rc
find(struct forwards_walk *w, const struct address *address,
    struct forwards *out, struct err *err)
{
	enum rc rc = forwards_walk_begin(w, address, err);

	if (rc == RC_NONE) {
		out->known = FORWARDS_NO_ACCOUNT;
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = forwards_walk_on(w, err);
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
	struct forwards_walk *w;
	struct db *db;
	enum rc rc;

	*out = (struct forwards){.known = FORWARDS_NOT_OURS};
	if (address->domain == NULL ||
	    !forwards_serves(settings, address->domain))
		return RC_OK;
	rc = store_take(store, &db, err);
	if (rc != RC_OK)
		return rc;
	w = arena_take(a, sizeof(*w));
	w->db = db;
	w->arena = a;
	w->settings = settings;
	w->home_of = settings->home_of;
	rc = find(w, address, out, err);
	store_give(store, db);
	return rc;
}
