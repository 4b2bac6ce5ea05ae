/* SPDX-License-Identifier: MIT */
#include "import_fields.h"

#include "base/str.h"
#include "import.h"

#include <string.h>

/* What of the first line is in no quotes. */
static bool
has_separator(const struct import_fields *f, char separator)
{
	bool quoted = false;

	for (const char *p = f->text; p < f->end; p++) {
		if ((size_t)(p - f->text) > IMPORT_LINE_MAX)
			return false;
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\n' && !quoted)
			return false;
		else if (*p == separator && !quoted)
			return true;
	}
	return false;
}

/* A tab stands in no header of the others; a semicolon in one with commas may
   be part of a name. */
static char
separator_of(const struct import_fields *f)
{
	if (has_separator(f, '\t'))
		return '\t';
	return !has_separator(f, ',') && has_separator(f, ';') ? ';' : ',';
}

static void
skip_line_end(struct import_fields *f)
{
	f->text++;
	f->line++;
}

static void
skip_empty_lines(struct import_fields *f)
{
	while (f->text < f->end) {
		const char *p = f->text;

		while (p < f->end && (*p == ' ' || *p == '\r'))
			p++;
		if (p < f->end && *p != '\n')
			return;
		f->text = p;
		if (p < f->end)
			skip_line_end(f);
	}
}

/* What is too long is told by one byte too many. */
static void
add_to_field(struct str *s, const char *bytes, size_t n)
{
	if (s->len > IMPORT_LINE_MAX)
		return;
	if (n > IMPORT_LINE_MAX + 1 - s->len)
		n = IMPORT_LINE_MAX + 1 - s->len;
	str_add_bytes(s, bytes, n);
}

/* NULL, or why the rest cannot be read. */
static const char *
read_quoted_field(struct import_fields *f, struct str *s)
{
	for (f->text++; f->text < f->end; f->text++) {
		if (*f->text == '"' &&
		    (f->text + 1 == f->end || f->text[1] != '"')) {
			f->text++;
			while (f->text < f->end &&
			       (*f->text == ' ' || *f->text == '\r'))
				f->text++;
			return f->text == f->end || *f->text == '\n' ||
				       *f->text == f->separator
				   ? NULL
				   : "something behind the quotes of a field";
		}
		if (*f->text == '"')
			f->text++;
		if (s->len > IMPORT_LINE_MAX)
			return NULL;
		if (*f->text == '\n')
			f->line++;
		add_to_field(s, f->text, 1);
	}
	return "quotes that do not end";
}

/* "\t", "\n" and "\\" are written by MariaDB's and MySQL's clients alike. */
static void
read_escape(struct import_fields *f, struct str *s)
{
	static const char from[] = {'t', 'n', '0', '\\'};
	static const char to[] = {'\t', '\n', '\0', '\\'};
	const char *found = f->text + 1 < f->end
				? memchr(from, f->text[1], sizeof(from))
				: NULL;

	if (found != NULL)
		f->text++;
	add_to_field(s, found == NULL ? f->text : &to[found - from], 1);
}

/* Up to the end of the field, or a backslash. */
static size_t
plain_field_run(const struct import_fields *f)
{
	const char *p = f->text;

	while (p < f->end && *p != '\n' && *p != f->separator && *p != '\\')
		p++;
	return (size_t)(p - f->text);
}

static void
read_plain_field(struct import_fields *f, struct str *s)
{
	for (; f->text < f->end; f->text++) {
		size_t n = plain_field_run(f);

		add_to_field(s, f->text, n);
		f->text += n;
		if (f->text == f->end || *f->text != '\\')
			break;
		if (f->separator == '\t')
			read_escape(f, s);
		else
			add_to_field(s, f->text, 1);
	}
	while (s->len > 0 && s->len <= IMPORT_LINE_MAX &&
	       strchr(" \r", s->text[s->len - 1]) != NULL)
		s->text[--s->len] = '\0';
}

static const char *
read_import_field(struct import_fields *f, struct arena *a, const char **out)
{
	const char *why = NULL;
	struct str s;

	str_init(&s, a);
	while (f->text < f->end && *f->text == ' ')
		f->text++;
	if (f->text < f->end && *f->text == '"' && f->separator != '\t')
		why = read_quoted_field(f, &s);
	else
		read_plain_field(f, &s);
	if (why == NULL && s.len > IMPORT_LINE_MAX)
		why = arena_printf(a, "a field of more than %zu bytes",
		    IMPORT_LINE_MAX);
	if (why == NULL && strlen(s.text) != s.len)
		why = "a NUL in it";
	*out = s.text;
	return why;
}

bool
import_record_read(struct import_fields *f, struct arena *a,
    struct import_record *out)
{
	bool more = true;

	skip_empty_lines(f);
	out->n = 0;
	out->problem = NULL;
	if (f->text == f->end)
		return false;
	if (f->separator == '\0')
		f->separator = separator_of(f);
	out->line = f->line;
	while (more && out->problem == NULL) {
		if (out->n == IMPORT_FIELDS_MAX)
			out->problem = "too many columns";
		else
			out->problem =
			    read_import_field(f, a, &out->fields[out->n++]);
		more = f->text < f->end && *f->text == f->separator;
		f->text += more;
	}
	while (f->text < f->end && *f->text != '\n')
		f->text++;
	if (f->text < f->end)
		skip_line_end(f);
	return true;
}
