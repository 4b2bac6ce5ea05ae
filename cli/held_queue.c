/* SPDX-License-Identifier: MIT */
#include "held_queue.h"

#include "postfix_program.h"

#include "base/str.h"

#include <cjson/cJSON.h>

#include <string.h>

#define TIMEOUT_MS ((int64_t)60 * 1000)
#define LINES_MAX  100000
#define LINE_BYTES ((size_t)1024 * 1024)

struct queue_reading {
	held_visit *visit;
	void *context;
};

static const char *
json_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object,
	    name));
}

static const char *
recipients_text(struct arena *a, const cJSON *message)
{
	const cJSON *all =
	    cJSON_GetObjectItemCaseSensitive(message, "recipients");
	const cJSON *one;
	struct str s;

	str_init(&s, a);
	cJSON_ArrayForEach(one, all)
	{
		const char *address = json_text(one, "address");

		if (address != NULL)
			str_addf(&s, "%s%s", s.len == 0 ? "" : ", ", address);
	}
	return s.text;
}

/* A message with so many recipients that its line was cut has none then, but
   is there. */
static cJSON *
queue_parse(struct arena *a, const char *line)
{
	static const char recipients[] = "\"recipients\": [";
	cJSON *message = cJSON_Parse(line);
	const char *at = strstr(line, recipients);

	if (message != NULL || at == NULL)
		return message;
	at += sizeof(recipients) - 1;
	return cJSON_Parse(arena_printf(a, "%.*s]}", (int)(at - line), line));
}

static void
queue_visit(const struct queue_reading *reading, struct arena *a,
    const cJSON *message)
{
	const char *queue = json_text(message, "queue_name");
	const cJSON *at =
	    cJSON_GetObjectItemCaseSensitive(message, "arrival_time");
	const struct held_message held = {
	    .queue_id = json_text(message, "queue_id"),
	    .arrived = cJSON_IsNumber(at) ? (int64_t)at->valuedouble : 0,
	    .sender = json_text(message, "sender"),
	    .recipients = recipients_text(a, message),
	};

	if (queue != NULL && strcmp(queue, "hold") == 0 &&
	    held.queue_id != NULL)
		reading->visit(reading->context, &held);
}

/* One message is one line of JSON (postqueue(1) -j). */
static void
queue_line(void *context, const char *line)
{
	struct arena *a = arena_new();
	cJSON *message = queue_parse(a, line);

	queue_visit(context, a, message);
	cJSON_Delete(message);
	arena_free(a);
}

enum rc
held_queue_read(const struct invocation *in, held_visit *visit, void *context,
    struct err *err)
{
	static const char *const args[] = {"-j"};
	struct queue_reading reading = {visit, context};
	const struct postfix_program postqueue = {
	    .name = "postqueue",
	    .folder = "-c",
	    .args = args,
	    .n_args = 1,
	    .process =
		{
		    .timeout_ms = TIMEOUT_MS,
		    .lines_max = LINES_MAX,
		    .line_max = LINE_BYTES,
		    .line = queue_line,
		    .context = &reading,
		},
	};

	return postfix_program_run(in, &postqueue, err);
}
