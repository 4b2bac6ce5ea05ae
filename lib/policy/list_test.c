/* SPDX-License-Identifier: MIT */
#include "policy/list_test.h"

#include "base/clock.h"
#include "policy/list_name.h"

#define QUERIES_MAX 6

/* ::FFFF:7F00:2 and ::FFFF:7F00:1; as an ip they would be 127.0.0.2 and 1. */
#define MAPPED "0.0.0.0.0.f.7.f.f.f.f." ZEROS ZEROS ZEROS ZEROS "0.0.0.0"
#define ZEROS  "0.0.0.0."

enum expected {
	LISTED,
	NOT_LISTED,
	NOT_WHITE, /* asked only of lists that speak for clients */
	EXISTS     /* the zone itself */
};

/* RFC 5782 5, for both kinds of lists. */
static const struct entry {
	const char *key; /* "": the name is the zone */
	enum expected expected;
	bool ipv6;
} of_clients[] =
    {
	{"2.0.0.127.", LISTED, false},
	{"2." MAPPED ".", LISTED, true},
	{"1.0.0.127.", NOT_LISTED, false},
	{"1." MAPPED ".", NOT_LISTED, true},
	/* An address for documentation (RFC 5737): nobody sends mail from it,
	   though a list of such networks may well have it. */
	{"255.113.0.203.", NOT_WHITE, false},
	{"", EXISTS, false},
},
  of_domains[] = {
      {"TEST.", LISTED, false},
      {"INVALID.", NOT_LISTED, false},
      {"", EXISTS, false},
};

struct asked {
	const struct entry **entries;
	size_t n;
	struct dns_query *queries;
};

static void
add_questions(struct arena *a, const struct dns_list *list,
    struct dns_query *queries, struct asked *out)
{
	bool clients = (list->of & DNS_LIST_CLIENT) != 0;

	bool white = dns_list_knows_white(list);
	const struct entry *all = clients ? of_clients : of_domains;
	size_t n = clients ? sizeof(of_clients) / sizeof(*of_clients)
			   : sizeof(of_domains) / sizeof(*of_domains);

	*out = (struct asked){
	    .entries = arena_take_array(a, n, sizeof(*out->entries)),
	    .queries = queries};
	for (size_t i = 0; i < n; i++) {
		if (all[i].expected == NOT_WHITE && !white)
			continue;
		out->entries[out->n] = &all[i];
		queries[out->n++] = (struct dns_query){
		    .name = arena_printf(a, "%s%s", all[i].key, list->zone),
		    .type = DNS_A,
		    .resolver = list->resolver,
		};
	}
}

/* What the answers of one list tell, while they are read one by one. */
struct seen {
	/* for each fault, the first answer that shows it */
	const char *answers[LIST_FAULTS];
	bool listed, exists, silent_ipv6;
	bool blocked[EXISTS]; /* per expectation: all is 127.0.0.1 */
};

static void
seen_add(struct seen *seen, enum list_fault fault, const char *answer)
{
	if (seen->answers[fault] == NULL)
		seen->answers[fault] = answer;
}

static bool
is_white(const struct dns_list *list, const struct ip *ip)
{
	const struct dns_record answer = {.ip = *ip};

	return dns_list_is_white(list, &answer, 1);
}

/* The code would be held against all the world.  A list of clients that knows
   127.0.0.1 as good may be well all the same: NOT_WHITE tells. */
static bool
refuses_by(const struct dns_list *list, const struct ip *ip)
{
	return dns_list_has_code(list, ip) &&
	       ((list->of & DNS_LIST_CLIENT) == 0 || !is_white(list, ip));
}

static void
read_test_address(struct arena *a, struct seen *seen,
    const struct dns_list *list, const struct dns_query *q,
    enum expected expected, const struct ip *ip)
{
	enum list_fault fault = dns_list_fault_of(list, ip);
	bool ours = dns_list_has_code(list, ip);
	const char *answer =
	    arena_printf(a, "%s is %s", q->name, ip_text(a, ip));

	if (fault != LIST_WELL)
		seen_add(seen, fault, answer);
	else if (expected == NOT_WHITE && !is_white(list, ip))
		return;
	else if (expected == NOT_WHITE)
		seen_add(seen, LIST_WORLD, answer);
	else if (expected == NOT_LISTED)
		seen_add(seen, refuses_by(list, ip) ? LIST_WORLD : LIST_ODD,
		    answer);
	else if (ours)
		seen->listed = true;
	else
		seen_add(seen, LIST_OTHER_CODES, answer);
	seen->blocked[expected] |= dns_list_code_1(ip) && q->n == 1;
}

static void
read_test_answer(struct arena *a, struct seen *seen,
    const struct dns_list *list, const struct dns_query *q,
    const struct entry *entry)
{
	if (entry->expected == EXISTS)
		seen->exists = !q->no_such_name;
	else if (q->rc == RC_TEMP && entry->expected == NOT_WHITE)
		return; /* the others tell */
	else if (q->rc == RC_TEMP && entry->ipv6)
		seen->silent_ipv6 = true;
	else if (q->rc == RC_TEMP)
		seen_add(seen, LIST_SILENT,
		    arena_printf(a, "%s: %s", q->name, q->problem));
	else if (q->rc == RC_OK)
		for (size_t i = 0; i < q->n; i++)
			read_test_address(a, seen, list, q, entry->expected,
			    &q->records[i].ip);
}

/* The faults from the worst on: first those that can refuse or delay good
   mail. */
static enum list_fault
fault_seen(const struct seen *seen)
{
	bool blocked = seen->blocked[LISTED] && seen->blocked[NOT_LISTED];

	for (int i = LIST_WELL + 1; i <= LIST_WORLD; i++)
		if (seen->answers[i] != NULL)
			return (enum list_fault)i;
	/* A list without an answer has no known fault; a list that knows IPv4
	   need not answer about IPv6. */
	if (seen->answers[LIST_SILENT] != NULL)
		return LIST_SILENT;
	if (seen->listed)
		return seen->answers[LIST_ODD] != NULL ? LIST_ODD : LIST_WELL;
	if (seen->silent_ipv6)
		return LIST_SILENT;
	/* A list that refuses us says so whatever it is asked. */
	if (blocked)
		return LIST_BLOCKED;
	if (seen->answers[LIST_OTHER_CODES] != NULL)
		return LIST_OTHER_CODES;
	return seen->exists ? LIST_EMPTY : LIST_NO_ZONE;
}

static enum list_fault
read_test_answers(struct arena *a, const struct dns_list *list,
    const struct asked *asked, const char **out)
{
	struct seen seen = {.exists = true};
	enum list_fault fault;

	for (size_t i = 0; i < asked->n; i++)
		read_test_answer(a, &seen, list, &asked->queries[i],
		    asked->entries[i]);
	fault = fault_seen(&seen);
	*out = seen.answers[fault == LIST_BLOCKED &&
				    seen.answers[LIST_BLOCKED] == NULL
				? LIST_OTHER_CODES
				: fault];
	if (*out != NULL)
		*out = list_name_scrub(a, list, 1, *out);
	return fault;
}

void
list_test_run(struct dns *dns, struct arena *a, struct dns_list *const *lists,
    size_t n, int64_t deadline_ms, struct list_test *out)
{
	struct asked *asked = arena_take_array(a, n, sizeof(*asked));
	struct dns_query *queries =
	    arena_take_array(a, n * QUERIES_MAX, sizeof(*queries));
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
		out[i].fault =
		    read_test_answers(a, lists[i], &asked[i], &out[i].answer);
	}
}

const char *
list_test_line(struct arena *a, const struct dns_list *list,
    enum list_fault fault, const char *answer)
{
	const struct list_fault_text *text = &list_fault_texts[fault];

	if (fault == LIST_WELL)
		return arena_printf(a, "list %s is well again, and asked",
		    list_name(list));
	return arena_printf(a, "list %s is %s: %s%s%s%s; %s", list_name(list),
	    list_fault_is_harmless(fault) ? "doubtful" : "suspended",
	    text->cause, answer == NULL ? "" : " (",
	    answer == NULL ? "" : list_name_scrub(a, list, 1, answer),
	    answer == NULL ? "" : ")", text->fix);
}

const char *
list_test_learn(struct dns_list *list, const struct list_test *test,
    struct arena *a, unsigned chance, bool *well)
{
	struct list_health *health = dns_list_health(list);
	int64_t now = clock_ms();
	bool news = list_health_change(health, LIST_BY_TEST, test->fault, now);

	*well = test->fault == LIST_WELL;
	list_health_tested(health, now, chance);
	return news ? list_test_line(a, list, test->fault, test->answer) : NULL;
}
