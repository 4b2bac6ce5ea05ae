/* SPDX-License-Identifier: MIT */
#include "command.h"
#include "listing.h"
#include "output.h"
#include "terminal.h"

#include "base/clock.h"
#include "base/str.h"
#include "mail/domain.h"
#include "net/dns.h"
#include "policy/list_name.h"
#include "policy/list_test.h"

#include <stdio.h>
#include <string.h>

enum {
	COLUMNS = 5,
	HEALTH_COLUMNS = 5
};

struct subject {
	const char *key; /* what stands before a list's zone */
	unsigned of;     /* the lists that know such subjects */
};

static enum rc
read_subject(struct invocation *in, const char *text, struct subject *out,
    struct err *err)
{
	struct ip ip;

	if (ip_parse(text, &ip)) {
		*out = (struct subject){
		    ip_reversed(in->arena, &ip), DNS_LIST_CLIENT};
		return RC_OK;
	}
	out->of = DNS_LIST_REVERSE_CLIENT | DNS_LIST_HELO | DNS_LIST_SENDER;
	if (domain_read(in->arena, text, &out->key, NULL) != RC_OK)
		return err_set(err, RC_PERM,
		    "%s: expected an address or a domain name", text);
	return RC_OK;
}

static const char *
listing_text_of(struct invocation *in, const struct dns_list *list,
    const struct dns_query *txt)
{
	const char *text;

	if (txt->rc != RC_OK)
		return NULL;
	text = list_name_scrub(in->arena, list, 1,
	    str_printable(in->arena, txt->records[0].text,
		txt->records[0].text_len, SIZE_MAX));
	return str_printable(in->arena, text, strlen(text), 200);
}

/* "4 points (phishing), reject (malware)" */
static const char *
listing_effects(struct arena *a, const struct dns_list *list,
    const struct dns_query *q)
{
	struct dns_list_hit *hits =
	    arena_take_array(a, list->n_codes + 1, sizeof(*hits));
	size_t n = dns_list_hits(list, q->records, q->n, hits);
	const char *text = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct check_settings *s = &hits[i].settings;
		const char *words = hits[i].code->words;

		text = arena_printf(a, "%s%s%s%s%s%s", text == NULL ? "" : text,
		    text == NULL ? "" : ", ",
		    s->action == ACTION_SCORE
			? arena_printf(a, "%d points", s->points)
			: action_name(s->action),
		    words == NULL ? "" : " (", words == NULL ? "" : words,
		    words == NULL ? "" : ")");
	}
	return text;
}

/* Writes one row and says whether it is a listing, none, or unknown. */
static enum rc
read_list_answer(struct invocation *in, const struct dns_list *list,
    const struct dns_query *queries, const char **row)
{
	const struct ip *code;
	enum dns_list_answer answer = dns_list_read(list, &queries[0], &code);

	row[0] = list_name(list);
	row[2] = code == NULL ? NULL : ip_text(in->arena, code);
	switch (answer) {
	case DNS_LIST_NOT_LISTED:
		row[1] = "no";
		return RC_NONE;
	case DNS_LIST_LISTED:
		row[1] = "listed";
		row[2] = dns_list_answers_text(in->arena, queries[0].records,
		    queries[0].n);
		row[3] = listing_text_of(in, list, &queries[1]);
		row[4] = listing_effects(in->arena, list, &queries[0]);
		return dns_list_is_white(list, queries[0].records, queries[0].n)
			   ? RC_NONE
			   : RC_OK;
	case DNS_LIST_NO_ANSWER:
		row[1] = "no answer";
		row[3] = queries[0].problem;
		return RC_TEMP;
	case DNS_LIST_NONSENSE:
		row[1] = "unusable";
		row[3] = "no listing: the list does not serve this resolver, "
			 "or no longer exists";
		return RC_TEMP;
	}
	return RC_TEMP;
}

static int
ask_lists(struct invocation *in, struct dns *dns, const struct subject *subject)
{
	static const struct listing_column columns[] = {{.name = "List"},
	    {.name = "Answer"}, {.name = "Code"}, {.name = "Text"},
	    {.name = "Effect"}};
	const struct policy_settings *policy = &in->settings->policy;
	struct dns_query *queries = arena_take_array(in->arena,
	    policy->n_lists * 2 + 1, sizeof(*queries));
	const char **cells = arena_take_array(in->arena,
	    policy->n_lists * COLUMNS + 1, sizeof(*cells));
	struct dns_list **asked = arena_take_array(in->arena,
	    policy->n_lists + 1, sizeof(struct dns_list *));
	size_t n = 0;
	bool listed = false, silent = false;

	for (size_t i = 0; i < policy->n_lists; i++) {
		const char *name;

		if ((policy->lists[i].of & subject->of) == 0)
			continue;
		name = arena_printf(in->arena, "%s.%s", subject->key,
		    policy->lists[i].zone);
		queries[n * 2] = (struct dns_query){.name = name,
		    .type = DNS_A,
		    .resolver = policy->lists[i].resolver};
		queries[n * 2 + 1] = queries[n * 2];
		queries[n * 2 + 1].type = DNS_TXT;
		asked[n++] = &policy->lists[i];
	}
	dns_ask(dns, in->arena, queries, n * 2,
	    clock_ms() + policy->deadline_ms);
	for (size_t i = 0; i < n; i++) {
		enum rc rc = read_list_answer(in, asked[i], &queries[i * 2],
		    &cells[i * COLUMNS]);

		listed |= rc == RC_OK;
		silent |= rc == RC_TEMP;
	}
	if (n == 0)
		fprintf(stderr, "postward: no list for this is configured\n");
	listing_print(in, columns, COLUMNS, cells, n);
	return listed ? EXIT_NO : silent ? EXIT_TRY_LATER : EXIT_DONE;
}

static const char *
kind_of(const struct dns_list *list)
{
	return (list->of & DNS_LIST_CLIENT) != 0 ? "dnsbl" : "rhsbl";
}

static const char *
cause_and_fix(struct arena *a, const struct list_test *test)
{
	const struct list_fault_text *text = &list_fault_texts[test->fault];

	if (test->fault == LIST_WELL)
		return NULL;
	if (test->answer == NULL)
		return arena_printf(a, "%s; %s", text->cause, text->fix);
	return arena_printf(a, "%s (%s); %s", text->cause, test->answer,
	    text->fix);
}

static void
print_health(struct invocation *in, const struct list_test *tests)
{
	static const struct listing_column columns[HEALTH_COLUMNS] = {
	    {.name = "List"}, {.name = "Kind"},
	    {.name = "Health", .ours = true}, {.name = "Answer time"},
	    {.name = "Cause and cure"}};
	const struct policy_settings *policy = &in->settings->policy;
	const char **cells = arena_take_array(in->arena,
	    policy->n_lists * HEALTH_COLUMNS + 1, sizeof(*cells));

	for (size_t i = 0; i < policy->n_lists; i++) {
		const char **row = &cells[i * HEALTH_COLUMNS];

		row[0] = list_name(&policy->lists[i]);
		row[1] = kind_of(&policy->lists[i]);
		row[2] = tests[i].fault == LIST_WELL
			     ? terminal_good(in->arena, "well")
			     : terminal_bad(in->arena, "sick");
		row[3] = tests[i].fault == LIST_SILENT
			     ? NULL
			     : arena_printf(in->arena, "%lld ms",
				   (long long)tests[i].ms);
		row[4] = cause_and_fix(in->arena, &tests[i]);
	}
	listing_print(in, columns, HEALTH_COLUMNS, cells, policy->n_lists);
}

static void
print_health_json(const struct policy_settings *policy,
    const struct list_test *tests)
{
	cJSON *rows = cJSON_CreateArray();

	for (size_t i = 0; i < policy->n_lists; i++) {
		const struct list_fault_text *text =
		    &list_fault_texts[tests[i].fault];
		bool well = tests[i].fault == LIST_WELL;
		cJSON *row = cJSON_CreateObject();

		output_member(row, "list", list_name(&policy->lists[i]));
		output_member(row, "kind", kind_of(&policy->lists[i]));
		output_member(row, "resolver", policy->lists[i].asked_at);
		output_member(row, "health", text->word);
		cJSON_AddNumberToObject(row, "ms", (double)tests[i].ms);
		output_member(row, "cause", well ? NULL : text->cause);
		output_member(row, "cure", well ? NULL : text->fix);
		output_member(row, "answer", tests[i].answer);
		cJSON_AddItemToArray(rows, row);
	}
	output_json(rows);
}

/* Tests the lists as the programs do. */
static int
test_all(struct invocation *in, struct dns *dns)
{
	const struct policy_settings *policy = &in->settings->policy;
	struct list_test *tests =
	    arena_take_array(in->arena, policy->n_lists + 1, sizeof(*tests));
	bool sick = false, silent = false;

	for (size_t i = 0; i < policy->n_lists; i++) {
		struct dns_list *list = &policy->lists[i];

		/* One by one: each has its own time. */
		list_test_run(dns, in->arena, &list, 1,
		    policy->list_deadline_ms, &tests[i]);
		silent |= tests[i].fault == LIST_SILENT;
		sick |= tests[i].fault != LIST_WELL &&
			tests[i].fault != LIST_SILENT;
	}
	if (policy->n_lists == 0)
		fprintf(stderr, "postward: no list is configured\n");
	if (in->options[OPTION_JSON] != NULL)
		print_health_json(policy, tests);
	else
		print_health(in, tests);
	return sick ? EXIT_NO : silent ? EXIT_TRY_LATER : EXIT_DONE;
}

int
dnsbl_run(struct invocation *in)
{
	bool about = in->n_arguments > 0;
	const char *trouble = in->settings->lists_trouble;
	struct dns_settings resolver = in->settings->resolver;
	struct subject subject = {0};
	struct dns *dns;
	struct err err;
	enum rc rc = RC_OK;
	int status;

	if (trouble != NULL)
		rc = err_set(&err, RC_TEMP, "%s", trouble);
	else if (about)
		rc = read_subject(in, in->arguments[0], &subject, &err);
	else
		resolver.cache_answers = 0; /* two sections may name one zone */
	if (rc == RC_OK)
		rc = dns_open(&resolver, &dns, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	status = about ? ask_lists(in, dns, &subject) : test_all(in, dns);
	dns_close(dns);
	return status;
}
