/* SPDX-License-Identifier: MIT */
#include "listing.h"

#include "base/str.h"
#include "output.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX  16
#define FIRST_ROW_MS ((int64_t)120 * 1000)

struct listing {
	const struct listing_column *columns;
	size_t n_columns;
	bool json, quiet;
	/* A row as it is written: its cells, or one text of JSON. */
	size_t n_texts;
	const char **held; /* LISTING_HELD * n_texts */
	struct arena *arena, *held_arena, *row_arena;
	size_t n; /* rows so far */
	size_t widths[COLUMNS_MAX];
	bool written; /* those that were held, and all since */
};

enum rc
listing_open_store(const struct settings *settings, struct store **out,
    struct err *err)
{
	enum rc rc = settings_open_store(settings, out, err);

	if (rc == RC_OK)
		store_set_long_wait(*out, FIRST_ROW_MS);
	return rc;
}

struct listing *
listing_open(const struct invocation *in, const struct listing_column *columns,
    size_t n_columns)
{
	struct arena *a = arena_new();
	struct listing *l = arena_take(a, sizeof(*l));

	l->columns = columns;
	l->n_columns = n_columns;
	l->json = in->options[OPTION_JSON] != NULL;
	l->quiet = in->options[OPTION_QUIET] != NULL;
	l->n_texts = l->json ? 1 : n_columns;
	l->held =
	    arena_take_array(a, LISTING_HELD * l->n_texts, sizeof(*l->held));
	l->arena = a;
	l->held_arena = arena_new();
	l->row_arena = arena_new();
	return l;
}

struct arena *
listing_arena(struct listing *l)
{
	return l->row_arena;
}

/* Characters, not bytes: names may be UTF-8.  Colours take no room. */
static size_t
width_of(const char *text)
{
	size_t width = 0;
	bool colour = false;

	for (; *text != '\0'; text++) {
		colour |= *text == '\033';
		width += !colour && ((unsigned char)*text & 0xc0) != 0x80;
		colour &= *text != 'm';
	}
	return width;
}

static void
write_cells(const struct listing *l, const char *const *cells)
{
	for (size_t c = 0; c + 1 < l->n_columns; c++) {
		size_t width = width_of(cells[c]);

		printf("%s%*s", cells[c],
		    width < l->widths[c] ? (int)(l->widths[c] - width) + 2 : 2,
		    "");
	}
	printf("%s\n", cells[l->n_columns - 1]);
}

static void
write_row(const struct listing *l, const char *const *texts, bool first)
{
	if (l->json)
		printf("%s%s", first ? "[" : ", ", texts[0]);
	else
		write_cells(l, texts);
}

/* The names of the columns, as wide as all that is held. */
static void
write_names(struct listing *l)
{
	const char *names[COLUMNS_MAX] = {""};

	for (size_t c = 0; c < l->n_columns; c++) {
		names[c] = l->columns[c].name;
		l->widths[c] = width_of(names[c]);
		for (size_t r = 0; r < l->n && r < LISTING_HELD; r++) {
			size_t w = width_of(l->held[r * l->n_texts + c]);

			if (w > l->widths[c])
				l->widths[c] = w;
		}
	}
	write_cells(l, names);
}

static void
write_held(struct listing *l)
{
	if (!l->json && l->n > 0)
		write_names(l);
	for (size_t r = 0; r < l->n && r < LISTING_HELD; r++)
		write_row(l, l->held + r * l->n_texts, r == 0);
	l->written = true;
}

static void
take_row(struct listing *l, const char *const *texts)
{
	if (l->n < LISTING_HELD) {
		for (size_t i = 0; i < l->n_texts; i++)
			l->held[l->n * l->n_texts + i] =
			    arena_copy_text(l->held_arena, texts[i]);
	} else {
		if (!l->written)
			write_held(l);
		write_row(l, texts, false);
	}
	l->n++;
	arena_reset(l->row_arena);
}

void
listing_add_json(struct listing *l, cJSON *row)
{
	const char *text = output_json_element(l->row_arena, row);

	take_row(l, &text);
}

static const char *
cell_text(struct listing *l, size_t column, const char *cell)
{
	if (cell == NULL || cell[0] == '\0')
		return "-";
	return l->columns[column].ours ? cell
				       : output_shown(l->row_arena, cell);
}

void
listing_add(struct listing *l, const char *const *cells)
{
	const char *texts[COLUMNS_MAX];
	cJSON *row;

	if (l->json) {
		row = cJSON_CreateObject();
		for (size_t c = 0; c < l->n_columns; c++)
			output_member(row,
			    str_lower(l->row_arena, l->columns[c].name),
			    cells[c]);
		listing_add_json(l, row);
		return;
	}
	for (size_t c = 0; c < COLUMNS_MAX; c++)
		texts[c] = c < l->n_columns ? cell_text(l, c, cells[c]) : "";
	take_row(l, texts);
}

bool
listing_again(struct listing *l)
{
	if (l->written)
		return false;
	l->n = 0;
	arena_reset(l->held_arena);
	return true;
}

enum rc
listing_close(struct listing *l, enum rc rc, struct err *err)
{
	bool cut = rc != RC_OK && l->written;

	if (rc == RC_OK && !l->written)
		write_held(l);
	if (l->json && l->n == 0 && rc == RC_OK && !l->quiet)
		printf("[]\n");
	else if (l->json && l->n > 0 && l->written)
		printf("]\n");
	if (cut)
		err_set(err, rc, "the list is not whole, %zu rows: %s", l->n,
		    err->text);
	arena_free(l->row_arena);
	arena_free(l->held_arena);
	arena_free(l->arena);
	return rc;
}

void
listing_print(const struct invocation *in, const struct listing_column *columns,
    size_t n_columns, const char *const *cells, size_t n_rows)
{
	struct listing *l = listing_open(in, columns, n_columns);

	for (size_t r = 0; r < n_rows; r++)
		listing_add(l, cells + r * n_columns);
	listing_close(l, RC_OK, NULL);
}
