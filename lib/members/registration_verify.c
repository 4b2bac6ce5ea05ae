/* SPDX-License-Identifier: MIT */
#include "members/private/registration_tx.h"

#include "base/token.h"
#include "outbox/code_hash.h"
#include "store/due.h"
#include "store/limit_key.h"
#include "store/limit_table.h"

#define HOUR 3600

const char registration_no_token[] =
    "This is no code: it has ten letters and digits, such as ABCDE-FGHJK.";

struct verification {
	struct arena *arena;
	const struct registration_settings *settings;
	const char *id, *code, *client;
	int64_t now;
	enum rc answer; /* for the caller; the transaction is committed, as what
			   was typed is counted */
	struct err why;
};

static enum rc
check_code(const struct verification *k, const struct registration *r,
    struct err *err)
{
	return code_hash_check(k->arena, k->settings->codes,
	    (const char *const[]){r->id, NULL}, k->code, r->code_hash, err);
}

struct attempt {
	struct arena *arena;
	const struct registration_settings *settings;
	const char *client;
	int64_t now;
};

static enum rc
try_tx(struct db *db, void *context, struct err *err)
{
	const struct attempt *k = context;
	const struct limit limit = {
	    limit_key_of_client(k->arena, "try", k->client),
	    k->settings->limits.tries, HOUR};
	int64_t wait;
	enum rc rc = limit_take(db, &limit, k->now, &wait, err);

	if (rc == RC_NONE) {
		long minutes = (long)((wait + 59) / 60);

		return err_set(err, RC_NONE,
		    "Too many codes from your network: please try again in "
		    "%ld minute%s.",
		    minutes, minutes == 1 ? "" : "s");
	}
	return rc;
}

enum rc
registration_try(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *client, int64_t now, struct err *err)
{
	struct attempt k = {a, settings, client, now};

	return store_change(store, try_tx, &k, err);
}

static enum rc
count_try(struct db *db, const struct verification *k, struct err *err)
{
	struct attempt attempt = {k->arena, k->settings, k->client, k->now};
	enum rc rc = try_tx(db, &attempt, err);

	return rc == RC_NONE ? RC_PERM : rc;
}

static enum rc
verification_wrong(struct verification *k, const char *why)
{
	k->answer = err_set(&k->why, RC_PERM, "%s", why);
	return RC_OK;
}

static enum rc
verify_asked(struct db *db, struct verification *k, struct registration *r,
    struct err *err)
{
	enum rc rc;

	if (r->code_wrong >= REGISTRATION_CODE_WRONG)
		return verification_wrong(k,
		    "This code was typed wrongly too often: please "
		    "ask for a new one.");
	if (due_code_is_over(r->code_expires, k->now))
		return verification_wrong(k,
		    "This code has expired: please ask for a new one.");
	rc = check_code(k, r, err);
	if (rc == RC_TEMP)
		return rc;
	if (rc == RC_OK) {
		r->state = REGISTRATION_PROVEN;
		r->proven = k->now;
	} else {
		r->code_wrong++;
		verification_wrong(k, "This code is wrong.");
	}
	return registration_update(db, r, err);
}

static enum rc
verify_tx(struct db *db, void *context, struct err *err)
{
	struct verification *k = context;
	struct registration r;
	bool proven;
	enum rc rc = registration_by_id(db, k->arena, k->id, &r, err);

	k->answer = RC_OK;
	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "no such request");
	if (rc != RC_OK)
		return rc;
	proven =
	    r.state == REGISTRATION_PROVEN || r.state == REGISTRATION_APPROVED;
	if (proven) {
		rc = check_code(k, &r, err);
		if (rc != RC_NONE)
			return rc;
	}
	rc = count_try(db, k, err);
	if (rc != RC_OK)
		return rc;
	if (r.state == REGISTRATION_REFUSED)
		return verification_wrong(k, "This request was refused.");
	return proven ? verification_wrong(k, "This code is wrong.")
		      : verify_asked(db, k, &r, err);
}

enum rc
registration_verify(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, const char *code, const char *client, int64_t now,
    struct err *err)
{
	struct verification k = {
	    .arena = a,
	    .settings = settings,
	    .id = id,
	    .code = code,
	    .client = client,
	    .now = now,
	};
	enum rc rc;

	/* A text that is no code was not guessed, and is not counted. */
	if (token_read(a, code) == NULL)
		return err_set(err, RC_PERM, "%s", registration_no_token);
	rc = store_change(store, verify_tx, &k, err);
	if (rc == RC_OK && k.answer != RC_OK)
		return err_set(err, k.answer, "%s", k.why.text);
	return rc;
}
