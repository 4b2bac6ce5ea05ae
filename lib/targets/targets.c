/* SPDX-License-Identifier: MIT */
#include "targets/targets.h"

#include "outbox/code_hash.h"
#include "store/forward_table.h"
#include "store/target_failure_table.h"
#include "store/target_health_table.h"

/* Some of what is counted may turn out to be of no message that was decided
   about, so that there is room for more than leads to something. */
#define ROOM 4

struct counting {
	const struct target_settings *settings;
	struct arena *arena;
	struct target_failure failure;
	bool elsewhere;
};

static enum rc
count_failure(struct db *db, void *context, struct err *err)
{
	struct counting *c = context;
	struct target_failure *f = &c->failure;
	const struct target_threshold *after = &c->settings->after[f->kind];
	struct forward forward;
	int64_t n;
	enum rc rc =
	    forward_find(db, c->arena, f->account, f->target, &forward, err);

	c->elsewhere = rc == RC_NONE;
	if (rc != RC_OK)
		return rc;
	if (forward.state != FORWARD_ACTIVE || forward.failing != 0)
		return RC_NONE;
	f->target = forward.target;
	rc = target_failure_count(db, f, f->at - after->seconds, &n, err);
	if (rc == RC_OK && n >= (int64_t)after->n * ROOM)
		return RC_NONE;
	if (rc == RC_OK)
		rc = target_failure_add(db, f, err);
	/* It is there: then this is the same message, or a second try. */
	return rc == RC_PERM ? RC_NONE : rc;
}

enum rc
targets_count(struct store *store, const struct target_settings *settings,
    struct arena *a, const struct target_failure *failure, bool *elsewhere,
    struct err *err)
{
	struct counting c = {settings, a, *failure, false};
	enum rc rc;

	*elsewhere = false;
	if (settings->after[failure->kind].n == 0)
		return RC_NONE;
	/* Whoever fails so often is told of again. */
	rc = store_glance(store, count_failure, &c, err);
	*elsewhere = c.elsewhere;
	return rc;
}

enum rc
targets_verify(struct db *db, struct arena *a,
    const struct target_health *health, const struct keyed_secrets *secrets,
    const char *typed, struct err *err)
{
	enum rc rc = code_hash_check(a, secrets,
	    (const char *const[]){
		"probe", health->account, health->target, NULL},
	    typed, health->code_hash, err);

	return rc == RC_OK
		   ? targets_forget(db, health->account, health->target, err)
		   : rc;
}

enum rc
targets_forget(struct db *db, const char *account, const char *target,
    struct err *err)
{
	enum rc rc = forward_set_failing(db, account, target, 0, err);

	if (rc == RC_OK || rc == RC_NONE)
		rc = target_health_remove(db, account, target, err);
	if (rc == RC_OK || rc == RC_NONE)
		rc = target_failure_forget(db, account, target, err);
	return rc == RC_NONE ? RC_OK : rc;
}
