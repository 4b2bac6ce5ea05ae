/* SPDX-License-Identifier: MIT */
#include "forwarding/return_path.h"

#include "forwarding/domains.h"
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

const char *
return_path_domain(const struct return_path_settings *settings, struct arena *a,
    const char *domain)
{
	const char *own;
	struct err err;

	if (settings->srs == NULL)
		return NULL;
	return settings->forwards != NULL && domains_srs_of(settings->forwards,
						 a, domain, &own, &err) == RC_OK
		   ? own
		   : settings->srs->domains[0];
}

enum rc
return_path_reads(const struct return_path_settings *settings,
    const char *domain, struct err *err)
{
	if (settings->srs == NULL || domain[0] == '\0')
		return RC_NONE;
	if (srs_reads(settings->srs, domain))
		return RC_OK;
	return settings->forwards == NULL
		   ? RC_NONE
		   : domains_srs_find(settings->forwards, domain, err);
}

/* Adds the domain to those of one question, if it is ours. */
static enum rc
read_also(const struct return_path_settings *settings, const char *domain,
    const char **also, struct err *err)
{
	enum rc rc =
	    domain == NULL ? RC_NONE : return_path_reads(settings, domain, err);

	if (rc == RC_OK)
		*also = domain;
	return rc == RC_NONE ? RC_OK : rc;
}

/* The settings, with those domains of the address that the store knows. */
static enum rc
srs_for_address(const struct return_path_settings *settings, struct arena *a,
    const struct address *address, struct srs *out, struct err *err)
{
	enum rc rc;

	*out = *settings->srs;
	if (address->local == NULL || !srs_looks_like(address->local))
		return RC_OK;
	rc = read_also(settings, address->domain, &out->also[0], err);
	if (rc == RC_OK && srs_reads(out, address->domain))
		rc = read_also(settings, srs_hop(a, address), &out->also[1],
		    err);
	return rc;
}

/* A sender of ours stays.  Whether it is one may not be known: it is rewritten
   then, and its bounces come here all the same. */
static bool
sender_stays(const struct return_path_settings *settings,
    const struct address *from)
{
	struct err err;

	return settings->forwards != NULL && from->domain[0] != '\0' &&
	       (domains_ours(settings->forwards, from->domain) ||
		   domains_srs_glance(settings->forwards, from->domain, &err) ==
		       RC_OK);
}

enum rc
return_path_forward(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const char *sender, const char *srs_domain, int64_t now, const char **out,
    struct err *err)
{
	struct address from, as;
	const char *token;
	struct srs srs;
	enum rc rc;

	/* A sender that is no address has no mailbox to return to. */
	if (settings->srs == NULL ||
	    address_read(a, sender, &from, NULL) != RC_OK)
		return RC_NONE;
	if (settings->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", settings->trouble);
	if (sender_stays(settings, &from))
		return RC_NONE;
	srs = *settings->srs;
	srs.written = srs_domain;
	rc = srs_forward(&srs, a, &from, now, &as, &token);
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
read_short(struct store *store, struct srs srs, struct arena *a,
    const struct address *address, int64_t now, struct srs_reversed *r,
    struct err *err)
{
	struct token t = {.now = now, .arena = a};
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
return_path_look(const struct return_path_settings *settings, struct arena *a,
    const struct address *address, int64_t now, struct srs_reversed *out,
    struct err *err)
{
	struct srs srs;
	enum rc rc;

	*out = (struct srs_reversed){.answer = SRS_ORDINARY};
	if (settings->srs == NULL)
		return RC_OK;
	rc = srs_for_address(settings, a, address, &srs, err);
	if (rc == RC_OK)
		*out = srs_reverse(&srs, a, address, now);
	return rc;
}

enum rc
return_path_reverse(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const struct address *address, int64_t now, struct srs_reversed *out,
    struct err *err)
{
	struct srs srs;
	enum rc rc;

	*out = (struct srs_reversed){.answer = SRS_ORDINARY};
	if (settings->srs == NULL)
		return RC_OK;
	rc = srs_for_address(settings, a, address, &srs, err);
	if (rc != RC_OK)
		return rc;
	*out = srs_reverse(&srs, a, address, now);
	if (srs_answer_is_ours(out->answer) && settings->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", settings->trouble);
	if (out->answer == SRS_HASH_SHORT)
		rc = read_short(store, srs, a, address, now, out, err);
	if (rc != RC_OK)
		return rc;
	return out->answer == SRS_STORED
		   ? find_token_sender(store, a, now, out, err)
		   : RC_OK;
}
