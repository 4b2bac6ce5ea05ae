/* SPDX-License-Identifier: MIT */
#include "outbox/outbox.h"

#include "base/encode.h"
#include "base/str.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The values of mail that needs them no more: a code may have been among
   them. */
#define NO_VALUES "{}"

#define SENDER_PREFIX "bounce+"

/* How long texts that are kept may be, in bytes; a queue id is as long as the
   table lets it (schema.c). */
#define ERROR_MAX    1000
#define QUEUE_ID_MAX 255

enum rc
outbox_id(struct arena *a, const char **out, struct err *err)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_set(err, RC_TEMP, "no random bytes");
	*out = str_lower(a, encode_base32hex(a, bytes, sizeof(bytes)));
	return RC_OK;
}

static const char *
json_of(struct arena *a, const char *const *values)
{
	cJSON *object = cJSON_CreateObject();
	const char *copy;
	char *text;

	for (; values != NULL && values[0] != NULL; values += 2)
		if (cJSON_AddStringToObject(object, values[0], values[1]) ==
		    NULL)
			abort();
	text = cJSON_PrintUnformatted(object);
	if (text == NULL)
		abort();
	copy = arena_copy_text(a, text);
	cJSON_free(text);
	cJSON_Delete(object);
	return copy;
}

enum rc
outbox_put(struct db *db, struct arena *a, const struct outbox_new *mail,
    struct err *err)
{
	struct outbox_mail row = {
	    .dedup_key = mail->dedup_key,
	    .about = mail->about,
	    .recipient = mail->recipient,
	    .template = mail->template,
	    .state = OUTBOX_NEW,
	    .created = mail->now,
	    .next_try = mail->now,
	    .deadline = mail->deadline,
	};
	enum rc rc = outbox_has(db, mail->dedup_key, err);

	if (rc != RC_NONE)
		return rc;
	row.id = mail->id;
	rc = row.id == NULL ? outbox_id(a, &row.id, err) : RC_OK;
	if (rc != RC_OK)
		return rc;
	row.values = json_of(a, mail->values);
	return outbox_insert(db, &row, err);
}

static const char *
printable_reply(struct arena *a, const char *text, size_t most)
{
	return text == NULL ? NULL : str_printable(a, text, strlen(text), most);
}

struct claim {
	const struct outbox_settings *settings;
	struct arena *arena;
	int64_t now;
	struct outbox_mail *out;
};

/* Ends the lease: a process that still has it learns that it is lost. */
static void
release_mail(struct outbox_mail *mail)
{
	mail->lease_until = 0;
	mail->lease_owner = NULL;
}

static enum rc
find_due_mail(struct db *db, void *context, struct lease *out, struct err *err)
{
	const struct claim *c = context;
	struct due due = lease_due(c->now, c->settings->retry_max_ms);
	enum rc rc = outbox_due(db, c->arena, &due, c->out, err);

	if (rc == RC_OK) {
		out->key = c->out->id;
		out->attempts = c->out->attempts;
	}
	return rc;
}

/* Mail that is too late is settled instead of claimed; there may be much of
   it. */
static enum rc
admit_mail(struct db *db, void *context, struct lease *out, struct err *err)
{
	const struct claim *c = context;
	struct outbox_mail *mail = c->out;
	struct due due = lease_due(c->now, c->settings->retry_max_ms);
	enum rc rc = find_due_mail(db, context, out, err);

	if (rc != RC_OK)
		return rc;
	if (mail->deadline <= c->now) {
		out->key = NULL;
		return outbox_give_up(db, &due, "not sent in time", err);
	}
	if (mail->deadline <= c->now + DUE_MAIL_MAX)
		return RC_OK;
	mail->deadline = c->now + DUE_MAIL_MAX;
	return outbox_update(db, mail, NULL, err);
}

enum rc
outbox_claim(struct store *store, const struct outbox_settings *settings,
    struct arena *a, const char *owner, int64_t now, struct outbox_mail *out,
    struct err *err)
{
	struct claim c = {settings, a, now, out};
	const struct lease_search search = {
	    .table = &outbox_leases,
	    .owner = arena_copy_text(a, owner),
	    .now = now,
	    .lease_ms = settings->lease_ms,
	    .due = find_due_mail,
	    .admit = admit_mail,
	    .context = &c,
	};
	struct lease lease;
	enum rc rc = lease_claim(store, &search, &lease, err);

	if (rc != RC_OK)
		return rc;
	out->lease_until = lease.until;
	out->lease_owner = lease.owner;
	out->attempts = lease.attempts;
	return RC_OK;
}

/* A mail that would be tried after its deadline is looked at once more then,
   and settled. */
static int64_t
next_try(const struct outbox_settings *settings, const struct outbox_mail *mail,
    int64_t now)
{
	const struct back_off back_off = {
	    .min_ms = settings->retry_min_ms,
	    .max_ms = settings->retry_max_ms,
	    .random = settings->random,
	};
	int64_t next = lease_next_try(&back_off, mail->attempts, now);

	return next > mail->deadline ? mail->deadline : next;
}

struct settled {
	const struct outbox_mail *mail;
	const char *owner;
};

static enum rc
write_settled_tx(struct db *db, void *context, struct err *err)
{
	const struct settled *s = context;

	return outbox_update(db, s->mail, s->owner, err);
}

enum rc
outbox_settle(struct store *store, const struct outbox_settings *settings,
    struct arena *a, const struct outbox_mail *claimed,
    enum outbox_outcome outcome, const char *text, int64_t now, struct err *err)
{
	struct outbox_mail mail = *claimed;
	const struct lease lease = {
	    .key = claimed->id,
	    .owner = claimed->lease_owner,
	    .attempts = claimed->attempts,
	};
	struct settled settled = {&mail, claimed->lease_owner};

	release_mail(&mail);
	switch (outcome) {
	case OUTBOX_TAKEN:
		mail.state = OUTBOX_SENT;
		mail.values = NO_VALUES;
		mail.sent = now;
		mail.queue_id = printable_reply(a, text, QUEUE_ID_MAX);
		mail.error = NULL;
		break;
	case OUTBOX_LATER:
		mail.next_try = next_try(settings, &mail, now);
		mail.error = printable_reply(a, text, ERROR_MAX);
		break;
	case OUTBOX_REFUSED:
		mail.state = OUTBOX_FAILED;
		mail.values = NO_VALUES;
		mail.error = printable_reply(a, text, ERROR_MAX);
		break;
	}
	return lease_settle(store, &outbox_leases, &lease, write_settled_tx,
	    &settled, err);
}

char *
outbox_sender(struct arena *a, const char *id, const char *domain)
{
	return arena_printf(a, SENDER_PREFIX "%s@%s", id, domain);
}

const char *
outbox_sender_id(struct arena *a, const struct address *address)
{
	const char *id;

	if (!str_starts_fold(address->local, SENDER_PREFIX))
		return NULL;
	id = str_lower(a, address->local + strlen(SENDER_PREFIX));
	return strlen(id) == OUTBOX_ID_LEN &&
		       strspn(id, "0123456789abcdefghijklmnopqrstuv") ==
			   OUTBOX_ID_LEN
		   ? id
		   : NULL;
}

struct bounce {
	struct arena *arena;
	const char *id, *text;
};

/* A mail whose bounce comes was sent, even if we do not know it: the MTA's
   answer may have been lost.  The first bounce is kept. */
static enum rc
bounce_mail_tx(struct db *db, void *context, struct err *err)
{
	const struct bounce *c = context;
	struct outbox_mail mail;
	enum rc rc = outbox_by_id(db, c->arena, c->id, &mail, err);

	if (rc != RC_OK || mail.state == OUTBOX_BOUNCED)
		return rc;
	if (mail.attempts == 0)
		return RC_NONE;
	mail.state = OUTBOX_BOUNCED;
	mail.values = NO_VALUES;
	mail.error = printable_reply(c->arena, c->text, ERROR_MAX);
	release_mail(&mail);
	return outbox_update(db, &mail, NULL, err);
}

enum rc
outbox_bounce(struct store *store, struct arena *a, const char *id,
    const char *text, struct err *err)
{
	struct bounce c = {a, id, text};

	return store_change(store, bounce_mail_tx, &c, err);
}

static enum rc
expire_mail_tx(struct db *db, void *context, struct err *err)
{
	return outbox_expire(db, *(const int64_t *)context, err);
}

enum rc
outbox_clean(struct store *store, const struct outbox_settings *settings,
    int64_t now, struct err *err)
{
	int64_t before = now - due_seconds(settings->keep_ms);

	return store_do(store, expire_mail_tx, &before, err);
}
