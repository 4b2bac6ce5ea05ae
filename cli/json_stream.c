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

void
json_stream_member(struct json_stream *js, const char *name, cJSON *value)
{
	struct arena *a = arena_new();

	begin_json_member(js);
	fputs(output_json_member(a, name, value), stdout);
	arena_free(a);
}

void
json_stream_list(struct json_stream *js, const char *name)
{
	begin_json_member(js);
	printf("\t\"%s\":\t[", name);
	js->elements = false;
}

void
json_stream_element(struct json_stream *js, cJSON *element)
{
	struct arena *a = arena_new();

	printf("%s%s", js->elements ? ", " : "",
	    output_json_nested(a, element));
	js->elements = true;
	arena_free(a);
}

void
json_stream_list_end(struct json_stream *js)
{
	(void)js;
	printf("]");
}

void
json_stream_end(struct json_stream *js)
{
	(void)js;
	printf("\n}\n");
}
