/* SPDX-License-Identifier: MIT */
#include "milter_metrics.h"

enum {
	ACCEPTED,
	REWRITTEN,
	DEFERRED,
	REJECTED,
	RESULTS
};

static const char *const labels[] = {"result=\"accepted\"",
    "result=\"rewritten\"", "result=\"deferred\"", "result=\"rejected\""};

static struct metric_cell cells[RESULTS];

static struct metric_family messages = {
    .name = "postward_messages_total",
    .help = "Messages at their end; rewritten: accepted with another sender.",
    .n = RESULTS,
    .labels = labels,
    .cells = cells,
};

struct metric_family *const milter_metrics[] = {&messages, NULL};

void
milter_metrics_count(const struct reply *refusal, bool new_sender)
{
	size_t result = ACCEPTED;

	if (refusal->code != 0)
		result = refusal->code >= 500 ? REJECTED : DEFERRED;
	else if (new_sender)
		result = REWRITTEN;
	metric_add(&messages, result, 1);
}
