/* SPDX-License-Identifier: MIT */
#include "members/request.h"

#include "base/str.h"
#include "base/token.h"
#include "base/typed.h"
#include "mail/address.h"
#include "members/request_within.h"
#include "members/user_name.h"
#include "outbox/code_hash.h"
#include "outbox/outbox.h"
#include "store/limit_table.h"

#include <string.h>

enum rc
request_id(struct arena *a, const char **out, struct err *err)
{
	return outbox_id(a, out, err);
}

bool
request_id_is_valid(const char *id)
{
	return strspn(id, "0123456789abcdefghijklmnopqrstuv") ==
		   REQUEST_ID_LEN &&
	       id[REQUEST_ID_LEN] == '\0';
}

const char *
request_about(struct arena *a, const char *id)
{
	return arena_printf(a, "request:%s", id);
}

bool
request_is_reserved(const struct request_settings *settings, const char *userid)
{
	for (size_t i = 0; i < settings->n_reserved; i++)
		if (str_equal_fold(settings->reserved[i], userid))
			return true;
	return user_name_is_role(userid);
}

bool
request_is_ours(const struct request_settings *settings, const char *domain)
{
	for (size_t i = 0; i < settings->n_srs_domains; i++)
		if (strcmp(settings->srs_domains[i], domain) == 0)
			return true;
	return strcmp(settings->domain, domain) == 0 ||
	       forwards_serves(settings->forwards, domain);
}

static bool
is_silent(const struct request *request)
{
	return code_hash_is_of_none(request->code_hash);
}

void
request_renew_code(struct arena *a, const struct keyed_secrets *secrets,
    struct request *request, const char *code, bool silent, int64_t now)
{
	const char *hash = code_hash(a, secrets,
	    (const char *const[]){request->id, NULL}, code);

	request->code_hash = silent ? code_hash_of_none : hash;
	request->code_expires = now + REQUEST_CODE_SECONDS;
	request->code_sent = now;
	request->code_wrong = 0;
	request->codes++;
}

/* The time is part of the key, as a form that comes again after its request
   has expired makes another one with that id. */
static enum rc
put_code(struct db *db, struct arena *a, const struct request *r,
    const char *code, int64_t now, struct err *err)
{
	const char *const values[] = {"code",
	    arena_printf(a, "%.*s-%s", TOKEN_LEN / 2, code,
		code + TOKEN_LEN / 2),
	    "request", r->id, NULL};
	const struct outbox_new mail = {
	    .dedup_key = arena_printf(a, "verify:%s:%d:%lld", r->id,
		(int)r->codes, (long long)r->code_sent),
	    .about = request_about(a, r->id),
	    .recipient = r->email,
	    .template = "verify",
	    .values = values,
	    .deadline = r->code_expires,
	    .now = now,
	};

	return outbox_put(db, a, &mail, err);
}

static enum rc
drop_mail(struct db *db, struct arena *a, const char *id, struct err *err)
{
	enum rc rc = outbox_drop(db, request_about(a, id), err);

	return rc == RC_NONE ? RC_OK : rc;
}

/* The same statements in either case, so that they take the same time. */
enum rc
request_mail_code(struct db *db, struct arena *a, const struct request *request,
    const char *code, int64_t now, struct err *err)
{
	bool silent = is_silent(request);
	enum rc rc = RC_OK;

	if (!silent)
		rc = drop_mail(db, a, request->id, err);
	if (rc == RC_OK)
		rc = put_code(db, a, request, code, now, err);
	if (rc == RC_OK && silent)
		rc = drop_mail(db, a, request->id, err);
	return rc;
}

struct looking {
	struct arena *arena;
	const char *id, *address; /* either may be NULL */
	struct request *out;
};

/* 26 letters may be an id and a user id. */
static enum rc
find_registration_within(struct db *db, void *context, struct err *err)
{
	const struct looking *k = context;
	enum rc rc = RC_NONE;

	if (k->id != NULL)
		rc = request_by_id(db, k->arena, k->id, k->out, err);
	if (rc == RC_NONE && k->address != NULL)
		rc = request_by_address(db, k->arena, k->address, k->out, err);
	return rc == RC_NONE ? err_set(err, RC_NONE, "no such request") : rc;
}

enum rc
request_find(struct store *store, struct arena *a, const char *id,
    struct request *out, struct err *err)
{
	struct looking k = {a, id, NULL, out};

	return store_do(store, find_registration_within, &k, err);
}

enum rc
request_lookup(struct store *store, const struct request_settings *settings,
    struct arena *a, const char *which, struct request *out, struct err *err)
{
	struct looking k = {.arena = a, .out = out};
	struct address address;

	which = typed_trim(a, which);
	if (request_id_is_valid(which))
		k.id = which;
	if (strchr(which, '@') == NULL)
		which = arena_printf(a, "%s@%s", which, settings->domain);
	if (address_read(a, which, &address, NULL) == RC_OK)
		k.address = address_key(a, &address);
	return store_do(store, find_registration_within, &k, err);
}

struct renewal {
	struct arena *arena;
	const struct keyed_secrets *secrets;
	const char *id, *code;
	int64_t now;
};

/* NULL, or why there is no new code. */
static const char *
why_no_code(struct arena *a, const struct request *r, int64_t now)
{
	int64_t wait = r->code_sent + REQUEST_RESEND_SECONDS - now;

	if (r->state == REQUEST_REFUSED)
		return "This request was refused.";
	if (r->state != REQUEST_ASKED)
		return "This mailbox is proven already.";
	if (r->codes >= REQUEST_CODES_MOST)
		return "No more codes are sent for this request.";
	if (wait > 0 && wait <= REQUEST_RESEND_SECONDS)
		return arena_printf(a,
		    "A code was sent a moment ago: please wait %d seconds.",
		    (int)wait);
	return NULL;
}

/* Was it this very code that a moment ago may have been stored or not? */
static bool
is_done(struct db *db, const struct renewal *k, const struct request *r)
{
	return db_in_doubt(db) && r->state == REQUEST_ASKED &&
	       (is_silent(r) ? r->code_sent == k->now
			     : code_hash_check(k->arena, k->secrets,
				   (const char *const[]){r->id, NULL}, k->code,
				   r->code_hash, NULL) == RC_OK);
}

static enum rc
resend_within(struct db *db, void *context, struct err *err)
{
	const struct renewal *k = context;
	struct request r;
	const char *why;
	enum rc rc = request_by_id(db, k->arena, k->id, &r, err);

	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "no such request");
	if (rc != RC_OK || is_done(db, k, &r))
		return rc;
	why = why_no_code(k->arena, &r, k->now);
	if (why != NULL)
		return err_set(err, RC_PERM, "%s", why);
	request_renew_code(k->arena, k->secrets, &r, k->code, is_silent(&r),
	    k->now);
	rc = request_update(db, &r, err);
	return rc == RC_OK
		   ? request_mail_code(db, k->arena, &r, k->code, k->now, err)
		   : rc;
}

enum rc
request_resend(struct store *store, const struct request_settings *settings,
    struct arena *a, const char *id, int64_t now, struct err *err)
{
	struct renewal k = {a, settings->codes, id, NULL, now};
	char *code;
	enum rc rc = keyed_secrets_usable(settings->codes, err);

	if (rc == RC_OK)
		rc = token_make(a, &code, err);
	if (rc != RC_OK)
		return rc;
	k.code = code;
	return store_change(store, resend_within, &k, err);
}

struct deletion {
	struct arena *arena;
	const char *id;
};

static enum rc
delete_within(struct db *db, void *context, struct err *err)
{
	const struct deletion *k = context;
	enum rc rc = request_remove(db, k->id, err);

	if (rc == RC_NONE && !db_in_doubt(db))
		return err_set(err, RC_NONE, "no such request");
	return rc == RC_OK || rc == RC_NONE
		   ? drop_mail(db, k->arena, k->id, err)
		   : rc;
}

enum rc
request_delete(struct store *store, struct arena *a, const char *id,
    struct err *err)
{
	struct deletion k = {a, id};

	return store_change(store, delete_within, &k, err);
}

struct cleaning {
	int64_t now;
};

static enum rc
clean_within(struct db *db, void *context, struct err *err)
{
	const struct cleaning *k = context;
	enum rc rc = request_expire(db, k->now, err);

	if (rc == RC_OK || rc == RC_NONE)
		rc = limit_expire(db, k->now, err);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
request_clean(struct store *store, int64_t now, struct err *err)
{
	struct cleaning k = {now};

	return store_change(store, clean_within, &k, err);
}
