/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "base/clock.h"
#include "bucket_cleaner.h"
#include "decision_cleaner.h"
#include "domain_cleaner.h"
#include "greylist_cleaner.h"
#include "mailer_metrics.h"
#include "targets/targets_round.h"
#include "worker.h"

#define CLEAN_MS     60000
#define TARGETS_MS   2000
#define HELD_BACK_MS ((int64_t)3600 * 1000)
/* Then there is mail to be looked after again. */
#define CLEAN_LASTS_MS   300
#define CLEAN_GOES_ON_MS 1000

/* How long to wait after each step. */
static const int64_t waits_ms[] = {
    [WORKER_DONE] = 0,
    [WORKER_IDLE] = 1000,
    /* Else every mail would be tried in vain at once. */
    [WORKER_UNREACHABLE] = 2000,
    [WORKER_STORE_DOWN] = 1000,
};

struct mailer {
	struct snapshots *snapshots;
	struct arena *arena;
	struct smtp *smtp;
	struct worker *worker;
	struct log_limit store_down;
	int64_t clean_at, targets_at;
	int64_t digest_day;   /* see targets_round.h */
	int64_t held_back_at; /* of clock_ms: when to say so again */
	const char *owner;
};

static void
send_by_smtp(void *context, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *message,
    struct smtp_answer *out)
{
	smtp_send(context, settings, a, message, out);
}

static enum rc
mailer_begin(void *own, struct err *err)
{
	struct mailer *m = own;

	return smtp_open(daemon_is_to_stop, &m->smtp, err);
}

static enum rc
mailer_open(void *own, struct snapshots *snapshots, struct err *err)
{
	struct mailer *m = own;
	enum rc rc;

	m->snapshots = snapshots;
	m->arena = arena_new();
	rc = outbox_id(m->arena, &m->owner, err);
	if (rc == RC_OK)
		m->worker = worker_new(m->owner, send_by_smtp, m->smtp);
	else
		arena_free(m->arena);
	return rc;
}

static void
mailer_changed(void *own, const struct settings *settings)
{
	struct mailer *m = own;

	(void)settings;
	smtp_hang_up(m->smtp);
}

static enum rc
clean_outbox(const struct snapshot *s, int64_t now, struct err *err)
{
	return outbox_clean(s->store, &s->settings->mailer.outbox, now, err);
}

static enum rc
clean_decisions(const struct snapshot *s, int64_t now, struct err *err)
{
	return decision_cleaner_bite(s->store, &s->settings->decisions, now,
	    err);
}

static enum rc
clean_domains(const struct snapshot *s, int64_t now, struct err *err)
{
	return domain_cleaner_bite(s->store, s->settings->return_path.srs, now,
	    err);
}

static enum rc
clean_buckets(const struct snapshot *s, int64_t now, struct err *err)
{
	return bucket_cleaner_bite(s->store, s->settings->policy.rates, now,
	    err);
}

/* What grows, and is removed in bites.  RC_OK: there may be more. */
static enum rc (*const cleaners[])(const struct snapshot *s, int64_t now,
    struct err *err) = {
    clean_outbox, clean_decisions, clean_domains, clean_buckets};

#define CLEANERS (sizeof(cleaners) / sizeof(*cleaners))

/* RC_OK: there is more to remove. */
static enum rc
clean_for_a_while(const struct snapshot *s, int64_t now, struct err *err)
{
	int64_t end = clock_ms() + CLEAN_LASTS_MS;
	bool more;

	do {
		more = false;
		for (size_t i = 0; i < CLEANERS; i++) {
			enum rc rc = cleaners[i](s, now, err);

			if (rc == RC_TEMP)
				return rc;
			more |= rc == RC_OK;
		}
	} while (more && clock_ms() < end && !daemon_is_to_stop(0));
	return more ? RC_OK : RC_NONE;
}

/* The same. */
static enum rc
clean_greylist(const struct snapshot *s, int64_t now, struct err *err)
{
	int64_t end = clock_ms() + CLEAN_LASTS_MS, excess;
	enum rc rc = greylist_cleaner_count(s->store,
	    &s->settings->policy.greylist, now, &excess, err);

	while (rc == RC_OK && clock_ms() < end && !daemon_is_to_stop(0))
		rc = greylist_cleaner_bite(s->store, now, &excess, err);
	return rc;
}

static void
clean_store(struct mailer *m, const struct snapshot *s)
{
	struct err err;
	int64_t now;
	enum rc rc, of_greylist = RC_NONE;

	if (clock_ms() < m->clean_at)
		return;
	m->clean_at = clock_ms() + CLEAN_MS;
	rc = store_now(s->store, &now, &err);
	if (rc == RC_OK)
		rc = clean_for_a_while(s, now, &err);
	if (rc != RC_TEMP)
		of_greylist = clean_greylist(s, now, &err);
	if (of_greylist == RC_TEMP)
		rc = RC_TEMP;
	if (rc == RC_OK || of_greylist == RC_OK)
		m->clean_at = clock_ms() + CLEAN_GOES_ON_MS;
	if (rc == RC_TEMP)
		log_error_limited(&m->store_down, "%s", err.text);
}

static void
log_target(const struct target_health *h, enum targets_event event)
{
	struct arena *a = arena_new();
	const struct log_pair pairs[] = {
	    {"target", arena_printf(a, "<%s>", h->target)},
	    {"account", arena_printf(a, "<%s>", h->account)},
	    {"result", targets_event_name(event)},
	    {"status", h->status},
	    {"probe", event == TARGETS_PROBED ? h->probe : NULL},
	};

	log_event(event == TARGETS_PAUSED ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	    pairs, sizeof(pairs) / sizeof(*pairs));
	mailer_metrics_count_target(event);
	arena_free(a);
}

static void
tell_held_back(struct mailer *m, const struct targets_round *round)
{
	mailer_metrics_held_back(round->held_back);
	if (round->held_back == 0 || clock_ms() < m->held_back_at)
		return;
	m->held_back_at = clock_ms() + HELD_BACK_MS;
	log_warn("%zu targets fail, such as %s, and are not paused, as too "
		 "many were in a day (targets.pauses-per-day): is our host "
		 "refused there, or DNS or the network down?",
	    round->held_back, round->held_back_target);
}

static void
see_to_targets(struct mailer *m, const struct snapshot *snapshot)
{
	struct targets_round round = {
	    .store = snapshot->store,
	    .settings = &snapshot->settings->targets,
	    .owner = m->owner,
	    .administrator = snapshot->settings->mailer.from,
	    .tell = log_target,
	    .digest_day = m->digest_day,
	};
	struct err err;
	enum rc rc;

	if (clock_ms() < m->targets_at)
		return;
	m->targets_at = clock_ms() + TARGETS_MS;
	round.arena = arena_new();
	arena_wipe(round.arena); /* codes */
	rc = store_now(round.store, &round.now, &err);
	if (rc == RC_OK)
		rc = targets_go_round(&round, &err);
	if (rc != RC_OK)
		log_error_limited(&m->store_down, "%s", err.text);
	else
		tell_held_back(m, &round);
	m->digest_day = round.digest_day;
	arena_free(round.arena);
}

static enum rc
mailer_step(void *own, int64_t *wait_ms, struct err *err)
{
	struct mailer *m = own;
	struct snapshot *snapshot = snapshots_acquire(m->snapshots, NULL);
	enum worker_step step =
	    worker_step(m->worker, snapshot->store, snapshot->settings, err);

	if (step == WORKER_STORE_DOWN)
		log_error_limited(&m->store_down, "%s", err->text);
	/* The MTA has others to serve. */
	if (step == WORKER_IDLE)
		smtp_hang_up(m->smtp);
	clean_store(m, snapshot);
	see_to_targets(m, snapshot);
	snapshots_release(m->snapshots, snapshot);
	*wait_ms = waits_ms[step];
	return RC_OK;
}

static unsigned
mailer_close(void *own)
{
	struct mailer *m = own;

	worker_free(m->worker);
	smtp_close(m->smtp);
	arena_free(m->arena);
	return 0;
}

static struct mailer mailer;

const struct daemon_program mailer_program = {
    .name = "mailer",
    .about = "sends the mail that waits in the outbox",
    .in_flight = "mails",
    .own = &mailer,
    .metrics = &mailer_metrics,
    .begin = mailer_begin,
    .open = mailer_open,
    .changed = mailer_changed,
    .step = mailer_step,
    .close = mailer_close,
};
