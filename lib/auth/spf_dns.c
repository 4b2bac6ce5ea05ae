/* SPDX-License-Identifier: MIT */
#include "auth/private/spf_dns.h"

#include "base/clock.h"
#include "base/str.h"

#define ANSWERS_MAX (SPF_KNOWN_MAX + 2 * SPF_QUERIES_MAX)

/* For what is asked ahead, evaluation waits so long, and when it had to, no
   more is asked ahead: one slow server that is asked in vain must not use up
   the time of the check. */
#define AHEAD_MS 1000

void
spf_dns_init(struct spf_dns *d, struct dns *dns, struct arena *a,
    const struct ip *client, int64_t deadline)
{
	d->dns = dns;
	d->arena = a;
	d->client = *client;
	d->deadline = deadline;
	d->indent = 0;
	d->sent = d->needed = 0;
	d->over = d->slow = false;
	d->until = INT64_MAX;
	d->names = NULL;
	d->n = 0; /* the answers need no zeroing */
}

static void
know_answer(struct spf_dns *d, const struct dns_query *query)
{
	if (d->n == ANSWERS_MAX)
		return;
	d->answers[d->n].query = query;
	d->answers[d->n].needed = false;
	d->n++;
}

void
spf_dns_know(struct spf_dns *d, const struct dns_query *answers, size_t n)
{
	for (size_t i = 0; i < n && i < SPF_KNOWN_MAX; i++)
		know_answer(d, &answers[i]);
}

static bool
is_answer_to(const struct dns_query *q, const char *name, enum dns_type type)
{
	return q->type == type && str_equal_fold(q->name, name);
}

/* Where the answer is; d->n if there is none. */
static size_t
find_answer(const struct spf_dns *d, const char *name, enum dns_type type)
{
	size_t i = 0;

	while (i < d->n && !is_answer_to(d->answers[i].query, name, type))
		i++;
	return i;
}

static bool
is_query_among(const struct dns_query *queries, size_t n,
    const struct dns_query *q)
{
	for (size_t i = 0; i < n; i++)
		if (is_answer_to(&queries[i], q->name, q->type))
			return true;
	return false;
}

/* What failed is not kept, nor what has come of it, even where the cache of DNS
   remembers a failure for some seconds. */
static void
note_until(struct spf_dns *d, const struct dns_query *answer)
{
	int64_t until = answer->rc == RC_TEMP ? 0 : answer->until;

	if (until < d->until)
		d->until = until;
}

const struct dns_query *
spf_dns_ask(struct spf_dns *d, const char *name, enum dns_type type)
{
	size_t i = find_answer(d, name, type);

	if (i == d->n || !d->answers[i].needed) {
		if (d->needed == SPF_QUERIES_MAX || i == ANSWERS_MAX) {
			d->over = true;
			return NULL;
		}
		d->needed++;
	}
	if (i == d->n) {
		struct dns_query *query = arena_take(d->arena, sizeof(*query));

		query->name = name;
		query->type = type;
		dns_ask(d->dns, d->arena, query, 1, d->deadline);
		d->sent++;
		know_answer(d, query);
	}
	d->answers[i].needed = true;
	note_until(d, d->answers[i].query);
	spf_trace_answer(d->trace, d->indent, d->answers[i].query);
	return d->answers[i].query;
}

void
spf_dns_ahead(struct spf_dns *d, const struct dns_query *queries, size_t n,
    size_t reserved)
{
	struct dns_query *new = arena_take_array(d->arena, n, sizeof(*new));
	int64_t until = clock_ms() + AHEAD_MS;
	size_t room = 0, n_new = 0;

	if (d->sent + reserved < SPF_QUERIES_MAX && !d->slow)
		room = SPF_QUERIES_MAX - reserved - d->sent;
	for (size_t i = 0; i < n && n_new < room; i++)
		if (find_answer(d, queries[i].name, queries[i].type) == d->n &&
		    !is_query_among(new, n_new, &queries[i]))
			new[n_new++] = queries[i];
	if (n_new == 0)
		return;
	if (until > d->deadline)
		until = d->deadline;
	dns_ask(d->dns, d->arena, new, n_new, until);
	d->sent += (unsigned)n_new;
	d->slow = clock_ms() >= until;
	for (size_t i = 0; i < n_new; i++)
		if (new[i].rc != RC_TEMP || !d->slow)
			know_answer(d, &new[i]);
}

enum dns_type
spf_dns_address_type(const struct spf_dns *d)
{
	return d->client.version == 4 ? DNS_A : DNS_AAAA;
}

bool
spf_dns_has_client(const struct spf_dns *d, const struct dns_query *q)
{
	for (size_t i = 0; i < q->n; i++)
		if (ip_equal(&q->records[i].ip, &d->client))
			return true;
	return false;
}

const char *
spf_dns_reverse(const struct spf_dns *d)
{
	return ip_pointer_name(d->arena, &d->client);
}

/* Asks for the addresses of all names at once. */
static void
ask_names(struct spf_dns *d, const struct dns_query *ptr, size_t n)
{
	struct dns_query queries[SPF_PTR_MAX] = {0};

	for (size_t i = 0; i < n; i++) {
		queries[i].name = ptr->records[i].name;
		queries[i].type = spf_dns_address_type(d);
	}
	spf_dns_ahead(d, queries, n, 0);
}

const struct spf_names *
spf_dns_names(struct spf_dns *d)
{
	struct spf_names *names;
	const struct dns_query *ptr, *q;
	size_t n;

	if (d->names != NULL)
		return d->names;
	d->names = names = arena_take(d->arena, sizeof(*names));
	ptr = spf_dns_ask(d, spf_dns_reverse(d), DNS_PTR);
	names->none = ptr != NULL && ptr->rc == RC_NONE;
	if (ptr == NULL || ptr->rc != RC_OK) /* RFC 7208 5.5, 7.3 */
		return names;
	n = ptr->n < SPF_PTR_MAX ? ptr->n : SPF_PTR_MAX;
	ask_names(d, ptr, n);
	for (size_t i = 0; i < n; i++) {
		q = spf_dns_ask(d, ptr->records[i].name,
		    spf_dns_address_type(d));
		if (q != NULL && spf_dns_has_client(d, q))
			names->names[names->n++] = ptr->records[i].name;
	}
	return names;
}
