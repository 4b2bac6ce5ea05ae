/* SPDX-License-Identifier: MIT */
#include "store/private/db_driver.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum rc
db_now(struct db *db, int64_t *out, struct err *err)
{
	return db_read_first(db, db_integer_reader(out), err, db->driver->now,
	    "");
}

static void
bind_values(struct db_row *row, const char *types, va_list *values)
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
start_statement(struct db *db, const char *sql, const char *types,
    va_list *values, struct db_row **out, struct err *err)
{
	enum rc rc = db->driver->start(db, sql, out, err);

	if (rc != RC_OK)
		return rc;
	db->rows++;
	bind_values(*out, types, values);
	return RC_OK;
}

enum rc
db_start(struct db *db, const char *sql, const char *types, struct db_row **out,
    struct err *err, ...)
{
	va_list values;
	enum rc rc;

	va_start(values, err);
	rc = start_statement(db, sql, types, &values, out, err);
	va_end(values);
	return rc;
}

enum rc
db_start_long(struct db *db, const char *sql, const char *types,
    struct db_row **out, struct err *err, ...)
{
	va_list values;
	enum rc rc;

	va_start(values, err);
	rc = start_statement(db, sql, types, &values, out, err);
	va_end(values);
	if (rc == RC_OK)
		(*out)->many = true;
	return rc;
}

enum rc
db_next(struct db_row *row, struct err *err)
{
	return row->db->driver->next(row, err);
}

enum rc
db_read_next(struct db_row *row, struct db_reader reader, struct err *err)
{
	enum rc rc = db_next(row, err);

	if (rc == RC_OK && reader.read != NULL)
		reader.read(row, reader.arena, reader.out);
	return rc;
}

enum rc
db_read_first(struct db *db, struct db_reader reader, struct err *err,
    const char *sql, const char *types, ...)
{
	struct db_row *row;
	va_list values;
	enum rc rc;

	va_start(values, types);
	rc = start_statement(db, sql, types, &values, &row, err);
	va_end(values);
	if (rc != RC_OK)
		return rc;
	rc = db_read_next(row, reader, err);
	db_end(row);
	return rc;
}

static void
read_integer(struct db_row *row, struct arena *a, void *out)
{
	(void)a;
	*(int64_t *)out = db_integer(row, 0);
}

struct db_reader
db_integer_reader(int64_t *out)
{
	return (struct db_reader){read_integer, out, NULL};
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

/* There is room for 8, and for twice as many whenever it is full. */
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
	enum rc rc;

	va_start(values, types);
	rc = start_statement(db, sql, types, &values, &row, err);
	va_end(values);
	if (rc != RC_OK)
		return rc;
	rc = db_next(row, err);
	assert(rc != RC_OK); /* rows are read by db_start */
	if (rc == RC_NONE && db->driver->changed(row) > 0)
		rc = RC_OK;
	db_end(row);
	return rc;
}

enum rc
db_begin_adding(struct db *db, struct err *err)
{
	enum rc rc;

	assert(!db->in_transaction);
	rc = db->driver->execute(db, db->driver->begin, err);
	db->in_transaction = rc == RC_OK;
	return rc;
}

enum rc
db_begin(struct db *db, struct err *err)
{
	enum rc rc = db_begin_adding(db, err);

	if (rc != RC_OK)
		return rc;
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
	bool again = db->again, conflict = db->conflict;

	assert(db->in_transaction && db->rows == 0);
	/* Some errors have already ended the transaction.  Then this is an
	   error too, and the connection is not used again; but the first error
	   says whether another try may succeed. */
	db->driver->execute(db, db->driver->abandon, NULL);
	db->again = again;
	db->conflict = conflict;
	db->in_transaction = false;
}
