/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "base/str.h"
#include "base/unicode.h"

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

/* RFC 8259 7: by UTF-16. */
static void
add_json_number(struct str *s, uint32_t c)
{
	if (c >= 0x10000)
		str_addf(s, "\\u%04x\\u%04x",
		    (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
		    (unsigned)(0xdc00 + (c & 0x3ff)));
	else
		str_addf(s, "\\u%04x", (unsigned)c);
}

/* The same JSON, in UTF-8 whatever the store holds (RFC 8259 8.1), with all
   that cannot be seen as an escape.  Outside ASCII there are only texts. */
static char *
visible_json(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	while (*text != '\0') {
		size_t size = str_utf8(text, strnlen(text, 4));
		uint32_t c = size > 0 ? unicode_read(text, size) : 0xfffd;

		if (size == 0 || (c >= 0x7f && !unicode_is_seen(c)))
			add_json_number(&s, c);
		else
			str_add_bytes(&s, text, size);
		text += size > 0 ? size : 1;
	}
	return s.text;
}

void
output_json(cJSON *json)
{
	struct arena *a = arena_new();
	char *text = cJSON_Print(json);

	if (text == NULL)
		abort();
	puts(visible_json(a, text));
	cJSON_free(text);
	cJSON_Delete(json);
	arena_free(a);
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
