/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 32
/* Of a long result, rows that are fetched at a time. */
#define PREFETCH_MAX 1000

struct value {
	enum enum_field_types type;
	char *text;
	int64_t integer;
};

struct mariadb_statement {
	struct db_row row;
	struct mariadb_statement *next;
	const char *sql;
	MYSQL_STMT *compiled; /* NULL: it is to be compiled (anew) */
	/* The values in the order of their numbers, and which value each "?" of
	   the server is. */
	struct value values[VALUES_MAX];
	unsigned char place[VALUES_MAX];
	unsigned n_places;
	struct arena *arena; /* the buffers of the values of this run */
	bool in_use, executed;
	bool cut_short; /* the rows of this run ended with an error */
};

static struct mariadb_statement *
mariadb_statement_of(struct db_row *row)
{
	return (struct mariadb_statement *)row;
}

static struct mariadb *
mariadb_of_row(struct db_row *row)
{
	return (struct mariadb *)row->db;
}

static enum rc
statement_fail(struct mariadb_statement *s, struct err *err)
{
	return mariadb_fail(mariadb_of_row(&s->row),
	    mysql_stmt_errno(s->compiled), mysql_stmt_error(s->compiled), err);
}

/* Turns "?1" into the server's "?", and keeps which value it was.  In our own
   SQL no text holds a "?". */
static char *
translate_places(struct mariadb_statement *s)
{
	char *copy = arena_copy_text(s->arena, s->sql);
	char *to = copy;

	s->n_places = 0;
	for (const char *from = s->sql; *from != '\0';) {
		unsigned number = 0;

		*to++ = *from;
		if (*from++ != '?')
			continue;
		while (*from >= '0' && *from <= '9')
			number = number * 10 + (unsigned)(*from++ - '0');
		assert(number >= 1 && number <= VALUES_MAX);
		assert(s->n_places < VALUES_MAX);
		s->place[s->n_places++] = (unsigned char)(number - 1);
	}
	*to = '\0';
	return copy;
}

static void
forget_compiled(struct mariadb_statement *s)
{
	if (s->compiled != NULL)
		mysql_stmt_close(s->compiled);
	s->compiled = NULL;
}

static enum rc
compile_statement(struct mariadb_statement *s, struct err *err)
{
	struct mariadb *c = mariadb_of_row(&s->row);
	struct cut_off cut;
	char *text = translate_places(s);
	enum rc rc = RC_OK;

	s->compiled = mysql_stmt_init(c->handle);
	if (s->compiled == NULL)
		abort();
	mariadb_wait_begin(c, &cut);
	if (mysql_stmt_prepare(s->compiled, text, strlen(text)) != 0)
		rc = statement_fail(s, err);
	cut_off_disarm(&cut);
	if (rc != RC_OK) {
		forget_compiled(s);
		return rc;
	}
	assert(mysql_stmt_param_count(s->compiled) == s->n_places);
	return RC_OK;
}

static struct mariadb_statement *
find_statement(struct mariadb *c, const char *sql)
{
	struct mariadb_statement *s = c->statements;

	while (s != NULL && s->sql != sql)
		s = s->next;
	if (s != NULL)
		return s;
	s = arena_take(c->arena, sizeof(*s));
	s->row.db = &c->db;
	s->sql = sql;
	s->arena = arena_new();
	s->next = c->statements;
	c->statements = s;
	return s;
}

enum rc
mariadb_start(struct db *db, const char *sql, struct db_row **out,
    struct err *err)
{
	struct mariadb_statement *s = find_statement((struct mariadb *)db, sql);
	enum rc rc = RC_OK;

	assert(!s->in_use);
	if (s->compiled == NULL)
		rc = compile_statement(s, err);
	if (rc != RC_OK)
		return rc;
	s->in_use = true;
	s->executed = false;
	*out = &s->row;
	return RC_OK;
}

void
mariadb_bind_text(struct db_row *row, int i, const char *text)
{
	struct mariadb_statement *s = mariadb_statement_of(row);

	assert(i >= 1 && i <= VALUES_MAX);
	s->values[i - 1] = (struct value){
	    .type = text == NULL ? MYSQL_TYPE_NULL : MYSQL_TYPE_STRING,
	    .text = arena_copy_text(s->arena, text),
	};
}

void
mariadb_bind_integer(struct db_row *row, int i, int64_t value)
{
	assert(i >= 1 && i <= VALUES_MAX);
	mariadb_statement_of(row)->values[i - 1] =
	    (struct value){.type = MYSQL_TYPE_LONGLONG, .integer = value};
}

static void
bind_places(struct mariadb_statement *s, MYSQL_BIND binds[VALUES_MAX])
{
	memset(binds, 0, VALUES_MAX * sizeof(*binds));
	for (unsigned i = 0; i < s->n_places; i++) {
		struct value *value = &s->values[s->place[i]];

		binds[i].buffer_type = value->type;
		if (value->type == MYSQL_TYPE_STRING) {
			binds[i].buffer = value->text;
			binds[i].buffer_length = strlen(value->text);
		} else {
			binds[i].buffer = &value->integer;
		}
	}
}

/* The server keeps the rows, and gives out some of them at a time. */
static void
use_cursor(MYSQL_STMT *compiled)
{
	unsigned long type = CURSOR_TYPE_READ_ONLY, most = PREFETCH_MAX;

	mysql_stmt_attr_set(compiled, STMT_ATTR_CURSOR_TYPE, &type);
	mysql_stmt_attr_set(compiled, STMT_ATTR_PREFETCH_ROWS, &most);
}

/* Fetches the rows whole unless they are many.  Either way the connection is
   free for the next statement while they are read. */
static enum rc
execute_statement(struct mariadb_statement *s, struct err *err)
{
	MYSQL_BIND binds[VALUES_MAX];
	struct cut_off cut;
	bool failed;

	s->executed = true;
	bind_places(s, binds);
	if (s->n_places > 0 && mysql_stmt_bind_param(s->compiled, binds) != 0)
		return statement_fail(s, err);
	if (s->row.many)
		use_cursor(s->compiled);
	(s->row.many ? mariadb_wait_long_begin
		     : mariadb_wait_begin)(mariadb_of_row(&s->row), &cut);
	failed = mysql_stmt_execute(s->compiled) != 0;
	if (!failed && !s->row.many && mysql_stmt_field_count(s->compiled) > 0)
		s->cut_short = mysql_stmt_store_result(s->compiled) != 0;
	cut_off_disarm(&cut);
	return failed || s->cut_short ? statement_fail(s, err) : RC_OK;
}

/* Steps to the next row; if there are many, the server may have to send more
   first. */
static int
fetch(struct mariadb_statement *s)
{
	struct cut_off cut = {.fd = -1};
	int got;

	if (s->row.many)
		mariadb_wait_begin(mariadb_of_row(&s->row), &cut);
	got = mysql_stmt_fetch(s->compiled);
	if (s->row.many)
		cut_off_disarm(&cut);
	return got;
}

enum rc
mariadb_next(struct db_row *row, struct err *err)
{
	struct mariadb_statement *s = mariadb_statement_of(row);
	enum rc rc = s->executed ? RC_OK : execute_statement(s, err);

	if (rc != RC_OK)
		return rc;
	if (mysql_stmt_field_count(s->compiled) == 0)
		return RC_NONE;
	switch (fetch(s)) {
	case 0:
	case MYSQL_DATA_TRUNCATED:
		return RC_OK;
	case MYSQL_NO_DATA:
		return RC_NONE;
	default:
		s->cut_short = true;
		return statement_fail(s, err);
	}
}

char *
mariadb_text(struct db_row *row, int column, struct arena *a)
{
	MYSQL_STMT *compiled = mariadb_statement_of(row)->compiled;
	unsigned long len = 0;
	my_bool is_null = 0;
	MYSQL_BIND bind = {
	    .buffer_type = MYSQL_TYPE_STRING,
	    .length = &len,
	    .is_null = &is_null,
	};
	char *text;

	/* Asks for the length first, then for the bytes. */
	mysql_stmt_fetch_column(compiled, &bind, (unsigned)column, 0);
	if (is_null)
		return NULL;
	text = arena_take(a, len + 1);
	bind.buffer = text;
	bind.buffer_length = len;
	mysql_stmt_fetch_column(compiled, &bind, (unsigned)column, 0);
	return text;
}

int64_t
mariadb_integer(struct db_row *row, int column)
{
	int64_t value = 0;
	my_bool is_null = 0;
	MYSQL_BIND bind = {
	    .buffer_type = MYSQL_TYPE_LONGLONG,
	    .buffer = &value,
	    .is_null = &is_null,
	};

	mysql_stmt_fetch_column(mariadb_statement_of(row)->compiled, &bind,
	    (unsigned)column, 0);
	return is_null ? 0 : value;
}

int64_t
mariadb_changed(struct db_row *row)
{
	return (int64_t)
	    mysql_stmt_affected_rows(mariadb_statement_of(row)->compiled);
}

/* When an error has come in the place of a row, as that a node of Galera sends
   a writer back, the library would wait for more rows before the statement is
   executed again, until the server ends the connection. */
void
mariadb_end(struct db_row *row)
{
	struct mariadb_statement *s = mariadb_statement_of(row);
	struct cut_off cut = {.fd = -1};
	bool waits = s->row.many || s->cut_short;

	if (waits) /* the server answers that it has dropped the rows */
		mariadb_wait_begin(mariadb_of_row(row), &cut);
	if (s->cut_short)
		forget_compiled(s);
	else if (mysql_stmt_free_result(s->compiled) != 0)
		row->db->broken = true;
	if (waits)
		cut_off_disarm(&cut);
	arena_reset(s->arena);
	s->in_use = s->cut_short = false;
}

void
mariadb_forget_statements(struct mariadb *c)
{
	for (struct mariadb_statement *s = c->statements; s != NULL;
	     s = s->next) {
		forget_compiled(s);
		arena_free(s->arena);
	}
	c->statements = NULL;
}
