/* SPDX-License-Identifier: MIT */
#include "forwarding/return_path.h"

#include "store/srs_token_table.h"

/* A token to write into the table, or to read from it. */
struct token {
	const char *name, *sender;
	int64_t expires, now;
	struct arena *arena;
};

static enum rc
put_srs_token(struct db *db, void *context, struct err *err)
{
	const struct token *t = context;

	return srs_token_put(db, t->name, t->sender, t->expires, t->now, err);
}

static enum rc
find_srs_token(struct db *db, void *context, struct err *err)
{
	struct token *t = context;

	return srs_token_find(db, t->arena, t->name, t->now, &t->sender, err);
}

#define NOTE_AGAIN_S 60 /* pause after the store could not be asked */

/* The name of the row that notes a length.  It stands among the tokens, none of
   which looks like it, and lasts as long as they do. */
static const char *
length_name(struct arena *a, unsigned length)
{
	return arena_printf(a, "hash-length-%u", length);
}

/* Nobody waits for the note.  Without it, bounces to older addresses may be
   refused after the length was changed; the next message tries again. */
static void
note_length(struct store *store, const struct return_path_settings *settings,
    struct arena *a, int64_t now)
{
	struct token t = {
	    .name = length_name(a, settings->srs->hash_length),
	    .sender = "",
	    .expires = srs_good_until(settings->srs, now),
	    .now = now,
	};
	struct err err;

	if (settings->note_at == NULL || now < atomic_load(settings->note_at))
		return;
	/* Other threads do not write the note too while the store is slow. */
	atomic_store(settings->note_at, now + NOTE_AGAIN_S);
	if (store_do(store, put_srs_token, &t, &err) == RC_OK)
		atomic_store(settings->note_at, srs_next_day(now));
}

enum rc
return_path_forward(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const char *sender, int64_t now, const char **out, struct err *err)
{
	struct address from, as;
	const char *token;
	enum rc rc;

	/* A sender that is no address has no mailbox to return to. */
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

		if (store_do(store, put_srs_token, &t, err) != RC_OK)
			return RC_TEMP;
	}
	if (rc == RC_OK) {
		note_length(store, settings, a, now);
		*out = address_text(a, &as);
	}
	return rc;
}

static enum rc
find_token_sender(struct store *store, struct arena *a, int64_t now,
    struct srs_reversed *r, struct err *err)
{
	struct token t = {.name = r->token, .now = now, .arena = a};
	enum rc rc = store_do(store, find_srs_token, &t, err);

	if (rc == RC_OK && address_read(a, t.sender, &r->sender, NULL) == RC_OK)
		r->answer = SRS_REVERSED;
	else
		r->answer = SRS_FORGOTTEN;
	return rc == RC_NONE ? RC_OK : rc;
}

/* Reads an address with a short hash, if we signed with hashes of that length
   while the address may have been written. */
static enum rc
read_short(struct store *store, const struct return_path_settings *settings,
    struct arena *a, const struct address *address, int64_t now,
    struct srs_reversed *r, struct err *err)
{
	struct token t = {.now = now, .arena = a};
	struct srs srs = *settings->srs;
	enum rc rc = RC_OK;

	/* Looks up twice at most: an SRS1 address may have an SRS0 address of
	   ours in it. */
	while (rc == RC_OK && r->answer == SRS_HASH_SHORT) {
		srs.hash_length_min = r->hash_length;
		t.name = length_name(a, r->hash_length);
		rc = store_do(store, find_srs_token, &t, err);
		if (rc == RC_OK)
			*r = srs_reverse(&srs, a, address, now);
	}
	if (rc == RC_NONE)
		r->answer = SRS_HASH_INVALID;
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
return_path_reverse(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const struct address *address, int64_t now, struct srs_reversed *out,
    struct err *err)
{
	enum rc rc = RC_OK;

	*out = (struct srs_reversed){.answer = SRS_ORDINARY};
	if (settings->srs == NULL)
		return RC_OK;
	*out = srs_reverse(settings->srs, a, address, now);
	if (srs_answer_is_ours(out->answer) && settings->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", settings->trouble);
	if (out->answer == SRS_HASH_SHORT)
		rc = read_short(store, settings, a, address, now, out, err);
	if (rc != RC_OK)
		return rc;
	return out->answer == SRS_STORED
		   ? find_token_sender(store, a, now, out, err)
		   : RC_OK;
}
