/* SPDX-License-Identifier: MIT */
/* The formats with columns: CSV, and Postfixadmin's table alias. */
#include "base/str.h"
#include "import_fields.h"
#include "import_reader.h"
#include "policy/fate_strategy.h"

#include <string.h>

enum import_column {
	COLUMN_ADDRESS,
	COLUMN_TARGET,
	COLUMN_STATE,     /* of the target: active, paused */
	COLUMN_SUSPENDED, /* yes, no */
	COLUMN_ACTIVE,    /* of the account: 1, 0 */
	COLUMN_STRATEGY,
	COLUMN_LEFT_OUT, /* nothing here keeps it */
};

#define OF(format) (1u << (unsigned)(format))

static const struct {
	const char *name;
	enum import_column column;
	unsigned formats;
} column_names[] = {
    {"address", COLUMN_ADDRESS, OF(IMPORT_CSV) | OF(IMPORT_POSTFIXADMIN)},
    {"target", COLUMN_TARGET, OF(IMPORT_CSV)},
    {"state", COLUMN_STATE, OF(IMPORT_CSV)},
    {"suspended", COLUMN_SUSPENDED, OF(IMPORT_CSV)},
    {"strategy", COLUMN_STRATEGY, OF(IMPORT_CSV)},
    {"goto", COLUMN_TARGET, OF(IMPORT_POSTFIXADMIN)},
    {"active", COLUMN_ACTIVE, OF(IMPORT_POSTFIXADMIN)},
};

struct import_table {
	struct import_reader *reader;
	struct import_columns *columns; /* the reader's */
	struct import_fields fields;
	struct import_record record;
};

static enum import_column
import_column_of(const char *name, enum import_format format)
{
	for (size_t i = 0; i < sizeof(column_names) / sizeof(*column_names);
	     i++)
		if ((column_names[i].formats & OF(format)) != 0 &&
		    str_equal_fold(column_names[i].name, name))
			return column_names[i].column;
	return COLUMN_LEFT_OUT;
}

static bool
has_import_column(const struct import_table *t, enum import_column column)
{
	for (size_t i = 0; i < t->columns->n; i++)
		if (t->columns->of[i] == column)
			return true;
	return false;
}

/* "" where the record has no such column. */
static const char *
import_cell(const struct import_table *t, enum import_column column)
{
	for (size_t i = 0; i < t->columns->n && i < t->record.n; i++)
		if (t->columns->of[i] == column)
			return t->record.fields[i];
	return "";
}

/* A file without a header has these two. */
static void
take_two_columns(struct import_table *t)
{
	*t->columns =
	    (struct import_columns){{COLUMN_ADDRESS, COLUMN_TARGET}, 2};
}

/* NULL, or why the first record is no header. */
static const char *
import_header_problem(struct import_table *t)
{
	enum import_format format = t->reader->format;
	const char *first = t->record.n > 0 ? t->record.fields[0] : "";

	if (str_starts_fold(first, "INSERT ") || str_starts(first, "--"))
		return "SQL: export it with mysql --batch -e \"SELECT address, "
		       "goto, active FROM alias\"";
	for (size_t i = 0; i < t->record.n; i++) {
		enum import_column c =
		    import_column_of(t->record.fields[i], format);

		if (c != COLUMN_LEFT_OUT && has_import_column(t, c))
			return "two columns of one name";
		t->columns->of[t->columns->n++] = (unsigned char)c;
	}
	if (!has_import_column(t, COLUMN_ADDRESS) ||
	    !has_import_column(t, COLUMN_TARGET))
		return format == IMPORT_CSV
			   ? "expected a line with the names of the columns, "
			     "among them address and target"
			   : "expected a line with the names of the columns, "
			     "among them address and goto";
	return NULL;
}

static void
note_columns_left_out(const struct import_table *t)
{
	for (size_t i = 0; i < t->record.n; i++)
		if (t->columns->of[i] == COLUMN_LEFT_OUT)
			import_note(t->reader, t->record.line,
			    "column \"%s\" is left out: nothing here keeps it",
			    t->record.fields[i]);
}

/* Reads what stands first.  *data: it is a record like the others. */
static bool
read_import_header(struct import_table *t, bool *data)
{
	const char *why = t->record.problem;

	*data = why == NULL && t->record.n >= 2 &&
		strchr(t->record.fields[0], '@') != NULL;
	if (*data) {
		take_two_columns(t);
		return true;
	}
	if (why == NULL)
		why = import_header_problem(t);
	if (why != NULL) {
		import_problem(t->reader, t->record.line, "%s", why);
		return false;
	}
	if (t->reader->format == IMPORT_CSV)
		note_columns_left_out(t);
	return true;
}

static bool
import_word_is(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (str_equal_fold(text, *words))
			return true;
	return false;
}

/* false: what stands there is neither. */
static bool
read_yes_or_no(const char *text, bool *out)
{
	static const char *const yes[] = {"1", "yes", "true", "t", "y", NULL},
				 *const no[] = {
				     "0", "no", "false", "f", "n", NULL};

	*out = import_word_is(text, yes);
	return *out || import_word_is(text, no);
}

/* NULL, or what was expected. */
static const char *
import_state_problem(const struct import_table *t, struct import_entry *entry,
    bool *paused)
{
	const char *state = import_cell(t, COLUMN_STATE);
	const char *suspended = import_cell(t, COLUMN_SUSPENDED);
	const char *active = import_cell(t, COLUMN_ACTIVE);
	bool yes;

	*paused = str_equal_fold(state, "paused");
	if (!*paused && state[0] != '\0' && !str_equal_fold(state, "active"))
		return "state: expected active or paused";
	if (suspended[0] != '\0' &&
	    !read_yes_or_no(suspended, &entry->suspended))
		return "suspended: expected yes or no";
	if (active[0] == '\0' || str_equal_fold(active, "NULL"))
		return NULL;
	if (!read_yes_or_no(active, &yes))
		return "active: expected 1 or 0";
	entry->suspended = !yes;
	return NULL;
}

static const char *
import_strategy_problem(const struct import_table *t,
    struct import_entry *entry)
{
	const char *word = import_cell(t, COLUMN_STRATEGY);
	enum strategy strategy = STRATEGY_DEFAULT;

	if (word[0] != '\0' && !strategy_read(word, &strategy))
		return "strategy: expected default, keep, hold, reject or "
		       "rewrite";
	if (strategy == STRATEGY_REWRITE && !t->reader->settings->rewrite)
		return "strategy rewrite: forwarding.from-domain is not set";
	entry->strategy =
	    strategy == STRATEGY_DEFAULT ? NULL : strategy_name(strategy);
	return NULL;
}

static void
read_import_record(struct import_table *t)
{
	struct import_reader *r = t->reader;
	struct import_entry entry = {.line = t->record.line};
	const char *target = import_cell(t, COLUMN_TARGET);
	const char *why = t->record.problem;
	bool paused = false;

	if (why == NULL && t->record.n > t->columns->n)
		why = "more columns than the first line has";
	if (why == NULL)
		why = import_state_problem(t, &entry, &paused);
	if (why == NULL)
		why = import_strategy_problem(t, &entry);
	if (why != NULL) {
		import_problem(r, entry.line, "%s", why);
		return;
	}
	if (!import_account(r, entry.line, import_cell(t, COLUMN_ADDRESS),
		&entry.account) ||
	    (target[0] != '\0' && !import_target(r, target, &entry)))
		return;
	for (size_t i = 0; i < entry.n; i++)
		entry.targets[i].paused = paused;
	import_add(r, &entry);
}

/* Reads the names of the columns, or what stands in their place. */
static void
begin_table(struct import_table *t)
{
	struct import_reader *r = t->reader;
	bool data;

	arena_reset(r->scratch);
	if (!import_record_read(&t->fields, r->scratch, &t->record))
		return;
	r->unreadable = !read_import_header(t, &data);
	if (r->unreadable)
		return;
	r->says = (struct import_says){
	    .paused = has_import_column(t, COLUMN_STATE),
	    .suspended = has_import_column(t, COLUMN_SUSPENDED) ||
			 has_import_column(t, COLUMN_ACTIVE),
	    .strategy = has_import_column(t, COLUMN_STRATEGY),
	};
	if (data)
		read_import_record(t);
}

void
import_read_table(struct import_reader *r)
{
	struct import_table t = {
	    .reader = r,
	    .columns = &r->columns,
	    .fields = {.text = r->text,
		.end = r->end,
		.line = r->line,
		.separator = r->separator},
	};

	if (t.columns->n == 0)
		begin_table(&t);
	while (!r->unreadable && r->rc == RC_OK) {
		arena_reset(r->scratch);
		if (!import_record_read(&t.fields, r->scratch, &t.record))
			break;
		read_import_record(&t);
		r->text = t.fields.text;
		import_passed(r);
	}
	r->line = t.fields.line;
	r->separator = t.fields.separator;
}
