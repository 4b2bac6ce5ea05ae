/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/net_metrics.h"
#include "net/private/dns_cache.h"
#include "net/private/dns_driver.h"
#include "net/private/dns_flight.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How much memory the answers in the cache may take: few are larger, and even a
   small cache has room for a large one. */
#define BYTES_PER_ANSWER ((size_t)512)
#define CACHE_BYTES_MIN  ((size_t)512 * 1024)
#define ANSWERS_MIN      ((size_t)2)

/* So many entries of the cache are fetched at once. */
#define KEYS_AT_ONCE ((size_t)16)

struct dns {
	struct dns_driver driver;
	struct dns_cache *cache; /* NULL: there is no cache */
	struct dns_flights
	    *flights; /* NULL: each thread sends its own questions */
	int64_t timeout_ms;
};

void
dns_keep_answers(struct dns *dns, size_t answers)
{
	size_t bytes = answers * BYTES_PER_ANSWER;

	if (bytes < CACHE_BYTES_MIN)
		bytes = CACHE_BYTES_MIN;
	if (answers < ANSWERS_MIN)
		answers = ANSWERS_MIN;
	dns->cache = dns_cache_new(answers, bytes);
}

enum rc
dns_open(const struct dns_settings *settings, struct dns **out, struct err *err)
{
	struct dns *dns = memory_zeroed(1, sizeof(*dns));
	enum rc rc = dns_cares_open(settings, &dns->driver, err);

	if (rc != RC_OK) {
		free(dns);
		return rc;
	}
	if (settings->cache_answers > 0)
		dns_keep_answers(dns, settings->cache_answers);
	dns->flights = dns_flights_new();
	dns->timeout_ms = settings->timeout_ms;
	*out = dns;
	return RC_OK;
}

struct dns *
dns_open_driver(const struct dns_driver *driver)
{
	struct dns *dns = memory_zeroed(1, sizeof(*dns));

	dns->driver = *driver;
	return dns;
}

void
dns_close(struct dns *dns)
{
	if (dns == NULL)
		return;
	dns->driver.close(dns->driver.state);
	dns_flights_free(dns->flights);
	dns_cache_free(dns->cache);
	free(dns);
}

static void
take_answer(struct dns_query *query, const struct dns_answer *answer)
{
	query->rc = answer->rc;
	query->no_such_name = answer->no_such_name;
	query->authenticated = answer->authenticated;
	query->problem = answer->problem;
	query->records = answer->records;
	query->n = answer->n;
	query->until = answer->until;
}

/* From now on its time runs, for all who get it. */
static void
begin_answer(struct dns_answer *answer, int64_t now)
{
	answer->until =
	    answer->ttl == 0 ? 0 : now + (int64_t)answer->ttl * 1000;
}

/* Answers a query that needs no question to a resolver.  A name in the cache is
 * valid, because it was asked for once. */
static bool
answer_at_once(struct dns *dns, struct arena *a, struct dns_query *query,
    int64_t now, const struct dns_key *key)
{
	struct dns_answer known = {.rc = RC_PERM,
	    .problem = "not a name that DNS can hold",
	    .until = INT64_MAX};
	bool has_key = key->type != 0;

	query->cached = has_key && dns->cache != NULL &&
			dns_cache_get(dns->cache, a, key, now, &known);
	if (!query->cached && has_key && dns_name_valid(query->name))
		return false;
	take_answer(query, &known);
	return true;
}

/* Returns the question that query asks: one of the first *n, or a new one. */
static struct dns_driver_query *
driver_query_of(struct arena *a, const struct dns_query *query,
    const struct dns_key *key, int64_t deadline,
    struct dns_driver_query *queries, size_t *n)
{
	struct dns_key *copy;

	if (query->deadline != 0 && query->deadline < deadline)
		deadline = query->deadline;
	for (size_t i = 0; i < *n; i++)
		if (dns_key_is(queries[i].key, key)) {
			if (queries[i].deadline < deadline)
				queries[i].deadline = deadline;
			return &queries[i];
		}
	copy = arena_take(a, sizeof(*copy));
	*copy = *key;
	queries[*n] = (struct dns_driver_query){.name = query->name,
	    .type = query->type,
	    .resolver = query->resolver,
	    .key = copy,
	    .deadline = deadline};
	return &queries[(*n)++];
}

/* The questions of one dns_ask that the cache does not know, and the waiter of
   each in its flight. */
struct asking {
	struct dns *dns;
	struct arena *arena;
	int64_t now, deadline;
	size_t room;                     /* for questions */
	struct dns_driver_query **asked; /* of each query; NULL: none */
	struct dns_driver_query *queries;
	struct dns_waiter *waiters;
	size_t n;
	struct dns_watch watch;
};

/* Puts the answer into the cache first: a thread that comes too late for the
   flight finds it there. */
static void
on_answered(void *context, struct dns_driver_query *q)
{
	struct asking *asking = context;
	struct dns_waiter *waiter = &asking->waiters[q - asking->queries];
	struct dns_cache *cache = asking->dns->cache;
	int64_t now;

	if (q->in_flight) {
		dns_flight_leave(waiter);
		return;
	}
	now = clock_ms();
	begin_answer(&q->answer, now);
	if (cache != NULL)
		dns_cache_put(cache, q->key, now, &q->answer);
	if (waiter->shard != NULL)
		dns_flight_complete(waiter, &q->answer);
}

static void
look_in_flight(void *context)
{
	struct asking *asking = context;
	eventfd_t calls;

	eventfd_read(asking->watch.wake, &calls);
	for (size_t i = 0; i < asking->n; i++) {
		struct dns_driver_query *q = &asking->queries[i];

		if (!q->in_flight || q->answered)
			continue;
		switch (dns_flight_look(&asking->waiters[i], asking->arena,
		    &q->answer)) {
		case DNS_WAITER_NONE:
		case DNS_WAITER_WAITS:
			break;
		case DNS_WAITER_ANSWERED:
			q->answered = true;
			break;
		case DNS_WAITER_ASKS:
			q->in_flight = false;
			break;
		}
	}
}

/* Looks into the cache again: a flight may have been completed since the first
   look. */
static void
join_flight(struct asking *asking, size_t i, int64_t now, int64_t until)
{
	struct dns *dns = asking->dns;
	struct dns_driver_query *q = &asking->queries[i];

	q->in_flight =
	    dns_flight_join(dns->flights, &asking->waiters[i], q->key, until,
		&asking->watch.wake) == DNS_WAITER_WAITS;
	if (q->in_flight || dns->cache == NULL ||
	    !dns_cache_get(dns->cache, asking->arena, q->key, now, &q->answer))
		return;
	q->answered = q->cached = true;
	if (asking->waiters[i].shard != NULL)
		dns_flight_complete(&asking->waiters[i], &q->answer);
}

static void
dns_ask_all(struct asking *asking)
{
	struct dns *dns = asking->dns;
	int64_t now = asking->now, until = now + dns->timeout_ms;

	asking->watch = (struct dns_watch){.wake = -1,
	    .context = asking,
	    .look = look_in_flight,
	    .answered = on_answered};
	asking->waiters = arena_take_array(asking->arena, asking->n,
	    sizeof(*asking->waiters));
	for (size_t i = 0; i < asking->n; i++) {
		int64_t deadline = asking->queries[i].deadline;

		join_flight(asking, i, now,
		    deadline < until ? deadline : until);
	}
	dns->driver.ask(dns->driver.state, asking->arena, asking->queries,
	    asking->n, &asking->watch);
	if (asking->watch.wake >= 0)
		close(asking->watch.wake);
}

/* Without flights nobody else waits, or answers. */
static void
dns_ask_alone(struct asking *asking)
{
	struct dns *dns = asking->dns;

	dns->driver.ask(dns->driver.state, asking->arena, asking->queries,
	    asking->n, NULL);
	for (size_t i = 0; i < asking->n; i++) {
		struct dns_driver_query *q = &asking->queries[i];
		int64_t now = clock_ms();

		begin_answer(&q->answer, now);
		if (dns->cache != NULL)
			dns_cache_put(dns->cache, q->key, now, &q->answer);
	}
}

static void
count_answers(const struct asking *asking)
{
	for (size_t i = 0; i < asking->n; i++) {
		const struct dns_driver_query *q = &asking->queries[i];

		metric_add(&net_dns_answers,
		    q->cached      ? NET_DNS_CACHE
		    : q->in_flight ? NET_DNS_SHARED
				   : NET_DNS_SERVER,
		    1);
	}
}

static void
ask_driver(struct asking *asking, size_t i, const struct dns_query *query,
    const struct dns_key *key)
{
	if (asking->asked == NULL) {
		asking->asked = arena_take_array(asking->arena, asking->room,
		    sizeof(*asking->asked));
		asking->queries = arena_take_array(asking->arena, asking->room,
		    sizeof(*asking->queries));
	}
	asking->asked[i] = driver_query_of(asking->arena, query, key,
	    asking->deadline, asking->queries, &asking->n);
}

/* Answers of the queries from the first-th on as many as it can at once; the
   others become questions. */
static void
look_up(struct asking *asking, struct dns_query *queries, size_t first)
{
	struct dns_cache *cache = asking->dns->cache;
	struct dns_key keys[KEYS_AT_ONCE];
	size_t n = 0;

	for (; n < KEYS_AT_ONCE && first + n < asking->room; n++) {
		const struct dns_query *q = &queries[first + n];

		if (dns_key_make(&keys[n], q->name, q->type))
			dns_key_ask(&keys[n], q->resolver);
		else
			keys[n].type = 0;
	}
	if (cache != NULL)
		dns_cache_expect(cache, keys, n);
	for (size_t i = 0; i < n; i++)
		if (!answer_at_once(asking->dns, asking->arena,
			&queries[first + i], asking->now, &keys[i]))
			ask_driver(asking, first + i, &queries[first + i],
			    &keys[i]);
}

void
dns_ask(struct dns *dns, struct arena *a, struct dns_query *queries, size_t n,
    int64_t deadline)
{
	struct asking asking = {.dns = dns,
	    .arena = a,
	    .now = clock_ms(),
	    .deadline = deadline,
	    .room = n};

	for (size_t i = 0; i < n; i += KEYS_AT_ONCE)
		look_up(&asking, queries, i);
	metric_add(&net_dns_answers, NET_DNS_CACHE, (int64_t)(n - asking.n));
	if (asking.n == 0)
		return;
	if (dns->flights != NULL)
		dns_ask_all(&asking);
	else
		dns_ask_alone(&asking);
	count_answers(&asking);
	for (size_t i = 0; i < n; i++)
		if (asking.asked[i] != NULL) {
			take_answer(&queries[i], &asking.asked[i]->answer);
			queries[i].cached = asking.asked[i]->cached;
		}
}

/* A type of private use (RFC 6895 3.1), which nobody asks for. */
#define TYPE_OF_NOTES ((enum dns_type)65280)

void
dns_note_keep(struct dns *dns, const char *name, const struct dns_note *note)
{
	const struct dns_record text = {
	    .text = note->bytes, .text_len = note->len};
	const struct dns_answer answer = {
	    .records = &text, .n = 1, .until = note->until};
	struct dns_key key;

	if (dns->cache != NULL && note->until != 0 &&
	    dns_key_make(&key, name, TYPE_OF_NOTES))
		dns_cache_put(dns->cache, &key, clock_ms(), &answer);
}

bool
dns_note_find(struct dns *dns, struct arena *a, const char *name,
    struct dns_note *out)
{
	struct dns_answer answer;
	struct dns_key key;

	if (dns->cache == NULL || !dns_key_make(&key, name, TYPE_OF_NOTES) ||
	    !dns_cache_get(dns->cache, a, &key, clock_ms(), &answer))
		return false;
	*out = (struct dns_note){.bytes = answer.records[0].text,
	    .len = answer.records[0].text_len,
	    .until = answer.until};
	return true;
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
	case DNS_CAA:
		return "CAA";
	case DNS_CNAME:
		return "CNAME";
	case DNS_MX:
		return "MX";
	case DNS_PTR:
		return "PTR";
	case DNS_TLSA:
		return "TLSA";
	case DNS_TXT:
		return "TXT";
	}
	return "?";
}
