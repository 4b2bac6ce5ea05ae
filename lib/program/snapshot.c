/* SPDX-License-Identifier: MIT */
#include "program/snapshot.h"

#include "base/memory.h"
#include "forwarding/domains.h"
#include "policy/srs_tries.h"
#include "program/decision_keeper.h"
#include "program/mail_server.h"
#include "program/private/settings_parts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* How long to wait for a store at most, if the deadline of a request leaves so
   much. */
#define STORE_WAIT_MIN_MS ((int64_t)1000)
#define STORE_WAIT_MAX_MS ((int64_t)5000)

/* The cache of forwards keeps so many addresses, which take some MB. */
#define FORWARDS_KEPT 20000

/* A thing that several snapshots may share. */
struct shared {
	unsigned users;
	void *thing;
};

struct whole_snapshot {
	struct snapshot snapshot; /* first: the callers' view of it */
	struct settings *settings;
	struct shared *dns, *store, *domains, *forwards;
	struct list_healths *healths; /* of snapshots */
	struct signing_keys *signing_keys;
	unsigned users;
};

struct snapshots {
	pthread_mutex_t lock; /* guards every `users`, and healths */
	struct list_healths *healths;
	struct srs_tries *tries;
	struct greylist *greylist;
	struct rates *rates;
	struct decision_keeper *keeper;
	_Atomic(struct whole_snapshot *) present;
};

static struct shared *
shared_new(void *thing)
{
	struct shared *shared = memory_zeroed(1, sizeof(*shared));

	shared->users = 1;
	shared->thing = thing;
	return shared;
}

static bool
same_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
same_servers(const char *const *a, size_t n_a, const char *const *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

static bool
same_resolver(const struct dns_settings *a, const struct dns_settings *b)
{
	if (!same_servers(a->servers, a->n_servers, b->servers, b->n_servers) ||
	    a->timeout_ms != b->timeout_ms ||
	    a->cache_answers != b->cache_answers || a->n_others != b->n_others)
		return false;
	for (size_t i = 0; i < a->n_others; i++)
		if (!same_servers(a->others[i].items, a->others[i].n,
			b->others[i].items, b->others[i].n))
			return false;
	/* A dns without servers of its own was opened by /etc/resolv.conf,
	   which may have changed. */
	return a->n_servers > 0;
}

static enum rc
furnish_dns(struct whole_snapshot *w, struct whole_snapshot *old,
    struct err *err)
{
	struct dns *dns;
	enum rc rc;

	if (old != NULL &&
	    same_resolver(&w->settings->resolver, &old->settings->resolver)) {
		w->dns = old->dns;
		w->dns->users++;
		return RC_OK;
	}
	rc = dns_open(&w->settings->resolver, &dns, err);
	if (rc == RC_OK)
		w->dns = shared_new(dns);
	return rc;
}

static int64_t
store_wait_of(const struct settings *settings)
{
	int64_t ms = settings->policy.deadline_ms;

	if (ms < STORE_WAIT_MIN_MS)
		return STORE_WAIT_MIN_MS;
	return ms < STORE_WAIT_MAX_MS ? ms : STORE_WAIT_MAX_MS;
}

static enum rc
furnish_store(struct whole_snapshot *w, struct whole_snapshot *old,
    struct err *err)
{
	struct store *store;
	enum rc rc;

	if (old != NULL &&
	    store_wait_of(w->settings) == store_wait_of(old->settings) &&
	    same_text(w->settings->store_url, old->settings->store_url) &&
	    same_text(w->settings->store_password_file,
		old->settings->store_password_file)) {
		w->store = old->store;
		w->store->users++;
		return RC_OK;
	}
	rc = settings_open_store(w->settings, &store, err);
	if (rc != RC_OK)
		return rc;
	store_set_wait(store, store_wait_of(w->settings));
	w->store = shared_new(store);
	return RC_OK;
}

static bool
same_forwards(const struct forwards_settings *a,
    const struct forwards_settings *b)
{
	if (a->n_domains != b->n_domains ||
	    !same_text(a->delimiter, b->delimiter) ||
	    a->home_of != b->home_of || a->directory != b->directory ||
	    a->n_sources != b->n_sources ||
	    memcmp(a->sources, b->sources, sizeof(a->sources)) != 0 ||
	    a->cache_ms != b->cache_ms || a->stale_ms != b->stale_ms)
		return false;
	for (size_t i = 0; i < a->n_domains; i++)
		if (!same_text(a->domains[i], b->domains[i]))
			return false;
	return true;
}

/* The store's domains are the same as long as the store is. */
static void
furnish_domains(struct whole_snapshot *w, struct whole_snapshot *old)
{
	struct forwards_settings *mine = &w->settings->forwards;

	if (old != NULL && w->store == old->store &&
	    mine->cache_ms == old->settings->forwards.cache_ms &&
	    mine->stale_ms == old->settings->forwards.stale_ms) {
		w->domains = old->domains;
		w->domains->users++;
	} else {
		w->domains = shared_new(domains_new(w->store->thing,
		    mine->cache_ms, mine->stale_ms));
	}
	mine->stored = w->domains->thing;
}

static void
say_directory(bool good, const char *line)
{
	if (good)
		log_info("directory: %s", line);
	else
		log_error("directory: %s", line);
}

/* With the connections that are open, and what is known of each server. */
static void
furnish_directory(struct whole_snapshot *w, const struct whole_snapshot *old)
{
	struct directory **mine = &w->settings->forwards.directory;
	struct directory *had =
	    old == NULL ? NULL : old->settings->forwards.directory;

	if (*mine == NULL)
		return;
	if (had != NULL && directory_same(&w->settings->directory,
			       &old->settings->directory)) {
		directory_close(*mine);
		*mine = directory_keep(had);
	}
	directory_log_to(*mine, say_directory);
}

static void
furnish_forwards(struct whole_snapshot *w, struct whole_snapshot *old)
{
	const struct forwards_settings *mine = &w->settings->forwards;

	if (old != NULL && w->store == old->store &&
	    same_forwards(mine, &old->settings->forwards)) {
		w->forwards = old->forwards;
		w->forwards->users++;
		return;
	}
	w->forwards = shared_new(forwards_cache_new(w->store->thing, mine,
	    FORWARDS_KEPT));
}

/* Only for the program that tells what becomes of forwarded mail. */
static void
furnish_mail_server(struct whole_snapshot *w)
{
	struct settings *s = w->settings;

	if (s->program != NULL && strcmp(s->program, "milter") == 0)
		s->policy.fate.server = mail_server_ask(s->arena);
}

/* Only for a program that signs: the others cannot read them, nor should. */
static enum rc
furnish_signing_keys(struct whole_snapshot *w, struct whole_snapshot *old,
    struct err *err)
{
	const struct settings *s = w->settings;

	if (s->program == NULL || !(s->dkim.sign || s->arc_seal) ||
	    !settings_reads(s, SETTINGS_SIGNING_KEYS))
		return RC_OK;
	return signing_keys_serve(s->dkim.keys,
	    old == NULL ? NULL : old->signing_keys, &w->signing_keys, err);
}

static void
furnish_lists(struct whole_snapshot *w, struct list_healths *healths)
{
	const struct policy_settings *policy = &w->settings->policy;

	w->healths = healths;
	for (size_t i = 0; i < policy->n_lists; i++) {
		struct dns_list *list = &policy->lists[i];

		list->health = list_healths_take(healths, list->zone,
		    (list->of & DNS_LIST_CLIENT) != 0, list->asked_at);
	}
}

static void
leave_lists(struct whole_snapshot *w)
{
	const struct policy_settings *policy = &w->settings->policy;

	for (size_t i = 0; i < policy->n_lists; i++)
		if (policy->lists[i].health != NULL)
			list_healths_give(w->healths, policy->lists[i].health);
}

/* The caller holds the lock. */
static void
snapshot_free(struct whole_snapshot *w)
{
	leave_lists(w);
	spf_free(w->snapshot.spf);
	signing_keys_close(w->signing_keys);
	if (w->forwards != NULL && --w->forwards->users == 0) {
		forwards_cache_free(w->forwards->thing);
		free(w->forwards);
	}
	if (w->domains != NULL && --w->domains->users == 0) {
		domains_free(w->domains->thing);
		free(w->domains);
	}
	if (w->store != NULL && --w->store->users == 0) {
		store_close(w->store->thing);
		free(w->store);
	}
	if (w->dns != NULL && --w->dns->users == 0) {
		dns_close(w->dns->thing);
		free(w->dns);
	}
	settings_free(w->settings);
	free(w);
}

static void
snapshot_leave(struct snapshots *snapshots, struct whole_snapshot *w)
{
	pthread_mutex_lock(&snapshots->lock);
	if (--w->users == 0)
		snapshot_free(w);
	pthread_mutex_unlock(&snapshots->lock);
}

enum rc
snapshots_prepare(struct snapshots *snapshots, struct settings *settings,
    struct snapshot **out, struct err *err)
{
	struct whole_snapshot *w = memory_zeroed(1, sizeof(*w));
	struct whole_snapshot *old = atomic_load(&snapshots->present);
	enum rc rc;

	w->settings = settings;
	w->users = 1;
	pthread_mutex_lock(&snapshots->lock);
	furnish_lists(w, snapshots->healths);
	furnish_mail_server(w);
	rc = furnish_dns(w, old, err);
	if (rc == RC_OK)
		rc = furnish_store(w, old, err);
	if (rc == RC_OK)
		rc = furnish_signing_keys(w, old, err);
	furnish_directory(w, old);
	if (rc == RC_OK) {
		furnish_domains(w, old);
		furnish_forwards(w, old);
	} else {
		snapshot_free(w);
	}
	pthread_mutex_unlock(&snapshots->lock);
	if (rc != RC_OK)
		return rc;
	w->snapshot = (struct snapshot){
	    .settings = settings,
	    .dns = w->dns->thing,
	    .store = w->store->thing,
	    .forwards = w->forwards->thing,
	    .spf = spf_new(w->dns->thing),
	    .tries = snapshots->tries,
	    .greylist = snapshots->greylist,
	    .rates = snapshots->rates,
	    .keeper = snapshots->keeper,
	    .signing_keys = w->signing_keys,
	};
	*out = &w->snapshot;
	return RC_OK;
}

void
snapshots_publish(struct snapshots *snapshots, struct snapshot *next)
{
	struct whole_snapshot *old, *w = (struct whole_snapshot *)next;

	/* Publishes under the lock: no thread may join the old snapshot after
	   the count of the snapshots themselves is gone. */
	pthread_mutex_lock(&snapshots->lock);
	old = atomic_exchange(&snapshots->present, w);
	if (old != NULL && --old->users == 0)
		snapshot_free(old);
	pthread_mutex_unlock(&snapshots->lock);
}

void
snapshots_drop(struct snapshots *snapshots, struct snapshot *prepared)
{
	snapshot_leave(snapshots, (struct whole_snapshot *)prepared);
}

enum rc
snapshots_open(struct settings *settings, struct snapshots **out,
    struct err *err)
{
	struct snapshots *snapshots = memory_zeroed(1, sizeof(*snapshots));
	struct snapshot *first;
	enum rc rc;

	pthread_mutex_init(&snapshots->lock, NULL);
	snapshots->healths = list_healths_new();
	snapshots->tries = srs_tries_new();
	snapshots->greylist = greylist_new();
	snapshots->rates = rates_new();
	snapshots->keeper = decision_keeper_new();
	rc = snapshots_prepare(snapshots, settings, &first, err);
	if (rc != RC_OK) {
		list_healths_free(snapshots->healths);
		srs_tries_free(snapshots->tries);
		greylist_free(snapshots->greylist);
		rates_free(snapshots->rates);
		decision_keeper_free(snapshots->keeper);
		free(snapshots);
		return rc;
	}
	snapshots_publish(snapshots, first);
	*out = snapshots;
	return RC_OK;
}

void
snapshots_close(struct snapshots *snapshots)
{
	if (snapshots == NULL)
		return;
	snapshots_publish(snapshots, NULL);
	pthread_mutex_destroy(&snapshots->lock);
	list_healths_free(snapshots->healths);
	srs_tries_free(snapshots->tries);
	greylist_free(snapshots->greylist);
	rates_free(snapshots->rates);
	decision_keeper_free(snapshots->keeper);
	free(snapshots);
}

struct decision_keeper *
snapshots_keeper(const struct snapshots *snapshots)
{
	return snapshots->keeper;
}

struct snapshot *
snapshots_acquire(struct snapshots *snapshots, struct snapshot *held)
{
	struct whole_snapshot *mine = (struct whole_snapshot *)held;

	if (mine != NULL && mine == atomic_load(&snapshots->present))
		return held;
	if (mine != NULL)
		snapshot_leave(snapshots, mine);
	pthread_mutex_lock(&snapshots->lock);
	mine = atomic_load(&snapshots->present);
	mine->users++;
	pthread_mutex_unlock(&snapshots->lock);
	return &mine->snapshot;
}

void
snapshots_release(struct snapshots *snapshots, struct snapshot *held)
{
	if (held != NULL)
		snapshot_leave(snapshots, (struct whole_snapshot *)held);
}
