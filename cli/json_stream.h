/* SPDX-License-Identifier: MIT */
/*
 * json_stream - one object on the standard output, as output_json writes it, of
 * which never more is in memory than one element of one of its lists.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

struct json_stream {
	unsigned depth; /* objects around the one that is written */
	bool members;   /* it has some */
	bool elements;  /* the list that is written has some */
};

void json_stream_begin(struct json_stream *js);
/* Frees the value. */
void json_stream_member(struct json_stream *js, const char *name, cJSON *value);
/* A member whose value is a list, until json_stream_list_end. */
void json_stream_list(struct json_stream *js, const char *name);
/* Frees the element; its members may be lists, too. */
void json_stream_element(struct json_stream *js, cJSON *element);
void json_stream_list_end(struct json_stream *js);
/* A member whose value is an object, until json_stream_object_end. */
void json_stream_object(struct json_stream *js, const char *name);
void json_stream_object_end(struct json_stream *js);
void json_stream_end(struct json_stream *js);
