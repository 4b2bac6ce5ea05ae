/* SPDX-License-Identifier: MIT */
#include "policy/list_test.h"

#include "base/clock.h"

#define QUESTIONS_MOST 5

/* ::FFFF:7F00:2 and ::FFFF:7F00:1; as an ip they would be 127.0.0.2 and 1. */
#define MAPPED "0.0.0.0.0.f.7.f.f.f.f." ZEROS ZEROS ZEROS ZEROS "0.0.0.0"
#define ZEROS  "0.0.0.0."

enum expected {
	LISTED,
	NOT_LISTED,
	EXISTS /* the zone itself */
};

/* RFC 5782 5, for both kinds of lists. */
static const struct entry {
	const char *key; /* "": the zone */
	enum expected expected;
	bool ipv6;
} of_clients[] =
    {
	{"2.0.0.127.", LISTED, false},
	{"2." MAPPED ".", LISTED, true},
	{"1.0.0.127.", NOT_LISTED, false},
	{"1." MAPPED ".", NOT_LISTED, true},
	{"", EXISTS, false},
},
  of_domains[] = {
      {"TEST.", LISTED, false},
      {"INVALID.", NOT_LISTED, false},
      {"", EXISTS, false},
};

struct asked {
	const struct entry *entries;
	size_t n;
	struct dns_query *queries;
};

static void
add_questions(struct arena *a, const struct dns_list *list,
    struct dns_query *queries, struct asked *out)
{
	bool clients = (list->of & DNS_LIST_CLIENT) != 0;

	out->entries = clients ? of_clients : of_domains;
	out->n = clients ? sizeof(of_clients) / sizeof(*of_clients)
			 : sizeof(of_domains) / sizeof(*of_domains);
	out->queries = queries;
	for (size_t i = 0; i < out->n; i++)
		queries[i] = (struct dns_query){
		    .name = arena_printf(a, "%s%s", out->entries[i].key,
			list->zone),
		    .type = DNS_A,
		};
}

/* What one answer tells: LIST_WELL if it is the one that is expected, or says
   nothing about the list. */
static enum list_sickness
read_one(struct arena *a, const struct dns_query *q, enum expected expected,
    const char **answer)
{
	enum list_sickness sickness = LIST_WELL;

	if (q->rc == RC_TEMP && expected != EXISTS) {
		*answer = arena_printf(a, "%s: %s", q->name, q->problem);
		return LIST_SILENT;
	}
	if (q->rc != RC_OK || expected == EXISTS)
		return LIST_WELL;
	for (size_t i = 0; i < q->n && sickness == LIST_WELL; i++) {
		const struct ip *ip = &q->records[i].ip;

		sickness = dns_list_sickness_of(ip);
		if (sickness == LIST_WELL && expected == NOT_LISTED)
			sickness = LIST_WORLD;
		*answer = arena_printf(a, "%s is %s", q->name, ip_text(a, ip));
	}
	return sickness;
}

static enum list_sickness
read_all(struct arena *a, const struct asked *asked, const char **out)
{
	enum list_sickness silent = LIST_WELL, silent_ipv6 = LIST_WELL;
	bool listed = false, exists = true;

	for (size_t i = 0; i < asked->n; i++) {
		const struct dns_query *q = &asked->queries[i];
		const struct entry *entry = &asked->entries[i];
		const char *answer = NULL;
		enum list_sickness sickness =
		    read_one(a, q, entry->expected, &answer);

		if (sickness != LIST_WELL)
			*out = answer;
		if (sickness == LIST_SILENT)
			*(entry->ipv6 ? &silent_ipv6 : &silent) = sickness;
		else if (sickness != LIST_WELL)
			return sickness;
		listed |= entry->expected == LISTED && q->rc == RC_OK;
		exists &= entry->expected != EXISTS || !q->no_such_name;
	}
	/* Nothing is known to be wrong with a list that was not heard; one
	   that knows IPv4 need not be heard about IPv6. */
	if (silent != LIST_WELL || (silent_ipv6 != LIST_WELL && !listed))
		return LIST_SILENT;
	*out = NULL;
	return listed ? LIST_WELL : exists ? LIST_EMPTY : LIST_NO_ZONE;
}

void
list_test_run(struct dns *dns, struct arena *a, struct dns_list *const *lists,
    size_t n, int64_t deadline_ms, struct list_test *out)
{
	struct asked *asked = arena_take_array(a, n, sizeof(*asked));
	struct dns_query *queries =
	    arena_take_array(a, n * QUESTIONS_MOST, sizeof(*queries));
	int64_t began = clock_ms(), ms;
	size_t n_queries = 0;

	for (size_t i = 0; i < n; i++) {
		add_questions(a, lists[i], queries + n_queries, &asked[i]);
		n_queries += asked[i].n;
	}
	dns_ask(dns, a, queries, n_queries, began + deadline_ms);
	ms = clock_ms() - began;
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct list_test){.ms = ms};
		out[i].sickness = read_all(a, &asked[i], &out[i].answer);
	}
}

const char *
list_test_line(struct arena *a, const struct dns_list *list,
    enum list_sickness sickness, const char *answer)
{
	const struct list_sickness_text *text = &list_sickness_texts[sickness];

	if (sickness == LIST_WELL)
		return arena_printf(a, "list %s is well again, and asked",
		    list->zone);
	return arena_printf(a, "list %s is %s: %s%s%s%s; %s", list->zone,
	    list_sickness_is_harmless(sickness) ? "doubtful" : "suspended",
	    text->cause, answer == NULL ? "" : " (",
	    answer == NULL ? "" : answer, answer == NULL ? "" : ")",
	    text->cure);
}

const char *
list_test_learn(struct dns_list *list, const struct list_test *test,
    struct arena *a, unsigned chance, bool *well)
{
	struct list_health *health = dns_list_health(list);
	int64_t now = clock_ms();
	bool news;

	*well = test->sickness == LIST_WELL;
	news = *well ? list_health_recover(health)
		     : list_health_suspend(health, test->sickness, now);
	list_health_tested(health, now, chance);
	return news ? list_test_line(a, list, test->sickness, test->answer)
		    : NULL;
}
