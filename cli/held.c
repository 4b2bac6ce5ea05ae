/* SPDX-License-Identifier: MIT */
/* `postward held`: what waits in Postfix's hold queue for an administrator. */
#include "command.h"
#include "listing.h"
#include "output.h"

#include "base/process.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS ((int64_t)60 * 1000)
#define LINES_MAX  100000
#define LINE_BYTES ((size_t)1024 * 1024)

typedef void held_line(void *context, const char *line);

/* words: behind the name of the program and the folder; ended by NULL. */
static enum rc
queue_run(struct invocation *in, const char *program, const char *const *words,
    held_line *line, void *context, struct err *err)
{
	const char *folder = in->options[OPTION_POSTFIX_CONFIG];
	const char *argv[8] = {process_find(in->arena, program)};
	struct process process = {
	    .argv = argv,
	    .n_argv = 1,
	    .env = (const char *const *)environ,
	    .input = "",
	    .timeout_ms = TIMEOUT_MS,
	    .lines_max = LINES_MAX,
	    .line_max = LINE_BYTES,
	    .line = line,
	    .context = context,
	};

	if (argv[0] == NULL)
		return err_set(err, RC_PERM,
		    "there is no %s: is Postfix installed?", program);
	if (folder != NULL) {
		argv[process.n_argv++] = "-c";
		argv[process.n_argv++] = folder;
	}
	for (size_t i = 0; words[i] != NULL; i++)
		argv[process.n_argv++] = words[i];
	return process_run(in->arena, &process, err);
}

/* ---- list */

struct held_queue {
	struct listing *listing; /* NULL: it is only looked for `wanted` */
	const char *wanted;
	bool found; /* that one, or any if none is wanted */
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

static const char *
arrival_text(struct arena *a, const cJSON *message)
{
	const cJSON *at =
	    cJSON_GetObjectItemCaseSensitive(message, "arrival_time");

	return cJSON_IsNumber(at) ? output_time(a, (int64_t)at->valuedouble)
				  : NULL;
}

static void
held_show(struct held_queue *q, const cJSON *message)
{
	struct arena *a = listing_arena(q->listing);
	const char *cells[] = {
	    json_text(message, "queue_id"),
	    arrival_text(a, message),
	    json_text(message, "sender"),
	    recipients_text(a, message),
	};

	listing_add(q->listing, cells);
}

/* One message is one line of JSON (postqueue(1) -j). */
static void
queue_line(void *context, const char *line)
{
	struct held_queue *q = context;
	cJSON *message = cJSON_Parse(line);
	const char *queue = json_text(message, "queue_name");
	const char *id = json_text(message, "queue_id");

	if (queue != NULL && strcmp(queue, "hold") == 0) {
		if (q->listing != NULL)
			held_show(q, message);
		else if (q->wanted == NULL ||
			 (id != NULL && strcmp(id, q->wanted) == 0))
			q->found = true;
	}
	cJSON_Delete(message);
}

static enum rc
queue_read(struct invocation *in, struct held_queue *q, struct err *err)
{
	static const char *const words[] = {"-j", NULL};

	return queue_run(in, "postqueue", words, queue_line, q, err);
}

int
held_list_run(struct invocation *in)
{
	static const struct listing_column columns[] = {{.name = "QUEUE_ID"},
	    {.name = "ARRIVED"}, {.name = "SENDER"}, {.name = "RECIPIENTS"}};
	struct held_queue q = {0};
	struct err err;
	enum rc rc;

	if (in->options[OPTION_QUIET] != NULL) {
		rc = queue_read(in, &q, &err);
		if (rc != RC_OK)
			return output_failure(in, rc, &err);
		if (!q.found)
			return EXIT_DONE;
	}
	q.listing = listing_open(in, columns, 4);
	rc = queue_read(in, &q, &err);
	rc = listing_close(q.listing, rc, &err);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

/* ---- release and drop */

/* A queue id, and not an option or the word ALL, which is every message. */
static bool
is_queue_id(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return len >= 6 && len <= 40;
}

static void
ignore_line(void *context, const char *line)
{
	(void)context;
	(void)line;
}

static enum rc
held_change(struct invocation *in, const char *option, const char *id,
    struct err *err)
{
	const char *const words[] = {option, id, "hold", NULL};
	struct held_queue q = {.wanted = id};
	enum rc rc;

	if (!is_queue_id(id))
		return err_set(err, RC_PERM, "%s: not a queue id", id);
	rc = queue_read(in, &q, err);
	if (rc != RC_OK)
		return rc;
	if (!q.found)
		return err_set(err, RC_NONE, "%s: no such message is held", id);
	return queue_run(in, "postsuper", words, ignore_line, NULL, err);
}

static int
held_change_each(struct invocation *in, const char *option, const char *done)
{
	int status = EXIT_DONE;
	struct err err;

	for (int i = 0; i < in->n_arguments; i++) {
		const char *id = in->arguments[i];
		enum rc rc = held_change(in, option, id, &err);

		if (rc == RC_OK)
			printf("%s: %s\n", id, done);
		else
			status = output_failure(in, rc, &err);
	}
	return status;
}

int
held_release_run(struct invocation *in)
{
	return held_change_each(in, "-H", "released");
}

int
held_drop_run(struct invocation *in)
{
	return held_change_each(in, "-d", "dropped");
}
