/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "base/clock.h"
#include "mailer_metrics.h"
#include "program/daemon.h"
#include "program/snapshot.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define CLEAN_MS 60000

/* How long to wait after each step. */
static const int64_t waits_ms[] = {
    [WORKER_DONE] = 0,
    [WORKER_IDLE] = 1000,
    /* Else every mail would be tried in vain at once. */
    [WORKER_UNREACHABLE] = 2000,
    [WORKER_STORE_DOWN] = 1000,
};

struct mailer {
	const char *path;
	struct snapshots *snapshots;
	struct smtp *smtp;
	struct worker *worker;
	struct metrics *metrics;
	struct log_limit store_down;
	int64_t clean_at;
};

static void
send_by_smtp(void *context, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *message,
    struct smtp_answer *out)
{
	smtp_send(context, settings, a, message, out);
}

static void
mailer_reload(struct mailer *m)
{
	struct settings *settings;
	struct snapshot *next;
	struct err err;
	enum rc rc = daemon_settings("mailer", m->path, &settings, &err);

	if (rc == RC_OK)
		rc = snapshots_prepare(m->snapshots, settings, &next, &err);
	if (rc != RC_OK) {
		log_error("the old configuration stays: %s", err.text);
		return;
	}
	daemon_log("mailer", settings);
	daemon_losses(m->snapshots, settings);
	snapshots_publish(m->snapshots, next);
	daemon_metrics(&mailer_metrics, m->snapshots, &m->metrics);
	smtp_hang_up(m->smtp);
	log_info("configuration read again from %s", m->path);
}

static void
clean_outbox(struct mailer *m, const struct snapshot *snapshot)
{
	struct err err;
	int64_t now;

	if (clock_ms() < m->clean_at)
		return;
	m->clean_at = clock_ms() + CLEAN_MS;
	if (store_now(snapshot->store, &now, &err) != RC_OK ||
	    outbox_clean(snapshot->store, &snapshot->settings->mailer.outbox,
		now, &err) == RC_TEMP)
		log_error_limited(&m->store_down, "%s", err.text);
}

static enum worker_step
mailer_step(struct mailer *m)
{
	struct snapshot *snapshot = snapshots_acquire(m->snapshots, NULL);
	enum worker_step step;
	struct err err;

	step =
	    worker_step(m->worker, snapshot->store, snapshot->settings, &err);
	if (step == WORKER_STORE_DOWN)
		log_error_limited(&m->store_down, "%s", err.text);
	/* The MTA has others to serve. */
	if (step == WORKER_IDLE)
		smtp_hang_up(m->smtp);
	clean_outbox(m, snapshot);
	snapshots_release(m->snapshots, snapshot);
	return step;
}

static void
mailer_run(struct mailer *m)
{
	for (;;) {
		switch (daemon_signal(waits_ms[mailer_step(m)])) {
		case 0:
			break;
		case SIGHUP:
			mailer_reload(m);
			break;
		default:
			return;
		}
	}
}

/* Whoever started it by hand does not look into the log first. */
static int
mailer_start_failed(const struct err *err)
{
	log_error("%s", err->text);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "postward-mailer: %s\n", err->text);
	return 1;
}

int
mailer_serve(const char *path, struct settings *settings)
{
	struct mailer m = {.path = path};
	struct arena *a = arena_new();
	const char *owner;
	struct err err;
	int status = 0;
	enum rc rc;

	rc = smtp_open(&m.smtp, &err);
	if (rc != RC_OK)
		settings_free(settings);
	if (rc == RC_OK)
		rc = snapshots_open(settings, &m.snapshots, &err);
	if (rc == RC_OK)
		rc = outbox_id(a, &owner, &err);
	if (rc == RC_OK) {
		m.worker = worker_new(owner, send_by_smtp, m.smtp);
		daemon_metrics(&mailer_metrics, m.snapshots, &m.metrics);
		log_info("started, version %s, configuration %s",
		    settings_version, path);
		mailer_run(&m);
		log_info("stopped");
	} else {
		status = mailer_start_failed(&err);
	}
	metrics_close(m.metrics);
	worker_free(m.worker);
	smtp_close(m.smtp);
	snapshots_close(m.snapshots);
	arena_free(a);
	return status;
}
