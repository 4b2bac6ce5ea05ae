/* SPDX-License-Identifier: MIT */
#include "digests.h"

#include "base/str.h"
#include "members/member.h"
#include "outbox/outbox.h"
#include "refusals.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY   ((int64_t)86400)
#define WEEK  ((int64_t)7) /* days */
#define LINES 10           /* mail1 to mail10 of the template */
/* Of a sender so much is shown. */
#define SENDER_SHOWN 100

struct digest {
	struct arena *arena;
	const char *account;
	const struct refusals *refusals;
	int64_t now, today;
	const char *const *values;
};

struct digests_search {
	struct arena *arena;
	int64_t today;
	const char **accounts;
	size_t n;
};

static enum rc
find_due_tx(struct db *db, void *context, struct err *err)
{
	struct digests_search *k = context;

	return account_digests_due(db, k->arena, k->today - WEEK + 1, k->today,
	    &k->accounts, &k->n, err);
}

static const char *
line_of(struct arena *a, const struct refusal *r)
{
	const char *sender = r->sender == NULL || r->sender[0] == '\0'
				 ? "a notice without a sender"
				 : r->sender;
	time_t t = (time_t)r->last;
	char when[64], times[32] = "";
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(when, sizeof(when), "%-d %B, %H:%M UTC", &tm);
	if (r->times > 1)
		snprintf(times, sizeof(times), ", %u times", r->times);
	return arena_printf(a, "* %s: %s on %s%s. %s",
	    str_printable(a, sender, strlen(sender), SENDER_SHOWN),
	    str_lower(a, refusals_word(r->action)), when, times, r->reason);
}

static const char *const *
values_of_digest(const struct digest *k)
{
	const size_t n = 2 * (LINES + 2) + 1;
	const char **values = arena_take_array(k->arena, n, sizeof(*values));
	size_t at = 0;

	values[at++] = "account";
	values[at++] = k->account;
	for (size_t i = 0; i < LINES; i++) {
		values[at++] = arena_printf(k->arena, "mail%zu", i + 1);
		values[at++] = i < k->refusals->n
				   ? line_of(k->arena, &k->refusals->all[i])
				   : "";
	}
	values[at++] = "more";
	values[at++] =
	    k->refusals->n > LINES || k->refusals->more ? "And some more." : "";
	return values;
}

static enum rc
put_letter(struct db *db, const struct digest *k, const struct forward *to,
    struct err *err)
{
	const struct outbox_new mail = {
	    .dedup_key = arena_printf(k->arena, "digest:%lld:%s:%s",
		(long long)k->today, k->account, to->target),
	    .about = arena_printf(k->arena, "member:%s", k->account),
	    .recipient = to->target,
	    .template = "member-digest",
	    .values = k->values,
	    .deadline = k->now + 2 * DAY,
	    .now = k->now,
	};

	return outbox_put(db, k->arena, &mail, err);
}

/* Another program may have been here meanwhile, or the member. */
static enum rc
send_digest_tx(struct db *db, void *context, struct err *err)
{
	const struct digest *k = context;
	struct forward *all;
	int64_t last;
	size_t n;
	enum rc rc = account_digest(db, k->account, &last, err);

	if (rc == RC_NONE || (rc == RC_OK && (last == 0 || last == k->today)))
		return RC_OK;
	if (rc == RC_OK)
		rc = account_set_digest(db, k->account, k->today, err);
	if (rc != RC_OK || k->refusals->n == 0)
		return rc;
	rc = forward_list(db, k->arena, k->account, &all, &n, err);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (all[i].state == FORWARD_ACTIVE && all[i].failing == 0)
			rc = put_letter(db, k, &all[i], err);
	return rc;
}

static enum rc
send_digest(struct snapshot *snapshot, const char *account, int64_t now,
    struct err *err)
{
	struct arena *a = arena_new();
	struct refusals *refusals = arena_take(a, sizeof(*refusals));
	struct digest k = {
	    .arena = a,
	    .account = account,
	    .refusals = refusals,
	    .now = now,
	    .today = now / DAY,
	};
	enum rc rc = refusals_read(snapshot->store, &snapshot->settings->policy,
	    a, account, now - WEEK * DAY, refusals, err);

	k.values = values_of_digest(&k);
	if (rc == RC_OK)
		rc = store_change(snapshot->store, send_digest_tx, &k, err);
	arena_free(a);
	return rc;
}

enum rc
digests_send(struct snapshot *snapshot, int64_t now, struct err *err)
{
	struct digests_search k = {.arena = arena_new(), .today = now / DAY};
	enum rc rc;

	do {
		rc = store_do(snapshot->store, find_due_tx, &k, err);
		for (size_t i = 0; i < k.n && rc == RC_OK; i++)
			rc = send_digest(snapshot, k.accounts[i], now, err);
	} while (rc == RC_OK && k.n == ACCOUNT_DIGESTS_MAX);
	arena_free(k.arena);
	return rc;
}
