/* SPDX-License-Identifier: MIT */
/* `postward auth` and `postward dkim verify`: who wrote a message. */
#include "command.h"
#include "fate_output.h"
#include "message_file.h"
#include "moment.h"
#include "output.h"

#include "auth/dkim_trace.h"
#include "auth/received_spf.h"
#include "base/clock.h"
#include "mail/authres.h"

#include <stdio.h>

/* One message, and what is known of its way here. */
struct auth_question {
	struct invocation *in;
	struct dns *dns;
	struct message_file message;
	const struct spf_request *spf; /* NULL: only signatures count */
	int64_t arrival, deadline;
	struct dns_query
	    queries[AUTHENTICATION_QUERIES_MAX + DMARC_QUERIES_MAX];
	size_t n;
};

struct auth_answer {
	struct spf_result spf;
	struct authentication_results results;
};

static void
auth_ask(struct auth_question *q, size_t more)
{
	if (more > 0)
		dns_ask(q->dns, q->in->arena, q->queries + q->n, more,
		    q->deadline);
	q->n += more;
}

static const char *
spf_identity_domain(struct arena *a, const struct spf_request *request)
{
	struct postfix_address from;

	if (request->sender[0] == '\0')
		return request->helo;
	postfix_address_read(a, request->sender, request->receiver, &from);
	return from.domain;
}

static void
auth_check_spf(struct auth_question *q, struct auth_answer *out,
    struct authentication_answers *answers)
{
	struct spf *spf = spf_new(q->dns);

	spf_check(spf, q->in->arena, q->spf, &out->spf);
	spf_free(spf);
	answers->spf = dmarc_identifier_of_spf(&out->spf);
}

static void
auth_find_out(struct auth_question *q, struct auth_answer *out)
{
	struct arena *a = q->in->arena;
	struct authentication_answers answers = {
	    .queries = q->queries, .arrival = q->arrival};

	auth_ask(q, authentication_queries(q->message.authentication, a,
			q->spf == NULL ? NULL : spf_identity_domain(a, q->spf),
			q->queries));
	if (q->spf != NULL)
		auth_check_spf(q, out, &answers);
	answers.n = q->n;
	auth_ask(q, authentication_more(q->message.authentication, a, &answers,
			q->queries + q->n));
	answers.n = q->n;
	authentication_evaluate(q->message.authentication, a, &answers,
	    &out->results);
}

/* ---- what is printed */

/* Only if it is wanted, and of a signature that does not pass. */
static void
auth_trace(const struct auth_question *q, const struct dkim_result *d,
    size_t at, struct dkim_trace *out)
{
	const struct dkim_trace_request request = {
	    .fields = q->message.text.fields,
	    .n = q->message.text.n,
	    .body = q->message.text.body,
	    .body_len = q->message.text.body_len,
	    .answers = q->queries,
	    .n_answers = q->n,
	};

	out->n = 0;
	if (q->in->options[OPTION_TRACE] != NULL && d->verdict != DKIM_PASS)
		dkim_trace(q->in->arena, &request, at, out);
}

static cJSON *
signatures_json(const struct auth_question *q,
    const struct authentication_results *r)
{
	cJSON *all = cJSON_CreateArray();
	struct dkim_trace story;

	for (size_t i = 0; i < r->n_dkim; i++) {
		const struct dkim_result *d = &r->dkim[i];
		cJSON *o = cJSON_CreateObject();

		output_member(o, "result", dkim_verdict_name(d->verdict));
		output_member(o, "domain", d->domain);
		output_member(o, "selector", d->selector);
		output_member(o, "identity", d->identity);
		output_member(o, "algorithm", d->algorithm);
		cJSON_AddBoolToObject(o, "testing", d->testing);
		cJSON_AddNumberToObject(o, "body_unsigned",
		    (double)d->body_unsigned);
		output_member(o, "problem", d->problem);
		auth_trace(q, d, i, &story);
		if (story.n > 0)
			cJSON_AddItemToObject(o, "trace",
			    cJSON_CreateStringArray(story.lines, (int)story.n));
		cJSON_AddItemToArray(all, o);
	}
	return all;
}

static cJSON *
dmarc_json(const struct authentication_results *r)
{
	const struct dmarc_result *d = &r->dmarc;
	cJSON *o = cJSON_CreateObject(), *aligned;

	output_member(o, "result", dmarc_verdict_name(d->verdict));
	output_member(o, "from_domain", d->from_domain);
	output_member(o, "policy_domain", d->policy_domain);
	output_member(o, "published", dmarc_policy_name(d->published));
	output_member(o, "policy", dmarc_policy_name(d->policy));
	output_member(o, "org", d->org);
	cJSON_AddBoolToObject(o, "spf_aligned", d->spf_aligned);
	aligned = cJSON_AddArrayToObject(o, "dkim_aligned");
	for (size_t i = 0; i < r->n_dkim; i++)
		cJSON_AddItemToArray(aligned,
		    cJSON_CreateBool(d->dkim_aligned[i]));
	output_member(o, "problem", d->problem);
	return o;
}

static cJSON *
arc_json(const struct authentication_results *r)
{
	cJSON *o = cJSON_CreateObject();

	output_member(o, "cv", arc_verdict_name(r->arc.verdict));
	cJSON_AddNumberToObject(o, "instances", r->arc.n);
	output_member(o, "trusted", r->arc_trusted);
	output_member(o, "problem", r->arc.problem);
	return o;
}

static cJSON *
spf_json(const struct spf_result *r)
{
	cJSON *o = cJSON_CreateObject();

	output_member(o, "result", spf_verdict_name(r->verdict));
	output_member(o, "domain", r->domain);
	output_member(o, "problem", r->problem);
	return o;
}

static struct fate
fate_of_answer(const struct auth_question *q, const struct auth_answer *found)
{
	return fate_of_message(q->in, q->message.authentication,
	    &found->results, &found->spf, q->spf->sender, q->arrival);
}

static void
print_auth_json(const struct auth_question *q, const struct auth_answer *found)
{
	cJSON *o = cJSON_CreateObject();
	struct fate fate;

	cJSON_AddItemToObject(o, "signatures",
	    signatures_json(q, &found->results));
	cJSON_AddItemToObject(o, "arc", arc_json(&found->results));
	if (q->spf != NULL) {
		cJSON_AddItemToObject(o, "spf", spf_json(&found->spf));
		cJSON_AddItemToObject(o, "dmarc", dmarc_json(&found->results));
		fate = fate_of_answer(q, found);
		cJSON_AddItemToObject(o, "fate", fate_json(q->in, &fate));
	}
	output_json(o);
}

static void
print_row(const struct auth_question *q, const char *name, const char *value)
{
	if (value != NULL)
		printf("  %-12s %s\n", name, output_shown(q->in->arena, value));
}

static void
print_signature(const struct auth_question *q, const struct dkim_result *d,
    size_t at)
{
	struct arena *a = q->in->arena;
	struct dkim_trace story;

	printf("DKIM  %s\n", dkim_verdict_name(d->verdict));
	print_row(q, "domain", d->domain);
	print_row(q, "selector", d->selector);
	print_row(q, "identity", d->identity);
	print_row(q, "algorithm", d->algorithm);
	if (d->testing)
		print_row(q, "testing", "yes: the key says t=y");
	if (d->body_unsigned > 0)
		print_row(q, "uncovered",
		    arena_printf(a, "%llu bytes of the body (l=)",
			(unsigned long long)d->body_unsigned));
	print_row(q, "problem", d->problem);
	auth_trace(q, d, at, &story);
	for (size_t i = 0; i < story.n; i++)
		print_row(q, i == 0 ? "trace" : "", story.lines[i]);
	printf("\n");
}

static void
print_dmarc(const struct auth_question *q,
    const struct authentication_results *r)
{
	const struct dmarc_result *d = &r->dmarc;
	struct str aligned;

	str_init(&aligned, q->in->arena);
	if (d->spf_aligned)
		str_add(&aligned, "SPF");
	for (size_t i = 0; i < r->n_dkim; i++)
		if (d->dkim_aligned[i])
			str_addf(&aligned, "%sDKIM of %s",
			    aligned.len == 0 ? "" : ", ", r->dkim[i].domain);
	printf("DMARC %s\n", dmarc_verdict_name(d->verdict));
	print_row(q, "author", r->from->domain);
	print_row(q, "no author", r->from->problem);
	print_row(q, "organization", d->org);
	print_row(q, "policy of", d->policy_domain);
	print_row(q, "policy", dmarc_policy_name(d->policy));
	print_row(q, "aligned", aligned.len == 0 ? "nothing" : aligned.text);
	print_row(q, "problem", d->problem);
	printf("\n");
}

static void
print_authres(const struct auth_question *q, const struct auth_answer *found)
{
	struct arena *a = q->in->arena;
	const char *parts[1 + AUTHENTICATION_PARTS_MAX];
	size_t n = 0;

	if (q->spf != NULL)
		parts[n++] = received_spf_authres(a, q->spf, &found->spf);
	n += authentication_parts(a, &found->results, parts + n);
	printf("Authentication-Results: %s\n",
	    authres_compose(a, q->in->settings->hostname, parts, n));
}

static void
print_auth(const struct auth_question *q, const struct auth_answer *found)
{
	const struct authentication_results *r = &found->results;
	struct fate fate;

	for (size_t i = 0; i < r->n_dkim; i++)
		print_signature(q, &r->dkim[i], i);
	if (r->n_dkim == 0)
		printf("DKIM  none: the message has no signature\n\n");
	if (r->arc.verdict != ARC_NONE) {
		printf("ARC   %s\n", arc_verdict_name(r->arc.verdict));
		print_row(q, "instances",
		    arena_printf(q->in->arena, "%u", r->arc.n));
		print_row(q, "trusted", r->arc_trusted);
		print_row(q, "problem", r->arc.problem);
		printf("\n");
	}
	if (q->spf == NULL)
		return;
	printf("SPF   %s\n", spf_verdict_name(found->spf.verdict));
	print_row(q, "domain", found->spf.domain);
	print_row(q, "problem", found->spf.problem);
	printf("\n");
	print_dmarc(q, r);
	print_authres(q, found);
	fate = fate_of_answer(q, found);
	printf("\n");
	fate_print(q->in, &fate);
}

/* ---- commands */

/* As of `postward dmarc`. */
static int
auth_author_status(const struct authentication_results *r)
{
	if (r->dmarc.verdict == DMARC_TEMPERROR)
		return EXIT_TRY_LATER;
	return r->dmarc.verdict == DMARC_FAIL || r->dmarc.from_domain == NULL
		   ? EXIT_NO
		   : EXIT_DONE;
}

static int
auth_status(const struct auth_question *q, const struct auth_answer *found)
{
	if (q->spf != NULL)
		return auth_author_status(&found->results);
	switch (found->results.dkim_verdict) {
	case DKIM_PASS:
	case DKIM_NONE:
		return EXIT_DONE;
	case DKIM_TEMPERROR:
		return EXIT_TRY_LATER;
	case DKIM_FAIL:
	case DKIM_POLICY:
	case DKIM_NEUTRAL:
	case DKIM_PERMERROR:
		return EXIT_NO;
	}
	return EXIT_NO;
}

static int
auth_run_on(struct invocation *in, const struct spf_request *spf)
{
	struct auth_question q = {.in = in, .spf = spf};
	struct auth_answer found = {0};
	struct err err;
	enum rc rc;

	if (!moment_read(in, &q.arrival))
		return EXIT_USAGE;
	rc = dns_open(&in->settings->resolver, &q.dns, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (!message_file_open(in, in->arguments[0], &q.message)) {
		dns_close(q.dns);
		return EXIT_NO;
	}
	if (spf != NULL)
		fate_prepare(in);
	q.deadline = clock_ms() + in->settings->policy.deadline_ms;
	auth_find_out(&q, &found);
	if (in->options[OPTION_JSON] != NULL)
		print_auth_json(&q, &found);
	else
		print_auth(&q, &found);
	message_file_close(&q.message);
	dns_close(q.dns);
	return auth_status(&q, &found);
}

int
dkim_verify_run(struct invocation *in)
{
	return auth_run_on(in, NULL);
}

int
auth_run(struct invocation *in)
{
	const char *const *given = in->options;
	struct spf_request request = {
	    .helo = given[OPTION_HELO] == NULL ? "" : given[OPTION_HELO],
	    .sender = given[OPTION_FROM] == NULL ? "" : given[OPTION_FROM],
	    .receiver = in->settings->hostname,
	    .deadline = clock_ms() + in->settings->policy.deadline_ms,
	};

	if (given[OPTION_IP] == NULL ||
	    (given[OPTION_HELO] == NULL && request.sender[0] == '\0')) {
		fprintf(stderr, "postward: auth needs --ip IP, and --helo "
				"NAME or --from ADDRESS; --help tells more\n");
		return EXIT_USAGE;
	}
	if (!ip_parse(given[OPTION_IP], &request.client)) {
		output_wrong(in, "--ip %s: expected an address",
		    given[OPTION_IP]);
		return EXIT_USAGE;
	}
	return auth_run_on(in, &request);
}
