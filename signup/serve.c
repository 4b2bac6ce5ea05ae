/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include "base/clock.h"
#include "base/config_files.h"
#include "digests.h"
#include "forwarding/domains.h"
#include "http.h"
#include "signup_metrics.h"

/* How long requests that are being answered are waited for. */
#define PATIENCE_MS 15000
#define CLEAN_MS    60000
#define DIGESTS_MS  3600000
#define STEP_MS     1000
#define BACKLOG     128
/* As open as a port of 127.0.0.1: nginx is nobody of ours. */
#define SOCKET_MODE 0666

struct signup {
	struct snapshots *snapshots;
	struct listen_socket place;
	struct http *http;
	struct log_limit store_down;
	int64_t clean_at, digests_at;
};

/* It may be one of the store.  Where nobody can tell, those who ask for an
   address there are told to come again. */
static enum rc
signup_domain_find(const struct settings *settings, struct err *err)
{
	struct forwards_settings forwards = settings->forwards;
	struct store *store;
	struct err why;
	enum rc rc;

	if (settings_open_store(settings, &store, &why) != RC_OK)
		return RC_OK;
	forwards.stored = domains_new(store, 0, 0);
	rc = domains_find(&forwards, settings->registration.domain, NULL, &why);
	domains_free(forwards.stored);
	store_close(store);
	return rc != RC_NONE
		   ? RC_OK
		   : err_set(err, RC_PERM,
			 "%s: signup.domain: expected a domain of ours, not %s",
			 config_where(settings->config, settings->arena,
			     "signup", NULL, "domain"),
			 settings->registration.domain);
}

static enum rc
signup_check(const struct settings *settings, struct err *err)
{
	if (settings->registration.domain[0] == '\0')
		return err_set(err, RC_PERM,
		    "%s: domains: expected at least one, for new addresses",
		    config_where(settings->config, settings->arena, "", NULL,
			"domains"));
	return signup_domain_find(settings, err);
}

static struct daemon_places
signup_places(void *own, const struct settings *settings)
{
	(void)own;
	return (struct daemon_places){
	    .addresses = &settings->signup.listen,
	    .n = 1,
	    .as = {.mode = SOCKET_MODE, .backlog = BACKLOG},
	};
}

static enum rc
signup_listen(struct signup *signup, const struct settings *settings,
    struct err *err)
{
	struct daemon_places places = signup_places(signup, settings);
	enum rc rc =
	    listen_open(places.addresses[0], &places.as, &signup->place, err);

	if (rc != RC_OK)
		return rc;
	rc = http_open(signup->snapshots, &settings->signup, &signup->place,
	    &signup->http, err);
	if (rc != RC_OK)
		listen_close(&signup->place);
	return rc;
}

static enum rc
signup_open(void *own, struct snapshots *snapshots, struct err *err)
{
	struct signup *signup = own;
	struct snapshot *present = snapshots_acquire(snapshots, NULL);
	enum rc rc;

	signup->snapshots = snapshots;
	rc = signup_listen(signup, present->settings, err);
	snapshots_release(snapshots, present);
	return rc;
}

static void
signup_changed(void *own, const struct settings *settings)
{
	struct signup *signup = own;

	daemon_warn_of_place("signup", settings->signup.listen, &signup->place);
}

static enum rc
clean_all(struct snapshot *snapshot, struct err *err)
{
	int64_t now;
	enum rc rc = store_now(snapshot->store, &now, err);

	if (rc == RC_OK)
		rc = registration_clean(snapshot->store, now, err);
	if (rc == RC_OK)
		rc = sign_in_clean(snapshot->store, &snapshot->settings->member,
		    now, err);
	return rc;
}

/* Nobody may ask for days, and what is over is to be forgotten all the same. */
static void
clean_store(struct signup *signup)
{
	struct snapshot *snapshot;
	struct err err;

	if (clock_ms() < signup->clean_at)
		return;
	snapshot = snapshots_acquire(signup->snapshots, NULL);
	if (clean_all(snapshot, &err) != RC_OK)
		log_error_limited(&signup->store_down, "%s", err.text);
	snapshots_release(signup->snapshots, snapshot);
	signup->clean_at = clock_ms() + CLEAN_MS;
}

/* Who wants a letter each week gets it within the hour. */
static void
send_digests(struct signup *signup)
{
	struct snapshot *snapshot;
	struct err err;
	int64_t now;

	if (clock_ms() < signup->digests_at)
		return;
	snapshot = snapshots_acquire(signup->snapshots, NULL);
	if (store_now(snapshot->store, &now, &err) != RC_OK ||
	    (snapshot->settings->member.page &&
		digests_send(snapshot, now, &err) != RC_OK))
		log_error_limited(&signup->store_down, "%s", err.text);
	snapshots_release(signup->snapshots, snapshot);
	signup->digests_at = clock_ms() + DIGESTS_MS;
}

static enum rc
signup_step(void *own, int64_t *wait_ms, struct err *err)
{
	struct signup *signup = own;

	(void)err;
	clean_store(signup);
	send_digests(signup);
	http_hurry(signup->http);
	*wait_ms = STEP_MS;
	return RC_OK;
}

static bool
signup_is_alive(void *own, int64_t patience_ms)
{
	struct signup *signup = own;

	return http_is_alive(signup->http, patience_ms);
}

static unsigned
signup_close(void *own)
{
	struct signup *signup = own;

	http_quiet(signup->http);
	listen_close(&signup->place);
	return http_close(signup->http, PATIENCE_MS);
}

static struct signup signup_server;

const struct daemon_program signup_program = {
    .name = "signup",
    .about = "the web form on which newcomers ask for an address",
    .in_flight = "requests",
    .own = &signup_server,
    .metrics = &signup_metrics,
    .check = signup_check,
    .places = signup_places,
    .open = signup_open,
    .changed = signup_changed,
    .step = signup_step,
    .is_alive = signup_is_alive,
    .close = signup_close,
};
