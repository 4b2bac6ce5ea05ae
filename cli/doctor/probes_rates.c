/* SPDX-License-Identifier: MIT */
#include "probes_rates.h"

#include "output.h"
#include "postfix_service.h"
#include "postfix_view.h"
#include "probes_queue.h"
#include "rate_refusal.h"

#include "base/str.h"
#include "mail/address.h"

#include <cjson/cJSON.h>
#include <string.h>

/* Receivers that are told of, and how many mails of one must wait. */
#define RECEIVERS_MAX 20
#define MAILS_MIN     5

struct receivers_seen {
	struct arena *arena;
	struct {
		const char *domain;
		size_t n;
	} all[RECEIVERS_MAX];
	size_t n;
};

static void
count_receiver(struct receivers_seen *seen, const char *domain)
{
	size_t i = 0;

	while (i < seen->n && strcmp(seen->all[i].domain, domain) != 0)
		i++;
	if (i == RECEIVERS_MAX)
		return;
	if (i == seen->n)
		seen->all[seen->n++].domain =
		    arena_copy_text(seen->arena, domain);
	seen->all[i].n++;
}

static const char *
text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object,
	    name));
}

/* The first of its recipients tells. */
static void
rates_line(void *context, const char *line)
{
	struct receivers_seen *seen = context;
	cJSON *message = cJSON_Parse(line);
	const cJSON *first =
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(message,
				   "recipients"),
		0);
	const char *reason = text_of(first, "delay_reason");
	const char *address = text_of(first, "address");
	struct address read;

	if (reason != NULL && address != NULL && rate_refusal_is(reason) &&
	    address_read(seen->arena, address, &read, NULL) == RC_OK &&
	    read.domain[0] != '\0')
		count_receiver(seen, read.domain);
	cJSON_Delete(message);
}

/* A transport of their own, with a second between two mails to one of them, and
   one connection: what Postfix has for that. */
static void
cure_rates(const struct probe_run *run, const char *entries)
{
	struct arena *a = run->arena;
	const char *maps = postfix_set_value(run, NULL, "transport_maps");

	probe_cure_service(run, "slow/unix=slow unix - - n - - smtp");
	probe_cure_set(run, "slow_destination_rate_delay=1s");
	probe_cure_set(run, "slow_destination_concurrency_limit=1");
	probe_cure_set(run, "slow_initial_destination_concurrency=1");
	probe_cure_set(run, arena_printf(a, "transport_maps=%s%sinline:{%s}",
				maps, maps[0] == '\0' ? "" : ", ", entries));
	probe_cure_reload(run);
}

/* Where such mail goes now: to another host, or ("") to the receiver's own, as
   default_transport and relayhost say. */
static const char *
rates_next_hop(const struct probe_run *run)
{
	const char *transport =
	    postfix_text(run->postfix, run->arena, "default_transport");
	const char *colon = strchr(transport, ':');

	return colon != NULL && colon[1] != '\0'
		   ? colon + 1
		   : postfix_text(run->postfix, run->arena, "relayhost");
}

static const char *
slow_entry(const struct probe_run *run, const char *domain)
{
	return arena_printf(run->arena, "{ %s = slow:%s }", domain,
	    rates_next_hop(run));
}

static bool
is_slowed(const struct probe_run *run, const char *domain)
{
	return strstr(postfix_text(run->postfix, run->arena, "transport_maps"),
		   arena_printf(run->arena, "{ %s = slow:", domain)) != NULL;
}

static void
tell_receivers(const struct probe_run *run, const struct receivers_seen *seen)
{
	struct arena *a = run->arena;
	struct str names, entries;
	bool slowed = true;

	str_init(&names, a);
	str_init(&entries, a);
	for (size_t i = 0; i < seen->n; i++) {
		const char *domain = seen->all[i].domain;

		if (seen->all[i].n < MAILS_MIN)
			continue;
		str_addf(&names, "%s%s (%zu)", names.len == 0 ? "" : ", ",
		    output_shown(a, domain), seen->all[i].n);
		if (is_slowed(run, domain))
			continue;
		slowed = false;
		str_addf(&entries, "%s%s", entries.len == 0 ? "" : ", ",
		    slow_entry(run, domain));
	}
	if (names.len == 0) {
		probe_saw(run, REPORT_OK, "nobody asks for less mail at once");
		return;
	}
	if (slowed) {
		probe_saw(run, REPORT_NOTE,
		    arena_printf(a,
			"mail waits because there was too much of it, and is "
			"slowed already: %s",
			names.text));
		return;
	}
	probe_wrong(run, NULL,
	    arena_printf(a,
		"mail waits because there was too much of it at once, to: %s",
		names.text));
	cure_rates(run, entries.text);
}

void
probe_rates(const struct probe_run *run)
{
	struct receivers_seen seen = {.arena = run->arena};

	if (probe_reads_queue(run, rates_line, &seen))
		tell_receivers(run, &seen);
}
