/* SPDX-License-Identifier: MIT */
#include "import_spool.h"

#include "base/memory.h"
#include "base/str.h"
#include "store/spool.h"

#include <stdlib.h>
#include <string.h>

/* read_entry: as the file has them.  sorted_entry: by account, if they were in
   another order.  of_walk: 0 for a remark of the reader. */
static const char tables[] =
    "CREATE TABLE read_entry (id INTEGER PRIMARY KEY, line INTEGER,"
    " account TEXT, suspended INTEGER, strategy TEXT, targets TEXT);"
    "CREATE TABLE sorted_entry (id INTEGER PRIMARY KEY, line INTEGER,"
    " account TEXT, suspended INTEGER, strategy TEXT, targets TEXT);"
    "CREATE TABLE listed (id INTEGER PRIMARY KEY, line INTEGER,"
    " account TEXT, suspended INTEGER, strategy TEXT, targets TEXT,"
    " change INTEGER);"
    "CREATE TABLE remark (id INTEGER PRIMARY KEY, kind INTEGER, line INTEGER,"
    " text TEXT, of_walk INTEGER);";

struct import_spool {
	enum import_format format;
	struct db *db;
	struct arena *arena;      /* of one entry that is read */
	struct arena *last_arena; /* of last */
	const char *last;         /* account that was read; NULL: none */
	bool sorted;              /* as they were read */
	size_t n;                 /* entries that were read */
	unsigned char *changes;   /* enum import_change, of accounts */
	size_t at;                /* accounts of the walk so far */
	bool walks, first;        /* a walk; the first */
	struct db_row *row;       /* of the walk; NULL: none is open */
	struct arena *ahead_arena;
	struct import_entry ahead; /* account NULL: there is none */
	size_t n_remarks[IMPORT_REMARK_KINDS][2]; /* of the reader, of walks */
};

enum rc
import_spool_open(enum import_format format, struct import_spool **out,
    struct err *err)
{
	struct import_spool *s = memory_zeroed(1, sizeof(*s));
	enum rc rc = spool_open(tables, &s->db, err);

	if (rc != RC_OK) {
		free(s);
		return rc;
	}
	s->format = format;
	s->sorted = true;
	s->arena = arena_new();
	s->last_arena = arena_new();
	s->ahead_arena = arena_new();
	*out = s;
	return RC_OK;
}

void
import_spool_close(struct import_spool *s)
{
	if (s == NULL)
		return;
	import_spool_stop(s);
	spool_close(s->db);
	arena_free(s->arena);
	arena_free(s->last_arena);
	arena_free(s->ahead_arena);
	free(s->changes);
	free(s);
}

/* "+a@x.example\n-b@x.example\n": no address has a line end, and "-" is
   paused. */
static const char *
targets_as_text(struct arena *a, const struct import_entry *e)
{
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < e->n; i++) {
		str_add(&s, e->targets[i].paused ? "-" : "+");
		str_add(&s, e->targets[i].text);
		str_add(&s, "\n");
	}
	return s.text;
}

static void
targets_of_text(struct arena *a, char *text, struct import_entry *e)
{
	/* What gathers needs room for all that may come. */
	e->targets =
	    arena_take_array(a, FORWARDS_TARGETS_MAX, sizeof(*e->targets));
	while (*text != '\0' && e->n < FORWARDS_TARGETS_MAX) {
		char *end = strchr(text, '\n');

		*end = '\0';
		e->targets[e->n++] =
		    (struct import_target){text + 1, *text == '-'};
		text = end + 1;
	}
}

static void
read_spooled_entry(struct db_row *row, struct arena *a, void *out)
{
	struct import_entry *e = out;

	*e = (struct import_entry){
	    .line = (size_t)db_integer(row, 0),
	    .account = db_text(row, 1, a),
	    .suspended = db_integer(row, 2) != 0,
	    .strategy = db_text(row, 3, a),
	};
	targets_of_text(a, db_text(row, 4, a), e);
}

static enum rc
add_to_import_spool(void *context, const struct import_entry *e,
    struct err *err)
{
	struct import_spool *s = context;

	if (s->sorted) {
		s->sorted = s->last == NULL || strcmp(s->last, e->account) <= 0;
		arena_reset(s->last_arena);
		s->last = arena_copy_text(s->last_arena, e->account);
	}
	s->n++;
	arena_reset(s->arena);
	return db_run(s->db, err,
	    "INSERT INTO read_entry"
	    " (line, account, suspended, strategy, targets)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    "isiss", (int64_t)e->line, e->account, (int64_t)e->suspended,
	    e->strategy, targets_as_text(s->arena, e));
}

static enum rc
remark_of_reader(void *context, enum import_remark_kind kind, size_t line,
    const char *text, struct err *err)
{
	return import_spool_remark(context, kind, line, text, err);
}

struct import_sink
import_spool_sink(struct import_spool *s)
{
	return (struct import_sink){
	    .add = add_to_import_spool,
	    .remark = remark_of_reader,
	    .context = s,
	};
}

enum rc
import_spool_sort(struct import_spool *s, struct err *err)
{
	enum rc rc = RC_OK;

	s->changes = memory_zeroed(s->n + 1, sizeof(*s->changes));
	if (!s->sorted)
		rc = db_run(s->db, err,
		    "INSERT INTO sorted_entry"
		    " (line, account, suspended, strategy, targets)"
		    " SELECT line, account, suspended, strategy, targets"
		    " FROM read_entry ORDER BY account, id",
		    "");
	return rc;
}

/* Reads one more entry ahead. */
static enum rc
look_ahead(struct import_spool *s, struct err *err)
{
	enum rc rc;

	arena_reset(s->ahead_arena);
	rc = db_read_next(s->row,
	    (struct db_reader){read_spooled_entry, &s->ahead, s->ahead_arena},
	    err);
	if (rc != RC_OK)
		s->ahead.account = NULL;
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
begin_walk(struct import_spool *s, struct err *err)
{
	enum rc rc;

	import_spool_stop(s);
	s->at = 0;
	if (s->sorted)
		rc = db_start_long(s->db,
		    "SELECT line, account, suspended, strategy, targets"
		    " FROM read_entry ORDER BY id",
		    "", &s->row, err);
	else
		rc = db_start_long(s->db,
		    "SELECT line, account, suspended, strategy, targets"
		    " FROM sorted_entry ORDER BY id",
		    "", &s->row, err);
	return rc == RC_OK ? look_ahead(s, err) : rc;
}

/* RC_NONE: there was nothing to forget. */
static enum rc
forget_walks(struct import_spool *s, struct err *err)
{
	enum rc rc =
	    db_run(s->db, err, "DELETE FROM remark WHERE of_walk = 1", "");

	for (size_t i = 0; i < IMPORT_REMARK_KINDS; i++)
		s->n_remarks[i][1] = 0;
	if (rc == RC_OK || rc == RC_NONE)
		rc = db_run(s->db, err, "DELETE FROM listed", "");
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
import_spool_walk(struct import_spool *s, struct err *err)
{
	enum rc rc = s->walks ? forget_walks(s, err) : RC_OK;

	s->walks = s->first = true;
	return rc == RC_OK ? begin_walk(s, err) : rc;
}

enum rc
import_spool_walk_again(struct import_spool *s, struct err *err)
{
	s->first = false;
	return begin_walk(s, err);
}

void
import_spool_stop(struct import_spool *s)
{
	if (s->row != NULL)
		db_end(s->row);
	s->row = NULL;
	s->ahead.account = NULL;
}

static struct import_entry
copy_import_entry(struct arena *a, const struct import_entry *e)
{
	struct import_entry copy = *e;

	copy.account = arena_copy_text(a, e->account);
	copy.strategy = arena_copy_text(a, e->strategy);
	copy.targets =
	    arena_take_array(a, FORWARDS_TARGETS_MAX, sizeof(*copy.targets));
	for (size_t i = 0; i < e->n; i++)
		copy.targets[i] = (struct import_target){
		    arena_copy_text(a, e->targets[i].text),
		    e->targets[i].paused};
	return copy;
}

/* What is read ahead is of the account, too. */
static enum rc
gather_ahead(struct import_spool *s, struct arena *a,
    struct import_entry *first, struct err *err)
{
	const char *why = import_gather(a, s->format, first, &s->ahead);

	return why == NULL || !s->first
		   ? RC_OK
		   : import_spool_remark(s, IMPORT_PROBLEM, s->ahead.line,
			 import_twice(s->ahead_arena, first, &s->ahead, why),
			 err);
}

enum rc
import_spool_next(struct import_spool *s, struct arena *a,
    struct import_entry *out, struct err *err)
{
	enum rc rc;

	if (s->ahead.account == NULL)
		return RC_NONE;
	*out = copy_import_entry(a, &s->ahead);
	s->at++;
	rc = look_ahead(s, err);
	while (rc == RC_OK && s->ahead.account != NULL &&
	       strcmp(s->ahead.account, out->account) == 0) {
		rc = gather_ahead(s, a, out, err);
		if (rc == RC_OK)
			rc = look_ahead(s, err);
	}
	return rc;
}

void
import_spool_set_change(struct import_spool *s, enum import_change change)
{
	s->changes[s->at - 1] = (unsigned char)change;
}

enum import_change
import_spool_change(const struct import_spool *s)
{
	return (enum import_change)s->changes[s->at - 1];
}

enum rc
import_spool_remark(struct import_spool *s, enum import_remark_kind kind,
    size_t line, const char *text, struct err *err)
{
	s->n_remarks[kind][s->walks]++;
	return db_run(s->db, err,
	    "INSERT INTO remark (kind, line, text, of_walk)"
	    " VALUES (?1, ?2, ?3, ?4)",
	    "iisi", (int64_t)kind, (int64_t)line, text, (int64_t)s->walks);
}

size_t
import_spool_remarks(const struct import_spool *s, enum import_remark_kind kind)
{
	return s->n_remarks[kind][0] + s->n_remarks[kind][1];
}

enum rc
import_spool_each_remark(struct import_spool *s, enum import_remark_kind kind,
    import_remark_fn *tell, void *context, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start_long(s->db,
	    "SELECT line, text FROM remark WHERE kind = ?1 ORDER BY line, id",
	    "i", &row, err, (int64_t)kind);

	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(row, err)) == RC_OK) {
		arena_reset(s->arena);
		tell(context, (size_t)db_integer(row, 0),
		    db_text(row, 1, s->arena));
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
import_spool_list(struct import_spool *s, const struct import_entry *e,
    enum import_change change, struct err *err)
{
	arena_reset(s->arena);
	return db_run(s->db, err,
	    "INSERT INTO listed"
	    " (line, account, suspended, strategy, targets, change)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    "isissi", (int64_t)e->line, e->account, (int64_t)e->suspended,
	    e->strategy, targets_as_text(s->arena, e), (int64_t)change);
}

enum rc
import_spool_each_listed(struct import_spool *s, import_listed_fn *tell,
    void *context, struct err *err)
{
	struct db_row *row;
	enum rc rc = db_start_long(s->db,
	    "SELECT line, account, suspended, strategy, targets, change"
	    " FROM listed ORDER BY line, id",
	    "", &row, err);

	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(row, err)) == RC_OK) {
		struct import_entry e;

		arena_reset(s->arena);
		read_spooled_entry(row, s->arena, &e);
		tell(context, s->arena, &e,
		    (enum import_change)db_integer(row, 5));
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}
