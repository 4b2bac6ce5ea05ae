/* SPDX-License-Identifier: MIT */
#include "log_search.h"
#include "log_wanted.h"
#include "postfix_log_event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
try_line(struct arena *a, const struct log_wanted *wanted, const char *line,
    size_t len)
{
	struct log_event event;
	struct log_search search;
	const char *found;

	log_wanted_search(wanted, a, &search);
	found = log_search_next(&search, line, len);
	must(found == NULL || (found >= line && found < line + len));
	if (!postfix_log_event_read(a, line, len, 1795939201, &event))
		return;
	must(event.host != NULL && event.program != NULL);
	must(event.kind >= LOG_CAME && event.kind <= LOG_OTHER);
	log_event_is_put_off(&event);
	/* What fits was found. */
	if (log_wanted_fits(wanted, &event))
		must(found != NULL);
}

/* A line of somebody's log; nothing stands behind its last byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct log_wanted to = {.to = "ann@b.c", .delimiter = "+"},
				       from = {.from = "a@b.c"},
				       id = {.queue_id = "3B2F41C0A2"};
	struct arena *a = arena_new();
	char *line = malloc(size + 1);

	must(line != NULL);
	if (size > 0)
		memcpy(line, data, size);
	line = realloc(line, size > 0 ? size : 1);
	must(line != NULL);
	try_line(a, &to, line, size);
	try_line(a, &from, line, size);
	try_line(a, &id, line, size);
	free(line);
	arena_free(a);
	return 0;
}
