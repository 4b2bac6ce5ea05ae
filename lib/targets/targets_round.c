/* SPDX-License-Identifier: MIT */
#include "targets/targets_round.h"

#include "outbox/outbox.h"
#include "store/due.h"
#include "targets/private/target_step.h"
#include "targets/targets.h"

/* Jobs of one round: the others wait for the next. */
#define JOBS_MAX 100
#define LEASE_MS 60000
/* So many seconds a node of a cluster may be ahead. */
#define CLOCKS_APART 3600

const char *
targets_event_name(enum targets_event event)
{
	static const char *const names[TARGETS_EVENTS] = {
	    [TARGETS_PAUSED] = "paused",
	    [TARGETS_SUSPECTED] = "suspected",
	    [TARGETS_PROBED] = "probed",
	    [TARGETS_RESUMED] = "resumed",
	};

	return names[event];
}

static void
tell_step(struct targets_round *r, const struct target_step *step)
{
	if (step->held_back) {
		r->held_back++;
		r->held_back_target = step->health.target;
	} else if (step->happened) {
		r->tell(&step->health, step->event);
	}
}

/* ---- what was counted */

static enum rc
decide_target(struct targets_round *r, const struct target_failure *failure,
    struct err *err)
{
	struct target_step step = {.round = r, .failure = failure};
	enum rc rc = store_change(r->store, target_step_decide_tx, &step, err);

	if (rc == RC_OK || rc == RC_NONE)
		tell_step(r, &step);
	return rc == RC_NONE ? RC_OK : rc;
}

struct failing_list {
	struct arena *arena;
	struct target_failure_search search;
	struct target_failure *failures;
	size_t n;
};

static enum rc
read_failing(struct db *db, void *context, struct err *err)
{
	struct failing_list *list = context;

	return target_failure_list(db, list->arena, &list->search,
	    &list->failures, &list->n, err);
}

static enum rc
decide_kind(struct targets_round *r, enum failure_kind kind, struct err *err)
{
	const struct target_threshold *after = &r->settings->after[kind];
	struct failing_list list = {
	    .arena = r->arena,
	    .search = {.kind = kind,
		.since = r->now - after->seconds,
		/* As the clock was set back, nothing is counted from before:
		   neither what is old, nor towards a pause that seems to last
		   for years when it is right again. */
		.until = r->now + CLOCKS_APART,
		.least = after->n,
		/* Others' queue ids are not ours. */
		.decided_only =
		    r->settings->decided_only && kind != FAILURE_REMOTE},
	};
	enum rc rc = RC_OK;

	if (after->n > 0)
		rc = store_glance(r->store, read_failing, &list, err);
	for (size_t i = 0; i < list.n && rc == RC_OK; i++)
		rc = decide_target(r, &list.failures[i], err);
	return rc;
}

/* What is certain first. */
static enum rc
decide_all(struct targets_round *r, struct err *err)
{
	static const enum failure_kind order[FAILURE_KINDS] = {
	    FAILURE_HARD, FAILURE_SOFT, FAILURE_POLICY, FAILURE_REMOTE};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < FAILURE_KINDS && rc == RC_OK; i++)
		rc = decide_kind(r, order[i], err);
	return rc;
}

/* ---- probes that have come back */

struct refuted_list {
	struct arena *arena;
	struct target_health *all;
	size_t n;
};

static enum rc
read_refuted(struct db *db, void *context, struct err *err)
{
	struct refuted_list *list = context;

	return target_health_list_refuted(db, list->arena, &list->all, &list->n,
	    err);
}

static enum rc
pause_refuted(struct targets_round *r, struct err *err)
{
	struct refuted_list list = {.arena = r->arena};
	enum rc rc = store_glance(r->store, read_refuted, &list, err);

	for (size_t i = 0; i < list.n && rc == RC_OK; i++) {
		struct target_step step = {.round = r, .health = list.all[i]};

		rc = store_change(r->store, target_step_refute_tx, &step, err);
		if (rc == RC_NONE)
			rc = RC_OK;
		if (rc == RC_OK)
			tell_step(r, &step);
	}
	return rc;
}

/* ---- jobs */

struct job_claim {
	const struct targets_round *round;
	struct target_health found;
};

static enum rc
find_due_target(struct db *db, void *context, struct lease *out,
    struct err *err)
{
	struct job_claim *c = context;
	const struct targets_round *r = c->round;
	struct due due =
	    lease_due(r->now, target_wait_max_ms(r->settings) + LEASE_MS);
	enum rc rc = target_health_due(db, r->arena, &due, &c->found, err);

	if (rc == RC_OK) {
		out->key = c->found.id;
		out->attempts = c->found.attempts;
	}
	return rc;
}

static enum rc
do_job(struct targets_round *r, struct err *err)
{
	struct job_claim c = {.round = r};
	const struct lease_search search = {
	    .table = &target_health_leases,
	    .owner = r->owner,
	    .now = r->now,
	    .lease_ms = LEASE_MS,
	    .due = find_due_target,
	    .admit = find_due_target,
	    .context = &c,
	};
	struct target_step step = {.round = r};
	struct lease lease;
	enum rc rc = lease_claim(r->store, &search, &lease, err);

	if (rc != RC_OK)
		return rc;
	step.health = c.found;
	rc = lease_settle(r->store, &target_health_leases, &lease,
	    target_step_job_tx, &step, err);
	if (rc == RC_OK)
		tell_step(r, &step);
	/* Lost meanwhile, or forgotten: then others may be due. */
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
do_jobs(struct targets_round *r, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < JOBS_MAX && rc == RC_OK; i++)
		rc = do_job(r, err);
	return rc == RC_NONE ? RC_OK : rc;
}

/* ---- what is over */

static enum rc
expire_tx(struct db *db, void *context, struct err *err)
{
	const struct targets_round *r = context;
	enum rc rc = target_failure_expire(db,
	    r->now - target_failures_kept(r->settings), r->now + DUE_CODE_MAX,
	    err);

	if (rc == RC_OK || rc == RC_NONE)
		rc = target_health_expire(db, r->now - TARGET_PAUSES_KEPT, err);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
write_digest(struct targets_round *r, struct err *err)
{
	int64_t day = r->now / DUE_DAY;
	struct target_step step = {.round = r};
	enum rc rc = RC_OK;

	if (r->digest_day == day)
		return RC_OK;
	if (r->administrator[0] != '\0')
		rc = store_change(r->store, target_step_digest_tx, &step, err);
	/* Once a day is enough for these, too. */
	if (rc == RC_OK)
		rc = store_change(r->store, expire_tx, r, err);
	if (rc == RC_OK)
		r->digest_day = day;
	return rc;
}

enum rc
targets_go_round(struct targets_round *r, struct err *err)
{
	enum rc rc;

	r->held_back = 0;
	r->held_back_target = NULL;
	rc = decide_all(r, err);

	if (rc == RC_OK)
		rc = pause_refuted(r, err);
	if (rc == RC_OK)
		rc = do_jobs(r, err);
	return rc == RC_OK ? write_digest(r, err) : rc;
}
