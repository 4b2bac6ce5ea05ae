/* SPDX-License-Identifier: MIT */
#include "directory/directory.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "directory/private/directory_pool.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct directory {
	const struct directory_settings *settings; /* in the arena */
	struct arena *arena;
	struct directory_pool *pool;
	atomic_uint users;
	/* Whom we trust, as the file was when it was read. */
	pthread_mutex_t lock;
	SSL_CTX *tls;
	struct stat ca;
};

static const char *const *
copy_texts(struct arena *a, const char *const *texts, size_t n)
{
	const char **copy = arena_take_array(a, n + 1, sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_copy_text(a, texts[i]);
	return copy;
}

static const struct directory_settings *
copy_settings(struct arena *a, const struct directory_settings *s)
{
	struct directory_settings *copy = arena_take(a, sizeof(*copy));

	*copy = *s;
	copy->urls = copy_texts(a, s->urls, s->n_urls);
	copy->base = arena_copy_text(a, s->base);
	copy->filter = arena_copy_text(a, s->filter);
	copy->attributes = copy_texts(a, s->attributes, s->n_attributes);
	copy->state = arena_copy_text(a, s->state);
	copy->suspended = copy_texts(a, s->suspended, s->n_suspended);
	copy->ca = arena_copy_text(a, s->ca);
	copy->bind = arena_copy_text(a, s->bind);
	copy->password_file = arena_copy_text(a, s->password_file);
	return copy;
}

struct directory *
directory_open(const struct directory_settings *settings)
{
	struct directory *d = memory_zeroed(1, sizeof(*d));

	d->arena = arena_new();
	d->settings = copy_settings(d->arena, settings);
	d->pool = directory_pool_new(d->settings);
	atomic_init(&d->users, 1);
	pthread_mutex_init(&d->lock, NULL);
	return d;
}

struct directory *
directory_keep(struct directory *d)
{
	if (d != NULL)
		atomic_fetch_add(&d->users, 1);
	return d;
}

void
directory_close(struct directory *d)
{
	if (d == NULL || atomic_fetch_sub(&d->users, 1) != 1)
		return;
	directory_pool_free(d->pool);
	SSL_CTX_free(d->tls);
	pthread_mutex_destroy(&d->lock);
	arena_free(d->arena);
	free(d);
}

void
directory_log_to(struct directory *d, directory_say_fn *say)
{
	directory_pool_log_to(d->pool, say);
}

bool
directory_finds_addresses(const struct directory *d)
{
	return directory_mentions(d->settings->filter, "%{address}");
}

static bool
same_texts(const char *const *a, size_t n_a, const char *const *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

bool
directory_same(const struct directory_settings *a,
    const struct directory_settings *b)
{
	const char *const one[] = {
	    a->base, a->filter, a->state, a->ca, a->bind, a->password_file};
	const char *const other[] = {
	    b->base, b->filter, b->state, b->ca, b->bind, b->password_file};
	size_t n = sizeof(one) / sizeof(*one);

	return same_texts(a->urls, a->n_urls, b->urls, b->n_urls) &&
	       same_texts(a->attributes, a->n_attributes, b->attributes,
		   b->n_attributes) &&
	       same_texts(a->suspended, a->n_suspended, b->suspended,
		   b->n_suspended) &&
	       same_texts(one, n, other, n) && a->scope == b->scope &&
	       a->start_tls == b->start_tls && a->verify == b->verify &&
	       a->timeout_ms == b->timeout_ms &&
	       a->connections == b->connections;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The caller holds the lock.  A file that was changed counts at the next
   connection. */
static enum rc
read_trust(struct directory *d, struct err *err)
{
	const char *path = d->settings->verify ? d->settings->ca : NULL;
	struct stat now = {0};
	SSL_CTX *tls;
	enum rc rc;

	if (path != NULL && stat(path, &now) != 0)
		return err_set(err, RC_TEMP, "%s: %s", path, strerror(errno));
	if (d->tls != NULL && same_file(&now, &d->ca))
		return RC_OK;
	rc = directory_tls_open(path, &tls, err);
	if (rc != RC_OK)
		return rc;
	SSL_CTX_free(d->tls);
	d->tls = tls;
	d->ca = now;
	return RC_OK;
}

/* *out is for SSL_CTX_free; NULL: this server is asked in clear. */
static enum rc
take_trust(struct directory *d, const struct directory_server *server,
    SSL_CTX **out, struct err *err)
{
	enum rc rc;

	*out = NULL;
	if (!server->tls && !d->settings->start_tls)
		return RC_OK;
	pthread_mutex_lock(&d->lock);
	rc = read_trust(d, err);
	if (rc == RC_OK) {
		SSL_CTX_up_ref(d->tls);
		*out = d->tls;
	}
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static struct directory_search
search_for(const struct directory_settings *s, struct arena *a,
    const struct directory_names *names)
{
	return (struct directory_search){
	    .arena = a,
	    .base = directory_expand(a, s->base, names),
	    .filter = directory_expand(a, s->filter, names),
	    .scope = s->scope,
	    .variable = directory_mentions(s->base, "%{"),
	    .ascii = str_is_ascii(names->address),
	};
}

static enum rc
open_connection(struct directory *d, struct directory_try *t,
    struct directory_connection **out, struct err *err)
{
	enum rc rc = take_trust(d, t->server, &t->tls, err);

	if (rc == RC_OK)
		rc = directory_connection_open(t, out, err);
	else
		*t = (struct directory_try){.settings = t->settings,
		    .server = t->server,
		    .failure = DIRECTORY_FAILED_TLS,
		    .server_failed = true};
	SSL_CTX_free(t->tls);
	return rc;
}

/* True: the connection was ended while nobody used it, and the server may be
   well. */
static bool
was_ended(const struct directory_try *t)
{
	return t->broken && t->server_failed &&
	       t->failure == DIRECTORY_FAILED_ANSWER;
}

/* Asks on *c or, if that is NULL or was ended meanwhile, on a new connection.
 *c is NULL then, if it cannot be used any more. */
static enum rc
ask_connection(struct directory *d, size_t server, struct directory_try *t,
    const struct directory_search *search, struct directory_connection **c,
    struct directory_entry *out, struct err *err)
{
	const struct directory_try fresh = *t;
	enum rc rc = RC_TEMP;

	if (*c != NULL) {
		rc = directory_connection_search(*c, t, search, out, err);
		if (!was_ended(t))
			return rc;
		directory_connection_close(*c);
		*c = NULL;
		directory_pool_drop(d->pool, server);
		*t = fresh;
	}
	rc = open_connection(d, t, c, err);
	if (rc != RC_OK)
		return rc;
	(*c)->server = server;
	return directory_connection_search(*c, t, search, out, err);
}

static enum rc
ask_server(struct directory *d, size_t server, struct directory_try *t,
    const struct directory_search *search, struct directory_entry *out,
    struct err *err)
{
	struct directory_connection *c = directory_pool_take(d->pool, server);
	enum rc rc = ask_connection(d, server, t, search, &c, out, err);

	if (t->broken) {
		directory_connection_close(c);
		c = NULL;
	}
	directory_pool_give(d->pool, c);
	return rc;
}

/* A server that had little time is not at fault for having answered nothing. */
static bool
had_its_time(const struct directory_settings *s, int64_t began)
{
	int64_t share = s->timeout_ms * 1000 / (int64_t)s->n_urls;

	return clock_us() - began >= share / 2;
}

static enum rc
try_server(struct directory *d, size_t server, int64_t end,
    const struct directory_search *search, bool *go_on,
    struct directory_entry *out, struct err *err)
{
	struct directory_try t = {
	    .settings = d->settings,
	    .server = directory_pool_server(d->pool, server),
	    .end = end,
	};
	int64_t began = clock_us();
	struct err why = {""};
	enum rc rc = ask_server(d, server, &t, search, out, &why);

	*go_on = false;
	if (rc != RC_TEMP) {
		directory_pool_worked(d->pool, server);
		return rc;
	}
	metric_add(&directory_failures, t.failure, 1);
	*go_on = t.server_failed || t.broken;
	if (t.server_failed && (t.failure != DIRECTORY_FAILED_TIMEOUT ||
				   had_its_time(d->settings, began)))
		directory_pool_failed(d->pool, server, &why);
	else if (!t.broken)
		directory_pool_worked(d->pool, server);
	return err_set(err, RC_TEMP, "directory %s: %s", t.server->url,
	    why.text);
}

/* Each server has its share of the time that is left. */
static enum rc
ask_servers(struct directory *d, const struct directory_search *search,
    int64_t end, struct directory_entry *out, struct err *err)
{
	struct err left_alone = {"no server is named"};
	unsigned tried = 0, others;
	bool go_on = true;
	enum rc rc = RC_TEMP;
	size_t server;

	while (go_on && directory_pool_choose(d->pool, tried, &server, &others,
			    &left_alone)) {
		int64_t now = clock_us();

		tried |= 1u << server;
		rc = try_server(d, server, now + (end - now) / (others + 1),
		    search, &go_on, out, err);
	}
	return tried != 0
		   ? rc
		   : err_set(err, RC_TEMP, "directory: no server answers: %s",
			 left_alone.text);
}

enum rc
directory_find(struct directory *d, struct arena *a,
    const struct directory_names *names, int64_t ms,
    struct directory_entry *out, struct err *err)
{
	const struct directory_search search =
	    search_for(d->settings, a, names);
	int64_t began = clock_us();
	int64_t most = d->settings->timeout_ms;
	int64_t end = began + (ms < most ? ms : most) * 1000;
	enum rc rc;

	if (directory_pool_enter(d->pool, end)) {
		rc = ask_servers(d, &search, end, out, err);
		directory_pool_leave(d->pool);
	} else {
		rc = err_set(err, RC_TEMP,
		    "directory: all %u connections are in use",
		    d->settings->connections);
	}
	metric_add(&directory_questions,
	    rc == RC_OK     ? DIRECTORY_FOUND
	    : rc == RC_NONE ? DIRECTORY_NOBODY
			    : DIRECTORY_FAILED,
	    1);
	metric_time(&directory_times, clock_us() - began);
	return rc;
}

/* The entry at which all bases begin, by itself. */
static enum rc
examine_base(struct directory_connection *c, struct directory_try *t,
    struct arena *a, struct err *err)
{
	const struct directory_search search = {
	    .arena = a,
	    .base = directory_base_fixed(t->settings->base),
	    .filter = "(objectClass=*)",
	    .scope = DIRECTORY_ENTRY,
	    .ascii = true,
	    .any = true,
	};
	struct directory_entry unused;

	return directory_connection_search(c, t, &search, &unused, err);
}

enum rc
directory_examine(struct directory *d, size_t server,
    const struct directory_names *names, struct err *err)
{
	struct arena *a = arena_new();
	const struct directory_search search =
	    search_for(d->settings, a, names);
	struct directory_try t = {
	    .settings = d->settings,
	    .server = directory_pool_server(d->pool, server),
	    .end = clock_us() + d->settings->timeout_ms * 1000,
	};
	struct directory_connection *c = NULL;
	struct directory_entry unused;
	enum rc rc = open_connection(d, &t, &c, err);

	if (rc == RC_OK)
		rc = examine_base(c, &t, a, err);
	if (rc == RC_OK)
		rc = directory_connection_search(c, &t, &search, &unused, err);
	directory_connection_close(c);
	arena_free(a);
	return rc;
}
