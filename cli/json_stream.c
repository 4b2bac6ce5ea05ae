/* SPDX-License-Identifier: MIT */
#include "json_stream.h"

#include "output.h"

#include <stdio.h>

void
json_stream_begin(struct json_stream *js)
{
	*js = (struct json_stream){0};
	printf("{");
}

static void
begin_json_member(struct json_stream *js)
{
	printf("%s\n", js->members ? "," : "");
	js->members = true;
}

static void
begin_json_value(struct json_stream *js, const char *name, char bracket)
{
	begin_json_member(js);
	for (unsigned i = 0; i <= js->depth; i++)
		putchar('\t');
	printf("\"%s\":\t%c", name, bracket);
}

void
json_stream_member(struct json_stream *js, const char *name, cJSON *value)
{
	struct arena *a = arena_new();

	begin_json_member(js);
	fputs(output_json_member(a, js->depth, name, value), stdout);
	arena_free(a);
}

void
json_stream_list(struct json_stream *js, const char *name)
{
	begin_json_value(js, name, '[');
	js->elements = false;
}

void
json_stream_element(struct json_stream *js, cJSON *element)
{
	struct arena *a = arena_new();

	printf("%s%s", js->elements ? ", " : "",
	    output_json_nested(a, js->depth, element));
	js->elements = true;
	arena_free(a);
}

void
json_stream_list_end(struct json_stream *js)
{
	(void)js;
	putchar(']');
}

void
json_stream_object(struct json_stream *js, const char *name)
{
	begin_json_value(js, name, '{');
	js->members = false;
	js->depth++;
}

void
json_stream_object_end(struct json_stream *js)
{
	if (js->members)
		putchar('\n');
	js->depth--;
	for (unsigned i = 0; js->members && i <= js->depth; i++)
		putchar('\t');
	putchar('}');
	js->members = true;
}

void
json_stream_end(struct json_stream *js)
{
	(void)js;
	printf("\n}\n");
}
