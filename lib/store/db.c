/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "base/blocking.h"
#include "base/clock.h"
#include "base/str.h"
#include "store/private/db_driver.h"
#include "store/private/schema.h"
#include "store/private/tries.h"
#include "store/store_metrics.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define WAIT_MS        5000
#define CHECK_EVERY_MS 1000

static const struct db_driver *const drivers[] = {
    &db_sqlite,
    &db_mariadb,
};

struct store {
	struct arena *arena;
	const struct db_driver *driver;
	const char *url;
	struct db_place place;
	pthread_mutex_t lock;
	struct db *
	    idle; /* the connection used last is the first: its cache is warm */
	unsigned n_idle;
};

/* A variable of the thread, not a parameter: between the function that answers
   a request and the one that waits for a lock are a dozen others to which it
   means nothing. */
static _Thread_local int64_t deadline_ms = INT64_MAX;

void
store_set_deadline(int64_t deadline)
{
	deadline_ms = deadline;
}

int64_t
db_time_left(int64_t most)
{
	int64_t left;

	if (deadline_ms == INT64_MAX)
		return most;
	left = deadline_ms - clock_ms();
	return left < 0 ? 0 : left < most ? left : most;
}

static const struct db_driver *
driver_of(const char *url)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++)
		if (str_starts(url, drivers[i]->scheme))
			return drivers[i];
	return NULL;
}

const char *
store_url_wrong(const char *url)
{
	const struct db_driver *driver = driver_of(url);

	if (driver == NULL)
		return "expected sqlite:/path or "
		       "mariadb://user@host,host/database";
	return driver->wrong(url + strlen(driver->scheme));
}

enum rc
store_open(const char *url, const char *password_file, struct store **out,
    struct err *err)
{
	const struct db_driver *driver = driver_of(url);
	const char *wrong = store_url_wrong(url);
	struct store *store;
	struct arena *a;

	if (wrong != NULL)
		return err_set(err, RC_PERM, "%s: no store: %s", url, wrong);
	a = arena_new();
	store = arena_take(a, sizeof(*store));
	store->arena = a;
	store->driver = driver;
	store->url = arena_copy_text(a, url);
	store->place.name = store->url + strlen(driver->scheme);
	store->place.wait_ms = WAIT_MS;
	store->place.password_file = arena_copy_text(a, password_file);
	pthread_mutex_init(&store->lock, NULL);
	*out = store;
	return RC_OK;
}

static struct db *
pop_idle(struct store *store)
{
	struct db *db;

	pthread_mutex_lock(&store->lock);
	db = store->idle;
	if (db != NULL) {
		store->idle = db->next;
		store->n_idle--;
	}
	pthread_mutex_unlock(&store->lock);
	return db;
}

static bool
push_idle(struct store *store, struct db *db)
{
	bool room;

	pthread_mutex_lock(&store->lock);
	room = store->n_idle < store->driver->most_idle;
	if (room) {
		db->next = store->idle;
		store->idle = db;
		store->n_idle++;
	}
	pthread_mutex_unlock(&store->lock);
	return room;
}

void
store_close(struct store *store)
{
	struct db *db;

	if (store == NULL)
		return;
	while ((db = pop_idle(store)) != NULL)
		db->driver->close(db);
	pthread_mutex_destroy(&store->lock);
	arena_free(store->arena);
}

const char *
store_url(const struct store *store)
{
	return store->url;
}

void
store_set_wait(struct store *store, int64_t ms)
{
	store->place.wait_ms = ms;
}

enum rc
store_migrate(struct store *store, int *from, int *to, struct err *err)
{
	const struct db_driver *driver = store->driver;
	struct db *db;
	enum rc rc;

	rc = driver->make(&store->place, err);
	if (rc == RC_OK)
		rc = driver->open(&store->place, &db, err);
	if (rc != RC_OK)
		return rc;
	if (driver->migrate_first != NULL)
		rc = driver->execute(db, driver->migrate_first, err);
	if (rc == RC_OK)
		rc = schema_migrate(db, from, to, err);
	driver->close(db);
	return rc;
}

enum rc
store_version(struct store *store, int *out, int *newest, struct err *err)
{
	const struct db_driver *driver = store->driver;
	struct db *db;
	enum rc rc = driver->open(&store->place, &db, err);

	if (rc != RC_OK)
		return rc;
	rc = schema_version(db, out, newest, err);
	driver->close(db);
	return rc;
}

void
store_set_long_wait(struct store *store, int64_t ms)
{
	store->place.long_ms = ms;
}

static enum rc
check_version(struct db *db, struct err *err)
{
	int64_t now = clock_ms();
	enum rc rc;

	if (now < db->check_at)
		return RC_OK;
	rc = schema_check(db, err);
	db->check_at = now + CHECK_EVERY_MS;
	return rc;
}

static enum rc
open_connection(struct store *store, struct db **out, struct err *err)
{
	enum rc rc;

	blocking_begin();
	rc = store->driver->open(&store->place, out, err);
	blocking_end();
	return rc;
}

/* What the last failure of a connection means. */
static enum trouble
trouble_of(const struct db *db)
{
	if (!db->again)
		return TROUBLE_LASTING;
	if (db->conflict)
		return TROUBLE_CONFLICT;
	return db->kept && db->broken ? TROUBLE_LOST_KEPT : TROUBLE_LOST;
}

static enum rc
take_connection(struct store *store, struct db **out, enum trouble *trouble,
    struct err *err)
{
	struct db *db;
	enum rc rc = RC_OK;
	bool kept;

	*trouble = TROUBLE_LASTING;
	while ((db = pop_idle(store)) != NULL && db->driver->stale(db))
		db->driver->close(db);
	kept = db != NULL;
	if (!kept)
		rc = open_connection(store, &db, err);
	if (rc != RC_OK)
		return rc;
	db->kept = kept;
	db->again = db->conflict = db->in_doubt = false;
	rc = check_version(db, err);
	if (rc != RC_OK) {
		*trouble = trouble_of(db);
		db->driver->close(db);
		return rc;
	}
	*out = db;
	return RC_OK;
}

enum rc
store_take(struct store *store, struct db **out, struct err *err)
{
	enum trouble trouble;
	enum rc rc;

	blocking_begin();
	rc = take_connection(store, out, &trouble, err);
	if (rc != RC_OK)
		blocking_end();
	return rc;
}

static void
give_connection(struct store *store, struct db *db)
{
	assert(!db->in_transaction && db->rows == 0);
	if (db->broken || !push_idle(store, db))
		db->driver->close(db);
}

void
store_give(struct store *store, struct db *db)
{
	give_connection(store, db);
	blocking_end();
}

struct job {
	store_work *work;
	void *context;
	bool transaction;
	bool adding;   /* of that: without a turn as the writer */
	bool glance;   /* true: a "no" may be a moment old */
	bool in_doubt; /* true: a commit may have been done all the same */
	enum trouble trouble; /* of the last try */
};

static enum rc
work_tx(struct db *db, struct job *job, struct err *err)
{
	enum rc rc = job->adding ? db_begin_adding(db, err) : db_begin(db, err);

	if (rc != RC_OK)
		return rc;
	rc = job->work(db, job->context, err);
	if (rc != RC_OK) {
		db_abandon(db);
		return rc;
	}
	rc = db_commit(db, err);
	/* What a conflict has undone may have been done by a commit before it
	   that was not answered. */
	job->in_doubt |= rc == RC_TEMP && db->broken && !db->conflict;
	return rc;
}

static enum rc
work_once(struct db *db, struct job *job, struct err *err)
{
	return job->transaction ? work_tx(db, job, err)
				: job->work(db, job->context, err);
}

static bool
is_no(enum rc rc)
{
	return rc == RC_NONE || rc == RC_PERM;
}

/* A "no" is believed only of a database that is current. */
static enum rc
work_surely(struct db *db, struct job *job, struct err *err)
{
	const struct db_driver *driver = db->driver;
	enum rc sure, rc = work_once(db, job, err);
	struct err why;

	if (!is_no(rc) || job->glance || driver->confirm == NULL)
		return rc;
	sure = driver->confirm(db, false, &why);
	if (sure == RC_NONE) {
		rc = work_once(db, job, err);
		if (!is_no(rc))
			return rc;
		sure = driver->confirm(db, true, &why);
	}
	return sure == RC_OK ? rc : err_set(err, RC_TEMP, "%s", why.text);
}

/* When a server is gone, the idle connections to it are, too. */
static void
drop_idle(struct store *store)
{
	struct db *db;

	while ((db = pop_idle(store)) != NULL)
		db->driver->close(db);
}

static enum rc
do_once(struct store *store, struct job *job, struct err *err)
{
	struct db *db;
	enum rc rc = take_connection(store, &db, &job->trouble, err);

	if (rc == RC_OK) {
		db->in_doubt = job->in_doubt;
		rc = work_surely(db, job, err);
		job->trouble = rc == RC_TEMP ? trouble_of(db) : TROUBLE_LASTING;
		if (job->trouble != TROUBLE_LASTING && db->broken)
			drop_idle(store);
		give_connection(store, db);
	} else if (job->trouble != TROUBLE_LASTING) {
		drop_idle(store);
	}
	return rc;
}

/* Waits until the next try; false: there is none. */
static bool
wait_for_next_try(struct tries *tries, enum trouble trouble, int64_t usual)
{
	int64_t pause =
	    tries_pause(tries, trouble, db_time_left(INT64_MAX), usual);
	const struct timespec t = {.tv_nsec = (long)pause * 1000000};

	if (pause > 0)
		nanosleep(&t, NULL);
	return pause >= 0;
}

static enum rc
do_job(struct store *store, struct job job, struct err *err)
{
	bool waits = !store->driver->local || job.transaction;
	int64_t usual_end = clock_ms() + store->place.wait_ms;
	struct tries tries = {0};
	enum rc rc;

	if (waits)
		blocking_begin();
	do
		rc = do_once(store, &job, err);
	while (rc != RC_OK &&
	       wait_for_next_try(&tries, job.trouble, usual_end - clock_ms()));
	if (waits)
		blocking_end();
	metric_add(&store_work_done,
	    rc == RC_TEMP ? STORE_WORK_FAILED : STORE_WORK_DONE, 1);
	return rc;
}

enum rc
store_do(struct store *store, store_work *work, void *context, struct err *err)
{
	return do_job(store, (struct job){.work = work, .context = context},
	    err);
}

enum rc
store_glance(struct store *store, store_work *work, void *context,
    struct err *err)
{
	return do_job(store,
	    (struct job){.work = work, .context = context, .glance = true},
	    err);
}

enum rc
store_change(struct store *store, store_work *work, void *context,
    struct err *err)
{
	return do_job(store,
	    (struct job){.work = work, .context = context, .transaction = true},
	    err);
}

enum rc
store_add(struct store *store, store_work *work, void *context, struct err *err)
{
	return do_job(store,
	    (struct job){.work = work,
		.context = context,
		.transaction = true,
		.adding = true},
	    err);
}

bool
db_in_doubt(const struct db *db)
{
	return db->in_doubt;
}

/* A clock that a test has set is the only one. */
enum rc
db_clock(struct db *db, int64_t *out, struct err *err)
{
	if (db->driver->now != NULL && !clock_is_set())
		return db_now(db, out, err);
	*out = clock_machine_now();
	return RC_OK;
}

static enum rc
read_now(struct db *db, void *context, struct err *err)
{
	return db_now(db, context, err);
}

enum rc
store_now(struct store *store, int64_t *out, struct err *err)
{
	if (store->driver->now != NULL && !clock_is_set())
		return store_do(store, read_now, out, err);
	*out = clock_machine_now();
	return RC_OK;
}
