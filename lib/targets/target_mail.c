/* SPDX-License-Identifier: MIT */
#include "targets/private/target_mail.h"

#include "base/str.h"
#include "base/token.h"
#include "outbox/code_hash.h"
#include "outbox/outbox.h"
#include "store/due.h"
#include "store/forward_table.h"

#include <time.h>

/* Lines of one digest. */
#define DIGEST_MAX 100

static const char *
status_text(struct arena *a, const struct target_health *h)
{
	return arena_printf(a, "%s%s%s",
	    h->reason != NULL ? h->reason : "it does not take our mail",
	    h->status != NULL ? ", " : "", h->status != NULL ? h->status : "");
}

/* Whom to tell; NULL: nobody. */
static enum rc
find_other_target(struct db *db, const struct targets_round *r,
    const struct target_health *h, const char **out, struct err *err)
{
	struct forward *all;
	size_t n;
	enum rc rc = forward_list(db, r->arena, h->account, &all, &n, err);

	*out = NULL;
	for (size_t i = 0; rc == RC_OK && i < n && *out == NULL; i++)
		if (all[i].state == FORWARD_ACTIVE && all[i].verified != 0 &&
		    all[i].failing == 0 &&
		    !str_equal_fold(all[i].target, h->target))
			*out = all[i].target;
	return rc;
}

enum rc
target_mail_paused(struct db *db, const struct targets_round *r,
    struct target_health *h, struct err *err)
{
	const char *const values[] = {"account", h->account, "target",
	    h->target, "reason", status_text(r->arena, h), NULL};
	struct outbox_new mail = {
	    .dedup_key = arena_printf(r->arena, "target-paused:%s:%lld", h->id,
		(long long)h->since),
	    .about = arena_printf(r->arena, "target:%s", h->id),
	    .template = "target-paused",
	    .values = values,
	    .deadline = r->now + 7 * DUE_DAY,
	    .now = r->now,
	};
	enum rc rc = find_other_target(db, r, h, &mail.recipient, err);

	if (rc != RC_OK || mail.recipient == NULL)
		return rc;
	h->told = r->now;
	return outbox_put(db, r->arena, &mail, err);
}

enum rc
target_mail_probe(struct db *db, const struct targets_round *r,
    struct target_health *h, struct err *err)
{
	struct arena *a = r->arena;
	char *code;
	const char *id;
	enum rc rc = token_make(a, &code, err);

	if (rc == RC_OK)
		rc = outbox_id(a, &id, err);
	if (rc != RC_OK)
		return rc;
	h->probe = id;
	/* This program has no secret.  The code opens nothing but mail to a
	   mailbox that was proven before. */
	h->code_hash = code_hash(a, NULL,
	    (const char *const[]){"probe", h->account, h->target, NULL}, code);
	h->code_expires = r->now + DUE_CODE_MAX;
	h->code_wrong = 0;
	return outbox_put(db, a,
	    &(const struct outbox_new){
		.id = id,
		.dedup_key = arena_printf(a, "target-probe:%s", id),
		.about = arena_printf(a, "target:%s", h->id),
		.recipient = h->target,
		.template = "target-probe",
		.values = (const char *const[]){"account", h->account, "target",
		    h->target, "code",
		    arena_printf(a, "%.*s-%s", TOKEN_LEN / 2, code,
			code + TOKEN_LEN / 2),
		    NULL},
		.deadline = r->now + DUE_DAY,
		.now = r->now,
	    },
	    err);
}

static const char *
day_text(struct arena *a, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;
	char text[16] = "";

	if (gmtime_r(&t, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return arena_copy_text(a, text);
}

static const char *
digest_lines(struct arena *a, const struct target_health *all, size_t n,
    int64_t total)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s%s -> %s\n    since %s: %s%s",
		    i == 0 ? "" : "\n", all[i].account, all[i].target,
		    day_text(a, all[i].since), status_text(a, &all[i]),
		    all[i].told != 0 ? "" : "; its owner could not be told");
	if (total > (int64_t)n)
		str_addf(&s, "\nand %lld more",
		    (long long)(total - (int64_t)n));
	return s.text;
}

enum rc
target_mail_digest(struct db *db, const struct targets_round *r,
    struct err *err)
{
	int64_t day = r->now / DUE_DAY, of_yesterday, of_today, total;
	struct arena *a = r->arena;
	struct target_health *all;
	size_t n;
	enum rc rc = target_health_count(db, TARGET_PAUSED, (day - 1) * DUE_DAY,
	    &of_yesterday, err);

	if (rc == RC_OK)
		rc = target_health_count(db, TARGET_PAUSED, day * DUE_DAY,
		    &of_today, err);
	if (rc != RC_OK || of_yesterday == of_today)
		return rc;
	rc = target_health_count(db, TARGET_PAUSED, 0, &total, err);
	if (rc == RC_OK)
		rc = target_health_list_in(db, a, TARGET_PAUSED, 0, DIGEST_MAX,
		    &all, &n, err);
	if (rc != RC_OK)
		return rc;
	return outbox_put(db, a,
	    &(const struct outbox_new){
		.dedup_key =
		    arena_printf(a, "targets-digest:%lld", (long long)day),
		.about = "targets",
		.recipient = r->administrator,
		.template = "targets-digest",
		.values = (const char *const[]){"number",
		    arena_printf(a, "%lld",
			(long long)(of_yesterday - of_today)),
		    "total", arena_printf(a, "%lld", (long long)total), "list",
		    digest_lines(a, all, n, total), NULL},
		.deadline = r->now + DUE_DAY,
		.now = r->now,
	    },
	    err);
}
