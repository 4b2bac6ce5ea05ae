/* SPDX-License-Identifier: MIT */
#include "members/registration.h"

#include "base/str.h"
#include "base/token.h"
#include "base/typed.h"
#include "forwarding/domains.h"
#include "mail/address.h"
#include "members/private/registration_tx.h"
#include "members/private/user_name.h"
#include "outbox/code_hash.h"
#include "outbox/outbox.h"
#include "store/limit_table.h"

#include <string.h>

enum rc
registration_id(struct arena *a, const char **out, struct err *err)
{
	return outbox_id(a, out, err);
}

bool
registration_id_is_valid(const char *id)
{
	return strspn(id, "0123456789abcdefghijklmnopqrstuv") ==
		   REGISTRATION_ID_LEN &&
	       id[REGISTRATION_ID_LEN] == '\0';
}

const char *
registration_about(struct arena *a, const char *id)
{
	return arena_printf(a, "request:%s", id);
}

bool
registration_is_reserved(const struct registration_settings *settings,
    const char *userid)
{
	for (size_t i = 0; i < settings->n_reserved; i++)
		if (str_equal_fold(settings->reserved[i], userid))
			return true;
	return user_name_is_role(userid);
}

enum rc
registration_is_ours(struct db *db,
    const struct registration_settings *settings, const char *domain,
    struct err *err)
{
	struct domain_facts facts = {0};
	enum rc rc;

	for (size_t i = 0; i < settings->n_srs_domains; i++)
		if (strcmp(settings->srs_domains[i], domain) == 0)
			return RC_OK;
	if (strcmp(settings->domain, domain) == 0)
		return RC_OK;
	rc = db == NULL
		 ? domains_glance(settings->forwards, domain, &facts, err)
		 : domains_glance_tx(db, settings->forwards, domain, &facts,
		       err);
	return rc == RC_NONE && facts.srs ? RC_OK : rc;
}

static bool
is_silent(const struct registration *registration)
{
	return code_hash_is_of_none(registration->code_hash);
}

void
registration_renew_code(struct arena *a, const struct keyed_secrets *secrets,
    struct registration *registration, const char *code, bool silent,
    int64_t now)
{
	const char *hash = code_hash(a, secrets,
	    (const char *const[]){registration->id, NULL}, code);

	registration->code_hash = silent ? code_hash_of_none : hash;
	registration->code_expires = now + REGISTRATION_CODE_SECONDS;
	registration->code_sent = now;
	registration->code_wrong = 0;
	registration->codes++;
}

/* The time is part of the key: a form that comes again after its request has
   expired makes another request with that id. */
static enum rc
put_code(struct db *db, struct arena *a, const struct registration *r,
    const char *code, int64_t now, struct err *err)
{
	const char *const values[] = {"code",
	    arena_printf(a, "%.*s-%s", TOKEN_LEN / 2, code,
		code + TOKEN_LEN / 2),
	    "request", r->id, NULL};
	const struct outbox_new mail = {
	    .dedup_key = arena_printf(a, "verify:%s:%d:%lld", r->id,
		(int)r->codes, (long long)r->code_sent),
	    .about = registration_about(a, r->id),
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
	enum rc rc = outbox_drop(db, registration_about(a, id), err);

	return rc == RC_NONE ? RC_OK : rc;
}

/* Runs the same statements in either case, so that both take the same time. */
enum rc
registration_mail_code(struct db *db, struct arena *a,
    const struct registration *registration, const char *code, int64_t now,
    struct err *err)
{
	bool silent = is_silent(registration);
	enum rc rc = RC_OK;

	if (!silent)
		rc = drop_mail(db, a, registration->id, err);
	if (rc == RC_OK)
		rc = put_code(db, a, registration, code, now, err);
	if (rc == RC_OK && silent)
		rc = drop_mail(db, a, registration->id, err);
	return rc;
}

struct looking {
	struct arena *arena;
	const char *id, *address; /* either may be NULL */
	struct registration *out;
};

/* A text of 26 letters may be an id and a user id. */
static enum rc
find_registration_tx(struct db *db, void *context, struct err *err)
{
	const struct looking *k = context;
	enum rc rc = RC_NONE;

	if (k->id != NULL)
		rc = registration_by_id(db, k->arena, k->id, k->out, err);
	if (rc == RC_NONE && k->address != NULL)
		rc = registration_by_address(db, k->arena, k->address, k->out,
		    err);
	return rc == RC_NONE ? err_set(err, RC_NONE, "no such request") : rc;
}

enum rc
registration_find(struct store *store, struct arena *a, const char *id,
    struct registration *out, struct err *err)
{
	struct looking k = {a, id, NULL, out};

	return store_do(store, find_registration_tx, &k, err);
}

enum rc
registration_lookup(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *which, struct registration *out, struct err *err)
{
	struct looking k = {.arena = a, .out = out};
	struct address address;

	which = typed_trim(a, which);
	if (registration_id_is_valid(which))
		k.id = which;
	if (strchr(which, '@') == NULL)
		which = arena_printf(a, "%s@%s", which, settings->domain);
	if (address_read(a, which, &address, NULL) == RC_OK)
		k.address = address_key(a, &address);
	return store_do(store, find_registration_tx, &k, err);
}

struct renewal {
	struct arena *arena;
	const struct keyed_secrets *secrets;
	const char *id, *code;
	int64_t now;
};

/* Returns NULL, or why there is no new code. */
static const char *
why_no_code(struct arena *a, const struct registration *r, int64_t now)
{
	int64_t wait = r->code_sent + REGISTRATION_RESEND_SECONDS - now;

	if (r->state == REGISTRATION_REFUSED)
		return "This request was refused.";
	if (r->state != REGISTRATION_ASKED)
		return "This mailbox is proven already.";
	if (r->codes >= REGISTRATION_CODES_MAX)
		return "No more codes are sent for this request.";
	if (wait > 0 && wait <= REGISTRATION_RESEND_SECONDS)
		return arena_printf(a,
		    "A code was sent a moment ago: please wait %d seconds.",
		    (int)wait);
	return NULL;
}

/* True: this very code may have been stored a moment ago, or not. */
static bool
is_done(struct db *db, const struct renewal *k, const struct registration *r)
{
	return db_in_doubt(db) && r->state == REGISTRATION_ASKED &&
	       (is_silent(r) ? r->code_sent == k->now
			     : code_hash_check(k->arena, k->secrets,
				   (const char *const[]){r->id, NULL}, k->code,
				   r->code_hash, NULL) == RC_OK);
}

static enum rc
resend_tx(struct db *db, void *context, struct err *err)
{
	const struct renewal *k = context;
	struct registration r;
	const char *why;
	enum rc rc = registration_by_id(db, k->arena, k->id, &r, err);

	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "no such request");
	if (rc != RC_OK || is_done(db, k, &r))
		return rc;
	why = why_no_code(k->arena, &r, k->now);
	if (why != NULL)
		return err_set(err, RC_PERM, "%s", why);
	registration_renew_code(k->arena, k->secrets, &r, k->code,
	    is_silent(&r), k->now);
	rc = registration_update(db, &r, err);
	return rc == RC_OK ? registration_mail_code(db, k->arena, &r, k->code,
				 k->now, err)
			   : rc;
}

enum rc
registration_resend(struct store *store,
    const struct registration_settings *settings, struct arena *a,
    const char *id, int64_t now, struct err *err)
{
	struct renewal k = {a, settings->codes, id, NULL, now};
	char *code;
	enum rc rc = keyed_secrets_usable(settings->codes, err);

	if (rc == RC_OK)
		rc = token_make(a, &code, err);
	if (rc != RC_OK)
		return rc;
	k.code = code;
	return store_change(store, resend_tx, &k, err);
}

struct deletion {
	struct arena *arena;
	const char *id;
};

static enum rc
delete_tx(struct db *db, void *context, struct err *err)
{
	const struct deletion *k = context;
	enum rc rc = registration_remove(db, k->id, err);

	if (rc == RC_NONE && !db_in_doubt(db))
		return err_set(err, RC_NONE, "no such request");
	return rc == RC_OK || rc == RC_NONE
		   ? drop_mail(db, k->arena, k->id, err)
		   : rc;
}

enum rc
registration_delete(struct store *store, struct arena *a, const char *id,
    struct err *err)
{
	struct deletion k = {a, id};

	return store_change(store, delete_tx, &k, err);
}

struct cleaning {
	int64_t now;
};

static enum rc
clean_tx(struct db *db, void *context, struct err *err)
{
	const struct cleaning *k = context;
	enum rc rc = registration_expire(db, k->now, err);

	if (rc == RC_OK || rc == RC_NONE)
		rc = limit_expire(db, k->now, err);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
registration_clean(struct store *store, int64_t now, struct err *err)
{
	struct cleaning k = {now};

	return store_change(store, clean_tx, &k, err);
}
