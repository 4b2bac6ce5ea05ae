/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "net/dns_cache.h"
#include "net/dns_driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What cached answers may take up: few are larger, and even a small cache
   has room for a large one. */
#define BYTES_PER_ANSWER  ((size_t)512)
#define LEAST_CACHE_BYTES ((size_t)256 * 1024)

struct dns {
	struct dns_driver driver;
	struct dns_cache *cache; /* NULL: none */
};

static struct dns *
dns_new(void)
{
	struct dns *dns = memory_zeroed(1, sizeof(*dns));

	return dns;
}

enum rc
dns_open(const struct dns_settings *settings, struct dns **out, struct err *err)
{
	struct dns *dns = dns_new();
	size_t bytes = settings->cache_answers * BYTES_PER_ANSWER;
	enum rc rc = dns_cares_open(settings, &dns->driver, err);

	if (rc != RC_OK) {
		free(dns);
		return rc;
	}
	if (bytes < LEAST_CACHE_BYTES)
		bytes = LEAST_CACHE_BYTES;
	if (settings->cache_answers > 0)
		dns->cache = dns_cache_new(settings->cache_answers, bytes);
	*out = dns;
	return RC_OK;
}

enum rc
dns_open_zone(const char *path, struct dns **out, struct err *err)
{
	struct dns *dns = dns_new();
	enum rc rc = dns_zone_open(path, &dns->driver, err);

	if (rc != RC_OK) {
		free(dns);
		return rc;
	}
	*out = dns;
	return RC_OK;
}

void
dns_close(struct dns *dns)
{
	if (dns == NULL)
		return;
	dns->driver.close(dns->driver.state);
	dns_cache_free(dns->cache);
	free(dns);
}

static void
tell(struct dns_query *query, const struct dns_answer *answer)
{
	query->rc = answer->rc;
	query->no_such_name = answer->no_such_name;
	query->problem = answer->problem;
	query->records = answer->records;
	query->n = answer->n;
}

/* Answers what needs no asking. */
static bool
answer_at_once(struct dns *dns, struct arena *a, struct dns_query *query,
    int64_t now)
{
	struct dns_answer known = {
	    .rc = RC_PERM, .problem = "not a name that DNS can hold"};

	query->cached = false;
	if (!dns_name_valid(query->name)) {
		tell(query, &known);
		return true;
	}
	if (dns->cache == NULL || !dns_cache_get(dns->cache, a, query->name,
				      query->type, now, &known))
		return false;
	tell(query, &known);
	query->cached = true;
	return true;
}

/* The question that query asks: one of the first *n, or a new one. */
static struct dns_question *
question_of(const struct dns_query *query, struct dns_question *questions,
    size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (questions[i].type == query->type &&
		    str_equal_fold(questions[i].name, query->name))
			return &questions[i];
	questions[*n] =
	    (struct dns_question){.name = query->name, .type = query->type};
	return &questions[(*n)++];
}

void
dns_ask(struct dns *dns, struct arena *a, struct dns_query *queries, size_t n,
    int64_t deadline)
{
	struct dns_question **asked = arena_take_array(a, n, sizeof(*asked));
	struct dns_question *questions =
	    arena_take_array(a, n, sizeof(*questions));
	int64_t now = clock_ms();
	size_t missing = 0;

	for (size_t i = 0; i < n; i++)
		if (!answer_at_once(dns, a, &queries[i], now))
			asked[i] =
			    question_of(&queries[i], questions, &missing);
	if (missing == 0)
		return;
	dns->driver.ask(dns->driver.state, a, questions, missing, deadline);
	now = clock_ms();
	for (size_t i = 0; dns->cache != NULL && i < missing; i++)
		dns_cache_put(dns->cache, questions[i].name, questions[i].type,
		    now, &questions[i].answer);
	for (size_t i = 0; i < n; i++)
		if (asked[i] != NULL)
			tell(&queries[i], &asked[i]->answer);
}

bool
dns_name_valid(const char *name)
{
	size_t label = 0, len = 0;

	for (; name[len] != '\0'; len++) {
		if (len == 253 || name[len] < ' ' || name[len] > '~' ||
		    name[len] == '\\')
			return false;
		if (name[len] != '.') {
			if (++label > 63)
				return false;
			continue;
		}
		if (label == 0)
			return false;
		label = 0;
	}
	return label > 0;
}

const char *
dns_type_name(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_AAAA:
		return "AAAA";
	case DNS_MX:
		return "MX";
	case DNS_PTR:
		return "PTR";
	case DNS_TXT:
		return "TXT";
	}
	return "?";
}
