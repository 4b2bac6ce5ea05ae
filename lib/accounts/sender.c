/* SPDX-License-Identifier: MIT */
#include "accounts/sender.h"

#include "store/srs_token_table.h"

static enum rc
note_token(struct store *store, const struct srs *srs, struct arena *a,
    const struct address *sender, const char *token, int64_t now,
    struct err *err)
{
	struct db *db;
	enum rc rc = store_take(store, &db, err);

	if (rc != RC_OK)
		return rc;
	rc = srs_token_put(db, token, address_text(a, sender),
	    srs_good_until(srs, now), now, err);
	store_give(store, db);
	return rc == RC_OK ? RC_OK : RC_TEMP;
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
	if (rc == RC_OK && token != NULL)
		rc =
		    note_token(store, settings->srs, a, &from, token, now, err);
	if (rc == RC_OK)
		*out = address_text(a, &as);
	return rc;
}

static enum rc
find_token(struct store *store, struct arena *a, int64_t now,
    struct srs_reversed *r, struct err *err)
{
	const char *sender;
	struct db *db;
	enum rc rc = store_take(store, &db, err);

	if (rc != RC_OK)
		return rc;
	rc = srs_token_find(db, a, r->token, now, &sender, err);
	store_give(store, db);
	if (rc == RC_OK && address_read(a, sender, &r->sender, NULL) == RC_OK)
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
