/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS_MOST 16

void
output_member(cJSON *object, const char *name, const char *text)
{
	if (text == NULL)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddStringToObject(object, name, text);
}

void
output_json(cJSON *json)
{
	char *text = cJSON_Print(json);

	if (text == NULL)
		abort();
	puts(text);
	cJSON_free(text);
	cJSON_Delete(json);
}

static void
table_json(const struct invocation *in, const char *const *columns,
    size_t n_columns, const char *const *cells, size_t n_rows)
{
	cJSON *rows = cJSON_CreateArray();

	for (size_t r = 0; r < n_rows; r++) {
		cJSON *row = cJSON_CreateObject();

		for (size_t c = 0; c < n_columns; c++)
			output_member(row, str_lower(in->arena, columns[c]),
			    cells[r * n_columns + c]);
		cJSON_AddItemToArray(rows, row);
	}
	output_json(rows);
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

static const char *
shown(const char *cell)
{
	return cell == NULL || cell[0] == '\0' ? "-" : cell;
}

static void
print_row(const char *const *cells, const size_t *widths, size_t n)
{
	for (size_t c = 0; c < n; c++) {
		const char *cell = shown(cells[c]);

		if (c + 1 == n)
			printf("%s\n", cell);
		else
			printf("%s%*s", cell,
			    (int)(widths[c] - width_of(cell)) + 2, "");
	}
}

void
output_table(const struct invocation *in, const char *const *columns,
    size_t n_columns, const char *const *cells, size_t n_rows)
{
	size_t widths[COLUMNS_MOST];

	if (in->options[OPTION_JSON] != NULL) {
		table_json(in, columns, n_columns, cells, n_rows);
		return;
	}
	for (size_t c = 0; c < n_columns; c++) {
		widths[c] = width_of(columns[c]);
		for (size_t r = 0; r < n_rows; r++) {
			size_t w = width_of(shown(cells[r * n_columns + c]));

			if (w > widths[c])
				widths[c] = w;
		}
	}
	if (n_rows == 0)
		return;
	print_row(columns, widths, n_columns);
	for (size_t r = 0; r < n_rows; r++)
		print_row(cells + r * n_columns, widths, n_columns);
}

const char *
output_time(struct arena *a, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;
	char text[32];

	if (when == 0 || gmtime_r(&t, &tm) == NULL)
		return NULL;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &tm);
	return arena_copy_text(a, text);
}

int
output_failure(const struct invocation *in, enum rc rc, const struct err *err)
{
	fprintf(stderr, "postward: %s\n",
	    str_printable(in->arena, err->text, strlen(err->text),
		sizeof(err->text) * 2));
	return rc == RC_TEMP ? EXIT_TRY_LATER : EXIT_NO;
}
