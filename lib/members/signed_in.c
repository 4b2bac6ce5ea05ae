/* SPDX-License-Identifier: MIT */
#include "members/signed_in.h"

#include "base/encode.h"
#include "base/str.h"
#include "store/account_table.h"
#include "store/due.h"
#include "store/member_session_table.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>

#define TOKEN_BYTES 32
/* Of what a browser says it is, so much counts. */
#define BROWSER_MAX 1000

enum rc
signed_in_token(struct arena *a, const char **out, struct err *err)
{
	unsigned char bytes[TOKEN_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(err, RC_TEMP, "no random bytes");
	*out = encode_base64url(a, bytes, sizeof(bytes));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return RC_OK;
}

/* A token has 256 random bits: nobody guesses it from its hash. */
static const char *
session_hash(struct arena *a, const char *text)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text, strlen(text), hash);
	return encode_base64url(a, hash, sizeof(hash));
}

/* With the token in it, so that the store does not tell which members have the
   same browser. */
static const char *
browser_hash(struct arena *a, const char *token, const char *browser)
{
	return session_hash(a, arena_printf(a, "%s %.*s", token, BROWSER_MAX,
				   browser != NULL ? browser : ""));
}

enum rc
signed_in_begin_tx(struct db *db, struct arena *a,
    const struct signed_in *session, const char *browser, int64_t now,
    struct err *err)
{
	const struct member_session row = {
	    .token_hash = session_hash(a, session->token),
	    .account = session->account,
	    .browser = browser_hash(a, session->token, browser),
	    .created = now,
	    .used = now,
	};

	return member_session_add(db, &row, err);
}

enum rc
signed_in_has_begun(struct db *db, struct arena *a,
    const struct signed_in *session, struct err *err)
{
	struct member_session row;
	enum rc rc = member_session_find(db, a, session_hash(a, session->token),
	    &row, err);

	return rc == RC_OK && strcmp(row.account, session->account) != 0
		   ? RC_NONE
		   : rc;
}

struct signed_in_search {
	struct arena *arena;
	const struct signed_in_times *times;
	const char *token, *browser;
	int64_t now;
	struct member_session row;
	bool is_foreign; /* the token came from another browser */
};

/* A time far ahead is of a clock that was set back. */
static bool
is_over(const struct signed_in_search *k)
{
	const struct member_session *s = &k->row;
	int64_t idle = due_seconds(k->times->idle_ms);
	int64_t most = due_seconds(k->times->most_ms);

	return s->used + idle <= k->now || s->created + most <= k->now ||
	       s->used > k->now + most || s->created > k->now + most;
}

static enum rc
find_session_tx(struct db *db, void *context, struct err *err)
{
	struct signed_in_search *k = context;
	struct account account;
	const char *browser = browser_hash(k->arena, k->token, k->browser);
	enum rc rc = member_session_find(db, k->arena,
	    session_hash(k->arena, k->token), &k->row, err);

	k->is_foreign = false;
	if (rc != RC_OK)
		return rc;
	if (is_over(k))
		return RC_NONE;
	k->is_foreign = strcmp(k->row.browser, browser) != 0;
	if (k->is_foreign)
		return RC_NONE;
	rc = account_find(db, k->arena, k->row.account, &account, err);
	return rc == RC_OK && account.suspended ? RC_NONE : rc;
}

static enum rc
use_session_tx(struct db *db, void *context, struct err *err)
{
	const struct signed_in_search *k = context;

	return member_session_use(db, k->row.token_hash, k->now, err);
}

static enum rc
remove_session_tx(struct db *db, void *context, struct err *err)
{
	enum rc rc = member_session_remove(db, context, err);

	return rc == RC_NONE ? RC_OK : rc;
}

/* A session that cannot be written down as used is good all the same. */
static enum rc
use_session(struct store *store, struct signed_in_search *k, struct err *err)
{
	struct err why;
	enum rc rc;

	if (k->row.used + SIGNED_IN_USE_SECONDS > k->now)
		return RC_OK;
	rc = store_change(store, use_session_tx, k, &why);
	return rc == RC_NONE ? err_set(err, RC_NONE, "it was ended") : RC_OK;
}

enum rc
signed_in_find(struct store *store, const struct signed_in_times *times,
    struct arena *a, const char *token, const char *browser, int64_t now,
    struct signed_in *out, struct err *err)
{
	struct signed_in_search k = {
	    .arena = a,
	    .times = times,
	    .token = token,
	    .browser = browser,
	    .now = now,
	};
	enum rc rc = store_do(store, find_session_tx, &k, err);

	if (rc == RC_NONE && k.is_foreign &&
	    signed_in_end(store, a, token, err) == RC_TEMP)
		return RC_TEMP;
	if (rc == RC_OK)
		rc = use_session(store, &k, err);
	if (rc == RC_OK)
		*out = (struct signed_in){k.row.account, token};
	return rc;
}

enum rc
signed_in_end(struct store *store, struct arena *a, const char *token,
    struct err *err)
{
	return store_change(store, remove_session_tx,
	    (void *)(uintptr_t)session_hash(a, token), err);
}

static enum rc
remove_all_sessions_tx(struct db *db, void *context, struct err *err)
{
	enum rc rc = member_session_remove_all(db, context, err);

	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
signed_in_end_all(struct store *store, const char *account, struct err *err)
{
	return store_change(store, remove_all_sessions_tx,
	    (void *)(uintptr_t)account, err);
}
