/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "base/str.h"
#include "base/unicode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* How many bytes from there on stand for themselves. */
static size_t
plain_length(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0' && (unsigned char)text[n] < 0x7f)
		n++;
	return n;
}

/* The same JSON, in UTF-8 whatever the store holds (RFC 8259 8.1), with all
   that cannot be seen as an escape.  Outside ASCII there are only texts. */
static char *
visible_json(struct arena *a, const char *text)
{
	struct str s;

	str_init(&s, a);
	for (;;) {
		size_t plain = plain_length(text);
		size_t size;
		uint32_t c;

		str_add_bytes(&s, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		size = str_utf8(text, strnlen(text, 4));
		c = size > 0 ? unicode_read(text, size) : 0xfffd;
		if (size == 0 || !unicode_is_seen(c))
			add_json_number(&s, c);
		else
			str_add_bytes(&s, text, size);
		text += size > 0 ? size : 1;
	}
	return s.text;
}

/* Frees json. */
static char *
json_text(struct arena *a, cJSON *json)
{
	char *text = cJSON_Print(json), *visible;

	if (text == NULL)
		abort();
	visible = visible_json(a, text);
	cJSON_free(text);
	cJSON_Delete(json);
	return visible;
}

void
output_json(cJSON *json)
{
	struct arena *a = arena_new();

	puts(json_text(a, json));
	arena_free(a);
}

char *
output_json_element(struct arena *a, cJSON *json)
{
	cJSON *array = cJSON_CreateArray();
	char *text;

	/* In an array it is indented as in one. */
	cJSON_AddItemToArray(array, json);
	text = json_text(a, array);
	text[strlen(text) - 1] = '\0';
	return text + 1;
}

char *
output_json_member(struct arena *a, unsigned depth, const char *name,
    cJSON *json)
{
	size_t begin = 2, end = 2; /* of "{\n" and "\n}" */
	cJSON *object = cJSON_CreateObject();
	char *text;

	cJSON_AddItemToObject(object, name, json);
	for (unsigned i = 1; i <= depth; i++) {
		cJSON *outer = cJSON_CreateObject();

		cJSON_AddItemToObject(outer, "", object);
		object = outer;
		begin += strlen("{\n\"\":\t") + i;
		end += strlen("\n}") + i;
	}
	text = json_text(a, object);
	text[strlen(text) - end] = '\0';
	return text + begin;
}

char *
output_json_nested(struct arena *a, unsigned depth, cJSON *json)
{
	cJSON *array = cJSON_CreateArray();
	char *text;

	cJSON_AddItemToArray(array, json);
	text = output_json_member(a, depth, "", array);
	text[strlen(text) - 1] = '\0';
	return text + depth + strlen("\t\"\":\t[");
}

const char *
output_shown(struct arena *a, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	return text == NULL ? NULL : str_printable(a, text, len, 4 * len + 4);
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

void
output_wrong(const struct invocation *in, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(in->arena, format, args);
	va_end(args);
	fflush(stdout); /* of which it speaks */
	fprintf(stderr, "postward: %s\n", output_shown(in->arena, text));
}

int
output_failure(const struct invocation *in, enum rc rc, const struct err *err)
{
	output_wrong(in, "%s", err->text);
	return rc == RC_TEMP ? EXIT_TRY_LATER : EXIT_NO;
}
