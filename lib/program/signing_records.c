/* SPDX-License-Identifier: MIT */
#include "program/signing_records.h"

#include "base/clock.h"

#include <string.h>

enum rc
signing_servers_open(const struct dns_settings *resolver,
    struct signing_servers *out, struct err *err)
{
	struct arena *a = arena_new();
	const char *const *servers = resolver->servers;
	size_t n = resolver->n_servers;
	enum rc rc = RC_OK;

	*out = (struct signing_servers){0};
	if (n == 0)
		rc = dns_servers_of_file(a, NULL, &servers, &n, err);
	for (size_t i = 0; i < n && i < DNS_SERVERS_MAX && rc == RC_OK; i++) {
		const struct dns_settings one = {
		    .servers = &servers[i],
		    .n_servers = 1,
		    .timeout_ms = resolver->timeout_ms,
		};

		rc = dns_open(&one, &out->servers[i], err);
		out->n += rc == RC_OK;
	}
	if (rc != RC_OK)
		signing_servers_close(out);
	arena_free(a);
	return rc;
}

void
signing_servers_close(struct signing_servers *servers)
{
	for (size_t i = 0; i < servers->n; i++)
		dns_close(servers->servers[i]);
	servers->n = 0;
}

/* What one server says, beside what those before it said. */
static void
signing_question_learn(struct signing_question *question, struct arena *a,
    const struct dns_query *answer, bool first)
{
	const char *why;
	enum dkim_record_state record =
	    dkim_record_judge(a, question->file->key, answer, &why);
	bool is_certain =
	    record == DKIM_RECORD_MISSING || record == DKIM_RECORD_OTHER;
	bool was_certain = question->record == DKIM_RECORD_MISSING ||
			   question->record == DKIM_RECORD_OTHER;

	if (!first && (was_certain || (!is_certain && question->record ==
							  DKIM_RECORD_UNKNOWN)))
		return;
	question->record = record;
	question->why = why;
}

void
signing_records_ask(const struct signing_servers *servers, struct arena *a,
    int64_t timeout_ms, struct signing_question *questions, size_t n)
{
	struct dns_query *queries =
	    arena_take_array(a, n + 1, sizeof(*queries));

	for (size_t s = 0; s < servers->n && n > 0; s++) {
		for (size_t i = 0; i < n; i++)
			queries[i] = (struct dns_query){.type = DNS_TXT,
			    .name =
				dkim_record_name(a, questions[i].domain->name,
				    questions[i].file->selector)};
		dns_ask(servers->servers[s], a, queries, n,
		    clock_ms() + timeout_ms);
		for (size_t i = 0; i < n; i++)
			signing_question_learn(&questions[i], a, &queries[i],
			    s == 0);
	}
}

void
signing_records_note(const struct signing_question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		atomic_store(&questions[i].file->record,
		    (int)questions[i].record);
}

typedef bool signing_wanted_fn(const struct signing_domain *d,
    const struct signing_file *file);

static bool
signing_file_has_key(const struct signing_domain *d,
    const struct signing_file *file)
{
	(void)d;
	return file->key != NULL;
}

static bool
signing_file_is_due(const struct signing_domain *d,
    const struct signing_file *file)
{
	return signing_domain_asks(d, file) &&
	       atomic_load(&file->ask_ms) <= clock_ms();
}

static size_t
signing_questions_of(struct signing_domain *const *domains, size_t n,
    signing_wanted_fn *wanted, struct arena *a, struct signing_question **out)
{
	size_t room = 0, found = 0;

	for (size_t i = 0; i < n; i++)
		room += domains[i]->n;
	*out = arena_take_array(a, room + 1, sizeof(**out));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < domains[i]->n; k++)
			if (wanted(domains[i], &domains[i]->files[k]))
				(*out)[found++] = (struct signing_question){
				    .domain = domains[i],
				    .file = &domains[i]->files[k]};
	return found;
}

size_t
signing_records_all(const struct signing_keys *keys,
    struct signing_domain *domain, struct arena *a,
    struct signing_question **out)
{
	size_t n = 1;
	struct signing_domain **domains = &domain;

	if (domain == NULL)
		domains = signing_keys_take_read(keys, a, &n);
	return signing_questions_of(domains, n, signing_file_has_key, a, out);
}

size_t
signing_records_due(struct signing_domain *const *domains, size_t n,
    struct arena *a, struct signing_question **out)
{
	return signing_questions_of(domains, n, signing_file_is_due, a, out);
}

static int64_t
signing_domain_next(const struct signing_domain *d)
{
	int64_t next = INT64_MAX;

	for (size_t k = 0; k < d->n; k++) {
		int64_t due = atomic_load(&d->files[k].ask_ms);

		if (signing_domain_asks(d, &d->files[k]) && due < next)
			next = due;
	}
	return next;
}

int64_t
signing_records_next(const struct signing_keys *keys)
{
	struct arena *a = arena_new();
	size_t n;
	struct signing_domain **domains = signing_keys_take_read(keys, a, &n);
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		int64_t due = signing_domain_next(domains[i]);

		next = due < next ? due : next;
	}
	signing_keys_give_read(keys, domains, n);
	arena_free(a);
	return next;
}
