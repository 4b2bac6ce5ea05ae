/* SPDX-License-Identifier: MIT */
#include "accounts/sender.h"

#include "store/srs_token_table.h"

/* A long sender, on its way into the table or out of it. */
struct token {
	const char *name, *sender;
	int64_t expires, now;
	struct arena *arena;
};

static enum rc
put(struct db *db, void *context, struct err *err)
{
	const struct token *t = context;

	return srs_token_put(db, t->name, t->sender, t->expires, t->now, err);
}

static enum rc
find(struct db *db, void *context, struct err *err)
{
	struct token *t = context;

	return srs_token_find(db, t->arena, t->name, t->now, &t->sender, err);
}

enum rc
sender_forward(struct store *store, const struct sender_settings *settings,
    struct arena *a, const char *sender, int64_t now, const char **out,
    struct err *err)
{
	struct address from, as;
	const char *token;
	enum rc rc;

	/* What is no address has nobody to return to either. */
	if (settings->srs == NULL ||
	    address_read(a, sender, &from, NULL) != RC_OK)
		return RC_NONE;
	if (settings->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", settings->trouble);
	rc = srs_forward(settings->srs, a, &from, now, &as, &token);
	if (rc == RC_OK && token != NULL) {
		struct token t = {.name = token,
		    .sender = address_text(a, &from),
		    .expires = srs_good_until(settings->srs, now),
		    .now = now};

		if (store_do(store, put, &t, err) != RC_OK)
			return RC_TEMP;
	}
	if (rc == RC_OK)
		*out = address_text(a, &as);
	return rc;
}

static enum rc
find_token(struct store *store, struct arena *a, int64_t now,
    struct srs_reversed *r, struct err *err)
{
	struct token t = {.name = r->token, .now = now, .arena = a};
	enum rc rc = store_do(store, find, &t, err);

	if (rc == RC_OK && address_read(a, t.sender, &r->sender, NULL) == RC_OK)
		r->answer = SRS_REVERSED;
	else
		r->answer = SRS_FORGOTTEN;
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
sender_reverse(struct store *store, const struct sender_settings *settings,
    struct arena *a, const struct address *address, int64_t now,
    struct srs_reversed *out, struct err *err)
{
	*out = (struct srs_reversed){.answer = SRS_ORDINARY};
	if (settings->srs == NULL)
		return RC_OK;
	*out = srs_reverse(settings->srs, a, address, now);
	if (out->answer == SRS_HASH_INVALID && settings->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", settings->trouble);
	return out->answer == SRS_STORED ? find_token(store, a, now, out, err)
					 : RC_OK;
}
