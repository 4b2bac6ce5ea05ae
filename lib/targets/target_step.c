/* SPDX-License-Identifier: MIT */
#include "targets/private/target_step.h"

#include "base/str.h"
#include "outbox/outbox.h"
#include "store/due.h"
#include "store/forward_table.h"
#include "store/target_failure_table.h"
#include "targets/private/target_mail.h"
#include "targets/targets.h"

#include <string.h>

/* How long a probe that the MTA has not taken yet is left alone. */
#define LOOK_AGAIN 60

static int64_t
probe_every(const struct targets_round *r)
{
	return due_seconds(r->settings->probe_every_ms);
}

static int64_t
patience_with(const struct targets_round *r, const struct target_health *h)
{
	return target_patience(r->settings, h->status,
	    h->state == TARGET_PAUSED ? h->pauses : 1);
}

static void
release_target(struct target_health *h)
{
	h->lease_until = 0;
	h->lease_owner = NULL;
}

static void
note_event(struct target_step *s, enum targets_event event)
{
	s->happened = true;
	s->event = event;
}

/* ---- from well to paused, or suspected */

static enum rc
find_or_begin(struct db *db, struct target_step *s, bool *is_new,
    struct err *err)
{
	const struct target_failure *f = s->failure;
	struct arena *a = s->round->arena;
	enum rc rc =
	    target_health_find(db, a, f->account, f->target, &s->health, err);

	*is_new = rc == RC_NONE;
	if (!*is_new)
		return rc;
	s->health =
	    (struct target_health){.account = f->account, .target = f->target};
	return outbox_id(a, &s->health.id, err);
}

/* What was counted has led to this, and counts no more. */
static enum rc
write_health(struct db *db, struct target_step *s, bool is_new, struct err *err)
{
	const struct target_health *h = &s->health;
	enum rc rc = is_new ? target_health_insert(db, h, err)
			    : target_health_update(db, h, err);

	if (rc == RC_OK)
		rc = target_failure_forget(db, h->account, h->target, err);
	return rc == RC_NONE ? RC_OK : rc;
}

/* When so many fail at once, it is no longer likely that each is dead: a
   receiver may refuse our host, or be ill itself, and names or a network may be
   gone. */
static enum rc
look_for_common_cause(struct db *db, struct target_step *s, struct err *err)
{
	const struct targets_round *r = s->round;
	const char *at = strrchr(s->health.target, '@');
	int64_t most = r->settings->pauses_per_day;
	struct targets_paused paused;
	enum rc rc;

	if (most == 0 || at == NULL)
		return RC_OK;
	rc = target_health_count_paused(db, str_lower(r->arena, at + 1),
	    r->now - DUE_DAY, &paused, err);
	if (rc == RC_OK)
		s->held_back = paused.of_domain >= most ||
			       paused.all >= most * TARGET_PAUSES_IN_ALL;
	return rc;
}

static enum rc
pause_target(struct db *db, struct target_step *s, bool is_new, struct err *err)
{
	const struct targets_round *r = s->round;
	struct target_health *h = &s->health;
	enum rc rc = look_for_common_cause(db, s, err);

	if (rc == RC_OK && s->held_back)
		return RC_NONE;
	if (rc == RC_OK)
		rc =
		    forward_set_failing(db, h->account, h->target, r->now, err);
	if (rc != RC_OK)
		return rc;
	h->state = TARGET_PAUSED;
	h->since = r->now;
	h->pauses++;
	h->probe = NULL;
	h->next_try = r->now + probe_every(r);
	h->told = 0;
	release_target(h);
	rc = target_mail_paused(db, r, h, err);
	if (rc == RC_OK)
		rc = write_health(db, s, is_new, err);
	note_event(s, TARGETS_PAUSED);
	return rc;
}

/* At most one probe in a while: more says nothing new. */
static enum rc
suspect_target(struct db *db, struct target_step *s, bool is_new,
    struct err *err)
{
	const struct targets_round *r = s->round;
	struct target_health *h = &s->health;

	if (h->state == TARGET_SUSPECTED ||
	    (h->probed != 0 && h->probed <= r->now &&
		r->now < h->probed + probe_every(r)))
		return RC_NONE;
	h->state = TARGET_SUSPECTED;
	h->since = r->now;
	h->probe = NULL;
	h->next_try = r->now;
	release_target(h);
	note_event(s, TARGETS_SUSPECTED);
	return write_health(db, s, is_new, err);
}

enum rc
target_step_decide_tx(struct db *db, void *context, struct err *err)
{
	struct target_step *s = context;
	const struct target_failure *f = s->failure;
	struct forward forward;
	bool is_new;
	enum rc rc = forward_find(db, s->round->arena, f->account, f->target,
	    &forward, err);

	s->happened = s->held_back = false;
	if (rc == RC_OK &&
	    (forward.state != FORWARD_ACTIVE || forward.failing != 0))
		return RC_NONE;
	if (rc == RC_OK)
		rc = find_or_begin(db, s, &is_new, err);
	if (rc != RC_OK)
		return rc;
	s->health.status = f->status;
	s->health.reason = target_failure_words(f->status, f->kind);
	return target_verdict_of(f->kind) == TARGET_PAUSE
		   ? pause_target(db, s, is_new, err)
		   : suspect_target(db, s, is_new, err);
}

/* ---- probes */

static enum rc
find_probe(struct db *db, const struct target_step *s, struct outbox_mail *out,
    struct err *err)
{
	return outbox_by_id(db, s->round->arena, s->health.probe, out, err);
}

enum rc
target_step_refute_tx(struct db *db, void *context, struct err *err)
{
	struct target_step *s = context;
	struct outbox_mail mail;
	enum rc rc = target_health_by_id(db, s->round->arena, s->health.id,
	    &s->health, err);

	s->happened = s->held_back = false;
	if (rc != RC_OK)
		return rc;
	if (s->health.state == TARGET_PAUSED || s->health.probe == NULL)
		return RC_NONE;
	rc = find_probe(db, s, &mail, err);
	if (rc != RC_OK || mail.state != OUTBOX_BOUNCED)
		return rc == RC_OK ? RC_NONE : rc;
	return pause_target(db, s, false, err);
}

static enum rc
resume_target(struct db *db, struct target_step *s, struct err *err)
{
	struct target_health *h = &s->health;
	enum rc rc = forward_set_failing(db, h->account, h->target, 0, err);

	/* The probe stays, as it may still come back. */
	h->state = TARGET_WELL;
	h->since = s->round->now;
	h->code_hash = NULL;
	note_event(s, TARGETS_RESUMED);
	return rc == RC_OK || rc == RC_NONE ? write_health(db, s, false, err)
					    : rc;
}

static enum rc
send_probe(struct db *db, struct target_step *s, struct err *err)
{
	const struct targets_round *r = s->round;
	struct target_health *h = &s->health;
	enum rc rc = target_mail_probe(db, r, h, err);

	if (rc != RC_OK)
		return rc;
	h->probed = r->now;
	h->next_try = r->now + patience_with(r, h);
	note_event(s, TARGETS_PROBED);
	return target_health_update(db, h, err);
}

/* The next one, in its time. */
static enum rc
end_probe(struct db *db, struct target_step *s, struct err *err)
{
	const struct targets_round *r = s->round;
	struct target_health *h = &s->health;

	h->probe = NULL;
	h->next_try = h->probed + probe_every(r);
	return h->next_try <= r->now ? send_probe(db, s, err)
				     : target_health_update(db, h, err);
}

static enum rc
look_again(struct db *db, struct target_step *s, int64_t when, struct err *err)
{
	s->health.next_try = when;
	return target_health_update(db, &s->health, err);
}

static enum rc
look_at_probe(struct db *db, struct target_step *s, struct err *err)
{
	const struct targets_round *r = s->round;
	struct outbox_mail mail;
	int64_t due;
	enum rc rc = find_probe(db, s, &mail, err);

	if (rc == RC_NONE)
		return end_probe(db, s, err);
	if (rc != RC_OK)
		return rc;
	switch (mail.state) {
	case OUTBOX_NEW:
		return look_again(db, s, r->now + LOOK_AGAIN, err);
	case OUTBOX_FAILED: /* our own trouble says nothing about it */
		return end_probe(db, s, err);
	case OUTBOX_BOUNCED:
		return s->health.state == TARGET_SUSPECTED
			   ? pause_target(db, s, false, err)
			   : end_probe(db, s, err);
	case OUTBOX_SENT:
		break;
	}
	due = mail.sent + patience_with(r, &s->health);
	return due <= r->now ? resume_target(db, s, err)
			     : look_again(db, s, due, err);
}

enum rc
target_step_job_tx(struct db *db, void *context, struct err *err)
{
	struct target_step *s = context;
	enum rc rc = target_health_by_id(db, s->round->arena, s->health.id,
	    &s->health, err);

	s->happened = s->held_back = false;
	if (rc != RC_OK)
		return rc;
	release_target(&s->health);
	return s->health.probe == NULL ? send_probe(db, s, err)
				       : look_at_probe(db, s, err);
}

/* ---- the administrator */

enum rc
target_step_digest_tx(struct db *db, void *context, struct err *err)
{
	const struct target_step *s = context;

	return target_mail_digest(db, s->round, err);
}
