/* SPDX-License-Identifier: MIT */
#include "members/request_within.h"

#include "base/token.h"
#include "outbox/code_hash.h"
#include "store/due.h"
#include "store/limit_key.h"
#include "store/limit_table.h"

#define HOUR 3600

const char request_no_token[] =
    "This is no code: it has ten letters and digits, such as ABCDE-FGHJK.";

struct proof {
	struct arena *arena;
	const struct request_settings *settings;
	const char *id, *code, *client;
	int64_t now;
	enum rc answer; /* not the work's own: what was typed is counted */
	struct err why;
};

static enum rc
check_code(const struct proof *k, const struct request *r, struct err *err)
{
	return code_hash_check(k->arena, k->settings->codes,
	    (const char *const[]){r->id, NULL}, k->code, r->code_hash, err);
}

struct attempt {
	struct arena *arena;
	const struct request_settings *settings;
	const char *client;
	int64_t now;
};

static enum rc
try_within(struct db *db, void *context, struct err *err)
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
request_try(struct store *store, const struct request_settings *settings,
    struct arena *a, const char *client, int64_t now, struct err *err)
{
	struct attempt k = {a, settings, client, now};

	return store_change(store, try_within, &k, err);
}

static enum rc
count_try(struct db *db, const struct proof *k, struct err *err)
{
	struct attempt attempt = {k->arena, k->settings, k->client, k->now};
	enum rc rc = try_within(db, &attempt, err);

	return rc == RC_NONE ? RC_PERM : rc;
}

static enum rc
proof_wrong(struct proof *k, const char *why)
{
	k->answer = err_set(&k->why, RC_PERM, "%s", why);
	return RC_OK;
}

static enum rc
prove_asked(struct db *db, struct proof *k, struct request *r, struct err *err)
{
	enum rc rc;

	if (r->code_wrong >= REQUEST_CODE_WRONG)
		return proof_wrong(k,
		    "This code was typed wrongly too often: please "
		    "ask for a new one.");
	if (due_code_is_over(r->code_expires, k->now))
		return proof_wrong(k,
		    "This code has expired: please ask for a new one.");
	rc = check_code(k, r, err);
	if (rc == RC_TEMP)
		return rc;
	if (rc == RC_OK) {
		r->state = REQUEST_PROVEN;
		r->proven = k->now;
	} else {
		r->code_wrong++;
		proof_wrong(k, "This code is wrong.");
	}
	return request_update(db, r, err);
}

static enum rc
prove_within(struct db *db, void *context, struct err *err)
{
	struct proof *k = context;
	struct request r;
	bool proven;
	enum rc rc = request_by_id(db, k->arena, k->id, &r, err);

	k->answer = RC_OK;
	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "no such request");
	if (rc != RC_OK)
		return rc;
	proven = r.state == REQUEST_PROVEN || r.state == REQUEST_APPROVED;
	if (proven) {
		rc = check_code(k, &r, err);
		if (rc != RC_NONE)
			return rc;
	}
	rc = count_try(db, k, err);
	if (rc != RC_OK)
		return rc;
	if (r.state == REQUEST_REFUSED)
		return proof_wrong(k, "This request was refused.");
	return proven ? proof_wrong(k, "This code is wrong.")
		      : prove_asked(db, k, &r, err);
}

enum rc
request_prove(struct store *store, const struct request_settings *settings,
    struct arena *a, const char *id, const char *code, const char *client,
    int64_t now, struct err *err)
{
	struct proof k = {
	    .arena = a,
	    .settings = settings,
	    .id = id,
	    .code = code,
	    .client = client,
	    .now = now,
	};
	enum rc rc;

	/* Nobody has guessed anything. */
	if (token_read(a, code) == NULL)
		return err_set(err, RC_PERM, "%s", request_no_token);
	rc = store_change(store, prove_within, &k, err);
	if (rc == RC_OK && k.answer != RC_OK)
		return err_set(err, k.answer, "%s", k.why.text);
	return rc;
}
