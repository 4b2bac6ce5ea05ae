/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "base/clock.h"
#include "http.h"
#include "program/daemon.h"
#include "signup_metrics.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long requests that are being answered are waited for. */
#define PATIENCE_MS 15000
#define CLEAN_MS    60000
#define BACKLOG     128
/* As open as a port of 127.0.0.1: nginx is nobody of ours. */
#define SOCKET_MODE 0666

struct signup {
	const char *path;
	struct snapshots *snapshots;
	struct listen_socket place;
	struct http *http;
	struct metrics *metrics;
	struct log_limit store_down;
	int64_t clean_at;
};

enum rc
signup_check(const char *path, const struct settings *settings, struct err *err)
{
	return settings->registration.domain[0] != '\0'
		   ? RC_OK
		   : err_set(err, RC_PERM,
			 "%s: domains: expected at least one, for new "
			 "addresses",
			 path);
}

static enum rc
signup_change(struct signup *signup, struct settings *settings, struct err *err)
{
	struct snapshot *next;
	enum rc rc = signup_check(signup->path, settings, err);

	if (rc != RC_OK) {
		settings_free(settings);
		return rc;
	}
	rc = snapshots_prepare(signup->snapshots, settings, &next, err);
	if (rc != RC_OK)
		return rc;
	daemon_log("signup", settings);
	if (strcmp(settings->signup.listen, signup->place.address) != 0)
		log_warn("signup listen: %s from the next start on",
		    settings->signup.listen);
	daemon_losses(signup->snapshots, settings);
	snapshots_publish(signup->snapshots, next);
	daemon_metrics(&signup_metrics, signup->snapshots, &signup->metrics);
	return RC_OK;
}

static void
signup_reload(struct signup *signup)
{
	struct settings *settings;
	struct err err;
	enum rc rc = daemon_settings("signup", signup->path, &settings, &err);

	if (rc == RC_OK)
		rc = signup_change(signup, settings, &err);
	if (rc == RC_OK)
		log_info("configuration read again from %s", signup->path);
	else
		log_error("the old configuration stays: %s", err.text);
}

/* Nobody may ask for days, and what is over is to be forgotten all the same. */
static void
clean_registrations(struct signup *signup)
{
	struct snapshot *snapshot;
	struct err err;
	int64_t now;

	if (clock_ms() < signup->clean_at)
		return;
	snapshot = snapshots_acquire(signup->snapshots, NULL);
	if (store_now(snapshot->store, &now, &err) != RC_OK ||
	    registration_clean(snapshot->store, now, &err) != RC_OK)
		log_error_limited(&signup->store_down, "%s", err.text);
	snapshots_release(signup->snapshots, snapshot);
	signup->clean_at = clock_ms() + CLEAN_MS;
}

static void
signup_wait(struct signup *signup)
{
	int number;

	do {
		clean_registrations(signup);
		number = daemon_signal(1000);
		if (number == SIGHUP)
			signup_reload(signup);
		http_hurry(signup->http);
	} while (number != SIGTERM && number != SIGINT);
}

const char *
signup_listens(const struct settings *settings, struct listen_settings *as)
{
	*as = (struct listen_settings){.mode = SOCKET_MODE, .backlog = BACKLOG};
	return settings->signup.listen;
}

static enum rc
signup_begin(struct signup *signup, struct settings *settings, struct err *err)
{
	struct listen_settings as;
	const char *place = signup_listens(settings, &as);
	enum rc rc = signup_check(signup->path, settings, err);

	if (rc != RC_OK) {
		settings_free(settings);
		return rc;
	}
	rc = snapshots_open(settings, &signup->snapshots, err);
	if (rc != RC_OK)
		return rc;
	rc = listen_open(place, &as, &signup->place, err);
	if (rc == RC_OK) {
		rc = http_open(signup->snapshots, &settings->signup,
		    &signup->place, &signup->http, err);
		if (rc == RC_OK)
			return RC_OK;
		listen_close(&signup->place);
	}
	snapshots_close(signup->snapshots);
	return rc;
}

int
signup_serve(const char *path, struct settings *settings)
{
	struct signup signup = {.path = path};
	struct err err;
	unsigned cut;

	if (signup_begin(&signup, settings, &err) != RC_OK) {
		log_error("%s", err.text);
		return 1;
	}
	daemon_metrics(&signup_metrics, signup.snapshots, &signup.metrics);
	log_info("started, version %s, configuration %s", settings_version,
	    path);
	signup_wait(&signup);
	metrics_close(signup.metrics);
	http_quiet(signup.http);
	listen_close(&signup.place);
	cut = http_close(signup.http, PATIENCE_MS);
	if (cut > 0) {
		log_warn("stopped; requests cut off: %u", cut);
		/* Their threads still use the snapshots: leave those be. */
		log_stop();
		_exit(0);
	}
	snapshots_close(signup.snapshots);
	log_info("stopped");
	return 0;
}
