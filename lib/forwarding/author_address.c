/* SPDX-License-Identifier: MIT */
#include "forwarding/author_address.h"

#include "base/str.h"
#include "outbox/keyed_hash.h"
#include "store/author_token_table.h"

#include <string.h>

enum rc
author_address_make(const struct author_settings *settings, struct arena *a,
    const struct address *author, struct author_address *out, struct err *err)
{
	const struct return_path_settings *return_path = settings->return_path;
	const struct srs *srs = return_path->srs;
	const char *texts[] = {"author", address_key(a, author), NULL};

	if (return_path->trouble != NULL)
		return err_set(err, RC_TEMP, "%s", return_path->trouble);
	if (srs == NULL || srs->n_secrets == 0)
		return err_set(err, RC_TEMP, "srs: there is no secret");
	out->token = arena_copy_bytes(a,
	    keyed_hash(a,
		&(struct keyed_secrets){
		    .all = srs->secrets, .n = srs->n_secrets},
		texts),
	    AUTHOR_TOKEN_LEN);
	out->text = arena_printf(a, "%s@%s", out->token, settings->domain);
	return RC_OK;
}

bool
author_address_serves(const struct author_settings *settings,
    const char *domain)
{
	return settings != NULL && settings->domain != NULL && domain != NULL &&
	       strcmp(domain, settings->domain) == 0;
}

struct address
author_address_role(const struct author_settings *settings,
    const struct forwards_settings *served, const struct address *address)
{
	struct address role = *address;

	if (address->local != NULL && served->n_domains > 0 &&
	    author_address_serves(settings, address->domain) &&
	    address_is_role(address, served->delimiter))
		role.domain = served->domains[0];
	return role;
}

const char *
author_address_token(const struct author_settings *settings, struct arena *a,
    const struct address *address)
{
	const char *token;

	if (address->local == NULL ||
	    !author_address_serves(settings, address->domain))
		return NULL;
	token = str_lower(a, address->local);
	return strlen(token) == AUTHOR_TOKEN_LEN &&
		       strspn(token, "0123456789abcdef") == AUTHOR_TOKEN_LEN
		   ? token
		   : NULL;
}

struct noting {
	const struct author_note *note;
	struct arena *arena;
	int64_t now;
};

static enum rc
put_author_tokens(struct db *db, void *context, struct err *err)
{
	const struct noting *noting = context;
	const struct author_note *note = noting->note;
	struct author_token row = {
	    .author = address_text(noting->arena, note->author)};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < note->n && rc == RC_OK; i++) {
		row.account = note->accounts[i];
		rc = author_token_put(db, note->token, &row, noting->now, err);
	}
	return rc;
}

enum rc
author_address_note(struct store *store, struct arena *a,
    const struct author_note *note, int64_t now, struct err *err)
{
	struct noting noting = {note, a, now};

	return store_do(store, put_author_tokens, &noting, err) == RC_OK
		   ? RC_OK
		   : RC_TEMP;
}

struct finding_author {
	const char *token, *author;
	struct arena *arena;
	int64_t now;
};

static enum rc
find_author(struct db *db, void *context, struct err *err)
{
	struct finding_author *f = context;

	return author_token_find(db, f->arena, f->token, f->now, &f->author,
	    err);
}

enum rc
author_address_find(struct store *store, const struct author_settings *settings,
    struct arena *a, const struct address *address, int64_t now,
    const char **author, struct err *err)
{
	struct finding_author f = {
	    .token = author_address_token(settings, a, address),
	    .arena = a,
	    .now = now,
	};
	enum rc rc;

	if (f.token == NULL)
		return RC_NONE;
	rc = store_do(store, find_author, &f, err);
	*author = f.author;
	return rc;
}
