/* SPDX-License-Identifier: MIT */
#include "forwarding/author_reply.h"

#include "base/str.h"
#include "store/author_token_table.h"

/* Accounts that may be the one: those with that very target first. */
struct candidates {
	const char *token, *target;
	struct arena *arena;
	int64_t now;
	struct author_token *direct, *others;
	size_t n_direct, n_others;
};

static enum rc
list_candidates(struct db *db, void *context, struct err *err)
{
	struct candidates *c = context;
	enum rc rc = author_token_list_by_target(db, c->arena, c->token,
	    c->target, c->now, &c->direct, &c->n_direct, err);

	if (rc == RC_OK)
		rc = author_token_list(db, c->arena, c->token, c->now,
		    &c->others, &c->n_others, err);
	/* See store_do: "none" must be said of a store that is current. */
	return rc == RC_OK && c->n_others == 0 ? RC_NONE : rc;
}

static enum rc
find_account_forwards(const struct author_reply_search *search, struct arena *a,
    const char *account, struct forwards *out, struct err *err)
{
	struct address address;

	*out = (struct forwards){0};
	if (address_read(a, account, &address, NULL) != RC_OK)
		return RC_OK;
	return search->forwards == NULL
		   ? forwards_find(search->store, search->served, a, &address,
			 out, err)
		   : forwards_cache_find(search->forwards, search->served, a,
			 &address, out, err);
}

static bool
forwards_lead_to(const struct forwards *forwards, const char *target)
{
	for (size_t i = 0; forwards->known == FORWARDS_FOUND && i < forwards->n;
	     i++)
		if (str_equal_fold(forwards->targets[i], target))
			return true;
	return false;
}

/* RC_NONE: none of these. */
static enum rc
choose_account(const struct author_reply_search *search,
    const struct candidates *c, const struct author_token *rows, size_t n,
    struct author_reply *out, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct forwards forwards;
		enum rc rc = find_account_forwards(search, c->arena,
		    rows[i].account, &forwards, err);

		if (rc != RC_OK)
			return RC_TEMP;
		if (!forwards_lead_to(&forwards, c->target))
			continue;
		*out = (struct author_reply){
		    c->token, rows[i].author, rows[i].account};
		return RC_OK;
	}
	return RC_NONE;
}

enum rc
author_reply_find(const struct author_reply_search *search, struct arena *a,
    const struct address *to, const struct address *sender, int64_t now,
    struct author_reply *out, bool *known, struct err *err)
{
	struct candidates c = {
	    .token = author_address_token(search->authors, a, to),
	    .arena = a,
	    .now = now,
	};
	enum rc rc;

	*out = (struct author_reply){0};
	*known = false;
	if (c.token == NULL || sender->local == NULL)
		return RC_NONE;
	c.target = address_text(a, sender);
	rc = store_do(search->store, list_candidates, &c, err);
	if (rc != RC_OK)
		return rc;
	*known = true;
	rc = choose_account(search, &c, c.direct, c.n_direct, out, err);
	return rc == RC_NONE
		   ? choose_account(search, &c, c.others, c.n_others, out, err)
		   : rc;
}
