/* SPDX-License-Identifier: MIT */
#include "probes_resolver.h"

#include "dns_review.h"
#include "public_address.h"
#include "resolvers.h"

#include "base/clock.h"
#include "base/str.h"
#include "policy/list_name.h"
#include "policy/list_test.h"

#include <stdlib.h>
#include <string.h>

#define RESOLV_CONF "/etc/resolv.conf"

/* Where it is written, in words. */
static const char *
resolver_place(const struct probe_run *run)
{
	return run->resolvers->configured ? "the section resolver"
					  : RESOLV_CONF;
}

/* An address as a regular expression of sed has it. */
static const char *
resolver_pattern(const struct probe_run *run, const struct resolver *r)
{
	struct str s;

	str_init(&s, run->arena);
	for (const char *p = ip_text(run->arena, &r->ip); *p != '\0'; p++)
		str_addf(&s, "%s%c", *p == '.' ? "\\" : "", *p);
	return s.text;
}

static void
resolver_says_silent(const struct probe_run *run, const struct resolver *r)
{
	struct arena *a = run->arena;
	bool all = run->resolvers->silent == run->resolvers->n;

	probe_saw_of(run, all ? run->probe->severity : REPORT_WARNING,
	    arena_printf(a, "resolver %s", r->server),
	    arena_printf(a, "%s%s: %s", r->problem,
		all ? "" : "; each question waits for it first",
		ip_is_loopback(&r->ip)
		    ? "is a resolver running on this machine?"
		    : arena_printf(a, "take it out of %s, or let it answer",
			  resolver_place(run))));
	if (ip_is_loopback(&r->ip) && all && r->server[0] != '\0' &&
	    !run->resolvers->configured)
		probe_cure(run, "systemctl restart unbound");
	if (!all && !run->resolvers->configured)
		probe_cure(run,
		    "sed -i '/^nameserver[[:space:]]*%s[[:space:]]"
		    "*$/d' %s",
		    resolver_pattern(run, r), RESOLV_CONF);
}

static void
resolver_says_public(const struct probe_run *run, const struct resolver *r,
    const char *operator)
{
	struct arena *a = run->arena;
	bool lists = run->settings->policy.n_lists > 0;

	probe_saw_of(run, lists ? run->probe->severity : REPORT_WARNING,
	    arena_printf(a, "resolver %s", r->server),
	    arena_printf(a,
		"it is %s's, for all the world: DNS lists refuse to answer "
		"there, or say nonsense, and who answers is not known; run one "
		"on this machine (unbound) and name it in %s",
		operator, resolver_place(run)));
	probe_cure(run, "apt-get install -y unbound dns-root-data");
	if (!run->resolvers->configured)
		probe_cure(run,
		    "sed -i 's/^nameserver[[:space:]]*%s[[:space:]]"
		    "*$/nameserver 127.0.0.1/' %s",
		    resolver_pattern(run, r), RESOLV_CONF);
}

void
probe_resolver(const struct probe_run *run)
{
	for (size_t i = 0; i < run->resolvers->n; i++) {
		const struct resolver *r = &run->resolvers->all[i];
		const char *operator= public_address_resolver(&r->ip);
		const char *what =
		    arena_printf(run->arena, "resolver %s", r->server);

		if (r->state == RESOLVER_SILENT)
			resolver_says_silent(run, r);
		if (operator!= NULL)
			resolver_says_public(run, r, operator);
		else if (r->state == RESOLVER_FAILS)
			probe_saw_of(run, REPORT_WARNING, what,
			    arena_printf(run->arena,
				"it answers, but does not find %s: %s",
				run->settings->hostname, r->problem));
		else if (r->state == RESOLVER_ANSWERS)
			probe_saw_of(run, REPORT_OK, what, "answers");
	}
}

/* ---- lists */

static void
lists_say_answer(const struct probe_run *run, const struct dns_list *list,
    const struct list_test *test)
{
	const struct list_fault_text *text = &list_fault_texts[test->fault];
	const char *what = arena_printf(run->arena, "list %s", list_name(list));

	if (test->fault == LIST_WELL)
		probe_saw_of(run, REPORT_OK, what, "answers as it should");
	else if (test->fault == LIST_SILENT)
		probe_saw_of(run, REPORT_UNKNOWN, what, text->cause);
	else
		probe_wrong(run, what,
		    arena_printf(run->arena, "%s%s%s%s; %s", text->cause,
			test->answer == NULL ? "" : " (",
			test->answer == NULL ? "" : test->answer,
			test->answer == NULL ? "" : ")", text->fix));
}

/* All at once, without a cache: an old answer tests nothing. */
void
probe_lists_answer(const struct probe_run *run)
{
	const struct policy_settings *policy = &run->settings->policy;
	struct dns_settings resolver = run->settings->resolver;
	struct dns_list **lists = arena_take_array(run->arena,
	    policy->n_lists + 1, sizeof(struct dns_list *));
	struct list_test *tests =
	    arena_take_array(run->arena, policy->n_lists + 1, sizeof(*tests));
	struct dns *dns;
	struct err err;

	if (policy->n_lists == 0)
		return;
	resolver.cache_answers = 0;
	if (dns_open(&resolver, &dns, &err) != RC_OK) {
		probe_saw(run, REPORT_UNKNOWN,
		    arena_copy_text(run->arena, err.text));
		return;
	}
	for (size_t i = 0; i < policy->n_lists; i++)
		lists[i] = &policy->lists[i];
	list_test_run(dns, run->arena, lists, policy->n_lists,
	    policy->list_deadline_ms, tests);
	dns_close(dns);
	for (size_t i = 0; i < policy->n_lists; i++)
		lists_say_answer(run, lists[i], &tests[i]);
}

/* What to ask the lists about ourselves. */
struct listed {
	const struct dns_list *list;
	const char *subject;
	struct dns_query *query; /* A, and TXT behind it */
};

struct listing_round {
	struct listed *all;
	struct dns_query *queries;
	size_t n;
};

static void
listing_round_add(const struct probe_run *run, struct listing_round *r,
    const struct dns_list *list, const char *key, const char *subject)
{
	const char *name = arena_printf(run->arena, "%s.%s", key, list->zone);
	struct dns_query *q = &r->queries[2 * r->n];

	q[0] = (struct dns_query){
	    .name = name, .type = DNS_A, .resolver = list->resolver};
	q[1] = q[0];
	q[1].type = DNS_TXT;
	r->all[r->n++] = (struct listed){list, subject, q};
}

static void
listing_round_plan(const struct probe_run *run, struct listing_round *r)
{
	const struct policy_settings *policy = &run->settings->policy;
	const struct dns_wanted_of *of = &run->records->of;
	size_t n_ips;
	const struct ip *ips =
	    dns_judge_addresses(&run->records->judging, run->arena, &n_ips);
	size_t room = policy->n_lists * (n_ips + of->n_domains + of->n_ours);

	r->all = arena_take_array(run->arena, room + 1, sizeof(*r->all));
	r->queries =
	    arena_take_array(run->arena, 2 * room + 2, sizeof(*r->queries));
	for (size_t i = 0; i < policy->n_lists; i++) {
		const struct dns_list *list = &policy->lists[i];
		bool clients = (list->of & DNS_LIST_CLIENT) != 0;

		for (size_t k = 0; clients && k < n_ips; k++)
			listing_round_add(run, r, list,
			    ip_reversed(run->arena, &ips[k]),
			    ip_text(run->arena, &ips[k]));
		for (size_t k = 0; !clients && k < of->n_domains; k++)
			listing_round_add(run, r, list, of->domains[k],
			    of->domains[k]);
		for (size_t k = 0; !clients && k < of->n_ours; k++)
			listing_round_add(run, r, list, of->ours[k],
			    of->ours[k]);
	}
}

static const char *
listing_words(const struct probe_run *run, const struct listed *l,
    const struct ip *code)
{
	struct arena *a = run->arena;
	const char *text = NULL;

	if (l->query[1].rc == RC_OK)
		text = list_name_scrub(a, l->list, 1,
		    str_printable(a, l->query[1].records[0].text,
			l->query[1].records[0].text_len, 200));
	return arena_printf(a,
	    "%s is listed (%s): others who ask the list refuse our mail%s%s",
	    l->subject, ip_text(a, code),
	    text == NULL ? "; ask the list to take it out"
			 : "; the list says: ",
	    text == NULL ? "" : text);
}

static void
listing_says(const struct probe_run *run, const struct listed *l)
{
	const char *what = arena_printf(run->arena, "%s at %s", l->subject,
	    list_name(l->list));
	const struct ip *code;

	switch (dns_list_read(l->list, &l->query[0], &code)) {
	case DNS_LIST_LISTED:
		if (dns_list_is_white(l->list, l->query[0].records,
			l->query[0].n))
			probe_saw_of(run, REPORT_OK, what,
			    arena_printf(run->arena, "%s: it speaks for us",
				ip_text(run->arena, code)));
		else
			probe_wrong(run, what, listing_words(run, l, code));
		return;
	case DNS_LIST_NOT_LISTED:
		probe_saw_of(run, REPORT_OK, what, "not listed");
		return;
	case DNS_LIST_NO_ANSWER:
		probe_saw_of(run, REPORT_UNKNOWN, what, l->query[0].problem);
		return;
	case DNS_LIST_NONSENSE:
		probe_saw_of(run, REPORT_UNKNOWN, what,
		    "the list does not answer us; see lists-answer");
		return;
	}
}

void
probe_listed(const struct probe_run *run)
{
	struct listing_round r = {0};

	listing_round_plan(run, &r);
	dns_ask(run->dns, run->arena, r.queries, 2 * r.n,
	    clock_ms() + run->settings->policy.deadline_ms);
	for (size_t i = 0; i < r.n; i++)
		listing_says(run, &r.all[i]);
}
