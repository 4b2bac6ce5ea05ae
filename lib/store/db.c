/* SPDX-License-Identifier: MIT */
#include "store/db.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/waiting.h"
#include "store/db_driver.h"
#include "store/schema.h"
#include "store/store_metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#define IDLE_MOST      8
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
	struct db *idle; /* the last one used first: its cache is warm */
	unsigned n_idle;
};

/* Not a parameter: between who answers a request and who waits for a lock are
   a dozen functions to which it means nothing. */
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
	room = store->n_idle < IDLE_MOST;
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
	if (driver->migrate_lock != NULL)
		rc = driver->execute(db, driver->migrate_lock, err);
	if (rc == RC_OK)
		rc = schema_migrate(db, from, to, err);
	driver->close(db);
	return rc;
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

/* *again: whether it is worth another try. */
static enum rc
take(struct store *store, struct db **out, bool *again, struct err *err)
{
	struct db *db;
	enum rc rc = RC_OK;

	*again = false;
	while ((db = pop_idle(store)) != NULL && db->driver->stale(db))
		db->driver->close(db);
	if (db == NULL)
		rc = store->driver->open(&store->place, &db, err);
	if (rc != RC_OK)
		return rc;
	db->again = db->in_doubt = false;
	rc = check_version(db, err);
	if (rc != RC_OK) {
		*again = db->again;
		db->driver->close(db);
		return rc;
	}
	*out = db;
	return RC_OK;
}

enum rc
store_take(struct store *store, struct db **out, struct err *err)
{
	bool again;
	enum rc rc;

	waiting_begin();
	rc = take(store, out, &again, err);
	if (rc != RC_OK)
		waiting_end();
	return rc;
}

static void
give(struct store *store, struct db *db)
{
	assert(!db->in_transaction && db->rows == 0);
	if (db->broken || !push_idle(store, db))
		db->driver->close(db);
}

void
store_give(struct store *store, struct db *db)
{
	give(store, db);
	waiting_end();
}

struct job {
	store_work *work;
	void *context;
	bool transaction;
	bool again;    /* what failed is worth another try */
	bool in_doubt; /* it may have been done all the same */
};

static enum rc
work_within(struct db *db, struct job *job, struct err *err)
{
	enum rc rc = db_begin(db, err);

	if (rc != RC_OK)
		return rc;
	rc = job->work(db, job->context, err);
	if (rc != RC_OK) {
		db_abandon(db);
		return rc;
	}
	rc = db_commit(db, err);
	job->in_doubt = rc == RC_TEMP && db->broken;
	return rc;
}

/* A server that is gone takes the idle connections along. */
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
	enum rc rc = take(store, &db, &job->again, err);

	if (rc == RC_OK) {
		db->in_doubt = job->in_doubt;
		rc = job->transaction ? work_within(db, job, err)
				      : job->work(db, job->context, err);
		job->again = rc == RC_TEMP && db->again;
		if (job->again && db->broken)
			drop_idle(store);
		give(store, db);
	} else if (job->again) {
		drop_idle(store);
	}
	return rc;
}

static enum rc
do_twice(struct store *store, struct job job, struct err *err)
{
	enum rc rc;

	waiting_begin();
	rc = do_once(store, &job, err);
	if (rc != RC_OK && job.again && db_time_left(1) > 0)
		rc = do_once(store, &job, err);
	waiting_end();
	metric_add(&store_work_done,
	    rc == RC_TEMP ? STORE_WORK_FAILED : STORE_WORK_DONE, 1);
	return rc;
}

enum rc
store_do(struct store *store, store_work *work, void *context, struct err *err)
{
	return do_twice(store, (struct job){.work = work, .context = context},
	    err);
}

enum rc
store_change(struct store *store, store_work *work, void *context,
    struct err *err)
{
	return do_twice(store,
	    (struct job){.work = work, .context = context, .transaction = true},
	    err);
}

bool
db_in_doubt(const struct db *db)
{
	return db->in_doubt;
}

static void
bind(struct db_row *row, const char *types, va_list *values)
{
	const struct db_driver *driver = row->db->driver;

	for (int i = 1; *types != '\0'; types++, i++) {
		assert(*types == 's' || *types == 'i');
		if (*types == 's')
			driver->bind_text(row, i,
			    va_arg(*values, const char *));
		else
			driver->bind_integer(row, i, va_arg(*values, int64_t));
	}
}

static enum rc
start(struct db *db, const char *sql, struct db_row **out, struct err *err)
{
	enum rc rc = db->driver->start(db, sql, out, err);

	if (rc == RC_OK)
		db->rows++;
	return rc;
}

enum rc
db_start(struct db *db, const char *sql, const char *types, struct db_row **out,
    struct err *err, ...)
{
	va_list values;
	enum rc rc = start(db, sql, out, err);

	if (rc != RC_OK)
		return rc;
	va_start(values, err);
	bind(*out, types, &values);
	va_end(values);
	return RC_OK;
}

enum rc
db_next(struct db_row *row, struct err *err)
{
	return row->db->driver->next(row, err);
}

char *
db_text(struct db_row *row, int column, struct arena *a)
{
	return row->db->driver->text(row, column, a);
}

int64_t
db_integer(struct db_row *row, int column)
{
	return row->db->driver->integer(row, column);
}

void
db_end(struct db_row *row)
{
	row->db->rows--;
	row->db->driver->end(row);
}

size_t
db_word(const char *text, const char *const *words, size_t n)
{
	while (n > 1 && strcmp(text, words[n - 1]) != 0)
		n--;
	return n - 1;
}

/* The room is 8, and twice as much whenever it is full. */
void *
db_more(struct arena *a, void *items, size_t n, size_t size)
{
	void *copy;

	if (n == 0)
		return arena_take_array(a, 8, size);
	if (n < 8 || (n & (n - 1)) != 0)
		return items;
	copy = arena_take_array(a, n * 2, size);
	return memcpy(copy, items, n * size);
}

enum rc
db_run(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	struct db_row *row;
	va_list values;
	enum rc rc = start(db, sql, &row, err);

	if (rc != RC_OK)
		return rc;
	va_start(values, types);
	bind(row, types, &values);
	va_end(values);
	rc = db_next(row, err);
	assert(rc != RC_OK); /* statements that return rows are db_start's */
	if (rc == RC_NONE && db->driver->changed(row) > 0)
		rc = RC_OK;
	db_end(row);
	return rc;
}

enum rc
db_begin(struct db *db, struct err *err)
{
	enum rc rc;

	assert(!db->in_transaction);
	rc = db->driver->execute(db, db->driver->begin, err);
	if (rc != RC_OK)
		return rc;
	db->in_transaction = true;
	if (db->driver->become_writer != NULL)
		rc = db->driver->execute(db, db->driver->become_writer, err);
	if (rc != RC_OK)
		db_abandon(db);
	return rc;
}

enum rc
db_commit(struct db *db, struct err *err)
{
	enum rc rc;

	assert(db->in_transaction && db->rows == 0);
	rc = db->driver->execute(db, db->driver->commit, err);
	if (rc != RC_OK)
		db_abandon(db);
	db->in_transaction = false;
	return rc;
}

void
db_abandon(struct db *db)
{
	assert(db->in_transaction && db->rows == 0);
	/* Some errors have already ended it: then this one says so, and the
	   connection is not used again. */
	db->driver->execute(db, db->driver->abandon, NULL);
	db->in_transaction = false;
}
